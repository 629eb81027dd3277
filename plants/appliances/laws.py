"""The laws of the refrigerator line as functions of numbers: each ties a cause to what a tag shows."""

import math

SHEET_SET = 162.5  # °C, middle of the normal band, 10.4
RATIO_SET = 1.16  # ISO:POL, middle of the normal band, 10.4
COMPONENT_SET = 20.5  # °C, the same
JIG_SET = 41.5  # °C, the same
BRAZE_SET = 710.0  # °C, the same
FOAM_DENSITY = 34.0  # kg/m3, core of the cabinet's foam (est.)
TIGHT = -1.0  # log10 of the median leak rate of a sound joint in g/a: 0.1 (est., normal is below 0.5, 10.4)
GROSS = 1.5  # log10 of the leak rate in g/a of a joint that is open: 32 (est.)
LEAK_IN = 10.0  # Pa that a leak of 1 g/a adds to the end pressure (est.)
OUTGASSING = 6.0  # Pa left of water and solvent after the normal time of evacuation (est.)
TIME_CONSTANT = 3.0  # min, evacuation of vapour through capillary and process tube (est.)
NORMAL_TIME = 16.5  # min of evacuation in a carousel cycle of 18 min (est., normal is 15-20, 10.4)


def wall(temperature: float) -> float:
    """Return the mean minimum wall in mm of a liner drawn at `temperature` °C.

    Hot sheet sags before the mould takes it, cold sheet does not flow into the corners: both thin it (est.).
    """
    deviation = temperature - SHEET_SET
    return 1.05 - 0.0004 * deviation * deviation


def expansion(ratio: float, component: float, jig: float) -> float:
    """Return by how many % the foam expands more than planned.

    `ratio` ISO:POL, `component` and `jig` temperature in °C. Off-ratio foam reacts incompletely on either side; cold
    components and cold walls cost blowing agent (est.).
    """
    off = ratio - RATIO_SET
    return 0.4 * (component - COMPONENT_SET) + 0.25 * (jig - JIG_SET) - 1000.0 * off * off


def density(shot: float, expanded: float) -> float:
    """Return the core density in kg/m3 for a shot `shot` % above its set weight and an expansion of `expanded` %."""
    return FOAM_DENSITY * (1.0 + shot / 100.0) / (1.0 + expanded / 100.0)


def braze_leak(temperature: float) -> float:
    """Return log10 of the median leak rate in g/a of joints brazed at `temperature` °C.

    Too cold the filler does not wet the gap, too hot the flux burns and the filler runs off; the curvature is est.,
    fitted: a third of all defects of common cause.
    """
    deviation = (temperature - BRAZE_SET) / 14.0
    return min(TIGHT + 0.12 * deviation * deviation, GROSS)


def end_pressure(wear: float, time: float, leak: float, scatter: float) -> float:
    """Return the pressure in Pa at the end of evacuation.

    `wear` multiplies the pumps' own pressure of 6 Pa, `time` is in min, `leak` in g/a, `scatter` a factor on what
    outgasses: vapour leaves by first order, a leak lets air in for as long as the pump runs (est.).
    """
    vapour = OUTGASSING * scatter * math.exp((NORMAL_TIME - time) / TIME_CONSTANT)
    return 6.0 * wear * scatter + vapour + LEAK_IN * leak


def warming(pressure: float, charge: float, void: float) -> float:
    """Return by how many K the freezer is warmer after 45 min than with a good circuit and cabinet.

    `pressure` Pa at the end of evacuation (air and moisture do not condense), `charge` g off the set charge (too
    little starves the evaporator, too much floods it), `void` % of the foam missing (est.).
    """
    return 0.08 * (pressure - 12.0) + 1.2 * charge * charge + 0.8 * void


def settled(elapsed: float, tau: float) -> float:
    """Return the share 0..1 of a step that a first-order lag of `tau` s has made after `elapsed` s.

    >>> round(settled(1800.0, 1800.0), 3)
    0.632
    """
    return 1.0 - math.exp(-elapsed / tau)
