"""Baseline against upgraded: two plants of one model beside each other, from sums of the same time range."""

from grafana_foundation_sdk.builders import stat, table, timeseries

from edge.dashboards import variable
from edge.dashboards.page import Page, Row
from edge.dashboards.panel import Column, note, rows, share, tile, trend
from edge.dashboards.question import OF_LINE, UNGROUPED, field_is, windows
from edge.dashboards.question import rows as asked

UID = "sf-upgrades"
_EITHER = '(r.epoch == "${baseline_epoch}" or r.epoch == "${upgraded_epoch}")'
_SUMS = ("pq", "sq", "rq", "planned_busy_time", "labour_time", "labour_cost", "energy_cost", "other_cost")
_FIGURES = ("labour_productivity", "energy_utilisation", "conversion_cost", "defect_rate", "good_rate")


def _or_zero(name: str) -> str:
    """Return a sum; one that is zero is not stored."""
    return f"(if exists r.{name} then r.{name} else 0.0)"


def ratios() -> str:
    """Return the steps to the figures of both plants, a row each: numerators and denominators are summed first."""
    sums = asked("tally", field_is("tally", _SUMS), OF_LINE, _EITHER)
    energy = asked("kpi", field_is("kpi", ("energy_total",)), 'r.window == "15m"', OF_LINE, _EITHER)
    total = '  |> group(columns: ["plant", "_field"])\n  |> sum()'
    return (
        f"sums = {sums}\n{total}\n\nenergy = {energy}\n{total}\n\n"
        f"figures = union(tables: [sums, energy])\n{UNGROUPED}\n"
        '  |> pivot(rowKey: ["plant"], columnKey: ["_field"], valueColumn: "_value")\n'
        f"  |> map(fn: (r) => ({{r with defective: {_or_zero('sq')} + {_or_zero('rq')}, "
        f"cost: {_or_zero('labour_cost')} + {_or_zero('energy_cost')} + {_or_zero('other_cost')}}}))\n"
        "  |> map(fn: (r) => ({r with good: r.pq - r.defective}))\n"
        '  |> map(fn: (r) => ({plant: r.plant, side: if r.plant == "${baseline}" then "baseline" else "upgraded", '
        "good_rate: r.good / r.planned_busy_time, labour_productivity: r.good / r.labour_time, "
        "energy_utilisation: r.good / r.energy_total, "
        "conversion_cost: r.cost / r.good, "
        "defect_rate: r.defective / r.pq}))"
    )


def both() -> table.Panel:
    """Return the figures of both plants."""
    return rows("Both plants, over the time range", f"{ratios()}\n\nfigures\n  |> sort(columns: [\"side\"])", {
        "side": Column(title="Side"), "plant": Column(title="Plant"),
        "good_rate": Column(title="Good units per planned second", decimals=4),
        "labour_productivity": Column(title="Good units per paid hour", decimals=2),
        "energy_utilisation": Column(title="Good units per kWh", decimals=4),
        "conversion_cost": Column(title="CNY per good unit", decimals=3), "defect_rate": share("Defect rate"),
    }, told="Ratios of sums: GQ / PBT, GQ / H, GQ / ΣE, (labour + energy + other) / GQ, (SQ + RQ) / PQ.")  # fmt: skip


def changes() -> stat.Panel:
    """Return by how much each figure of the upgraded plant differs from the baseline."""
    apart = "\n\n".join(
        f'{name} = figures\n  |> map(fn: (r) => ({{side: r.side, figure: "{name}", _value: r.{name}}}))'
        for name in _FIGURES
    )
    together = (
        f"union(tables: [{', '.join(_FIGURES)}])\n{UNGROUPED}\n"
        '  |> pivot(rowKey: ["figure"], columnKey: ["side"], valueColumn: "_value")\n'
        "  |> map(fn: (r) => ({figure: r.figure, change: (r.upgraded - r.baseline) / r.baseline}))\n"
        '  |> group(columns: ["figure"])'
    )
    told = (
        "Of ratios of sums. One day shows the direction and not the size: `twin compare` gives intervals. "
        "Lower is better for cost and defect rate."
    )
    return tile(
        "Upgraded against baseline",
        f"{ratios()}\n\n{apart}\n\n{together}",
        "percentunit",
        word="${__field.labels.figure}",
        told=told,
    )


def compared(figure: str, title: str, unit: str) -> timeseries.Panel:
    """Return a figure of both plants by window."""
    query = windows((figure,), OF_LINE, _EITHER, labels=("plant",))
    return trend(title, [query], unit, word="${__field.labels.plant}")


def strengths() -> timeseries.Panel:
    """Return how far each upgrade is in effect."""
    query = asked("sample", field_is("sample", ("value",)), "r.tag =~ /^upgrade_.+_effect$/", _EITHER)
    shown = (
        '  |> aggregateWindow(every: v.windowPeriod, fn: last, createEmpty: false, timeSrc: "_start")\n'
        '  |> keep(columns: ["_time", "_value", "plant", "tag"])'
    )
    told = (
        "Strength in effect: 0 none, 1 low, 2 mid, 3 high; it ramps in over months, an `upgrade_month` each."
    )
    word = "${__field.labels.plant} ${__field.labels.tag}"
    return trend("Upgrades in effect", [f"{query}\n{shown}"], "short", word=word, told=told, stepped=True)


def month() -> stat.Panel:
    """Return how many hours a month of ramp-in lasts at each plant."""
    query = asked(
        "sample",
        field_is("sample", ("value",)),
        'r.tag == "upgrade_month"',
        _EITHER,
        start="-7d",
        stop="now()",
    )
    told = "Hours that a month of ramp-in lasts: 730 is real time, 0 acts at once."
    shown = '  |> last()\n  |> keep(columns: ["_value", "plant"])'
    return tile(
        "A month of ramp-in",
        f"{query}\n{shown}",
        "short",
        word="${__field.labels.plant}",
        told=told,
        decimals=2,
    )


def page() -> Page:
    """Return the dashboard."""
    hint = (
        "Run a baseline and an upgraded plant side by side, for example "
        "`twin demo --plants stamping --smart stamping`. Both use the same random streams."
    )
    return Page(
        uid=UID, title="Baseline against upgraded", told="Two plants of one model: what upgrades change.",
        variables=(
            variable.plant("baseline", "Baseline"), variable.epoch("baseline", "baseline_epoch"),
            variable.plant("upgraded", "Upgraded"), variable.epoch("upgraded", "upgraded_epoch"), variable.window(),
        ),
        rows=(
            Row(height=6, panels=((14, changes()), (6, month()), (4, note(hint)))),
            Row(height=6, panels=((24, both()),)),
            Row(height=9, panels=(
                (8, compared("oee_index", "OEE", "percentunit")),
                (8, compared("specific_energy", "kWh per good unit", "short")),
                (8, compared("defect_rate", "Defect rate", "percentunit")),
            )),
            Row(height=9, panels=(
                (8, compared("labour_productivity", "Good units per paid hour", "short")),
                (8, compared("conversion_cost_per_good_unit", "CNY per good unit", "suffix: CNY")), (8, strengths()),
            )),
        ),
    )  # fmt: skip
