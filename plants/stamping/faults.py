"""What can go wrong in the press shop at a trainer's word: mechanisms on the station, effects on tags and figures."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from plants.stamping.destacker import Destacker
from plants.stamping.press import DrawPress, Press
from twin.model.failure import StopMode
from twin.model.fault import Effect, Fault
from twin.model.quality import DefectCause
from twin.model.station import Station

HOUR = 3600.0
SHIFT = 8 * HOUR
# All sizes are est.: what such a case looks like in a press shop, not what a particular one was measured at.
THICKER, STRONGER = 0.04, 35.0  # mm and MPa of a coil at the wrong end of its tolerance
LEAK = 5.0  # % of the cushion's force
YIELDING = 4.0  # % of the press force that moves to the sound side of a cracked die
SPLITS = 0.06  # panels that tear at the crack
FRICTION = 0.4  # of the way to a failed bearing, without oil
TRIP_EVERY, TRIP = 900.0, 420.0  # s of operation between trips of the overload relay, s until it is reset
LEAKING, LOST_GRIPS = 0.4, 8.0  # of the way to useless cups with a leaking main; factor on panels lost
DARK = 0.5  # share of the detection that is left with half of the lamps
NEVER = 1e9  # s, 30 years of operation
# Only a fault lets these two come.
CRACK = DefectCause(name="crack", rate=0.0)
OVERLOAD = StopMode(name="overload", between=NEVER, duration=TRIP, cv=0.5, crewed=True)


def stamping_faults(
    destacker: Destacker, draw: DrawPress, trim: Press, transfer: Station, tunnel: Station
) -> None:
    """Offer the faults to trainers."""
    destacker.can_suffer(_off_spec_coil(destacker))
    draw.can_suffer(_die_crack(draw), _cushion_leak(draw))
    trim.can_suffer(_dry_bearing(trim))
    transfer.can_suffer(_vacuum_leak(transfer))
    tunnel.can_suffer(_lamps_out(tunnel))


def _off_spec_coil(destacker: Destacker) -> Fault:
    def set_coil(thicker: float, stronger: float) -> None:
        destacker.thicker, destacker.stronger = thicker, stronger

    return Fault(
        "off_spec_coil", "Coil thicker and stronger than ordered",
        mechanism=f"Blanks are {THICKER:g} mm thicker and {STRONGER:g} MPa stronger: force rises with strength times "
        "thickness, the flange draws in less, the panel springs back more.",
        strike=partial(set_coil, THICKER, STRONGER), mend=partial(set_coil, 0.0, 0.0),
        effects=(
            Effect(subject="destacker/blank_thickness", change=+0.03, end=SHIFT),
            Effect(subject="op10/tonnage_deviation", change=+3.5, end=SHIFT),
            Effect(subject="op10/draw_in", change=-0.5, end=SHIFT),
            Effect(subject="inspection/gap_flush", change=+0.15, end=SHIFT),
            Effect(subject="defect_rate", change=+0.01, end=SHIFT),
        ),
    )  # fmt: skip


def _die_crack(draw: DrawPress) -> Fault:
    def set_crack(yielding: float, splits: float, alarms: float) -> None:
        draw.yielding = yielding
        draw.set_defect_rate(CRACK.name, splits)
        draw.hasten("split_alarm", alarms)

    return Fault(
        "die_crack", "Crack in the draw die",
        mechanism="A crack in the die radius yields under load: the force moves to the sound side, and the sheet tears "
        f"at its edge in {100 * SPLITS:g} % of the strokes, which the split detection stops the press for.",
        strike=partial(set_crack, YIELDING, SPLITS, 5.0), mend=partial(set_crack, 0.0, 0.0, 1.0),
        effects=(
            Effect(subject="op10/tonnage_balance", change=+2.0, end=SHIFT),
            Effect(subject="op10/prod_defective_count", change=+40, end=SHIFT),
            Effect(subject="quality_ratio", change=-0.02, end=SHIFT),
            Effect(subject="effectiveness", change=-0.01, end=SHIFT),
            Effect(subject="specific_energy", change=+0.01, end=SHIFT),
        ),
    )  # fmt: skip


def _cushion_leak(draw: DrawPress) -> Fault:
    def set_leak(share: float) -> None:
        draw.cushion_leak = share

    return Fault(
        "cushion_leak", "Die cushion leaks",
        mechanism=f"A worn seal lets the cushion hold with {LEAK:g} % less than its set force: the flange is no longer "
        "held flat, and the panel wrinkles.",
        strike=partial(set_leak, LEAK), mend=partial(set_leak, 0.0),
        effects=(
            Effect(subject="op10/cushion_deviation", change=-4.0, end=SHIFT),
            Effect(subject="op10/cushion_force", change=-50, end=SHIFT),
            Effect(subject="op10/prod_defective_count", change=+200, end=SHIFT),
            Effect(subject="quality_ratio", change=-0.1, end=SHIFT),
            Effect(subject="defect_rate", change=+0.1, end=SHIFT),
        ),
    )  # fmt: skip


def _dry_bearing(press: Press) -> Fault:
    drive = press.stop("drive")

    def set_friction(excess: float, trips: float) -> None:
        drive.excess = excess
        press.hasten(OVERLOAD.name, trips)

    return Fault(
        "dry_bearing", "Main bearing without oil",
        mechanism="A blocked oil line: dry friction shakes the drive and raises its current until the overload relay "
        f"trips it, every {TRIP_EVERY / 60:g} min of operation.",
        strike=partial(set_friction, FRICTION, NEVER / TRIP_EVERY), mend=partial(set_friction, 0.0, 1.0),
        effects=(
            Effect(subject=f"{press.name}/vibration", change=+2.0, end=SHIFT),
            Effect(subject=f"{press.name}/motor_current", change=+10.0, end=SHIFT),
            Effect(subject="availability", change=-0.015, end=SHIFT),
            Effect(subject="specific_energy", change=+0.01, end=SHIFT),
        ),
    )  # fmt: skip


def _vacuum_leak(transfer: Station) -> Fault:
    cups = transfer.stop("cups")

    def set_leak(excess: float, losses: float) -> None:
        cups.excess = excess
        transfer.hasten("vacuum_loss", losses)

    return Fault(
        "vacuum_leak", "Vacuum main leaks",
        mechanism="A torn hose: pumps no longer hold the vacuum, whatever the age of the cups, and panels are lost on "
        f"the way {LOST_GRIPS:g} times as often. New cups do not help.",
        strike=partial(set_leak, LEAKING, LOST_GRIPS), mend=partial(set_leak, 0.0, 1.0),
        effects=(
            Effect(subject="transfer/vacuum", change=+3.0, end=SHIFT),
            Effect(subject="effectiveness", change=-0.03, end=SHIFT),
        ),
    )  # fmt: skip


def _lamps_out(tunnel: Station) -> Fault:
    sound = tunnel.inspection
    assert sound is not None
    dark = replace(sound, detection=DARK * sound.detection)

    def set_light(inspection: object) -> Callable[[], None]:
        return partial(setattr, tunnel, "inspection", inspection)

    return Fault(
        "lamps_out", "Half of the light tunnel dark",
        mechanism=f"With half of the lamps out, inspectors see {100 * DARK:g} % of the bad panels that they used to "
        "see. The figures improve, the customer's do not.",
        strike=set_light(dark), mend=set_light(sound),
        effects=(
            Effect(subject="line/prod_defective_count", change=-20, end=SHIFT),
            Effect(subject="quality_ratio", change=+0.008, end=SHIFT),
            Effect(subject="defect_rate", change=-0.008, end=SHIFT),
        ),
    )  # fmt: skip
