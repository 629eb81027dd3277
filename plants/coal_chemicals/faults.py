"""The faults of the plant: what breaks, and what is then seen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from twin.model.fault import Effect, Fault

if TYPE_CHECKING:
    from plants.coal_chemicals.gasifier import Gasifier
    from plants.coal_chemicals.line import Complex

HOUR = 3600.0
HARD_ASH = 68.0  # K by which the fusion point of the ash rises
DRIFT = -55.0  # K that the soft sensor reads too low
LEAK, SPRAY = 6.0, 2.2  # ppm/h of CO into the cooling water; times the carbon that a worn tip leaves unburnt
WARMING = 16.0  # K that the cold methanol is too warm
COARSE = 1.6  # times the viscosity of a slurry ground badly
SINTERED = 0.45  # activity that is left


def _put(thing: object, attribute: str, value: float) -> Callable[[], None]:
    def put() -> None:
        setattr(thing, attribute, value)

    return put


def _fault(
    thing: object,
    attribute: str,
    usual: float,
    hit: float,
    key: str,
    title: str,
    mechanism: str,
    *effects: Effect,
) -> Fault:
    return Fault(
        key, title, mechanism=mechanism, strike=_put(thing, attribute, hit), mend=_put(thing, attribute, usual),
        effects=effects,
    )  # fmt: skip


def _effect(subject: str, change: float, begin: float, end: float) -> Effect:
    return Effect(subject=subject, change=change, begin=begin * HOUR, end=end * HOUR)


def offer(line: "Complex") -> None:
    """Offer the faults of `line`'s units."""
    first, second = line.gasifiers[0], line.gasifiers[1]
    first.unit.can_suffer(
        _fault(
            first, "ash_shift", 0.0, HARD_ASH, "slag_tap_blockage", "Slag freezes in the tap of gasifier 1",
            "Ash of a high fusion point: at the usual temperature its slag is too stiff to run and freezes in the tap.",
            _effect("gasifier_1/slag_viscosity", 10.0, 0.1, 4),
            _effect("gasifier_1/slag_tap_pressure_drop", 0.2, 1.4, 2.2),
            _effect("gasifier_1/slag_upset_count", 0.9, 0, 6),
            _effect("gasifier_1/load", -8.0, 1, 12),
            _effect("availability", -0.08, 1, 12),
            _effect("defect_rate", 0.004, 1, 20),
        ),
        Fault(
            "burner_tip_wear", "A burner tip of gasifier 1 is worn through",
            mechanism="The tip cracks: gas leaks into the cooling water, and the worn nozzle sprays the slurry badly.",
            strike=lambda: _wear(first, LEAK, SPRAY), mend=lambda: _wear(first, 0.0, 1.0),
            effects=(
                _effect("gasifier_1/burner_cooling_water_co", 8.0, 1, 5),
                _effect("gasifier_1/cold_gas_efficiency", -1.0, 0.5, 5),
                _effect("availability", -0.10, 8, 18),
                _effect("defect_rate", 0.004, 1, 20),
            ),
        ),
    )  # fmt: skip
    second.unit.can_suffer(
        _fault(
            second, "sensor_bias", 0.0, DRIFT, "oxygen_ratio_drift", "Soft sensor of gasifier 2 reads too low",
            "The gas analyser drifts: the controller sees a gasifier that is too cold, and gives more oxygen.",
            _effect("gasifier_2/shell_temperature", 12.0, 3, 20),
            _effect("gasifier_2/oxygen_coal_ratio", 0.006, 1, 20),
            _effect("gasifier_2/slag_viscosity", -2.5, 1, 20),
            _effect("gasifier_2/methane", -0.01, 1, 20),
        )
    )  # fmt: skip
    line.slurry.unit.can_suffer(
        _fault(
            line.slurry, "grind", 1.0, COARSE, "viscosity_excursion", "Slurry becomes stiff",
            "The mill's rods are worn: the particle sizes pack badly, the slurry thickens and must be diluted.",
            _effect("slurry/viscosity", 200.0, 0.5, 20),
            _effect("slurry/concentration", -1.0, 3, 20),
            _effect("gasifier_2/oxygen_coal_ratio", 0.004, 3, 20),
            _effect("gasifier_2/cold_gas_efficiency", -0.5, 3, 20),
            _effect("specific_energy", 60.0, 3, 20),
        )
    )  # fmt: skip
    line.wash.unit.can_suffer(
        _fault(
            line.wash, "warming", 0.0, WARMING, "sulphur_breakthrough", "Refrigeration of the wash fails in part",
            "Methanol arrives too warm and takes less sulphur: load is cut, gas flared, the catalyst poisoned.",
            _effect("methanol_wash/total_sulphur", 0.05, 1, 12),
            _effect("methanol_wash/methanol_temperature", 8.0, 1, 12),
            _effect("synthesis/catalyst_activity", -0.01, 1, 20),
            _effect("availability", -0.1, 1, 12),
        )
    )  # fmt: skip
    line.synthesis.unit.can_suffer(
        _fault(
            line.synthesis, "poisoned", 1.0, SINTERED, "catalyst_deactivation", "Methanol catalyst is sintered",
            "Copper crystals have grown together after a hot spot: each pass converts less and more must be purged.",
            _effect("synthesis/catalyst_activity", -30.0, 0.1, 20),
            _effect("synthesis/conversion_per_pass", -5.0, 0.1, 20),
            _effect("synthesis/purge_flow", 500.0, 1, 20),
            _effect("effectiveness", -0.005, 2, 20),
        )
    )  # fmt: skip


def _wear(gasifier: "Gasifier", leak: float, spray: float) -> None:
    gasifier.leak, gasifier.spray = leak, spray
