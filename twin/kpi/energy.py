"""Energy by carrier and power state, specific energy, CO2 and the 15-minute peak."""

from collections.abc import Iterable, Mapping

from twin.kpi import tally as sums
from twin.kpi.figure import Figure, ratio
from twin.kpi.quality import good_quantity

_NOTHING_GOOD = "no good output in this window (GQ = 0)"


def energy_total(tally: Mapping[str, float]) -> Figure:
    """Return the energy of all carriers and power states in kWh."""
    inputs = {f"E {carrier}": sums.energy(tally, carrier) for carrier in sums.carriers(tally)}
    return Figure("energy_total", float(sum(inputs.values())), "kWh", "Σ E", inputs)


def energy_figures(tally: Mapping[str, float]) -> list[Figure]:
    """Return `energy/<carrier>`, `energy/<carrier>/<power state>` in kWh and each state's share of its carrier."""
    found = []
    for carrier in sums.carriers(tally):
        states = {
            name.split("/")[2]: value
            for name, value in sorted(tally.items())
            if name.startswith(f"energy/{carrier}/")
        }
        whole = sum(states.values())
        found.append(Figure(f"energy/{carrier}", whole, "kWh", " + ".join(states), states))
        for state, value in states.items():
            found.append(
                Figure(f"energy/{carrier}/{state}", value, "kWh", "register difference", {"E": value})
            )
            found.append(
                ratio(f"energy_share/{carrier}/{state}", "", "E / ΣE", value, whole, {"E": value, "ΣE": whole},
                      why_not=f"no {carrier} was used in this window")
            )  # fmt: skip
    return found


def specific_energy(tally: Mapping[str, float], product: str = "unit") -> Figure:
    """Return total energy / good quantity."""
    used, good = sums.energy(tally), good_quantity(tally)
    return ratio(
        "specific_energy", f"kWh/{product}", "ΣE / GQ", used, good, {"ΣE": used, "GQ": good}, why_not=_NOTHING_GOOD
    )  # fmt: skip


def energy_utilisation(tally: Mapping[str, float], product: str = "unit") -> Figure:
    """Return good quantity / total energy in GJ (headline figure; electricity at 3.6 MJ/kWh)."""
    joules, good = sums.energy(tally) * 0.0036, good_quantity(tally)
    return ratio(
        "energy_utilisation", f"{product}/GJ", "GQ / ΣE", good, joules, {"GQ": good, "ΣE": joules},
        why_not="no energy was used in this window", note="ΣE in GJ",
    )  # fmt: skip


def non_productive_share(tally: Mapping[str, float]) -> Figure:
    """Return the share of energy that was not used in power state execute."""
    used = sums.energy(tally)
    idle = used - sums.energy(tally, power_state="execute")
    return ratio(
        "non_productive_energy_share", "", "(ΣE - E execute) / ΣE", idle, used,
        {"ΣE": used, "E execute": used - idle}, why_not="no energy was used in this window",
    )  # fmt: skip


def co2_per_good_unit(tally: Mapping[str, float], product: str = "unit") -> Figure:
    """Return kg CO2 / good quantity."""
    carbon, good = tally.get("co2", 0.0), good_quantity(tally)
    return ratio(
        "co2_per_good_unit", f"kg/{product}", "CO2 / GQ", carbon, good, {"CO2": carbon, "GQ": good},
        why_not=_NOTHING_GOOD,
    )  # fmt: skip


def average_power(tally: Mapping[str, float]) -> Figure:
    """Return the mean power of the window in kW."""
    used, hours = sums.energy(tally), tally.get("calendar_time", 0.0) / 3600.0
    return ratio(
        "average_power", "kW", "ΣE / T", used, hours, {"ΣE": used, "T": hours}, why_not="the window is empty",
        note="T in h",
    )  # fmt: skip


def peak_power(tallies: Iterable[Mapping[str, float]]) -> Figure:
    """Return the highest mean power in kW of consecutive windows; give it 15-minute tallies for the billed peak."""
    powers = [(power, tally) for tally in tallies if (power := average_power(tally).value) is not None]
    formula = "max(ΣE / T)"
    if not powers:
        return Figure("peak_power", None, "kW", formula, {}, "no window with data")
    highest, tally = max(powers, key=lambda pair: pair[0])
    hours = tally["calendar_time"] / 3600.0
    return Figure(
        "peak_power", highest, "kW", formula, {"ΣE": sums.energy(tally), "T": hours, "windows": float(len(powers))},
        "ΣE and T (h) are those of the highest window",
    )  # fmt: skip
