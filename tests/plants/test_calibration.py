"""Long runs of every plant reproduce its data sheet."""

import pytest

from twin.discovery import discover
from twin.lab.calibrate import calibrate

PLANTS = discover()

# Eight runs of two weeks cost as much as four of a month and leave seven degrees of freedom instead of three: the
# widest interval, that of the potline's defect rate, is a third to a half of its tolerance and no longer a matter
# of seeds.
REPLICATIONS = 8
DAYS = 14.0


@pytest.mark.calibration
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PLANTS)
def test_plant_reproduces_its_data_sheet(name: str) -> None:
    result = calibrate(PLANTS[name](), replications=REPLICATIONS, days=DAYS, jobs=1)
    assert {row.name: row.verdict for row in result.rows} == {row.name: "pass" for row in result.rows}, result
    assert len(result.rows) == 5, "a data sheet states five figures"
    assert result.passed, result.balances
