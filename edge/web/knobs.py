"""What stands at the top of every page for its reader: the theme, the language."""

from nicegui import ui

from edge.web.language import knob_html, language_of


def language() -> str:
    """Return the language of the page that is being built."""
    request = ui.context.client.request
    return language_of(request.cookies, request.headers.get("accept-language", ""))


def knobs() -> None:
    """Place the buttons that go through automatic, light and dark, and to the other language."""
    theme = (
        '<button type="button" class="knob theme-knob" onclick="edgePage.theme(true)">Theme: auto</button>'
    )
    ui.html(f'<span class="knobs">{theme} {knob_html(language())}</span>', sanitize=False)
