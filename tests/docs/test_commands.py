"""Command lines of the documents are written as the programs take them: commands, options, targets, modules exist."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.fence import ROOT, documents, fences
from tools.command_page import commands

SHELLS = {"", "sh", "bash", "console"}
COMMANDS = commands("twin") | commands("edge")
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
VARIABLES = set(re.findall(r"\$\(?(?:if \$\()?([A-Z]+)\)", MAKEFILE)) | {"PYTHON"}


def command_lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines in blocks of shell, and in blocks that are indented."""
    for fence in fences(file):
        if fence.language in SHELLS:
            text = fence.text.replace("\\\n", "  ")
            yield from ((fence.line, line.strip().removeprefix("$ ")) for line in text.splitlines())
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("    "):
            yield number, line.strip()


def calls(line: str) -> Iterator[list[str]]:
    """Yield the words of each call of a line that begins with a program of ours, comments left out."""
    if not re.match(r"(?:\.venv/bin/)?(?:twin|edge|make|python)\b", line):
        return
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set(";&|"):
            if words:
                yield words
            words = []
        elif not (words and words[-1] == ">"):  # what comes out is no business of the program
            words.append(word)


def problem(words: list[str]) -> str:
    """Return what is wrong with a call, empty when it would be taken as it stands."""
    program, *rest = words
    rest = [word for word in rest if word not in {"…", ">"}]
    match program.rpartition("/")[2]:
        case "make":
            return _make(rest)
        case "python":
            return _python(rest)
        case name:
            return _ours(name, rest)


def _make(words: list[str]) -> str:
    unknown = [word for word in words if "=" not in word and word not in TARGETS]
    unknown += [word for word in words if "=" in word and word.partition("=")[0] not in VARIABLES]
    return f"make knows no {', '.join(unknown)}" if unknown else ""


def _python(words: list[str]) -> str:
    if words[0] == "-m":
        return "" if importlib.util.find_spec(words[1]) else f"no module {words[1]}"
    return "" if (ROOT / words[0]).is_file() else f"no file {words[0]}"


def _ours(name: str, words: list[str]) -> str:
    depth = next((n for n in (3, 2, 1) if " ".join([name, *words[:n]]) in COMMANDS), 0)
    if not depth:
        return f"{name} has no command {' '.join(words[:2])}"
    called, rest = " ".join([name, *words[:depth]]), words[depth:]
    if "--help" in rest:
        return ""
    command: Any = COMMANDS[called]
    try:
        command.make_context(called, list(rest))
    except Exception as error:  # noqa: BLE001 (whatever the parser says is what a reader would be told)
        return f"{called}: {getattr(error, 'message', '') or error!r}".lower()
    return ""


LINES = [
    pytest.param(words, id=f"{file.relative_to(ROOT)}:{number} {' '.join(words)[:60]}")
    for file in documents()
    for number, line in command_lines(file)
    for words in calls(line)
]


@pytest.mark.parametrize("words", LINES)
def test_command_would_be_taken(words: list[str]) -> None:
    assert problem(words) == ""


def test_documents_hold_commands() -> None:
    """The search for commands finds them: at least as many as the README and the guides obviously have."""
    programs = [param.values[0][0] for param in LINES]  # type: ignore[index]
    assert min(programs.count(name) for name in ("twin", "edge", "make")) >= 5


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("twin compare stamping --upgrade smed", "twin compare: "),
        ("twin demonstrate", "twin has no command"),
        ("edge map check", "edge map check: "),
        ("twin survey --projects many", "twin survey: "),
        ("make demos", "make knows no demos"),
        ("make demo PLANS=all", "make knows no PLANS=all"),
        ("python -m tools.nothing", "no module"),
        ("twin list | head; edge verifies", "edge has no command verifies"),
    ],
)
def test_wrong_command_is_found(line: str, told: str) -> None:
    """The test can fail: options, commands, values, targets and modules that are not there."""
    assert told in "; ".join(filter(None, map(problem, calls(line))))
