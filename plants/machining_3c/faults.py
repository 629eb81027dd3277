"""What can go wrong in the CNC shop at a trainer's word: mechanisms on the machines, effects on tags and figures."""

from collections.abc import Callable, Sequence
from functools import partial

from plants.machining_3c.cnc_group import CncGroup
from plants.machining_3c.media import Media
from plants.machining_3c.metrology import FinalInspection, Metrology
from twin.model.fault import Effect, Fault

HOUR = 3600.0
# All sizes are est.: what such a case looks like in a shop, not what a particular one was measured at.
RATTLE, RUNOUT = 0.5, 0.045  # share of the way to failure, mm: a bearing that has lost its preload
SHIFT = 0.08  # mm: a wrong work offset
WATER = 5.0  # % of concentration that the emulsion lacks
SLACK = 1.4  # MPa of clamp pressure lost
LEAK, JAMS = 2.5, 12.0  # Nm3/min, and how much more often chips that are not blown off stop a machine
DRIFT = 0.015  # mm that the CMM reads too much


def machining_faults(
    groups: dict[str, CncGroup], media: Media, inspection: FinalInspection, metrology: Metrology
) -> None:
    """Offer the faults to trainers."""
    groups["cnc1"].can_suffer(_clamp_leak(groups["cnc1"]))
    groups["cnc4"].can_suffer(_loose_bearing(groups["cnc4"]), _wrong_offset(groups["cnc4"]))
    media.can_suffer(_lean_coolant(media), _chiller_off(media), _air_leak(media, tuple(groups.values())))
    inspection.can_suffer(_cmm_drift(metrology))


def _set(owner: object, field: str, value: object) -> Callable[[], None]:
    return partial(setattr, owner, field, value)


def _clamp_leak(group: CncGroup) -> Fault:
    return Fault(
        "clamp_leak", "Clamping cylinders of CNC1 leak",
        mechanism=f"A worn seal costs {SLACK:g} MPa of clamp pressure: frames lift under the face mill, and the datum "
        "face is no longer flat.",
        strike=_set(group, "clamp_leak", SLACK), mend=_set(group, "clamp_leak", 0.0),
        effects=(
            Effect(subject="cnc1/clamp_pressure", change=-0.8, end=12 * HOUR),
            Effect(subject="cnc1/flatness", change=+0.01, end=12 * HOUR),
            Effect(subject="cnc1/prod_defective_count", change=+5, begin=4 * HOUR, end=24 * HOUR),
        ),
    )  # fmt: skip


def _loose_bearing(group: CncGroup) -> Fault:
    cutter, spindle = group.cutters[0], group.machines[0].stop("spindle")

    def set_play(excess: float, runout: float) -> None:
        spindle.excess = excess
        cutter.runout = runout

    return Fault(
        "loose_bearing", "Spindle bearing of machine 1 of CNC4 without preload",
        mechanism=f"The spindle shakes and runs {RUNOUT:g} mm out of true: widths scatter beyond their tolerance, and "
        "the CMM has the machine held again and again.",
        strike=partial(set_play, RATTLE, RUNOUT), mend=partial(set_play, 0.0, 0.0),
        effects=(
            Effect(subject="cnc4/vibration_1", change=+1.2, end=12 * HOUR),
            Effect(subject="cnc4/prod_defective_count", change=+8, begin=4 * HOUR, end=24 * HOUR),
            Effect(subject="quality_ratio", change=-0.01, begin=4 * HOUR, end=24 * HOUR),
        ),
    )  # fmt: skip


def _wrong_offset(group: CncGroup) -> Fault:
    cutter = group.cutters[1]
    return Fault(
        "wrong_offset", "Wrong work offset on machine 2 of CNC4",
        mechanism=f"The program loads a work offset that is {SHIFT:g} mm off before each frame. Tool offsets that are "
        "corrected at trials do not cure it; frames come out too wide until somebody looks at the program.",
        strike=_set(cutter, "shift", SHIFT), mend=_set(cutter, "shift", 0.0),
        effects=(
            Effect(subject="cnc4/width_2", change=+0.03, end=12 * HOUR),
            Effect(subject="cnc4/prod_defective_count", change=+20, begin=4 * HOUR, end=24 * HOUR),
            Effect(subject="defect_rate", change=+0.03, begin=4 * HOUR, end=24 * HOUR),
        ),
    )  # fmt: skip


def _lean_coolant(media: Media) -> Fault:
    return Fault(
        "lean_coolant", "Coolant topped up with water only",
        mechanism=f"The emulsion loses {WATER:g} % of concentration and lubricates no more: tools wear faster, and "
        "aluminium smears over the diamond-cut chamfers.",
        strike=_set(media, "dilution", WATER), mend=_set(media, "dilution", 0.0),
        effects=(
            Effect(subject="media/coolant_concentration", change=-3.0, end=24 * HOUR),
            Effect(subject="cnc6/roughness", change=+0.1, end=24 * HOUR),
            Effect(subject="cnc6/prod_defective_count", change=+6, begin=2 * HOUR, end=24 * HOUR),
            Effect(subject="defect_rate", change=+0.02, begin=2 * HOUR, end=24 * HOUR),
        ),
    )  # fmt: skip


def _chiller_off(media: Media) -> Fault:
    return Fault(
        "chiller_off", "Coolant chiller has tripped",
        mechanism="Chips and pumps heat the coolant: machines and frames grow while offsets stay, so that widths leave "
        "their tolerance until the next offset trial.",
        strike=_set(media, "chiller", False), mend=_set(media, "chiller", True),
        effects=(
            Effect(subject="media/coolant_temperature", change=+3.0, begin=1 * HOUR, end=8 * HOUR),
            Effect(subject="cnc4/width", change=-0.004, begin=1 * HOUR, end=8 * HOUR),
            Effect(subject="defect_rate", change=+0.02, begin=2 * HOUR, end=10 * HOUR),
        ),
    )  # fmt: skip


def _air_leak(media: Media, groups: Sequence[CncGroup]) -> Fault:
    def set_leak(leak: float, jams: float) -> None:
        media.leak = leak
        for group in groups:
            group.hasten("chip_jam", jams)

    return Fault(
        "air_leak", "Compressed-air main leaks",
        mechanism=f"{LEAK:g} Nm3/min escape: the compressor works harder, the pressure falls, and chips that are not "
        f"blown off jam {JAMS:g} times as often.",
        strike=partial(set_leak, LEAK, JAMS), mend=partial(set_leak, 0.0, 1.0),
        effects=(
            Effect(subject="media/air_pressure", change=-0.03, end=24 * HOUR),
            Effect(subject="media/power_electricity", change=+15.0, end=24 * HOUR),
            Effect(subject="cnc4/prod_processed_count", change=-30, end=24 * HOUR),
            Effect(subject="specific_energy", change=+0.3, end=24 * HOUR),
        ),
    )  # fmt: skip


def _cmm_drift(metrology: Metrology) -> Fault:
    return Fault(
        "cmm_drift", "Coordinate measuring machine reads too much",
        mechanism=f"A thermal shift of the CMM adds {DRIFT:g} mm to what it reads: setters correct sound offsets, and "
        "frames come out too narrow machine by machine, as their trials fall due.",
        strike=_set(metrology, "bias", DRIFT), mend=_set(metrology, "bias", 0.0),
        effects=(
            Effect(subject="inspection/cmm_master", change=+0.014, end=24 * HOUR),
            Effect(subject="cnc4/width", change=-0.004, begin=6 * HOUR, end=24 * HOUR),
            Effect(subject="defect_rate", change=+0.02, begin=6 * HOUR, end=24 * HOUR),
        ),
    )  # fmt: skip
