"""Random streams: what would draw no number is refused, or a model's clock would stand still for ever."""

import math

import pytest

from twin.model.cycle import Cycle
from twin.model.outage import Outage
from twin.model.state import State
from twin.model.streams import Streams


@pytest.mark.parametrize(
    ("mean", "cv"), [(1.0, math.inf), (1.0, math.nan), (1.0, -0.5), (-1.0, 0.5), (math.inf, 0.5)]
)
def test_lognormal_that_draws_no_number_is_refused(mean: float, cv: float) -> None:
    with pytest.raises(ValueError, match=r"random stream s/cycle: (mean|cv) "):
        Streams(1).lognormal("s/cycle", mean, cv)


@pytest.mark.parametrize("mean", [-1.0, math.nan, math.inf])
def test_exponential_that_draws_no_number_is_refused(mean: float) -> None:
    with pytest.raises(ValueError, match="random stream s/life: mean "):
        Streams(1).exponential("s/life", mean)


def test_endless_scatter_of_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle: cv inf must be finite"):
        Cycle(mean=1.0, cv=math.inf)


@pytest.mark.parametrize("field", ["between", "lasting"])
def test_outage_without_a_time_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=f"outage failure: {field} 0.0 s must be positive and finite"):
        Outage(**{"state": State.ABORTED, "reason": "failure", "between": 1.0, "lasting": 1.0, field: 0.0})
