"""The store on InfluxDB while the server fails: every failure on order, by the double."""

import json
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from edge.engine import Engine
from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.service import engine
from edge.store import Event, Interval, Results, StoreUnavailable, TallyRow
from edge.store.influxdb import InfluxStore
from edge.store.influxdb_link import Address, InfluxLink
from edge.store.influxdb_setup import Layout
from edge.store.memory import MemoryStore
from edge.store.refused import Refused
from tests.edge.influx.bench import Bench
from tests.edge.influx.comparison import assert_equal
from tests.edge.influx.state import Double
from tests.edge.telemetry import START, batch, declaration, frames
from tests.edge.toy_line import simulation
from twin.packing import pack, unpack

PRESS = declaration()
UNIT = PRESS.sources[1]
MINUTE, HOUR = 60_000, 3_600_000
_TYPES = {"double": float, "long": int, "boolean": bool, "string": str}


def results(minutes: int = 1, snapshot: bytes = b"{}") -> Results:
    """One minute's sums of a unit and more."""
    return Results(
        tallies=[TallyRow(UNIT, START + n * MINUTE, START + (n + 1) * MINUTE, {"pq": 3.0}) for n in range(minutes)],
        intervals=[Interval(UNIT, START, None, 6, "production")],
        events=[Event(START, UNIT, "alarm", "info", "high", "state", 2.0)],
        snapshot=snapshot,
    )  # fmt: skip


_FAULTS = ["500", "502", "503", "429", "404", "401", "reset", "reset after"]
_REQUESTS = ["samples", "results", "commit"]
_CASES = [
    *((fault, request, False) for fault in _FAULTS for request in _REQUESTS),
    *((fault, request, True) for fault in ("500", "reset after") for request in _REQUESTS),
    ("hang", "results", False),  # costs its time limit
]


@pytest.mark.parametrize(("fault", "request_", "restart"), _CASES)
def test_write_that_failed_can_be_repeated(
    influx: Bench, double: Double, fault: str, request_: str, *, restart: bool
) -> None:
    """Whatever request fails, the watermark stays where it was, and the repeat ends as if written once."""
    place = _REQUESTS.index(request_)
    layout, model, some = influx.layout(), MemoryStore(), frames(PRESS, 6)
    store = influx.store(layout, timeout_s=0.5 if fault == "hang" else 10.0)
    for one in (store, model):
        one.declare(PRESS)
        one.write("press", [batch(PRESS, some[:9])], results())
    before = store.watermarks("press")
    more = [batch(PRESS, some[9:])]
    double.faults[:] = [*["", "", ""][:place], fault]
    with pytest.raises(StoreUnavailable, match="InfluxDB at"):
        store.write("press", more, results(2, b"later"))
    assert store.watermarks("press") == before
    store._link._not_before = 0.0  # the pause that the server asked for is over
    if restart:
        store.close()
        store = influx.store(layout)
        # A commit that was taken, though its answer was lost, counts.
        taken = fault == "reset after" and place == 2
        assert (store.watermarks("press") == before) is not taken
    # Cut in another way than before, as the pipeline may.
    for one in (store, model):
        fresh = one.fresh("press", [batch(PRESS, some[:12]), batch(PRESS, some[12:])])
        one.write("press", fresh[:1], Results(events=results().events[:0]))
        last = results(2, b"later")
        one.write(
            "press", fresh[1:], Results(tallies=last.tallies[1:], intervals=last.intervals, snapshot=b"later")
        )
    assert_equal(store, model)
    assert store.snapshot("press", 1) == b"later"
    store.close()


def drain(pipeline: Pipeline) -> None:
    while pipeline.step():
        pass


def test_pipeline_stores_each_frame_once_across_an_outage(
    influx: Bench, double: Double, tmp_path: Path
) -> None:
    """Entries stay in the outbox while the server fails; afterwards every frame is there once, figures included."""
    store, model, known = influx.store(), MemoryStore(), simulation().declaration
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.declare(known)
    some = simulation().advance(420.0)
    cut = range(0, len(some), 100)
    outbox.accept(known.plant, b"j" * 16, [
        (place, pack(some[start : start + 100], known.sources)) for place, start in enumerate(cut, 1)
    ])  # fmt: skip
    pipeline = Pipeline(outbox, store, engine)
    for fault in ("reset after", "503", "500"):
        double.faults[:] = ["", "", fault]
        with pytest.raises(StoreUnavailable):
            drain(pipeline)
        store._link._not_before = 0.0
        pipeline._running.clear()  # as the pipeline's thread does
        assert outbox.depth().entries > 0
    drain(pipeline)
    assert (outbox.depth().entries, outbox.poisoned_total) == (0, 0)
    model.declare(known)
    whole = [unpack(pack(some, known.sources))]
    model.write(known.plant, whole, Engine(known).fold(whole))
    assert_equal(store, model, known.plant)
    outbox.close()
    store.close()


@pytest.mark.parametrize("dated", [False, True])
def test_server_that_asks_to_wait_is_left_alone(influx: Bench, double: Double, dated: bool) -> None:
    """Retry-After, in seconds or as a date: no request until then, and no thread that sleeps for it."""
    store = influx.store()
    store.declare(PRESS)
    double.faults.append("503 " + (formatdate(time.time() + 30.0, usegmt=True) if dated else "30"))
    with pytest.raises(StoreUnavailable, match="busy"):
        store.record([Event(1, "", "system", "info", "first")])
    asked = len(double.requests)
    with pytest.raises(StoreUnavailable, match=r"left alone for (30|29) s"):
        store.record([Event(1, "", "system", "info", "second")])
    assert len(double.requests) == asked
    store._link._not_before -= 30.0
    store.record([Event(1, "", "system", "info", "third")])
    assert [event.text for event in store.events("", 0, 10)] == ["third"]
    store.close()


def test_body_that_is_too_large_is_halved(influx: Bench, double: Double) -> None:
    store, model, some = influx.store(), MemoryStore(), frames(PRESS, 40)
    store.declare(PRESS)
    double.max_body = 4000
    for one in (store, model):
        one.declare(PRESS)
        one.write("press", [batch(PRESS, some)], Results())
    assert_equal(store, model)
    assert store._link.refused.count == 0
    store.close()


def test_refused_points_go_to_quarantine_and_the_rest_is_stored(influx: Bench, double: Double) -> None:
    """A field that somebody else wrote with another type: those points alone are kept aside, with the reason."""
    store, some = influx.store(), frames(PRESS, 30)
    store.declare(PRESS)
    double.refuse = r"tag=state,unit=u1 value=(3|4)\.0 "
    store.write("press", [batch(PRESS, some)], results())
    expected = [
        (sample.time_ms, float(sample.value))
        for frame in some
        for sample in PRESS.samples(frame)
        if sample.path == f"{UNIT}/state"
    ]
    series = store.series(f"{UNIT}/state", 0, 10**14)
    taken = list(zip(series.time_ms.tolist(), series.last.tolist(), strict=True))
    assert taken == [item for item in expected if item[1] not in (3.0, 4.0)]
    assert store.watermarks("press")[UNIT, 1].frames == 30
    assert store._link.refused.count == len(expected) - len(taken) > 0
    told = [event.text for event in store.events(PRESS.sources[0], 0, 10**14)]
    assert f"InfluxDB refused {store._link.refused.count} points (" in told[0]
    kept = [json.loads(text) for text in store._link.refused.path.read_text().splitlines()]
    assert all("field type conflict" in entry["reason"] for entry in kept)
    assert sum(len(entry["lines"].splitlines()) for entry in kept) == store._link.refused.count
    store.close()


def test_search_for_refused_points_is_bounded(influx: Bench, double: Double) -> None:
    """Where everything is refused, a few requests tell, not one a point; nothing blocks and nothing is lost."""
    store, some = influx.store(), frames(PRESS, 400)
    store.declare(PRESS)
    double.refuse = "^sample"
    before = len(double.requests)
    store.write("press", [batch(PRESS, some)], Results())
    samples = sum(len(frame.tags) - len(frame.texts) for frame in some)
    assert store._link.refused.count == samples
    assert len(double.requests) - before < 400
    store.close()


def test_refused_points_that_cannot_be_kept_are_not_thrown_away(influx: Bench, double: Double) -> None:
    """Where the quarantine is full, the write waits like for a full disk: nothing is committed."""
    store = influx.store()
    store.declare(PRESS)
    double.refuse = "^sample"
    store._link.refused._max_bytes = 1000
    with pytest.raises(StoreUnavailable, match=r"on order.*would pass 1000 bytes"):
        store.write("press", [batch(PRESS, frames(PRESS, 60))], Results())
    assert store.watermarks("press") == {}
    double.refuse = ""
    store.write("press", [batch(PRESS, frames(PRESS, 60))], Results())
    assert store.watermarks("press")[UNIT, 1].frames == 60
    store.close()


def test_commit_that_is_refused_is_no_commit(influx: Bench, double: Double) -> None:
    store = influx.store()
    store.declare(PRESS)
    double.refuse = "^commit"
    with pytest.raises(StoreUnavailable, match="another program"):
        store.write("press", [batch(PRESS, frames(PRESS, 1))], Results())
    assert store.watermarks("press") == {}
    assert store._link.refused.count == 0  # it is made anew by the repeat
    store.close()


def test_points_older_than_the_retention_are_counted_not_refused(influx: Bench, double: Double) -> None:
    """What the bucket would drop is not sent; what it drops all the same is no failure."""
    layout = influx.layout(raw_days=30)
    known = declaration(start_ms=1_500_000_000_000)
    for clock, sent in ((None, 0), (1_500_000_100.0, 1)):
        link = influx.link()
        store = InfluxStore(link, layout) if clock is None else InfluxStore(link, layout, lambda at=clock: at)
        store.declare(known)
        before = double.requests.count("POST /api/v2/write")
        fresh = [batch(known, frames(known, 5, first_seq=1 + 5 * sent))]
        store.write("press", fresh, Results())
        assert link.expired > 0
        assert link.refused.count == 0
        # texts and commit, and samples only where the edge's clock says that they are young
        assert double.requests.count("POST /api/v2/write") - before == 2 + sent
        assert store.watermarks("press")[UNIT, 1].frames == 5 + 5 * sent
        store.close()


def test_server_that_is_not_there_at_the_start_is_found_later(
    influx: Bench, double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.store.influxdb._AGAIN_S", 0.0)
    double.down = True
    store = influx.store()
    assert "frames wait in the outbox" in store.incident
    with pytest.raises(StoreUnavailable, match="check that the server runs"):
        store.declarations()
    double.down = False
    assert store.declarations() == []
    store.declare(PRESS)
    store.write("press", [batch(PRESS, frames(PRESS, 1))], Results())
    assert store.watermarks("press")[UNIT, 1].frames == 1
    store.close()


@pytest.mark.parametrize(
    ("change", "told"), [({"token": "wrong"}, "file `influxdb`"), ({"org": "nobody"}, "EDGE_INFLUXDB_ORG")]
)
def test_mistake_of_the_configuration_is_told_at_the_start(
    influx: Bench, change: dict[str, str], told: str
) -> None:
    right = {"url": influx.address.url, "org": influx.address.org, "token": influx.address.token}
    link = InfluxLink(Address(**(right | change)), Refused(influx.folder / "none.jsonl"))
    with pytest.raises(StoreUnavailable, match=told):
        InfluxStore(link, Layout("test_mistake"))
    link.close()


def test_question_that_fails_is_told(influx: Bench, double: Double) -> None:
    store = influx.store()
    store.declare(PRESS)
    for fault in ("500", "reset", "401"):
        double.query_faults.append(fault)
        with pytest.raises(StoreUnavailable, match="history cannot be read"):
            store.series(f"{UNIT}/state", 0, 1000)
    assert store.series(f"{UNIT}/state", 0, 1000).time_ms.tolist() == []
    store.close()
