"""The laws of gasification, shift and methanol synthesis, each a function of numbers; without a source they are est.

Units: °C (K where named so), mol or kmol, Nm3 at 0 °C and 101.325 kPa, kJ; shares of mass or of moles as said.
"""

import math

from twin.model.quality import share_below

MOLAR_VOLUME = 22.414  # Nm3/kmol
CARBON, METHANOL, WATER, OXYGEN = 12.011, 32.042, 18.015, 31.998  # kg/kmol, IUPAC

# Dry coal of the CWS kind (Shenfu type), mass shares of the ash-free part, est. for the sheet's 1.9-2.1 Nm3 syngas.
COAL_C, COAL_H, COAL_O, COAL_N = 0.80, 0.05, 0.125, 0.012
HEAT_ASH_FREE = (
    31_530.0  # kJ/kg lower heating value, by Channiwala & Parikh, Fuel 81 (2002) 1051, less the H2O
)
HEAT_CO, HEAT_H2, HEAT_C, HEAT_CH4 = 282.98, 241.82, 393.51, 802.3  # kJ/mol lower heating values, CODATA
EVAPORATION = 44.0  # kJ/mol of slurry water at 25 °C
FREEZING = 395.0  # K below the gasifier at which the water-gas reaction freezes; fitted: CO/H2/CO2 46/35/18
REFERENCE_TEMPERATURE = 1320.0  # °C, middle of the normal band
UNBURNT = 0.02  # share of the coal's carbon that leaves with slag and fines at the reference, est.
COARSE_CARBON, COARSE_ASH = 0.10, 0.60  # share of unburnt carbon and of ash in the coarse slag, est.
CRITICAL_VISCOSITY = 25.0  # Pa.s: above it slag no longer runs through the tap (rule of the trade)

Gas = tuple[float, float, float, float]


def water_gas_constant(kelvin: float) -> float:
    """Return K of CO + H2O = CO2 + H2 (Moe, Chem. Eng. Prog. 58 (1962) 33).

    >>> round(water_gas_constant(1200.0), 2)
    0.6
    """
    return math.exp(4577.8 / kelvin - 4.33)


def equilibrium_gas(carbon: float, hydrogen: float, oxygen: float, constant: float) -> Gas:
    """Return CO, CO2, H2, H2O (mol) of `carbon` mol C, `hydrogen` mol H2 and `oxygen` mol O in water-gas equilibrium.

    Elements close exactly; with a = CO: K a (a + O - 2C) = (C - a)(H + 2C - O - a), a quadratic.

    >>> co, co2, h2, h2o = equilibrium_gas(60.0, 57.0, 98.0, 0.6)
    >>> round(co + co2, 9), round(h2 + h2o, 9), round(co + 2 * co2 + h2o, 9)
    (60.0, 57.0, 98.0)
    """
    surplus = oxygen - 2.0 * carbon
    sum_co_h2 = hydrogen - surplus
    half = constant * surplus + carbon + sum_co_h2
    product = carbon * sum_co_h2
    co = 2.0 * product / (half + math.sqrt(half * half + 4.0 * (constant - 1.0) * product))
    return co, carbon - co, sum_co_h2 - co, surplus + co


def sensible_heat(gas: Gas, inert: float, temperature: float) -> float:
    """Return the heat in kJ that `gas` (mol) holds above 25 °C (quadratic fits of the JANAF tables, 1000-1600 K)."""
    rise = temperature - 25.0
    co, co2, h2, h2o = gas
    base = 0.02895 * (co + inert) + 0.04250 * co2 + 0.02842 * h2 + 0.03283 * h2o
    slope = 2.77e-6 * (co + inert) + 7.24e-6 * co2 + 1.48e-6 * h2 + 6.00e-6 * h2o
    return (base + slope * rise) * rise


def slurry_water(concentration: float) -> float:
    """Return the kg of water that come with a kg of dry coal; `concentration` is the mass share of solids.

    >>> round(slurry_water(0.62), 3)
    0.613
    """
    return (1.0 - concentration) / concentration


def unburnt_carbon(temperature: float, burner: float) -> float:
    """Return the share of carbon not gasified: it falls with temperature; a worn `burner` (1 = new) sprays worse."""
    return UNBURNT * burner * math.exp((REFERENCE_TEMPERATURE - temperature) / 70.0)


def slag_carbon(unburnt: float, ash: float) -> float:
    """Return the mass share of carbon in the coarse slag."""
    carbon = COARSE_CARBON * unburnt * COAL_C * (1.0 - ash)
    return carbon / (carbon + COARSE_ASH * ash)


def methane(temperature: float) -> float:
    """Return the mol of CH4 per mol of carbon: the trace by which the temperature is inferred."""
    return 0.0005 * math.exp((REFERENCE_TEMPERATURE - temperature) / 45.0)


def slag_viscosity(temperature: float, fusion: float) -> float:
    """Return the viscosity of slag in Pa.s; `fusion` is the temperature at which it is critical.

    >>> slag_viscosity(1260.0, 1260.0)
    25.0
    """
    return CRITICAL_VISCOSITY * math.exp((fusion - temperature) / 45.0)


def slurry_viscosity(concentration: float, grind: float) -> float:
    """Return the apparent viscosity in mPa.s; `grind` 1 is the usual particle size distribution (9 %/wt% solids)."""
    return 900.0 * grind * math.exp(9.0 * (concentration - 0.615))


def module(co: float, co2: float, h2: float) -> float:
    """Return the stoichiometric module M = (H2 - CO2) / (CO + CO2); 2 is what methanol needs.

    >>> module(1.0, 0.0, 2.0)
    2.0
    """
    return (h2 - co2) / (co + co2)


def methanol_constant(kelvin: float) -> float:
    """Return K of CO + 2 H2 = CH3OH in MPa^-2 (Cherednichenko, 1953; fugacity coefficients folded in).

    >>> methanol_constant(520.0) > methanol_constant(530.0)
    True
    """
    log = 21.225 + 9143.6 / kelvin - 7.492 * math.log(kelvin) + 4.076e-3 * kelvin - 7.161e-8 * kelvin * kelvin
    return math.exp(log) / (0.101325**2 * FUGACITY)


FUGACITY = (
    0.55  # ratio of the fugacity coefficients at 7 MPa and 250 °C, est. after Thomas & Portalski (1958)
)


def methanol_equilibrium(
    co: float, h2: float, methanol: float, total: float, constant: float, start: float
) -> float:
    """Return the extent at which CO + 2 H2 = CH3OH is in equilibrium, in the unit of the flows.

    `constant` is K P²; `start` is a guess (the last result): two steps of Newton's method from there.
    """
    most = 0.999 * min(co, 0.5 * h2)
    extent = min(max(start, 0.01 * most), most)
    for _ in range(2):
        left, free, all_gas = co - extent, h2 - 2.0 * extent, total - 2.0 * extent
        made = methanol + extent
        gap = math.log(made * all_gas * all_gas / (left * free * free * constant))
        slope = 1.0 / made - 4.0 / all_gas + 1.0 / left + 4.0 / free
        extent = min(max(extent - gap / slope, 0.0), most)
    return extent


def conversion_share(damkoehler: float) -> float:
    """Return how much of the way to equilibrium a pass goes: 1 - exp(-Da)."""
    return 1.0 - math.exp(-damkoehler)


def arrhenius(temperature: float, reference: float, activation: float) -> float:
    """Return the rate against that at `reference` °C; `activation` in K (E/R)."""
    return math.exp(activation * (1.0 / (reference + 273.15) - 1.0 / (temperature + 273.15)))


def compression_work(flow: float, ratio: float, kelvin: float, efficiency: float) -> float:
    """Return the kW to compress `flow` kmol/s of diatomic gas by `ratio` (isentropic, kappa 1.4)."""
    return flow * 3.5 * 8.314 * kelvin * (math.pow(ratio, 1.0 / 3.5) - 1.0) / efficiency


def beyond(value: float, limit: float, scatter: float) -> float:
    """Return the share of time that a reading scattering by `scatter` around `value` spends above `limit`.

    >>> beyond(0.1, 0.1, 0.02)
    0.5
    """
    return share_below((value - limit) / scatter)
