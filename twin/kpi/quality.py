"""Quality ratio, scrap, rework, first-pass yield, defect rate."""

from collections.abc import Mapping

from twin.kpi.figure import Figure, ratio

_NOTHING = "nothing was processed in this window (PQ = 0)"


def good_quantity(tally: Mapping[str, float]) -> float:
    """Return GQ = PQ - SQ - RQ."""
    return tally.get("pq", 0.0) - tally.get("sq", 0.0) - tally.get("rq", 0.0)


def quality_ratio(tally: Mapping[str, float]) -> Figure:
    """Return GQ / PQ."""
    good, pq = good_quantity(tally), tally.get("pq", 0.0)
    return ratio("quality_ratio", "", "GQ / PQ", good, pq, {"GQ": good, "PQ": pq}, why_not=_NOTHING)


def scrap_ratio(tally: Mapping[str, float]) -> Figure:
    """Return SQ / PQ."""
    sq, pq = tally.get("sq", 0.0), tally.get("pq", 0.0)
    return ratio("scrap_ratio", "", "SQ / PQ", sq, pq, {"SQ": sq, "PQ": pq}, why_not=_NOTHING)


def rework_ratio(tally: Mapping[str, float]) -> Figure:
    """Return RQ / PQ."""
    rq, pq = tally.get("rq", 0.0), tally.get("pq", 0.0)
    return ratio("rework_ratio", "", "RQ / PQ", rq, pq, {"RQ": rq, "PQ": pq}, why_not=_NOTHING)


def first_pass_yield(tally: Mapping[str, float]) -> Figure:
    """Return GP / IP: every processed unit is inspected once, good parts are those good at first pass."""
    good, pq = good_quantity(tally), tally.get("pq", 0.0)
    return ratio("first_pass_yield", "", "GP / IP", good, pq, {"GP": good, "IP": pq}, why_not=_NOTHING)


def defect_rate(tally: Mapping[str, float]) -> Figure:
    """Return (SQ + RQ) / PQ: scrap, downgrade and rework at first pass (headline figure)."""
    sq, rq, pq = tally.get("sq", 0.0), tally.get("rq", 0.0), tally.get("pq", 0.0)
    return ratio(
        "defect_rate", "", "(SQ + RQ) / PQ", sq + rq, pq, {"SQ": sq, "RQ": rq, "PQ": pq}, why_not=_NOTHING
    )  # fmt: skip
