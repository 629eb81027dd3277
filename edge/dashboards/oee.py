"""Plant: OEE with its arithmetic, what every unit did and when, orders."""

from grafana_foundation_sdk.builders import stat, statetimeline, table, timeseries

from edge.dashboards import annotation, variable
from edge.dashboards.page import Page, Row
from edge.dashboards.panel import Column, drill, moment, rows, share, states, tile, trend
from edge.dashboards.question import (
    NEWEST,
    OF_LINE,
    OF_PLANT,
    OF_UNITS,
    UNGROUPED,
    columns,
    field_is,
    windows,
)
from edge.dashboards.question import rows as asked
from edge.store.influxdb_flux import keep

UID = "sf-plant"
FACTORS = ("availability", "effectiveness", "quality_ratio")
INPUTS = (
    "availability:APT",
    "availability:PBT",
    "effectiveness:PRI·PQ",
    "quality_ratio:GQ",
    "quality_ratio:PQ",
)
_TOLD = {
    "oee_index": "A·E·Q of the newest complete window (ISO 22400-2 style), not capped.",
    "availability": "APT / PBT: production time of planned busy time.",
    "effectiveness": "PRI·PQ / APT: ideal time of what was processed, of production time. May exceed 1.",
    "quality_ratio": "GQ / PQ: good of processed, first pass.",
}  # fmt: skip


def newest(
    figure: str, title: str, unit: str = "percentunit", *, told: str = "", decimals: int = 1
) -> stat.Panel:
    """Return a tile of the line's figure in its newest complete window."""
    query = f"{windows((figure,), OF_LINE, *OF_PLANT)}\n{UNGROUPED}\n{NEWEST}\n{keep(figure)}"
    into = drill("Losses and stops", "sf-losses", plant="${plant}")
    return tile(title, query, unit, told=told or _TOLD.get(figure, ""), decimals=decimals, link=into)


def over_time() -> timeseries.Panel:
    """Return OEE and its factors by window."""
    query = windows(("oee_index", *FACTORS), OF_LINE, *OF_PLANT)
    return trend(
        "OEE and its factors", [query], "percentunit", told="Complete windows of the line.", decimals=1
    )


def by_unit() -> timeseries.Panel:
    """Return OEE of each unit by window."""
    query = windows(("oee_index",), OF_UNITS, *OF_PLANT, labels=("unit",))
    return trend("OEE by unit", [query], "percentunit", word="${__field.labels.unit}", decimals=1)


def arithmetic() -> table.Panel:
    """Return the inputs of OEE by window, so that anybody can follow it."""
    query = windows(("oee_index", *FACTORS, *INPUTS), OF_LINE, *OF_PLANT)
    latest_first = '  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 48)'
    return rows("The arithmetic", f"{query}\n{UNGROUPED}\n{latest_first}", {
        "_time": moment("Window from"),
        "oee_index": share("OEE"),
        "availability": share("A"),
        "effectiveness": share("E"),
        "quality_ratio": share("Q"),
        "availability:APT": Column(title="APT", unit="s", decimals=0),
        "availability:PBT": Column(title="PBT", unit="s", decimals=0),
        "effectiveness:PRI·PQ": Column(title="PRI·PQ", unit="s", decimals=0),
        "quality_ratio:GQ": Column(title="GQ"), "quality_ratio:PQ": Column(title="PQ"),
    }, told="A = APT / PBT, E = PRI·PQ / APT, Q = GQ / PQ, OEE = A·E·Q, of the line, newest window first.")  # fmt: skip


def what_units_did() -> statetimeline.Panel:
    """Return the PackML state of each unit; what began before the time range is in its first bar."""
    told = (field_is("state_interval", ("state_name",)), OF_UNITS, *OF_PLANT)
    kept = keep("_time", "_value", "unit")
    before = (
        f"{asked('state_interval', *told, start='time(v: 0)', stop='v.timeRangeStart')}\n  |> last()\n"
        f"  |> map(fn: (r) => ({{r with _time: v.timeRangeStart}}))\n{kept}"
    )
    inside = f"{asked('state_interval', *told)}\n{kept}"
    union = (
        f"before = {before}\n\ninside = {inside}\n\nunion(tables: [before, inside])\n"
        '  |> group(columns: ["unit"])\n  |> sort(columns: ["_time"])'
    )
    legend = "PackML states; grey works or waits, colour wants attention."
    return states("States of the units", union, word="${__field.labels.unit}", told=legend)


def orders() -> table.Panel:
    """Return the orders that began in the time range."""
    query = columns("order", ("order", "product", "quantity", "end_ms"), *OF_PLANT)
    ended = '  |> map(fn: (r) => ({r with state: if r.end_ms < 0 then "runs" else "ended"}))'
    shown = keep("_time", "order", "product", "quantity", "state")
    latest_first = '  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 50)'
    return rows("Orders", f"{query}\n{ended}\n{shown}\n{UNGROUPED}\n{latest_first}", {
        "_time": moment("From"),
        "order": Column(title="Order"), "product": Column(title="Product"),
        "quantity": Column(title="Quantity"), "state": Column(title="State"),
    })  # fmt: skip


def page() -> Page:
    """Return the dashboard."""
    return Page(
        uid=UID, title="Plant: OEE", told="One plant: OEE with its arithmetic, states, orders.",
        variables=(variable.plant(), variable.epoch(), variable.unit(), variable.window()),
        marks=(annotation.orders(), annotation.alarms(), annotation.upgrades()),
        rows=(
            Row(height=5, panels=(
                (6, newest("oee_index", "OEE")), (6, newest("availability", "Availability")),
                (6, newest("effectiveness", "Effectiveness")), (6, newest("quality_ratio", "Quality")),
            )),
            Row(height=9, panels=((12, over_time()), (12, by_unit()))),
            Row(height=10, panels=((24, what_units_did()),)),
            Row(height=9, panels=((14, arithmetic()), (10, orders()))),
        ),
    )  # fmt: skip
