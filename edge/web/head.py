"""The head of every page: its title, style and script, the language, where it belongs."""

from functools import cache
from html import escape
from pathlib import Path

from nicegui import ui

from edge.web.knobs import knobs, language
from edge.web.language import head_html

BUILDING_S = 30.0  # a busy machine is slow to draw a mimic for the first time; NiceGUI gives up after 3 s
_HERE = Path(__file__).parent


@cache
def _parts() -> str:
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("style.css", "page.js"))
    return f"<style>{style}</style><script>{script}</script>"


def begin(title: str) -> None:
    """Begin a page: its title in the browser, and what it needs there."""
    ui.page_title(f"{title} · Smart factory edge")
    ui.add_head_html(_parts() + head_html(language()))


def top(crumb: str, title: str) -> None:
    """Place the head of a page: where it belongs, its title, the theme."""
    with ui.element("header").classes("top"):
        ui.html(f'<p class="crumb">{crumb}</p><h1>{escape(title)}</h1>', sanitize=False).classes("grow")
        knobs()
