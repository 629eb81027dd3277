"""The ledger as a tally, so that an experiment's figures are those of the edge: same names, same formulas."""

from collections.abc import Callable, Mapping

from twin.kpi.energy import specific_energy
from twin.kpi.figure import Figure
from twin.kpi.oee import availability, effectiveness
from twin.kpi.quality import defect_rate, quality_ratio
from twin.kpi.tally import Tally, carriers, energy
from twin.kpi.time_model import Element, element
from twin.lab.experiment import Replication
from twin.model.state import Reason, State

# Outside the planned busy time; the ledger books them by reason, the edge by the calendar.
_UNPLANNED = frozenset({Reason.BREAK, Reason.NOT_SCHEDULED})

FIGURES: Mapping[str, Callable[[Tally], Figure]] = {
    "availability": availability,
    "effectiveness": effectiveness,
    "quality_ratio": quality_ratio,
    "specific_energy": specific_energy,
    "defect_rate": defect_rate,
}


def line_tally(run: Replication) -> Tally:
    """Add up the line of one replication: its own times and counts, the energy of all units."""
    page = run.units["line"]
    tally: Tally = {
        "calendar_time": run.seconds,
        "planned_busy_time": page["planned_busy_seconds"],
        "pq": page["processed"],
        "sq": page["scrapped"],
        "rq": page["reworked"],
        "ideal_time": run.ideal_cycle_time * page["processed"],
        "labour_time": page["labour_hours"],
    } | dict.fromkeys(Element, 0.0)
    executing = 0.0
    for key, seconds in page.items():
        if not key.startswith("seconds/"):
            continue
        _, name, category = key.split("/")
        state = State[name.upper()]
        if category not in _UNPLANNED:
            tally[element(state, category)] += seconds
        executing += seconds if state is State.EXECUTE else 0.0
    # what executes with a part of its capacity produces for that part of the time
    missing = executing - page["capacity_seconds"]
    tally[Element.PRODUCTION] -= missing
    tally[Element.DOWN] += missing
    for unit in run.units.values():
        for key, amount in unit.items():
            if key.startswith("energy/"):
                tally[key] = tally.get(key, 0.0) + amount
    _add_costs(tally, run.rates)
    return tally


def _add_costs(tally: Tally, rates: Mapping[str, float]) -> None:
    """Add what the tally cost at `rates`, as the edge books it."""

    def rate(kind: str) -> float:
        return sum(value for name, value in rates.items() if name.startswith(kind))

    defective = tally["sq"] + tally["rq"]
    tally["labour_cost"] = rate("labour_rate") * tally["labour_time"]
    tally["energy_cost"] = sum(
        rates.get(f"price_{carrier}", 0.0) * energy(tally, carrier) for carrier in carriers(tally)
    )
    tally["other_cost"] = (
        rate("unit_cost_") * tally["pq"]
        + rate("hourly_cost_") * tally["calendar_time"] / 3600.0
        + rate("defect_cost_") * defective
    )


def line_figures(run: Replication) -> dict[str, float]:
    """Return the line's figures that a data sheet states; one that is undefined is nan."""
    tally = line_tally(run)
    values = {name: figure(tally).value for name, figure in FIGURES.items()}
    return {name: float("nan") if value is None else value for name, value in values.items()}
