"""Energy and CO2: by carrier, unit and power state, for each good unit, the peak of a quarter hour."""

from grafana_foundation_sdk.builders import barchart, stat, timeseries

from edge.dashboards import annotation, variable
from edge.dashboards.oee import newest
from edge.dashboards.page import Page, Row
from edge.dashboards.panel import bars, tile, trend
from edge.dashboards.quality import chart
from edge.dashboards.question import OF_LINE, OF_PLANT, OF_UNITS, UNGROUPED, WINDOW, field_is, windows
from edge.dashboards.question import rows as asked
from edge.store.influxdb_flux import keep

UID = "sf-energy"
_CARRIERS = r"r._field =~ /^energy\/[^\/:]+$/"
_STATES = r"r._field =~ /^energy\/[^\/:]+\/[^\/:]+$/"
_OF_WINDOW = f'r.window == "{WINDOW}"'


def _named(name: str) -> str:
    """Return the step that calls a field without its beginning by a column of its own."""
    named = 'strings.trimPrefix(v: r._field, prefix: "energy/")'
    return f"  |> map(fn: (r) => ({{_time: r._time, {name}: {named}, _value: r._value}}))"


def by_carrier() -> timeseries.Panel:
    """Return energy of the line by carrier and window."""
    query = (
        f'import "strings"\n\n{asked("kpi", _CARRIERS, _OF_WINDOW, OF_LINE, *OF_PLANT)}\n{_named("carrier")}'
    )
    grouped = f'{query}\n  |> group(columns: ["carrier"])'
    return trend(
        "Energy by carrier and window",
        [grouped],
        "kwatth",
        bars=True,
        stacked=True,
        word="${__field.labels.carrier}",
    )


def by_state() -> barchart.Panel:
    """Return energy of the line by carrier and power state, largest first: what was used while nothing was made."""
    query = (
        f'import "strings"\n\n{asked("kpi", _STATES, _OF_WINDOW, OF_LINE, *OF_PLANT)}\n'
        f'  |> group(columns: ["_field"])\n  |> sum()\n{UNGROUPED}\n'
        '  |> map(fn: (r) => ({state: strings.trimPrefix(v: r._field, prefix: "energy/"), _value: r._value}))\n'
        '  |> sort(columns: ["_value"], desc: true)'
    )
    return bars(
        "Energy by carrier and power state", query, "kwatth", by="state", told="Sum of the time range."
    )


def by_unit() -> barchart.Panel:
    """Return energy by unit, largest first."""
    query = asked("kpi", field_is("kpi", ("energy_total",)), _OF_WINDOW, OF_UNITS, *OF_PLANT)
    summed = '  |> group(columns: ["unit"])\n  |> sum()'
    largest = '  |> sort(columns: ["_value"], desc: true)'
    told = "Sum of the time range, all carriers. The line's row is the sum of all meters, its own base load among them."
    return bars(
        "Energy by unit", f"{query}\n{summed}\n{UNGROUPED}\n{largest}", "kwatth", by="unit", told=told
    )


def power() -> timeseries.Panel:
    """Return the mean power of quarter hours."""
    query = windows(("average_power",), OF_LINE, *OF_PLANT, window="15m")
    told = "Mean of each quarter hour, all carriers: the highest is what is billed where power is billed."
    return trend("Power of quarter hours", [query], "kwatt", told=told, stepped=True)


def peak() -> stat.Panel:
    """Return the highest quarter hour of the time range."""
    query = windows(("average_power",), OF_LINE, *OF_PLANT, window="15m")
    highest = f'{UNGROUPED}\n  |> max(column: "average_power")\n{keep("average_power")}'
    return tile("Highest quarter hour", f"{query}\n{highest}", "kwatt", told="Mean power, all carriers.")


def summed(field: str, title: str, unit: str, *, told: str = "") -> stat.Panel:
    """Return what a sum of the line came to in the time range."""
    query = asked("tally", field_is("tally", (field,)), OF_LINE, *OF_PLANT)
    return tile(title, f"{query}\n{UNGROUPED}\n  |> sum()\n{keep('_value')}", unit, told=told)


def by_window(field: str, title: str, unit: str) -> timeseries.Panel:
    """Return a sum of the line by window."""
    query = asked("tally", field_is("tally", (field,)), OF_LINE, *OF_PLANT)
    step = f'  |> aggregateWindow(every: {WINDOW}, fn: sum, createEmpty: false, timeSrc: "_start")'
    return trend(title, [f"{query}\n{step}\n{keep('_time', '_value')}"], unit, bars=True)


def page() -> Page:
    """Return the dashboard."""
    return Page(
        uid=UID, title="Energy and CO2", told="By carrier, unit and power state; for each good unit; peaks.",
        variables=(variable.plant(), variable.epoch(), variable.unit(), variable.window()),
        marks=(annotation.orders(), annotation.alarms(), annotation.upgrades()),
        rows=(
            Row(height=5, panels=(
                (4, newest("specific_energy", "kWh per good unit", "short", told="ΣE / GQ of the newest window.")),
                (4, newest("co2_per_good_unit", "CO2 per good unit", "masskg", told="CO2 / GQ of the newest window.")),
                (4, newest("non_productive_energy_share", "Not while executing", told="(ΣE - E execute) / ΣE.")),
                (4, peak()), (4, summed("co2", "CO2", "masskg")),
                (4, summed("energy_cost", "Energy cost", "suffix: CNY")),
            )),
            Row(height=9, panels=((12, power()), (12, by_carrier()))),
            Row(height=9, panels=(
                (12, chart("specific_energy", "kWh per good unit, control chart", "short", OF_LINE)), (12, by_state()),
            )),
            Row(height=9, panels=(
                (12, by_unit()), (6, by_window("co2", "CO2 by window", "masskg")),
                (6, by_window("energy_cost", "Energy cost by window", "suffix: CNY")),
            )),
        ),
    )  # fmt: skip
