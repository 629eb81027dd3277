"""The fenced blocks of the documents: language, how the tests run them, text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"^(?:<!-- run: (?P<run>[^>]*) -->\n)?^(?P<ticks>```+)(?P<language>[\w+-]*)(?P<words>[^\n]*)\n"
    r"(?P<text>(?s:.*?))^(?P=ticks)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Fence:
    """A block: where it begins, its language, `run` of the comment above it, its title, its text."""

    file: Path
    line: int
    language: str
    run: str
    title: str
    words: str
    text: str

    @property
    def place(self) -> str:
        """File and line, for messages and test names."""
        return f"{self.file.relative_to(ROOT)}:{self.line}"


def documents() -> list[Path]:
    """Return every document of the project in Markdown."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def fences(file: Path) -> Iterator[Fence]:
    """Yield the blocks of a file in their order."""
    text = file.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start("ticks")) + 1
        title = re.fullmatch(r'\s*title="([^"]*)"\s*', found["words"])
        yield Fence(
            file, line, found["language"], found["run"] or "", title[1] if title else "", found["words"].strip(),
            found["text"],
        )  # fmt: skip
