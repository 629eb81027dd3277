"""The tags of the mill, with the normal bands and alarm limits of the data sheet's table 1.4."""

from typing import TYPE_CHECKING

from plants.steel.laws import FORCES
from twin.model.tag import Limits

if TYPE_CHECKING:
    from plants.steel.line import HotStripMill


def describe(line: "HotStripMill") -> None:
    """Publish the tags of all units of `line`."""
    line.reheating.describe()
    _describe_roughing(line)
    _describe_finishing(line)
    _describe_runout(line)


def _describe_roughing(line: "HotStripMill") -> None:
    mill, stages = line.mill, line.stages
    unit = line.by_name["descaler"]
    unit.measure("pressure", lambda: mill.pressure, unit="MPa", sigma=0.5, low=0, high=30,
                 limits=Limits(lolo=14, lo=16, hi=23, hihi=25), description="descaling water (PI-110)")  # fmt: skip
    unit.setpoint("width_offset", mill.width_offset, unit="mm", low=-10.0, high=10.0,
                  description="of the sizing press, against what the width model says")  # fmt: skip
    unit = line.by_name["roughing_mill"]
    unit.measure("delivery_temperature", lambda: mill.roughed, unit="Cel", sigma=12.0, low=0, high=1300,
                 limits=Limits(lolo=980, lo=1010, hi=1120, hihi=1140),
                 description="RDT, rougher exit (TI-201)")  # fmt: skip
    unit.measure("motor_load", lambda: mill.rough_load, unit="%", sigma=6.0, low=0, high=250,
                 limits=Limits(hi=115, hihi=150), description="main drives in the bite (II-302)")  # fmt: skip
    unit.measure(
        "bars_waiting", lambda: float(sum(len(stages[name].waiting) for name in ("crop_shear", "finishing_mill"))),
        unit="{piece}", sigma=1.0, low=0, high=5, description="transfer bars under the heat cover",
    )  # fmt: skip


def _describe_finishing(line: "HotStripMill") -> None:
    mill = line.mill
    unit = line.by_name["finishing_mill"]
    for stand in range(len(FORCES)):
        unit.measure(f"force_f{stand + 1}", mill.forces, stand, unit="MN", sigma=1.0, low=0, high=60,
                     limits=Limits(hi=35, hihi=40),
                     description=f"roll force of F{stand + 1} (FI-3{stand + 1})")  # fmt: skip
    unit.measure("motor_load", lambda: mill.finish_load, unit="%", sigma=6.0, low=0, high=250,
                 limits=Limits(hi=115, hihi=150), description="main drives in the bite (II-302)")  # fmt: skip
    unit.measure("delivery_temperature", lambda: mill.finishing_temperature, unit="Cel", sigma=11.5, low=0,
                 high=1200, description="FDT, F7 exit (TI-405)")  # fmt: skip
    unit.measure("delivery_deviation", lambda: mill.finishing_deviation, unit="K", sigma=11.5, low=-300, high=300,
                 limits=Limits(lolo=-40, lo=-30, hi=30, hihi=40),
                 description="FDT against its target (TI-405)")  # fmt: skip
    unit.measure("thickness_deviation", lambda: mill.thickness_error, unit="um", sigma=18.0, low=-1000, high=1000,
                 limits=Limits(lolo=-80, lo=-50, hi=50, hihi=80), description="strip thickness (ZI-401)")  # fmt: skip
    unit.measure("crown", lambda: mill.crown, unit="um", sigma=12.0, low=-100, high=300,
                 limits=Limits(lolo=5, lo=15, hi=75, hihi=90), description="C40 (XI-402)")  # fmt: skip
    unit.measure("flatness", lambda: mill.flatness, unit="1", sigma=12.0, low=-300, high=300,
                 limits=Limits(lolo=-60, lo=-40, hi=40, hihi=60), description="in I-units (XI-403)")  # fmt: skip
    unit.measure("width_deviation", lambda: mill.width_error, unit="mm", sigma=2.5, low=-50, high=50,
                 limits=Limits(lolo=-3, lo=0, hi=10, hihi=15), description="against the order (WI-404)")  # fmt: skip
    unit.measure("speed", lambda: mill.speed, unit="m/s", sigma=1.0, low=0, high=25, limits=Limits(hi=21, hihi=22),
                 description="F7 exit (SI-406)")  # fmt: skip
    unit.measure("roll_distance", lambda: mill.distance, unit="km", sigma=2.0, low=0, high=300,
                 description="strip since the work rolls were changed, 60-80 a life")  # fmt: skip
    unit.measure("roll_tonnage", lambda: mill.tonnage, unit="t", sigma=60.0, low=0, high=20_000,
                 description="rolled since the work rolls were changed")  # fmt: skip
    for name, stop in line.conditions.items():
        for tag in stop.tags():
            line.by_name[name].publish(tag)


def _describe_runout(line: "HotStripMill") -> None:
    cooling, inspection, stages = line.cooling, line.inspection, line.stages
    unit = line.by_name["laminar_cooling"]
    unit.measure("coiling_temperature", lambda: cooling.temperature, unit="Cel", sigma=12.0, low=0, high=1000,
                 description="CT at the coiler (TI-501)")  # fmt: skip
    unit.measure("coiling_deviation", lambda: cooling.mean, unit="K", sigma=12.0, low=-300, high=300,
                 limits=Limits(lolo=-45, lo=-30, hi=30, hihi=45),
                 description="mean of the last strip against its target (TI-501)")  # fmt: skip
    unit.measure("water_flow", lambda: cooling.water, unit="m3/h", sigma=400.0, low=0, high=30_000,
                 description="on the run-out table")  # fmt: skip
    unit.setpoint("coiling_offset", cooling.offset, unit="K", low=-30.0, high=30.0,
                  description="coiling temperature wanted against the recipe's")  # fmt: skip
    unit = line.by_name["inspection"]
    unit.measure("coils_waiting", lambda: float(len(stages["inspection"].waiting)), unit="{piece}", sigma=1.0,
                 low=0, high=5, description="coils on the conveyor")  # fmt: skip
    unit.measure("surface_defects", lambda: inspection.surface_defects, unit="1", sigma=2.0, low=0, high=200,
                 limits=Limits(hi=20, hihi=40), description="seen on the last coil")  # fmt: skip
    unit.total("marked_coils", lambda: float(inspection.marked_coils), unit="{piece}",
               description="coils with a roll mark")  # fmt: skip
