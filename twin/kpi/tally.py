"""The tally: what one scope added up in a window; additive, so that any longer window is a sum of shorter ones."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

Tally: TypeAlias = dict[str, float]

NAMES = {
    "calendar_time": "s, length of the window",
    "planned_busy_time": "s, PBT: the line was planned to be busy",
    "actual_production_time": "s, APT, inside PBT like the four that follow; the five add up to PBT",
    "actual_unit_setup_time": "s, AUST",
    "actual_unit_delay_time": "s, ADET",
    "actual_unit_down_time": "s, ADOT",
    "unknown_time": "s, no state was told",
    "reason/<category>": "s inside PBT for a reason; `reason/out_of_service` is capacity x time missing in EXECUTE",
    "pq": "count units processed, PQ = GQ + SQ + RQ",
    "sq": "count units scrapped, SQ",
    "rq": "count units to be reworked, RQ",
    "startup_rejects": "count units of SQ + RQ that fell during a changeover",
    "ideal_time": "s, sum of PRI x increments of PQ",
    "energy/<carrier>/<power state>": "kWh",
    "co2": "kg",
    "energy_cost": "CNY",
    "labour_time": "h paid (line)",
    "labour_cost": "CNY (line)",
    "other_cost": "CNY by processed unit, by calendar hour and by defective unit (line)",
    "failures": "transitions into failure, tooling or upset",
    "failure_time": "s in failure, tooling or upset, inside planned time or not",
}


def add(total: Tally, part: Mapping[str, float]) -> Tally:
    """Add `part` to `total` in place and return it.

    >>> add({"pq": 2.0}, {"pq": 3.0, "sq": 1.0})
    {'pq': 5.0, 'sq': 1.0}
    """
    for name, value in part.items():
        total[name] = total.get(name, 0.0) + value
    return total


def total(parts: Iterable[Mapping[str, float]]) -> Tally:
    """Sum tallies: of consecutive windows, or of several scopes (numerators and denominators, never ratios)."""
    summed: Tally = {}
    for part in parts:
        add(summed, part)
    return summed


def energy(tally: Mapping[str, float], carrier: str = "", power_state: str = "") -> float:
    """Return kWh of one carrier and power state, or of all where they are empty.

    >>> energy({"energy/electricity/idle": 2.0, "energy/natural_gas/idle": 3.0, "pq": 9.0}, power_state="idle")
    5.0
    """
    found = 0.0
    for name, value in tally.items():
        if name.startswith("energy/"):
            _, of, state = name.split("/")
            if carrier in ("", of) and power_state in ("", state):
                found += value
    return found


def carriers(tally: Mapping[str, float]) -> list[str]:
    """Return the energy carriers in a tally, by name."""
    return sorted({name.split("/")[1] for name in tally if name.startswith("energy/")})
