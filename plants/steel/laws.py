"""The laws of reheating, hot rolling and cooling, each a function of numbers; figures without another source are est.

Units: °C, K, s, m, mm, kg, MN, MPa, kWh; shares as fractions.
"""

import math

DENSITY = 7850.0  # kg/m3 of steel
SLAB_THICKNESS = 230.0  # mm, V25
SLAB_LENGTH = 10.0  # m, V25
HEAT_CAPACITY = 680.0  # J/(kg K), mean of 20..1,210 °C: 0.81 GJ/t, theory 0.79 (V22)
HEATING_TIME = 2400.0  # s, time constant of a slab, 1.4 (TI-102)

BAR_THICKNESS = 38.0  # mm of the transfer bar, 32-45 (V24)
REFERENCE_DISCHARGE = 1205.0  # °C
REFERENCE_ROUGHED = 1070.0  # °C, middle of 1,040-1,100
REFERENCE_ENTRY = 1025.0  # °C at F1, of 980-1,060 (V24)
REFERENCE_THICKNESS = 3.0  # mm
REFERENCE_WIDTH = 1250.0  # mm, V25
REFERENCE_PRESSURE = 20.0  # MPa of descaling
REFERENCE_OXYGEN = 1.75  # % in the flue gas, middle of 1.0-2.5

FORCES = (24.0, 23.0, 21.0, 19.0, 16.0, 13.0, 10.0)  # MN, F1..F7: F1-F3 18-28, F7 6-12
SPEED_EFFECT = 1.5  # K of finishing temperature for 1 % of speed
SPEED_RANGE = 5.0  # % by which the set-up model may change the speed
THREADING_TIME = 8.0  # s until the head is in the coiler
COILING_TIME = 100.0  # s, 60 for the strip and 40 to strip off
SET_UP_SHARE = 0.5  # of a predicted deviation is taken out by speed


def slab_mass(width: float) -> float:
    """Return the mass in kg of a slab `width` mm wide.

    >>> round(slab_mass(1250.0) / 1000.0, 1)  # the sheet's 22.5 t
    22.6
    """
    return DENSITY * SLAB_THICKNESS / 1000.0 * SLAB_LENGTH * width / 1000.0


def scale_loss(share: float, temperature: float, residence: float) -> float:
    """Return the share of the slab that scales off: `share` at 1,205 °C and 4 h, parabolic in time, Arrhenius-like."""
    return share * math.exp((temperature - REFERENCE_DISCHARGE) / 150.0) * math.sqrt(residence / 14_400.0)


def firing(hold: float, heat: float, efficiency: float, oxygen: float) -> float:
    """Return the fuel power of a furnace: losses at `hold` plus `heat` to the slabs at a marginal `efficiency`.

    Each percent of oxygen above the reference heats air for nothing: 1.2 % more fuel.

    >>> firing(20.0, 43.0, 0.86, 1.75)
    70.0
    """
    return (hold + heat / efficiency) * (1.0 + 0.012 * (oxygen - REFERENCE_OXYGEN))


def roughed_temperature(discharge: float, delay: float) -> float:
    """Return the rougher delivery temperature: three quarters of a deviation survive; a delay costs 0.5 K/s."""
    return REFERENCE_ROUGHED + 0.75 * (discharge - REFERENCE_DISCHARGE) - 0.5 * delay


def entry_temperature(roughed: float, delay: float) -> float:
    """Return the temperature at F1: 45 K below the rougher's; a bar that waits under the heat cover loses 0.6 K/s."""
    return roughed - (REFERENCE_ROUGHED - REFERENCE_ENTRY) - 0.6 * delay


def set_up(entry: float) -> tuple[float, float]:
    """Return (deviation of the finishing temperature in K, change of speed in %) for a bar of `entry` °C.

    At constant speed 0.6 of the deviation at entry arrives at delivery. The set-up model takes half of that out by
    rolling a cold bar faster, as far as the drives allow.

    >>> set_up(REFERENCE_ENTRY - 10.0)
    (-3.0, 2.0)
    """
    predicted = 0.6 * (entry - REFERENCE_ENTRY)
    change = min(max(-SET_UP_SHARE * predicted / SPEED_EFFECT, -SPEED_RANGE), SPEED_RANGE)
    return predicted + SPEED_EFFECT * change, change


def force_factor(entry: float, hardness: float, width: float, thickness: float) -> float:
    """Return the roll force relative to the reference strip: flow stress falls by 0.35 % a kelvin.

    >>> force_factor(REFERENCE_ENTRY, 1.0, REFERENCE_WIDTH, REFERENCE_THICKNESS)
    1.0
    """
    heat = math.exp(0.0035 * (REFERENCE_ENTRY - entry))
    return heat * hardness * width / REFERENCE_WIDTH * math.pow(REFERENCE_THICKNESS / thickness, 0.25)


def strip_length(mass: float, width: float, thickness: float) -> float:
    """Return the length of the strip in m."""
    return mass / (DENSITY * width / 1000.0 * thickness / 1000.0)


def finishing_speed(thickness: float) -> float:
    """Return the F7 exit speed in m/s, 8-20: thin strip runs faster, but not in proportion."""
    return min(max(9.0 * math.pow(REFERENCE_THICKNESS / thickness, 0.6), 8.0), 20.0)


def roughing_time(hardness: float) -> float:
    """Return the seconds in the roughers, 75-95: harder grades take lighter passes."""
    return min(max(83.0 + 60.0 * (hardness - 1.0), 75.0), 95.0)


def pace(mass: float, width: float, gauge: float, hardness: float, coilers: int) -> float:
    """Return the seconds that the slowest unit of the mill needs for a piece: rougher, finishing mill or coilers.

    >>> round(pace(22_136.0, 1250.0, 3.0, 1.0, 3), 1)  # 92 s: 870 t/h before any gap
    91.6
    """
    finishing = strip_length(mass, width, gauge) / finishing_speed(gauge) + THREADING_TIME
    return max(roughing_time(hardness), finishing, COILING_TIME / max(coilers, 1))


def deformation_energy(share: float, thickness: float, entry: float, hardness: float) -> float:
    """Return the energy of finishing rolling in the unit of `share`, that of the reference strip.

    It goes with the logarithmic reduction and the flow stress.

    >>> deformation_energy(30.0, REFERENCE_THICKNESS, REFERENCE_ENTRY, 1.0)
    30.0
    """
    reduction = math.log(BAR_THICKNESS / thickness) / math.log(BAR_THICKNESS / REFERENCE_THICKNESS)
    return share * reduction * hardness * math.exp(0.0035 * (REFERENCE_ENTRY - entry))


def cobble_chance(rate: float, entry: float, wear: float) -> float:
    """Return the chance of a cobble: e times as high for a bar 25 K colder, 1.8 times from new rolls to worn ones."""
    return min(rate * math.exp((REFERENCE_ENTRY - entry) / 25.0 + 0.6 * (wear - 0.5)), 1.0)


def scale_chance(rate: float, pressure: float) -> float:
    """Return the chance of rolled-in scale: e times as high for each 1.5 MPa that the descaling lacks."""
    return min(rate * math.exp((REFERENCE_PRESSURE - pressure) / 1.5), 1.0)


def crown(wear: float, scatter: float) -> float:
    """Return the crown C40 in µm: rolls wear in the middle, 12 µm over their life."""
    return 45.0 + 12.0 * (wear - 0.5) + scatter


def flatness(wear: float, scatter: float) -> float:
    """Return the flatness in I-units: worn rolls leave bending less to correct."""
    return scatter * (0.85 + 0.45 * wear * wear)
