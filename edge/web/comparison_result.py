"""What a comparison found, drawn from what `twin compare --json` told."""

from collections.abc import Mapping
from html import escape
from typing import Any

from edge.web.waterfall import waterfall_html
from twin.kpi.headline import HEADLINES

_OEE = {
    "availability": "Availability", "effectiveness": "Effectiveness", "quality_ratio": "Quality ratio",
    "oee_index": "OEE",
}  # fmt: skip


def result_html(told: Mapping[str, Any]) -> str:
    """Draw the five figures with their intervals beside the published averages, OEE, waterfalls and payback.

    The steps of a waterfall may tell `last_in` in place of `single`.
    """
    design = told["design"]
    seeds = told["seeds"]
    note = (
        f"{len(seeds)} pairs of runs with the seeds {seeds[0]} to {seeds[-1]}, {design['days']:g} days each after "
        f"{design['warmup_days']:g} of warm-up; {told['stopped']}. Intervals hold 95 %. Published: averages of 308 "
        "projects of 2015-2017 (Strategic Study of CAE 2018, 20(4), 1-8), self-reported; the definitions are ours. The "
        "R&D period comes from a model of a process, not of physics."
    )
    return (
        f"{_headlines(told)}{_oee(told['oee'])}{_waterfalls(told)}<p>{escape(_payback(told['payback']))}</p>"
        f'<p class="note small">{escape(note)}</p>'
    )


def _headlines(told: Mapping[str, Any]) -> str:
    rows = []
    for headline in HEADLINES:
        change = told["changes"].get(headline.name)
        published = f"<td>{100 * told['published'][headline.name]:+.1f} %</td>"
        name = f'<td>{escape(headline.title)}<div class="note small">{escape(headline.definition)}</div></td>'
        if change is None:
            rows.append(f"<tr>{name}<td>–</td><td>–</td><td>not defined</td><td>–</td>{published}</tr>")
            continue
        ends = [change["low"], change["high"]]
        interval = "–" if None in ends else f"{100 * ends[0]:+.1f} to {100 * ends[1]:+.1f} %"
        sign = "" if change["significant"] else ' <span class="note small">(may be chance)</span>'
        rows.append(
            f"<tr>{name}<td>{change['before']:.4g}</td><td>{change['after']:.4g}</td>"
            f"<td><b>{100 * change['mean']:+.1f} %</b>{sign}</td><td>{interval}</td>{published}</tr>"
        )
    head = "".join(
        f"<th>{one}</th>" for one in ("Figure", "Before", "After", "Change", "Interval", "308 projects")
    )
    return f'<table class="list gains"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _oee(oee: Mapping[str, Mapping[str, Any]]) -> str:
    facts = "".join(
        f'<div class="pair"><span class="key">{title}</span><span class="v">{100 * oee[name]["mean"]:+.1f} points'
        f"{_half(oee[name]['half_width'])}</span></div>"
        for name, title in _OEE.items()
        if name in oee and oee[name]["mean"] is not None
    )
    return f'<div class="oee-change">{facts}</div>'


def _half(half: float | None) -> str:
    return "" if half is None else f" ± {100 * half:.1f}"


def _waterfalls(told: Mapping[str, Any]) -> str:
    if not told["waterfalls"]:
        return '<p class="note">No waterfall was asked for, or there was no time for it.</p>'
    titles = {upgrade["key"]: upgrade["title"] for upgrade in told["upgrades"]}
    names = {headline.name: headline.title for headline in HEADLINES}
    drawn = "".join(
        f"<details{' open' if place == 0 else ''}><summary>{escape(names[name])}</summary>"
        f"{waterfall_html(fall, titles, f'Waterfall of {names[name]}, log points')}</details>"
        for place, (name, fall) in enumerate(told["waterfalls"].items())
    )
    alone = all("single" in step for fall in told["waterfalls"].values() for step in fall["steps"])
    what = "the upgrade alone" if alone else "what the upgrade adds to all the others"
    return (
        f'<div class="waterfalls">{drawn}</div><p class="note small">Each bar: {what}, in log points (close to per '
        f"cent); the line: its 95 % interval; {told['waterfall_replications']} replications. What upgrades do to the "
        "same losses shows as interaction.</p>"
    )


def _payback(found: Mapping[str, Any]) -> str:
    years = "never" if found["years"] is None else f"{found['years']:.1f} years"
    return (
        f"Payback: {years}. One-off {found['one_off']:,.0f} CNY; conversion cost saved {found['saving']['mean']:,.0f} "
        f"CNY a year at the output with the upgrades, less {found['running']:,.0f} CNY a year to run them. "
        f"Left out: {found['leaves_out']}."
    )
