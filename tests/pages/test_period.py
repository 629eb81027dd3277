"""A range that a visitor chooses: read from the address, shown by the pages of plant, unit and energy."""

import re
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from edge.api.problem import Problem
from edge.api.time_range import DAY, HOUR, MINUTE, TimeRange, rfc3339
from edge.web.hours import hours_html
from edge.web.period import Period, chosen, period_html
from edge.web.wording import local
from tests.pages.site import Site, visit

NOW = round(datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp() * 1000)


# -- the address -------------------------------------------------------------------------------------------------------


def test_address_without_a_range_is_the_live_page() -> None:
    assert chosen("", "", NOW, 8.0) is None


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-30T08:00", "2026-11-30T10:30", (-12.0, -9.5)),  # plant time, UTC+8
        ("2026-11-30T08:00Z", "2026-11-30T10:00:00+00:00", (-4.0, -2.0)),
        ("-2d", "now", (-48.0, 0.0)),
        ("-8h", "", (-8.0, 0.0)),
    ],
)
def test_moments_are_plant_time_or_have_a_zone_or_are_relative(
    start: str, end: str, hours: tuple[float, float]
) -> None:
    period = chosen(start, end, NOW, 8.0)
    assert period is not None
    assert period.span(NOW) == TimeRange(*(NOW + round(hour * HOUR) for hour in hours))


def test_relative_range_goes_on_with_the_plant_and_a_fixed_one_stays() -> None:
    going, fixed = Period("-1d", "now", 8.0), Period("2026-11-29T08:00", "2026-11-29T09:00", 8.0)
    assert going.span(NOW + HOUR) == TimeRange(NOW + HOUR - DAY, NOW + HOUR)
    assert fixed.span(NOW + HOUR) == fixed.span(NOW)


def test_range_that_the_plant_has_not_reached_is_a_minute_long() -> None:
    late = Period("2026-11-30T20:00", "now", 8.0)  # the plant's newest data is older
    assert late.span(NOW - DAY) == TimeRange(NOW, NOW + MINUTE)


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("", "2026-11-30T10:00", "start: is missing"),
        ("yesterday", "now", "'yesterday' is no moment"),
        ("-1d", "<b>", "end: '<b>' is no moment"),
        ("2026-11-30T10:00", "2026-11-30T09:00", "must lie before end"),
        ("2024-11-30T10:00", "2026-11-30T09:00", "longer than 366 days"),
        ("0001-01-01T00:00", "0001-01-02T00:00", "outside"),
    ],
)
def test_bad_range_names_the_field_and_the_remedy(start: str, end: str, told: str) -> None:
    with pytest.raises(Problem, match=re.escape(told)):
        chosen(start, end, NOW, 8.0)


def test_address_of_a_range_leads_to_the_same_range() -> None:
    period = Period("2026-11-30T08:00", "now", 8.0)
    asked = httpx.URL("http://edge/plants/x" + period.query()).params
    assert chosen(asked["start"], asked["end"], NOW, 8.0) == period
    assert 'href="/plants/x?start=-7d&amp;end=now"' in period_html("/plants/x", None, period.span(NOW), 8.0)


def test_long_ranges_tell_oee_day_by_day() -> None:
    days = [(NOW + day * DAY, 0.5 + day / 100) for day in range(5)]
    assert "OEE day by day, from 50.0 % to 54.0 %" in hours_html(days, 8.0)
    assert "OEE hour by hour" in hours_html([(NOW + hour * HOUR, 0.5) for hour in range(24)], 8.0)


# -- the pages ---------------------------------------------------------------------------------------------------------


def hour_of(site: Site) -> tuple[TimeRange, str]:
    """Return a full hour of the toy line's past, and the part of an address that names it."""
    end = (site.filler.run.now_ms - 2 * HOUR) // HOUR * HOUR
    start, until = (local(at, 8.0, "%Y-%m-%dT%H:%M") for at in (end - HOUR, end))
    return TimeRange(end - HOUR, end), f"?start={start}&end={until}"


def value_of(page: Page, name: str) -> str:
    """Return the digits of a figure in the panel of output."""
    row = page.locator(".pair", has_text=re.compile(rf"^{name}")).first
    return re.sub(r"[^\d.]", "", row.locator(".v").inner_text())


@pytest.mark.chromium
@pytest.mark.xdist_group("pages")
def test_plant_page_shows_the_figures_of_the_range_and_keeps_them(browser: Browser, site: Site) -> None:
    span, asked = hour_of(site)
    answer = httpx.get(
        f"{site.url}/api/v1/plants/toy_line/kpis",
        params={"window": "total", "start": rfc3339(span.start_ms), "end": rfc3339(span.end_ms)},
    ).json()
    quality = next(one for one in answer["windows"][0]["figures"] if one["name"] == "quality_ratio")
    with browser.new_context(viewport={"width": 1920, "height": 1080}) as context:
        seen = visit(context, site, f"/plants/toy_line{asked}")
        page = seen.page
        told = f"Range: {local(span.start_ms, 8.0, '%d %b %H:%M')} to {local(span.end_ms, 8.0, '%d %b %H:%M')}, UTC+8"
        expect(page.locator("main")).to_contain_text(told)
        good = value_of(page, "Good quantity")
        assert float(good) == quality["inputs"]["GQ"] > 0.0
        assert page.locator("details.period").get_attribute("open") is not None
        newest = page.locator(".fact", has_text="Newest data").locator(".val")
        before = newest.inner_text()
        site.filler.fill(1)
        expect(newest).not_to_have_text(before)  # what is now goes on, the range does not
        assert value_of(page, "Good quantity") == good
        page.get_by_role("link", name="Energy").click()
        expect(page).to_have_url(re.compile(r"/energy\?start=.*&end="))
        expect(page.locator("main")).to_contain_text(f"{local(span.start_ms, 8.0, '%d %b %H:%M')} to")
        page.get_by_role("link", name="Live").click()
        expect(page).to_have_url(re.compile(r"/energy$"))
        assert (seen.complaints, seen.foreign) == ([], [])


@pytest.mark.chromium
@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize(
    "path", ["/plants/toy_line", "/plants/toy_line/units/op10", "/plants/toy_line/energy"]
)
def test_range_is_chosen_with_two_fields_on_a_phone(browser: Browser, site: Site, path: str) -> None:
    span, _ = hour_of(site)
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        seen = visit(context, site, path)
        page = seen.page
        page.get_by_text("Range …").click()
        for name, at in (("From", span.start_ms), ("To", span.end_ms)):
            page.get_by_label(name, exact=True).fill(local(at, 8.0, "%Y-%m-%dT%H:%M"))
        page.locator("details.period").get_by_role("button", name="Show").click()
        expect(page).to_have_url(re.compile(r"\?start=\d{4}-\d\d-\d\dT\d\d%3A00&end="))
        expect(page.get_by_role("link", name="Live")).to_be_visible()
        assert page.get_by_label("From", exact=True).input_value() == local(
            span.start_ms, 8.0, "%Y-%m-%dT%H:%M"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert (seen.complaints, seen.foreign) == ([], [])


@pytest.mark.chromium
@pytest.mark.xdist_group("pages")
def test_unit_page_keeps_the_range_from_unit_to_unit(browser: Browser, site: Site) -> None:
    span, asked = hour_of(site)
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = visit(context, site, f"/plants/toy_line/units/op10{asked}").page
        expect(page.get_by_role("heading", name="States of the range")).to_be_visible()
        shown = page.locator(".axis span").first
        expect(shown).to_have_text(local(span.start_ms, 8.0))
        page.locator(".crumb a", has_text="→").click()
        expect(page.get_by_role("heading", name="States of the range")).to_be_visible()
        page.locator(".crumb a", has_text="Toy press line").click()
        expect(page.locator("main")).to_contain_text("Range: ")


@pytest.mark.chromium
@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize(
    "path", ["/plants/toy_line", "/plants/toy_line/units/op10", "/plants/toy_line/energy"]
)
def test_bad_range_and_one_without_data_are_told(browser: Browser, site: Site, path: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{site.url}{path}?start=yesterday&end=now")
        expect(page.locator("main, .page").first).to_contain_text("'yesterday' is no moment")
        page.get_by_role("link", name="The live page").click()
        expect(page).to_have_url(f"{site.url}{path}")
        seen = visit(context, site, f"{path}?start=2020-01-01T00:00&end=2020-01-20T00:00")
        expect(seen.page.get_by_role("link", name="Live")).to_be_visible()
        if not path.endswith("energy"):
            expect(seen.page.locator("main")).to_contain_text("States are drawn for ranges of up to 8 days")
        assert seen.complaints == []
