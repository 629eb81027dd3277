"""Every relative link of the documents names a file that exists, and every anchor a heading of it."""

import re
from pathlib import Path

import pytest

from tests.docs.fence import ROOT, documents

LINK = re.compile(r"\]\(\s*<?([^()\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
CODE = re.compile(r"^(```+)(?s:.*?)^\1[^\n]*$|`[^`\n]*`", re.MULTILINE)


def prose(file: Path) -> str:
    """Return a document without code, which may hold brackets of its own."""
    return CODE.sub("", file.read_text(encoding="utf-8"))


def anchors(file: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    found: set[str] = set()
    text = re.sub(r"^(```+)(?s:.*?)^\1[^\n]*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for heading in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        number = 0
        while (f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(f"{slug}-{number}" if number else slug)
    return found


def broken(file: Path) -> list[str]:
    """Return the links of a document that lead nowhere."""
    wrong = []
    for target in LINK.findall(prose(file)):
        if "://" in target or target.startswith("mailto:"):
            continue
        place, _, anchor = target.partition("#")
        other = (file.parent / place).resolve() if place else file
        if not other.exists() or ROOT not in other.parents:
            wrong.append(f"{target}: no such file")
        elif anchor and (other.suffix != ".md" or anchor not in anchors(other)):
            wrong.append(f"{target}: no such heading")
    return wrong


@pytest.mark.parametrize("file", documents(), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(file: Path) -> None:
    assert broken(file) == []


def test_a_broken_link_and_a_broken_anchor_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test can fail: a file that is not there, a heading that is not there, code that is no link."""
    monkeypatch.setattr("tests.docs.test_links.ROOT", tmp_path)
    (tmp_path / "other.md").write_text("# A & B\n\n## Twice\n\n## Twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md#a--b) [b](other.md#twice-1) [c](gone.md) [d](other.md#gone) `[e](gone.md)`\n\n"
        "```\n[f](gone.md)\n```\n![g](gone.png) [h](https://example.org/x)\n"
    )
    assert broken(page) == [
        "gone.md: no such file", "other.md#gone: no such heading", "gone.png: no such file",
    ]  # fmt: skip


def test_start_page_shows_every_plant() -> None:
    """docs/index.md links the page of each plant that there is."""
    page = (ROOT / "docs" / "index.md").read_text()
    plants = {file.name for file in (ROOT / "docs" / "plants").glob("*.md")} - {"sources.md"}
    assert {name for name in plants if f"(plants/{name})" not in page} == set()
