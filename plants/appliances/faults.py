"""What can go wrong on the refrigerator line at a trainer's word: mechanisms on the station, effects on tags."""

from functools import partial

from plants.appliances.body import Foaming, FoamJigs, PreAssembly
from plants.appliances.circuit import Brazing, LeakTest, Vacuum
from twin.model.fault import Effect, Fault
from twin.model.station import Station

HOUR = 3600.0
SHIFT = 8 * HOUR
DAY = 16 * HOUR
# All sizes are est.: what such a case looks like on a line of this kind, not what a particular one was measured at.
LATE = 2.5  # factor on the trips of the kits
STARVED_PUMP = -0.045  # ISO:POL, with a worn seal of the ISO pump
UNHEATED = 7.0  # K that unheated jigs lose
COLD_FLAME = 35.0  # K
BLIND = 0.8  # log10: a gauge that reads a sixth
WORN_OIL = 4.0  # factor on the pressure of pumps with spent oil
LEAKY_VALVE = 0.75  # g that the charging valve lets through too much


def appliance_faults(
    pre_assembly: PreAssembly,
    foaming: Foaming,
    jigs: FoamJigs,
    brazing: Brazing,
    leak_test: LeakTest,
    vacuum: Vacuum,
) -> None:
    """Offer the faults to trainers."""
    pre_assembly.can_suffer(_late_kits(pre_assembly))
    foaming.can_suffer(_mix_ratio(foaming))
    jigs.can_suffer(_jig_heating(jigs))
    brazing.can_suffer(_cold_flame(brazing))
    leak_test.can_suffer(_blind_gauge(leak_test))
    vacuum.can_suffer(_failing_pumps(vacuum), _leaky_valve(vacuum))


def _set(station: Station, field: str, value: float) -> partial[None]:
    return partial(setattr, station, field, value)


def _late_kits(pre_assembly: PreAssembly) -> Fault:
    kits = pre_assembly.supplies[0]
    return Fault(
        "late_kits", "Kits of the pre-assembly come late",
        mechanism=f"One tractor of two is out: each trip for evaporators and harnesses takes {LATE:g} times as long, "
        "and the segment stands without material.",
        strike=partial(setattr, kits, "delay", LATE), mend=partial(setattr, kits, "delay", 1.0),
        effects=(
            Effect(subject="pre_assembly/kit_stock", change=-0.25, end=SHIFT),
            Effect(subject="foaming/prod_processed_count", change=-120, end=SHIFT),
            Effect(subject="availability", change=-0.06, end=SHIFT),
        ),
    )  # fmt: skip


def _mix_ratio(foaming: Foaming) -> Fault:
    return Fault(
        "mix_ratio", "Isocyanate pump delivers too little",
        mechanism=f"A worn pump seal lowers the mix ratio by {-STARVED_PUMP:g}: the foam is short of isocyanate, "
        "expands less and leaves voids.",
        strike=_set(foaming, "ratio_shift", STARVED_PUMP), mend=_set(foaming, "ratio_shift", 0.0),
        effects=(
            Effect(subject="foaming/mix_ratio", change=-0.03, end=SHIFT),
            Effect(subject="foam_jigs/foam_density", change=+0.3, end=SHIFT),
            Effect(subject="foaming/prod_defective_count", change=+200, end=SHIFT),
            Effect(subject="quality_ratio", change=-0.1, begin=2 * HOUR, end=SHIFT),
            Effect(subject="defect_rate", change=+0.1, begin=2 * HOUR, end=SHIFT),
        ),
    )  # fmt: skip


def _jig_heating(jigs: FoamJigs) -> Fault:
    return Fault(
        "jig_heating", "Heating of the jigs fails",
        mechanism=f"The hot-water circuit trips; the jigs cool by {UNHEATED:g} K with 25 min of lag. Foam at a cold "
        "wall is dense, rises less, and leaves voids.",
        strike=partial(jigs.lose_heat, UNHEATED), mend=partial(jigs.lose_heat, 0.0),
        effects=(
            Effect(subject="foam_jigs/jig_temperature", change=-4.0, end=SHIFT),
            Effect(subject="foam_jigs/foam_density", change=+0.3, end=SHIFT),
            Effect(subject="foaming/prod_defective_count", change=+200, end=SHIFT),
            Effect(subject="quality_ratio", change=-0.1, begin=2 * HOUR, end=SHIFT),
            Effect(subject="defect_rate", change=+0.1, begin=2 * HOUR, end=SHIFT),
        ),
    )  # fmt: skip


def _cold_flame(brazing: Brazing) -> Fault:
    return Fault(
        "cold_flame", "Burners of the brazing robots too cold",
        mechanism=f"Gas pressure is low: joints reach {COLD_FLAME:g} K less, the filler does not wet the gap, and the "
        "circuits leak.",
        strike=_set(brazing, "colder", COLD_FLAME), mend=_set(brazing, "colder", 0.0),
        effects=(
            Effect(subject="brazing/braze_temperature", change=-20.0, end=SHIFT),
            Effect(subject="leak_test/leak_rate", change=+0.25, end=SHIFT),
            Effect(subject="brazing/prod_defective_count", change=+180, end=SHIFT),
            Effect(subject="defect_rate", change=+0.07, begin=2 * HOUR, end=SHIFT),
        ),
    )  # fmt: skip


def _blind_gauge(leak_test: LeakTest) -> Fault:
    return Fault(
        "leak_test_drift", "Leak test reads too low",
        mechanism="The mass spectrometer has drifted and shows a sixth of the leak. Leaky circuits pass; few "
        "of them show in the run test. The figures improve, the customer's do not.",
        strike=_set(leak_test, "drift", BLIND), mend=_set(leak_test, "drift", 0.0),
        effects=(
            Effect(subject="leak_test/leak_rate", change=-0.05, end=DAY),
            Effect(subject="brazing/prod_defective_count", change=-2, end=DAY),
            Effect(subject="defect_rate", change=-0.0003, begin=2 * HOUR, end=DAY),
            Effect(subject="packing/hidden_leak_count", change=+3, begin=2 * HOUR, end=DAY),
        ),
    )  # fmt: skip


def _failing_pumps(vacuum: Vacuum) -> Fault:
    return Fault(
        "spent_pump_oil", "Vacuum pumps with spent oil",
        mechanism=f"Water in the oil: the pumps' own pressure is {WORN_OIL:g} times as high. Air and moisture left in "
        "the circuit do not condense, and the freezer cools down too slowly.",
        strike=_set(vacuum, "failing", WORN_OIL), mend=_set(vacuum, "failing", 1.0),
        effects=(
            Effect(subject="vacuum/end_pressure", change=+10.0, end=SHIFT),
            Effect(subject="run_test/pull_down", change=+0.6, begin=2 * HOUR, end=SHIFT),
            Effect(subject="vacuum/prod_defective_count", change=+120, end=SHIFT),
            Effect(subject="defect_rate", change=+0.05, begin=2 * HOUR, end=SHIFT),
        ),
    )  # fmt: skip


def _leaky_valve(vacuum: Vacuum) -> Fault:
    return Fault(
        "charging_valve", "R600a charging valve drifts",
        mechanism=f"The valve closes late and lets {LEAKY_VALVE:g} g too much through: many charges leave their "
        "tolerance, are recovered and done again, and take up the carousel.",
        strike=_set(vacuum, "valve_drift", LEAKY_VALVE), mend=_set(vacuum, "valve_drift", 0.0),
        effects=(
            Effect(subject="vacuum/charge_deviation", change=+0.4, end=SHIFT),
            Effect(subject="vacuum/prod_defective_count", change=+300, end=SHIFT),
            Effect(subject="run_test/pull_down", change=+0.1, begin=2 * HOUR, end=SHIFT),
            Effect(subject="quality_ratio", change=-0.1, begin=2 * HOUR, end=SHIFT),
            Effect(subject="defect_rate", change=+0.1, begin=2 * HOUR, end=SHIFT),
        ),
    )  # fmt: skip
