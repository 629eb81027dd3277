"""The store contract, over every store."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.store import Event, Interval, OrderRow, Results, Store, StoreUnavailable, TallyRow
from edge.store.duckdb import DuckDbStore
from edge.store.memory import MemoryStore
from edge.store.together import intervals_of
from edge.store.together import tallies as tallies_of
from tests.edge.influx.bench import Bench
from tests.edge.telemetry import START, TAGS, batch, declaration, frames
from twin.model.declaration import Declaration
from twin.model.frame import Frame
from twin.model.tag import Value

PRESS = declaration()
UNIT = PRESS.sources[1]
MINUTE = 60_000


KINDS = ["memory", "duckdb", "influxdb"]


def make(kind: str, folder: Path, influx: Bench) -> Store:
    """An empty store."""
    if kind == "influxdb":
        return influx.store()
    return MemoryStore() if kind == "memory" else DuckDbStore(folder / "store.duckdb")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path, influx: Bench) -> Iterator[Store]:
    made = make(request.param, tmp_path, influx)
    yield made
    made.close()


def samples_of(known: Declaration, some: list[Frame]) -> dict[str, list[tuple[int, Value]]]:
    """The brute-force model: every sample of a path in order."""
    found: dict[str, list[tuple[int, Value]]] = {}
    for frame in some:
        for sample in known.samples(frame):
            found.setdefault(sample.path, []).append((sample.time_ms, sample.value))
    return found


def assert_holds(store: Store, known: Declaration, some: list[Frame]) -> None:
    """Everything that `some` hold is there once, nothing else is."""
    expected = samples_of(known, some)
    far = known.start_ms + 10**10
    for source in known.sources:
        for tag in TAGS:
            path = f"{source}/{tag}"
            held = expected.get(path, [])
            if tag == "reason":
                assert store.texts(path, 0, far) == held
            else:
                series = store.series(path, 0, far)
                assert list(zip(series.time_ms.tolist(), series.last.tolist(), strict=True)) == held
            newest = store.last([path])
            assert ([(newest[path].time_ms, newest[path].value)] if newest else []) == held[-1:]
    marks = store.watermarks(known.plant)
    for source in known.sources:
        own = [frame for frame in some if frame.source == source]
        if own:
            mark = marks[source, known.epoch]
            assert (mark.seq, mark.frames, mark.samples) == (
                own[-1].seq,
                len(own),
                sum(len(frame) for frame in own),
            )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_random_cuts_repeats_and_replays_equal_the_clean_write(
    kind: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, influx: Bench
) -> None:
    """Frames cut at random, with repeats of what was sent before mixed in, end as if written once."""
    some = frames(PRESS, data.draw(st.integers(1, 12)), seed=data.draw(st.integers(0, 99)))
    store = make(kind, tmp_path_factory.mktemp("s"), influx)
    try:
        store.declare(PRESS)
        sent = 0
        while sent < len(some):
            upto = data.draw(st.integers(sent + 1, len(some)))
            back = data.draw(st.integers(0, sent))
            batches = [batch(PRESS, some[back:upto])]
            if data.draw(st.booleans()):
                batches.append(batch(PRESS, some[: data.draw(st.integers(1, upto))]))
            if data.draw(st.booleans()):
                batches = store.fresh("press", batches)
            store.write("press", batches, Results())
            sent = upto
        assert store.fresh("press", [batch(PRESS, some)]) == []
        assert_holds(store, PRESS, some)
    finally:
        store.close()


def test_fresh_keeps_what_lies_behind_a_gap_and_the_watermark_shows_it(store: Store) -> None:
    some = frames(PRESS, 6)
    store.declare(PRESS)
    store.write("press", [batch(PRESS, some[:6])], Results())
    kept = store.fresh("press", [batch(PRESS, some[9:])])
    assert [len(one) for one in kept] == [9]
    store.write("press", kept, Results())
    mark = store.watermarks("press")[UNIT, 1]
    assert (mark.seq, mark.frames) == (6, 5)


def test_undeclared_epoch_is_refused(store: Store) -> None:
    other = declaration(epoch=2)
    store.declare(PRESS)
    with pytest.raises(KeyError, match="epoch 2"):
        store.fresh("press", [batch(other, frames(other, 1))])
    with pytest.raises(KeyError):
        store.write("press", [batch(other, frames(other, 1))], Results())
    with pytest.raises(KeyError):
        store.series("demo/nowhere", 0, 1)
    with pytest.raises(KeyError, match="text"):
        store.series(f"{UNIT}/reason", 0, 1)
    with pytest.raises(KeyError, match="text"):
        store.texts(f"{UNIT}/state", 0, 1)


def test_write_of_two_epochs_at_once_is_refused_and_leaves_nothing(store: Store) -> None:
    later = declaration(epoch=2)
    store.declare(PRESS)
    store.declare(later)
    with pytest.raises(ValueError, match="epochs"):
        store.write("press", [batch(PRESS, frames(PRESS, 1)), batch(later, frames(later, 1))], Results())
    assert store.watermarks("press") == {}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(-5, 60), width=st.integers(1, 90), every=st.sampled_from([0, 1, 2, 7, 10, 60]))
def test_series_equals_a_brute_force_model(store: Store, start: int, width: int, every: int) -> None:
    some = frames(PRESS, 60)
    store.declare(PRESS)
    store.write("press", store.fresh("press", [batch(PRESS, some)]), Results())
    path = f"{UNIT}/power_electricity"
    low, high, every_ms = START + start * 1000, START + (start + width) * 1000, every * 1000
    held = [(at, float(value)) for at, value in samples_of(PRESS, some)[path] if low <= at < high]
    series = store.series(path, low, high, every_ms)
    buckets: dict[int, list[float]] = {}
    for at, value in held:
        buckets.setdefault(at // every_ms * every_ms if every_ms else at, []).append(value)
    assert series.time_ms.tolist() == list(buckets)
    assert series.low.tolist() == [min(values) for values in buckets.values()]
    assert series.high.tolist() == [max(values) for values in buckets.values()]
    assert series.last.tolist() == [values[-1] for values in buckets.values()]
    assert np.allclose(series.mean, [sum(values) / len(values) for values in buckets.values()])


_TOLD = st.dictionaries(st.sampled_from("abc"), st.sampled_from([0.0, 1.0, 2.5]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(0, 40), _TOLD), max_size=30, unique_by=lambda row: row[0]),
    start=st.integers(0, 20), width=st.integers(1, 40), every=st.integers(1, 15),
)  # fmt: skip
@pytest.mark.parametrize("kind", KINDS)
def test_tally_equals_a_brute_force_model(
    kind: str,
    tmp_path_factory: pytest.TempPathFactory,
    influx: Bench,
    rows: list[tuple[int, dict[str, float]]],
    start: int,
    width: int,
    every: int,
) -> None:
    store = make(kind, tmp_path_factory.mktemp("t"), influx)
    store.declare(PRESS)
    tallies = [TallyRow(UNIT, m * MINUTE, (m + 1) * MINUTE, values) for m, values in rows]
    store.write("press", [], Results(tallies=tallies[:10]))
    store.write("press", [], Results(tallies=tallies[10:]))
    expected: dict[int, dict[str, float]] = {}
    for minute, values in rows:
        for name, value in values.items():
            if start <= minute < start + width and value:
                sums = expected.setdefault(start + (minute - start) // every * every, {})
                sums[name] = sums.get(name, 0.0) + value
    found = store.tally(UNIT, start * MINUTE, (start + width) * MINUTE, every * MINUTE)
    assert {row.start_ms // MINUTE: dict(row.values) for row in found} == expected
    assert [row.start_ms for row in found] == sorted(row.start_ms for row in found)
    assert all(row.end_ms == min(row.start_ms + every * MINUTE, (start + width) * MINUTE) for row in found)
    together = tallies_of(
        store, [UNIT, "demo/nobody"], start * MINUTE, (start + width) * MINUTE, every * MINUTE
    )
    assert together == {UNIT: found, "demo/nobody": []}
    store.close()


def test_tally_of_an_unknown_scope_is_empty(store: Store) -> None:
    assert store.tally("demo/nobody", 0, MINUTE, MINUTE) == []


def test_intervals_and_orders_replace_the_row_with_the_same_start(store: Store) -> None:
    """The open row gives way to the closed one, whichever write brings it; overlap decides what is found."""
    store.declare(PRESS)
    open_one = Interval(UNIT, 1000, None, 6, "production")
    closed = Interval(UNIT, 1000, 2000, 6, "production")
    store.write("press", [], Results(intervals=[Interval(UNIT, 0, 1000, 2, "break"), open_one]))
    store.write("press", [], Results(intervals=[open_one]))
    assert store.intervals(UNIT, 500, 10**9) == [Interval(UNIT, 0, 1000, 2, "break"), open_one]
    second = Interval(UNIT, 2000, None, 9, "failure:op10")
    store.write("press", [], Results(intervals=[closed, second]))
    assert store.intervals(UNIT, 1000, 10**9) == [closed, second]
    assert store.intervals(UNIT, 1500, 2000) == [closed]
    assert store.intervals(UNIT, 0, 500) == [Interval(UNIT, 0, 1000, 2, "break")]
    order = OrderRow(UNIT, "A1", "panel", 10.0, 1000, None, {"processed": 1.0})
    done = OrderRow(UNIT, "A1", "panel", 10.0, 1000, 5000, {"processed": 9.0, "scrap": 1.0})
    store.write("press", [], Results(orders=[order]))
    assert store.orders(UNIT, 2000, 3000) == [order]
    store.write("press", [], Results(orders=[done]))
    assert store.orders(UNIT, 0, 10**9) == [done]
    assert store.orders(UNIT, 5000, 10**9) == []


def test_events_are_found_by_scope_and_time_newest_first(store: Store) -> None:
    store.declare(PRESS)
    alarm = Event(2000, UNIT, "alarm", "warning", "power high", "power_electricity", 9.5)
    shift = Event(1000, PRESS.sources[0], "shift", "info", "early")
    store.write("press", [], Results(events=[shift, alarm]))
    command = Event(3000, UNIT + "1", "command", "info", "set")
    store.record([command])
    assert store.events("", 0, 10**9) == [command, alarm, shift]
    assert store.events("", 0, 10**9, limit=1) == [command]
    assert store.events(UNIT, 0, 10**9) == [alarm]
    assert store.events("demo/press", 1500, 3000) == [alarm]


def test_new_epoch_replaces_the_old_one_from_its_start_on(store: Store) -> None:
    """Counters begin again and history is told anew: what the old epoch has behind the new start is not shown."""
    later = declaration(epoch=5, start_ms=START + 30_000)

    def minute(number: int, value: float) -> TallyRow:
        return TallyRow(UNIT, START + number * MINUTE, START + (number + 1) * MINUTE, {"x": value})

    old, new = frames(PRESS, 60, seed=1), frames(later, 20, seed=2)
    store.declare(PRESS)
    store.write("press", [batch(PRESS, old)], Results(
        tallies=[minute(0, 1.0), minute(1, 5.0)],
        intervals=[Interval(UNIT, START, None, 6, "production")],
        orders=[OrderRow(UNIT, name, "p", 1.0, at, None, {}) for name, at in (("A", START), ("B", START + 40_000))],
        events=[Event(at, UNIT, "alarm", "info", text) for text, at in (("kept", START), ("gone", START + 50_000))],
        snapshot=b"one",
    ))  # fmt: skip
    store.declare(later)
    store.write("press", [batch(later, new)], Results(tallies=[minute(1, 2.0)], snapshot=b"five"))
    assert [one.epoch for one in store.declarations()] == [5]
    assert store.declaration("press", 1) == PRESS
    assert tuple(store.snapshot("press", epoch) for epoch in (1, 5, 9)) == (
        b"one",
        b"five",
        None,
    )
    path = f"{UNIT}/power_electricity"
    before = [item for item in samples_of(PRESS, old)[path] if item[0] < later.start_ms]
    series = store.series(path, 0, 10**14)
    assert (
        list(zip(series.time_ms.tolist(), series.last.tolist(), strict=True))
        == before + samples_of(later, new)[path]
    )
    assert store.last([path])[path].time_ms == samples_of(later, new)[path][-1][0]
    together = tallies_of(store, [UNIT], START, START + 2 * MINUTE, MINUTE)
    assert together[UNIT] == store.tally(UNIT, START, START + 2 * MINUTE, MINUTE)
    assert [row.values for row in store.tally(UNIT, START, START + 2 * MINUTE, MINUTE)] == [
        {"x": 1.0},
        {"x": 2.0},
    ]
    assert store.intervals(UNIT, START, START + 10**6) == [
        Interval(UNIT, START, START + 30_000, 6, "production")
    ]
    assert [row.order for row in store.orders(UNIT, 0, 10**14)] == ["A"]
    assert [event.text for event in store.events("", 0, 10**14)] == ["kept"]
    assert {epoch for _, epoch in store.watermarks("press")} == {1, 5}


def test_bucket_that_two_epochs_share_is_one(store: Store) -> None:
    """A trend's bucket in which a new epoch begins holds the samples of both, weighted by their number."""
    later = declaration(epoch=2, start_ms=START + 30_000)
    path = f"{UNIT}/power_electricity"
    held: list[float] = []
    for known, some in ((PRESS, frames(PRESS, 29, seed=1)), (later, frames(later, 7, seed=2))):
        store.declare(known)
        store.write("press", [batch(known, some)], Results())
        held += [float(value) for _, value in samples_of(known, some)[path]]
    series = store.series(path, START, START + MINUTE, MINUTE)
    assert series.time_ms.tolist() == [START]
    assert (series.low[0], series.high[0], series.last[0]) == (min(held), max(held), held[-1])
    assert series.mean[0] == pytest.approx(sum(held) / len(held))
    assert store.series(path, START + 1, START + 1, MINUTE).time_ms.tolist() == []


def test_several_scopes_at_once_are_each_scope_alone_over_epochs_too(store: Store) -> None:
    """Every range that begins or ends in, before or behind an epoch: sums and states are those of one scope."""
    line = PRESS.sources[0]
    for number, known in enumerate(
        (PRESS, *(declaration(epoch=1 + at, start_ms=START + at * 3 * MINUTE) for at in (1, 2)))
    ):
        store.declare(known)
        begin = known.start_ms
        store.write("press", [], Results(
            tallies=[
                TallyRow(scope, begin + at * MINUTE, begin + (at + 1) * MINUTE, {"x": 1.0 + at, f"of_{number}": 5.0})
                for scope in (line, UNIT) for at in range(5)
            ],
            intervals=[
                Interval(UNIT, begin, begin + MINUTE, 6, "production"), Interval(UNIT, begin + MINUTE, None, 9, "jam"),
                Interval(line, begin, begin + 8 * MINUTE, 6, "production"),
            ],
        ))  # fmt: skip
    scopes = [line, UNIT, "demo/nobody"]
    seen = set()
    for first, last in ((-2, 0), (-1, 12), (0, 3), (1, 5), (3, 6), (4, 5), (6, 7), (7, 12), (12, 14)):
        start, end = START + first * MINUTE, START + last * MINUTE
        for every in (MINUTE, 4 * MINUTE):
            sums = {scope: store.tally(scope, start, end, every) for scope in scopes}
            assert tallies_of(store, scopes, start, end, every) == sums
            for row in sums[UNIT]:  # of each minute the newest epoch
                minutes = range((row.start_ms - START) // MINUTE, (row.end_ms - START) // MINUTE)
                own = [(at // 3 if at < 9 else 2, at) for at in minutes if 0 <= at < 11]
                expected = sum(1.0 + at - 3 * epoch for epoch, at in own)
                assert row.values["x"] == expected
        states = {scope: store.intervals(scope, start, end) for scope in scopes}
        assert intervals_of(store, scopes, start, end) == states
        seen.update((one.start_ms, one.end_ms) for one in states[UNIT])
    minute = [START + at * MINUTE for at in range(8)]
    assert seen == {
        (minute[0], minute[1]), (minute[1], minute[3]), (minute[3], minute[4]), (minute[4], minute[6]),
        (minute[6], minute[7]), (minute[7], None),
    }  # fmt: skip


def test_texts_come_back_as_they_were(store: Store) -> None:
    """Quotes, separators, line breaks: whatever people write, in samples, events, orders and scopes."""
    store.declare(PRESS)
    odd = 'say "go",\nthen=\\ ${stop} \u00e9\\'
    some = frames(PRESS, 1)[:1]
    some[0].tags, some[0].times_ms, some[0].values, some[0].texts = [1], [START + 1000], [0.0], {0: odd}
    store.write("press", [batch(PRESS, some)], Results(
        events=[Event(START, UNIT, "alarm", "info", odd, "state", 1.0)],
        orders=[OrderRow(UNIT, odd, odd, 1.0, START, None, {"pq": 1.0})],
        intervals=[Interval(UNIT, START, None, 6, odd)],
    ))  # fmt: skip
    assert store.texts(f"{PRESS.sources[0]}/reason", 0, 10**14) == [(START + 1000, odd)]
    assert store.events(UNIT, 0, 10**14) == [Event(START, UNIT, "alarm", "info", odd, "state", 1.0)]
    assert store.events('x") or (r.scope != "', 0, 10**14) == []
    assert store.orders(UNIT, 0, 10**14) == [OrderRow(UNIT, odd, odd, 1.0, START, None, {"pq": 1.0})]
    assert store.intervals(UNIT, 0, 10**14) == [Interval(UNIT, START, None, 6, odd)]


def test_two_plants_do_not_touch_each_other(store: Store) -> None:
    oven = declaration("oven")
    for known in (PRESS, oven):
        store.declare(known)
        store.write(known.plant, [batch(known, frames(known, 5, seed=len(known.plant)))], Results())
    assert_holds(store, PRESS, frames(PRESS, 5, seed=5))
    assert_holds(store, oven, frames(oven, 5, seed=4))
    assert [one.plant for one in store.declarations()] == ["oven", "press"]


def test_reopened_file_knows_everything(tmp_path: Path) -> None:
    """Watermarks, numbers, newest values and results outlive the process."""
    path = tmp_path / "store.duckdb"
    some = frames(PRESS, 50)
    for cut in range(0, len(some), 30):
        store = DuckDbStore(path)
        store.declare(PRESS)
        results = Results(intervals=[Interval(UNIT, 0, cut or None, 6, "production")], snapshot=b"%d" % cut)
        store.write("press", [batch(PRESS, some[: cut + 30])], results)
        store.close()
    store = DuckDbStore(path)
    assert_holds(store, PRESS, some)
    assert store.intervals(UNIT, 0, 10) == [Interval(UNIT, 0, 120, 6, "production")]
    assert store.snapshot("press", 1) == b"120"
    assert store.incident == ""
    store.close()


def test_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction is all or nothing, in the file and in memory; the same write then succeeds."""
    store = DuckDbStore(tmp_path / "store.duckdb")
    store.declare(PRESS)
    some = frames(PRESS, 5)
    results = Results(
        tallies=[TallyRow(UNIT, START, START + MINUTE, {"x": 1.0})],
        events=[Event(1, UNIT, "alarm", "info", "")],
    )

    def fail(*_: object) -> None:
        raise OSError("no more")

    with monkeypatch.context() as patch:
        patch.setattr("edge.store.duckdb_results.insert_events", fail)
        with pytest.raises(OSError, match="no more"):
            store.write("press", [batch(PRESS, some)], results)
    assert store.watermarks("press") == {}
    assert store.last([f"{UNIT}/state"]) == {}
    store.write("press", [batch(PRESS, some)], results)
    assert_holds(store, PRESS, some)
    assert [row.values for row in store.tally(UNIT, START, START + MINUTE, MINUTE)] == [{"x": 1.0}]
    store.close()


@pytest.mark.parametrize("error", [duckdb.FatalException, duckdb.IOException])
def test_trouble_below_the_store_is_told_and_the_write_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[duckdb.Error]
) -> None:
    """After a fatal error the file is opened again: watermarks and newest values are those of the last commit."""
    store = DuckDbStore(tmp_path / "store.duckdb")
    store.declare(PRESS)
    some = frames(PRESS, 6)
    store.write("press", [batch(PRESS, some[:9])], Results())

    def fail(*_: object) -> None:
        raise error("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("edge.store.duckdb_results.insert_events", fail)
        with pytest.raises(StoreUnavailable, match="disk is full"):
            store.write("press", [batch(PRESS, some)], Results())
    assert_holds(store, PRESS, some[:9])
    store.write("press", [batch(PRESS, some)], Results())
    assert_holds(store, PRESS, some)
    store.close()
    with pytest.raises(StoreUnavailable):
        store.record([Event(1, "", "system", "info", "too late")])


@pytest.mark.parametrize("damage", ["header", "cut", "text", "blocks"])
def test_damaged_file_is_set_aside_and_a_fresh_one_started(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "store.duckdb"
    store = DuckDbStore(path)
    store.declare(PRESS)
    store.write("press", [batch(PRESS, frames(PRESS, 200))], Results())
    store.close()
    whole = path.read_bytes()
    blocks = whole[:12_288] + bytes(byte ^ 0xFF for byte in whole[12_288:])
    path.write_bytes(
        {
            "header": b"\0" * 4096 + whole[4096:],
            "cut": whole[:9000],
            "text": b"not a database",
            "blocks": blocks,
        }[damage]
    )
    store = DuckDbStore(path)
    assert "damaged" in store.incident
    assert store.declarations() == []
    assert [event.text for event in store.events("", 0, 10**14)] == [store.incident]
    assert len(list(tmp_path.glob("store.duckdb.damaged-*"))) == 1
    store.declare(PRESS)
    store.write("press", [batch(PRESS, frames(PRESS, 2))], Results())
    assert_holds(store, PRESS, frames(PRESS, 2))
    store.close()


def test_file_of_another_layout_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    store = DuckDbStore(path)
    store._db.execute("UPDATE meta SET value = '99'")
    store.close()
    with pytest.raises(StoreUnavailable, match="layout 99"):
        DuckDbStore(path)
    assert path.exists()


def test_file_in_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        DuckDbStore(tmp_path / "data" / "store.duckdb")
