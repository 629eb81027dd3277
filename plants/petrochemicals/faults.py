"""Faults for the trainer: each changes a parameter of the physics, and says what should be seen of it."""

from typing import TYPE_CHECKING

from twin.model.fault import Effect, Fault

if TYPE_CHECKING:
    from plants.petrochemicals.line import Cracker

HOUR = 3600.0
COKING, DRIFTING = (
    0,
    1,
)  # places of the furnaces that suffer: both run from the start and are far from a decoke


def add_faults(line: "Cracker") -> None:
    """Let the units of `line` suffer."""
    for unit, fault in (
        (line.cracking[COKING], _fast_coking(line)),
        (line.cracking[DRIFTING], _thermocouple_drift(line)),
        (line.train.units["compressor"], _compressor_fouling(line)),
        (line.train.units["compressor"], _turbine_trip(line)),
        (line.train.units["cold_box"], _cold_box_plug(line)),
        (line.train.units["hydrogenation"], _acetylene_breakthrough(line)),
        (line.train.units["utilities"], _poor_fuel_gas(line)),
    ):
        unit.can_suffer(fault)


def _fast_coking(line: "Cracker") -> Fault:
    factor = line.furnaces.coke_factor

    def set_to(value: float) -> None:
        factor[COKING] = value

    unit = f"furnace_{COKING + 1}"
    return Fault(
        "fast_coking", "Fast coking of a furnace",
        mechanism="The sulphur dosing fails: bare nickel catalyses coke, which forms fifteen times as fast in the "
        "coils of one furnace and fouls its transfer line exchanger.",
        strike=lambda: set_to(15.0), mend=lambda: set_to(1.0),
        effects=(
            Effect(subject=f"{unit}/tube_metal_temperature", change=10.0, begin=12 * HOUR, end=24 * HOUR),
            Effect(subject=f"{unit}/exchanger_outlet_temperature", change=12.0, begin=12 * HOUR, end=24 * HOUR),
            Effect(subject=f"{unit}/coil_outlet_pressure", change=2.0, begin=12 * HOUR, end=24 * HOUR),
            Effect(subject="specific_energy", change=3.0, begin=12 * HOUR, end=24 * HOUR),
        ),
    )  # fmt: skip


def _thermocouple_drift(line: "Cracker") -> Fault:
    error = line.furnaces.thermocouple

    def set_to(value: float) -> None:
        error[DRIFTING] = value

    unit = f"furnace_{DRIFTING + 1}"
    return Fault(
        "thermocouple_drift", "Coil outlet thermocouple reads low",
        mechanism="The thermocouple at the coil outlet reads 12 K too little. The controller fires more until the "
        "reading is right: the gas is 12 K too hot, cracked too severely, and coke forms faster.",
        strike=lambda: set_to(-12.0), mend=lambda: set_to(0.0),
        effects=(
            Effect(subject=f"{unit}/severity", change=-0.025, begin=HOUR, end=12 * HOUR),
            Effect(subject=f"{unit}/power_fuel_gas", change=1500.0, begin=HOUR, end=12 * HOUR),
            Effect(subject=f"{unit}/tube_metal_temperature", change=6.0, begin=HOUR, end=12 * HOUR),
            Effect(subject="effectiveness", change=0.0002, begin=2 * HOUR, end=12 * HOUR),
        ),
    )  # fmt: skip


def _compressor_fouling(line: "Cracker") -> Fault:
    separation, upsets = line.separation, line.train.upsets["compressor"]

    def strike() -> None:
        separation.fouling = 0.12
        upsets.impose("fouling", 0.05, "upset:fouling")

    def mend() -> None:
        separation.fouling = 0.0
        upsets.relieve("fouling")

    return Fault(
        "fouling", "Fouled cracked gas compressor",
        mechanism="Polymer on the wheels costs the compressor 12 % of its ability and efficiency: the suction pressure "
        "rises through to the coils, where it costs ethylene; the turbine takes more steam; the rate is cut by 5 %.",
        strike=strike, mend=mend,
        effects=(
            Effect(subject="compressor/suction_pressure", change=2.0, begin=0.0, end=12 * HOUR),
            Effect(subject="compressor/discharge_pressure", change=-0.08, begin=0.0, end=12 * HOUR),
            Effect(subject="furnace_1/coil_outlet_pressure", change=2.0, begin=0.0, end=12 * HOUR),
            Effect(subject="utilities/power_steam", change=10_000.0, begin=0.0, end=12 * HOUR),
            Effect(subject="availability", change=-0.01, begin=0.0, end=12 * HOUR),
            Effect(subject="specific_energy", change=150.0, begin=2 * HOUR, end=12 * HOUR),
        ),
    )  # fmt: skip


def _turbine_trip(line: "Cracker") -> Fault:
    upsets = line.train.upsets["compressor"]
    return Fault(
        "turbine_trip", "Turbine of the cracked gas compressor trips",
        mechanism="The turbine's protection shuts the steam: nothing compresses the cracked gas, which goes to the "
        "flare until the naphtha is out; the furnaces stay hot on steam. Mended, the rate takes hours to come back.",
        strike=lambda: upsets.impose("trip", 1.0, "failure:turbine"), mend=lambda: upsets.relieve("trip"),
        effects=(
            Effect(subject="flare/flare_flow", change=20.0, begin=0.0, end=600.0),
            Effect(subject="splitters/ethylene_flow", change=-60.0, begin=600.0, end=8 * HOUR),
            Effect(subject="compressor/suction_pressure", change=10.0, begin=0.0, end=HOUR),
            Effect(subject="availability", change=-0.5, begin=0.0, end=8 * HOUR),
        ),
    )  # fmt: skip


def _cold_box_plug(line: "Cracker") -> Fault:
    separation, upsets = line.separation, line.train.upsets["cold_box"]

    def strike() -> None:
        separation.warming = 5.0
        upsets.impose("plug", 0.12, "upset:plug")

    def mend() -> None:
        separation.warming = 0.0
        upsets.relieve("plug")

    return Fault(
        "hydrate_plug", "Hydrate plug in the cold box",
        mechanism="Moisture passes a spent dryer and freezes in the cold box: less gas gets through, and the "
        "demethaniser's top is 5 K too warm, so that ethylene leaves with the tail gas and is burnt.",
        strike=strike, mend=mend,
        effects=(
            Effect(subject="cold_box/demethaniser_top", change=3.0, begin=0.0, end=12 * HOUR),
            Effect(subject="splitters/ethylene_flow", change=-5.0, begin=2 * HOUR, end=12 * HOUR),
            Effect(subject="availability", change=-0.04, begin=0.0, end=12 * HOUR),
            Effect(subject="effectiveness", change=-0.006, begin=2 * HOUR, end=12 * HOUR),
            Effect(subject="specific_energy", change=150.0, begin=2 * HOUR, end=12 * HOUR),
        ),
    )  # fmt: skip


def _acetylene_breakthrough(line: "Cracker") -> Fault:
    separation = line.separation

    def set_to(value: float) -> None:
        separation.activity = value

    return Fault(
        "poisoned_catalyst", "Poisoned hydrogenation catalyst",
        mechanism="Carbon monoxide covers half of the catalyst's sites: acetylene passes the converter into the "
        "ethylene, which goes to the off-spec sphere while it holds more than 5 ppm.",
        strike=lambda: set_to(0.5), mend=lambda: set_to(1.0),
        effects=(
            Effect(subject="hydrogenation/acetylene", change=5.0, begin=0.0, end=4 * HOUR),
            Effect(subject="quality_ratio", change=-0.5, begin=0.0, end=4 * HOUR),
            Effect(subject="defect_rate", change=0.5, begin=0.0, end=4 * HOUR),
        ),
    )  # fmt: skip


def _poor_fuel_gas(line: "Cracker") -> Fault:
    utilities = line.utilities

    def set_to(value: float) -> None:
        utilities.poor_fuel = value

    return Fault(
        "poor_fuel_gas", "Fuel gas of low heating value",
        mechanism="Hydrogen is exported no more and nitrogen enters the fuel gas: the same flow brings 12 % less heat. "
        "The coil outlets cool within minutes until the controllers have opened the valves.",
        strike=lambda: set_to(0.12), mend=lambda: set_to(0.0),
        effects=(
            Effect(subject="utilities/heating_value", change=-8.0, begin=60.0, end=HOUR),
            Effect(subject="furnace_1/coil_outlet_temperature", change=-5.0, begin=120.0, end=900.0),
            Effect(subject="furnace_2/coil_outlet_temperature", change=-5.0, begin=120.0, end=900.0),
            Effect(subject="utilities/fuel_flow", change=3.0, begin=1800.0, end=6 * HOUR),
        ),
    )  # fmt: skip
