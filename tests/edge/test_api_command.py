"""Writing through the API: operators only, on record before it acts, refused with a reason."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from edge.api import answer
from edge.api.access import Caller
from edge.api.refusal import Refusals
from edge.store import Event
from edge.store.memory import MemoryStore
from tests.edge.api_bench import BASE, TOKEN, Bench
from tests.edge.filled_store import Filler, filled

COMMAND = {"path": "op10/cycle_setpoint", "value": 14.0, "reason": "trial"}
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def line() -> tuple[MemoryStore, Filler]:
    store, filler = filled(180)
    assert isinstance(store, MemoryStore)
    return store, filler


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "Bearer "},
     {"Authorization": f"Bearer {TOKEN}x"}],
    ids=["none", "wrong", "other scheme", "empty", "longer"],
)  # fmt: skip
async def test_command_without_the_operators_token_has_no_effect(
    bench: Bench, headers: dict[str, str]
) -> None:
    found = await bench.client.post(f"{BASE}/commands", json=COMMAND, headers=headers)
    assert (found.status_code, found.headers["www-authenticate"]) == (401, "Bearer")
    assert bench.link.sent == []


async def test_refused_tokens_are_on_record_and_cannot_flood_the_store(bench: Bench) -> None:
    """The first at once, the others counted; a token, right or wrong, is never written down."""
    now = bench.filler.run.now_ms + 1500

    def refusals() -> list[Event]:
        found = bench.store.events("", now, 2**62, 10_000)
        return [event for event in found if event.text.startswith("command refused")]

    before = len(refusals())
    for _ in range(10):  # no more are looked at
        found = await bench.client.post(
            "/api/v1/plants/elsewhere/commands", json=COMMAND, headers={"Authorization": "Bearer guess"}
        )
        assert found.status_code == 401
    assert len(refusals()) == before + 1
    event = refusals()[0]
    assert (event.scope, event.kind, event.severity) == ("edge", "command", "warning")
    assert "127.0.0.1" in event.text
    assert "guess" not in event.text
    moments = iter(range(now, now + 90_000, 10_000))
    late = Refusals(bench.store, bench.audit, lambda: next(moments))
    for _ in range(9):
        stranger = Caller("anonymous", None, "192.0.2.1")
        late.record("toy_line", stranger, f"{BASE}/commands", "no bearer token was sent")
    told = [event for event in refusals() if "192.0.2.1" in event.text]
    assert [event.time_ms - now for event in told] == [60_000, 0]
    assert told[0].text.endswith("; 5 more since the last such event")


async def test_command_is_on_record_before_it_is_sent(bench: Bench) -> None:
    found = await bench.client.post(f"{BASE}/commands", json=COMMAND | {"id": "abc"}, headers=OPERATOR)
    assert found.status_code == 202, found.text
    answer.CommandAnswer.model_validate(found.json())
    sent = bench.link.sent[0]
    now = bench.filler.run.now_ms + 1500
    assert (sent.id, sent.path.endswith("op10/cycle_setpoint"), sent.value) == ("abc", True, 14.0)
    assert sent.expires_ms == now + 30_000
    texts = [one.text for one in bench.store.events("", now, now + 1, 1000) if one.kind == "command"]
    assert any("operator asks op10/cycle_setpoint = 14" in text for text in texts)
    assert any("abc accepted" in text for text in texts)


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"path": "op10/tonnage"}, 409, "writable tags"),
        ({"value": 99.0}, 422, "outside 10..30"),
        ({"path": "op10/nope"}, 404, "has no tag"),
        ({"reason": ""}, 422, "reason"),
        ({"expires_in_s": -1}, 422, "expires_in_s"),
        ({"more": 1}, 422, "more"),
    ],
)
async def test_command_that_cannot_be_is_refused(
    bench: Bench, change: dict[str, Any], status: int, expected: str
) -> None:
    found = await bench.client.post(f"{BASE}/commands", json=COMMAND | change, headers=OPERATOR)
    assert (found.status_code, expected in found.text) == (status, True), found.text
    assert bench.link.sent == []


async def test_command_refused_by_the_plant_gives_its_reason(bench: Bench) -> None:
    bench.link.refusal = "interlock closed"
    found = await bench.client.post(f"{BASE}/commands", json=COMMAND, headers=OPERATOR)
    assert (found.status_code, found.json()["detail"]) == (409, "interlock closed")


async def test_command_that_cannot_be_recorded_is_not_sent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: list[Event]) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(bench.store, "record", full)
    found = await bench.client.post(f"{BASE}/commands", json=COMMAND, headers=OPERATOR)
    assert (found.status_code, bench.link.sent) == (503, [])


async def in_pieces() -> AsyncIterator[bytes]:
    """Send a long body without telling its length."""
    for _ in range(100):
        yield b"x" * 10_000


@pytest.mark.parametrize("told", [True, False])
async def test_large_body_is_refused(bench: Bench, told: bool) -> None:
    content: Any = b"x" * 1_000_000 if told else in_pieces()
    found = await bench.client.post(f"{BASE}/commands", content=content, headers=OPERATOR)
    assert (found.status_code, found.headers["content-type"]) == (413, "application/problem+json")
