"""The page that compares: started, followed, cancelled in a real browser; the result is what `twin compare` told."""

import json
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.edge.api_bench import TOKEN
from tests.pages.site import Site, visit

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("pages")]

TOYS = Path(__file__).parents[1] / "toy_upgrades"
# `twin compare` of a toy plant that is quickly simulated, whatever plant is asked for.
QUICK = (
    "import sys; from twin.cli import app; out = sys.argv[sys.argv.index('--output') + 1]; "
    f"app(['compare', 'bench', '--plants', {str(TOYS)!r}, '--days', '0.1', '--warmup', '0', '--replications', '2', "
    "'--waterfall', '2', '--output', out, '--json', '--progress-lines'])"
)


def test_operator_compares_and_sees_what_came_of_it(browser: Browser, site: Site) -> None:
    assert site.comparisons is not None
    site.comparisons._program = (sys.executable, "-c", QUICK)
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        seen = visit(context, site, "/plants/drifting")
        page = seen.page
        page.get_by_role("link", name="Compare").click()
        answer = page.locator("#fault-answer")
        expect(page.locator("main")).to_contain_text("None was started yet.")
        start = page.get_by_role("button", name="Start")
        start.click()
        expect(answer).to_contain_text("Enter the operator token first")
        page.fill("#fault-token", TOKEN)
        page.fill("#compare-replications", "1")
        start.click()
        expect(answer).to_contain_text("Pairs of runs: ")
        page.fill("#compare-replications", "2")
        page.locator("input[name=upgrade]").uncheck()
        start.click()
        expect(answer).to_contain_text("Choose at least one upgrade")
        page.locator("input[name=upgrade]").check()
        start.click()
        expect(answer).to_contain_text("Started")
        row = page.locator("table.log tbody tr").first
        expect(row).to_contain_text("done", timeout=60_000)
        result = page.locator("section[aria-label=Result]")
        expect(result).to_contain_text("Payback")
        told = site.comparisons.result(site.comparisons.all()[0].id)
        change = f"{100 * told['changes']['productivity']['mean']:+.1f} %"
        expect(result.locator("tr", has_text="Productivity")).to_contain_text(change)
        expect(result.locator("table.fall").first).to_be_visible()
        total = told["waterfalls"]["productivity"]["total"]["mean"]
        expect(result.locator("table.fall").first.locator("tr.all td.n")).to_contain_text(f"{total:+.1f}")
        assert seen.complaints == []


def test_comparison_can_be_cancelled_from_the_page(browser: Browser, site: Site) -> None:
    assert site.comparisons is not None
    step = json.dumps({"step": "runs", "done": 1, "of": 4})
    tell = f"import sys, time; print({step!r}, file=sys.stderr, flush=True); time.sleep(300)"
    site.comparisons._program = (sys.executable, "-c", tell)
    with browser.new_context(viewport={"width": 390, "height": 900}) as context:
        page = visit(context, site, "/plants/drifting/compare").page
        page.fill("#fault-token", TOKEN)
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "25")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("table.log")).to_contain_text("cancelled")
        expect(page.get_by_role("progressbar")).to_have_count(0)
