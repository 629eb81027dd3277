"""A built dashboard: its panels, its questions with the variables filled in as Grafana would, what is wrong with it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from edge.dashboards.built import dashboards
from edge.dashboards.flux_tree import FluxError
from edge.dashboards.proof import Wrong, prove

Values = Mapping[str, str | Sequence[str]]
_LABEL = re.compile(r"\$\{__(?:field\.labels|data\.fields)\.(\w+)\}")
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
            yield _place(panel), target.get("query", "")


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


def problems(board: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a dashboard, in words that name the panel, variable or mark.

    Found are questions about what the store never writes, columns that no answer has, variables that the page has not.
    Not found is a unit or tag that a plant does not declare: nobody can know that here.
    """
    found = []
    values = {one["name"]: EXAMPLES.get(one["name"], one["name"]) for one in board["templating"]["list"]}
    given: dict[str, set[str]] = {}
    for where, query in questions(board):
        try:
            streams = prove(filled(query, values))
        except KeyError as error:
            found.append(f"{where}: variable {error} is not among those of the page")
        except (Wrong, FluxError, ValueError) as error:
            found.append(f"{where}: {error}")
        else:
            given.setdefault(where, set()).update(*(stream.columns for stream in streams))
    for panel in panels(board):
        columns = given.get(_place(panel))
        if columns is not None:
            missing = sorted(_shaped(panel) - columns)
            found += [
                f"{_place(panel)}: no column {name!r} in its answer: {sorted(columns)}" for name in missing
            ]
    return found


def _place(panel: Mapping[str, Any]) -> str:
    return f"panel {panel['id']} {panel['title']}"


def _shaped(panel: Mapping[str, Any]) -> set[str]:
    """Return the columns that a panel names: with a heading, a unit, a label, as what its bars are called."""
    config = panel.get("fieldConfig") or {}
    matchers = [one["matcher"] for one in config.get("overrides", ())]
    named = {one["options"] for one in matchers if one["id"] == "byName"}
    if panel["type"] == "barchart":
        named.add(panel["options"]["xField"])
    return named | {name for text in texts(panel) for name in _LABEL.findall(text)}


def texts(node: Any) -> Iterator[str]:
    """Yield every text of a dashboard or a part of it."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for one in node.values() if isinstance(node, dict) else node:
            yield from texts(one)
