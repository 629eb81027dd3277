"""The site of the documentation: every page is in it, every link holds, and it fetches nothing from anywhere."""

import re
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import sync_playwright

from tools import site

pytestmark = pytest.mark.timeout(600)  # the generator may have to be installed first

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


class SilentHandler(SimpleHTTPRequestHandler):
    """Serves files and keeps quiet."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(built: Path) -> Iterator[str]:
    """The address of the site on this machine."""
    handler = partial(SilentHandler, directory=built)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.chromium
def test_reader_finds_a_page_and_nothing_leaves_this_host(
    served: str, built: Path, chromium_program: str
) -> None:
    """The search answers, no other host is asked, and a page opens as a file too."""
    asked: list[str] = []
    errors: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_program, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{served}/index.html")
        page.wait_for_load_state("networkidle")
        page.keyboard.press("Control+k")
        page.keyboard.type("advises")
        page.get_by_text(re.compile(r"^[1-9]\d* results?$")).wait_for()
        page.goto((built / "tutorials" / "first-upgrade.html").as_uri())
        page.wait_for_load_state("networkidle")
        assert page.locator("h1").inner_text().startswith("Your first upgrade")
        browser.close()
    assert {url for url in asked if not url.startswith((served, "file:", "data:", "blob:"))} == set()
    assert errors == []
