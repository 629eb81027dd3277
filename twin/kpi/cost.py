"""Labour productivity and conversion cost."""

from collections.abc import Mapping

from twin.kpi.figure import Figure, ratio
from twin.kpi.quality import good_quantity


def labour_productivity(tally: Mapping[str, float], product: str = "unit") -> Figure:
    """Return good output per paid labour hour (headline figure: productivity)."""
    good, hours = good_quantity(tally), tally.get("labour_time", 0.0)
    return ratio(
        "labour_productivity", f"{product}/h", "GQ / H", good, hours, {"GQ": good, "H": hours},
        why_not="no paid labour in this window",
    )  # fmt: skip


def conversion_cost(tally: Mapping[str, float]) -> Figure:
    """Return labour, energy and other conversion cost in CNY, without feedstock."""
    inputs = {name: tally.get(f"{name}_cost", 0.0) for name in ("labour", "energy", "other")}
    return Figure("conversion_cost", sum(inputs.values()), "CNY", "labour + energy + other", inputs)


def conversion_cost_per_good_unit(tally: Mapping[str, float], product: str = "unit") -> Figure:
    """Return conversion cost / good quantity (headline figure: operating cost)."""
    cost, good = conversion_cost(tally), good_quantity(tally)
    whole = cost.value or 0.0
    return ratio(
        "conversion_cost_per_good_unit", f"CNY/{product}", "(labour + energy + other) / GQ", whole, good,
        dict(cost.inputs) | {"GQ": good}, why_not="no good output in this window (GQ = 0)",
    )  # fmt: skip
