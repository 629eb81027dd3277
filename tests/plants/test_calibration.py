"""Long runs of every plant reproduce its data sheet."""

import pytest

from twin.discovery import discover
from twin.lab.calibrate import BALANCE, calibrate

PLANTS = discover()

# Short runs: the full length, eight of 30 days, is `make calibrate`. A target must lie within its tolerance of what
# the runs leave open, and the mean within twice the tolerance, so that a wide interval excuses nothing.
REPLICATIONS = 4
DAYS = 7.0


@pytest.mark.calibration
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PLANTS)
def test_plant_reproduces_its_data_sheet(name: str) -> None:
    result = calibrate(PLANTS[name](), replications=REPLICATIONS, days=DAYS, jobs=1)
    assert len(result.rows) == 5, "a data sheet states five figures"
    for row in result.rows:
        missed = abs(row.simulated.mean - row.target)
        assert missed <= min(row.tolerance + row.simulated.half_width, 2.0 * row.tolerance), row
    assert all(error <= BALANCE for error in result.balances.values()), result.balances
