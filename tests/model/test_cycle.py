"""Cycle times: their scatter can be changed, and each keeps its place in the distribution."""

import math

import pytest

from twin.model.cycle import Cycle
from twin.model.streams import Streams


def test_a_varied_cycle_draws_what_one_of_that_scatter_would_have_drawn() -> None:
    wide, narrow = Cycle(mean=12.0, cv=0.16), Cycle(mean=12.0, cv=0.10)
    varied = wide.varied(wide.drawer(Streams(1), "a"), 0.10)
    drawn = narrow.drawer(Streams(1), "a")
    for _ in range(100):
        assert varied() == pytest.approx(drawn(), rel=1e-12)
    assert wide.varied(wide.drawer(Streams(1), "a"), 0.0)() == pytest.approx(12.0)


def test_its_own_scatter_changes_nothing() -> None:
    cycle = Cycle(mean=12.0, cv=0.16)
    draw = cycle.drawer(Streams(1), "a")
    assert cycle.varied(draw, 0.16) is draw


@pytest.mark.parametrize(
    ("cycle", "cv"),
    [(Cycle(mean=1.0), 0.1), (Cycle(mean=1.0, exponential=True), 0.1), (Cycle(mean=1.0, cv=0.1), math.nan)],
)
def test_what_cannot_be_varied_is_refused(cycle: Cycle, cv: float) -> None:
    with pytest.raises(ValueError, match="cycle"):
        cycle.varied(lambda: 1.0, cv)
