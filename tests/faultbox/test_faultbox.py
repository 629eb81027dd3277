"""A minute of the fault box over real programs: nothing is lost; and a box that would not notice a loss fails here."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import COMPONENTS_REQUIRED
from tests.faultbox.plan import PLANTS

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SEED = 24


def run(folder: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Run the box; return its exit code, its report and what it said. No process of it is left."""
    before = {process.pid for process in psutil.process_iter()}
    command = [
        sys.executable, "-m", "tests.faultbox", "--form", "short", "--data", str(folder / "data"),
        "--json", str(folder / "report.json"), *options,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = done.stderr + done.stdout
    assert (folder / "report.json").exists(), told
    left = [
        process
        for process in psutil.process_iter()
        if process.pid not in before and str(folder) in " ".join(_command(process))
    ]
    assert not left, f"left behind: {left}"
    return done.returncode, json.loads((folder / "report.json").read_text()), told


def _command(process: psutil.Process) -> Sequence[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return ()


def test_mixed_faults_lose_double_and_alter_nothing(tmp_path: Path) -> None:
    """Kills, crash points, links, disks and clocks, one upon the other, over both transports."""
    code, report, told = run(tmp_path, "--seed", str(SEED), "--faults", "14", "--samples", "50000")
    assert code == 0, told
    assert report["wrong"] == []
    assert [account["plant"] for account in report["accounts"]] == list(PLANTS)
    for account in report["accounts"]:
        assert account["accepted_samples"] >= account["stored_samples"] > 20_000
        assert account["accepted_frames"] == account["stored_frames"] + account["queued_frames"]
        assert not any(
            account[name]
            for name in ("lost_frames", "doubled_samples", "altered_samples", "invented_samples")
        )
    assert report["redelivered_frames"] > 0, "no frame came twice: the run proves nothing about repeats"
    assert len(report["faults_by_kind"]) >= 5
    if report["left_out"]:
        reason = "; ".join(f"{kind} left out: {why}" for kind, why in report["left_out"].items())
        (pytest.fail if COMPONENTS_REQUIRED else pytest.skip)(f"the rest passed; {reason}")


def test_edge_that_acknowledges_before_it_commits_is_found_out(tmp_path: Path) -> None:
    """The test of the test: killed between the two, such an edge has lost what it acknowledged."""
    code, report, told = run(
        tmp_path,
        "--seed",
        str(SEED),
        "--faults",
        "3",
        "--only",
        "crash_before_commit",
        "--break",
        "acknowledge_first",
    )
    assert code == 1, told
    assert sum(account["lost_frames"] for account in report["accounts"]) > 0
    assert any("the balance is not exact" in text for text in report["wrong"])


def test_damaged_outbox_is_never_wrong_in_silence(tmp_path: Path) -> None:
    code, report, told = run(tmp_path, "--seed", str(SEED), "--damages", "2")
    assert code == 0, told
    assert report["crash_points"]["crashes_reached"] == 2, "an outbox was empty when it was damaged"
