"""An open page lives through what happens to the edge, and nobody has to load it anew."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright

pytestmark = [pytest.mark.system, pytest.mark.chromium, pytest.mark.slow, pytest.mark.timeout(300)]


def test_open_page_survives_a_killed_edge(demo_program: Any, chromium_program: str, tmp_path: Path) -> None:
    """It says that the connection is lost, takes it up again by itself, and goes on with live values."""
    with (
        demo_program(tmp_path / "var", since="10m", plants=["stamping"]) as demo,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium_program, args=["--no-sandbox"]) as browser,
    ):
        demo.until(demo.live, 60, "not live")
        page = browser.new_page()
        page.goto(f"{demo.url}/plants/stamping")
        page.wait_for_function("window.socket && window.socket.connected")
        newest = page.locator(".fact", has_text="Newest data").locator(".val")
        expect(newest).not_to_have_text("none yet")
        edge = demo.child("edge.cli")
        edge.kill()
        edge.wait(10)
        expect(page.get_by_text("Connection lost")).to_be_visible(timeout=20_000)
        demo.until(demo.live, 60, "not live again")
        expect(page.get_by_text("Connection lost")).to_be_hidden(timeout=60_000)
        before = newest.inner_text()
        expect(newest).not_to_have_text(before, timeout=30_000)
        expect(page.locator(".fact", has_text="State").locator(".val")).not_to_contain_text("Stale")
