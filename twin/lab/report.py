"""What `twin compare` prints: changes beside the published averages, OEE, waterfall, payback."""

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from twin.kpi.headline import HEADLINES
from twin.lab.compare import Comparison
from twin.lab.interval import Interval
from twin.lab.paired import PairedChange
from twin.lab.payback import LEAVES_OUT, Payback
from twin.lab.project import OEE, THROUGHPUT

SOURCE = "308 projects of 2015-2017, Strategic Study of CAE 2018, 20(4), 1-8"
_NARROW = {
    "productivity": "Produc-\ntivity",
    "energy_utilisation": "Energy\nutilisation",
    "operating_cost": "Operating\ncost",
    "rd_period": "R&D\nperiod",
    "defect_rate": "Defect\nrate",
}
_OEE_TITLES = {
    "availability": "Availability",
    "effectiveness": "Effectiveness",
    "quality_ratio": "Quality ratio",
    "oee_index": "OEE",
}


def report(comparison: Comparison, console: Console) -> None:
    """Print `comparison` as tables."""
    design = comparison.design
    count = len(comparison.before)
    console.print(
        f"{comparison.plant.title}: {count} pairs of runs with the seeds {design.seed} to {design.seed + count - 1}, "
        f"{design.days:g} days each after {design.warmup_days:g} of warm-up; {comparison.stopped}.",
        highlight=False,
    )
    if not any(comparison.strengths.values()):
        told = (
            "no figure of any pair moved at all"
            if comparison.nil
            else "and yet figures moved: a flaw of the model"
        )
        console.print(f"Every upgrade has the strength 0: {told}.", highlight=False)
    console.print(_headlines(comparison))
    console.print(_oee(comparison))
    if comparison.waterfalls:
        console.print(*_waterfalls(comparison), sep="\n")
    elif design.waterfall:
        console.print("No waterfall: there was no time for two replications of its cases; raise --budget.")
    console.print(payback_text(comparison.payback), highlight=False)
    console.print(f"Published averages: {SOURCE}; self-reported. Definitions here are ours:", highlight=False)
    for headline in HEADLINES:
        console.print(f"  {headline.title}: {headline.definition}", highlight=False)
    if comparison.curve is not None:
        console.print(
            "  The R&D period comes from a model of a process, not of physics; its candidates run on the plant model.",
            highlight=False,
        )


def _headlines(comparison: Comparison) -> Table:
    table = plain_table(
        "figure", "before", "after", "change", "95 % interval", "published", title="Headline figures"
    )
    published = {headline.name: f"{100 * headline.published:+.1f} %" for headline in HEADLINES}
    for name, title, scale in _rows(comparison.plant.product_unit.strip("{}")):
        change = comparison.changes.get(name)
        if change is None:
            table.add_row(title, "–", "–", "undefined", "", published.get(name, ""))
            continue
        table.add_row(
            title, f"{scale * change.before:.4g}", f"{scale * change.after:.4g}", percent(change.mean),
            _range(change), published.get(name, ""),
        )  # fmt: skip
    return table


def _rows(unit: str) -> Sequence[tuple[str, str, float]]:
    """Return name, title with unit, and scale of the rows."""
    return (
        ("productivity", f"Productivity, {unit} a labour hour", 1.0),
        (THROUGHPUT, f"  beside it throughput, good {unit} an hour", 1.0),
        ("energy_utilisation", f"Energy utilisation, {unit}/kWh", 1.0),
        ("operating_cost", f"Operating cost, CNY/{unit}", 1.0),
        ("rd_period", "R&D period, weeks", 1.0),
        ("defect_rate", "Defect rate, %", 100.0),
    )


def _oee(comparison: Comparison) -> Table:
    table = plain_table("", "before", "after", "change, points", "95 %", title="OEE")
    for name in OEE:
        difference = comparison.oee[name]
        before, after = (
            math.fsum(row[name] for row in rows) / len(rows) for rows in (comparison.before, comparison.after)
        )
        table.add_row(
            _OEE_TITLES[name], f"{100 * before:.1f} %", f"{100 * after:.1f} %", f"{100 * difference.mean:+.1f}",
            f"± {100 * difference.half_width:.1f}",
        )  # fmt: skip
    return table


def _waterfalls(comparison: Comparison) -> tuple[Table, Table]:
    """Return what each upgrade brings alone and what it adds when it comes last: two tables that fit 80 columns."""
    falls = comparison.waterfalls.values()
    columns = [_NARROW.get(name, name) for name in comparison.waterfalls]
    count = comparison.waterfall_replications
    alone = plain_table(
        "upgrade", *columns, title=f"Each upgrade alone, log points (close to per cent); {count} replications"
    )
    last = plain_table("upgrade", *columns, title="Each upgrade added to all others, log points")
    for table in (alone, last):
        table.collapse_padding = True
    for place, key in enumerate(comparison.strengths):
        steps = [fall.steps[place] for fall in falls]
        alone.add_row(key, *(_points(step.single) for step in steps))
        last.add_row(key, *(_points(step.last_in) for step in steps))
    alone.add_row("interaction", *(f"{fall.interaction:+.1f}" for fall in falls))
    alone.add_row("all", *(_points(fall.total) for fall in falls), style="bold")
    return alone, last


def payback_text(found: Payback) -> str:
    """Return the payback as sentences."""
    spread = f" ± {found.saving.half_width:,.0f}" if math.isfinite(found.saving.half_width) else ""
    told = f"{found.years:.1f} years" if math.isfinite(found.years) else "never"
    return (
        f"Payback: {told}. One-off {found.one_off:,.0f} CNY; conversion cost saved {found.saving.mean:,.0f}{spread} "
        f"CNY a year at the output with the upgrades, less {found.running:,.0f} CNY a year to run them. "
        f"Left out: {LEAVES_OUT}."
    )


def plain_table(*columns: str, title: str) -> Table:
    """Return a table without rules, the first column to the left, the others to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left", overflow="fold")
    return table


def percent(share: float) -> str:
    """Write a share as per cent with its sign.

    >>> percent(0.123), percent(0.0), percent(float("nan"))
    ('+12.3 %', '0 %', '–')
    """
    if math.isnan(share):
        return "–"
    return f"{100 * share:+.1f} %" if share else "0 %"


def _range(change: PairedChange) -> str:
    if change.low == change.high:
        return f"{percent(change.low)} exactly"
    return f"{percent(change.low)} to {percent(change.high)}"


def _points(value: Interval) -> str:
    if value.half_width == 0.0:
        return f"{value.mean:+.1f}" if value.mean else "0"
    return f"{value.mean:+.1f}±{value.half_width:.1f}"
