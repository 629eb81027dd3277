"""What stands in place of a plant's page until the edge knows the plant."""

import asyncio
from html import escape

from nicegui import ui

from edge.web.board import Boards
from edge.web.knobs import knobs
from edge.web.overview import waiting_html


def wait_for(boards: Boards, plant: str) -> None:
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
