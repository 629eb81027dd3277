"""The published worked examples (oee.com, waycalculator, UTM, Nakajima 1988, Willmott) come out as printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.kpi import figures


def shift(planned: float, running: float, ideal: float, made: float, rejects: float) -> dict[str, float]:
    """Return the tally of a shift: minutes planned and running, s per piece, pieces, rejects."""
    return {
        "calendar_time": planned * 60, "planned_busy_time": planned * 60, "actual_production_time": running * 60,
        "actual_unit_down_time": (planned - running) * 60, "pq": made, "sq": rejects, "ideal_time": ideal * made,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tally", "a", "e", "q", "oee"),
    [
        pytest.param(shift(480 - 60, 373, 1.0, 19_271, 423), 0.8881, 0.8611, 0.9780, 0.7479, id="vorne"),
        pytest.param(shift(480, 420, 60.0, 400, 20), 0.875, 0.9524, 0.95, 0.7917, id="waycalculator"),
        pytest.param(shift(900, 810, 90.0, 525, 56), 0.9, 0.9722, 0.8933, 0.7817, id="utm"),
        pytest.param(shift(460, 400, 120.0, 100, 2), 0.8696, 0.50, 0.98, 0.426, id="nakajima"),
    ],
)
def test_worked_example(tally: dict[str, float], a: float, e: float, q: float, oee: float) -> None:
    """Availability, effectiveness, quality and OEE agree with the source to its last digit."""
    found = figures(tally)
    names = ("availability", "effectiveness", "quality_ratio", "oee_index")
    assert [found[name].value for name in names] == pytest.approx(
        [a, e, q, oee], abs=6e-5 if oee != 0.426 else 6e-4
    )


def test_worked_example_willmott() -> None:
    """TPM Route p. 127: 910 - 127 = 783 of 910; 203 of 261 cycles."""
    found = figures(
        {"planned_busy_time": 910.0, "actual_production_time": 783.0, "ideal_time": 203 * 3.0, "pq": 203.0}
        | {"actual_unit_down_time": 127.0}
    )
    assert found["availability"].value == pytest.approx(0.8604, abs=5e-5)
    cycles = figures(
        {"planned_busy_time": 783.0, "actual_production_time": 783.0, "ideal_time": 203 * 3.0, "pq": 203.0}
    )
    assert cycles["effectiveness"].value == pytest.approx(203 / 261, abs=5e-5)
    assert cycles["effectiveness"].value == pytest.approx(0.7778, abs=5e-5)


def test_effectiveness_above_one_is_raw_and_flagged() -> None:
    """Faster than ideal is reported as it is, with a note, in effectiveness and in OEE."""
    found = figures(
        {"planned_busy_time": 60.0, "actual_production_time": 60.0, "pq": 70.0, "ideal_time": 70.0}
    )
    assert found["effectiveness"].value == pytest.approx(70 / 60)
    assert "ideal" in found["effectiveness"].note
    assert found["oee_index"].value == pytest.approx(70 / 60)
    assert found["oee_index"].note


def test_missing_ideal_cycle_time_is_no_zero() -> None:
    """Pieces without a PRI leave effectiveness undefined, not zero."""
    found = figures({"planned_busy_time": 60.0, "actual_production_time": 60.0, "pq": 70.0})
    assert found["effectiveness"].value is None
    assert "ideal cycle time" in found["effectiveness"].note
    assert found["loss/reduced_speed"].value is None


def test_nothing_gives_no_value_and_a_reason() -> None:
    """Every ratio of an empty window is None with a reason, never 0 or 100 %."""
    empty = figures({})
    ratios = [one for one in empty.values() if "/" in one.formula or "·" in one.formula]
    sums = [one for one in ratios if one.name.startswith("loss/") or one.name == "fully_effective_time"]
    assert all(one.value == 0.0 for one in sums)
    for one in ratios:
        if one not in sums:
            assert one.value is None, one
            assert one.note, one


def test_inputs_show_the_arithmetic() -> None:
    """Availability, NEE and OEE can be recomputed from the inputs that they carry."""
    found = figures(
        shift(420, 373, 1.0, 19_271, 423)
        | {"actual_unit_setup_time": 47 * 60.0, "actual_unit_down_time": 0.0}
    )
    a, oee, nee = found["availability"], found["oee_index"], found["nee_index"]
    assert a.value == a.inputs["APT"] / a.inputs["PBT"]
    assert oee.value == pytest.approx(oee.inputs["A"] * oee.inputs["E"] * oee.inputs["Q"])
    assert nee.inputs["AUPT/PBT"] == pytest.approx(1.0)
    assert found["setup_ratio"].value == pytest.approx(47 / 420)


positive = st.floats(0.0, 1e6)


@given(positive, positive, positive, positive, positive)
def test_ratios_of_times_lie_between_zero_and_one(
    apt: float, aust: float, adet: float, adot: float, lost: float
) -> None:
    """0 <= A <= 1 whatever the mix of time elements, and so for the other ratios of times."""
    found = figures(
        {
            "planned_busy_time": apt + aust + adet + adot + lost, "actual_production_time": apt,
            "actual_unit_setup_time": aust, "actual_unit_delay_time": adet, "actual_unit_down_time": adot,
            "unknown_time": lost,
        }
    )  # fmt: skip
    for name in ("availability", "setup_ratio", "technical_efficiency", "allocation_efficiency"):
        value = found[name].value
        assert value is None or 0.0 <= value <= 1.0 + 1e-12
