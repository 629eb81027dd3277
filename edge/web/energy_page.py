"""A plant's energy: where it goes, how it does against its baseline, peaks, CO2, idling as money."""

import asyncio
from collections.abc import Mapping, Sequence
from html import escape

from nicegui import ui

from edge.api.energy_query import BASE_LOAD, PRODUCTION, Carrier, EnergyQuery, EnergyView, Use
from edge.api.query import display_unit
from edge.api.time_range import MINUTE, TimeRange, rfc3339
from edge.web.board import WINDOWS, Boards
from edge.web.energy import large, mass, share_of
from edge.web.enpi import enpi_html
from edge.web.panel import choice, panel
from edge.web.period import Period, live_html, period_html
from edge.web.sankey import Flow, sankey_svg
from edge.web.unit_view import number
from edge.web.wording import clock_form, local, percent, zone
from twin.kpi.tally import energy as energy_of
from twin.model.declaration import Declaration

_STATES = {"execute": "executing", "idle": "idle", "standby": "standby", "off": "off"}
_STYLES = {PRODUCTION: "f-execute", BASE_LOAD: "f-base"}
_PEAKS = 5
_BARS = 200  # quarter-hours that are drawn one by one; of more the highest in each stretch


class EnergyPage:
    """One visitor's page of a plant's energy, live or of a `period`; `utc_offset` places the plant's local time."""

    def __init__(
        self, boards: Boards, energy: EnergyQuery, declaration: Declaration, utc_offset: float,
        period: Period | None = None,
    ) -> None:  # fmt: skip
        self.boards = boards
        self.declaration = declaration
        self.utc_offset = utc_offset
        self.energy = energy
        self.period = period
        self.window = "Last 24 h"
        self.parts: dict[str, ui.html] = {}

    async def build(self) -> None:
        """Lay out the page, filled."""
        contents, span = await asyncio.to_thread(lambda: (self._contents(), self._span()))
        with ui.element("div").classes("stack"):
            with ui.element("section").classes("panel").props('aria-label="Sums"'):
                with ui.element("div").classes("head"):
                    page = f"/plants/{self.declaration.plant}/energy"
                    if self.period is None:
                        choice("Window", WINDOWS, self.window, self._choose)
                    else:
                        ui.html(live_html(page), sanitize=False)
                    self._part("window", contents, "note grow")
                    ranges = period_html(page, self.period, span, self.utc_offset)
                    ui.html(ranges, sanitize=False).classes("ranges")
                self._part("sums", contents, "sums-line")
            with ui.element("div").classes("grid"):
                with panel("w8", "Where the energy goes: carrier, power state, cause"):
                    self._part("flows", contents)
                with panel("w4", "Carriers, CO₂ and what idling costs"):
                    self._part("carriers", contents, "scroll-x")
                with panel("w8", "Energy performance against the baseline"):
                    self._part("enpi", contents)
                with panel("w4", "Quarter-hours"):
                    self._part("quarters", contents)

    async def tick(self) -> None:
        """Bring the page up to date; a plant that declared itself anew is loaded anew."""
        declarations = await asyncio.to_thread(self.boards.query.store.declarations)
        if any(
            one.plant == self.declaration.plant and one.epoch != self.declaration.epoch
            for one in declarations
        ):
            ui.navigate.reload()
            return
        await self._refresh()

    async def _refresh(self) -> None:
        for name, content in (await asyncio.to_thread(self._contents)).items():
            if self.parts[name].content != content:
                self.parts[name].content = content

    async def _choose(self, name: str) -> None:
        self.window = name
        await self._refresh()

    def _part(self, name: str, contents: Mapping[str, str], classes: str = "") -> None:
        self.parts[name] = ui.html(contents[name], sanitize=False).classes(f"part {classes}")
        if "scroll" in classes:  # within reach of the keyboard
            self.parts[name].props("tabindex=0")

    def _contents(self) -> dict[str, str]:
        declaration, boards = self.declaration, self.boards
        key = (declaration.plant, declaration.epoch)
        span = self._span()
        held_s = boards.lasting(15.0, span, boards.status(declaration)["last_ms"])
        # Sums are of full minutes; where a cause weighs is read from quarter-hours.
        view = boards.kept(
            (*key, "energy view", str(self.period or self.window)),
            held_s,
            lambda: self.energy.view(declaration, span),
        )
        enpi = boards.kept(
            (*key, "enpi", str(self.period)), 60.0, lambda: self.energy.enpi(declaration, span.end_ms)
        )
        begin = local(view.span.start_ms, self.utc_offset, "%d %b %H:%M")
        end = local(view.span.end_ms, self.utc_offset, "%d %b %H:%M")
        return {
            "window": escape(f"{begin} to {end}, {zone(self.utc_offset)}. ") + self._files(view),
            "sums": sums_html(view, declaration, self.utc_offset),
            "flows": flows_html(view.uses),
            "carriers": carriers_html(view.carriers, declaration),
            "enpi": enpi_html(enpi, declaration, self.utc_offset),
            "quarters": quarters_html(view.quarters, self.utc_offset),
        }

    def _span(self) -> TimeRange:
        last_ms = self.boards.status(self.declaration)["last_ms"]
        return self.boards.span(self.declaration, self.period or self.window, last_ms)

    def _files(self, view: EnergyView) -> str:
        base = f"/api/v1/plants/{escape(self.declaration.plant)}"
        asked = f"start={rfc3339(view.span.start_ms)}&amp;end={rfc3339(view.span.end_ms)}"
        return (
            f'<a href="{base}/kpis?window=15m&amp;{asked}&amp;format=csv">Figures by quarter-hour as CSV</a>, '
            f'<a href="{base}/kpis?window=15m&amp;{asked}&amp;format=parquet">Parquet</a>'
        )


def sums_html(view: EnergyView, declaration: Declaration, utc_offset: float) -> str:
    """Tell the window's sums in a row."""
    used = energy_of(view.total)
    product = display_unit(declaration.product_unit) or "unit"
    product = "piece" if product == "pcs" else product
    peak = max(view.quarters, key=lambda one: one[1], default=None)
    idle = idle_cost(view.carriers)
    carbon = view.total.get("co2")
    facts = [
        ("Energy", large(used, "Wh")),
        (
            "Specific energy",
            number(used / view.good, f"kWh/{product}") if view.good > 0 else "no good output",
        ),
        (
            "Peak quarter-hour",
            "–"
            if peak is None
            else f"{large(peak[1], 'W')} at {local(peak[0], utc_offset, clock_form(view.span))}",
        ),
        ("CO₂", "–" if carbon is None else mass(carbon)),
        (
            "Energy cost",
            number(view.total["energy_cost"], "CNY") if "energy_cost" in view.total else "no price declared",
        ),
        ("Not in execute", percent(sum(one.idle_kwh for one in view.carriers) / used) if used > 0 else "–"),
        ("Idle energy as money", "no price declared" if idle is None else number(idle, "CNY")),
    ]
    return "".join(
        f'<div class="fact"><span class="key">{name}</span><span class="val">{escape(text)}</span></div>'
        for name, text in facts
    )


def idle_cost(carriers: Sequence[Carrier]) -> float | None:
    """Return what energy outside execute costs in CNY, at the declared prices; None where there is none."""
    priced = [one.idle_kwh * one.price for one in carriers if one.price is not None]
    return sum(priced) if priced else None


def flows_html(uses: Sequence[Use]) -> str:
    """Draw the uses as a Sankey diagram, wide and narrow."""
    whole = sum(use.kwh for use in uses)
    if whole <= 0.0:
        return '<p class="empty">No energy metered in this window.</p>'
    small = 0.002 * whole
    flows: dict[tuple[str, str, str], float] = {}
    for use in uses:
        path = (_words(use.carrier), _STATES.get(use.state, use.state), use.cause)
        flows[path] = flows.get(path, 0.0) + use.kwh
    through: dict[str, float] = {}
    labels: dict[str, str] = {}
    for path, kwh in flows.items():
        for name in path:
            through[name] = through.get(name, 0.0) + kwh
        for pair in (path[:2], path[1:]):
            key = " → ".join(pair)
            through[key] = through.get(key, 0.0) + kwh
    for name, kwh in through.items():
        labels[name] = (
            large(kwh, "Wh") if "→" in name else f"{name} {large(kwh, 'Wh')}, {share_of(kwh / whole)}"
        )
    styles = {path[2]: _STYLES.get(path[2], "f-idle") for path in flows}
    styles |= {words: f"f-{state}" for state, words in _STATES.items()}
    drawn = [Flow(path, kwh) for path, kwh in flows.items()]
    title = "Energy by carrier, power state and cause"
    wide = sankey_svg(drawn, width=900, height=330, styles=styles, labels=labels, title=title)
    short = {
        name: text if "→" in name else f"{name} {share_of(through[name] / whole)}"
        for name, text in labels.items()
    }
    narrow = sankey_svg(drawn, width=400, height=380, styles=styles, labels=short, title=title)
    rows = "".join(
        f"<tr><td>{escape(path[0])}</td><td>{escape(path[1])}</td><td>{escape(path[2])}</td>"
        f'<td class="n">{large(kwh, "Wh")}</td><td class="n">{share_of(kwh / whole)}</td></tr>'
        for path, kwh in sorted(flows.items(), key=lambda one: -one[1])
        if kwh >= small or path[1] != "executing"
    )
    return (
        f'<div class="spc-wide">{wide}</div><div class="spc-narrow">{narrow}</div>'
        '<details class="numbers"><summary>As numbers</summary><table class="list"><thead><tr><th>Carrier</th>'
        f'<th>State</th><th>Cause</th><th class="n">Energy</th><th class="n">Share</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details>"
        '<p class="note small">Energy that is not used executing is split by the time that each cause took in its '
        "quarter of an hour; what the line meters beyond its units is its base load.</p>"
    )


def carriers_html(carriers: Sequence[Carrier], declaration: Declaration) -> str:
    """List carriers with their CO2 and what their idling costs, with the arithmetic and where the factors come from."""
    if not carriers:
        return '<p class="empty">No energy metered in this window.</p>'
    line = declaration.units[0].name
    rows = []
    for one in carriers:
        carbon = money = "none declared"
        if one.carbon is not None:
            carbon = f"{mass(one.kwh * one.carbon)} = {large(one.kwh, 'Wh')} × {one.carbon:g} kg/kWh"
        if one.price is not None:
            cost = number(one.idle_kwh * one.price, "CNY")
            money = f"{cost} = {large(one.idle_kwh, 'Wh')} × {one.price:g} CNY/kWh"
        facts = (("CO₂", carbon), ("Idle as money", money))
        pairs = "".join(
            f'<div class="pair"><span class="key">{name}</span><span class="v small">{escape(text)}</span></div>'
            for name, text in facts
        )
        rows.append(
            f'<div class="carrier"><div class="pair"><b>{escape(_words(one.name))}</b>'
            f'<span class="v">{large(one.kwh, "Wh")}</span></div>{pairs}</div>'
        )
    return (
        f'{"".join(rows)}<p class="note small">Prices and factors as the plant declares them now: tags '
        f"{escape(line)}/price_… and {escape(line)}/carbon_…; the sources stand in its data sheet. Idle is whatever "
        "is not used in power state execute.</p>"
    )


def quarters_html(quarters: Sequence[tuple[int, float]], utc_offset: float) -> str:
    """Draw the mean power of each quarter of an hour as bars, and list the highest."""
    if not quarters:
        return '<p class="empty">No quarter of an hour is stored yet.</p>'
    highest = max(power for _, power in quarters) or 1.0
    top = sorted(quarters, key=lambda one: -one[1])[:_PEAKS]
    marked = {at for at, _ in top[:1]}
    step = -(-len(quarters) // _BARS)
    shown = [
        max(quarters[place : place + step], key=lambda one: one[1]) for place in range(0, len(quarters), step)
    ]
    bars = "".join(
        f'<i class="{"peak" if at in marked else ""}" style="height:{100 * power / highest:.1f}%" '
        f'title="{local(at, utc_offset, "%d %b %H:%M")}: {large(power, "W")}"></i>'
        for at, power in shown
    )
    rows = "".join(
        f'<div class="pair"><span class="key">{"▲ " if at in marked else ""}{local(at, utc_offset, "%d %b %H:%M")} to '
        f'{local(at + 15 * MINUTE, utc_offset)}</span><span class="v">{large(power, "W")}</span></div>'
        for at, power in top
    )
    edges = (quarters[0][0], quarters[-1][0] + 15 * MINUTE)
    form = clock_form(TimeRange(*edges))
    begin, end = (local(at, utc_offset, form) for at in edges)
    name = (
        "Mean power, all carriers"
        if step == 1
        else f"Mean power, all carriers: the highest of {step} quarter-hours"
    )
    return (
        f'<div class="hours quarters"><div class="key">{name}</div><div class="plot" role="img" '
        f'aria-label="mean power by quarter of an hour, up to {large(highest, "W")}">{bars}</div>'
        f'<div class="axis"><span>{begin}</span><span>{end}</span></div></div>'
        f'<div class="key">Highest quarter-hours</div><div>{rows}</div>'
    )


def _words(carrier: str) -> str:
    return carrier.replace("_", " ").capitalize()
