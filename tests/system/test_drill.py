"""A drill on the whole: plant, broker, edge; truth stays hidden and the schedule goes on when the edge is killed."""

from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]

FAULTS = "/api/v1/plants/stamping/faults"


def active(demo: Any, token: str = "") -> list[bool | None]:
    """Return whether each fault is there, as `token` or nobody sees it; empty while the edge is away."""
    try:
        found = demo.ask("GET", FAULTS, token)
        return [fault["active"] for fault in found.json()["items"]] if found.status_code == 200 else []
    except httpx.HTTPError:
        return []


def test_drill_survives_the_death_of_its_edge(demo_program: Any, tmp_path: Path) -> None:
    with demo_program(tmp_path / "var", since="20min", plants=("stamping",)) as demo:
        operator = demo.secrets()["operator"]
        demo.until(lambda: active(demo, operator) == [False] * 6, 60, "the faults are not told")
        plan = {"name": "Night", "plant": "stamping", "length_s": 60, "reference_min": 10,
                "faults": [{"key": "cushion_leak", "after_s": 5, "duration_s": 50}]}  # fmt: skip
        made = demo.ask("POST", "/api/v1/drills", operator, plan)
        assert made.status_code == 201, made.text
        drill = f"/api/v1/drills/{made.json()['id']}"
        started = demo.ask("POST", f"{drill}/start", operator)
        assert started.status_code == 200, started.text
        demo.until(lambda: True in active(demo, operator), 30, "the fault did not strike")
        assert active(demo) == [None] * 6
        demo.child("edge.cli").kill()
        demo.until(
            lambda: active(demo, operator).count(True) == 1, 60, "the edge did not come back to its fault"
        )
        assert active(demo) == [None] * 6
        demo.until(lambda: demo.get(drill)["phase"] == "ended", 120, "the drill did not end")
        demo.until(lambda: active(demo) == [False] * 6, 60, "the fault was not reset, or is hidden still")
        (truth,) = demo.get(f"{drill}/result")["truth"]
        (fault,) = demo.get(f"{drill}/plan")["faults"]
        assert (truth["key"], fault["progress"], fault["told"]) == ("cushion_leak", "over", "")
        assert demo.verify("stamping") == ""
