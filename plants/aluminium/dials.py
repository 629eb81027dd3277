"""What an upgrade turns on the running potline: each dial takes a plant parameter's new value."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from twin.model.line_unit import LineUnit

if TYPE_CHECKING:
    from plants.aluminium.line import Potline

WORKED_HOURS = 1_900.0  # a person and year, est.


def people_present(staff: float) -> float:
    """Return how many of `staff` people over all crews are paid at any moment.

    >>> round(people_present(620.0))
    134
    """
    return staff * WORKED_HOURS / 8760.0


def potline_dials(line: "Potline") -> None:
    """Give `line` a dial for every parameter that an upgrade changes."""
    plant, conditions, unit = line.plant, line.conditions, line.line_unit
    assert isinstance(unit, LineUnit)
    auxiliaries = (unit, line.alumina.unit, line.anode_change, line.tapping, line.casthouse.caster)

    def against(usual: float, turn: Callable[[float], None]) -> Callable[[float], None]:
        # Most mechanisms take a factor on what they were built with.
        return lambda value: turn(value / usual if usual > 0.0 else 1.0)

    def set_auxiliaries(factor: float) -> None:
        for one in auxiliaries:
            for label in ("execute", "idle", "standby"):
                one.scale_power(label, factor, "electricity")

    def set_bad_sets(percent: float) -> None:
        line.bad_sets = percent / 100.0

    line.can_turn(
        alumina_sigma=against(plant.alumina_sigma, conditions.estimate.tune),
        alf3_sigma=against(plant.alf3_sigma, conditions.alf3.tune),
        heat_sigma=against(plant.heat_sigma, conditions.heat.tune),
        blockage_time=against(plant.blockage_time, lambda factor: line.blocked.tune(lasting=factor)),
        sick_pot_interval=lambda days: line.sick.tune(rate=plant.sick_pot_interval / days),
        sick_pot_time=against(plant.sick_pot_time, lambda factor: line.sick.tune(lasting=factor)),
        detection_delay=against(plant.detection_delay, partial(setattr, line, "detection")),
        bad_anode_sets=set_bad_sets,
        tap_error=partial(setattr, line, "tap_error"),
        tap_iron_sigma=partial(setattr, line, "tap_iron_sigma"),
        handling_off_grade=partial(setattr, line, "handling_off_grade"),
        auxiliary_energy=against(plant.auxiliary_energy, set_auxiliaries),
        price=partial(unit.prices.__setitem__, "electricity"),
        staff=lambda people: unit.set_staff(people_present(people)),
    )
