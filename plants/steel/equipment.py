"""The units of the mill: their names, power and flows, and the line's own unit with calendar and costs."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import simpy

from plants.steel.sheet import POWER, STARTS, power_of
from plants.steel.standby import Drives
from twin.model.calendar import Calendar, Closure
from twin.model.line import Flow
from twin.model.line_unit import LineUnit
from twin.model.unit_operation import UnitOperation

if TYPE_CHECKING:
    from plants.steel import Steel

TITLES = {
    "furnaces": ("Walking-beam furnaces", "furnace"),
    "descaler": ("Descaler and sizing press", "washer"),
    "roughing_mill": ("Roughing mill R1 and R2", "mill"),
    "crop_shear": ("Coil box and crop shear", "cutter"),
    "finishing_mill": ("Finishing mill F1 to F7", "mill"),
    "laminar_cooling": ("Laminar cooling", "washer"),
    "coilers": ("Down-coilers", "coiler"),
    "inspection": ("Surface inspection", "inspection"),
    "utilities": ("Water, air and base load", "utility"),
}
MAINTENANCE_START = 48.0 + 8.0  # h of the local week: Wednesday 08:00, est.
GAS_CARBON, STEAM_CARBON = 95.0 * 3.6e-3, 110.0 * 3.6e-3  # kg/kWh: 95 and 110 kg/GJ, 0.6


def build_units(plant: "Steel", env: simpy.Environment) -> dict[str, UnitOperation]:
    """Return the units by name in the order of the flow; rolling mills idle until a bar comes."""
    units: dict[str, UnitOperation] = {}
    for name, (title, kind) in TITLES.items():
        power: dict[str, dict[str, float]] = {}
        if name in POWER:
            power["electricity"] = power_of(name, plant.idle_power)
        if name == "furnaces":
            power["mixed_gas"] = {"execute": 200_000.0}  # nominal; the heat balance draws
        if name == "utilities":
            steady = ("execute", "idle", "standby")
            power = {
                "electricity": dict.fromkeys(steady, plant.base_load),
                "steam": dict.fromkeys(steady, plant.steam),
            }
        paces = name == "finishing_mill"
        built: Callable[..., UnitOperation] = UnitOperation
        if name in STARTS:
            wake, energy = STARTS[name]
            built = partial(Drives, wake=wake, energy=energy)
        units[name] = built(
            env, name, title=title, kind=kind, power=power, counted=paces or name == "furnaces",
            ideal_cycle_time=plant.ideal_time() if paces else None,
        )  # fmt: skip
    for name in ("roughing_mill", "finishing_mill"):
        units[name].draw("electricity", units[name].meters["electricity"].power["idle"])
    return units


def build_line_unit(plant: "Steel", env: simpy.Environment) -> LineUnit:
    """Return the line's own unit: always planned busy but for the weekly maintenance."""
    closures = [Closure(MAINTENANCE_START, plant.maintenance)] if plant.maintenance > 0.0 else []
    costs = plant.costs()
    return LineUnit(
        env, Calendar.continuous(closures=closures), title="Hot strip mill", count_unit="t",
        ideal_cycle_time=plant.ideal_time(), staff=plant.paid_staff(), labour_rate=plant.labour_rate(),
        prices={"electricity": plant.price, "mixed_gas": plant.gas_price, "steam": plant.steam_price},
        carbon={"electricity": plant.carbon, "mixed_gas": GAS_CARBON, "steam": STEAM_CARBON},
        unit_costs={"consumables": costs["consumables"]}, defect_costs={"quality": costs["quality"]},
        hourly_costs={name: costs[name] for name in ("maintenance", "fixed", "indirect_labour")},
    )  # fmt: skip


def flows(stages: Sequence[str]) -> list[Flow]:
    """Return what goes from unit to unit; `stages` in their order."""
    found = [Flow("furnaces", stages[0], "slabs", "furnaces/slabs_held", 90.0)]
    labels = ("slabs", "transfer bars", "transfer bars", "strip", "strip")
    found += [Flow(one, two, label) for one, two, label in zip(stages, stages[1:], labels, strict=False)]
    found.append(Flow("coilers", "inspection", "coils", "inspection/coils_waiting", 4.0))
    found += [Flow("utilities", "descaler", "water"), Flow("utilities", "laminar_cooling", "water")]
    return found
