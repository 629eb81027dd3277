"""The audit: a row before the deed, one deed an id whatever dies meanwhile, and a bound."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from edge.api import audit_answer
from edge.api.access import Caller, Role
from edge.api.dispatch import Dispatch
from edge.api.problem import Problem
from edge.api.query import Query
from edge.audit import Audit
from edge.store.memory import MemoryStore
from tests.edge.api_bench import BASE, TOKEN, Bench, FakeLink
from tests.edge.filled_store import Filler, filled
from twin.model.command import Command

OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
COMMAND = {"path": "op10/cycle_setpoint", "value": 14.0, "reason": "trial", "id": "one"}


@pytest.fixture(scope="module")
def line() -> tuple[MemoryStore, Filler]:
    store, filler = filled(30)
    assert isinstance(store, MemoryStore)
    return store, filler


class Watching(FakeLink):
    """A link that notes what the audit held when it was asked to act."""

    def __init__(self, audit: Audit) -> None:
        super().__init__()
        self._audit = audit
        self.rows: list[tuple[str, int]] = []

    async def write(self, command: Command) -> str:
        self.rows += [(one.id, one.status) for one in self._audit.page()]
        return await super().write(command)


def command(id_: str = "one", value: float = 14.0) -> Command:
    return Command(
        id=id_, path="demo/toy_line/area_1/line_1/op10/cycle_setpoint", value=value, expires_ms=60_000
    )


def dispatch(audit: Audit, link: FakeLink, now_ms: int = 1_000) -> Dispatch:
    return Dispatch(Query(MemoryStore(), clock_ms=lambda: now_ms), lambda: [link], audit)


ME = Caller("operator", Role.OPERATOR, "127.0.0.1")


async def test_row_is_there_before_the_plant_is_asked_and_has_its_outcome_afterwards() -> None:
    audit = Audit()
    link = Watching(audit)
    await dispatch(audit, link).send("toy_line", command(), "trial", ME)
    assert link.rows == [("one", 0)]
    assert [(one.who, one.client, one.id, one.status) for one in audit.page()] == [
        ("operator", "127.0.0.1", "one", 202)
    ]


async def test_repeat_gives_the_same_answer_and_acts_once_even_after_a_restart(tmp_path: Path) -> None:
    link = FakeLink()
    for life in range(3):
        audit = Audit(tmp_path / "audit.sqlite")
        first = await dispatch(audit, link, 1_000 + life).send("toy_line", command(), "trial", ME)
        again = await dispatch(audit, link, 500_000).send("toy_line", command(), "trial", ME)
        assert first == again == command()
        audit.close()
    assert len(link.sent) == 1


async def test_refusal_is_repeated_too(tmp_path: Path) -> None:
    link = FakeLink()
    link.refusal = "interlock closed"
    audit = Audit()
    for _ in range(2):
        with pytest.raises(Problem, match="interlock closed"):
            await dispatch(audit, link).send("toy_line", command(), "trial", ME)
        link.refusal = ""
    assert len(link.sent) == 1


async def test_command_without_an_answer_is_asked_again_as_it_was_until_it_expires() -> None:
    audit, link = Audit(), FakeLink()
    link.status.state = "stale"
    with pytest.raises(Problem, match="no link that is online"):
        await dispatch(audit, link).send("toy_line", command(), "trial", ME)
    with pytest.raises(Problem, match="expired before the plant took it"):
        await dispatch(audit, link, 61_000).send("toy_line", command(), "trial", ME)
    link.status.state = "online"
    await dispatch(audit, link, 30_000).send("toy_line", command(), "trial", ME)
    assert link.sent == [command()]


async def test_id_of_another_command_is_refused() -> None:
    audit, link = Audit(), FakeLink()
    await dispatch(audit, link).send("toy_line", command(), "trial", ME)
    with pytest.raises(Problem, match="was another command already"):
        await dispatch(audit, link).send("toy_line", command(value=15.0), "trial", ME)
    await dispatch(audit, link).send("toy_line", command("two", 15.0), "trial", ME)
    assert [one.value for one in link.sent] == [14.0, 15.0]


async def test_same_id_at_once_acts_once_at_the_plant() -> None:
    """Both reach the plant, which knows an id that it has carried out; nobody is told another answer."""
    audit, link = Audit(), FakeLink()
    both = [dispatch(audit, link).send("toy_line", command(), "trial", ME) for _ in range(2)]
    assert await asyncio.gather(*both) == [command(), command()]
    assert {one.id for one in link.sent} == {"one"}
    assert len(audit.page()) == 1


async def test_what_cannot_be_put_on_record_is_not_done(bench: Bench) -> None:
    bench.audit.close()
    found = await bench.client.post(f"{BASE}/commands", json=COMMAND, headers=OPERATOR)
    assert (found.status_code, bench.link.sent) == (503, [])
    assert "could not be put on record" in found.json()["detail"]


async def test_loops_commands_are_on_record_too() -> None:
    audit, link = Audit(), FakeLink()
    assert await dispatch(audit, link).refusal("toy_line", command("loop-1")) == ""
    audit.close()
    assert "could not be put on record" in await dispatch(audit, link).refusal("toy_line", command("loop-2"))
    assert [one.id for one in link.sent] == ["loop-1"]


def test_oldest_rows_give_way_and_numbers_go_on(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "audit.sqlite", most=50)
    for number in range(120):
        audit.end(audit.begin(number, "admin", "127.0.0.1", "token", target="viewer"), number, 200, "rotated")
    kept = [one.number for one in audit.page(limit=1000)]
    assert kept[0] == 120
    assert len(kept) <= 50
    assert kept == list(range(120, 120 - len(kept), -1))
    audit.close()


def test_damaged_file_is_set_aside_and_told(tmp_path: Path) -> None:
    file = tmp_path / "audit.sqlite"
    file.write_bytes(b"no database at all, and long enough to be looked at as one" * 100)
    audit = Audit(file)
    assert "was damaged" in audit.incident
    assert audit.page() == []
    assert len(list(tmp_path.glob("audit.sqlite.damaged-*"))) == 1
    audit.close()


def test_row_survives_a_process_that_dies_before_the_outcome(tmp_path: Path) -> None:
    file = tmp_path / "audit.sqlite"
    audit = Audit(file)
    audit.begin_command(1, "operator", "127.0.0.1", "command", "toy_line", command())
    reader = sqlite3.connect(file)  # what another process would find now
    assert reader.execute("SELECT id, status FROM deeds").fetchall() == [("one", 0)]
    reader.close()
    audit.close()


async def test_pages_of_the_audit_join_without_gap_or_repeat(bench: Bench) -> None:
    for number in range(7):
        body = COMMAND | {"id": f"id-{number}"}
        assert (await bench.client.post(f"{BASE}/commands", json=body, headers=OPERATOR)).status_code == 202
    seen, before = [], None
    while True:
        query = f"?limit=3&plant=toy_line{f'&before={before}' if before else ''}"
        page = audit_answer.AuditAnswer.model_validate(
            (await bench.client.get(f"/api/v1/audit{query}", headers=OPERATOR)).json()
        )
        seen += [one.id for one in page.items]
        before = page.next
        if before is None:
            break
    assert seen == [f"id-{number}" for number in reversed(range(7))]
