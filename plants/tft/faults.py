"""What can go wrong in the array shop at a trainer's word: mechanisms on tool groups, effects on tags and figures."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from plants.tft.facility import Facility, Stocker
from plants.tft.tools import ToolGroup
from twin.model.fault import Effect, Fault

HOUR = 3600.0
DAY = 24 * HOUR
# All sizes are est.: what such a case looks like in an array shop, not what a particular one was measured at.
FLAKING = 5.0  # times the particles, from chambers whose cleaning gas is weak
STAGE_ERROR = 0.45  # um of overlay, from an interferometer without its air-pressure correction
OVERRUN = 4.5  # s of etching beyond an endpoint that is seen late
EROSION, ARCS = 4.5, 6.0  # % of sheet resistance; times the stops by arcs, near the end of the target
SLOWNESS = 12.0  # times the usual move, with one shuttle of twelve running
WARMING = 1.5  # K
PRESSURE_LOSS = 0.08  # MPa
SLOW_MASKS = 3.0  # times the usual mask change, by hand


def tft_faults(groups: Mapping[str, Any], facility: Facility, stocker: Stocker) -> None:
    """Offer the faults to trainers."""
    groups["pecvd"].can_suffer(_flaking(groups["pecvd"]))
    groups["photo"].can_suffer(_stage_drift(groups["photo"]), _mask_handler(groups["photo"]))
    groups["dry_etch"].can_suffer(_late_endpoint(groups["dry_etch"]))
    groups["sputter"].can_suffer(_worn_targets(groups["sputter"]))
    stocker.can_suffer(_shuttle_down(stocker))
    facility.can_suffer(_warm_room(facility), _thin_air(facility))


def setter(owner: object, name: str, value: float) -> Callable[[], None]:
    """Return what sets the attribute `name` of `owner`."""
    return partial(setattr, owner, name, value)


def _flaking(pecvd: ToolGroup) -> Fault:
    usual = pecvd.dirt
    return Fault(
        "particle_excursion", "PECVD chambers flake",
        mechanism=f"The cleaning gas is weak: films stay on the walls and flake, {FLAKING:g} times the particles fall "
        "on the glass and short the lines of the panels. The array test finds them days later.",
        strike=setter(pecvd, "dirt", FLAKING * usual), mend=setter(pecvd, "dirt", usual),
        effects=(
            Effect(subject="pecvd/particles", change=+50.0, end=8 * HOUR),
            Effect(subject="aoi/killer_defects", change=+0.05, begin=1 * DAY, end=4 * DAY),
            Effect(subject="defect_rate", change=+0.004, begin=2 * DAY, end=4 * DAY),
        ),
    )  # fmt: skip


def _stage_drift(photo: Any) -> Fault:
    return Fault(
        "stage_drift", "Exposure stages lose their reference",
        mechanism=f"Interferometers work without their air-pressure correction: every layer lies {STAGE_ERROR:g} um "
        "beside the one below. The inspection after develop sends many lots to strip and re-coat.",
        strike=setter(photo, "stage_error", STAGE_ERROR), mend=setter(photo, "stage_error", 0.0),
        effects=(
            Effect(subject="photo/overlay", change=+0.25, end=8 * HOUR),
            Effect(subject="photo/rework_count", change=+300.0, end=DAY),
            Effect(subject="effectiveness", change=-0.05, begin=0.5 * DAY, end=2 * DAY),
            Effect(subject="specific_energy", change=+15.0, begin=0.5 * DAY, end=2 * DAY),
            Effect(subject="defect_rate", change=+0.004, begin=DAY, end=2 * DAY),
        ),
    )  # fmt: skip


def _mask_handler(photo: Any) -> Fault:
    usual = photo.set_up_time
    return Fault(
        "mask_handler", "Mask stocker down",
        mechanism=f"Masks are brought by hand: a change takes {SLOW_MASKS:g} times as long, and the exposure tools "
        "stand meanwhile.",
        strike=setter(photo, "set_up_time", SLOW_MASKS * usual), mend=setter(photo, "set_up_time", usual),
        effects=(
            Effect(subject="photo/capacity", change=-0.06, begin=HOUR, end=DAY),
            Effect(subject="availability", change=-0.06, begin=HOUR, end=DAY),
            Effect(subject="photo/prod_processed_count", change=-700.0, end=DAY),
        ),
    )  # fmt: skip


def _late_endpoint(etch: Any) -> Fault:
    return Fault(
        "late_endpoint", "Dry etch sees its endpoint late",
        mechanism=f"Windows of the endpoint detectors are coated: etching goes on {OVERRUN:g} s too long and takes the "
        "film below; contacts fail at the array test.",
        strike=setter(etch, "overrun", OVERRUN), mend=setter(etch, "overrun", 0.0),
        effects=(
            Effect(subject="dry_etch/endpoint_time", change=+3.5, end=8 * HOUR),
            Effect(subject="test/panel_yield", change=-6.0, begin=2 * DAY, end=3 * DAY),
            Effect(subject="defect_rate", change=+0.05, begin=2 * DAY, end=3 * DAY),
        ),
    )  # fmt: skip


def _worn_targets(sputter: Any) -> Fault:
    def set_targets(erosion: float, arcs: float) -> None:
        sputter.erosion = erosion
        sputter.trip("arcs", arcs)

    return Fault(
        "worn_targets", "Sputter targets beyond their life",
        mechanism=f"The erosion groove is deep: films are {EROSION:g} % more uneven and line ends too resistive; arcs "
        f"stop the tools {ARCS:g} times as often.",
        strike=partial(set_targets, EROSION, ARCS), mend=partial(set_targets, 0.0, 1.0),
        effects=(
            Effect(subject="sputter/rs_uniformity", change=+2.0, end=8 * HOUR),
            Effect(subject="test/panel_yield", change=-1.5, begin=2 * DAY, end=3 * DAY),
            Effect(subject="quality_ratio", change=-0.01, begin=2 * DAY, end=3 * DAY),
        ),
    )  # fmt: skip


def _shuttle_down(stocker: Stocker) -> Fault:
    return Fault(
        "shuttle_down", "Overhead shuttle broken down",
        mechanism=f"Cassettes are moved by hand carts: a move takes {SLOWNESS:g} times as long. Lots are under way "
        "instead of at the tools, and leave the shop later.",
        strike=setter(stocker, "slowness", SLOWNESS), mend=setter(stocker, "slowness", 1.0),
        effects=(
            Effect(subject="stocker/transport_time", change=+3000.0, begin=HOUR, end=8 * HOUR),
            Effect(subject="stocker/cassettes_moving", change=+100.0, begin=2 * HOUR, end=8 * HOUR),
            Effect(subject="effectiveness", change=-0.1, end=8 * HOUR),
            Effect(subject="specific_energy", change=+30.0, end=8 * HOUR),
        ),
    )  # fmt: skip


def _warm_room(facility: Facility) -> Fault:
    return Fault(
        "warm_room", "Clean room too warm",
        mechanism=f"A chilled-water valve hangs: the room is {WARMING:g} K warmer. Glass expands, and the exposure "
        "tools correct only most of it.",
        strike=setter(facility, "warming", WARMING), mend=setter(facility, "warming", 0.0),
        effects=(
            Effect(subject="facility/temperature", change=+1.2, end=8 * HOUR),
            Effect(subject="facility/humidity", change=-3.0, end=8 * HOUR),
            Effect(subject="photo/overlay", change=+0.15, end=DAY),
            Effect(subject="photo/rework_count", change=+100.0, end=2 * DAY),
        ),
    )  # fmt: skip


def _thin_air(facility: Facility) -> Fault:
    return Fault(
        "thin_air", "Compressed dry air low",
        mechanism=f"A compressor has tripped: the air has {PRESSURE_LOSS:g} MPa less, and pressure switches stop tools "
        "for a moment ten times as often.",
        strike=setter(facility, "pressure_loss", PRESSURE_LOSS), mend=setter(facility, "pressure_loss", 0.0),
        effects=(
            Effect(subject="facility/cda_pressure", change=-0.06, end=8 * HOUR),
            Effect(subject="photo/prod_processed_count", change=-600.0, end=DAY),
            Effect(subject="effectiveness", change=-0.03, begin=0.25 * DAY, end=2 * DAY),
        ),
    )  # fmt: skip
