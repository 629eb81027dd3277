"""Which assumptions carry the result of docs/gains.md: one at a time, and what the mean of the plants makes of it."""

import math
from collections.abc import Mapping
from typing import Any

from twin.kpi.headline import HEADLINES


def mean_change(plants: Mapping[str, Any], name: str, level: str = "mid") -> tuple[float, float] | None:
    """Return the mean of the plants' changes of a figure and the half-width of its interval; None where none has it."""
    found = [change for plant in plants.values() if (change := plant["levels"][level]["changes"].get(name))]
    if not found:
        return None
    halves = [(one["high"] - one["low"]) / 2.0 if one["high"] is not None else math.inf for one in found]
    mean = math.fsum(one["mean"] for one in found) / len(found)
    return mean, math.sqrt(math.fsum(half**2 for half in halves)) / len(found)


def screening(plants: Mapping[str, Any]) -> list[tuple[str, str, dict[str, float]]]:
    """Return plant, assumption and what it does to the plants' mean of each figure, in shares; the largest first.

    An upgrade is taken away from all others; the strengths of all are set to low or high.
    """
    rows = []
    for plant in plants.values():
        for upgrade in plant["upgrades"]:
            effect = {}
            for figure, fall in plant["waterfalls"].items():
                total, last = fall["total"]["mean"], fall["steps"][upgrade["key"]]["mean"]
                effect[figure] = (math.exp((total - last) / 100) - math.exp(total / 100)) / len(plants)
            if effect:
                title = upgrade["title"]
                rows.append(
                    (
                        plant["title"],
                        f"without {title if title[1:2].isupper() else title[0].lower() + title[1:]}",
                        effect,
                    )
                )
    for level in ("low", "high"):
        effect = {}
        for figure in (headline.name for headline in HEADLINES):
            mid, other = mean_change(plants, figure), mean_change(plants, figure, level)
            if mid and other:
                effect[figure] = other[0] - mid[0]
        rows.append(("all", f"strengths {level}", effect))
    return sorted(rows, key=lambda row: -max((abs(value) for value in row[2].values()), default=0.0))
