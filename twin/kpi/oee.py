"""Availability, effectiveness, OEE and their relatives (ISO 22400-2 style, formulas per public sources)."""

from collections.abc import Mapping

from twin.kpi.figure import Figure, ratio
from twin.kpi.quality import good_quantity, quality_ratio

_NO_PLAN = "not planned to be busy in this window (PBT = 0)"
_NO_PRODUCTION = "no production time in this window (APT = 0)"
NO_IDEAL = "no ideal cycle time (PRI) was told for this scope"


def availability(tally: Mapping[str, float]) -> Figure:
    """Return APT / PBT."""
    apt, pbt = tally.get("actual_production_time", 0.0), tally.get("planned_busy_time", 0.0)
    return ratio("availability", "", "APT / PBT", apt, pbt, {"APT": apt, "PBT": pbt}, why_not=_NO_PLAN)


def effectiveness(tally: Mapping[str, float]) -> Figure:
    """Return PRI x PQ / APT, raw: above 1 it says that the ideal cycle time is not ideal."""
    formula = "PRI·PQ / APT"
    apt, pq = tally.get("actual_production_time", 0.0), tally.get("pq", 0.0)
    ideal = tally.get("ideal_time", 0.0)
    inputs = {"PRI·PQ": ideal, "APT": apt, "PQ": pq}
    if pq > 0.0 and ideal == 0.0:
        return Figure("effectiveness", None, "", formula, inputs, NO_IDEAL)
    note = "above 1: faster than the ideal cycle time, which should be reviewed" if ideal > apt else ""
    return ratio("effectiveness", "", formula, ideal, apt, inputs, why_not=_NO_PRODUCTION, note=note)


def oee_index(tally: Mapping[str, float]) -> Figure:
    """Return A x E x Q."""
    return _product("oee_index", "A·E·Q", "A", availability(tally), tally)


def nee_index(tally: Mapping[str, float]) -> Figure:
    """Return (AUPT / PBT) x E x Q with AUPT = APT + AUST: set-up is not held against the unit."""
    aupt = tally.get("actual_production_time", 0.0) + tally.get("actual_unit_setup_time", 0.0)
    pbt = tally.get("planned_busy_time", 0.0)
    processing = ratio("", "", "AUPT / PBT", aupt, pbt, {"AUPT": aupt, "PBT": pbt}, why_not=_NO_PLAN)
    return _product("nee_index", "(AUPT/PBT)·E·Q", "AUPT/PBT", processing, tally)


def _product(name: str, formula: str, symbol: str, first: Figure, tally: Mapping[str, float]) -> Figure:
    factors = {symbol: first, "E": effectiveness(tally), "Q": quality_ratio(tally)}
    inputs = {key: factor.value for key, factor in factors.items() if factor.value is not None}
    product = 1.0
    for key, factor in factors.items():
        if factor.value is None:
            return Figure(name, None, "", formula, inputs, f"{key} is undefined: {factor.note}")
        product *= factor.value
    return Figure(name, product, "", formula, inputs, factors["E"].note)


def order_execution_time(tally: Mapping[str, float]) -> float:
    """Return AOET = APT + AUST + ADET + ADOT in s (OPC 40001-1 Annex C.2)."""
    return sum(
        tally.get(name, 0.0)
        for name in (
            "actual_production_time",
            "actual_unit_setup_time",
            "actual_unit_delay_time",
            "actual_unit_down_time",
        )
    )


def throughput_rate(tally: Mapping[str, float], product: str = "unit") -> Figure:
    """Return PQ / AOET in count units per hour."""
    pq, hours = tally.get("pq", 0.0), order_execution_time(tally) / 3600.0
    return ratio(
        "throughput_rate", f"{product}/h", "PQ / AOET", pq, hours, {"PQ": pq, "AOET": hours},
        why_not="no planned time with a known state in this window (AOET = 0)", note="AOET in h",
    )  # fmt: skip


def good_rate(tally: Mapping[str, float], product: str = "unit") -> Figure:
    """Return GQ per planned busy hour: equipment throughput, to be shown beside labour productivity."""
    good, hours = good_quantity(tally), tally.get("planned_busy_time", 0.0) / 3600.0
    return ratio(
        "good_rate", f"{product}/h", "GQ / PBT", good, hours, {"GQ": good, "PBT": hours}, why_not=_NO_PLAN,
        note="PBT in h",
    )  # fmt: skip


def setup_ratio(tally: Mapping[str, float]) -> Figure:
    """Return AUST / AUPT."""
    aust = tally.get("actual_unit_setup_time", 0.0)
    aupt = aust + tally.get("actual_production_time", 0.0)
    return ratio(
        "setup_ratio", "", "AUST / AUPT", aust, aupt, {"AUST": aust, "AUPT": aupt},
        why_not="neither production nor set-up in this window (AUPT = 0)",
    )  # fmt: skip


def technical_efficiency(tally: Mapping[str, float]) -> Figure:
    """Return APT / (APT + ADET)."""
    apt, adet = tally.get("actual_production_time", 0.0), tally.get("actual_unit_delay_time", 0.0)
    return ratio(
        "technical_efficiency", "", "APT / (APT + ADET)", apt, apt + adet, {"APT": apt, "ADET": adet},
        why_not="neither production nor delay in this window (APT + ADET = 0)",
    )  # fmt: skip


def allocation_efficiency(tally: Mapping[str, float]) -> Figure:
    """Return AUBT / PBT with AUBT = APT + AUST + ADET."""
    aubt = order_execution_time(tally) - tally.get("actual_unit_down_time", 0.0)
    pbt = tally.get("planned_busy_time", 0.0)
    return ratio(
        "allocation_efficiency", "", "AUBT / PBT", aubt, pbt, {"AUBT": aubt, "PBT": pbt}, why_not=_NO_PLAN
    )  # fmt: skip
