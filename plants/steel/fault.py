"""Faults of a hot strip mill that a trainer can inject, with what follows from each."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from plants.steel.sheet import HOUR
from twin.model.fault import Effect, Fault

if TYPE_CHECKING:
    from plants.steel.line import HotStripMill

PRESSURE_LOST = 6.0  # MPa, one of three pumps in recirculation (est.)
DRIFT = 75.0  # K that the thermocouple reads too high (est.)
SHUT = 60.0  # K that the missing water would have taken out of the strip (est.)
LIFE_LEFT = 2.0 * HOUR  # operating time that a spalled bearing lasts (est.)


def declare_faults(line: "HotStripMill") -> tuple[Fault, ...]:
    """Let the units of `line` suffer the faults of this industry; return them."""
    offered = {
        "furnaces": (_thermocouple(line), _walking_beam(line)),
        "descaler": (_pump(line),),
        "finishing_mill": (_cobble(line), _roll_mark(line), _bearing(line)),
        "laminar_cooling": (_header(line),),
    }
    for name, faults in offered.items():
        line.by_name[name].can_suffer(*faults)
    return tuple(fault for faults in offered.values() for fault in faults)


def _thermocouple(line: "HotStripMill") -> Fault:
    furnace = line.reheating.furnaces[0]

    def drift(kelvin: float) -> None:
        furnace.drift = kelvin

    return Fault(
        "thermocouple", "Soak-zone thermocouple of furnace 1 reads high",
        mechanism="An ageing thermocouple shows more than there is: the controller holds the shown temperature, so "
        "that the zone and every third slab are too cold; cold bars are hard to roll, come out too cold and cobble.",
        strike=lambda: drift(DRIFT), mend=lambda: drift(0.0),
        effects=(
            Effect(subject="furnaces/discharge_temperature_1", change=-25.0, begin=HOUR, end=8 * HOUR),
            Effect(subject="roughing_mill/delivery_temperature", change=-2.0, begin=2 * HOUR, end=8 * HOUR),
            Effect(subject="defect_rate", change=0.01, begin=2 * HOUR, end=8 * HOUR),
        ),
    )  # fmt: skip


def _walking_beam(line: "HotStripMill") -> Fault:
    def serve(*, on: bool) -> None:
        line.reheating.serve(line.pacer, 1, on=on)

    return Fault(
        "walking_beam", "Walking beam of furnace 2 stands still",
        mechanism="The hydraulics of the beam fail: the furnace can neither charge nor discharge, its slabs soak on, "
        "and the other two must heat everything; the mill waits for hot slabs.",
        strike=lambda: serve(on=False), mend=lambda: serve(on=True),
        effects=(
            Effect(subject="furnaces/capacity", change=-0.2, end=6 * HOUR),
            Effect(subject="furnaces/residence_time", change=-10.0, begin=3 * HOUR, end=6 * HOUR),
        ),
    )  # fmt: skip


def _pump(line: "HotStripMill") -> Fault:
    def lose(pressure: float) -> None:
        line.mill.pressure_loss = pressure

    return Fault(
        "pump", "Descaling pump loses pressure",
        mechanism="A valve of one pump leaks back: the jets no longer break the scale off and the rolls press it into "
        "the strip.",
        strike=lambda: lose(PRESSURE_LOST), mend=lambda: lose(0.0),
        effects=(
            Effect(subject="descaler/pressure", change=-4.5, end=6 * HOUR),
            Effect(subject="inspection/surface_defects", change=0.1, begin=600.0, end=6 * HOUR),
            Effect(subject="defect_rate", change=0.02, begin=600.0, end=6 * HOUR),
        ),
    )  # fmt: skip


def _cobble(line: "HotStripMill") -> Fault:
    def miss(*, next_bar: bool) -> None:
        line.mill.next_cobbles = next_bar

    return Fault(
        "cobble", "Cobble in the finishing mill",
        mechanism="The head of the next bar misses a stand: the strip piles up, is cut out and scrapped; bars behind "
        "it go cold. It ends when the mill is clear.",
        strike=lambda: miss(next_bar=True), mend=lambda: miss(next_bar=False),
        effects=(
            Effect(subject="finishing_mill/prod_processed_count", change=-100.0, end=HOUR),
            Effect(subject="finishing_mill/power_electricity", change=-3000.0, end=HOUR),
            Effect(subject="availability", change=-0.2, end=HOUR),
            Effect(subject="defect_rate", change=0.02, end=HOUR),
        ),
    )  # fmt: skip


def _roll_mark(line: "HotStripMill") -> Fault:
    def mark(chance: float) -> None:
        line.mill.mark = chance

    return Fault(
        "roll_mark", "Work roll spalls and prints a mark",
        mechanism="A piece breaks out of a work roll: its print is on every strip until the surface inspection "
        "recognises it and the rolls are changed; so deep a print spoils every one.",
        strike=lambda: mark(1.0), mend=lambda: mark(0.0),
        effects=(
            Effect(subject="inspection/surface_defects", change=1.0, begin=300.0, end=3 * HOUR),
            Effect(subject="inspection/marked_coils", change=2.0, end=3 * HOUR),
            Effect(subject="defect_rate", change=0.01, end=3 * HOUR),
        ),
    )  # fmt: skip


def _header(line: "HotStripMill") -> Fault:
    def shut(kelvin: float) -> None:
        line.cooling.stuck = kelvin

    return Fault(
        "header", "Laminar cooling headers stay shut",
        mechanism="Valves of a header bank do not open: water is missing on the run-out table, feedback gives what it "
        "has, and the strip is coiled too warm for its mechanical properties.",
        strike=lambda: shut(SHUT), mend=lambda: shut(0.0),
        effects=(
            Effect(subject="laminar_cooling/coiling_deviation", change=25.0, begin=300.0, end=2 * HOUR),
            Effect(subject="quality_ratio", change=-0.2, begin=900.0, end=2 * HOUR),
            Effect(subject="specific_energy", change=40.0, begin=900.0, end=2 * HOUR),
        ),
    )  # fmt: skip


def _bearing(line: "HotStripMill") -> Fault:
    gearbox, pacer = line.gearbox, line.pacer

    def spall() -> None:
        now = pacer.operating()
        gearbox.hasten(now, max((gearbox.at - now) / LIFE_LEFT, 1.0))
        line.env.process(watch(gearbox.began))

    def watch(began: float) -> Generator[simpy.Event, Any, None]:
        while gearbox.began == began:
            yield line.env.timeout(60.0)
        fault.reset()

    def mend() -> None:
        gearbox.haste = 1.0
        gearbox.renew(pacer.operating())

    fault = Fault(
        "bearing", "Gearbox bearing of a finishing stand spalls",
        mechanism="The raceway breaks out: vibration grows until the bearing seizes and the mill stops for its "
        "replacement. It ends with the repair.",
        strike=spall, mend=mend,
        effects=(
            Effect(subject="finishing_mill/gearbox_vibration", change=0.5, end=2 * HOUR),
            Effect(subject="availability", change=-0.02, begin=HOUR, end=8 * HOUR),
        ),
    )  # fmt: skip
    return fault
