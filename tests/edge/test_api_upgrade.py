"""Upgrades through the API: what there is, what an operator may switch, and what loops did."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from edge.api import upgrade_answer as shape
from edge.api.answer import Items
from edge.loops import scope
from edge.store import Event
from edge.store.memory import MemoryStore
from tests.edge.api_bench import TOKEN, Bench, served
from tests.edge.drifting import KEY, drifting
from tests.edge.filled_store import Filler

BASE = "/api/v1/plants/drifting"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    store = MemoryStore()
    filler = Filler(drifting(), store)
    filler.fill(5)
    async with served(store, filler) as found:
        found.link.status.plant = "drifting"
        yield found


async def upgrade(bench: Bench) -> dict[str, Any]:
    answer = await bench.get(f"{BASE}/upgrades")
    (found,) = Items[shape.UpgradeAnswer].model_validate(answer).items
    assert found.key == KEY
    one: dict[str, Any] = answer["items"][0]
    return one


async def test_declared_upgrade_tells_what_it_is_and_that_it_is_off(bench: Bench) -> None:
    found = await upgrade(bench)
    assert (found["wanted"], found["effect"], found["mode"], found["live"]) == (0.0, 0.0, "advisory", True)
    assert found["loops"][0]["outputs"] == ["lathe/offset"]
    assert found["loops"][0]["status"] == ""


async def test_operator_switches_and_the_effect_is_told(bench: Bench) -> None:
    sent = await bench.client.post(f"{BASE}/upgrades/{KEY}", json={"strength": 2.0}, headers=OPERATOR)
    assert sent.status_code == 202, sent.text
    (command,) = bench.link.sent
    assert (command.path, command.value) == (f"demo/drifting/area_1/line_1/line/upgrade_{KEY}", 2.0)
    bench.filler.run.write(command)
    bench.filler.fill(2)
    await bench.loops.step()
    found = await upgrade(bench)
    assert (found["wanted"], found["effect"]) == (2.0, 2.0)
    assert found["loops"][0]["status"] != ""


async def test_operator_lets_a_loop_act(bench: Bench) -> None:
    done = await bench.client.put(f"{BASE}/upgrades/{KEY}/mode", json={"mode": "automatic"}, headers=OPERATOR)
    assert done.json() == {"key": KEY, "mode": "automatic"}
    assert (await upgrade(bench))["mode"] == "automatic"
    bench.filler.fill(0.1)
    told = Items[shape.ActionAnswer].model_validate(await bench.get(f"{BASE}/actions")).items
    assert [one.text for one in told] == [f"operator lets the loops of {KEY} be automatic"]


@pytest.mark.parametrize(
    ("method", "tail", "body"), [("POST", "", {"strength": 1}), ("PUT", "/mode", {"mode": "advisory"})]
)
async def test_nobody_but_an_operator_changes_anything(
    bench: Bench, method: str, tail: str, body: dict[str, Any]
) -> None:
    refused = await bench.client.request(method, f"{BASE}/upgrades/{KEY}{tail}", json=body)
    assert refused.status_code == 401
    assert bench.link.sent == []


@pytest.mark.parametrize(
    ("key", "body", "status", "told"),
    [
        ("none", {"strength": 1}, 404, f"has no upgrade 'none'; it has: {KEY}"),
        (KEY, {"strength": 4}, 422, "strength"),
        (KEY, {"strength": 1, "level": "high"}, 422, "level"),
    ],
)
async def test_request_that_makes_no_sense_is_a_problem(
    bench: Bench, key: str, body: dict[str, Any], status: int, told: str
) -> None:
    refused = await bench.client.post(f"{BASE}/upgrades/{key}", json=body, headers=OPERATOR)
    assert refused.status_code == status
    assert told in refused.text


async def test_actions_are_listed_newest_first_and_by_upgrade(bench: Bench) -> None:
    now = bench.filler.run.now_ms
    bench.store.record(
        [
            Event(now - 2000, scope("drifting", KEY), "action", "info", "first", "lathe/offset", -1.0),
            Event(now - 1000, scope("drifting", KEY), "effect", "info", "second"),
            Event(now - 500, scope("drifting", "other"), "action", "info", "another's"),
        ]
    )
    assert [one["text"] for one in (await bench.get(f"{BASE}/actions"))["items"]] == [
        "another's",
        "second",
        "first",
    ]
    own = (await bench.get(f"{BASE}/actions", key=KEY))["items"]
    assert [(one["text"], one["key"]) for one in own] == [("second", KEY), ("first", KEY)]


async def test_plant_out_of_reach_is_told(bench: Bench) -> None:
    bench.link.status.state = "connecting"
    refused = await bench.client.post(f"{BASE}/upgrades/{KEY}", json={"strength": 1}, headers=OPERATOR)
    assert refused.status_code == 503
    assert "no link that is online" in refused.json()["detail"]
