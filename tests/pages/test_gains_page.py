"""The page of gains in a real browser: what was measured, each plant's waterfalls, the survey and one's own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from edge.measured import FOLDER
from tests.pages.site import Site, visit
from tests.pages.test_accessibility import findings

pytestmark = [pytest.mark.chromium, pytest.mark.nodejs, pytest.mark.xdist_group("pages")]

SOON = 20_000  # ms: the survey's file is looked at every few seconds

WIDE = """[...document.querySelectorAll('table')]
  .filter((one) => one.scrollWidth > one.parentElement.clientWidth + 1).map((one) => one.outerHTML.slice(0, 200))"""


@pytest.fixture
def own(site: Site) -> Iterator[Path]:
    """The file of one's own survey, gone again afterwards."""
    file = site.own_survey / "summary.json"
    yield file
    file.unlink(missing_ok=True)


def test_plant_leads_by_keyboard_to_its_waterfalls(browser: Browser, site: Site) -> None:
    told = json.loads((FOLDER / "steel.json").read_text(encoding="utf-8"))
    change = told["levels"]["mid"]["changes"]["productivity"]
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        seen = visit(context, site, "/gains")
        page = seen.page
        table = page.locator("section[aria-label='Measured in the lab']")
        row = table.locator("tr", has_text=told["title"]).first
        expect(row).to_contain_text(f"{100 * change['mean']:+.1f} ±")
        row.get_by_role("link").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Measured in the lab: {told['title']}")
        fall = page.get_by_role("table", name="Waterfall of Productivity, log points")
        expect(fall.locator("tbody tr")).to_have_count(len(told["upgrades"]) + 2)
        total = told["waterfalls"]["productivity"]["total"]["mean"]
        expect(fall.locator("tr.all td.n")).to_contain_text(f"{total:+.1f}")
        assert (seen.complaints, seen.foreign) == ([], [])


@pytest.mark.parametrize("path", ["/gains", "/gains/tft"])
@pytest.mark.parametrize("width", [390, 800, 1280, 1920])
def test_all_of_it_fits_and_is_accessible_when_unfolded(
    browser: Browser, site: Site, path: str, width: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme="dark") as context:
        page = visit(context, site, path).page
        page.locator("details").first.wait_for()
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(WIDE) == []
        assert findings(page) == []


def test_own_survey_takes_the_place_of_the_shipped_one(browser: Browser, site: Site, own: Path) -> None:
    """It appears by itself; damaged, its place is taken by words and the shipped one; a hostile name is only text."""
    survey = json.loads((FOLDER / "survey.json").read_text(encoding="utf-8"))
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        seen = visit(context, site, "/gains")
        part = seen.page.locator("section[aria-label=Survey]")
        expect(part).to_contain_text("shipped with this version")
        expect(part).to_contain_text(f"twin survey --projects 308 --output {own.parent}")
        hostile = "<img src=x onerror=alert(1)>"
        survey["finished"] = 12
        survey["plants"][hostile], survey["kinds"][hostile] = survey["plants"]["steel"], "process"
        own.write_text(json.dumps(survey), encoding="utf-8")
        expect(part).to_contain_text("12 projects: each buys", timeout=SOON)
        expect(part).to_contain_text("Your own survey.")
        part.get_by_text("By plant").click()
        expect(part).to_contain_text(hostile)
        own.write_text("{", encoding="utf-8")
        expect(part).to_contain_text("Your own survey cannot be shown", timeout=SOON)
        expect(part).to_contain_text("308 projects: each buys")
        assert seen.complaints == []


def test_unknown_plant_is_told(browser: Browser, site: Site) -> None:
    with browser.new_context() as context:
        page = visit(context, site, "/gains/nobody").page
        expect(page.get_by_role("heading", level=1)).to_have_text("Nothing was measured of this plant")
