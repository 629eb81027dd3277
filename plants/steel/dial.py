"""The parameters of the mill that can be changed while it runs, each by what it means to the mechanism."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from twin.model.line_unit import LineUnit
from twin.model.state import Reason

if TYPE_CHECKING:
    from plants.steel.line import HotStripMill


def dials(line: "HotStripMill") -> dict[str, Callable[[float], None]]:
    """Return the dials of `line` by parameter: each takes the parameter's new value."""
    built, reheating, unit, energy = line.plant, line.reheating, line.line_unit, line.by_name["utilities"]
    assert isinstance(unit, LineUnit)

    def repair(value: float) -> None:
        factor = value / built.repair
        for stop in [stop for stops in line.stops.values() for stop in stops]:
            if stop.mode.category == Reason.FAILURE:
                stop.tune(line.pacer.operating(), lasting=factor)
        line.lasting = reheating.lasting = line.coilers.lasting = factor

    def interruptions(value: float) -> None:
        if reheating.interruptions is not None:
            reheating.interruptions.set_pace(value / built.slab_interruptions)

    def coiler_failures(value: float) -> None:
        for chance in line.coilers.chances:
            chance.set_pace(value / built.coiler_failures)

    def campaign(value: float) -> None:
        # The share of the campaign that is done, and with it the width, stays.
        line.schedule.done *= value / line.schedule.campaign
        line.schedule.campaign = value
        _keep(line, "roll_campaign", value)

    return {
        "discharge_sigma": partial(setattr, reheating, "scatter"),
        "furnace_efficiency": lambda value: setattr(reheating, "efficiency", value / 100.0),
        "delay_setback": partial(setattr, reheating, "setback"),
        "hot_charge": lambda value: setattr(line.schedule, "hot", value / 100.0),
        "slab_interruptions": interruptions,
        "setup_scatter": partial(setattr, line.mill, "setup"),
        "roll_life": partial(setattr, line.mill, "roll_life"),
        "roll_campaign": campaign,
        "roll_change": partial(_keep, line, "roll_change"),
        "pacing_gap": partial(_keep, line, "pacing_gap"),
        "detection_delay": partial(setattr, line.inspection, "delay"),
        "repair": repair,
        "coiler_failures": coiler_failures,
        "base_load": lambda value: energy.draw("electricity", value),
        "staff": lambda value: unit.set_staff(dataclasses.replace(built, staff=value).paid_staff()),
    }


def _keep(line: "HotStripMill", name: str, value: float) -> None:
    """Change what the line looks up in its plant whenever it needs it."""
    changed: dict[str, Any] = {name: value}
    line.plant = dataclasses.replace(line.plant, **changed)
