"""Where the built dashboards lie: packaged beside this file, in a working tree at its root."""

import json
from pathlib import Path
from typing import Any

_PACKAGED = Path(__file__).parent / "json"
FOLDER = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "dashboards"


def dashboards() -> dict[str, list[dict[str, Any]]]:
    """Return the dashboards by folder, both in the order of their names."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(FOLDER.glob("*/*.json")):
        found.setdefault(file.parent.name, []).append(json.loads(file.read_text(encoding="utf-8")))
    return found
