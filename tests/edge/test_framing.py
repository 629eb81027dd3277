"""Frames that the edge makes itself: order, numbers, marks, and the figures that come of them."""

from collections.abc import Iterable
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.collect.framing import Framer
from edge.collect.mapping import read_mapping
from edge.engine import Engine
from edge.store import TallyRow
from tests.edge.test_mapping import EXAMPLE
from twin.model.frame import Frame
from twin.model.state import State
from twin.packing import pack, unpack

START = 1_800_000_000_000  # a full minute
MINUTE = 60_000
DECLARED = read_mapping(EXAMPLE).declare(1, START)
FILLER, LABELLER = 1, 2
TAGS = {tag: place for place, tag in enumerate(DECLARED.units[FILLER].tag_names)}


def say(framer: Framer, at_s: float, **values: float | str) -> None:
    for tag, value in values.items():
        framer.add(FILLER, TAGS[tag], value, START + round(at_s * 1000))


def check_contract(frames: Iterable[Frame]) -> None:
    """Numbers are contiguous, times rise per tag, no sample lies after its frame."""
    by_source = groupby(sorted(frames, key=lambda frame: frame.source), key=lambda frame: frame.source)
    for _, group in by_source:
        own = list(group)
        assert [frame.seq for frame in own] == list(range(1, len(own) + 1))
        assert all(later.time_ms >= earlier.time_ms for earlier, later in pairwise(own))
        last: dict[int, int] = {}
        for frame in own:
            for tag, time_ms in zip(frame.tags, frame.times_ms, strict=True):
                assert time_ms > last.get(tag, 0)
                assert time_ms <= frame.time_ms
                last[tag] = time_ms


def test_values_are_put_in_the_order_of_their_times() -> None:
    framer = Framer(DECLARED)
    say(framer, 2.0, temperature=21.0)
    say(framer, 1.0, temperature=20.0)
    (frame,) = framer.cut(START + 5_000)
    assert frame.values == [20.0, 21.0]
    assert frame.times_ms == [START + 1_000, START + 2_000]
    say(framer, 3.0, temperature=25.0)  # too late: 5 s is framed already
    (frame,) = framer.cut(START + 6_000)
    assert frame.times_ms == [START + 5_001]


def test_what_is_known_is_told_again_at_the_full_minute() -> None:
    framer = Framer(DECLARED)
    say(
        framer,
        10.0,
        reason="production",
        state=6.0,
        temperature=20.0,
        prod_processed_count=5.0,
        ideal_cycle_time=0.5,
    )
    frames = framer.cut(START + 61_000)
    marks = [frame for frame in frames if frame.time_ms == START + MINUTE]
    assert len(marks) == 1
    at_the_minute = {
        DECLARED.units[FILLER].tag_names[tag]
        for tag, time_ms in zip(marks[0].tags, marks[0].times_ms, strict=True) if time_ms == START + MINUTE
    }  # fmt: skip
    assert at_the_minute == {"state", "temperature", "prod_processed_count"}


def test_a_measure_within_its_deadband_is_not_told() -> None:
    framer = Framer(DECLARED)
    say(framer, 1.0, temperature=20.0)
    say(framer, 2.0, temperature=20.1)
    say(framer, 3.0, temperature=20.3)
    (frame,) = framer.cut(START + 5_000)
    assert frame.values == [20.0, 20.3]


@given(
    st.lists(
        st.tuples(st.integers(0, 200_000), st.sampled_from(sorted(TAGS)), st.floats(0, 100)), max_size=60
    ),
    st.lists(st.integers(1, 200_000), max_size=10),
)
def test_any_values_make_frames_of_the_contract(
    values: list[tuple[int, str, float]], cuts: list[int]
) -> None:
    framer = Framer(DECLARED)
    frames: list[Frame] = []
    waiting = list(values)
    for cut in [*sorted(cuts), 300_000]:
        for at, tag, value in waiting[: len(waiting) // 2 + 1]:
            framer.add(FILLER, TAGS[tag], "text" if tag == "reason" else value, START + at)
        waiting = waiting[len(waiting) // 2 + 1 :]
        frames += framer.cut(START + cut)
    check_contract(frames)


def test_figures_come_of_frames_and_a_gap_is_unknown_time() -> None:
    """Two minutes of production, one of a failure, half a minute of a gap, then production again."""
    framer = Framer(DECLARED)
    say(
        framer,
        0.001,
        ideal_cycle_time=0.5,
        reason="production",
        state=float(State.EXECUTE),
        prod_processed_count=0.0,
    )
    frames = framer.cut(START + 500)
    for second in range(1, 121):
        say(framer, second, prod_processed_count=float(second))
    say(framer, 120.0, reason="failure:filler", state=float(State.ABORTED))
    frames += framer.cut(START + 3 * MINUTE)
    say(framer, 180.001, reason="connection_lost", state=float(State.STOPPED))
    frames += framer.cut(START + 180_010)
    framer.silence(START + 210_000)
    say(framer, 210.001, reason="production", state=float(State.EXECUTE), prod_processed_count=150.0)
    frames += framer.cut(START + 5 * MINUTE + 1_000)
    check_contract(frames)
    engine = Engine(DECLARED)
    results = engine.fold([unpack(pack(frames, DECLARED.sources))])
    path = DECLARED.units[FILLER].path
    rows = [row for row in results.tallies if row.scope == path]
    minutes = [(row.start_ms - START) // MINUTE for row in rows]
    assert minutes[:4] == [0, 1, 2, 3]

    def seconds(row: TallyRow, name: str) -> float:
        return float(row.values.get(name, 0.0))

    production = [seconds(row, "actual_production_time") for row in rows[:4]]
    assert production == pytest.approx([60.0, 60.0, 0.0, 30.0], abs=0.1)
    assert [seconds(row, "actual_unit_down_time") for row in rows[:4]] == pytest.approx(
        [0, 0, 60.0, 0], abs=0.1
    )
    assert seconds(rows[3], "unknown_time") == pytest.approx(30.0, abs=0.1)
    counted = sum(seconds(row, "pq") for row in rows)
    assert counted == pytest.approx(150.0), "what was made in the gap is counted, though nobody saw when"
