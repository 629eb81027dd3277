"""The load of a train falls at once and comes back by first order."""

import pytest

from twin.model.load import Load


def test_load_falls_at_once_and_recovers_by_first_order() -> None:
    load = Load(recovery=7200.0)
    assert load.step(0.8, 60.0) == 0.8
    lost = 0.0
    while load.share < 1.0:
        lost += (1.0 - load.step(1.0, 10.0)) * 10.0
    assert lost == pytest.approx(0.2 * 7200.0, rel=0.03), "depth x recovery, whatever the depth"


def test_what_is_nearly_there_is_there() -> None:
    load = Load(recovery=3600.0, near=0.01)
    load.step(0.992, 60.0)
    assert load.step(1.0, 1.0) == 1.0


@pytest.mark.parametrize(("recovery", "near"), [(0.0, 0.1), (10.0, 1.0)])
def test_impossible_load_is_refused(recovery: float, near: float) -> None:
    with pytest.raises(ValueError, match="load"):
        Load(recovery=recovery, near=near)
