"""What pages are laid out with: panels, and rows of buttons of which one is pressed."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from nicegui import ui


def panel(width: str, title: str) -> ui.element:
    """Place a panel with its heading; `width` is a class of the grid."""
    placed = ui.element("section").classes(f"panel {width}").props(f'aria-label="{escape(title)}"')
    with placed:
        ui.html(escape(title), tag="h2", sanitize=False)
    return placed


def choice(label: str, names: Sequence[str], chosen: str, choose: Callable[[str], Any]) -> None:
    """Build a row of buttons of which one is pressed; `choose` is awaited with the name of the one that was."""
    buttons: dict[str, ui.element] = {}

    async def press(name: str) -> None:
        for other, button in buttons.items():
            button.props(f'aria-pressed="{str(other == name).lower()}"')
        await choose(name)

    with ui.element("div").classes("choice").props(f'role="group" aria-label="{label}"'):
        for name in names:
            with ui.element("button").classes("knob") as button:
                ui.html(name, tag="span", sanitize=False)
            button.props(f'type="button" aria-pressed="{str(name == chosen).lower()}"')
            button.on("click", lambda _, name=name: press(name), [])
            buttons[name] = button
