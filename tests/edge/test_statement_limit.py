"""A question that takes too long is given up, by store and API; an answer keeps nothing open."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store import QuestionTooSlow, Results
from edge.store.duckdb import DuckDbStore
from edge.store.statement_limit import StatementLimit
from tests.edge import api_bench
from tests.edge.filled_store import Filler, filled
from tests.edge.telemetry import batch, declaration, frames

PRESS = declaration()

# every answer needs all of these rows: days of work for any machine
_ENDLESS = "CREATE VIEW samples AS SELECT tag_id, time_ms, value FROM kept, range(1000000000000)"


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[tuple[DuckDbStore, Filler]]:
    """A store that may take 0.3 s for a question, with the toy line in it."""
    store = DuckDbStore(tmp_path / "store.duckdb", question_s=0.3)
    _, filler = filled(10, store=store)
    yield store, filler
    store.close()


def hour(filler: Filler) -> tuple[str, int, int]:
    """Return a numeric tag and the range of its samples."""
    unit = filler.declaration.units[0]
    return f"{unit.path}/{unit.tags[0].name}", filler.declaration.start_ms, filler.run.now_ms + 1


def test_question_that_takes_too_long_is_interrupted_and_the_next_one_is_answered(
    slow: tuple[DuckDbStore, Filler],
) -> None:
    store, filler = slow
    before = store.series(*hour(filler), 60_000)
    store._db.execute("ALTER TABLE samples RENAME TO kept")
    store._db.execute(_ENDLESS)
    with pytest.raises(QuestionTooSlow, match=r"within 0.3 s; ask for a shorter range"):
        store.series(*hour(filler), 60_000)
    store._db.execute("DROP VIEW samples")
    store._db.execute("ALTER TABLE kept RENAME TO samples")
    assert store.series(*hour(filler), 60_000).mean.tolist() == before.mean.tolist()


async def test_api_answers_504_with_the_remedy(slow: tuple[DuckDbStore, Filler]) -> None:
    store, filler = slow
    path, _, _ = hour(filler)
    store._db.execute("ALTER TABLE samples RENAME TO kept")
    store._db.execute(_ENDLESS)
    async with api_bench.served(store, filler) as bench:
        problem = await bench.get(f"{api_bench.BASE}/series?path={path}&start=-1h", 504)
        assert problem["title"] == "Took too long"
        assert "shorter range or wider buckets" in problem["detail"]
        assert (await bench.get("/api/v1/plants"))["count"] == 1


def test_connection_is_left_alone_once_its_block_has_ended() -> None:
    """What comes later on the same connection is not interrupted for what came before."""
    interrupted = threading.Event()

    class Connection:
        def interrupt(self) -> None:
            interrupted.set()

    limit = StatementLimit(0.05)
    with limit.watching(Connection()):
        pass
    assert not interrupted.wait(0.2)
    with limit.watching(Connection()):
        assert interrupted.wait(10.0)
    limit.close()


def test_answers_keep_no_transaction_open(tmp_path: Path) -> None:
    """Versions of rows that were replaced are given up: else they fill the memory, write by write."""
    store = DuckDbStore(tmp_path / "store.duckdb")
    store.declare(PRESS)
    some = frames(PRESS, 400)
    store.write("press", [batch(PRESS, some[:20])], Results(snapshot=b"0"))
    assert store.snapshot("press", 1) == b"0"
    for end in range(30, len(some), 10):
        store.write("press", [batch(PRESS, some[:end])], Results(snapshot=b"%d" % end * 5_000))
    # not by the thread's own cursor, which would end what it had left open
    asked = store._db.execute("SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'TRANSACTION'")
    (held,) = asked.fetchall()[0]
    store.close()
    assert held < 1_000_000
