"""The furnaces as units: their tags, their states, what they burn."""

import simpy

from plants.petrochemicals.furnaces import COUNT, Furnaces
from twin.model.campaign import Stage
from twin.model.state import Reason, State
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation, drive

USUAL_FIRING = 102_000.0  # kW

# array of Furnaces, tag, unit, sigma, low, high, limits (the sheet's), description
_VARIABLES = (
    ("cot", "coil_outlet_temperature", "Cel", 2.5, 300, 1000, Limits(lolo=800, lo=820, hi=858, hihi=870),
     "coil outlet, as the thermocouple reads it"),
    ("deviation", "coil_outlet_deviation", "K", 0.6, -900, 100, Limits(),
     "measured coil outlet against set point and severity correction"),
    ("ratio", "steam_ratio", "1", 0.015, 0, 1.5, Limits(lolo=0.42, lo=0.46, hi=0.62, hihi=0.70),
     "dilution steam to naphtha, kg/kg"),
    ("pressure", "coil_outlet_pressure", "kPa", 3.0, 0, 500, Limits(lolo=140, lo=150, hi=220, hihi=240),
     "absolute; rises with a fouled exchanger and with the suction pressure"),
    ("feed", "feed", "t/h", 1.1, 0, 80, Limits(lolo=40, lo=48, hi=60, hihi=63), "naphtha cracked"),
    ("tube", "tube_metal_temperature", "Cel", 2.5, 300, 1300, Limits(hi=1095, hihi=1110),
     "hottest tube: 980 clean, 1090 at the end of a run"),
    ("tle", "exchanger_outlet_temperature", "Cel", 2.0, 0, 700, Limits(hi=520, hihi=550),
     "transfer line exchanger (TLE): 380 clean, 500 at the end of a run"),
    ("oxygen", "arch_oxygen", "%", 0.5, 0, 21, Limits(lolo=1.0, lo=1.4, hi=3.5, hihi=5.0), "O2 in the firebox arch"),
    ("propylene_ratio", "severity", "1", 0.012, 0, 2, Limits(lolo=0.42, lo=0.45, hi=0.58, hihi=0.62),
     "propylene to ethylene, kg/kg, by the analyser every 15 min: low is severe"),
)  # fmt: skip


def furnace_units(env: simpy.Environment, furnaces: Furnaces) -> list[UnitOperation]:
    """Return the eight units with their tags."""
    return [_furnace_unit(env, furnaces, place) for place in range(COUNT)]


def _furnace_unit(env: simpy.Environment, furnaces: Furnaces, place: int) -> UnitOperation:
    unit = UnitOperation(
        env, f"furnace_{place + 1}", title=f"Cracking furnace {place + 1}", kind="furnace",
        power={"fuel_gas": {"execute": USUAL_FIRING}}, running=place < COUNT - 1,
    )  # fmt: skip
    for array, name, measure, sigma, low, high, limits, words in _VARIABLES:
        unit.measure(name, getattr(furnaces, array), place, unit=measure, sigma=sigma, low=low, high=high,
                     limits=limits, description=words)  # fmt: skip
    unit.measure("run_used", lambda: 100.0 * furnaces.wear.item(place), unit="%", sigma=0.5, low=0, high=200,
                 limits=Limits(hi=102), description="share of the run used: 100 is due for decoking")  # fmt: skip
    unit.setpoint("coil_outlet_setpoint", furnaces.cot_setpoint, place, unit="Cel", low=800, high=860,
                  description="coil outlet temperature that the controller holds")  # fmt: skip
    unit.setpoint("severity_correction", furnaces.severity_correction, place, unit="K", low=-15, high=15,
                  description="added to the coil outlet set point to hold the severity")  # fmt: skip
    unit.setpoint("coil_outlet_trim", furnaces.trim, place, unit="K", low=-15, high=15,
                  description="added for the firing controller alone, to steady the coil outlet")  # fmt: skip
    unit.setpoint("arch_oxygen_setpoint", furnaces.oxygen_setpoint, place, unit="%", low=1.0, high=6.0,
                  description="O2 in this furnace's arch")  # fmt: skip
    unit.setpoint("feed_setpoint", furnaces.feed_setpoint, place, unit="t/h", low=40, high=62,
                  description="naphtha at full load")  # fmt: skip
    return unit


def show(unit: UnitOperation, stage: Stage, stopped_by: str) -> None:
    """Move a furnace's unit to what its `stage` says, or to waiting while `stopped_by` (a unit) is down."""
    if stage is Stage.RUN:
        if unit.state is State.IDLE:
            drive(unit, State.EXECUTE, Reason.PRODUCTION)
        if stopped_by:
            drive(unit, State.SUSPENDED, f"waiting:{stopped_by}")
        else:
            drive(unit, State.EXECUTE, Reason.PRODUCTION)
    elif stage is Stage.FAILURE:
        drive(unit, State.ABORTED, "failure:furnace")
    elif stage in (Stage.SPARE, Stage.CALL):
        if unit.state is not State.IDLE:
            drive(unit, State.STOPPED, "maintenance:decoke")
        drive(unit, State.IDLE, "no_order:spare")
    else:
        drive(unit, State.STOPPED, "maintenance:decoke")
