"""The laws of a Hall-Héroult cell, each a function of numbers or arrays; figures without another source are est.

Units: A, V, kg, s, °C, cm, mV for noise, wt% for concentrations; current efficiency as a share.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FARADAY = 96_485.33212  # C/mol, CODATA 2018
MOLAR_MASS = 26.9815385e-3  # kg/mol aluminium, IUPAC
ELECTRONS = 3  # Al3+ + 3 e- -> Al
KG_PER_COULOMB = MOLAR_MASS / (ELECTRONS * FARADAY)  # 0.33557 g/Ah

ALUMINA_PER_METAL = 1.92  # kg/kg; stoichiometry 1.889, the rest impurities and dust (1.92-1.93 in practice)
BATH_MASS = 11_000.0  # kg, of 10-12 t
PAD_AREA_DENSITY = 937.5  # kg of metal per cm of pad: 22.5 t stand 24 cm high

REFERENCE_CURRENT = 400_000.0  # A
QUIET_VOLTAGE = 4.008  # V of a cell between anode changes, at which its heat is in balance at the reference
REFERENCE_TEMPERATURE = 960.0  # °C
REFERENCE_ALF3 = 10.5  # wt% excess
BARE_ALF3 = (
    3.0  # wt% that a bath without additions tends to: soda of the alumina binds it, vapour carries it off
)
REFERENCE_ALUMINA = 2.5  # wt%
REFERENCE_SUPERHEAT = 10.0  # K
REFERENCE_ACD = 4.4  # cm anode-cathode distance
REFERENCE_NOISE = 15.0  # mV
CRITICAL_ALUMINA = 1.4  # wt%; below it the anode effect begins (LoLo 1.3, Lo 1.6)

ANODE_DROP = 0.30  # V at 400 kA
CATHODE_DROP = 0.28  # V
EXTERNAL_DROP = 0.20  # V, busbars
NOISE_DROP = 0.075  # V, what noise adds in the mean (of 0.05..0.09 with anode effects)
ACD_DROP = 1.45  # V at the reference ACD
BACK_EMF = 1.70  # V at the reference concentration
FIXED_RESISTANCE = (ANODE_DROP + CATHODE_DROP + EXTERNAL_DROP + NOISE_DROP) / REFERENCE_CURRENT  # ohm

Numbers = TypeVar("Numbers", float, NDArray[np.float64])


def metal_rate(current: float, efficiency: Numbers) -> Numbers:
    """Return the metal made in kg/s by Faraday's law: I CE M / (n F).

    >>> round(metal_rate(400_000.0, 0.92) * 86_400, 1)  # kg per cell-day: the sheet's 2.96 t
    2963.8
    """
    return efficiency * (current * KG_PER_COULOMB)


def specific_energy(voltage: float, efficiency: float) -> float:
    """Return the DC energy in kWh/t at a cell voltage and current efficiency: V / (CE M/(n F)).

    >>> round(specific_energy(4.02, 0.92))
    13021
    """
    return voltage / (efficiency * KG_PER_COULOMB) / 3.6e6 * 1000.0


def back_emf(alumina: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the back-EMF in V: it rises as alumina runs short (Nernst and concentration overvoltage, RT/2F)."""
    scarcity: NDArray[np.float64] = np.log(np.maximum(alumina, 0.1) / REFERENCE_ALUMINA)
    return BACK_EMF - 0.053 * scarcity


def gap_resistance(temperature: Numbers, alf3: Numbers) -> Numbers:
    """Return the bath's resistance in ohm per cm of ACD: hotter bath conducts better, AlF3 worse."""
    base = ACD_DROP / REFERENCE_ACD / REFERENCE_CURRENT
    return (1.0 - 0.0010 * (temperature - REFERENCE_TEMPERATURE) + 0.010 * (alf3 - REFERENCE_ALF3)) * base


def cell_voltage(emf: Numbers, gap: Numbers, acd: Numbers, current: float) -> Numbers:
    """Return the cell voltage in V without anode effect: EMF + I (fixed resistances + gap x ACD).

    At the reference the budget is 1.70 + 0.30 + 0.28 + 0.20 + 0.075 + 1.45 V.

    >>> at_reference = gap_resistance(REFERENCE_TEMPERATURE, REFERENCE_ALF3)
    >>> round(cell_voltage(BACK_EMF, at_reference, REFERENCE_ACD, REFERENCE_CURRENT), 3)
    4.005
    """
    return emf + (gap * acd + FIXED_RESISTANCE) * current


def acd_for(voltage: Numbers, emf: Numbers, gap: Numbers, current: float) -> Numbers:
    """Return the ACD in cm at which the cell has `voltage`: the inverse of `cell_voltage`."""
    return ((voltage - emf) / current - FIXED_RESISTANCE) / gap


def noise_level(acd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the voltage noise in mV of a quiet cell: a squeezed ACD lets the metal waves reach the anodes."""
    level: NDArray[np.float64] = np.exp((REFERENCE_ACD - acd) / 0.35)
    return REFERENCE_NOISE * level


def liquidus(alf3: Numbers, alumina: Numbers) -> Numbers:
    """Return the liquidus temperature in °C: excess AlF3 and alumina lower it, 3.8 and 2.0 K per wt%."""
    shift = (alf3 - REFERENCE_ALF3) * 3.8 + (alumina - REFERENCE_ALUMINA) * 2.0
    return -shift + (REFERENCE_TEMPERATURE - REFERENCE_SUPERHEAT)


def steady_temperature(alf3: Numbers, voltage: Numbers) -> Numbers:
    """Return the bath temperature in °C that the heat balance tends to.

    The ledge freezes and melts so that the bath stands a superheat above its liquidus; each 10 mV more is 4 kW more
    heat, worth 0.6 K.
    """
    heat = (voltage - QUIET_VOLTAGE) * 60.0
    return heat - (alf3 - REFERENCE_ALF3) * 3.8 + REFERENCE_TEMPERATURE


def current_efficiency(
    temperature: Numbers, noise: Numbers, alf3: Numbers, *, at_reference: float, temperature_slope: float
) -> Numbers:
    """Return CE = CE0 - a (T - Tref) - b (noise - ref) + c (AlF3 - ref); `temperature_slope` a in share/K.

    b = 0.02 %/mV, c = 0.1 %/wt%; a = 0.15-0.20 %/K is a widely used rule of thumb.
    """
    loss = (temperature - REFERENCE_TEMPERATURE) * temperature_slope + (noise - REFERENCE_NOISE) * 0.0002
    return (alf3 - REFERENCE_ALF3) * 0.001 - loss + at_reference
