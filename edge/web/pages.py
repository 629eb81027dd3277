"""The pages on the service's FastAPI application: without a foreign resource."""

import asyncio
from collections.abc import Callable
from html import escape
from pathlib import Path

from fastapi import FastAPI
from nicegui import ui

from edge.audit import Audit
from edge.comparison import Comparisons
from edge.health import Report
from edge.loops import Loops
from edge.measured import Measured
from edge.remaining_life import RemainingLife
from edge.training.drills import Drills
from edge.web import plant_pages
from edge.web.board import Boards
from edge.web.gains_page import GainsPage, build_measured
from edge.web.head import BUILDING_S, begin, top
from edge.web.health_page import HealthPage
from edge.web.knobs import knobs
from edge.web.language import install as serve_languages
from edge.web.overview import card_html, waiting_html
from edge.web.training_page import drill_page, trainer_page

_HERE = Path(__file__).parent
_FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path fill="#7b8794" d="M1 15V6l4 3V6l4 3V2h3l1 13z"/></svg>'
)


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
    results = measured or Measured()
    training = "".join(
        f"<script>{(_HERE / name).read_text(encoding='utf-8')}</script>"
        for name in ("training.js", "drill.js", "trainer.js")
    )

    @ui.page("/", response_timeout=BUILDING_S)
    async def overview() -> None:
        begin("Plants")

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

    plant_pages.install(boards, loops, life, comparisons, drills, audit, utc_offset)

    @ui.page("/gains", response_timeout=BUILDING_S)
    async def gains_page() -> None:
        begin("Gains")
        page = GainsPage(boards, comparisons, results, utc_offset)
        with ui.element("div").classes("page"):
            top('<a href="/">All plants</a>', "Gains: with and without upgrades")
            await page.build()
        ui.timer(2.0, page.tick, immediate=False)

    @ui.page("/gains/{plant}", response_timeout=BUILDING_S)
    async def measured_page(plant: str) -> None:
        run = await asyncio.to_thread(results.run, plant)
        begin(f"{run.title if run else plant} · Gains")
        with ui.element("div").classes("page"):
            crumb = '<a href="/">All plants</a> / <a href="/gains">Gains</a>'
            if run is None:
                top(crumb, "Nothing was measured of this plant")
                return
            top(crumb, f"Measured in the lab: {run.title}")
            await build_measured(boards, results, run)

    @ui.page("/trainer", response_timeout=BUILDING_S)
    async def trainer() -> None:
        begin("Trainer")
        ui.add_head_html(training)
        with ui.element("div").classes("page"):
            top('<a href="/">All plants</a>', "Trainer")
            trainer_page(utc_offset)

    @ui.page("/drills/{drill}", response_timeout=BUILDING_S)
    async def drill(drill: str) -> None:
        found = await asyncio.to_thread(drills.drill, drill)
        begin(f"{found.name if found else 'Drill'}")
        ui.add_head_html(training)
        with ui.element("div").classes("page"):
            crumb = '<a href="/">All plants</a>'
            if found is None:
                top(crumb, "There is no such drill")
                return
            known = await asyncio.to_thread(boards.query.store.declarations)
            title = next((one.title for one in known if one.plant == found.plant), found.plant)
            plant = f'<a href="/plants/{escape(found.plant)}" target="_blank">{escape(title)}</a>'
            top(f"{crumb} / {plant}", found.name)
            drill_page(found.id, found.plant, utc_offset)

    @ui.page("/health", response_timeout=BUILDING_S)
    async def health_page() -> None:
        begin("Edge health")
        page = HealthPage(boards, report)
        with ui.element("div").classes("page"):
            top('<a href="/">All plants</a>', "Edge health")
            await page.build()
        ui.timer(1.0, page.tick, immediate=False)

    ui.run_with(
        app, title="Smart factory edge", favicon=_FAVICON, dark=None, language="en-GB", tailwind=False,
        show_welcome_message=False,
    )  # fmt: skip
