"""The site of the documentation: every page is in it, every link holds, and it fetches nothing from anywhere."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tools import site

FOREIGN = re.compile(r"^\s*(?:https?:)?//")
LOADED = {("link", "href"), ("script", "src"), ("img", "src"), ("img", "srcset"), ("iframe", "src"), ("source", "src"),
          ("source", "srcset"), ("object", "data"), ("embed", "src"), ("form", "action"), ("use", "href")}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does; a link or an anchor that does not hold fails it."""
    place = tmp_path_factory.mktemp("documentation")
    done = site.build(place)
    assert done.returncode == 0, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    return place / "site"


class Loads(HTMLParser):
    """Collects what a page makes a browser load, and the words that show a fence which is none."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "link" and known.get("rel") in {"canonical", "prev", "next"}:
            return
        self.addresses += [value for name, value in attrs if (tag, name) in LOADED and value]


def pages(built: Path) -> Iterator[tuple[Path, str]]:
    yield from ((file, file.read_text(encoding="utf-8")) for file in sorted(built.rglob("*.html")))


def test_every_page_is_in_the_navigation(built: Path) -> None:
    """Whatever lies in docs is found without a search, and is built."""
    entries = re.findall(r"[\w/-]+\.md", str(site.navigation()))
    sources = {file.relative_to(site.DOCS).as_posix() for file in site.DOCS.rglob("*.md")}
    assert sorted(entries) == sorted(sources)
    assert {name for name in sources if not (built / name).with_suffix(".html").exists()} == set()


def test_page_that_nobody_placed_is_in_the_navigation(tmp_path: Path) -> None:
    """A new page of a folder takes its place by itself, one of no folder ends the guides; a heading is a must."""
    for name in ("index", "tutorials/b", "tutorials/a", "stray", "plants/mine"):
        file = tmp_path / f"{name}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"# Page `{name}`\n")
    assert site.navigation(tmp_path) == [
        {"Start": "index.md"},
        {"Tutorials": [{"Page tutorials/a": "tutorials/a.md"}, {"Page tutorials/b": "tutorials/b.md"}]},
        {"How-to guides": [{"Page stray": "stray.md"}]},
        {"Reference": [{"Plants": [{"Page plants/mine": "plants/mine.md"}]}]},
        {"Explanation": []},
    ]
    (tmp_path / "stray.md").write_text("no heading\n")
    with pytest.raises(ValueError, match=r"stray\.md: begins with no heading"):
        site.navigation(tmp_path)


def test_pages_load_nothing_from_another_host(built: Path) -> None:
    """No font, script, style or picture comes from elsewhere; links to follow may."""
    foreign = []
    for file, text in pages(built):
        loads = Loads()
        loads.feed(text)
        foreign += [f"{file.name}: {one}" for one in loads.addresses if FOREIGN.match(one)]
    for file in built.rglob("*.css"):
        foreign += re.findall(r"url\(['\"]?((?:https?:)?//[^)'\"]+)|@import[^;]+", file.read_text())
    assert foreign == []


def test_no_fence_is_shown_as_text(built: Path) -> None:
    """Words behind a fence that the generator cannot read would leave the ticks on the page."""
    assert [file.name for file, text in pages(built) if "```" in text] == []


@pytest.mark.chromium
def test_browser_asks_no_host_and_reports_no_error(built: Path, chromium_program: str) -> None:
    """The start page and one with code, opened as files: whatever scripts do, every request stays on this disk."""
    asked: list[str] = []
    errors: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_program, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        for name in ("index.html", "tutorials/first-upgrade.html"):
            page.goto((built / name).as_uri())
            page.wait_for_load_state("networkidle")
        assert page.locator("h1").inner_text().startswith("Your first upgrade")
        browser.close()
    assert {url.partition(":")[0] for url in asked} <= {"file", "data", "blob"}
    assert errors == []
