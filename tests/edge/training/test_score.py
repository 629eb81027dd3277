"""The score, by worked examples that can be checked by hand."""

import pytest

from edge.training.drill import Mark
from edge.training.score import Finding, Onset, Verdict, Weights, match, points, window_end

CRACK = Onset("crack", "op10", 100_000, 400_000)
LEAK = Onset("leak", "op20", 300_000, 900_000)
END = 1_200_000


def mark(number: int, made_s: float, unit: str, key: str, time_s: float | None = None) -> Mark:
    return Mark(
        number, 1, round(made_s * 1000), round((made_s if time_s is None else time_s) * 1000), unit, key
    )


def test_fault_is_named_with_its_delay_whatever_time_the_mark_tells() -> None:
    """Who tells an earlier time is nearer to the onset, but no sooner."""
    found = match([CRACK], [mark(1, 220, "op10", "crack", 130)], END)
    assert found.verdicts == {1: Verdict.NAMED}
    assert (found.findings[0].delay_s, found.findings[0].error_s) == (120.0, 30.0)


def test_mark_before_the_onset_or_long_after_the_reset_is_a_false_alarm() -> None:
    marks = [
        mark(1, 99.999, "op10", "crack"),
        mark(2, 520.0, "op10", "crack"),
        mark(3, 520.001, "op10", "crack"),
    ]
    found = match([CRACK], marks, END)
    assert found.verdicts == {1: Verdict.FALSE_ALARM, 2: Verdict.NAMED, 3: Verdict.FALSE_ALARM}
    assert window_end(CRACK, END) == 520_000
    assert window_end(CRACK, 450_000) == 450_000, "the drill's end ends it"


def test_something_else_on_the_unit_finds_and_naming_comes_later() -> None:
    marks = [mark(1, 160, "op10", ""), mark(2, 170, "op10", ""), mark(3, 280, "op10", "crack")]
    found = match([CRACK], marks, END)
    assert list(found.verdicts.values()) == [Verdict.FOUND, Verdict.REPEAT, Verdict.NAMED]
    (finding,) = found.findings
    assert finding.found is marks[0], "losses end with the first mark"
    assert finding.delay_s == 180.0, "the delay is that of the name"


def test_wrong_name_on_the_right_unit_finds_and_costs() -> None:
    found = match([CRACK], [mark(1, 160, "op10", "rust"), mark(2, 165, "op10", "dust")], END)
    assert list(found.verdicts.values()) == [Verdict.WRONG_NAME, Verdict.WRONG_NAME]
    assert (found.findings[0].delay_s, found.findings[0].named) == (60.0, None)


def test_mark_on_another_unit_is_a_false_alarm_and_a_fault_without_a_mark_is_missed() -> None:
    found = match([CRACK, LEAK], [mark(1, 160, "op30", ""), mark(2, 200, "op20", "leak")], END)
    assert list(found.verdicts.values()) == [Verdict.FALSE_ALARM, Verdict.FALSE_ALARM], (
        "op20 leaks from 300 s on"
    )
    assert [one.delay_s for one in found.findings] == [None, None]


def test_same_name_again_is_a_repeat_and_another_name_then_a_false_alarm() -> None:
    marks = [mark(1, 160, "op10", "crack"), mark(2, 161, "op10", "crack"), mark(3, 162, "op10", "rust")]
    found = match([CRACK], marks, END)
    assert list(found.verdicts.values()) == [Verdict.NAMED, Verdict.REPEAT, Verdict.FALSE_ALARM]


def test_fault_that_strikes_twice_is_found_twice() -> None:
    again = Onset("crack", "op10", 700_000, 800_000)
    marks = [mark(1, 160, "op10", "crack"), mark(2, 730, "op10", "crack")]
    found = match([again, CRACK], marks, END)
    assert [one.delay_s for one in found.findings] == [60.0, 30.0]


def test_overlapping_faults_of_one_unit_are_told_apart_by_their_names() -> None:
    rust = Onset("rust", "op10", 150_000, 500_000)
    marks = [mark(1, 200, "op10", "rust"), mark(2, 210, "op10", "")]
    found = match([CRACK, rust], marks, END)
    assert list(found.verdicts.values()) == [Verdict.NAMED, Verdict.FOUND]
    assert [(one.onset.key, one.delay_s) for one in found.findings] == [("crack", 110.0), ("rust", 50.0)]


def test_false_mark_again_costs_once_until_a_fault_that_it_fits_has_come() -> None:
    """Three taps before the onset are one false alarm; after the onset the same mark names; long after, it is false."""
    marks = [mark(number, 10 + number, "op10", "crack") for number in (1, 2, 3)]
    marks += [mark(4, 160, "op10", "crack"), mark(5, 600, "op10", "crack"), mark(6, 601, "op10", "crack")]
    found = match([CRACK], marks, END)
    assert list(found.verdicts.values()) == [
        Verdict.FALSE_ALARM, Verdict.REPEAT, Verdict.REPEAT, Verdict.NAMED, Verdict.FALSE_ALARM, Verdict.REPEAT
    ]  # fmt: skip
    assert points(match([CRACK], marks[:4], END), [0.0], Weights()) == 100.0 - 2.0 - 20.0


def test_false_marks_of_other_units_and_names_cost_each() -> None:
    marks = [
        mark(1, 10, "op10", "crack"),
        mark(2, 11, "op10", ""),
        mark(3, 12, "op20", ""),
        mark(4, 13, "op20", ""),
    ]
    found = match([CRACK], marks, END)
    assert (found.count(Verdict.FALSE_ALARM), found.count(Verdict.REPEAT)) == (3, 1)


def test_mark_counts_for_one_fault_alone() -> None:
    """Two faults of one unit: each mark is credited to the one that it found, a wrong one beside a named to none."""
    rust = Onset("rust", "op10", 450_000, 500_000)
    marks = [mark(1, 200, "op10", "crack"), mark(2, 210, "op10", "rust"), mark(3, 460, "op10", "dust"),
             mark(4, 470, "op10", "rust"), mark(5, 480, "op10", "crack")]  # fmt: skip
    found = match([rust, CRACK], marks, END)
    assert list(found.verdicts.values()) == [
        Verdict.NAMED, Verdict.FALSE_ALARM, Verdict.WRONG_NAME, Verdict.NAMED, Verdict.REPEAT
    ]  # fmt: skip
    assert found.credited == {1: 0, 3: 1, 4: 1, 5: 0}


def test_points_of_a_worked_example() -> None:
    """Named after 3 min with 4 min lost: 100 - 6 - 4; found after 5 min: 50 - 10; a false alarm: -20."""
    marks = [mark(1, 280, "op10", "crack"), mark(2, 600, "op20", ""), mark(3, 610, "op30", "")]
    found = match([CRACK, LEAK], marks, END)
    assert points(found, [4.0, 0.0], Weights()) == 90.0 + 40.0 - 20.0


def test_points_never_fall_below_zero_and_weights_are_the_trainers() -> None:
    false = match([CRACK], [mark(1, 10, "op10", "crack"), mark(2, 160, "op10", "crack")], END)
    assert points(false, [1000.0], Weights()) == 0.0, "a late find is worth nothing, not less"
    assert points(false, [0.0], Weights(named=10.0, delay=1.0, false_alarm=2.0)) == pytest.approx(7.0)


def test_missed_fault_earns_nothing_however_little_was_lost() -> None:
    assert points(match([CRACK], [], END), [0.0], Weights()) == 0.0
    assert Finding(CRACK).delay_s is None
