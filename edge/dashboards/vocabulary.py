"""What the store writes, field by field and word by word, from the code that writes it."""

from edge.store.influxdb_chart import CHARTED
from edge.store.influxdb_kpi import WINDOWS
from edge.store.influxdb_schema import MEASUREMENTS
from twin.kpi import figures
from twin.kpi.tally import NAMES
from twin.kpi.time_model import RULES

POWER_STATES = ("execute", "idle", "standby", "off")
CARRIERS = ("electricity", "natural_gas", "steam")
# Words that tags and columns may have, where they are few.
TAG_VALUES = {
    "window": {*WINDOWS, "order"},
    "kind": {"alarm", "clear", "order", "shift", "command", "system"},
    "figure": set(CHARTED),
    # columns that a question makes
    "side": {"baseline", "upgraded"},
    "which": {"newest", "before"},
    "severity": {"info", "warning", "critical"},
}


def tally_fields() -> set[str]:
    """Return the names of sums."""
    named = {name for name in NAMES if "<" not in name}
    reasons = {f"reason/{rule.category}" for rule in RULES}
    return named | reasons | {f"energy/{carrier}/{state}" for carrier in CARRIERS for state in POWER_STATES}


def kpi_fields() -> set[str]:
    """Return the names of figures and of their inputs."""
    found = {"complete"}
    for name, figure in figures(dict.fromkeys(tally_fields(), 1.0)).items():
        found |= {name, *(f"{name}:{symbol}" for symbol in figure.inputs)}
    return found


def fields(measurement: str) -> set[str]:
    """Return every field that a measurement may have; raises KeyError for an unknown measurement."""
    known = MEASUREMENTS[measurement]
    if measurement == "kpi":
        return kpi_fields()
    return tally_fields() if measurement == "tally" else set(known.fields)
