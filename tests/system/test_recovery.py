"""Processes that are killed while the demo runs come back, and nothing is lost or doubled."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]

SWAPPED = ("--transport", "stamping=opcua", "--transport", "aluminium=sparkplug")


def contiguous(demo: Any) -> None:
    """Every frame of every source of every plant is there, once."""
    for plant, status in demo.status().items():
        assert status["missing_frames"] == 0, plant


@pytest.mark.parametrize("options", [(), SWAPPED], ids=["default", "swapped"])
def test_killed_edge_broker_and_plants_come_back_and_nothing_is_lost(
    demo_program: Any, tmp_path: Path, options: tuple[str, ...]
) -> None:
    with demo_program(tmp_path / "var", *options, since="1h") as demo:
        for words in (
            ("edge.cli",),
            ("mosquitto.conf",),
            ("twin.cli", "stamping"),
            ("twin.cli", "aluminium"),
        ):
            victim = demo.child(*words) if words != ("mosquitto.conf",) else broker_of(demo)
            told = demo.text.count("starting it again")
            victim.kill()
            victim.wait(10)
            demo.until(lambda told=told: demo.text.count("starting it again") > told, 10, "nobody noticed")
            demo.until(demo.live, 60, f"not live again after {' '.join(words)} was killed")
        killed_ms = max(status["now_ms"] for status in demo.status().values())
        # an idle line speaks once a minute
        demo.until(
            lambda: all(status["last_ms"] > killed_ms for status in demo.status().values()),
            90,
            "no new samples",
        )
        contiguous(demo)
        for plant in demo.plants:
            assert demo.verify(plant) == ""
        assert demo.text.count("starting it again") >= 4


def broker_of(demo: Any) -> Any:
    """Return the broker's process, whichever broker it is."""
    try:
        return demo.child("mosquitto.conf")
    except AssertionError:
        return demo.child("twin.broker")
