"""Pages in Chinese: chosen by the browser or by hand, without a word of the pages' own English left."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from edge.web.language import CHINESE, catalogue
from tests.pages.site import Site, visit
from twin.discovery import discover
from twin.model.simulation import Simulation

PATHS = [
    "/", "/plants/toy_line", "/plants/toy_line/faults", "/plants/drifting/upgrades", "/plants/drifting/compare",
    "/gains", "/gains/stamping", "/health", "/plants/later", "/trainer", "/drills/none", "/plants/toy_line/units/op10",
    "/plants/drifting/units/lathe", "/plants/toy_line/energy", "/plants/toy_line/events?range=8h",
]  # fmt: skip
# Codes, addresses, commands and units are the same in every language.
_CODE = re.compile(
    r"[a-z]+[_/:.][\w/:.]*|[\w-]*\d[\w-]*|[A-Z]{2,}\w*|kWh|Cpk|Ppk|Parquet|kW|mm|pcs|ms|MB|GB|CNY|CO₂|edge|twin|Lo|Hi|min|UTC|um|MN"
)
_TEXTS = """() => {
  const found = [document.title];
  const walker = document.createTreeWalker(document.querySelector('.page'), NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); )
    if (!node.parentElement.closest('script, style, [data-verbatim], b, option')) found.push(node.data.trim());
  for (const element of document.querySelectorAll('.page [aria-label], .page [placeholder]'))
    for (const name of ['aria-label', 'placeholder'])
      if (element.hasAttribute(name) && !element.closest('.chart')) found.push(element.getAttribute(name));
  return found.filter(Boolean);
}"""


def english(page: Page, declared: set[str]) -> list[str]:
    """Return the texts of the page that still hold an English word that no plant of the tests declared."""
    left = []
    for text in page.evaluate(_TEXTS):
        rest = text
        for own in sorted(declared, key=len, reverse=True):
            rest = re.sub(re.escape(own), " ", rest, flags=re.IGNORECASE)
        rest = _CODE.sub(" ", rest)
        if re.search(r"[A-Za-z]{3,}", rest):
            left.append(text)
    return left


def declared_texts(site: Site) -> set[str]:
    """Return what the plants of the tests say of themselves: that is theirs, in their own words."""
    found: set[str] = set()

    def gather(value: Any) -> None:
        if isinstance(value, str):
            found.update({value, value.replace("_", " ")} if len(value) > 2 else set())
        elif isinstance(value, dict):
            for one in value.values():
                gather(one)
        elif isinstance(value, list | tuple):
            for one in value:
                gather(one)
        elif hasattr(value, "__dataclass_fields__"):
            for name in value.__dataclass_fields__:
                gather(getattr(value, name))

    for filler in (site.filler, site.lathe):
        gather(filler.declaration)
    found |= {"The robot", "The cutter", "The camera"}  # upgrades of what another test compared
    found |= {"later", "hood inner", "door outer", "edge quarantine list"}  # a plant, products, a command
    return found - {"line", "unit", "low", "high", "state", "discrete", "process", "setup", "energy"}


@pytest.mark.chromium
@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize("path", PATHS)
def test_no_english_of_the_pages_is_left(browser: Browser, site: Site, path: str) -> None:
    with browser.new_context(locale="zh-CN", viewport={"width": 1400, "height": 900}) as context:
        seen = visit(context, site, path)
        seen.page.locator("h1").wait_for()
        assert seen.page.evaluate("document.documentElement.lang") == "zh-CN"
        assert english(seen.page, declared_texts(site)) == []
        assert seen.complaints == []


@pytest.mark.chromium
@pytest.mark.xdist_group("pages")
def test_language_is_changed_by_a_button_and_follows_the_plant(browser: Browser, site: Site) -> None:
    with browser.new_context(locale="en-GB", viewport={"width": 1400, "height": 900}) as context:
        page = visit(context, site, "/plants/toy_line").page
        expect(page.get_by_text("Overall equipment effectiveness")).to_be_visible()
        page.get_by_role("button", name="中文").click()
        expect(page.get_by_text("设备综合效率（OEE）")).to_be_visible()
        newest = page.locator(".fact", has_text="最新数据").locator(".val")
        before = newest.inner_text()
        site.filler.fill(1)
        expect(newest).not_to_have_text(before)
        page.get_by_role("button", name="English").click()
        expect(page.get_by_text("Overall equipment effectiveness")).to_be_visible()


def test_plants_are_known_by_name() -> None:
    """Title, units, flows, upgrades and faults of the ten plants stand in the catalogue."""
    known = catalogue(CHINESE)
    patterns = [re.compile(pattern) for pattern, _ in known["patterns"]]
    missing = []
    for name, plant_cls in discover().items():
        declaration = Simulation(
            plant_cls(), seed=1, start=datetime(2026, 1, 1, tzinfo=UTC), epoch=1
        ).declaration
        told = [declaration.title, declaration.industry]
        for group in (declaration.units, declaration.upgrades, declaration.faults):
            told += [one.title for one in group]
        told += [flow.label for flow in declaration.flows if flow.label]
        missing += [
            f"{name}: {text}"
            for text in told
            if text not in known["words"] and not any(pattern.fullmatch(text) for pattern in patterns)
        ]
    assert missing == []
