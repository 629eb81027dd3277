"""What an upgrade turns on the running cracker: each dial takes a plant parameter's new value."""

from functools import partial
from typing import TYPE_CHECKING

from plants.petrochemicals.train import UNITS
from plants.petrochemicals.utilities import HOUR
from twin.model.line_unit import LineUnit

if TYPE_CHECKING:
    from plants.petrochemicals.line import Cracker

WORKED_HOURS = 1_900.0  # a person and year, est.
OPERATOR_SHARE = 0.4  # of the upsets, which operation causes: missed or misread alarms, wrong moves; est.


def people_present(staff: float) -> float:
    """Return how many of `staff` people over all crews are paid at any moment.

    >>> round(people_present(260.0))
    56
    """
    return staff * WORKED_HOURS / 8760.0


def with_operators(factor: float) -> float:
    """Return the factor on all upsets where those that operation causes come `factor` times as often.

    >>> with_operators(1.0), round(with_operators(0.7), 2)
    (1.0, 0.88)
    """
    return 1.0 + OPERATOR_SHARE * (factor - 1.0)


def cracker_dials(line: "Cracker") -> None:
    """Give `line` a dial for every parameter that an upgrade changes."""
    plant, unit, upsets = line.plant, line.line_unit, line.train.upsets
    assert isinstance(unit, LineUnit)

    def set_operators(factor: float) -> None:
        pace = with_operators(factor) / with_operators(plant.operator_upsets)
        for row in UNITS:
            upsets[row.name].tune(f"upset:{row.upset}", pace=pace)

    def set_repair(factor: float) -> None:
        for row in UNITS:
            upsets[row.name].tune(f"failure:{row.name}", lasting=factor / plant.repair)

    def set_correction(minutes: float) -> None:
        for excursion in line.excursions:
            excursion.tune(lasting=minutes / plant.correction_time)

    def set_base_load(kilowatts: float) -> None:
        for label in ("execute", "idle", "standby"):
            unit.scale_power(label, kilowatts / plant.base_load if plant.base_load else 1.0, "electricity")

    def set_recovery(hours: float) -> None:
        line.operation.load.recovery = hours * HOUR

    line.can_turn(
        run_length=partial(setattr, line.furnaces, "run_length"),
        operator_upsets=set_operators,
        repair=set_repair,
        correction_time=set_correction,
        recovery=set_recovery,
        letdown=partial(setattr, line.utilities, "letdown"),
        base_load=set_base_load,
        staff=lambda people: unit.set_staff(people_present(people)),
    )
