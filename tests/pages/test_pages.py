"""The pages in a real browser: real numbers, light and dark, wide and narrow, by keyboard, from this host alone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from edge.api.access import Role
from edge.store import Event
from tests.edge.api_bench import TOKEN, TOKENS
from tests.pages.site import Site, visit

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("pages")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1920, 390])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/plants/toy_line",
        "/plants/toy_line/faults",
        "/plants/drifting/upgrades",
        "/gains",
        "/health",
        "/trainer",
        "/plants/toy_line/events?range=8h",
        "/plants/toy_line/units/op10",
        "/plants/toy_line/energy",
    ],
)
def test_page_is_full_and_calm_on_every_screen(
    browser: Browser, site: Site, path: str, width: int, scheme: str, tmp_path: Path
) -> None:
    """Real numbers, no complaint on the console, no request to another host, nothing to scroll sideways."""
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:  # type: ignore[arg-type]
        seen = visit(context, site, path)
        page = seen.page
        if path.endswith("/faults"):
            expect(page.locator(".fault-card")).to_contain_text(
                "The cutting edge is worn: panels tear at the rim."
            )
        elif path.endswith("/upgrades"):
            expect(page.locator(".fault-card")).to_contain_text("lathe/dimension → lathe/offset: not running")
        elif path == "/health":
            expect(page.get_by_role("heading", name="The edge is degraded")).to_be_visible()
            expect(page.get_by_text("the oldest of 12 entries has waited for 95 s")).to_be_visible()
            expect(page.get_by_text("journal entries that the plant no longer held")).to_be_attached()
        elif path == "/trainer":
            expect(page.locator("#new-plant option")).to_have_text(["Toy press line"])
            expect(page.locator("#later-fault option")).to_have_text(["Blunt die"])
        elif "/units/" in path:
            expect(page.locator("svg.control-chart:visible")).to_have_count(3)
            expect(page.locator(".chart svg path").nth(3)).to_be_attached()
            for words in ("Availability", "Cpk", "moving ranges", "No loop of predictive maintenance"):
                expect(page.locator("main")).to_contain_text(words)
        elif path.endswith("/energy"):
            expect(page.locator("svg.sankey:visible")).to_have_count(1)
            for words in (
                "base load of the line",
                "kg/kWh",
                "CNY/kWh",
                "Highest quarter-hours",
                "No baseline yet",
            ):
                expect(page.locator("main")).to_contain_text(words)
        elif "/events" in path:
            expect(page.locator("#events tbody tr").nth(10)).to_be_visible()
            expect(page.get_by_text("Save what is shown")).to_be_visible()
        elif path == "/gains":
            expect(page.locator("main")).to_contain_text("No plant runs beside a second one")
        else:
            expect(page.locator(".oee-big").last).to_have_text(re.compile(r"^\d+\.\d ?%$"))
        if path == "/plants/toy_line":
            expect(page.locator(".chart svg path").nth(3)).to_be_attached()
            assert page.locator("svg.mimic:visible").count() == 1
            for name in ("Availability", "Good quantity", "kWh", "CO₂", "PO-1001", "Breakdowns", "APT / PBT"):
                expect(page.locator("main")).to_contain_text(name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.body.classList.contains('body--dark')") == (scheme == "dark")
        assert page.evaluate("document.documentElement.lang").startswith("en")
        assert page.title().endswith("Smart factory edge")
        page.screenshot(path=tmp_path / "page.png", full_page=True)
        assert (seen.complaints, seen.foreign) == ([], [])


def test_page_follows_the_plant_without_a_reload(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport={"width": 1920, "height": 1080}) as context:
        page = visit(context, site, "/plants/toy_line").page
        page.evaluate("window.stayed = true")
        newest = page.locator(".fact", has_text="Newest data").locator(".val")
        before = newest.inner_text()
        site.filler.fill(1)
        expect(newest).not_to_have_text(before)
        assert page.evaluate("window.stayed") is True


def test_unit_is_selected_by_keyboard_and_the_trend_follows(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport={"width": 1920, "height": 1080}) as context:
        page = visit(context, site, "/plants/toy_line").page
        for _ in range(15):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.dataset.unit") == "op20":
                break
        assert page.evaluate("document.activeElement.dataset.unit") == "op20"
        assert page.evaluate("document.activeElement.matches(':focus-visible')")
        page.keyboard.press("Enter")
        expect(page.locator("#trend-tag")).to_have_value("op20/tonnage")
        expect(page.locator("svg.wide .unit[data-unit=op20]")).to_have_attribute("aria-current", "true")


def test_window_and_range_can_be_chosen(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport={"width": 1920, "height": 1080}) as context:
        page = visit(context, site, "/plants/toy_line").page
        page.get_by_role("button", name="Last hour").click()
        expect(page.locator("main")).to_contain_text("Last hour: ")
        expect(page.get_by_role("button", name="Last hour")).to_have_attribute("aria-pressed", "true")
        page.get_by_role("button", name="8 h", exact=True).click()
        expect(page.locator("main")).to_contain_text("lowest to highest per 2 min")
        page.locator("#trend-tag").select_option("op30/power_electricity")
        expect(page.locator("main")).to_contain_text("Electricity drawn now")


def test_theme_can_be_switched_and_stays(browser: Browser, site: Site) -> None:
    with browser.new_context(color_scheme="light") as context:
        page = visit(context, site, "/").page
        knob = page.locator(".theme-knob")
        expect(knob).to_have_text("Theme: auto")
        knob.click()
        knob.click()
        expect(knob).to_have_text("Theme: dark")
        again = visit(context, site, "/plants/toy_line").page
        expect(again.locator("body.body--dark")).to_be_attached()


def test_overview_names_whom_it_waits_for(browser: Browser, site: Site) -> None:
    with browser.new_context() as context:
        page = visit(context, site, "/").page
        expect(page.locator("main")).to_contain_text("Waiting for a plant at opc.tcp://127.0.0.1:4840")
        page.get_by_role("link", name="Toy press line").click()
        expect(page.locator("h1")).to_have_text("Toy press line")


def test_unknown_plant_waits_visibly(browser: Browser, site: Site) -> None:
    with browser.new_context() as context:
        page = visit(context, site, "/plants/later").page
        expect(page.locator("main")).to_contain_text("Waiting for plant later")
        expect(page.locator("main")).to_contain_text("nothing answers at this address")


def test_history_that_still_fills_shows_its_progress(browser: Browser, site: Site) -> None:
    site.late_s = 3600.0
    site.filler.fill(1)
    try:
        with browser.new_context() as context:
            page = visit(context, site, "/plants/toy_line").page
            expect(page.get_by_role("progressbar", name="history")).to_be_visible()
            expect(page.locator("main")).to_contain_text("1 h 00 min still to come")
    finally:
        site.late_s = 1.5


def test_plant_that_stops_telling_is_stale_and_comes_back(browser: Browser, site: Site) -> None:
    """A link that stands proves nothing: state, units and overview say that nothing is of now, in words and shape."""
    site.late_s = 12.0
    try:
        with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
            page = visit(context, site, "/plants/toy_line").page
            state = page.locator(".fact", has_text="State").locator(".val")
            expect(state).to_contain_text("Stale: no data for 12 s", timeout=15_000)
            unit = page.locator("svg.wide .unit[data-unit=op20]")
            expect(unit).to_have_attribute("data-style", "unknown")
            expect(unit.locator(".word")).to_contain_text("Stale, was ")
            overview = visit(context, site, "/").page
            expect(overview.locator(".card", has_text="Toy press line")).to_contain_text(
                "No new data for 12 s"
            )
            site.late_s = 1.5
            site.filler.fill(1)
            expect(state).not_to_contain_text("Stale")
            expect(unit).not_to_have_attribute("data-style", "unknown")
    finally:
        site.late_s = 1.5


def test_trainer_injects_and_resets_a_fault(browser: Browser, site: Site) -> None:
    """Only with the operator's token, which stays in its field; the page then follows the plant."""
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = visit(context, site, "/plants/toy_line").page
        page.get_by_role("link", name="Faults").click()
        card, answer = page.locator(".fault-card"), page.locator("#fault-answer")
        expect(card).to_contain_text("op20 scrap count: at least 60 pcs more, in the first hour")
        expect(card.locator(".state")).to_have_text("off")
        expect(page.locator("main")).to_contain_text("Nothing was injected.")
        inject = card.get_by_role("button", name="Inject")
        inject.click()
        expect(answer).to_contain_text("Enter the operator token first")
        page.fill("#fault-token", "guess")
        inject.click()
        expect(answer).to_contain_text("the bearer token is not valid")
        assert site.link.sent == []
        page.fill("#fault-token", TOKEN)
        page.fill("#fault-reason", "drill")
        page.select_option("#fault-trigger", "after")
        for minutes in ("", "-3"):
            page.fill("#fault-after", minutes)
            inject.click()
            expect(answer).to_contain_text("Enter after how many minutes")
        page.select_option("#fault-trigger", "when")
        inject.click()
        expect(answer).to_contain_text("Enter the condition first")
        assert site.link.sent == []  # an empty trigger does not mean at once
        page.select_option("#fault-trigger", "after")
        page.fill("#fault-after", "2")
        inject.click()
        expect(answer).to_contain_text("pending until its time has come")
        site.filler.run.write(site.link.sent[0])
        site.filler.fill(1)
        expect(card.locator(".state")).to_contain_text("pending: at ")
        expect(card.get_by_role("button", name="Withdraw")).to_be_enabled()
        site.filler.fill(3)
        expect(card.locator(".state")).to_contain_text("active since ")
        expect(inject).to_be_disabled()
        card.get_by_role("button", name="Reset").click()
        expect(answer).to_contain_text("the plant resets it")
        site.filler.run.write(site.link.sent[1])
        site.filler.fill(1)
        expect(card.locator(".state")).to_have_text("off")
        expect(page.locator("table.log tbody tr")).to_contain_text("drill")
        stored = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
        assert TOKEN not in stored


def test_operator_switches_an_upgrade_and_lets_its_loop_act(browser: Browser, site: Site) -> None:
    """From the plant's page: the card follows the plant, the loop's proposal and mode stand on it."""
    site.link.status.plant = "drifting"
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = visit(context, site, "/plants/drifting").page
        page.get_by_role("link", name="Upgrades").click()
        card, answer = page.locator(".fault-card"), page.locator("#fault-answer")
        expect(card.locator(".state")).to_have_text("off")
        expect(page.locator("main")).to_contain_text("No loop did or proposed anything.")
        card.get_by_role("button", name="High").click()
        expect(answer).to_contain_text("Enter the operator token first")
        page.fill("#fault-token", TOKEN)
        card.get_by_role("button", name="High").click()
        expect(answer).to_contain_text("the effect follows")
        site.lathe.run.write(site.link.sent[-1])
        site.lathe.fill(1)
        expect(card.locator(".state")).to_have_text("high")
        card.get_by_role("button", name="Acts").click()
        expect(answer).to_contain_text("its loops are automatic now")
        expect(card.get_by_role("button", name="Acts")).to_have_attribute("aria-pressed", "true")
    site.link.status.plant = "toy_line"


def test_gains_tell_how_to_get_a_pair(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = visit(context, site, "/").page
        page.get_by_role("link", name="Gains").click()
        expect(page.locator("main")).to_contain_text("twin demo --plants stamping --smart stamping")


def test_edge_off_loopback_asks_a_browser_for_the_viewers_token(browser: Browser, site: Site) -> None:
    """The browser sends it with every request and with the page's channel; without it there is no page."""
    assert site.gate is not None
    site.gate._open_reading = False
    try:
        with browser.new_context() as stranger:
            assert stranger.request.get(site.url).status == 401
        viewer = {"username": "anybody", "password": TOKENS[Role.VIEWER]}
        with browser.new_context(http_credentials=viewer) as context:  # type: ignore[arg-type]
            seen = visit(context, site, "/plants/toy_line")
            expect(seen.page.locator(".unit").first).to_be_visible()
            assert seen.complaints == []
    finally:
        site.gate._open_reading = True


def alarm(site: Site, text: str, ago: int = 1) -> None:
    """Let a warning of op10 happen `ago` ms before now."""
    unit = site.filler.declaration.unit("op10").path
    at = site.filler.run.now_ms - ago
    site.filler.store.record([Event(at, unit, "alarm", "warning", text, "oil", 1.0)])


def test_events_filter_is_in_the_address_and_the_file_holds_what_is_shown(
    browser: Browser, site: Site
) -> None:
    alarm(site, "oil is hot")
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = visit(context, site, "/plants/toy_line/events?range=8h").page
        page.get_by_label("Show").select_option("alarms")
        page.get_by_label("Words").fill("OIL is")
        page.keyboard.press("Enter")
        page.wait_for_url("**/plants/toy_line/events?kind=alarm%2Cclear&*text=OIL+is*")
        expect(page.get_by_label("Show")).to_have_value("alarm,clear")
        expect(page.locator("#events tbody tr")).to_have_count(1)
        link = page.get_by_role("link", name="JSON").get_attribute("href")
        found = context.request.get(site.url + str(link)).json()
        assert [one["text"] for one in found["items"]] == ["oil is hot"]
        keys = page.locator("#events tbody tr").evaluate_all("rows => rows.map(row => row.dataset.key)")
        assert [one["id"] for one in found["items"]] == keys


def test_events_come_by_themselves_and_are_acknowledged_by_keyboard_without_losing_the_place(
    browser: Browser, site: Site
) -> None:
    """The focus stays where it was, though the row itself has changed: its alarm is over."""
    alarm(site, "pump hums", 3)
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = visit(context, site, "/plants/toy_line/events?range=1h&text=pump").page
        row = page.locator("#events tbody tr", has_text="pump hums")
        row.get_by_role("button", name="Acknowledge").focus()
        alarm(site, "pump whistles", 2)
        expect(page.locator("#events tbody tr")).to_have_count(2)
        assert page.evaluate("document.activeElement.closest('tr').textContent.includes('pump hums')")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Enter the operator token first")).to_be_visible()
        page.get_by_label("Operator token").fill(TOKEN)
        page.get_by_label("Note, for the audit").fill("mechanic is there")
        row.get_by_role("button", name="Acknowledge").press("Enter")
        expect(row.locator(".seen")).to_contain_text("mechanic is there")
        expect(page.locator("#events tbody tr button")).to_have_count(1)


def test_events_that_cannot_be_asked_say_why(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = visit(context, site, "/plants/toy_line/events?range=soon&text=%3Cb%3E").page
        expect(page.locator("main")).to_contain_text("range: 'soon' is no length")


def test_unit_page_shows_another_characteristic_and_tag_by_keyboard(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = visit(context, site, "/plants/toy_line/units/op20").page
        page.get_by_label("Characteristic").focus()
        page.get_by_label("Characteristic").select_option("buffer_level")
        expect(page.locator("svg.control-chart:visible").first).to_contain_text("Individuals, pcs")
        page.get_by_label("Tag of the trend").select_option("cycle_setpoint")
        link = page.get_by_role("link", name="CSV")
        expect(link).to_have_attribute("href", re.compile("path=op20%2Fcycle_setpoint"))
        found = context.request.get(site.url + str(link.get_attribute("href")))
        assert found.text().startswith("time,value\n")


def test_unit_that_is_not_there_is_told_with_those_that_are(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = visit(context, site, "/plants/toy_line/units/op99").page
        expect(page.locator("main")).to_contain_text("The units of this plant: ")
        expect(page.get_by_role("link", name="Press 10")).to_have_attribute(
            "href", "/plants/toy_line/units/op10"
        )
