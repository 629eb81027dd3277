"""Dashboards over a plant's history: the store's own points answer every question, as Grafana would ask it.

Two lines of one model fill InfluxDB (the double, or the server of INFLUXDB_URL) through the real engine and the
real encoder, one of them with a fault and an upgrade. Variables are asked in their order, as Grafana does, and filled
with what they answer.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.dashboards.alert import rules
from edge.dashboards.board import Values, boards, filled, panels, questions
from edge.dashboards.build import own
from edge.dashboards.flux_tree import Duration
from edge.health import Flow, Part, Report, State
from edge.health_history import HealthHistory
from edge.outbox import Depth
from edge.remaining_life import Condition
from edge.store import Event
from edge.store.influxdb_setup import Layout
from edge.unit_history import UnitHistory
from tests.docs.fence import ROOT, fences
from tests.edge.dashboards.pair_line import fill
from tests.edge.influx import real
from tests.edge.influx.bench import Bench, bench
from tests.edge.influx.flux import Run
from tests.edge.influx.flux_table import Row, Time

_HOURS = 6
_START = datetime(2026, 3, 3, tzinfo=UTC)
_END = _START + timedelta(hours=_HOURS)
_SECOND = 1_000_000_000
# Panels of which nothing can be seen while nothing is wrong.
_MAY_BE_EMPTY = {"Rules broken"}
_MAY_BE_MISSING = {"warning"}  # no alarm of the toy line is one
_GIVEN: Values = {
    "plant": "press_smart", "baseline": "press", "upgraded": "press_smart", "station": "op10", "tag": "tonnage",
}  # fmt: skip


class History:
    """What the server holds of the two lines; `ask` runs a question as Grafana would send it."""

    def __init__(self, influx: Bench, layout: Layout) -> None:
        self.influx, self.layout = influx, layout

    def ask(self, query: str, end: datetime = _END) -> list[Row]:
        """Return the rows of all results; raises FluxError."""
        end_ns = int(end.timestamp()) * _SECOND
        start, stop = Time(end_ns - _HOURS * 3600 * _SECOND), Time(end_ns)
        double = self.influx.double
        if double is None:
            return real.ask(self.influx.address, query, start, stop)
        measurements = set(re.findall(r'r\._measurement == "(\w+)"', query))

        def series(bucket: str) -> Iterator[tuple[dict[str, str], dict[int, Any]]]:
            # As a server's index would: each question names its measurements, all of them.
            return (one for one in double.series(bucket) if one[0]["_measurement"] in measurements)

        run = Run(series, now_ns=end_ns)
        run.scope["v"] = {
            "timeRangeStart": start, "timeRangeStop": stop, "windowPeriod": Duration(60 * _SECOND),
        }  # fmt: skip
        return [row for tables in run.script(query).values() for table in tables for row in table.rows]

    def values(self, board: Mapping[str, Any]) -> Values:
        """Ask the variables in their order; several values where a person may choose several, else one."""
        found: dict[str, Any] = {"prefix": self.layout.prefix, "datasource": "smart-factory"}
        for variable in board["templating"]["list"]:
            name = variable["name"]
            if variable["type"] == "custom":
                found[name] = variable["current"]["value"]
            if variable["type"] != "query":
                continue
            answers = sorted({row["_value"] for row in self.ask(filled(variable["query"], found))})
            assert answers, name
            assert all(isinstance(one, str) for one in answers), name
            wanted = _GIVEN.get(name)
            assert wanted is None or wanted in answers, (name, answers)
            found[name] = answers if variable["multi"] else wanted or answers[0]
        return found


@pytest.fixture(scope="module")
def history() -> Iterator[History]:
    with bench() as influx:
        yield from _filled(influx)


def _filled(influx: Bench) -> Iterator[History]:
    layout = influx.layout()
    store = influx.store(layout)
    first = int(_START.timestamp() * 1000)
    fill(store, "press", first - 60_000, _START, 1)  # an older epoch, which told the first hour too
    fill(store, "press", first, _START, _HOURS)
    line = fill(
        store, "press_smart", first + 1, _START, _HOURS, ("op20/fault_blunt_die", "line/upgrade_dies")
    )
    store.record([
        Event(first + 60_000, f"{line}/op10", "command", "info", "tonnage asked for"),
        Event(first + 60_000, line, "system", "warning", "noted"),
    ])  # fmt: skip
    report = Report(
        parts=[Part("store", State.OK, ""), Part("disk", State.DEGRADED, "little room")],
        flows=[Flow("press", "online", 1.0, 0, Depth(0, 0, 0.0), 0, 0, 0, 0, {})],
    )
    HealthHistory(store, lambda: report, clock=lambda: _END.timestamp() - 30.0).tell()
    (smart,) = (one for one in store.declarations() if one.plant == "press_smart")
    die = Condition(
        tag="tonnage", upgrade=smart.upgrades[0], healthy=8.0, failed=10.0, reading=9.0, life=(7200.0, 600.0),
        acts=True, since_ms=None,
    )  # fmt: skip
    UnitHistory(
        store, lambda plant, unit, *_: [die] if unit.name == "op10" and plant == smart else [], store.tell
    ).look()
    yield History(influx, layout)
    store.close()


@pytest.mark.parametrize("board", boards(), ids=[board["uid"] for board in boards()])
def test_every_question_has_an_answer_with_what_the_panel_shows(
    history: History, board: dict[str, Any]
) -> None:
    """Rows for every panel and mark; every column that has a heading or a unit has a value in some row."""
    values = history.values(board)
    for where, query in questions(board):
        if where.startswith("marks"):
            rows = history.ask(filled(query, values))
            assert rows, where
            assert all({"_time", "text"} <= row.keys() for row in rows)
    for panel in panels(board):
        answers = [history.ask(filled(one["query"], values)) for one in panel.get("targets", ())]
        assert all(answers) or panel["title"] in _MAY_BE_EMPTY, panel["title"]
        if panel["type"] == "table":
            seen = {
                name for rows in answers for row in rows for name, value in row.items() if value is not None
            }
            shaped = {one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]}
            assert not any(answers) or shaped - _MAY_BE_MISSING <= seen, (panel["title"], shaped - seen)


def test_page_of_the_tutorial_has_answers(history: History, tmp_path: Path) -> None:
    """Figure, values beside their limits and stops of the dashboard that a reader builds, over six hours of a line."""
    (page,) = (
        block.text for block in fences(ROOT / "docs" / "tutorials" / "first-dashboard.md") if block.title
    )
    file = tmp_path / "page.py"
    file.write_text(page.replace("cushion_deviation", "tonnage"))  # what the toy line measures
    board = json.loads(own(file))
    values = history.values(board)
    for panel in panels(board):
        for target in panel["targets"]:
            assert history.ask(filled(target["query"], values)), panel["title"]


def test_tile_shows_what_the_store_told_of_the_newest_complete_window(history: History) -> None:
    """OEE on the page equals A·E·Q of its own arithmetic, and that of the figure's stored inputs."""
    (plant,) = (one for one in boards() if one["uid"] == "sf-plant")
    values = history.values(plant)
    by_title = {panel["title"]: panel["targets"][0]["query"] for panel in panels(plant)}
    (tile,) = history.ask(filled(by_title["OEE"], values))
    newest = history.ask(filled(by_title["The arithmetic"], values))[0]
    assert newest["_time"].ns == int((_END - timedelta(hours=1)).timestamp()) * _SECOND
    product = newest["availability"] * newest["effectiveness"] * newest["quality_ratio"]
    assert tile["oee_index"] == newest["oee_index"] == pytest.approx(product)
    assert newest["availability"] == pytest.approx(newest["availability:APT"] / newest["availability:PBT"])


def test_losses_add_up_to_the_planned_time(history: History) -> None:
    """What the loss panel shows and the fully effective time are the planned busy time of the range."""
    (board,) = (one for one in boards() if one["uid"] == "sf-losses")
    values = history.values(board)
    by_title = {panel["title"]: panel["targets"][0]["query"] for panel in panels(board)}
    lost = sum(row["_value"] for row in history.ask(filled(by_title["Planned time lost, by loss"], values)))
    windows = history.ask(filled(by_title["Planned time by window"], values))
    assert lost == pytest.approx(
        sum(value for row in windows for name, value in row.items() if name.startswith("loss/")), rel=1e-6
    )
    whole = lost + sum(row["fully_effective_time"] for row in windows)
    assert 0.5 * _HOURS * 3600 < whole <= _HOURS * 3600


def test_newer_epoch_replaces_what_an_older_one_told(history: History) -> None:
    """Pages follow the newest epoch of each plant: the hour that two of them told is shown once."""
    (board,) = (one for one in boards() if one["uid"] == "sf-fleet")
    values = history.values(board)
    assert len(values["epochs"]) == 2
    by_title = {panel["title"]: panel["targets"][0]["query"] for panel in panels(board)}
    told = [(row["plant"], row["_time"].ns) for row in history.ask(filled(by_title["OEE"], values))]
    assert len(told) == len(set(told)) == 2 * _HOURS
    both = filled(
        by_title["OEE"],
        {**values, "epochs": [*values["epochs"], str(int(_START.timestamp()) * 1000 - 60_000)]},
    )
    assert len(history.ask(both)) == 2 * _HOURS + 1


def test_rules_judge_each_plant_by_its_own_past(history: History) -> None:
    """Silence grows with the time since the last minute; OEE and power are told as a ratio to what was before."""
    silence, oee, peak = (
        rule["data"][0]["model"]["query"].replace("factory_", f"{history.layout.prefix}_") for rule in rules()
    )
    for late in (0, 600):
        told = {row["plant"]: row["_value"] for row in history.ask(silence, _END + timedelta(seconds=late))}
        assert told == {"press": 60.0 + late, "press_smart": 60.0 + late}
    for query in (oee, peak):
        told = {row["plant"]: row["_value"] for row in history.ask(query)}
        assert set(told) == {"press", "press_smart"}
        assert all(0.1 < value < 3.0 for value in told.values())
