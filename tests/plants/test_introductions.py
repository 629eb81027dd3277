"""A twin spares the trials that the data sheet says: each plant's own table, or 0.8 VC where it has none."""

import pytest

from twin.discovery import discover
from twin.lab.product_introduction import CANDIDATES, curve_of, introduce
from twin.model.upgrade import Upgrade

# Mean trials without a twin, and with one at low, mid and high strength.
TRIALS = {
    "steel": (8, 6, 5, 4),  # 1.6: 8 -> 5; -25/-38/-50 % for the weeks
    "aluminium": (6, 4.8, 3.9, 3),
    "petrochemicals": (6, 4.8, 3.9, 3),
    "coal_chemicals": (6, 4.8, 3.9, 3),
    "brewing": (5, 4, 3.3, 2.5),  # 5.7
    "machining_3c": (7, 5.5, 4.2, 3.2),  # 6.6
    "tft": (5, 4, 3.2, 2.6),  # 7.6
    "stamping": (8, 6, 4.8, 3.5),  # 8.6
    "casting": (4, 3.2, 2.2, 1.6),  # 9.6
    "appliances": (4, 3.2, 2.4, 2),  # 10.6
}
CURVE = curve_of(
    CANDIDATES, [0.01 * 2.0**z for z in CANDIDATES]
)  # which candidates pass hangs on their order alone


def screens(upgrade: Upgrade) -> bool:
    return any(change.parameter == "blindness" for change in upgrade.introduction)


@pytest.mark.parametrize("name", sorted(TRIALS))
def test_a_twin_spares_as_many_trials_as_the_data_sheet_says(name: str) -> None:
    plant = discover()[name]()
    (twin,) = (upgrade for upgrade in plant.upgrades() if screens(upgrade))
    built = []
    for strength in range(4):
        plan = plant.introduction_in_force({twin.key: float(strength)})
        assert plan is not None
        built.append(introduce(plan, CURVE, seed=3, count=10_000).built.mean())
    assert built == pytest.approx(TRIALS[name], rel=0.04)
