"""Fleet: all plants beside each other; the way into each."""

from grafana_foundation_sdk.builders import table, timeseries

from edge.dashboards import variable
from edge.dashboards.colour import RED
from edge.dashboards.page import Page, Row
from edge.dashboards.panel import Column, drill, moment, rows, share, trend
from edge.dashboards.question import OF_FLEET, OF_LINE, UNGROUPED, field_is, windows
from edge.dashboards.question import rows as asked

UID = "sf-fleet"
FIGURES = (
    "oee_index",
    "availability",
    "effectiveness",
    "quality_ratio",
    "specific_energy",
    "co2_per_good_unit",
)


def board() -> table.Panel:
    """Return the newest complete window of every plant, a row each."""
    query = windows(FIGURES, OF_LINE, *OF_FLEET, labels=("plant",))
    newest = '  |> group(columns: ["plant"])\n  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 1)'
    into = drill("Open the plant", "sf-plant", plant="${__data.fields.plant}")
    return rows("Plants", f'{query}\n{newest}\n{UNGROUPED}\n  |> sort(columns: ["plant"])', {
        "plant": Column(title="Plant", link=into),
        "_time": moment("Window from"), "oee_index": share("OEE"), "availability": share("Availability"),
        "effectiveness": share("Effectiveness"), "quality_ratio": share("Quality"),
        "specific_energy": Column(title="kWh per good unit", decimals=2),
        "co2_per_good_unit": Column(title="kg CO2 per good unit", decimals=2),
    }, told="Good units are each plant's own (pieces, tonnes, …): compare a plant with itself.")  # fmt: skip


def over_time(figure: str, title: str, unit: str, *, told: str = "") -> timeseries.Panel:
    """Return a figure of every plant by window."""
    query = windows((figure,), OF_LINE, *OF_FLEET, labels=("plant",))
    into = drill("Open the plant", "sf-plant", plant="${__field.labels.plant}")
    return trend(title, [query], unit, word="${__field.labels.plant}", told=told, link=into, decimals=1)


def alarms() -> table.Panel:
    """Return how many alarms each plant raised in the time range."""
    query = asked("event", field_is("event", ("text",)), 'r.kind == "alarm"', *OF_FLEET)
    counted = '  |> group(columns: ["plant", "severity"])\n  |> count()'
    by_plant = '  |> pivot(rowKey: ["plant"], columnKey: ["severity"], valueColumn: "_value")'
    return rows("Alarms raised", f"{query}\n{counted}\n{UNGROUPED}\n{by_plant}", {
        "plant": Column(title="Plant", link=drill("Losses and stops", "sf-losses", plant="${__data.fields.plant}")),
        "warning": Column(title="Warning"), "critical": Column(title="Critical", steps=((1, RED),)),
    })  # fmt: skip


def page() -> Page:
    """Return the dashboard."""
    return Page(
        uid=UID, title="Fleet", told="All plants beside each other, each the way into its own.",
        variables=(variable.plants(), variable.epochs(), variable.window()),
        rows=(
            Row(height=10, panels=((24, board()),)),
            Row(height=9, panels=(
                (12, over_time("oee_index", "OEE", "percentunit")),
                (12, over_time("average_power", "Power, mean of the window", "kwatt")),
            )),
            Row(height=9, panels=(
                (12, over_time("defect_rate", "Defect rate", "percentunit")), (12, alarms()),
            )),
        ),
    )  # fmt: skip
