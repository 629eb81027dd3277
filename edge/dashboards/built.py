"""Where the built dashboards lie: packaged beside this file, in a working tree at its root; and those of others."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

TAG = "smart-factory"  # of every dashboard that is built here
OWN = "own"  # folder of what people build for themselves
Boards: TypeAlias = Mapping[str, Sequence[dict[str, Any]]]
_PACKAGED = Path(__file__).parent / "json"
_BUILD = "build one with python -m edge.dashboards.build FILE.py"
_RENAME = "give the page another one and build it again"
FOLDER = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "dashboards"


def dashboards() -> dict[str, list[dict[str, Any]]]:
    """Return the dashboards by folder, both in the order of their names."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(FOLDER.glob("*/*.json")):
        found.setdefault(file.parent.name, []).append(json.loads(file.read_text(encoding="utf-8")))
    return found


def own(files: Sequence[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return dashboards that people built from pages of their own, as `dashboards` does.

    Raises ValueError for a file that is none of them, or that has the address of one of ours.
    """
    found = []
    for file in files:
        try:
            board = json.loads(file.read_text(encoding="utf-8"))
            ours = TAG in board["tags"] and board["uid"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{file} is no dashboard ({error!r}); {_BUILD}") from error
        if not ours:
            raise ValueError(f"{file} was built by something else: it has no tag {TAG} or no uid; {_BUILD}")
        if board["uid"] in addresses():
            raise ValueError(f"{file}: uid {board['uid']} is that of a dashboard that comes along; {_RENAME}")
        found.append(board)
    return {OWN: found}


def addresses() -> set[str]:
    """Return the addresses of the dashboards that come along."""
    return {board["uid"] for boards in dashboards().values() for board in boards}
