"""What was lost between two moments, from telemetry alone: scrap and energy above the plant's own usual.

The usual is that of the reference period, the minutes before the drill without those in which a fault was there: its
mean share of rejects, and its mean kWh a piece. With P units processed, R rejected and E kWh used between onset and
detection,

    scrap lost = R - P x (rejects / processed of the reference)
    kWh lost   = E - P x (kWh / processed of the reference)

so that a line which stands still and draws power loses energy, and one which makes more uses more without a loss. The
sums are those of full minutes; a minute at the edge counts by its share. Both may be negative: chance works both ways.
The uncertainty is that of chance alone: the standard deviation, over the reference period, of the same difference in
every stretch of the same length (it holds serial correlation), x sqrt(1 + n/N) for that of the mean (n minutes, N in
the reference), x 2 for about 95 % of cases. Where the reference is shorter than four such stretches, sqrt(n) x that
of single minutes stands in, which is too small for a line that works in lots. A reference without a reject has no
spread: the rule of three stands in, by which 0 of n pieces leave at most 3/n as the upper bound of 95 % (J. A. Hanley
and A. Lippman-Hand, If nothing goes wrong, is everything all right?, JAMA 249(13), 1983, 1743-1745). A set-up or a
stop that is none of the fault's counts as lost too; a reject counts where and when it is found, so that what is still
under way at the mark does not.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.kpi.tally import energy

MINUTE = 60_000
LEAST_MIN = 10  # a shorter reference tells nothing (est.)
_COVERAGE = 2.0


@dataclass(frozen=True, slots=True)
class Minute:
    """What the line added up in the minute from `start_ms`: units processed, rejected (scrap and rework), kWh."""

    start_ms: int
    processed: float
    rejected: float
    kwh: float


@dataclass(frozen=True, slots=True)
class Reference:
    """The usual: `minutes` of it, rejects and kWh a processed unit, output and kWh a minute."""

    minutes: tuple[Minute, ...]
    reject_share: float
    kwh_per_unit: float
    output_per_min: float
    kwh_per_min: float


@dataclass(frozen=True, slots=True)
class Loss:
    """Units and kWh above the usual, each with the half-width of about 95 %."""

    scrap: float
    scrap_within: float
    kwh: float
    kwh_within: float


class NoReference(ValueError):
    """There is nothing to measure losses against; the text says why."""


def minute(start_ms: int, values: Mapping[str, float]) -> Minute:
    """Read a minute's tally of the line."""
    rejected = values.get("sq", 0.0) + values.get("rq", 0.0)
    return Minute(start_ms, values.get("pq", 0.0), rejected, energy(values))


def reference(minutes: Sequence[Minute]) -> Reference:
    """Return the usual of the minutes before a drill; raises NoReference.

    >>> usual = reference([Minute(60_000 * at, 10.0, 1.0, 20.0) for at in range(10)])
    >>> usual.reject_share, usual.kwh_per_unit, usual.output_per_min
    (0.1, 2.0, 10.0)
    """
    count = len(minutes)
    if count < LEAST_MIN:
        raise NoReference(f"{count} minutes of data before the drill; {LEAST_MIN} are the least")
    processed = sum(one.processed for one in minutes)
    if processed <= 0.0:
        raise NoReference("the line made nothing in the reference period")
    kwh = sum(one.kwh for one in minutes)
    rejected = sum(one.rejected for one in minutes)
    return Reference(tuple(minutes), rejected / processed, kwh / processed, processed / count, kwh / count)


def lost(minutes: Sequence[Minute], start_ms: int, end_ms: int, usual: Reference) -> Loss:
    """Return what was lost in [start_ms, end_ms), of which `minutes` hold the tallies.

    >>> usual = reference([Minute(60_000 * at, 10.0, 1.0, 20.0) for at in range(10)])
    >>> lost([Minute(0, 10.0, 4.0, 26.0), Minute(60_000, 0.0, 0.0, 8.0)], 30_000, 120_000, usual)
    Loss(scrap=1.5, scrap_within=0.0, kwh=11.0, kwh_within=0.0)
    """
    scrap = kwh = made = 0.0
    for one in minutes:
        inside = min(end_ms, one.start_ms + MINUTE) - max(start_ms, one.start_ms)
        if inside > 0:
            share = inside / MINUTE
            made += share * one.processed
            scrap += share * (one.rejected - one.processed * usual.reject_share)
            kwh += share * (one.kwh - one.processed * usual.kwh_per_unit)
    length = max(0.0, (end_ms - start_ms) / MINUTE)
    rejects = [one.rejected - one.processed * usual.reject_share for one in usual.minutes]
    energies = [one.kwh - one.processed * usual.kwh_per_unit for one in usual.minutes]
    return Loss(scrap, _within(rejects, length) or _unseen(made, usual), kwh, _within(energies, length))


def _unseen(made: float, usual: Reference) -> float:
    """Return the most rejects of `made` pieces that a usual without a reject leaves possible; 0 where it had some."""
    if usual.reject_share > 0.0:
        return 0.0
    return made * 3.0 / (usual.output_per_min * len(usual.minutes))


def _within(residuals: Sequence[float], length: float) -> float:
    """Return the half-width of about 95 % of a sum of `length` minutes, from the residuals of single minutes."""
    if length <= 0.0:
        return 0.0
    values = np.asarray(residuals, np.float64)
    whole = max(1, math.ceil(length))
    if len(values) >= 4 * whole:
        sums = np.convolve(values, np.ones(whole), "valid")
        spread = float(np.sqrt(np.mean(sums**2))) * math.sqrt(length / whole)
    else:
        spread = float(np.sqrt(np.mean(values**2))) * math.sqrt(length)
    return _COVERAGE * spread * math.sqrt(1.0 + length / len(values))


def lost_minutes(loss: Loss, usual: Reference) -> float:
    """Return a loss in minutes of usual output and usual energy; what is below the usual counts 0.

    >>> usual = reference([Minute(60_000 * at, 10.0, 1.0, 20.0) for at in range(10)])
    >>> lost_minutes(Loss(5.0, 0.0, 10.0, 0.0), usual)
    1.0
    """
    wasted = max(0.0, loss.kwh) / usual.kwh_per_min if usual.kwh_per_min > 0.0 else 0.0
    return max(0.0, loss.scrap) / usual.output_per_min + wasted
