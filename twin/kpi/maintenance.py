"""Mean time between failures, mean time to repair."""

from collections.abc import Mapping

from twin.kpi.figure import Figure, ratio

_NONE = "no failure began in this window"


def mtbf(tally: Mapping[str, float]) -> Figure:
    """Return operating time per failure in s: the time between failures is counted in APT."""
    apt, count = tally.get("actual_production_time", 0.0), tally.get("failures", 0.0)
    return ratio("mtbf", "s", "APT / n", apt, count, {"APT": apt, "n": count}, why_not=_NONE)


def mttr(tally: Mapping[str, float]) -> Figure:
    """Return failure time per failure in s; repair goes on outside planned time and is counted there too."""
    down, count = tally.get("failure_time", 0.0), tally.get("failures", 0.0)
    return ratio("mttr", "s", "Σ TTR / n", down, count, {"Σ TTR": down, "n": count}, why_not=_NONE)
