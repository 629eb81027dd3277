"""Make docs/reference/twin.md and edge.md from the commands themselves; `make docs` writes them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from edge.cli import app as edge
from tools.markdown_table import code, table
from twin.cli import app as twin

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
PROGRAMS = {"twin": twin, "edge": edge}
_MADE = "<!-- Built by `make docs` from {name}/cli.py: edit the help there. -->\n"


def pages() -> dict[Path, str]:
    """Return a page for each program by file."""
    return {
        PAGES / f"{name}.md": "\n".join(_page(name, app)).rstrip() + "\n" for name, app in PROGRAMS.items()
    }


def commands(name: str) -> dict[str, Any]:
    """Return every command of a program that does something, by the words that call it, in the order of its help."""
    return dict(_leaves(name, typer.main.get_command(PROGRAMS[name])))


def _leaves(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
    else:
        for name, one in inner.items():
            yield from _leaves(f"{words} {name}", one)


def _page(name: str, app: typer.Typer) -> Iterator[str]:
    yield f"# The command `{name}`\n"
    yield _MADE.format(name=name)
    yield f"{app.info.help}\n"
    yield "Exit codes: 0 done, 1 failed, 2 cannot be carried out as written. `--help` shows the same on a terminal.\n"
    every = commands(name)
    yield from table(
        ("command", "does"),
        [(f"[`{words}`](#{words.replace(' ', '-')})", _first(one.help)) for words, one in every.items()],
    )
    for words, one in every.items():
        yield from _command(words, one)


def _first(text: str) -> str:
    return text.partition("\n\n")[0].replace("\n", " ")


def _command(words: str, command: Any) -> Iterator[str]:
    context = command.make_context(words, [], resilient_parsing=True)
    records = [one.get_help_record(context) for one in command.get_params(context) if one.name != "help"]
    yield f"## {words}\n"
    yield f"{command.help}\n"
    shown = [record for record in records if record is not None]
    if shown:
        yield from table(
            ("argument or option", "meaning"), [(code(name), _plain(text)) for name, text in shown]
        )
    if command.epilog:
        before, _, then = command.epilog.removeprefix("Example: ").partition(", then: ")
        yield "```sh"
        yield from filter(None, (before, then))
        yield "```\n"


def _plain(text: str) -> str:
    """Keep what stands in brackets or stars from being read as Markdown."""
    return text.replace("[", "\\[").replace("*", "\\*")
