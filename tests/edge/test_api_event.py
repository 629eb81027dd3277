"""Events through the API: filters, pages by cursor, acknowledgements that last, exports of exactly what is listed."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from edge.api.access import Role
from edge.api.event_query import EventFilter, EventQuery, event_id
from edge.api.query import Query
from edge.api.time_range import TimeRange, rfc3339
from edge.audit import Audit
from edge.loops import scope
from edge.store import Event
from edge.store.memory import MemoryStore
from tests.edge.api_bench import BASE, TOKENS, Bench
from tests.edge.filled_store import Filler, filled

OPERATOR = {"Authorization": f"Bearer {TOKENS[Role.OPERATOR]}"}
EVENTS = f"{BASE}/events"


@pytest.fixture
def line() -> tuple[MemoryStore, Filler]:
    store, filler = filled(180)
    assert isinstance(store, MemoryStore)
    return store, filler


def place(bench: Bench, name: str = "op10") -> str:
    return bench.filler.declaration.unit(name).path


def happen(bench: Bench, *events: tuple[int, str, str]) -> list[str]:
    """Let alarms of op10 happen: (ms before now, kind, tag); return their ids."""
    now = bench.filler.run.now_ms
    made = [
        Event(now - ago, place(bench), kind, "warning", f"{kind} of {tag}", tag, 1.0)
        for ago, kind, tag in events
    ]
    bench.store.record(made)
    return [event_id(event) for event in made]


async def all_pages(bench: Bench, limit: int, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    before = ""
    while True:
        page = await bench.get(EVENTS, start="-4h", limit=limit, before=before, **parameters)
        assert page["count"] == len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        before = page["next"]


@pytest.mark.parametrize("limit", [1, 7, 1000])
async def test_pages_by_cursor_give_every_event_once_however_long_they_are(bench: Bench, limit: int) -> None:
    """Events of one millisecond are not lost between two pages either."""
    happen(bench, *((1000, "alarm", f"tag_{number}") for number in range(20)))
    found = await all_pages(bench, limit, loops=True)
    stored = bench.store.events(bench.filler.declaration.line_path, 0, 2**62, 10_000)
    assert [one["id"] for one in found] == sorted(
        {event_id(event) for event in stored},
        key=lambda key: (-int(key.partition("-")[0]), key.partition("-")[2]),
    )


async def test_filters_let_pass_what_they_name_alone(bench: Bench) -> None:
    happen(bench, (900, "alarm", "oil"), (800, "clear", "oil"), (700, "alarm", "water"))
    found = await bench.get(EVENTS, kind="alarm", text="OIL", start="-3h")
    assert [one["text"] for one in found["items"]] == ["alarm of oil"]
    units = {one["unit"] for one in (await bench.get(EVENTS, scope="op20", start="-3h"))["items"]}
    assert units == {"op20"}
    severe = await bench.get(EVENTS, severity="critical", start="-3h")
    assert {one["severity"] for one in severe["items"]} == {"critical"}


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"kind": "alarms"}, "kind: alarms is unknown; known: alarm, clear"),
        ({"severity": "bad"}, "severity: bad"),
        ({"before": "yesterday"}, "before: 'yesterday' is no event"),
        ({"scope": "op99"}, "op99"),
    ],
)
async def test_what_cannot_be_asked_is_a_problem_that_says_why(
    bench: Bench, parameters: dict[str, str], told: str
) -> None:
    found = await bench.get(EVENTS, 404 if "scope" in parameters else 422, **parameters)
    assert told in found["detail"]


async def test_rare_filter_looks_at_so_many_events_and_goes_on_from_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is bounded work: it may be empty and yet name the next one."""
    monkeypatch.setattr("edge.api.event_query.LOOKED_AT", 5)
    happen(bench, *((10_000 * number, "alarm", f"tag_{number}") for number in range(1, 40)))
    first = await bench.get(EVENTS, text="tag_39", start="-3h")
    assert (first["items"], first["next"] is None) == ([], False)
    assert [one["tag"] for one in await all_pages(bench, 10, text="tag_39")] == ["tag_39"]


async def test_alarm_is_active_until_its_tag_is_clear(bench: Bench) -> None:
    happen(bench, (900, "alarm", "oil"), (800, "clear", "oil"), (700, "alarm", "water"))

    async def active() -> dict[str, Any]:
        found = await bench.get(EVENTS, start="-1m")
        return {f"{one['kind']} {one['tag']}": one["active"] for one in found["items"]}

    before = await active()
    assert (before["alarm oil"], before["clear oil"], before["alarm water"]) == (False, None, True)
    happen(bench, (600, "clear", "water"))
    assert (await active())["alarm water"] is False


async def test_alarm_that_is_told_late_is_active_too(bench: Bench) -> None:
    """Units tell the same moment one after the other: what is older than the newest known is not passed over."""
    happen(bench, (1_000, "alarm", "oil"))
    assert [one["active"] for one in (await bench.get(EVENTS, start="-1m"))["items"]] == [True]
    happen(bench, (60_000, "alarm", "water"), (5_000, "clear", "air"), (6_000, "alarm", "air"))
    found = (await bench.get(EVENTS, start="-2m", kind="alarm"))["items"]
    assert {one["tag"]: one["active"] for one in found if one["scope"] == place(bench)} == {
        "oil": True, "water": True, "air": False,
    }  # fmt: skip


@pytest.mark.parametrize("newest_first", [True, False])
async def test_what_stands_does_not_depend_on_the_pages_seen_before(bench: Bench, newest_first: bool) -> None:
    """Older pages look further back, newer ones further on: each alarm stands as the whole history says."""
    story = [
        (1000 * at, "alarm" if (at * 7 + tag) % 3 else "clear", f"tag_{tag}")
        for at in range(1, 60)
        for tag in (at % 5, 5 + at % 3)
    ]
    happen(bench, *sorted(story, reverse=True))
    newest: dict[tuple[str, str], str] = {}
    for event in bench.store.events(bench.filler.declaration.line_path, 0, 2**62, 10_000):
        if event.kind in ("alarm", "clear"):
            newest.setdefault((event.scope, event.tag), event_id(event))
    expected = set(newest.values())
    ids = [one["id"] for one in await all_pages(bench, 1000)]
    query = EventQuery(bench.query, bench.audit)
    span = TimeRange(0, bench.filler.run.now_ms + 1)
    for before in ["", *ids[::9]] if newest_first else [*ids[::-9], ""]:
        for one in query.page(bench.filler.declaration, span, EventFilter(), before=before, limit=7)["items"]:
            assert one["active"] is (None if one["kind"] != "alarm" else one["id"] in expected)


async def test_action_tells_its_reason_and_what_came_of_it(bench: Bench) -> None:
    """Of two alike, the effect belongs to the one that was decided then."""
    now = bench.filler.run.now_ms
    where = scope("toy_line", "offsets")
    bench.store.record([
        Event(now - 9000, where, "action", "info", "op10/x = 2: dead band 0.5", "op10/x", 2.0),
        Event(now - 5000, where, "action", "info", "op10/x = 2: Nelson rule 1", "op10/x", 2.0),
        Event(now - 1000, where, "effect", "info", f"op10/x = 2, decided {rfc3339(now - 5100)}: from 4 to 1"),
    ])  # fmt: skip
    found = (await bench.get(EVENTS, loops=True, kind="action", start="-1m"))["items"]
    assert [(one["text"], one["effect"], one["unit"]) for one in found] == [
        ("op10/x = 2: Nelson rule 1", "from 4 to 1", "offsets"), ("op10/x = 2: dead band 0.5", "", "offsets"),
    ]  # fmt: skip
    assert (await bench.get(EVENTS, kind="action", start="-1m"))["items"] == []


async def test_acknowledgement_is_kept_with_who_when_and_a_row_of_the_audit(bench: Bench) -> None:
    (key,) = happen(bench, (900, "alarm", "oil"))
    asked = {"ids": [key], "note": "seen at the press"}
    found = await bench.client.post(f"{EVENTS}/acknowledge", json=asked, headers=OPERATOR)
    assert (found.status_code, found.json()) == (200, {"acknowledged": 1, "known": 0})
    again = await bench.client.post(f"{EVENTS}/acknowledge", json=asked, headers=OPERATOR)
    assert again.json() == {"acknowledged": 0, "known": 1}
    (item,) = (await bench.get(EVENTS, text="oil", start="-1m"))["items"]
    assert (item["acknowledged"]["who"], item["acknowledged"]["note"]) == ("operator", "seen at the press")
    (row,) = bench.audit.page()
    assert (row.action, row.who, row.plant, row.target, row.status) == (
        "acknowledge",
        "operator",
        "toy_line",
        key,
        200,
    )


async def test_who_may_not_write_acknowledges_nothing(bench: Bench) -> None:
    (key,) = happen(bench, (900, "alarm", "oil"))
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {TOKENS[Role.VIEWER]}"}, 403)):
        found = await bench.client.post(f"{EVENTS}/acknowledge", json={"ids": [key]}, headers=headers)
        assert found.status_code == status
    assert bench.audit.acknowledged("toy_line", [key]) == {}


async def test_what_never_happened_is_not_acknowledged(bench: Bench) -> None:
    (key,) = happen(bench, (900, "alarm", "oil"))
    wrong = f"{key.partition('-')[0]}-0123456789ab"
    found = await bench.client.post(f"{EVENTS}/acknowledge", json={"ids": [key, wrong]}, headers=OPERATOR)
    assert found.status_code == 404
    assert bench.audit.acknowledged("toy_line", [key]) == {}


async def test_csv_holds_exactly_what_the_same_page_lists(bench: Bench) -> None:
    happen(bench, (900, "alarm", "=oil"), (800, "clear", "=oil"))
    bench.store.record([Event(bench.filler.run.now_ms - 1, place(bench), "system", "info", "=1+1", "", None)])
    parameters = {"start": "-3h", "limit": "5"}
    listed = (await bench.get(EVENTS, **parameters))["items"]
    found = await bench.client.get(EVENTS, params=parameters | {"format": "csv"})
    assert found.headers["content-type"].startswith("text/csv")
    assert found.headers["content-disposition"] == 'attachment; filename="events_toy_line.csv"'
    rows = list(csv.DictReader(io.StringIO(found.text, newline="")))
    assert [row["id"] for row in rows] == [one["id"] for one in listed]
    assert [(row["time"], row["kind"]) for row in rows] == [(one["time"], one["kind"]) for one in listed]
    # what a spreadsheet would compute is text
    assert rows[0]["text"] == "'=1+1"


def test_acknowledgement_survives_a_restart_and_the_first_one_stays(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "audit.sqlite")
    assert audit.acknowledge(5, "operator", "127.0.0.1", "toy_line", ["1-a", "2-b", "1-a"], "first") == [
        "1-a",
        "2-b",
    ]
    audit.close()
    again = Audit(tmp_path / "audit.sqlite")
    assert again.acknowledge(9, "admin", "127.0.0.1", "toy_line", ["1-a", "3-c"], "later") == ["3-c"]
    known = again.acknowledged("toy_line", ["1-a", "2-b", "3-c", "4-d"])
    assert {key: (one.who, one.note) for key, one in known.items()} == {
        "1-a": ("operator", "first"), "2-b": ("operator", "first"), "3-c": ("admin", "later"),
    }  # fmt: skip
    assert again.acknowledged("other_line", ["1-a"]) == {}
    again.close()


def test_acknowledgements_are_bounded_like_the_audit() -> None:
    audit = Audit(most=10)
    for number in range(30):
        audit.acknowledge(number, "operator", "", "toy_line", [f"{number}-a"], "")
    keys = [f"{number}-a" for number in range(30)]
    assert sorted(audit.acknowledged("toy_line", keys)) == sorted(keys[-10:])


def test_mark_changes_with_every_event_and_acknowledgement() -> None:
    store, filler = filled(5)
    audit = Audit()
    query = Query(store, clock_ms=lambda: filler.run.now_ms)
    events, declaration = EventQuery(query, audit), filler.declaration
    span = TimeRange(0, filler.run.now_ms)
    marks = [events.mark(declaration, span)]
    for change in (
        lambda: store.record(
            [Event(span.end_ms - 1, declaration.units[1].path, "alarm", "warning", "hot", "t")]
        ),
        lambda: store.record(
            [Event(span.end_ms - 1, scope("toy_line", "k"), "action", "info", "x = 1: why")]
        ),
        lambda: audit.acknowledge(1, "operator", "", "toy_line", ["1-a"], ""),
    ):
        change()
        marks.append(events.mark(declaration, span))
    assert len(set(marks)) == 4
    assert events.page(declaration, span, EventFilter(loops=True))["count"] >= 2
