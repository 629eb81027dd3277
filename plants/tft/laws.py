"""The physics of the array shop as functions of numbers, each named after its law."""

import math

from twin.model.quality import share_below

GLASS_EXPANSION = 3.2  # um/(m K), alkali-free glass (K: data sheet of such a glass)
GLASS_LENGTH = 2.5  # m
UNCORRECTED = 0.025  # share of the expansion that the stage's scale correction leaves (est.)


def panels_beyond(deviation: float, limit: float, scatter: float) -> float:
    """Return the share of panels beyond +-`limit` where the lot lies at `deviation` and panels scatter around it.

    >>> panels_beyond(0.8, 0.8, 0.01)
    0.5
    """
    return share_below((-limit - deviation) / scatter) + share_below((deviation - limit) / scatter)


def panel_yield(killers: float, panels: float, clustering: float) -> float:
    """Return the share of panels without a killer defect, of `killers` a sheet of `panels` panels.

    Negative binomial yield Y = (1 + A D / alpha)^-alpha (Stapper 1973, IBM J. Res. Dev. 17, 228): with a large alpha
    Poisson's exp(-A D), with alpha = 1 Seeds'.

    >>> panel_yield(1.0, 10.0, 1.0) == 1.0 / 1.1
    True
    """
    return float((1.0 + killers / (panels * clustering)) ** -clustering)


def sheets_to_repair(killers: float, clustering: float) -> float:
    """Return the share of sheets with at least one of the located killers, clustered as in `panel_yield`."""
    return 1.0 - float((1.0 + killers / clustering) ** -clustering)


def line_width_deviation(dose: float, resist: float) -> float:
    """Return the change of the line width in um for deviations of dose (%) and photoresist thickness (um).

    Positive resist: more light, narrower lines; thicker resist, wider ones (slopes est.).

    >>> round(line_width_deviation(1.0, 0.0), 3)
    -0.05
    """
    return -0.05 * dose + 2.0 * resist


def thermal_overlay(kelvin: float) -> float:
    """Return the overlay in um that `kelvin` of clean-room temperature beyond the set point leave.

    >>> round(thermal_overlay(1.0), 2)
    0.2
    """
    return UNCORRECTED * GLASS_EXPANSION * GLASS_LENGTH * kelvin


def film_thickness(power: float, pressure: float) -> float:
    """Return the factor on a PECVD film's thickness for RF power and pressure relative to their set points.

    The rate goes with the root of the power and with the pressure to the 0.3 (est.).
    """
    return math.sqrt(power) * float(pressure**0.3)


def threshold_shift(thickness: float) -> float:
    """Return the change of the threshold voltage in V for `thickness` nm too much gate insulator.

    Vth goes with the charge over the insulator's capacitance, and a-Si grows thicker in the same run (slope est.).
    """
    return 0.015 * thickness


def queue_loss(hours: float, limit: float, loss: float, growth: float) -> float:
    """Return the share of panels lost to oxidised n+ contacts after `hours` between a-Si and SD.

    None within `limit` h, then `loss`, and as much again for every `growth` h.

    >>> queue_loss(24.0, 24.0, 0.003, 6.0), queue_loss(30.0, 24.0, 0.003, 6.0)
    (0.0, 0.006)
    """
    return loss * (1.0 + (hours - limit) / growth) if hours > limit else 0.0


def trip_rate(pressure: float) -> float:
    """Return how many times as often tools need help at `pressure` MPa of compressed dry air.

    Their pressure switches trip near the Lo limit of 0.64 MPa (spread 0.01 MPa, ten times as many stops: est.).

    >>> trip_rate(0.70) < 1.0001 < 5.9 < trip_rate(0.64)
    True
    """
    return 1.0 + 10.0 * share_below((0.64 - pressure) / 0.01)
