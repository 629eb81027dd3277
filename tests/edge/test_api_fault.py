"""Faults through the API: what there is, what an operator may do, and the ground truth of what struck when."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from edge.api import fault_answer as shape
from edge.api.answer import Items
from edge.store.memory import MemoryStore
from tests.edge.api_bench import BASE, TOKEN, Bench, served
from tests.edge.filled_store import Filler, filled
from twin.model.command import ALL, Command

FAULT = "demo/toy_line/area_1/line_1/op20/fault_blunt_die"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    store, filler = filled(10)
    assert isinstance(store, MemoryStore)
    async with served(store, filler) as found:
        yield found


def give(filler: Filler, **fields: Any) -> None:
    """Give the plant a command for its fault."""
    now = filler.run.now_ms
    defaults = {"id": "x", "path": FAULT, "value": 1.0, "expires_ms": now + 86_400_000, "source": "operator"}
    filler.run.write(Command(**(defaults | fields)))


def iso(time_ms: int) -> str:
    return (
        datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


async def test_declared_faults_tell_mechanism_effects_and_state(bench: Bench) -> None:
    found = await bench.get(f"{BASE}/faults")
    shape_of = Items[shape.FaultAnswer].model_validate(found)
    (fault,) = shape_of.items
    assert (fault.key, fault.unit, fault.active, fault.since, fault.pending) == (
        "blunt_die",
        "op20",
        False,
        None,
        [],
    )
    assert fault.mechanism == "The cutting edge is worn: panels tear at the rim."
    assert [effect.text for effect in fault.effects] == [
        "op20 scrap count: at least 60 pcs more, in the first hour",
        "quality ratio: at least 20 percentage points lower, from 10 min to 2 h after it struck",
    ]


async def test_state_follows_the_plant_from_pending_to_active_to_over(bench: Bench) -> None:
    filler = bench.filler
    due = filler.run.now_ms + 300_000
    give(filler, due_ms=due, reason="drill")
    filler.fill(1)
    (fault,) = (await bench.get(f"{BASE}/faults"))["items"]
    assert (fault["active"], [one["due"] for one in fault["pending"]]) == (False, [iso(due)])
    filler.fill(10)
    (fault,) = (await bench.get(f"{BASE}/faults"))["items"]
    assert (fault["active"], fault["pending"]) == (True, [])
    assert fault["since"] == iso(due + 1), "a millisecond after the full minute, which had been told"
    give(filler, id="y", value=0.0, withdraw=ALL)
    filler.fill(1)
    (fault,) = (await bench.get(f"{BASE}/faults"))["items"]
    assert (fault["active"], fault["since"]) == (False, None)


async def test_log_is_the_ground_truth_of_what_struck_when_and_who_asked(bench: Bench) -> None:
    """Exact to the scan that carried it out; also for what struck without the edge, and what never did."""
    filler = bench.filler
    begun = filler.run.now_ms
    give(filler, id="1", source="dcmd", when="op20/prod_processed_count >= 1")
    filler.fill(90)  # over a full hour, at which the newest command is told again
    give(filler, id="2", value=0.0, withdraw=ALL, source="operator")
    mended = filler.run.now_ms + 1000
    filler.fill(5)
    give(filler, id="3", due_ms=filler.run.now_ms + 3_600_000, source="operator", reason="later")
    filler.fill(1)
    give(filler, id="4", value=0.0, withdraw=ALL)
    filler.fill(1)
    give(filler, id="5", when="op20/tonnage > 1000", expires_ms=filler.run.now_ms + 60_000, source="opcua")
    filler.fill(3)
    filler.run.line.faults[0].inject()  # nobody asked: a fault may strike by itself
    struck = filler.run.now_ms
    filler.fill(1)
    found = await bench.get(f"{BASE}/faults/log", start="-12h")
    log = Items[shape.FaultLogAnswer].model_validate(found).items
    assert [(one.outcome, one.id, one.by) for one in log] == [
        ("struck", "", ""), ("expired", "5", "opcua"), ("withdrawn", "3", "operator"), ("struck", "1", "dcmd"),
    ]  # fmt: skip
    own, first = log[0], log[-1]
    assert (own.begin, own.end) == (iso(struck + 1), None)
    assert (first.begin, first.end) == (iso(begun + 1000), iso(mended))
    assert (first.reset_by, first.when) == ("operator", "op20/prod_processed_count >= 1")
    assert log[2].reason == "later"
    assert log[2].begin is None
    later = await bench.get(f"{BASE}/faults/log", start="-60m")
    assert [(one["begin"], one["end"]) for one in later["items"]][-1] == (None, iso(mended)), (
        "begun before the range"
    )


@pytest.mark.parametrize(
    ("body", "due", "when"),
    [(None, 0, ""), ({}, 0, ""), ({"after": 600}, 600_000, ""), ({"when": "op10/tonnage > 9"}, 0, "op10/tonnage > 9"),
     ({"after": 60, "when": "op10/tonnage > 9", "reason": "drill"}, 60_000, "op10/tonnage > 9")],
)  # fmt: skip
async def test_operator_injects_with_a_trigger(bench: Bench, body: Any, due: int, when: str) -> None:
    found = await bench.client.post(f"{BASE}/faults/blunt_die", json=body, headers=OPERATOR)
    assert found.status_code == 202, found.text
    shape.FaultAccepted.model_validate(found.json())
    (sent,) = bench.link.sent
    now = bench.filler.run.now_ms + 1500
    assert (sent.path, sent.value, sent.source, sent.when) == (FAULT, 1.0, "operator", when)
    assert sent.due_ms == (now + due if due else 0)
    assert sent.expires_ms == now + due + (86_400_000 if when else 60_000)
    events = [one for one in bench.store.events("", now, now + 1, 1000) if one.kind == "command"]
    assert any(one.text.startswith("operator injects fault blunt_die") for one in events)
    assert any("accepted" in one.text for one in events)
    bench.filler.run.write(replace(sent))


async def test_moment_is_given_with_its_zone(bench: Bench) -> None:
    at = iso(bench.filler.run.now_ms + 7_200_000)
    found = await bench.client.post(f"{BASE}/faults/blunt_die", json={"at": at}, headers=OPERATOR)
    assert (found.status_code, found.json()["due"]) == (202, at)


async def test_operator_resets_and_withdraws(bench: Bench) -> None:
    found = await bench.client.delete(f"{BASE}/faults/blunt_die", headers=OPERATOR)
    assert found.status_code == 202, found.text
    (sent,) = bench.link.sent
    assert (sent.path, sent.value, sent.withdraw) == (FAULT, 0.0, ALL)


@pytest.mark.parametrize(
    ("key", "body", "status", "expected"),
    [
        ("rust", {}, 404, "has no fault 'rust'; it has: blunt_die"),
        ("blunt_die", {"after": -1}, 422, "after"),
        ("blunt_die", {"at": "soon"}, 422, "at: 'soon' is no moment"),
        ("blunt_die", {"at": "2026-01-31T08:00:00"}, 422, "with its zone"),
        ("blunt_die", {"at": "2020-01-31T08:00:00Z"}, 422, "next 366 days"),
        ("blunt_die", {"at": "2026-01-31T08:00:00Z", "after": 5}, 422, "not both"),
        ("blunt_die", {"when": "soon"}, 422, "is no condition"),
        ("blunt_die", {"more": 1}, 422, "more"),
    ],
)
async def test_injection_that_cannot_be_is_refused(
    bench: Bench, key: str, body: dict[str, Any], status: int, expected: str
) -> None:
    found = await bench.client.post(f"{BASE}/faults/{key}", json=body, headers=OPERATOR)
    assert (found.status_code, expected in found.text) == (status, True), found.text
    assert bench.link.sent == []


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_nobody_but_an_operator_touches_a_fault(bench: Bench, method: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        found = await bench.client.request(method, f"{BASE}/faults/blunt_die", headers=headers)
        assert found.status_code == 401
    assert bench.link.sent == []


async def test_refusal_of_the_plant_is_told_and_recorded(bench: Bench) -> None:
    bench.link.refusal = "50 commands are pending already"
    found = await bench.client.post(f"{BASE}/faults/blunt_die", headers=OPERATOR)
    assert (found.status_code, found.json()["detail"]) == (409, "50 commands are pending already")


async def test_plant_older_than_faults_has_none() -> None:
    store, filler = filled(5)
    assert isinstance(store, MemoryStore)
    line = filler.declaration.units[0]
    old_line = replace(
        line, tags=tuple(tag for tag in line.tags if tag.name not in ("command", "pending_commands"))
    )
    old = MemoryStore()
    old.declare(replace(filler.declaration, faults=(), units=(old_line, *filler.declaration.units[1:])))
    async with served(old, filler) as bench:
        assert await bench.get(f"{BASE}/faults") == {"items": [], "count": 0}
        assert await bench.get(f"{BASE}/faults/log") == {"items": [], "count": 0}
        found = await bench.client.post(f"{BASE}/faults/blunt_die", headers=OPERATOR)
        assert (found.status_code, "it has: none" in found.text) == (404, True)
