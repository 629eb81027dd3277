"""The engine: rows that agree with a fold by hand and with the ledger, whatever way the frames are cut."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.alarm import AlarmWatch
from edge.engine import Engine
from edge.store import Results
from tests.edge.workshop import batch, merged, workshop
from twin.kpi import Window
from twin.model.declaration import Declaration
from twin.model.frame import Frame
from twin.packing import pack, unpack

MINUTE = 60_000


@cache
def run(seed: int = 1) -> tuple[Declaration, tuple[Frame, ...], tuple[dict[str, dict[str, float]], ...]]:
    """Run the workshop for 50 minutes; return declaration, frames, and the ledger at each full minute."""
    simulation = workshop(seed)
    frames: list[Frame] = []
    ledgers = [simulation.ledger()]
    for _ in range(50):
        frames += simulation.advance(60.0)
        ledgers.append(simulation.ledger())
    return simulation.declaration, tuple(frames), tuple(ledgers)


def fold(frames: list[Frame], cuts: list[int], restarts: set[int] | None = None) -> list[Results]:
    """Fold frames in pieces that end at `cuts`; restart from the snapshot after the pieces in `restarts`."""
    declaration = run()[0]
    engine, results = Engine(declaration), []
    edges = [0, *sorted(cuts), len(frames)]
    for place, (start, end) in enumerate(pairwise(edges)):
        part = frames[start:end]
        results.append(engine.fold([unpack(pack(part, declaration.sources))] if part else []))
        if restarts and place in restarts:
            engine = Engine.restore(results[-1].snapshot, declaration)
    return results


@cache
def whole() -> dict[str, object]:
    return merged(fold(list(run()[1]), []))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_cut_and_any_restart_give_the_same(data: st.DataObject) -> None:
    """Batches may end anywhere, between the units of one scan too, and the engine may be restored after any of them."""
    frames = list(run()[1])
    cuts = data.draw(st.lists(st.integers(0, len(frames)), max_size=12))
    restarts = data.draw(st.sets(st.integers(0, 12)))
    assert merged(fold(frames, cuts, restarts)) == whole()


def test_restart_before_and_after_the_first_frame_gives_the_same() -> None:
    """An engine that has folded nothing yet can be saved, and so can one that has begun its first minute."""
    assert (
        merged(fold(list(run()[1]), [0, 1, 2], {0, 1, 2}))
        == merged(fold(list(run()[1]), [0, 1, 2]))
        == whole()
    )


def test_every_single_cut_of_a_minute_edge_gives_the_same() -> None:
    """Every way to split the frames around one full minute in two, with a restart in between."""
    frames = list(run()[1])
    edge = run()[0].start_ms + 7 * MINUTE
    near = [place for place, frame in enumerate(frames) if abs(frame.time_ms - edge) <= 3000]
    for cut in near:
        assert merged(fold(frames, [cut], {0})) == whole()


def test_frame_by_frame_gives_the_same() -> None:
    frames = list(run()[1])[:900]
    assert merged(fold(frames, list(range(900)))) == merged(fold(frames, []))


def test_rows_agree_with_one_sample_at_a_time() -> None:
    """The engine's rows of a unit are what `Window` makes of the same samples one by one."""
    declaration, frames, _ = run()
    start, end = declaration.start_ms + 5 * MINUTE, declaration.start_ms + 45 * MINUTE
    scope = declaration.units[1].path
    window = Window(scope, start, end)
    samples = [
        (s.time_ms, place, s) for place, frame in enumerate(frames) for s in declaration.samples(frame)
    ]
    for _, _, sample in sorted(samples, key=lambda item: item[:2]):
        window.update(sample)
    summed: dict[str, float] = {}
    for row_start, row_scope, _, values in whole()["tallies"]:  # type: ignore[attr-defined]
        if row_scope == scope and start <= row_start < end:
            for name, value in values.items():
                summed[name] = summed.get(name, 0.0) + value
    priced = (
        "energy_cost",
    )  # the engine reads meters where the price changes, the window has no later samples
    assert {name: value for name, value in window.get().items() if name not in priced} == pytest.approx(
        {name: value for name, value in summed.items() if name not in priced}, abs=0.05
    )
    assert window.get()["energy_cost"] == pytest.approx(summed["energy_cost"], rel=0.01)


def test_every_minute_has_a_row_for_every_scope() -> None:
    declaration, _, _ = run()
    rows = whole()["tallies"]
    assert [(row[0], row[1]) for row in rows] == [  # type: ignore[attr-defined]
        (declaration.start_ms + minute * MINUTE, source)
        for minute in range(50)
        for source in sorted(declaration.sources)
    ]
    for _, _, _, values in rows:  # type: ignore[attr-defined]
        elements = (
            "actual_production_time",
            "actual_unit_setup_time",
            "actual_unit_delay_time",
            "actual_unit_down_time",
        )
        summed = sum(values.get(name, 0.0) for name in (*elements, "unknown_time"))
        assert summed == pytest.approx(values.get("planned_busy_time", 0.0))
        assert values.get("unknown_time", 0.0) == 0.0
        assert values["calendar_time"] == 60.0


def test_line_energy_is_that_of_all_units() -> None:
    """Each minute of the line holds the meters of all units and its own base load, exactly as the ledger has them."""
    declaration, _, ledgers = run()
    for minute in range(50):
        before, after = ledgers[minute], ledgers[minute + 1]
        for key in ("energy/electricity/execute", "energy/electricity/standby", "energy/natural_gas/idle"):
            truth = sum(page.get(key, 0.0) - before[unit].get(key, 0.0) for unit, page in after.items())
            (line,) = [
                values
                for start, scope, _, values in whole()["tallies"]  # type: ignore[attr-defined]
                if start == declaration.start_ms + minute * MINUTE and scope == declaration.units[0].path
            ]
            assert line.get(key, 0.0) == pytest.approx(truth, abs=1e-9)


def test_orders_are_cut_exactly() -> None:
    """Orders follow each other without a gap, with the counts of their exact times; together they are the whole."""
    declaration, frames, ledgers = run()
    orders = list(whole()["orders"].values())  # type: ignore[attr-defined]
    assert len(orders) >= 3
    for before, after in pairwise(orders):
        assert before.end_ms == after.start_ms
        assert before.order != after.order
    assert orders[-1].end_ms is None
    assert {row.product for row in orders} == {"wing", "hood"}
    told: dict[int, float] = {}
    count = declaration.units[0].tag_names.index("prod_processed_count")
    order = declaration.units[0].tag_names.index("order")
    newest = 0.0
    for frame in frames:
        if frame.source == declaration.units[0].path:
            for tag, time_ms, value in zip(frame.tags, frame.times_ms, frame.values, strict=True):
                newest = value if tag == count else newest
                if tag == order:
                    told[time_ms] = newest
    for before, after in pairwise(orders):
        assert before.values.get("pq", 0.0) == told[after.start_ms] - told[before.start_ms]
    for key in ("pq", "sq", "rq"):
        name = {"pq": "processed", "sq": "scrapped", "rq": "reworked"}[key]
        assert sum(row.values.get(key, 0.0) for row in orders) == ledgers[-1]["line"][name]
    used = sum(value for row in orders for name, value in row.values.items() if name.startswith("energy/"))
    truth = sum(
        value for page in ledgers[-1].values() for name, value in page.items() if name.startswith("energy/")
    )
    assert used == pytest.approx(truth)


def test_order_energy_is_close_to_the_meters_at_its_exact_time() -> None:
    """Reading other units' meters on the straight line between readings is exact where power is constant."""
    declaration, frames, _ = run()
    orders = list(whole()["orders"].values())  # type: ignore[attr-defined]
    row = orders[1]
    simulation = workshop()
    pages = []
    for moment in (row.start_ms, row.end_ms):
        simulation.advance(0)
        simulation.env.run(until=(moment - declaration.start_ms) / 1000.0 + 1e-3)
        pages.append(simulation.ledger())
    for label in ("execute", "idle", "standby"):
        key = f"energy/electricity/{label}"
        truth = sum(pages[1][unit][key] - pages[0][unit][key] for unit in pages[0])
        assert row.values.get(key, 0.0) == pytest.approx(truth, abs=0.25)
    assert frames


def test_frames_that_were_lost_leave_unknown_time_and_exact_counts() -> None:
    """Ten minutes without a frame: unknown time, no interval across the hole, counters caught up afterwards."""
    declaration, frames, ledgers = run()
    start, end = declaration.start_ms + 10 * MINUTE, declaration.start_ms + 20 * MINUTE
    left = [frame for frame in frames if not start < frame.time_ms < end]
    got = merged(fold(left, []))
    unknown = sum(values.get("unknown_time", 0.0) for _, _, _, values in got["tallies"])  # type: ignore[attr-defined]
    assert unknown == pytest.approx(3 * 600.0, abs=60.0)
    for row in got["intervals"].values():  # type: ignore[attr-defined]
        assert row.end_ms is None or row.end_ms <= start or row.start_ms >= end - MINUTE
    line = declaration.units[0].path
    pieces = sum(values.get("pq", 0.0) for _, scope, _, values in got["tallies"] if scope == line)  # type: ignore[attr-defined]
    assert pieces == ledgers[-1]["line"]["processed"]


def test_long_silence_makes_no_rows() -> None:
    """A plant whose clock leaps by a month leaves one event, not forty thousand rows."""
    simulation = workshop()
    frames = simulation.advance(120.0)
    month = 30 * 86_400_000
    for frame in (late := workshop().advance(120.0)):
        frame.time_ms += month
        frame.times_ms = [at + month for at in frame.times_ms]
    results = Engine(simulation.declaration).fold([batch(frames, simulation), batch(late, simulation)])
    assert len(results.tallies) < 20
    assert [event.kind for event in results.events if "no data" in event.text] == ["system"]


def test_register_reset_is_told_and_counted_from_zero() -> None:
    simulation = workshop()
    frames = simulation.advance(300.0)
    tag = simulation.declaration.units[1].tag_names.index("prod_processed_count")
    source = simulation.declaration.units[1].path
    middle = simulation.start_ms + 150_000
    last = max(frame.values[frame.tags.index(tag)] for frame in frames if frame.source == source and tag in frame.tags
               and frame.time_ms <= middle)  # fmt: skip
    for frame in frames:
        if frame.source == source and frame.time_ms > middle:
            frame.values = [
                v - last if t == tag else v for t, v in zip(frame.tags, frame.values, strict=True)
            ]
    results = Engine(simulation.declaration).fold([batch(frames, simulation)])
    assert (
        sum(row.values.get("pq", 0.0) for row in results.tallies if row.scope == source)
        == (simulation.ledger()["m1"]["processed"])
    )
    assert [event.tag for event in results.events if "counted from zero" in event.text] == [
        "prod_processed_count"
    ]


def test_events_tell_shifts_orders_failures_and_alarms() -> None:
    kinds: dict[str, int] = {}
    for event in whole()["events"]:  # type: ignore[attr-defined]
        kinds[f"{event.kind}/{event.tag}"] = kinds.get(f"{event.kind}/{event.tag}", 0) + 1
    assert kinds["shift/shift"] == 1
    assert kinds["order/order"] == len(whole()["orders"])  # type: ignore[arg-type]
    assert kinds["alarm/state"] >= kinds["clear/state"] > 0
    assert kinds["alarm/warmth"] > kinds["clear/warmth"] > 0


def test_frames_of_another_epoch_are_refused() -> None:
    simulation = workshop()
    frames = simulation.advance(1.0)
    for frame in frames:
        frame.epoch = 2
    with pytest.raises(ValueError, match="epoch 2 came to the engine of epoch 1"):
        Engine(simulation.declaration).fold([batch(frames, simulation)])


@pytest.mark.parametrize(
    "snapshot",
    [b"", b"[1]", b"{}", b"\xff", b"[1,1,0,0,[],[],{},5,[[],[]]]", b"[1,2,0,0,[],[],{},[],[[],[]]]"],
)
def test_snapshot_that_does_not_fit_is_refused(snapshot: bytes) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        Engine.restore(snapshot, run()[0])


def alarm_levels(values: list[float], cuts: list[int]) -> list[tuple[str, str, float | None]]:
    declaration = run()[0]
    watch = AlarmWatch(declaration)
    number = declaration.units[0].tag_names.index("warmth")
    edges = [0, *sorted(cuts), len(values)]
    events = []
    for start, end in pairwise(edges):
        part = np.array(values[start:end])
        events += watch.check(np.full(len(part), number), np.arange(start, end), part)
    return [(event.kind, event.severity, event.value) for event in events]


def test_alarm_has_hysteresis() -> None:
    """Hi at 80 with deadband 0.5: it stays until 79.5, rises to HiHi, eases to Hi, clears."""
    assert alarm_levels([79.0, 80.2, 79.8, 80.1, 90.5, 89.8, 85.0, 79.6, 79.4, 5.0, 50.0], []) == [
        ("alarm", "warning", 80.2),
        ("alarm", "critical", 90.5),
        ("alarm", "warning", 85.0),
        ("clear", "info", 79.4),
        ("alarm", "critical", 5.0),
        ("clear", "info", 50.0),
    ]


@given(st.lists(st.floats(0, 100) | st.sampled_from([10.0, 19.8, 20.3, 79.7, 80.3, 90.2, float("nan")]), max_size=40),
       st.lists(st.integers(0, 40), max_size=5))  # fmt: skip
def test_alarms_do_not_depend_on_cuts(values: list[float], cuts: list[int]) -> None:
    """By columns, in any pieces, and one value at a time: the same events."""
    cuts = [min(cut, len(values)) for cut in cuts]
    assert (
        alarm_levels(values, cuts)
        == alarm_levels(values, [])
        == alarm_levels(values, list(range(len(values))))
    )
