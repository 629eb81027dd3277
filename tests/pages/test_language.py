"""Pages in Chinese: chosen by the browser or by hand, without a word of the pages' own English left."""

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from edge.alarm import AlarmWatch
from edge.api.fault_query import effect_text
from edge.web.language import CHINESE, script
from edge.web.unit_view import state_words, tag_words
from tests.pages.site import Site, visit
from twin.discovery import discover
from twin.kpi.loss import losses
from twin.model.declaration import Declaration
from twin.model.simulation import Simulation
from twin.model.tag import Kind

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
  for (const element of document.querySelectorAll('.page [aria-label], .page [placeholder], .page [data-name]'))
    for (const name of ['aria-label', 'placeholder', 'data-name'])
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


# What a text of a plant keeps in Chinese: codes with a digit or an underscore, abbreviations, units and formulas.
_KEPT = re.compile(
    r"\S*[\d_]\S*|\b[A-Z]{2,}\w*|\b(?:kPa|mPa|kWh|vol|pcs|ppm|mol|min|kN|Hi|HiHi|Lo|LoLo|pH|est|Brix|SiNx|PackML|a-Si|detail)\b"
)


def told_by_events(declaration: Declaration) -> set[str]:
    """Return the events of alarms that the limits of the plant can raise, worded by the edge itself."""
    found: set[str] = set()
    watch = AlarmWatch(declaration)
    tags = [tag for unit in declaration.units for tag in unit.tags]
    for number, tag in enumerate(tags):
        limits = [limit for limit in (tag.hihi, tag.hi, tag.lo, tag.lolo) if limit is not None]
        if limits and tag.kind is not Kind.TEXT:
            near = [limit + step for limit in limits for step in (1e-6, -1e-6)]
            middle, far = sum(limits) / len(limits), max(map(abs, limits)) + 1000
            values = [far, *near, middle, -far, *reversed(near), middle]
            count = len(values)
            found |= {
                event.text
                for event in watch.check(
                    np.full(count, number), np.arange(count, dtype=np.int64), np.array(values, np.float64)
                )
            }
    return found


def told_while_running(simulation: Simulation) -> set[str]:
    """Return the states, products and shifts that a plant tells in its first hours, as pages and events word them."""
    declaration, found = simulation.declaration, set()
    for frame in simulation.advance(4 * 3600.0):
        unit = declaration.units[declaration.sources.index(frame.source)]
        for place, text in frame.texts.items():
            name = unit.tags[frame.tags[place]].name
            if name == "reason":
                found.add(state_words(9, text)[1])
                found.add(f"{unit.title}: {text.replace(':', ', ').replace('_', ' ')}")
            elif name == "product" and text:
                found |= {text.replace("_", " "), f"order PO-000001 begins: {text}"}
            elif name == "shift" and text:
                found.add(f"shift {text} begins")
    return found


def told_by_plants() -> dict[str, set[str]]:
    """Return all texts of the ten plants that a page can show, by plant."""
    found = {}
    for name, plant_cls in discover().items():
        simulation = Simulation(
            plant_cls(), seed=1, start=datetime(2026, 1, 1, tzinfo=UTC), epoch=1, scan=60.0
        )
        told = simulation.declaration
        texts = {told.title, told.industry} | told_by_events(told) | told_while_running(simulation)
        titles = {unit.name: unit.title for unit in told.units}
        for unit in told.units:
            texts |= {unit.title, f"← {unit.title}", f"{unit.title} →"}
            for tag in unit.tags:
                words = tag_words(tag)
                texts |= {words, tag_words(tag, full=True), f"{unit.title}: {words}", tag.description}
                if words != tag.description:
                    texts.add(f"{words.capitalize()} 12.5 kN")  # as a mimic shows it
        for flow in told.flows:
            texts.add(f"{flow.label or 'product'}: {titles[flow.source]} → {titles[flow.target]}")
        for fault in told.faults:
            texts |= {fault.title, fault.mechanism}
            texts |= {effect_text(effect, "kN", Kind.MEASURE) for effect in fault.effects}
        for upgrade in told.upgrades:
            texts |= {upgrade.title, upgrade.mechanism, upgrade.paradigm, upgrade.function}
            texts |= {f"{change.parameter.replace('_', ' ')}: x 0.9 / 0.8" for change in upgrade.changes}
        found[name] = texts - {""}
    losses_told = {figure.name.removeprefix("loss/").replace("_", " ").capitalize() for figure in losses({})}
    found["losses"] = losses_told - {"Fully effective time"}
    return found


@pytest.mark.chromium
def test_every_text_of_the_ten_plants_is_told_in_chinese(browser: Browser) -> None:
    """Names, tags, explanations, alarms, stops, products: each is Chinese as a whole, or a code without a word."""
    with browser.new_context() as context:
        page = context.new_page()
        page.add_script_tag(content=script(CHINESE)[1])
        left = []
        for plant, texts in told_by_plants().items():
            asked = sorted(texts)
            answers = page.evaluate("texts => texts.map(window.edgeTranslate)", asked)
            left += [
                f"{plant}: {text} -> {answer}"
                for text, answer in zip(asked, answers, strict=True)
                if re.search(r"[A-Za-z]{3,}", _KEPT.sub(" ", answer))
            ]
    assert left == []
