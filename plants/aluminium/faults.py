"""What can go wrong in the potline at a trainer's word: mechanisms on the cells, effects on tags and figures."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from plants.aluminium.laws import BARE_ALF3
from twin.model.disturbance import StepEvents
from twin.model.fault import Effect, Fault

if TYPE_CHECKING:
    from plants.aluminium.line import Potline

HOUR = 3600.0
DAY = 24 * HOUR
# All sizes are est.: what such a case looks like in a potroom, not what a particular one was measured at.
WEAK_AIR = 0.5  # share of a dose that breakers with little air push through the crust
GROUPS = 0.8  # share of the current that four of the six rectifier groups carry
BAD_BATCH = 60.0  # % of the anode changes that expose iron
MUCKED = 24  # cells of a section with sludge under the metal
UNTIL_CLEANED = 1e9  # s


def potline_faults(line: "Potline") -> None:
    """Offer the faults to trainers."""
    sections = line.potroom.sections
    sections[0].can_suffer(_weak_air(line, 0))
    sections[1].can_suffer(_alf3_stuck(line, 1))
    sections[2].can_suffer(_muck(line, 2))
    line.rectifier.unit.can_suffer(_groups_out(line))
    line.anode_change.can_suffer(_bad_anodes(line))


def _weak_air(line: "Potline", number: int) -> Fault:
    places, section = line.cells.places(number), line.potroom.sections[number].name

    def set_air(share: float) -> None:
        line.cells.air[places] = share

    return Fault(
        "weak_air", "Compressed air for the crust breakers fails",
        mechanism=f"With little air the breakers open the crust for {100 * WEAK_AIR:g} % of each dose of alumina: the "
        "cells run short of it, and one after the other goes on anode effect, again and again.",
        strike=partial(set_air, WEAK_AIR), mend=partial(set_air, 1.0),
        effects=(
            Effect(subject=f"{section}/alumina", change=-0.3, begin=HOUR, end=8 * HOUR),
            Effect(subject=f"{section}/anode_effect_count", change=+100, end=8 * HOUR),
            Effect(subject=f"{section}/voltage", change=+0.15, begin=3 * HOUR, end=8 * HOUR),
            Effect(subject=f"{section}/bath_temperature", change=+2.0, begin=4 * HOUR, end=8 * HOUR),
            Effect(subject="specific_energy", change=+100.0, begin=3 * HOUR, end=8 * HOUR),
        ),
    )  # fmt: skip


def _alf3_stuck(line: "Potline", number: int) -> Fault:
    places, section = line.cells.places(number), line.potroom.sections[number].name

    def set_dosing(share: float) -> None:
        line.cells.alf3_dosing[places] = share

    return Fault(
        "alf3_stuck", "Aluminium fluoride feeders stuck",
        mechanism=f"Without additions the bath loses fluoride to soda and vapour, towards {BARE_ALF3:g} % excess: its "
        "liquidus rises, with it the temperature, and current efficiency falls.",
        strike=partial(set_dosing, 0.0), mend=partial(set_dosing, 1.0),
        effects=(
            Effect(subject=f"{section}/alf3", change=-0.8, begin=12 * HOUR, end=DAY),
            Effect(subject=f"{section}/bath_temperature", change=+2.0, begin=12 * HOUR, end=DAY),
            Effect(subject=f"{section}/current_efficiency", change=-0.4, begin=12 * HOUR, end=DAY),
        ),
    )  # fmt: skip


def _muck(line: "Potline", number: int) -> Fault:
    first, section = line.cells.places(number).start, line.potroom.sections[number].name
    places = range(first, first + MUCKED)
    return Fault(
        "muck", "Sludge on the cathodes",
        mechanism=f"Undissolved alumina lies under the metal of {MUCKED} cells: current bends round it, the metal "
        "sways, noise and heat rise, and metal goes back into the bath.",
        strike=partial(_sicken, line.sick, places), mend=partial(_cure, line.sick, places),
        effects=(
            Effect(subject=f"{section}/noise", change=+5.0, begin=HOUR, end=12 * HOUR),
            Effect(subject=f"{section}/current_efficiency", change=-1.0, begin=HOUR, end=12 * HOUR),
            Effect(subject=f"{section}/bath_temperature", change=+1.0, begin=6 * HOUR, end=12 * HOUR),
        ),
    )  # fmt: skip


def _sicken(sick: StepEvents, places: Iterable[int]) -> None:
    for place in places:
        sick.strike(place, UNTIL_CLEANED)


def _cure(sick: StepEvents, places: Iterable[int]) -> None:
    for place in places:
        sick.clear(place)


def _groups_out(line: "Potline") -> Fault:
    rectifier = line.rectifier

    def set_groups(share: float) -> None:
        rectifier.groups = share

    return Fault(
        "groups_out", "Two rectifier groups out",
        mechanism=f"Four of six groups carry {100 * GROUPS:g} % of the current: less metal is made, and cells cool, "
        "while their heat loss and the base load stay.",
        strike=partial(set_groups, GROUPS), mend=partial(set_groups, 1.0),
        effects=(
            Effect(subject="rectifier/line_current", change=-70.0, end=12 * HOUR),
            Effect(subject="section_1/voltage", change=-0.2, end=12 * HOUR),
            Effect(subject="section_1/bath_temperature", change=-4.0, begin=4 * HOUR, end=12 * HOUR),
            Effect(subject="effectiveness", change=-0.02, begin=6 * HOUR, end=12 * HOUR),
        ),
    )  # fmt: skip


def _bad_anodes(line: "Potline") -> Fault:
    def set_share(share: float) -> None:
        line.bad_batch = share

    return Fault(
        "bad_anodes", "Bad batch of anodes",
        mechanism=f"{BAD_BATCH:g} % of the anode changes leave a stub open to the bath: it gives its iron to the metal "
        "and bends the current until the laboratory finds it.",
        strike=partial(set_share, BAD_BATCH / 100.0), mend=partial(set_share, 0.0),
        effects=(
            Effect(subject="anode_change/rework_count", change=+30, end=DAY),
            Effect(subject="section_4/iron", change=+0.002, begin=12 * HOUR, end=DAY),
            Effect(subject="quality_ratio", change=-0.006, begin=12 * HOUR, end=DAY),
            Effect(subject="defect_rate", change=+0.006, begin=12 * HOUR, end=DAY),
        ),
    )  # fmt: skip
