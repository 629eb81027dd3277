"""The physics of cutting aluminium frames, as functions of numbers. VB is the flank wear of ISO 3685 in µm."""

import math

NEW = 20.0  # µm: VB of a tool that has run in; 6.4: normal 20 to 120
GROWTH = 0.25  # µm a part, 6.4
USUAL_FEED = 0.87  # feed override at which the figures of 6.4 hold (est.)
SWEET = 23.0  # °C: coolant temperature that the chiller holds, the middle of 20 to 26 (6.4)
RICH = 6.0  # %: above it the coolant lubricates fully, 6.4: normal 6 to 9


def dryness(concentration: float) -> float:
    """Return how far the coolant, of `concentration` in %, is too lean to lubricate: 0 rich enough, 1 water."""
    return max(1.0 - concentration / RICH, 0.0)


def wear_per_part(growth: float, concentration: float, feed: float) -> float:
    """Return the growth of VB in µm a part of a tool that grows by `growth` under usual conditions.

    A lean coolant lets chips weld to the edge: up to three times the wear in water (est.). Faster feed wears with the
    cutting force, feed^0.75 (Kienzle, mc = 0.25).
    """
    return growth * (1.0 + 2.0 * dryness(concentration)) * math.pow(feed / USUAL_FEED, 0.75)


def spindle_load(wear: float, feed: float) -> float:
    """Return the mean spindle load in % of its rating at VB `wear` and feed override `feed`.

    Force goes with feed^0.75 (Kienzle) and by a third from a new tool to VB 120 µm (est.); 6.4: normal 25 to 60.
    """
    return 36.0 * math.pow(feed / USUAL_FEED, 0.75) * (1.0 + 0.0035 * (wear - NEW))


def wear_vibration(wear: float) -> float:
    """Return what flank wear adds to the spindle vibration in mm/s RMS: 0.5 at VB 120 µm (est.)."""
    return 0.005 * (wear - NEW)


def edge_recession(wear: float) -> float:
    """Return how much wider in mm the frame gets as the edge wears to VB `wear`: 1.2 µm a µm (est.).

    The edge recedes by VB tan(relief angle) on both sides of the frame, and the tool bends away as its force grows.
    """
    return 0.0012 * wear


def thermal_growth(temperature: float) -> float:
    """Return how far the machine grows towards the frame in mm at a coolant of `temperature` °C: -5 µm/K (est.).

    The frame itself, 71.5 mm of aluminium, makes 1.7 µm/K of it (23.6e-6 1/K); spindle and table the rest.
    """
    return -0.005 * (temperature - SWEET)


def flatness(clamp_pressure: float, wear: float) -> float:
    """Return the mean flatness in mm of a face milled under `clamp_pressure` MPa (4.5 to 5.5) at VB `wear` (est.).

    A frame that is held too loosely lifts under the cutter: 0.05 mm a MPa below 4.5.
    """
    return 0.053 + 0.05 * max(4.5 - clamp_pressure, 0.0) + 0.0001 * (wear - NEW)


def roughness(wear: float, concentration: float) -> float:
    """Return the mean roughness Ra in µm at VB `wear` with coolant of `concentration` % (est.).

    6.4: normal 0.4 to 0.8. A lean coolant smears aluminium over the edge: +0.8 µm in water.
    """
    return 0.50 + 0.0025 * (wear - NEW) + 0.8 * dryness(concentration)


def air_pressure(flow: float, disturbance: float) -> float:
    """Return the pressure in MPa of the compressed air at a `flow` of Nm3/min: 0.015 MPa lost a Nm3/min (est.)."""
    return 0.63 - 0.015 * flow + disturbance


def compressor_power(flow: float) -> float:
    """Return the power in kW of the compressor for `flow` Nm3/min: 6.5 kW a Nm3/min at 0.7 MPa (est.)."""
    return 6.5 * flow
