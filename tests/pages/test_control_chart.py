"""Control charts: which values they take, what they mark and say."""

import re
from dataclasses import replace

import numpy as np
import pytest

from edge.characteristic import SHOWN, Charts, broken_rules, characteristics, charts
from edge.remaining_life import Condition
from edge.store import Series
from edge.store.memory import MemoryStore
from edge.web.condition import conditions_html
from edge.web.control_chart import charts_html, verdict_html
from tests.edge.drifting import drifting
from tests.edge.toy_line import simulation

DRIFTING = drifting().declaration
LATHE = DRIFTING.unit("lathe")
DIMENSION = next(tag for tag in LATHE.tags if tag.name == "dimension")
END = 1_000_000_000


class Told(MemoryStore):
    """A store that tells given raw samples, one a second before END."""

    def __init__(self, values: list[float]) -> None:
        super().__init__()
        self._values = np.array(values)
        self.widths: set[int] = set()

    def series(self, path: str, start_ms: int, end_ms: int, every_ms: int = 0) -> Series:
        self.widths.add(every_ms)
        time_ms = END - 1000 * np.arange(len(self._values), 0, -1)
        inside = (time_ms >= start_ms) & (time_ms < end_ms)
        value = self._values[inside]
        return Series(path, every_ms, time_ms[inside], value, value, value, value)


def made(values: list[float], **limits: float) -> Charts:
    return charts(Told(values), DRIFTING, LATHE, replace(DIMENSION, **limits), END)  # type: ignore[arg-type]


def noise(count: int) -> list[float]:
    return np.random.default_rng(9).normal(size=count).tolist()  # type: ignore[no-any-return]


def test_value_that_repeats_to_the_last_digit_counts_once() -> None:
    found = made([1.0, 1.0, 1.0, 2.0, 2.0, 1.0])
    assert found.values == [1.0, 2.0, 1.0]
    assert found.times == [END - 6000, END - 3000, END - 1000]


def test_newest_values_are_taken_and_a_process_is_read_at_equal_distances() -> None:
    values = noise(500)
    assert made(values).values == values[-SHOWN:]
    store = Told(values)
    charts(store, replace(DRIFTING, line_kind="process"), LATHE, DIMENSION, END)
    assert store.widths == {300_000}


def test_what_a_loop_corrects_comes_first_with_its_target() -> None:
    assert characteristics(DRIFTING, LATHE)[0].name == "dimension"
    assert made([1.0, 2.0]).target == 0.0
    press = simulation().declaration.unit("op10")
    assert [tag.name for tag in characteristics(simulation().declaration, press)] == [
        "tonnage",
        "buffer_level",
    ]


def test_jump_is_marked_by_its_shape_with_the_rule_and_listed_in_words() -> None:
    found = made([*noise(40), 9.0])
    assert found.rules[-1] == [1]
    words = dict(broken_rules(found))
    assert words["rule 1: one beyond 3 σ"] == [40]
    assert any(text.startswith("moving range above") for text in words)
    picture = charts_html(found, 0.0)
    assert picture.count('class="broken point"') >= 4  # two charts, each wide and narrow
    assert "rule 1: one beyond 3 σ" in picture
    assert "Out of control" in verdict_html(found, 0.0)


def test_quiet_process_is_in_control_and_says_so() -> None:
    found = made(noise(30), lo=-6.0, hi=6.0)
    assert broken_rules(found) == []
    told = verdict_html(found, 0.0)
    assert "In control" in told
    assert "No rule is broken on any of the three charts." in told
    assert "LSL -6 µm, USL 6 µm" in told
    assert re.search(r"Cpk</td><td class=\"n\"><b>\d\.\d\d<", told)


def test_values_that_depend_on_each_other_are_told_as_such() -> None:
    wander = np.cumsum(noise(80)).tolist()
    assert "Neighbouring values are alike" in charts_html(made(wander), 0.0)
    assert "Neighbouring values are alike" not in charts_html(made(noise(80)), 0.0)


@pytest.mark.parametrize("values", [[], [4.0], [4.0, 4.0]])
def test_no_chart_is_drawn_of_what_does_not_vary(values: list[float]) -> None:
    found = made(values)
    assert "no chart yet" in charts_html(found, 0.0)
    assert verdict_html(found, 0.0) == ""


def test_few_values_are_told_as_a_first_guess() -> None:
    assert "a first guess" in charts_html(made(noise(10)), 0.0)


def test_remaining_life_is_told_with_its_interval_or_not_at_all() -> None:
    known = Condition(
        tag="dimension", upgrade=DRIFTING.upgrades[0], healthy=0.0, failed=10.0, reading=5.0,
        life=(36_000.0, 3_600.0), acts=True, since_ms=None,
    )  # fmt: skip
    told = conditions_html([known], LATHE, 0.0)
    assert "Remaining life <b>10 h 00 min</b> of operation; 95 % interval 8 h 02 min to 11 h 58 min." in told
    assert "50.0 % of the way to failure" in told
    assert "As the running loop of" in told
    unknown = conditions_html([replace(known, life=None, since_ms=0, acts=False)], LATHE, 0.0)
    assert "No trend yet" in unknown
    assert "is not in effect" in unknown
    assert "No loop of predictive maintenance" in conditions_html([], LATHE, 0.0)
