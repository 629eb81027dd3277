"""A comparison as JSON: all that it takes to repeat it exactly, and all that it found."""

import importlib.metadata
import math
import platform
from dataclasses import asdict
from typing import Any

from twin.kpi.headline import HEADLINES
from twin.lab.compare import Comparison
from twin.lab.payback import LEAVES_OUT

_PACKAGES = ("smart-factory-twin", "simpy", "numpy", "scipy")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a result depends on."""
    return {name: importlib.metadata.version(name) for name in _PACKAGES} | {
        "python": platform.python_version()
    }


def record(comparison: Comparison) -> dict[str, Any]:
    """Return `comparison` as a JSON object; what is undefined or infinite is null."""
    plant, design = comparison.plant, comparison.design
    chosen = [one for one in plant.upgrades() if one.key in comparison.strengths]
    found = {
        "plant": plant.name,
        "versions": versions(),
        "configuration": plant.configuration(),
        "design": {name: value for name, value in asdict(design).items() if name != "jobs"},
        "seeds": [design.seed + index for index in range(len(comparison.before))],
        "upgrades": [
            {
                "key": one.key, "title": one.title, "paradigm": one.paradigm, "function": one.function,
                "strength": comparison.strengths[one.key], "one_off": one.one_off, "running": one.running,
                "source": one.source,
            }
            for one in chosen
        ],
        "changes": {
            name: asdict(change) | {"significant": change.significant}
            for name, change in comparison.changes.items()
        },
        "published": {headline.name: headline.published for headline in HEADLINES},
        "definitions": {headline.name: headline.definition for headline in HEADLINES},
        "oee": {name: asdict(difference) for name, difference in comparison.oee.items()},
        "waterfalls": {name: asdict(fall) for name, fall in comparison.waterfalls.items()},
        "waterfall_replications": comparison.waterfall_replications,
        "payback": asdict(comparison.payback) | {"leaves_out": LEAVES_OUT},
        "introduction": None
        if comparison.curve is None
        else {"model": "of a process, not of physics", "curve": asdict(comparison.curve)},
        "before": comparison.before,
        "after": comparison.after,
        "nothing_moved": comparison.nil,
        "stopped": comparison.stopped,
        "seconds": round(comparison.seconds, 1),
    }  # fmt: skip
    whole: dict[str, Any] = finite(found)
    return whole


def finite(value: Any) -> Any:
    """Return `value` with null for every number in it that is undefined or infinite: JSON knows neither."""
    if isinstance(value, dict):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
