"""The physics of printed moulds and poured iron, as functions of numbers; all coefficients est."""

from twin.model.quality import share_below


def core_strength(binder: float, sand: float, humidity: float, nozzles_out: float) -> float:
    """Return the tensile strength in MPa of a core after 24 h.

    `binder` % of sand, `sand` °C, `humidity` % of the hall, `nozzles_out` %. Strength goes with the binder; furan cures
    slowly in cold sand and humid air; a nozzle that is out leaves an unbound streak in every layer.
    """
    cured = 1.0 - 0.012 * abs(sand - 25.0) - 0.006 * max(humidity - 45.0, 0.0)
    return 1.7 * (binder / 1.8) * cured * (1.0 - 0.12 * nozzles_out)


def gas_evolution(binder: float, loi: float, baume: float) -> float:
    """Return the gas in mL/g that a core gives off: binder and what reclaimed sand holds, sealed by the coating."""
    return 10.6 * (0.6 * binder / 1.8 + 0.4 * loi / 1.7) * (1.0 + 0.02 * (34.0 - baume))


def breakage(strength: float) -> float:
    """Return the chance that a core breaks when it is unpacked and set."""
    return share_below((1.12 - strength) / 0.16)


def porosity(gas: float, temperature: float) -> float:
    """Return the chance of gas holes in a casting: gas beyond what the vents carry, more at hot metal."""
    return share_below((gas + 0.01 * (temperature - 1370.0) - 13.2) / 1.0)


def misrun(temperature: float) -> float:
    """Return the chance that metal of `temperature` °C freezes before the mould is full."""
    return share_below((1324.0 - temperature) / 15.0)


def off_chemistry(carbon_equivalent: float, magnesium: float) -> float:
    """Return the chance that the structure is wrong: carbides below, graphite flotation above, no nodules."""
    carbon = share_below((abs(carbon_equivalent - 4.35) - 0.22) / 0.03)
    nodules = share_below((abs(magnesium - 0.0425) - 0.0165) / 0.0015)
    return 1.0 - (1.0 - carbon) * (1.0 - nodules)
