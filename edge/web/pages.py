"""The pages on the service's FastAPI application: overview and one page a plant, without a foreign resource."""

import asyncio
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Protocol

from fastapi import FastAPI
from nicegui import ui

from edge.api.energy_query import EnergyQuery
from edge.api.event_query import EventQuery
from edge.audit import Audit
from edge.comparison import Comparisons
from edge.health import Report
from edge.loops import Loops
from edge.measured import Measured
from edge.remaining_life import RemainingLife
from edge.training.drills import Drills
from edge.web.board import Boards
from edge.web.compare_page import ComparePage
from edge.web.energy_page import EnergyPage
from edge.web.event_page import Address, EventPage
from edge.web.fault_page import FaultPage
from edge.web.gains_page import GainsPage, build_measured
from edge.web.health_page import HealthPage
from edge.web.knobs import knobs, language
from edge.web.language import head_html
from edge.web.language import install as serve_languages
from edge.web.overview import card_html, waiting_html
from edge.web.plant_page import PlantPage
from edge.web.training_page import drill_page, trainer_page
from edge.web.unit_page import UnitPage
from edge.web.upgrade_page import UpgradePage
from edge.web.waiting_page import wait_for
from twin.model.declaration import Declaration

_HERE = Path(__file__).parent
_BUILDING_S = 30.0  # a busy machine is slow to draw a mimic for the first time; NiceGUI gives up after 3 s
_FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path fill="#7b8794" d="M1 15V6l4 3V6l4 3V2h3l1 13z"/></svg>'
)


class PageOfPlant(Protocol):
    """One visitor's page of a plant, below its head."""

    async def build(self) -> None:
        """Lay out the page, filled with what is known already."""

    async def tick(self) -> None:
        """Bring the page up to date, once a second."""


def install(
    app: FastAPI,
    boards: Boards,
    loops: Loops,
    life: RemainingLife,
    comparisons: Comparisons,
    drills: Drills,
    report: Callable[[], Report] = Report,
    *,
    measured: Measured | None = None,
    audit: Audit,
    utc_offset: float,
) -> None:
    """Add the pages to `app`. NiceGUI keeps its pages per process, so this is done once in a process."""
    serve_languages(app)
    events = EventQuery(boards.query, audit)
    energy = EnergyQuery(boards.query)
    results = measured or Measured()
    head = (
        f"<style>{(_HERE / 'style.css').read_text(encoding='utf-8')}</style>"
        f"<script>{(_HERE / 'page.js').read_text(encoding='utf-8')}</script>"
    )
    training = "".join(
        f"<script>{(_HERE / name).read_text(encoding='utf-8')}</script>"
        for name in ("training.js", "drill.js", "trainer.js")
    )

    def begin(title: str) -> None:
        ui.page_title(title)
        ui.add_head_html(head + head_html(language()))

    @ui.page("/", response_timeout=_BUILDING_S)
    async def overview() -> None:
        begin("Plants · Smart factory edge")

        def read() -> str:
            plants = boards.cards()
            waiting = waiting_html(boards.query.waiting())
            if not plants and not waiting:
                waiting = '<p class="note">No source is configured: start with <b>edge run --source …</b></p>'
            cards = "".join(card_html(card, utc_offset) for card in plants)
            return f'<div class="cards{" many" if len(plants) > 4 else ""}">{cards}</div>{waiting}'

        with ui.element("div").classes("page"):
            with ui.element("header").classes("top"):
                ui.html("<h1>Plants</h1>", sanitize=False).classes("grow")
                ui.html('<a href="/gains">Gains</a>', sanitize=False)
                ui.html('<a href="/trainer">Trainer</a>', sanitize=False)
                ui.html('<a href="/health">Edge health</a>', sanitize=False)
                knobs()
            with ui.element("div"):
                cards = ui.html(await asyncio.to_thread(read), sanitize=False)

        async def tick() -> None:
            content = await asyncio.to_thread(read)
            if content != cards.content:
                cards.content = content

        ui.timer(1.0, tick, immediate=False)

    async def declared(plant: str) -> Declaration | None:
        """Return what the plant declared; a page that waits for the plant where the edge does not know it yet."""
        known = await asyncio.to_thread(boards.query.store.declarations)
        found = next((one for one in known if one.plant == plant), None)
        if found is None:
            begin(f"{plant} · Smart factory edge")
            wait_for(boards, plant)
        return found

    def head_of(declaration: Declaration, name: str, ways: str = "") -> None:
        title, plant = declaration.title, declaration.plant
        begin(f"{name} of {title} · Smart factory edge")
        crumb = f'<a href="/">All plants</a> / <a href="/plants/{escape(plant)}">{escape(title)}</a>'
        _top(crumb + ways, name)

    async def lay_out(page: PageOfPlant, declaration: Declaration, name: str, ways: str = "") -> None:
        with ui.element("div").classes("page"):
            head_of(declaration, name, ways)
            await page.build()
        ui.timer(1.0, page.tick, immediate=False)

    @ui.page("/plants/{plant}", response_timeout=_BUILDING_S)
    async def plant_page(plant: str) -> None:
        declaration = await declared(plant)
        board = None if declaration is None else await asyncio.to_thread(boards.board, plant, "Last 24 h")
        if board is None:
            return
        begin(f"{board.declaration.title} · Smart factory edge")
        page = PlantPage(boards, board, utc_offset)
        with ui.element("div").classes("page"):
            page.build()
        await page.draw_trend()
        ui.timer(1.0, page.tick, immediate=False)

    @ui.page("/plants/{plant}/faults", response_timeout=_BUILDING_S)
    async def fault_page(plant: str) -> None:
        declaration = await declared(plant)
        if declaration is None:
            return
        page = FaultPage(boards, declaration, utc_offset, drills.hidden)
        await lay_out(page, declaration, "Faults")

    @ui.page("/plants/{plant}/units/{unit}", response_timeout=_BUILDING_S)
    async def unit_page(plant: str, unit: str) -> None:
        declaration = await declared(plant)
        if declaration is None:
            return
        known = {one.name: one for one in declaration.units}
        if unit in known:
            page = UnitPage(boards, life, declaration, known[unit], utc_offset)
            await lay_out(page, declaration, known[unit].title, unit_ways(declaration, unit))
            return
        with ui.element("div").classes("page"):
            head_of(declaration, "No such unit")
            ui.html(
                f'<p class="note">The units of this plant: {unit_ways(declaration, "", every=True)}</p>',
                sanitize=False,
            )

    @ui.page("/plants/{plant}/energy", response_timeout=_BUILDING_S)
    async def energy_page(plant: str) -> None:
        declaration = await declared(plant)
        if declaration is None:
            return
        page = EnergyPage(boards, energy, declaration, utc_offset)
        await lay_out(page, declaration, "Energy")

    @ui.page("/plants/{plant}/events", response_timeout=_BUILDING_S)
    async def event_page(
        plant: str, kind: str = "", severity: str = "", unit: str = "", text: str = "", range: str = "24h",  # noqa: A002 (its name in the address)
        before: str = "",
    ) -> None:  # fmt: skip
        declaration = await declared(plant)
        if declaration is None:
            return
        address = Address(
            plant=plant, kind=kind, severity=severity, unit=unit, text=text[:100], range=range, before=before
        )
        page = EventPage(boards, events, declaration, utc_offset, address)
        await lay_out(page, declaration, "Events")

    @ui.page("/plants/{plant}/upgrades", response_timeout=_BUILDING_S)
    async def upgrade_page(plant: str) -> None:
        declaration = await declared(plant)
        if declaration is None:
            return
        page = UpgradePage(boards, loops, declaration, utc_offset)
        await lay_out(page, declaration, "Upgrades")

    @ui.page("/plants/{plant}/compare", response_timeout=_BUILDING_S)
    async def compare_page(plant: str, id: str = "") -> None:  # noqa: A002 (the name in the address)
        declaration = await declared(plant)
        if declaration is None:
            return
        page = ComparePage(boards, comparisons, declaration, utc_offset, id)
        await lay_out(page, declaration, "Compare")

    @ui.page("/gains", response_timeout=_BUILDING_S)
    async def gains_page() -> None:
        begin("Gains · Smart factory edge")
        page = GainsPage(boards, comparisons, results, utc_offset)
        with ui.element("div").classes("page"):
            _top('<a href="/">All plants</a>', "Gains: with and without upgrades")
            await page.build()
        ui.timer(2.0, page.tick, immediate=False)

    @ui.page("/gains/{plant}", response_timeout=_BUILDING_S)
    async def measured_page(plant: str) -> None:
        run = await asyncio.to_thread(results.run, plant)
        begin(f"{run.title if run else plant} · Gains · Smart factory edge")
        with ui.element("div").classes("page"):
            crumb = '<a href="/">All plants</a> / <a href="/gains">Gains</a>'
            if run is None:
                _top(crumb, "Nothing was measured of this plant")
                return
            _top(crumb, f"Measured in the lab: {run.title}")
            await build_measured(boards, results, run)

    @ui.page("/trainer", response_timeout=_BUILDING_S)
    async def trainer() -> None:
        begin("Trainer · Smart factory edge")
        ui.add_head_html(training)
        with ui.element("div").classes("page"):
            _top('<a href="/">All plants</a>', "Trainer")
            trainer_page(utc_offset)

    @ui.page("/drills/{drill}", response_timeout=_BUILDING_S)
    async def drill(drill: str) -> None:
        found = await asyncio.to_thread(drills.drill, drill)
        begin(f"{found.name if found else 'Drill'} · Smart factory edge")
        ui.add_head_html(training)
        with ui.element("div").classes("page"):
            crumb = '<a href="/">All plants</a>'
            if found is None:
                _top(crumb, "There is no such drill")
                return
            known = await asyncio.to_thread(boards.query.store.declarations)
            title = next((one.title for one in known if one.plant == found.plant), found.plant)
            plant = f'<a href="/plants/{escape(found.plant)}" target="_blank">{escape(title)}</a>'
            _top(f"{crumb} / {plant}", found.name)
            drill_page(found.id, found.plant, utc_offset)

    @ui.page("/health", response_timeout=_BUILDING_S)
    async def health_page() -> None:
        begin("Edge health · Smart factory edge")
        page = HealthPage(boards, report)
        with ui.element("div").classes("page"):
            _top('<a href="/">All plants</a>', "Edge health")
            await page.build()
        ui.timer(1.0, page.tick, immediate=False)

    ui.run_with(
        app, title="Smart factory edge", favicon=_FAVICON, dark=None, language="en-GB", tailwind=False,
        show_welcome_message=False,
    )  # fmt: skip


def unit_ways(declaration: Declaration, unit: str, *, every: bool = False) -> str:
    """Return links to the units before and after one, or to every unit."""
    units = declaration.units
    place = next((number for number, one in enumerate(units) if one.name == unit), None)
    base = f"/plants/{escape(declaration.plant)}/units"
    if every or place is None:
        return (
            ", ".join(f'<a href="{base}/{escape(one.name)}">{escape(one.title)}</a>' for one in units)
            if every
            else ""
        )
    before, after = units[place - 1], units[(place + 1) % len(units)]
    return (
        f' / <a href="{base}/{escape(before.name)}">← {escape(before.title)}</a>'
        f' / <a href="{base}/{escape(after.name)}">{escape(after.title)} →</a>'
    )


def _top(crumb: str, title: str) -> None:
    """Place the head of a page: where it belongs, its title, the theme."""
    with ui.element("header").classes("top"):
        ui.html(f'<p class="crumb">{crumb}</p><h1>{escape(title)}</h1>', sanitize=False).classes("grow")
        knobs()
