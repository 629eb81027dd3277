"""Half a minute of ten times the usual load on 256 MB a program: what is dropped is told; who does not tell fails."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faultbox.overload import LIMIT
from tests.faultbox.plan import PLANTS

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]


def run(folder: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Run the overload without judging times; return its exit code, its report and what it said."""
    command = [
        sys.executable, "-m", "tests.faultbox.overload", "--without-times", "--json", str(folder / "report.json"),
        "--data", str(folder / "data"), *options,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = done.stderr + done.stdout
    assert (folder / "report.json").exists(), told
    return done.returncode, json.loads((folder / "report.json").read_text()), told


def test_every_sample_is_stored_queued_or_told_to_be_dropped_within_256_mb(tmp_path: Path) -> None:
    """Balance, metrics, API and page agree on what the plants gave up; no program outgrows its bound."""
    code, report, told = run(tmp_path, "--seconds", "25")
    assert code == 0, told
    assert [one["plant"] for one in report["accounts"]] == list(PLANTS)
    for one in report["accounts"]:
        assert one["dropped_entries"] > 0
        assert one["accepted_frames"] == one["stored_frames"] + one["queued_frames"] + one["dropped_frames"]
        assert one["dropped_frames"] == report["missing"][one["plant"]]
    for name, peak in report["peaks"].items():
        assert 0 < (peak["charged"] or peak["resident"]) <= LIMIT, name
        assert not peak["kills"], name


@pytest.mark.parametrize("broken", ["drop_in_silence", "count_no_drops"])
def test_edge_that_drops_without_counting_is_found_out(tmp_path: Path, broken: str) -> None:
    """The tests of the test: one drops what it had acknowledged, one does not count what the plant no longer held."""
    code, report, told = run(tmp_path, "--seconds", "14", "--break", broken)
    assert code == 1, told
    expected = "the balance is not exact" if broken == "drop_in_silence" else "entries were dropped"
    assert any(expected in text for text in report["wrong"]), told
