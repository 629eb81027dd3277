"""The whole intake against a real plant's server, killed at every border: each frame is there once."""

import asyncio
import os
import sys
from pathlib import Path

from edge.store.duckdb import DuckDbStore
from tests.edge.plant_feed import Feed
from tests.edge.test_collect_opcua import Bench

_EDGE = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from edge.collect.opcua import OpcUaLink
from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.store.duckdb import DuckDbStore
from tests.edge.test_pipeline import Counting
folder, address, password, wanted = Path(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])
outbox, store = Outbox(folder / "outbox.sqlite"), DuckDbStore(folder / "store.duckdb")
pipeline = Pipeline(outbox, store, Counting)

async def main():
    known = folder.parent / "secrets" / "certificates"
    link = OpcUaLink(
        address, outbox, user="edge", password=password, data=folder.parent / "certificates", trust=known
    )
    task = asyncio.create_task(link.run())
    while sum(mark.frames for mark in store.watermarks("press").values()) < wanted:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

pipeline.start()
asyncio.run(main())
pipeline.stop()
store.close()
outbox.close()
"""


async def test_edge_killed_at_every_border_ends_with_each_frame_once(tmp_path: Path) -> None:
    """The plant forgets only what it was told to, and counts by (source, epoch, seq) come out exact."""
    (tmp_path / "edge").mkdir()
    bench = Bench(tmp_path)
    feed = Feed()
    try:
        await bench.serve(feed)
        points = [
            "after_outbox_commit",
            "before_store_commit",
            "after_store_commit",
            "after_outbox_delete",
            "",
        ]
        for point in points:
            feed.grow(12, seconds=20)
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _EDGE, str(Path(__file__).parents[2]), str(tmp_path / "edge"),
                f"opc.tcp://127.0.0.1:{bench.port}", bench.password, str(feed.frames),
                env={**os.environ, "CRASH_AT": point},
                stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            _, complaint = await asyncio.wait_for(child.communicate(), 60)
            assert child.returncode == (137 if point else 0), complaint.decode()
    finally:
        await bench.close()
    store = DuckDbStore(tmp_path / "edge" / "store.duckdb")
    marks = store.watermarks("press")
    assert {(mark.seq, mark.frames) for mark in marks.values()} == {(feed.seconds, feed.seconds)}
    assert len(marks) == len(feed.declaration.sources)
    counted = store._db.execute(
        "SELECT count(*), count(DISTINCT (tag_id, time_ms)) FROM "
        "(SELECT tag_id, time_ms FROM samples UNION ALL SELECT tag_id, time_ms FROM texts)"
    ).fetchone()
    assert counted == (feed.samples, feed.samples)
    assert int(store.snapshot("press", 1) or b"0") == feed.samples
    store.close()
