"""The laws of a naphtha steam cracker, each a function of numbers or arrays; figures without a source are est.

Units: °C, kPa, MW, t/h, yields in % of the naphtha, steam ratio in kg/kg; loads and efficiencies as shares.
"""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

REFERENCE_COT = 840.0  # °C, of 835-850 (V38)
REFERENCE_RATIO = 0.52  # kg/kg, of 0.50-0.55
REFERENCE_FEED = 56.5  # t/h a furnace; fitted: 95 % of 129 t/h with 31 % ethylene (the sheet's 55 is rounded)
REFERENCE_PRESSURE = 177.0  # kPa(a) at the coil outlet with half-coked furnaces, of 160-200 (V40b)
REFERENCE_PARAFFIN = 68.0  # % of the naphtha
REFERENCE_OXYGEN = 2.4  # % in the arch, of 1.8-2.5
REFERENCE_TOP = -96.0  # °C of the demethaniser
REFERENCE_SUCTION = 40.0  # kPa(g), of 35-45

ACTIVATION = 230_000.0  # J/mol of coke formation: +25 % for 10 °C at 840 °C
GAS_CONSTANT = 8.314462618  # J/(mol K), CODATA 2018
KELVIN = 273.15

WALL_LOSS = 12.0  # MW a furnace: walls, leaks, sight doors; as long as it is hot
NAPHTHA_HEAT = 4.45  # MJ/kg: preheat, evaporation, cracking; fitted: 26.0 GJ/t, 82 % of it fuel
STEAM_HEAT = 2.0  # MJ/kg of dilution steam
STEADY_EFFICIENCY = 0.92

Numbers = TypeVar("Numbers", float, NDArray[np.float64])


def severity(cot: Numbers, feed: Numbers, ratio: Numbers) -> Numbers:
    """Return the severity as °C of coil outlet temperature above the reference at the reference residence time.

    More gas through the coil means less time in it: a volume flow 10 % higher is worth -2 °C. Naphtha cracks to 28
    g/mol, steam has 18: at the reference 55 % of the volume is hydrocarbon.

    >>> severity(845.0, REFERENCE_FEED, REFERENCE_RATIO)
    5.0
    """
    volume = feed * (0.55 + ratio * (0.45 / REFERENCE_RATIO)) / REFERENCE_FEED
    return cot - REFERENCE_COT - (volume - 1.0) * 20.0


def ethylene_yield(above: Numbers, ratio: Numbers, pressure: Numbers, paraffin: float) -> Numbers:
    """Return the ethylene yield in % at severity `above` (°C): it has a maximum, 12.5 °C above the reference.

    Beyond it ethylene cracks further to methane and coke. Steam and a low pressure keep the hydrocarbon's partial
    pressure low, which saves ethylene; paraffins make it.

    >>> round(ethylene_yield(0.0, REFERENCE_RATIO, REFERENCE_PRESSURE, REFERENCE_PARAFFIN), 2)
    31.13
    """
    kinetics = above * 0.030 - above * above * 0.0012
    surroundings = (ratio - REFERENCE_RATIO) * 3.0 - (pressure - REFERENCE_PRESSURE) * 0.010
    return kinetics + surroundings + (31.13 + 0.08 * (paraffin - REFERENCE_PARAFFIN))


def propylene_ratio(above: Numbers) -> Numbers:
    """Return propylene to ethylene, kg/kg: falls with severity, by 0.0042 for 1 °C."""
    return above * -0.0042 + 0.50


def byproduct_yields(above: float) -> dict[str, float]:
    """Return the yields in % that are linear in severity; pyrolysis gasoline is what is left to 100 %.

    `loss` is coke, CO, CO2 and what burns in the decoke.
    """
    return {
        "tail_gas": 16.5 + 0.055 * above,
        "c4": 9.5 - 0.020 * above,
        "fuel_oil": 5.0 + 0.015 * above,
        "loss": 2.5,
    }


def coking_rate(cot: NDArray[np.float64], ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rate of coke formation against the reference: Arrhenius in the COT, inverse to the steam ratio."""
    kelvin = cot + KELVIN
    exponent = (kelvin - (REFERENCE_COT + KELVIN)) * (ACTIVATION / GAS_CONSTANT / (REFERENCE_COT + KELVIN))
    exponent /= kelvin
    np.minimum(exponent, 5.0, out=exponent)
    rate: NDArray[np.float64] = np.exp(exponent)
    rate *= REFERENCE_RATIO
    rate /= ratio
    return rate


def heat_needed(feed: Numbers, ratio: Numbers) -> Numbers:
    """Return the heat in MW that a furnace must be given at the reference COT and efficiency.

    >>> round(heat_needed(REFERENCE_FEED, REFERENCE_RATIO), 1)
    98.2
    """
    return feed / 3.6 * (ratio * STEAM_HEAT + NAPHTHA_HEAT) + WALL_LOSS


def efficiency(oxygen: Numbers) -> Numbers:
    """Return the efficiency of radiant and convection section: 0.6 points for 1 % O2 more in the arch."""
    return (oxygen - REFERENCE_OXYGEN) * -0.006 + STEADY_EFFICIENCY


def acetylene_slip(above: float, activity: float, hydrogen: float) -> float:
    """Return the acetylene in ppm that leaves the hydrogenation.

    `above` is the mean severity (°C): more of it makes more acetylene. `activity` of the catalyst (1 fresh) and
    `hydrogen`, the shortage against the acetylene in standard deviations of its control, act in the exponent, as in
    any converter near complete conversion.

    >>> round(acetylene_slip(0.0, 1.0, 0.0), 2)
    0.6
    """
    return 0.6 * math.exp(min(0.05 * above + 6.0 * (1.0 - activity) + hydrogen, 8.0))


def ethylene_lost(top_temperature: float) -> float:
    """Return the share of ethylene that leaves with the tail gas at the demethaniser's top temperature in °C.

    >>> round(ethylene_lost(-96.0), 4)
    0.004
    """
    return 0.004 * math.exp(min((top_temperature - REFERENCE_TOP) / 3.0, 3.0))


def impurity(load: float, shortage: float, reflux: float = 1.0) -> float:
    """Return the impurities of ethylene in ppm: more at full load, and with less `reflux` than usual (share of it).

    A tenth less reflux is 2.2 times the impurities; `shortage` of reflux by chance acts in the exponent.

    >>> round(impurity(1.0, 0.0)), round(impurity(1.0, 0.0, 0.95))
    (330, 492)
    """
    return 330.0 * math.exp(min(2.0 * (load - 1.0) + 8.0 * (1.0 - reflux) + shortage, 5.0))


def shaft_power(load: float, fixed: float) -> float:
    """Return the power of a machine with the share `fixed` that does not follow the load, 1 at full load.

    Compressors recycle gas below 65 % to stay clear of surge; bearings, seals and throttling do not turn down.
    """
    return fixed + (1.0 - fixed) * load
