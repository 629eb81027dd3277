"""Material: nothing is lost, and a loss is seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.material import Holdup, MaterialStream


@given(st.lists(st.floats(0.0, 1e6), max_size=50))
def test_streams_carry_without_loss(masses: list[float]) -> None:
    source, target = Holdup("source", 1e9), Holdup("target")
    supply, stream, waste = (
        MaterialStream(None, source),
        MaterialStream(source, target),
        MaterialStream(target, None),
    )
    for mass in masses:
        supply.move(mass)
        stream.move(mass)
        waste.move(mass / 2.0)
    assert stream.total == pytest.approx(sum(masses))
    assert target.mass == pytest.approx(sum(masses) / 2.0, rel=1e-9, abs=1e-6)
    assert source.imbalance() < 1e-12
    assert target.imbalance() < 1e-12


@pytest.mark.parametrize("mass", [-1.0, float("nan"), float("inf")])
def test_holdup_of_no_real_mass_is_refused(mass: float) -> None:
    with pytest.raises(ValueError, match=r"holdup tank: mass .* must be finite and not negative"):
        Holdup("tank", mass)


def test_balance_sees_mass_that_physics_lost() -> None:
    """Mass that arrays lose without giving it to a stream opens the balance."""
    contents = np.array([60.0, 40.0])
    holdup = Holdup("bath", read=lambda: float(contents.sum()))
    contents[0] += 10.0
    holdup.take_in(10.0)
    assert holdup.imbalance() < 1e-15
    contents[1] -= 1.0
    assert holdup.imbalance() == pytest.approx(0.01)
    holdup.open()
    assert holdup.imbalance() == 0.0
