"""Start pages: what an operator, production manager, maintainer, energy manager and trainer look at first."""

from grafana_foundation_sdk.builders import statetimeline

from edge.dashboards import (
    annotation,
    energy,
    fleet,
    loss,
    maintenance,
    oee,
    quality,
    variable,
)
from edge.dashboards.colour import GREY, ORANGE
from edge.dashboards.page import FIGURES, ROLES, Page, Row, Variable
from edge.dashboards.panel import note, states, ways
from edge.dashboards.question import OF_LINE, OF_PLANT, field_is
from edge.dashboards.question import rows as asked

_OF_PLANT: tuple[Variable, ...] = (variable.plant(), variable.epoch(), variable.unit(), variable.window())


def operator() -> Page:
    """Return the page of an operator: how it runs, what stands, what is ordered."""
    return Page(
        uid="sf-operator", title="Start: operator", told="How the line runs, what stands still and why, orders.",
        folder=ROLES, variables=_OF_PLANT, marks=(annotation.orders(), annotation.alarms()), since="now-8h",
        refresh="30s",
        rows=(
            Row(height=5, panels=(
                (5, oee.newest("oee_index", "OEE")), (5, oee.newest("availability", "Availability")),
                (5, oee.newest("effectiveness", "Effectiveness")), (5, oee.newest("quality_ratio", "Quality")),
                (4, ways(FIGURES, "More")),
            )),
            Row(height=10, panels=((24, oee.what_units_did()),)),
            Row(height=10, panels=((9, loss.alarms()), (9, loss.stops()), (6, oee.orders()))),
        ),
    )  # fmt: skip


def manager() -> Page:
    """Return the page of a production manager: all plants, their losses one click away."""
    return Page(
        uid="sf-manager", title="Start: production manager", told="All plants, each against its own past.",
        folder=ROLES, variables=(variable.plants(), variable.epochs(), variable.window()), since="now-7d",
        rows=(
            Row(height=10, panels=((20, fleet.board()), (4, ways(FIGURES, "More")))),
            Row(height=9, panels=(
                (12, fleet.over_time("oee_index", "OEE", "percentunit")),
                (12, fleet.over_time("labour_productivity", "Good units per paid hour", "short")),
            )),
            Row(height=9, panels=(
                (12, fleet.over_time("defect_rate", "Defect rate", "percentunit")), (12, fleet.alarms()),
            )),
        ),
    )  # fmt: skip


def maintainer() -> Page:
    """Return the page of maintenance: what failed, where and for how long; what wears; what the loops advise."""
    return Page(
        uid="sf-maintainer", title="Start: maintenance", told="What failed, for how long, what the loops advise.",
        folder=ROLES, variables=_OF_PLANT, marks=(annotation.alarms(), annotation.upgrades()),
        rows=(
            Row(height=9, panels=(
                (10, maintenance.by_unit()), (10, maintenance.over_time()), (4, ways(FIGURES, "More")),
            )),
            Row(height=9, panels=((14, maintenance.conditions()), (10, maintenance.life()))),
            Row(height=9, panels=((24, oee.what_units_did()),)),
            Row(height=10, panels=((9, maintenance.repairs()), (8, loss.alarms()), (7, maintenance.actions()))),
        ),
    )  # fmt: skip


def energy_manager() -> Page:
    """Return the page of an energy manager: power, what it was used for, what it cost."""
    per_unit = "kWh per good unit"
    return Page(
        uid="sf-energy-manager", title="Start: energy manager", told="Power, energy by carrier and state, cost, CO2.",
        folder=ROLES, variables=(variable.plant(), variable.epoch(), variable.window()),
        marks=(annotation.orders(), annotation.upgrades()),
        rows=(
            Row(height=5, panels=(
                (5, energy.peak()), (5, oee.newest("specific_energy", per_unit, "short")),
                (5, energy.summed("energy_cost", "Energy cost", "suffix: CNY")),
                (5, energy.summed("co2", "CO2", "masskg")), (4, ways(FIGURES, "More")),
            )),
            Row(height=9, panels=((12, energy.power()), (12, energy.by_carrier()))),
            Row(height=9, panels=(
                (12, energy.by_state()),
                (12, quality.chart("specific_energy", f"{per_unit}, control chart", "short", OF_LINE)),
            )),
        ),
    )  # fmt: skip


def faults() -> statetimeline.Panel:
    """Return when each injected fault was there: the ground truth."""
    query = asked("sample", field_is("sample", ("value",)), "r.tag =~ /^fault_/", *OF_PLANT)
    worded = (
        '  |> map(fn: (r) => ({_time: r._time, fault: r.unit + " " + r.tag, '
        '_value: if r._value == 0.0 then "mended" else "struck"}))'
    )
    question = f'{query}\n{worded}\n  |> group(columns: ["fault"])\n  |> sort(columns: ["_time"])'
    told = "The ground truth. Whoever may open this page sees it: give students the edge's own pages during a drill."
    colours = {"mended": GREY, "struck": ORANGE}
    return states("Injected faults", question, word="${__field.labels.fault}", colours=colours, told=told)


def trainer() -> Page:
    """Return the page of a trainer: injected faults beside what can be seen of them."""
    hint = "Faults are injected on the pages of the edge; docs/faults.md tells what each is expected to do."
    return Page(
        uid="sf-trainer", title="Start: trainer", told="Injected faults, and what they do to states, figures, alarms.",
        folder=ROLES, variables=_OF_PLANT, since="now-3h", refresh="30s",
        marks=(annotation.faults(), annotation.orders(), annotation.upgrades()),
        rows=(
            Row(height=8, panels=((16, faults()), (4, note(hint)), (4, ways(FIGURES, "More")))),
            Row(height=9, panels=((12, oee.over_time()), (12, oee.by_unit()))),
            Row(height=9, panels=((24, oee.what_units_did()),)),
            Row(height=9, panels=((12, loss.alarms()), (12, maintenance.actions()))),
        ),
    )  # fmt: skip
