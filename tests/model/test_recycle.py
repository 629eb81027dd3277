"""A recycle with purge: mass closes, inerts pile up as the closed form says, nonsense is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.recycle import Component, Reaction, RecycleLoop, recycled

GAS = Component(name="gas", mass=2.0)
INERT = Component(name="inert", mass=28.0)
LIQUID = Component(name="liquid", mass=4.0, separated=0.95)
DIMER = Reaction("dimer", {"gas": -2.0, "liquid": 1.0})


def loop(*, amounts: dict[str, float] | None = None) -> RecycleLoop:
    return RecycleLoop(
        [GAS, INERT, LIQUID],
        [DIMER],
        amounts=amounts or {"gas": 90.0, "inert": 10.0},
        volume=40.0,
        temperature=330.0,
    )


def run(it: RecycleLoop, *, hours: float, inert: float, purge: float, conversion: float = 0.3) -> float:
    """Circulate a volume as a machine does; `purge` is a share of what comes to it. Return the circulation."""
    circulation = 0.0
    for _ in range(round(hours * 3600.0 / 5.0)):
        arriving = 0.05 * it.total
        circulation = (1.0 - purge) * arriving
        inlet = it.enter([1.0, inert, 0.0], circulation)
        it.step(5.0, (0.5 * conversion * inlet[0],), purge * arriving)
    return circulation


@given(st.floats(0.0, 0.99), st.floats(0.0, 0.99), st.floats(0.001, 0.5))
def test_closed_form_balances_what_enters_and_leaves(
    converted: float, separated: float, purged: float
) -> None:
    """At the steady state what is fed is converted, separated or purged; nothing else."""
    back = recycled(1.0, converted=converted, separated=separated, purged=purged)
    reacted = (1.0 + back) * converted
    taken = (1.0 + back - reacted) * separated
    thrown = (1.0 + back - reacted - taken) * purged
    assert reacted + taken + thrown == pytest.approx(1.0, rel=1e-9)


def test_component_that_leaves_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="piles up"):
        recycled(1.0, converted=0.0, separated=0.0, purged=0.0)


@pytest.mark.parametrize("purge", [0.02, 0.1])
def test_inerts_pile_up_to_what_the_purge_lets_out(purge: float) -> None:
    """In the steady state the purge carries the inert that is fed; half the purge, twice the inert."""
    it = loop()
    circulation = run(it, hours=12.0, inert=0.02, purge=purge)
    assert it.purge[1] == pytest.approx(0.02, rel=1e-3)
    assert circulation * it.share(1) == pytest.approx(
        recycled(0.02, converted=0.0, separated=0.0, purged=purge), rel=1e-3
    )


def test_integration_ends_at_the_closed_form() -> None:
    """What circulates of a reactant is the geometric series of its passes."""
    it = loop()
    circulation = run(it, hours=12.0, inert=0.02, purge=0.05, conversion=0.3)
    expected = recycled(1.0, converted=0.3, separated=0.0, purged=0.05)
    assert circulation * it.share(0) == pytest.approx(expected, rel=1e-3)


def test_mass_closes_at_every_step() -> None:
    it = loop()
    for conversion in (0.1, 0.6, 0.3):
        run(it, hours=0.5, inert=0.02, purge=0.03, conversion=conversion)
        assert it.imbalance() < 1e-12
    assert it.condensed > 0.0
    assert it.purged > 0.0
    it.amounts[0] -= 1.0
    assert it.imbalance() > 1e-6


def test_less_conversion_raises_the_pressure() -> None:
    good, bad = loop(), loop()
    run(good, hours=2.0, inert=0.01, purge=0.05, conversion=0.4)
    run(bad, hours=2.0, inert=0.01, purge=0.05, conversion=0.2)
    assert bad.pressure > 1.1 * good.pressure


def test_pressure_is_that_of_an_ideal_gas() -> None:
    assert loop().pressure == pytest.approx(100.0 * 8.314462618 * 330.0 / 40.0 / 1000.0)


def test_reaction_that_makes_mass_is_refused() -> None:
    with pytest.raises(ValueError, match="out of nothing"):
        RecycleLoop([GAS, LIQUID], [Reaction("wrong", {"gas": -1.0, "liquid": 1.0})], amounts={"gas": 1.0},
                    volume=1.0, temperature=300.0)  # fmt: skip


def test_unknown_component_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown components"):
        RecycleLoop([GAS], [], amounts={"argon": 1.0}, volume=1.0, temperature=300.0)


def test_step_that_uses_up_more_than_there_is_is_refused() -> None:
    it = loop()
    it.enter([0.0, 0.0, 0.0], 5.0)
    with pytest.raises(ValueError, match="shorter steps"):
        it.step(60.0, (2.0,), 0.0)


@pytest.mark.parametrize(("mass", "separated"), [(0.0, 0.5), (2.0, 1.5), (2.0, -0.1)])
def test_component_outside_its_range_is_refused(mass: float, separated: float) -> None:
    with pytest.raises(ValueError, match="component x"):
        Component(name="x", mass=mass, separated=separated)


def test_vessel_without_volume_is_refused() -> None:
    with pytest.raises(ValueError, match="volume"):
        RecycleLoop([GAS], [], amounts={"gas": 1.0}, volume=0.0, temperature=300.0)
