"""The pages on the service's FastAPI application: overview and one page a plant, without a foreign resource."""

import asyncio
from collections.abc import Callable
from html import escape
from pathlib import Path

from fastapi import FastAPI
from nicegui import ui

from edge.comparison import Comparisons
from edge.health import Report
from edge.loops import Loops
from edge.training.drills import Drills
from edge.web.board import Board, Boards
from edge.web.compare_page import ComparePage
from edge.web.fault_page import FaultPage
from edge.web.gains_page import GainsPage
from edge.web.health_page import HealthPage
from edge.web.knobs import knobs, language
from edge.web.language import head_html
from edge.web.overview import card_html, waiting_html
from edge.web.plant_page import PlantPage
from edge.web.training_page import drill_page, trainer_page
from edge.web.upgrade_page import UpgradePage

_HERE = Path(__file__).parent
_BUILDING_S = 30.0  # a busy machine is slow to draw a mimic for the first time; NiceGUI gives up after 3 s
_FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path fill="#7b8794" d="M1 15V6l4 3V6l4 3V2h3l1 13z"/></svg>'
)


def install(
    app: FastAPI,
    boards: Boards,
    loops: Loops,
    comparisons: Comparisons,
    drills: Drills,
    report: Callable[[], Report] = Report,
    *,
    utc_offset: float,
) -> None:
    """Add the pages to `app`. NiceGUI keeps its pages per process, so this is done once in a process."""
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

    async def board_of(plant: str) -> Board | None:
        """Return the plant's board; a page that waits for the plant where the edge does not know it yet."""
        board = await asyncio.to_thread(boards.board, plant, "Last 24 h")
        if board is None:
            begin(f"{plant} · Smart factory edge")
            _wait_for(boards, plant)
        return board

    def head_of(board: Board, name: str) -> None:
        title, plant = board.declaration.title, board.declaration.plant
        begin(f"{name} of {title} · Smart factory edge")
        crumb = f'<a href="/">All plants</a> / <a href="/plants/{escape(plant)}">{escape(title)}</a>'
        _top(crumb, name)

    @ui.page("/plants/{plant}", response_timeout=_BUILDING_S)
    async def plant_page(plant: str) -> None:
        board = await board_of(plant)
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
        board = await board_of(plant)
        if board is None:
            return
        page = FaultPage(boards, board.declaration, utc_offset, drills.hidden)
        with ui.element("div").classes("page"):
            head_of(board, "Faults")
            await page.build()
        ui.timer(1.0, page.tick, immediate=False)

    @ui.page("/plants/{plant}/upgrades", response_timeout=_BUILDING_S)
    async def upgrade_page(plant: str) -> None:
        board = await board_of(plant)
        if board is None:
            return
        page = UpgradePage(boards, loops, board.declaration, utc_offset)
        with ui.element("div").classes("page"):
            head_of(board, "Upgrades")
            await page.build()
        ui.timer(1.0, page.tick, immediate=False)

    @ui.page("/plants/{plant}/compare", response_timeout=_BUILDING_S)
    async def compare_page(plant: str, id: str = "") -> None:  # noqa: A002 (the name in the address)
        board = await board_of(plant)
        if board is None:
            return
        page = ComparePage(boards, comparisons, board.declaration, utc_offset, id)
        with ui.element("div").classes("page"):
            head_of(board, "Compare")
            await page.build()
        ui.timer(1.0, page.tick, immediate=False)

    @ui.page("/gains", response_timeout=_BUILDING_S)
    async def gains_page() -> None:
        begin("Gains · Smart factory edge")
        page = GainsPage(boards)
        with ui.element("div").classes("page"):
            _top('<a href="/">All plants</a>', "Gains: with and without upgrades")
            await page.build()
        ui.timer(2.0, page.tick, immediate=False)

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
            plant = escape(found.plant)
            _top(f'{crumb} / <a href="/plants/{plant}" target="_blank">{plant}</a>', found.name)
            drill_page(found.id, utc_offset)

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


def _top(crumb: str, title: str) -> None:
    """Place the head of a page: where it belongs, its title, the theme."""
    with ui.element("header").classes("top"):
        ui.html(f'<p class="crumb">{crumb}</p><h1>{escape(title)}</h1>', sanitize=False).classes("grow")
        knobs()


def _wait_for(boards: Boards, plant: str) -> None:
    """Say that the plant is not known yet and how the links do; the page fills as soon as it is."""

    def told() -> str:
        links = waiting_html(boards.query.waiting())
        return links or '<p class="note">Every link knows its plant already; is the name right?</p>'

    with ui.element("div").classes("page"):
        with ui.element("header").classes("top"):
            ui.html('<p class="crumb"><a href="/">All plants</a></p>', sanitize=False).classes("grow")
            knobs()
        with ui.element("div").classes("panel"):
            ui.html(f"Waiting for plant {escape(plant)}", tag="h1", sanitize=False)
            ui.html(
                '<p class="note">This page fills by itself as soon as the plant answers.</p>', sanitize=False
            )
            links = ui.html(told(), sanitize=False)

    async def tick() -> None:
        declarations = await asyncio.to_thread(boards.query.store.declarations)
        if any(declaration.plant == plant for declaration in declarations):
            ui.navigate.reload()
        elif (content := told()) != links.content:
            links.content = content

    ui.timer(1.0, tick, immediate=False)
