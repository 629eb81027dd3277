"""Dashboards as files, and their questions with the variables filled in as Grafana would."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from edge.dashboards.built import dashboards

Values = Mapping[str, str | Sequence[str]]
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}")
# What stands for a variable where nothing is asked: a plausible value.
EXAMPLES: Values = {
    "datasource": "smart-factory", "prefix": "factory", "plant": "stamping",
    "epoch": "1767225600000", "unit": ["op10", "op20"],
    "plants": ["stamping", "aluminium"], "epochs": ["1767225600000", "1767225600001"], "window": "1h",
    "baseline": "stamping", "baseline_epoch": "1767225600000", "upgraded": "stamping_smart",
    "upgraded_epoch": "1767225600001", "tag": "tonnage", "station": "op10",
}  # fmt: skip


def boards() -> list[dict[str, Any]]:
    """Return every built dashboard."""
    return [board for folder in dashboards().values() for board in folder]


def panels(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the panels."""
    return list(board["panels"])


def questions(board: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield where a question stands and its text: of variables, marks and panels, in the order they are asked."""
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["query"]
    for marks in board["annotations"]["list"]:
        yield f"marks {marks['name']}", marks["target"]["query"]
    for panel in panels(board):
        for target in panel.get("targets", ()):
            yield f"panel {panel['id']} {panel['title']}", target["query"]


def names(text: str) -> set[str]:
    """Return the variables that a text uses, without Grafana's own."""
    return {name for name, _ in _VARIABLE.findall(text) if not name.startswith("__")}


def filled(text: str, values: Values) -> str:
    """Fill in variables; several values are for patterns alone. Raises KeyError for an unknown one."""

    def value(found: re.Match[str]) -> str:
        given, how = values[found[1]], found[2]
        if how == "regex":
            many = [given] if isinstance(given, str) else given
            escaped = [re.escape(one).replace("/", "\\/").replace("\\-", "-") for one in many]
            return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
        if how or not isinstance(given, str):
            raise ValueError(f"{found[0]} cannot be filled with {given!r}")
        return given

    return _VARIABLE.sub(value, text)
