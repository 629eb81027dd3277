"""The laws of soy sauce, as functions of numbers or of arrays: koji, moromi, pressing, standard values.

Sources are section numbers of the data sheet; est. is an engineering estimate.
"""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from twin.model import quality

Array = NDArray[np.float64]
Number = TypeVar("Number", float, Array)

SAUCE_PER_RAW = 5.7  # t/t, 5.1
NAMEPLATE_CHARGE = 24.0  # t dry raw material a koji batch, 5.1
STEAM_HEAT = 1.5 / 0.55 / 3.6e-3  # kWh/t of steam: 1.5 GJ in 0.55 t, 5.4

# -- koji ----------------------------------------------------------------------------------------------------

HOT = 38.0  # °C above which protease is lost and bacteria gain, 5.5
SELF_HEATING = 4.0  # K/h at most, 5.5
BED_TAU = 40 * 60.0  # s, bed against supply air at full air flow, 5.5
GROWTH = 0.45 / 3600.0  # 1/s of the mycelium at its best temperature, est.: half grown 12 h after inoculation
INOCULUM = 0.005  # of the full-grown mycelium, est.
FULL_PROTEASE = 1250.0  # U/g dry, 5.5


def growth_factor(temperature: Array) -> Array:
    """Return the growth rate of Aspergillus oryzae at a temperature in °C, 1 at 33, 0 beyond 21 and 45 (est.)."""
    factor = 1.0 - ((temperature - 33.0) / 12.0) ** 2
    return np.maximum(factor, 0.0, out=factor)


def protease_factor(temperature: Array) -> Array:
    """Return how fast protease forms at a bed temperature in °C, 1 at 27 °C (est.: best at 25-28, 5.5)."""
    factor: Array = np.exp(-(((temperature - 27.0) / 9.0) ** 2))
    return factor


def self_heating(grown: Array, growing: Array) -> Array:
    """Return the heating in K/s of a bed `grown` 0..1 that grows at `growing` 1/s.

    Nine tenths at its peak come from growth, the rest from the living mycelium (est.); 4 K/h at most (5.5).
    """
    peak = GROWTH / 4.0  # of logistic growth, at half grown
    heat: Array = (0.9 * growing / peak + 0.25 * grown) * SELF_HEATING / 3600.0
    return heat


def vapour_pressure(temperature: Array) -> Array:
    """Return the saturation pressure of water in Pa at °C (Magnus)."""
    pressure: Array = 610.94 * np.exp(17.625 * temperature / (temperature + 243.04))
    return pressure


def moisture(water: Number) -> Number:
    """Return the share of water in wet matter from kg of water per kg of dry matter."""
    return water / (1.0 + water)


# -- moromi --------------------------------------------------------------------------------------------------

DAY = 86_400.0
RATE = 1.0 / (28.0 * DAY)  # 1/s at 30 °C, 17 g/100 mL of salt and 1,250 U/g, 5.5
ACTIVATION = 50_000.0  # J/mol, est.
GAS = 8.314462618  # J/(mol K)
AMINO_PER_UTILISATION = 0.0118  # g/100 mL and % of nitrogen utilisation, 5.5
TOTAL_NITROGEN = 1.62 / 80.0  # g/100 mL and % of nitrogen utilisation, 5.5
USUAL_UTILISATION, USUAL_DAYS = 80.0, 120.0  # %, d: what 5.7 t of sauce a t of raw material belong to, 5.1
SUGAR_POTENTIAL = 8.0  # g/100 mL that the starch of the wheat can give, est. for 3-5 at the end
ACID = 1.0  # g/100 mL of lactic acid that a sound moromi gains, est. for 1.2-1.8
OPENING_ACID = 0.5  # g/100 mL, est.
ETHANOL = 1.7  # % by volume that the yeast tends to, est. for 1.0-2.2
SUGAR_PER_ETHANOL = 0.789 / 0.511  # g of glucose per mL of ethanol: density over Gay-Lussac's yield


def arrhenius(temperature: Array) -> Array:
    """Return a reaction rate at °C as a share of that at 30 °C."""
    factor: Array = np.exp(ACTIVATION / GAS * (1.0 / 303.15 - 1.0 / (temperature + 273.15)))
    return factor


def hydrolysis_rate(temperature: Array, salt: Array, protease: Array) -> Array:
    """Return k in 1/s of dAN/dt = k (AN_inf - AN): temperature in °C, salt in g/100 mL, protease in U/g dry (5.5)."""
    brake = np.maximum(1.0 - 0.035 * (salt - 17.0), 0.05)
    rate: Array = RATE * arrhenius(temperature) * brake * (np.maximum(protease, 1.0) / FULL_PROTEASE) ** 0.6
    return rate


def ripeness(days: float) -> float:
    """Return the share of its amino nitrogen that a usual moromi has released after `days`.

    Ten days at 15 °C, fifty of ramp to 30 °C, thirty there, the rest at 25 °C (5.2).
    """
    warm = arrhenius(np.array([15.0, *np.linspace(15.0, 30.0, 51), 30.0, 25.0]))
    ripened = 10.0 * warm[0] + 50.0 * warm[1:-2].mean() + 30.0 * warm[-2] + (days - 90.0) * warm[-1]
    return 1.0 - math.exp(-RATE * DAY * float(ripened))


def sauce_per_raw(utilisation: float, days: float) -> float:
    """Return the t of finished sauce that a t of raw material gives.

    Sauce is diluted to the amino nitrogen of its grade: the yield follows the `utilisation` of the nitrogen in % and
    how ripe the moromi is after `days`.
    """
    return SAUCE_PER_RAW * (utilisation / USUAL_UTILISATION) * (ripeness(days) / ripeness(USUAL_DAYS))


# -- pressing ------------------------------------------------------------------------------------------------

CAKE_RESISTANCE = 0.0234  # relative pressure x h/m6, est. for a cycle of 6 h
CLOTH_RESISTANCE = 0.10  # relative pressure x h/m3 of a clean cloth, est.


def filtrate_rate(pressure: float, volume: float, cloth: float) -> float:
    """Return the filtrate in m3/h of a press that has given `volume` m3 (Ruth: dV/dt = p / (r V + R))."""
    return pressure / (CAKE_RESISTANCE * volume + cloth)


# -- statistics ----------------------------------------------------------------------------------------------


def share_below(limit: float, mean: float, sigma: float) -> float:
    """Return the share of a normal population below `limit`.

    >>> share_below(0.0, 0.0, 1.0)
    0.5
    """
    if sigma <= 0.0:
        return 1.0 if mean < limit else 0.0
    return quality.share_below((limit - mean) / sigma)
