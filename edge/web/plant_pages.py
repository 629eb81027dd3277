"""The pages of one plant, below /plants/: each names its plant, and waits for one that is not known yet."""

import asyncio
from html import escape
from typing import Protocol

from nicegui import ui

from edge.api.energy_query import EnergyQuery
from edge.api.event_query import EventQuery
from edge.api.problem import Problem
from edge.audit import Audit
from edge.comparison import Comparisons
from edge.loops import Loops
from edge.remaining_life import RemainingLife
from edge.training.drills import Drills
from edge.web.board import Boards
from edge.web.compare_page import ComparePage
from edge.web.energy_page import EnergyPage
from edge.web.event_page import Address, EventPage
from edge.web.fault_page import FaultPage
from edge.web.head import BUILDING_S, begin, top
from edge.web.period import Period, chosen, refused_html
from edge.web.plant_page import PlantPage
from edge.web.unit_page import UnitPage
from edge.web.upgrade_page import UpgradePage
from edge.web.waiting_page import wait_for
from twin.model.declaration import Declaration, UnitDeclaration


class PageOfPlant(Protocol):
    """One visitor's page of a plant, below its head."""

    async def build(self) -> None:
        """Lay out the page, filled with what is known already."""

    async def tick(self) -> None:
        """Bring the page up to date, once a second."""


def install(
    boards: Boards,
    loops: Loops,
    life: RemainingLife,
    comparisons: Comparisons,
    drills: Drills,
    audit: Audit,
    utc_offset: float,
) -> None:
    """Add the pages of plants to NiceGUI's."""
    events, energy = EventQuery(boards.query, audit), EnergyQuery(boards.query)

    async def declared(plant: str) -> Declaration | None:
        """Return what the plant declared; a page that waits for the plant where the edge does not know it yet."""
        known = await asyncio.to_thread(boards.query.store.declarations)
        found = next((one for one in known if one.plant == plant), None)
        if found is None:
            begin(plant)
            wait_for(boards, plant)
        return found

    def head_of(declaration: Declaration, name: str, ways: str = "", kept: str = "") -> None:
        title, plant = declaration.title, declaration.plant + kept
        begin(f"{name} of {title}")
        crumb = f'<a href="/">All plants</a> / <a href="/plants/{escape(plant)}">{escape(title)}</a>'
        top(crumb + ways, name)

    async def lay_out(
        page: PageOfPlant, declaration: Declaration, name: str, ways: str = "", period: Period | None = None
    ) -> None:
        with ui.element("div").classes("page"):
            head_of(declaration, name, ways, "" if period is None else period.query())
            await page.build()
        ui.timer(1.0, page.tick, immediate=False)

    def period_of(
        declaration: Declaration, name: str, action: str, start: str, end: str
    ) -> Period | str | None:
        """Return the period that an address names, "refused" after a page that says why it is none."""
        try:
            return chosen(start, end, boards.query.clock_ms(), utc_offset)
        except Problem as problem:
            with ui.element("div").classes("page"):
                head_of(declaration, name)
                with ui.element("section").classes("panel"):
                    ui.html(refused_html(action, problem), sanitize=False)
            return "refused"

    @ui.page("/plants/{plant}", response_timeout=BUILDING_S)
    async def plant_page(plant: str, start: str = "", end: str = "") -> None:
        declaration = await declared(plant)
        if declaration is None:
            return
        period = period_of(declaration, "Range", f"/plants/{plant}", start, end)
        if isinstance(period, str):
            return
        board = await asyncio.to_thread(boards.board, plant, period or "Last 24 h")
        if board is None:
            return
        begin(board.declaration.title)
        page = PlantPage(boards, board, utc_offset, period)
        with ui.element("div").classes("page"):
            page.build()
        await page.draw_trend()
        ui.timer(1.0, page.tick, immediate=False)

    @ui.page("/plants/{plant}/faults", response_timeout=BUILDING_S)
    async def fault_page(plant: str) -> None:
        declaration = await declared(plant)
        if declaration is None:
            return
        page = FaultPage(boards, declaration, utc_offset, drills.hidden)
        await lay_out(page, declaration, "Faults")

    @ui.page("/plants/{plant}/units/{unit}", response_timeout=BUILDING_S)
    async def unit_page(plant: str, unit: str, start: str = "", end: str = "") -> None:
        declaration = await declared(plant)
        if declaration is None:
            return
        known = {one.name: one for one in declaration.units}
        if unit in known:
            period = period_of(declaration, known[unit].title, f"/plants/{plant}/units/{unit}", start, end)
            if isinstance(period, str):
                return
            page = UnitPage(boards, life, declaration, known[unit], utc_offset, period)
            await lay_out(page, declaration, known[unit].title, unit_ways(declaration, unit, period), period)
            return
        with ui.element("div").classes("page"):
            head_of(declaration, "No such unit")
            ui.html(
                f'<p class="note">The units of this plant: {every_unit(declaration)}</p>',
                sanitize=False,
            )

    @ui.page("/plants/{plant}/energy", response_timeout=BUILDING_S)
    async def energy_page(plant: str, start: str = "", end: str = "") -> None:
        declaration = await declared(plant)
        if declaration is None:
            return
        period = period_of(declaration, "Energy", f"/plants/{plant}/energy", start, end)
        if isinstance(period, str):
            return
        page = EnergyPage(boards, energy, declaration, utc_offset, period)
        await lay_out(page, declaration, "Energy", period=period)

    @ui.page("/plants/{plant}/events", response_timeout=BUILDING_S)
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

    @ui.page("/plants/{plant}/upgrades", response_timeout=BUILDING_S)
    async def upgrade_page(plant: str) -> None:
        declaration = await declared(plant)
        if declaration is None:
            return
        page = UpgradePage(boards, loops, declaration, utc_offset)
        await lay_out(page, declaration, "Upgrades")

    @ui.page("/plants/{plant}/compare", response_timeout=BUILDING_S)
    async def compare_page(plant: str, id: str = "") -> None:  # noqa: A002 (the name in the address)
        declaration = await declared(plant)
        if declaration is None:
            return
        page = ComparePage(boards, comparisons, declaration, utc_offset, id)
        await lay_out(page, declaration, "Compare")


def unit_ways(declaration: Declaration, unit: str, period: Period | None = None) -> str:
    """Return links to the units before and after one, for the same period."""
    units = declaration.units
    place = next(number for number, one in enumerate(units) if one.name == unit)
    before, after = units[place - 1], units[(place + 1) % len(units)]
    kept = "" if period is None else period.query()
    links = ((before, f"← {before.title}"), (after, f"{after.title} →"))
    return "".join(f" / {_link(declaration, one, text, kept)}" for one, text in links)


def every_unit(declaration: Declaration) -> str:
    """Return links to all units."""
    return ", ".join(_link(declaration, one, one.title) for one in declaration.units)


def _link(declaration: Declaration, unit: UnitDeclaration, text: str, kept: str = "") -> str:
    address = f"/plants/{declaration.plant}/units/{unit.name}{kept}"
    return f'<a href="{escape(address)}">{escape(text)}</a>'
