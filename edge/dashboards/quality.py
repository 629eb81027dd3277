"""Quality: first pass, control charts with the rules that were broken, capability, a value beside its limits."""

from grafana_foundation_sdk.builders import table, timeseries

from edge.dashboards import annotation, variable
from edge.dashboards.colour import GREY, YELLOW
from edge.dashboards.oee import newest
from edge.dashboards.page import Page, Row
from edge.dashboards.panel import Column, moment, rows, trend
from edge.dashboards.question import (
    NEWEST,
    OF_LINE,
    OF_PLANT,
    OF_UNITS,
    UNGROUPED,
    columns,
    field_is,
    together,
    windows,
)
from edge.dashboards.question import rows as asked
from edge.store.influxdb_flux import keep

UID = "sf-quality"
OF_STATION = 'r.unit == "${station}"'
_CHART = ("value", "centre", "lower", "upper", "broken")
_CONTROL = {"in control": GREY, "out of control": YELLOW}
_LIMITS = ("lolo", "lo", "hi", "hihi")


def chart(figure: str, title: str, unit: str, where: str = OF_STATION) -> timeseries.Panel:
    """Return a control chart: quarter hours with centre and limits, marked where a rule is broken."""
    query = columns("control_chart", _CHART, f'r.figure == "{figure}"', where, *OF_PLANT)
    told = (
        "Individuals of quarter hours; limits from the day before; red where one of Nelson's rules is broken."
    )
    shown = f"{query}\n{keep('_time', *_CHART)}"
    return trend(title, [shown], unit, told=told, points=("broken",), dashed=("centre", "lower", "upper"))


def broken_rules() -> table.Panel:
    """Return the newest points that broke a rule."""
    query = columns("control_chart", ("value", "centre", "upper", "rules"), OF_UNITS, *OF_PLANT)
    broken = '  |> filter(fn: (r) => r.rules != "")'
    shown = keep("_time", "unit", "figure", "value", "centre", "upper", "rules")
    latest = '  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 100)'
    told = (
        "Nelson: 1 beyond 3 sigma; 2 nine on one side; 3 six rising or falling; 4 fourteen alternating; 5 two of three "
        "beyond 2 sigma; 6 four of five beyond 1 sigma; 7 fifteen within 1 sigma; 8 eight outside 1 sigma."
    )
    return rows("Rules broken", f"{query}\n{broken}\n{shown}\n{UNGROUPED}\n{latest}", {
        "_time": moment("Quarter hour from"), "unit": Column(title="Unit"), "figure": Column(title="Figure"),
        "value": Column(title="Value", decimals=3), "centre": Column(title="Centre", decimals=3),
        "upper": Column(title="Upper limit", decimals=3), "rules": Column(title="Rules", width=80),
    }, told=told)  # fmt: skip


def by_unit() -> timeseries.Panel:
    """Return the defect rate of each unit by window."""
    query = windows(("defect_rate",), OF_UNITS, *OF_PLANT, labels=("unit",))
    told = "(SQ + RQ) / PQ, first pass; only units that count."
    return trend("Defect rate by unit", [query], "percentunit", word="${__field.labels.unit}", told=told)


_INDICES = ("cp", "cpk", "pp", "ppk")


def capability() -> table.Panel:
    """Return the capability of each characteristic as of the newest quarter hour, the least capable first."""
    query = columns("capability", (*_INDICES, "stable", "values"), OF_UNITS, *OF_PLANT)
    known = "  |> filter(fn: (r) => exists r.cpk)"
    worded = '  |> map(fn: (r) => ({r with control: if r.stable then "in control" else "out of control"}))'
    shown = keep("unit", "tag", *_INDICES, "values", "control")
    least = '  |> sort(columns: ["cpk"])\n  |> limit(n: 100)'
    told = (
        "Of the newest values (at most 100) against the limits Lo and Hi of the tag: Cp, Cpk with sigma within from "
        "moving ranges, Pp, Ppk with the overall one. Cp and Cpk hold while the charts are in control."
    )
    return rows("Capability, least first", together(query, NEWEST, known, worded, shown, UNGROUPED, least), {
        "unit": Column(title="Unit"), "tag": Column(title="Characteristic"),
        **{name: Column(title=name.capitalize(), decimals=2, width=80) for name in _INDICES},
        "values": Column(title="Values", width=80), "control": Column(title="Charts", colours=_CONTROL),
    }, told=told)  # fmt: skip


def capability_over_time() -> timeseries.Panel:
    """Return Cpk of the characteristics of the station over time."""
    query = columns("capability", ("cpk",), OF_STATION, *OF_PLANT)
    shown = f"{query}\n{keep('_time', 'tag', 'cpk')}"
    told = "Each quarter hour, of the newest values before it."
    return trend("${station}: Cpk", [shown], "short", word="${__field.labels.tag}", told=told, decimals=2)


def measured(unit: str = "${station}", tag: str = "${tag}") -> timeseries.Panel:
    """Return a tag of a unit, as chosen on the page or as given, with its limits as lines across the time range."""
    of_tag = (f'r.tag == "{tag}"', f'r.unit == "{unit}"', *OF_PLANT)
    values = (
        f"{asked('sample', field_is('sample', ('value',)), *of_tag)}\n"
        '  |> aggregateWindow(every: v.windowPeriod, fn: mean, createEmpty: false, timeSrc: "_start")\n'
        f"{keep('_time', '_value', 'tag')}"
    )
    of_limits = asked("tag_limit", field_is("tag_limit", _LIMITS), *of_tag, start="time(v: 0)", stop="")
    limits = (
        f"limits = {of_limits}\n  |> last()\n  |> map(fn: (r) => ({{limit: r._field, _value: r._value}}))\n"
        f'  |> group(columns: ["limit"])\n\n'
        "from_here = limits\n  |> map(fn: (r) => ({r with _time: v.timeRangeStart}))\n\n"
        "to_there = limits\n  |> map(fn: (r) => ({r with _time: v.timeRangeStop}))\n\n"
        'union(tables: [from_here, to_there])\n  |> group(columns: ["limit"])\n  |> sort(columns: ["_time"])'
    )
    made = trend(
        f"{unit}: {tag}",
        [values, limits],
        "short",
        told="Samples are kept for a limited time (docs/influxdb.md).",
    )
    return made.display_name("${__field.labels.tag}${__field.labels.limit}")


def limits() -> table.Panel:
    """Return unit, range and limits of the tag."""
    query = columns(
        "tag_limit",
        ("low", *_LIMITS, "high", "unit_of_measure", "description"),
        'r.tag == "${tag}"',
        OF_STATION,
        *OF_PLANT,
        start="time(v: 0)",
        stop="",
    )
    shown = keep("description", "unit_of_measure", "low", *_LIMITS, "high")
    return rows("What it may be", f"{query}\n{shown}\n{UNGROUPED}", {
        "description": Column(title="Tag"), "unit_of_measure": Column(title="Unit (UCUM)"),
        "low": Column(title="Low"), "lolo": Column(title="LoLo"), "lo": Column(title="Lo"),
        "hi": Column(title="Hi"), "hihi": Column(title="HiHi"), "high": Column(title="High"),
    })  # fmt: skip


def page() -> Page:
    """Return the dashboard."""
    return Page(
        uid=UID, title="Quality and control charts",
        told="First pass, control charts, capability, values with their limits.",
        variables=(
            variable.plant(), variable.epoch(), variable.unit(), variable.window(), variable.station(), variable.tag(),
        ),
        marks=(annotation.orders(), annotation.alarms(), annotation.upgrades()),
        rows=(
            Row(height=5, panels=(
                (6, newest("first_pass_yield", "First-pass yield")), (6, newest("defect_rate", "Defect rate")),
                (6, newest("scrap_ratio", "Scrap ratio")), (6, newest("rework_ratio", "Rework ratio")),
            )),
            Row(height=9, panels=(
                (12, chart("defect_rate", "Line: defect rate", "percentunit", OF_LINE)),
                (12, chart("defect_rate", "${station}: defect rate", "percentunit")),
            )),
            Row(height=9, panels=((12, by_unit()), (12, broken_rules()))),
            Row(height=9, panels=((14, capability()), (10, capability_over_time()))),
            Row(height=10, panels=((16, measured()), (8, limits()))),
        ),
    )  # fmt: skip
