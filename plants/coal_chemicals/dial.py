"""The parameters of the plant that can be changed while it runs, each by what it means to the mechanism."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from twin.model.line_unit import LineUnit

if TYPE_CHECKING:
    from plants.coal_chemicals.line import Complex

HOUR, DAY = 3600.0, 86_400.0


def dials(line: "Complex") -> dict[str, Callable[[float], None]]:
    """Return the dials of `line` by parameter: each takes the parameter's new value."""
    built, gasification, unit = line.plant, line.gasification, line.line_unit
    sections = [part.section for part in (line.air, line.shift, line.wash, line.synthesis)]
    assert isinstance(unit, LineUnit)

    def sensors(value: float) -> None:
        for gasifier in line.gasifiers:
            gasifier.sensor_sigma = value

    def outages(value: float) -> None:
        for section in sections:
            section.failure.set_pace(value / built.outages)

    def repairs(value: float) -> None:
        gasification.repair = value / built.repairs
        for section in sections:
            section.repair = gasification.repair

    def base_load(value: float) -> None:
        for label in ("execute", "idle", "standby"):
            unit.scale_power(label, value / built.base_load)

    def blend_load(value: float) -> None:
        line.plant = dataclasses.replace(line.plant, blend_load=value)

    return {
        "sensor_sigma": sensors,
        "burner_life": lambda value: gasification.set_burner_life(value * DAY),
        "gasifier_trip": lambda value: setattr(gasification, "trip_pace", built.gasifier_trip / value),
        "switch_time": lambda value: setattr(gasification, "switch", value * HOUR),
        "blend_scatter": partial(setattr, line.coal, "blends"),
        "ash_fusion_sigma": partial(setattr, line.coal, "sigma"),
        "blend_load": blend_load,
        "cleaning_scale": lambda value: setattr(line.grey_water, "cleaned_at", value / 100.0),
        "outages": outages,
        "repairs": repairs,
        "steam_efficiency": lambda value: setattr(line.boiler, "turbine", value / 100.0),
        "boiler_base": lambda value: setattr(line.boiler, "base", value * 1000.0),
        "base_load": base_load,
        "detection_delay": lambda value: setattr(
            line.distillation.upset, "lasting", value / built.detection_delay
        ),
        "staff": lambda value: unit.set_staff(dataclasses.replace(built, staff=value).paid_staff()),
    }
