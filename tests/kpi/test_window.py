"""Folding one sample at a time: exact elements, resets, clipped states, windows that split without a trace."""

from itertools import pairwise
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.kpi import Fold, Kpi, Window, add
from twin.kpi.tally import Tally
from twin.kpi.time_model import Element, element
from twin.model.frame import Sample
from twin.model.state import Reason, State
from twin.model.tag import Value

UNIT = "demo/p/area/line_1/op10"
LINE = "demo/p/area/line_1/line"
Step: TypeAlias = tuple[int, str, Value]
states = st.tuples(st.sampled_from(list(State)), st.sampled_from(sorted(Reason.ALL)))


@st.composite
def telemetry(draw: st.DrawFn) -> list[Step]:
    """Draw a stream of a unit's samples over 300 s in order of time: what a unit and its line could tell."""
    steps: list[Step] = [
        (0, "prod_processed_count", 0.0),
        (0, "scrap_count", 0.0),
        (0, "energy_electricity_idle", 5.0),
    ]
    steps += [(0, "ideal_cycle_time", 3.0), (0, "carbon_electricity", 0.5), (0, "price_electricity", 0.7)]
    made = scrap = 0
    energy = 5.0
    for at in sorted(draw(st.lists(st.integers(0, 300_000), max_size=40))):
        kind = draw(st.integers(0, 6))
        if kind <= 1:
            state, why = draw(states)
            steps += [(at, "reason", f"{why}:x"), (at, "state", int(state))]
        elif kind == 2:
            steps.append((at, "capacity", draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))))
        elif kind == 3:
            steps.append((at, "planned_busy", draw(st.integers(0, 1))))
        elif kind == 4:
            made += draw(st.integers(0, 9))
            scrap = draw(st.integers(scrap, made))
            steps += [(at, "prod_processed_count", float(made)), (at, "scrap_count", float(scrap))]
        elif kind == 5:
            energy += draw(st.integers(0, 8)) / 4.0
            steps.append((at, "energy_electricity_idle", energy))
        else:
            steps.append((at, "ideal_cycle_time", draw(st.sampled_from([2.0, 3.0]))))
    return steps


def tally(steps: list[Step], cuts: list[int]) -> Tally:
    """Fold and sum over windows that end at `cuts`."""
    fold = Fold(0)
    whole: Tally = {}
    rest = list(steps)
    for cut in cuts:
        while rest and rest[0][0] <= cut:
            at, name, value = rest.pop(0)
            fold.update(name, value, at)
        add(whole, fold.cut(cut))
    return whole


def brute_force(steps: list[Step], end: int) -> dict[str, float]:
    """Walk through the time elements millisecond by millisecond in the mind: per signal a list of changes."""

    def signal(name: str, first: Value) -> list[tuple[int, Value]]:
        return [(0, first)] + [(at, value) for at, tag, value in steps if tag == name]

    edges = sorted({0, end, *(at for at, _, _ in steps if at < end)})
    found: dict[str, float] = {}
    for start, stop in pairwise(edges):
        now = {
            name: [value for at, value in signal(name, first) if at <= start][-1]
            for name, first in (("state", 0), ("reason", ""), ("capacity", 1.0), ("planned_busy", 0))
        }
        if not now["planned_busy"]:
            continue
        kind = element(int(now["state"]), str(now["reason"]).partition(":")[0])
        share = (
            float(now["capacity"]) if kind is Element.PRODUCTION and now["state"] == State.EXECUTE else 1.0
        )
        seconds = (stop - start) / 1000.0
        found["planned_busy_time"] = found.get("planned_busy_time", 0.0) + seconds
        found[kind.value] = found.get(kind.value, 0.0) + share * seconds
        found[Element.DOWN.value] = found.get(Element.DOWN.value, 0.0) + (1.0 - share) * seconds
    return found


@given(telemetry())
def test_fold_is_what_the_definition_says(steps: list[Step]) -> None:
    """Elements by exact time, weighted by capacity, inside planned time only; they add up to PBT exactly."""
    found, expected = tally(steps, [300_000]), brute_force(steps, 300_000)
    names = ["planned_busy_time", *(one.value for one in Element)]
    assert [found.get(name, 0.0) for name in names] == pytest.approx(
        [expected.get(name, 0.0) for name in names]
    )
    assert sum(found.get(one.value, 0.0) for one in Element) == pytest.approx(
        found.get("planned_busy_time", 0.0)
    )
    told = sum(value for name, value in found.items() if name.startswith("reason/"))
    assert told + found.get("unknown_time", 0.0) == pytest.approx(found.get("planned_busy_time", 0.0))
    assert found["calendar_time"] == 300.0


@given(telemetry(), st.lists(st.integers(1, 299_999), max_size=8))
def test_splitting_a_window_changes_no_sum(steps: list[Step], cuts: list[int]) -> None:
    whole, split = tally(steps, [300_000]), tally(steps, [*sorted(cuts), 300_000])
    assert split == pytest.approx(whole)


@given(telemetry(), st.integers(1, 100_000), st.integers(100_001, 299_999))
def test_window_is_clipped_at_both_edges(steps: list[Step], start: int, end: int) -> None:
    """A window over the whole stream finds what the difference of two longer folds finds."""
    window = Window(UNIT, start, end)
    for at, name, value in [*steps, (300_000, "planned_busy", 0)]:
        window.update(Sample(f"{LINE if name == 'planned_busy' else UNIT}/{name}", value, at))
    fold = Fold(0)
    expected: Tally = {}
    for cut, last in ((start, -1), (end, start)):
        for at, name, value in steps:
            if last < at <= cut:
                fold.update(name, value, at)
        expected = fold.cut(cut)
    assert window.get() == pytest.approx(expected)


@given(telemetry(), st.integers(0, 299_999))
def test_memory_between_cuts_is_enough(steps: list[Step], cut: int) -> None:
    """A fold that is saved and restored at a cut goes on as if nothing had happened."""
    fold = Fold(0)
    for at, name, value in steps:
        if at <= cut:
            fold.update(name, value, at)
    fold.cut(cut)
    again = Fold.restore(fold.state())
    for at, name, value in steps:
        if at > cut:
            fold.update(name, value, at)
            again.update(name, value, at)
    assert again.cut(300_000) == fold.cut(300_000)


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=30))
def test_counter_reset_counts_from_zero(gains: list[tuple[int, bool]]) -> None:
    """However often a register falls back to zero, the sum of what it gained afterwards is kept."""
    fold = Fold(0)
    fold.update("prod_processed_count", 7.0, 0)
    value, expected, resets = 7.0, 0.0, 0
    for place, (gain, reset) in enumerate(gains):
        if reset and gain < value:
            value, resets = float(gain), resets + 1
        else:
            value += gain
        expected += gain
        fold.update("prod_processed_count", value, place + 1)
    assert len(fold.resets) == resets
    assert fold.cut(1000).get("pq", 0.0) == expected


def test_rounding_is_no_reset() -> None:
    """A register that falls by a rounding error neither counts anew nor is called a reset."""
    fold = Fold(0)
    for at, value in ((0, 1e6), (1, 1e6 - 1e-6), (2, 1e6 + 1.0)):
        fold.update("energy_electricity_idle", value, at)
    assert fold.cut(10)["energy/electricity/idle"] == 1.0
    assert not fold.resets


def test_prices_hold_from_their_moment() -> None:
    """What was used before a price changed costs the old price, and so for pieces and ideal times."""
    fold = Fold(0, line=True)
    for at, name, value in (
        (0, "price_electricity", 1.0), (0, "carbon_electricity", 0.5), (0, "unit_cost_paint", 2.0),
        (0, "hourly_cost_rent", 3600.0), (0, "labour_rate", 10.0), (0, "ideal_cycle_time", 5.0),
        (0, "energy_electricity_execute", 0.0), (0, "prod_processed_count", 0.0), (0, "labour_time", 0.0),
        (500, "energy_electricity_execute", 4.0), (500, "prod_processed_count", 3.0), (500, "labour_time", 1.0),
        (500, "price_electricity", 10.0), (500, "unit_cost_paint", 1.0), (500, "labour_rate", 20.0),
        (500, "ideal_cycle_time", 7.0),
        (900, "energy_electricity_execute", 6.0), (900, "prod_processed_count", 4.0), (900, "labour_time", 2.0),
    ):  # fmt: skip
        fold.update(name, value, at)
    found = fold.cut(1000)
    assert found["energy_cost"] == 4.0 * 1.0 + 2.0 * 10.0
    assert found["co2"] == 3.0
    assert found["other_cost"] == pytest.approx(3 * 2.0 + 1 * 1.0 + 1.0)
    assert found["labour_cost"] == 30.0
    assert found["ideal_time"] == 3 * 5.0 + 1 * 7.0


def test_defective_units_cost_what_a_defect_costs() -> None:
    """Scrap and rework cost the line's defect rates; a unit's own fold knows no costs."""
    line, unit = Fold(0, line=True), Fold(0)
    for fold in (line, unit):
        for at, name, value in (
            (0, "defect_cost_quality", 30.0), (0, "scrap_count", 1.0), (0, "rework_count", 0.0),
            (500, "scrap_count", 3.0), (600, "rework_count", 4.0),
        ):  # fmt: skip
            fold.update(name, value, at)
    assert line.cut(1000)["other_cost"] == 6 * 30.0
    assert "other_cost" not in unit.cut(1000)


def test_failures_are_counted_at_their_beginning() -> None:
    """Two failures, one of them changing its detail and lasting into unplanned time."""
    fold = Fold(0, planned=True)
    for at, why in (
        (0, "production"),
        (10, "failure:a"),
        (20, "failure:b"),
        (30, "production"),
        (40, "tooling"),
    ):
        fold.move(at * 1000, State.EXECUTE, why)
    fold.plan(45_000, False)
    found = fold.cut(60_000)
    assert found["failures"] == 2
    assert found["failure_time"] == 40.0
    assert found["actual_unit_down_time"] == 25.0


def test_silence_is_unknown_time() -> None:
    """What follows the last sign of life is unknown, and stays so until the state is told again."""
    fold = Fold(0, planned=True)
    fold.move(0, State.EXECUTE, Reason.PRODUCTION)
    fold.known_ms = 20_000
    assert fold.cut(60_000)["unknown_time"] == 40.0
    fold.known_ms = 120_000
    fold.move(90_000, State.EXECUTE, Reason.PRODUCTION)
    found = fold.cut(120_000)
    assert (found["unknown_time"], found["actual_production_time"]) == (30.0, 30.0)


def test_kpi_names_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match=r"no figure 'beauty'; there are: .*availability"):
        Kpi("beauty", UNIT)


def test_kpi_carries_its_inputs() -> None:
    kpi = Kpi("quality_ratio", UNIT)
    assert kpi.get() is None
    for at, made in ((0, 0.0), (1000, 8.0)):
        kpi.update(Sample(f"{UNIT}/prod_processed_count", made, at))
        kpi.update(Sample(f"{UNIT}/scrap_count", made / 4.0, at))
    assert kpi.get() == 0.75
    assert kpi.figure().inputs == {"GQ": 6.0, "PQ": 8.0}
