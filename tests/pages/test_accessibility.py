"""Accessibility of the pages, judged by axe-core: WCAG 2.2 level AA, light and dark, wide and narrow."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.pages.site import Site, visit
from tools import npm

pytestmark = [pytest.mark.chromium, pytest.mark.nodejs, pytest.mark.xdist_group("pages")]

PATHS = [
    "/",
    "/plants/toy_line",
    "/plants/toy_line/faults",
    "/plants/drifting/upgrades",
    "/plants/drifting/compare",
    "/gains",
    "/gains/steel",
    "/health",
    "/trainer",
    "/drills/none",
    "/plants/later",
    "/plants/toy_line/units/op10",
    "/plants/toy_line/energy",
    "/plants/toy_line/events?range=1h",
    "/plants/toy_line?start=-2h&end=now",
    "/plants/toy_line/units/op10?start=-30d&end=now",
    "/plants/toy_line/energy?start=-2d&end=now",
]
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = npm.PACKAGES / "axe-core" / "axe.min.js"


def findings(page: Page) -> list[str]:
    """Return what axe-core finds wrong on `page`: rule, advice, and the first of the elements."""
    # the framework's own bar, while its channel is set up
    page.wait_for_function(
        "[...document.querySelectorAll('.q-loading-bar')].every((bar) => bar.style.opacity !== '1')"
    )
    page.evaluate(AXE.read_text(encoding="utf-8"))
    told: dict[str, Any] = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", STANDARD)
    assert told["passes"], "axe-core judged nothing"
    return [
        f"{one['id']} ({one['impact']}): {one['help']}; {len(one['nodes'])} x, first {one['nodes'][0]['html'][:200]}"
        for one in told["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PATHS)
def test_page_meets_level_aa(browser: Browser, site: Site, path: str, width: int, scheme: str) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = visit(context, site, path).page
        page.locator("h1").wait_for()
        assert findings(page) == []


def test_an_unreadable_text_is_found(browser: Browser, site: Site) -> None:
    """The judge is awake: light grey on white, and a field without a name."""
    with browser.new_context(color_scheme="light") as context:
        page = visit(context, site, "/").page
        page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend',"
            " '<p style=\"color:#ccc;background:#fff\">faint</p><input>')"
        )
        assert {one.split(" ")[0] for one in findings(page)} >= {"color-contrast", "label"}
