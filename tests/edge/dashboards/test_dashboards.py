"""Dashboards: up to date, whole, and every question about something that the store writes."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from edge.dashboards import oee
from edge.dashboards.board import EXAMPLES, boards, filled, names, panels, problems, questions, texts
from edge.dashboards.build import ALERTS, alerts, built
from edge.dashboards.built import FOLDER
from edge.dashboards.flux_reader import read
from edge.dashboards.flux_tree import Call, Literal, Name
from edge.dashboards.proof import Wrong, prove

BOARDS = boards()
_UNITS = {
    "percentunit",
    "kwatt",
    "kwatth",
    "s",
    "short",
    "string",
    "dateTimeAsIso",
    "masskg",
    "none",
    "suffix: CNY",
}
_ASKING = {"stat", "timeseries", "table", "state-timeline", "barchart"}
_every = pytest.mark.parametrize("board", BOARDS, ids=[board["uid"] for board in BOARDS])


def test_files_are_what_is_built() -> None:
    """`python -m edge.dashboards.build` would change nothing."""
    there = {file.relative_to(FOLDER): file.read_text(encoding="utf-8") for file in FOLDER.glob("*/*.json")}
    assert there == built()
    assert ALERTS.read_text(encoding="utf-8") == alerts()


def test_addresses_are_unique_and_short() -> None:
    addresses = [board["uid"] for board in BOARDS]
    assert len(addresses) == len(set(addresses)) == len({board["title"] for board in BOARDS})
    assert all(re.fullmatch(r"sf-[a-z-]{1,37}", one) for one in addresses)


@_every
def test_panels_have_numbers_places_units_and_thresholds(board: dict[str, Any]) -> None:
    """Numbers are unique, the grid is 24 wide and nothing overlaps; whatever asks has a unit and begins with grey."""
    found = panels(board)
    assert len({panel["id"] for panel in found}) == len(found)
    taken: set[tuple[int, int]] = set()
    for panel in found:
        place = panel["gridPos"]
        assert place["w"] > 0
        assert place["x"] + place["w"] <= 24
        cells = {
            (place["x"] + column, place["y"] + row)
            for column in range(place["w"])
            for row in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] not in _ASKING:
            assert panel["type"] in ("text", "dashlist")
            continue
        assert panel["title"]
        assert panel["targets"]
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"] in _UNITS, panel["title"]
        steps = defaults["thresholds"]["steps"]
        assert steps[0] == {"value": None, "color": "#8e8e8e"}
        assert [step["value"] for step in steps[1:]] == sorted(step["value"] for step in steps[1:])
        for override in panel["fieldConfig"]["overrides"]:
            units = [one["value"] for one in override["properties"] if one["id"] == "unit"]
            assert set(units) <= _UNITS, panel["title"]


@_every
def test_every_variable_is_defined_before_it_is_used(board: dict[str, Any]) -> None:
    """Chained variables use those above them; whatever stands in a panel, a link or a mark is defined, and used."""
    defined: list[str] = []
    for variable in board["templating"]["list"]:
        asked = variable["query"] if variable["type"] == "query" else ""
        assert names(asked) <= set(defined), variable["name"]
        defined.append(variable["name"])
    assert len(defined) == len(set(defined))
    used = {name for text in texts(board) for name in names(text)}
    assert used == set(defined)
    assert set(defined) <= set(EXAMPLES)


@_every
def test_every_question_is_about_what_the_store_writes(board: dict[str, Any]) -> None:
    """Bucket, measurement, fields, tags and columns of each question are proven against the schema.

    A heading, unit or link for a column that the question does not give would never be seen: none is left.
    """
    assert problems(board) == []


@_every
def test_links_lead_to_dashboards_that_are_there(board: dict[str, Any]) -> None:
    """A drill-down names a dashboard and variables that it has."""
    variables = {one["uid"]: {each["name"] for each in one["templating"]["list"]} for one in BOARDS}
    for text in texts(board):
        if text.startswith("/d/"):
            uid, _, rest = text.removeprefix("/d/").partition("?")
            assert uid in variables, text
            assert set(re.findall(r"var-(\w+)=", rest)) <= variables[uid], text


@_every
def test_sdk_reads_back_what_was_built(board: dict[str, Any]) -> None:
    """What the SDK knows of a dashboard survives reading and writing."""
    register_default_plugins()
    ours = json.loads(json.dumps(board))
    for marks in ours["annotations"]["list"]:
        del marks["target"]  # the SDK types it as a question to Grafana itself
    again = json.loads(json.dumps(Dashboard.from_json(ours), cls=JSONEncoder))
    _drop(again, "placement", "inControlsMenu")
    assert _without_none(again) == _without_none(ours)


def _drop(node: Any, name: str, value: str) -> None:
    if isinstance(node, dict) and node.get(name) == value:
        del node[name]
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _drop(one, name, value)


def _without_none(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_none(one) for name, one in node.items() if one is not None or name == "value"}
    return [_without_none(one) for one in node] if isinstance(node, list) else node


@_every
def test_no_constant_stands_in_place_of_a_value(board: dict[str, Any]) -> None:
    """A question holds no number but how many rows it shows, 0 and 1 to compare with, and a billion ns in a second."""
    for where, query in questions(board):
        script = read(filled(query, EXAMPLES))
        numbers = [one for _, expression in script.statements for one in _numbers(expression)]
        assert set(numbers) <= {0, 1, 1_000_000_000}, (where, numbers)


def _numbers(node: Any) -> Iterator[float]:
    """Yield the numbers of an expression, without those that `limit` and `time` take."""
    match node:
        case Call(Name("limit" | "time"), _):
            return
        case Literal(value=int() | float() as value) if not isinstance(value, bool):
            yield value
        case tuple() | list():
            for one in node:
                yield from _numbers(one)
        case dict():
            yield from _numbers(list(node.values()))
        case _ if is_dataclass(node):
            yield from _numbers([getattr(node, one.name) for one in fields(node)])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("factory_results", "factory_raw", "not in factory_raw"),
        ("factory_results", "other_results", "bucket other_results"),
        ('"kpi"', '"kpis"', "measurement"),
        ('"oee_index"', '"oee"', "no field"),
        ("r.unit", "r.station", "'station' is not there"),
        ('"1h"', '"2h"', "window is never '2h'"),
        ('"_time", "oee_index"', '"_time", "oee"', "columns \\['oee'\\] are not there"),
        ("  |> group()", "  |> window(every: 1h)", "not among those"),
        ("r.complete", "r.whole", "'whole' is not there"),
        ("v.timeRangeStop", "v.timeRangeEnd", "not filled in"),
    ],
)
def test_checker_catches_what_it_is_for(old: str, new: str, words: str) -> None:
    """A renamed bucket, measurement, field, tag, window or column is found in a question that was right."""
    query = filled(oee.newest("oee_index", "OEE").build().targets[0].query, EXAMPLES)
    prove(query)
    assert old in query
    with pytest.raises(Wrong, match=words):
        prove(query.replace(old, new))
