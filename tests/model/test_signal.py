"""Signals and tags: what cannot be right is refused where it is written, by its own name."""

from typing import Any

import pytest

from twin.model.measure import measure_unit
from twin.model.signal import Signal


def signal(**changes: Any) -> Signal:
    fields: dict[str, Any] = {
        "name": "runout", "unit": "mm", "low": 0, "high": 3, "deadband": 0.05, "limits": (None, None, 0.5, 1.0),
        "description": "run-out",
    }  # fmt: skip
    return Signal(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "Run out"}, "'Run out'.*lower snake case"),
        ({"unit": "millimeter"}, "tag runout: unknown unit of measure 'millimeter'"),
        ({"low": 3, "high": 0}, "tag runout: low 3 must lie below high 0"),
        ({"deadband": -0.05}, "tag runout: deadband -0.05 must not be negative"),
        ({"deadband": float("nan")}, "tag runout: deadband nan must not be negative"),
        (
            {"limits": (None, None, 1.0, 0.5)},
            r"signal runout: alarm limits \[1.0, 0.5\] out of order; keep LoLo",
        ),
        ({"limits": (None, 0.5, 1.0)}, "signal runout: limits .* must be four"),
    ],
)
def test_signal_that_cannot_be_is_refused_by_name(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        signal(**changes)


def test_signal_without_its_attribute_names_class_and_remedy() -> None:
    with pytest.raises(
        ValueError, match="class object has no attribute 'runout' to read; give it a first value"
    ):
        signal().tag(object())


@pytest.mark.parametrize(("written", "meant"), [("°C", "Cel"), ("kWh", "kW.h"), ("mm/sec", "mm/s")])
def test_unit_of_measure_that_is_unknown_suggests_the_code(written: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean {meant}"):
        measure_unit(written)
