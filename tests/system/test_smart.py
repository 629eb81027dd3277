"""Baseline and upgraded plant side by side, as real processes: what is installed is told, loops act, sums agree."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]


def test_upgraded_plant_runs_beside_its_baseline(demo_program: Any, tmp_path: Path) -> None:
    with demo_program(tmp_path / "var", "--smart", "stamping", since="10min", plants=("stamping",)) as demo:
        assert set(demo.status()) == {"stamping", "stamping_smart"}
        own, other = (
            {one["key"]: one for one in demo.get(f"/api/v1/plants/{plant}/upgrades")["items"]}
            for plant in ("stamping", "stamping_smart")
        )
        assert {one["wanted"] for one in own.values()} == {0.0}
        assert {one["effect"] for one in other.values()} == {2.0}
        with_loops = {key for key, one in other.items() if one["loops"]}
        assert with_loops
        assert {key for key, one in other.items() if one["mode"] == "automatic"} == with_loops
        demo.until(
            lambda: all(
                loop["status"]
                for one in demo.get("/api/v1/plants/stamping_smart/upgrades")["items"]
                for loop in one["loops"]
            ),
            60,
            "the loops do not run",
        )
        assert demo.verify("stamping") == ""
        assert demo.verify("stamping_smart") == ""
