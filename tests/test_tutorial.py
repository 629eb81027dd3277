"""The tutorials are run as they are written: every command, every file, every cell."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.docs.fence import fences

ROOT = Path(__file__).parents[1]
TUTORIALS = ROOT / "docs" / "tutorials"
FIRST_PLANT = TUTORIALS / "your-first-plant.md"


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_first_plant(tmp_path: Path) -> None:
    """A student who types what the tutorial says gets a plant that passes, and a refusal where it promises one."""
    ran = 0
    for block in fences(FIRST_PLANT):
        if block.language == "python":
            (tmp_path / block.title).write_text(block.text)
        elif block.language == "bash" and block.run != "demo":
            expected = int(block.run.removeprefix("exit ") or 0)
            done = run(block.text, tmp_path)
            assert done.returncode == expected, f"{block.text}\n{done.stdout}\n{done.stderr}"
            assert "Traceback" not in done.stderr
            ran += 1
    assert ran == 4


@pytest.mark.system
@pytest.mark.mosquitto
def test_first_plant_on_its_page(tmp_path: Path) -> None:
    """The demo of the student's plant shows its page and ends cleanly on Ctrl-C."""
    plant, demo = (
        block for block in fences(FIRST_PLANT) if block.language == "python" or block.run == "demo"
    )
    (tmp_path / "my_plants").mkdir()
    (tmp_path / plant.title).write_text(plant.text)
    program = str(Path(sys.executable).parent / "twin")
    output = tmp_path / "output.txt"
    with output.open("w") as stream:
        process = subprocess.Popen(
            [program, *demo.text.split()[1:]], cwd=tmp_path, stdout=stream, stderr=subprocess.STDOUT
        )
    try:
        page = _page(output, process)
        assert "Bakery" in page
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert process.returncode in (0, 130), output.read_text()
    assert "Traceback" not in output.read_text()


def _page(output: Path, process: "subprocess.Popen[bytes]") -> str:
    """Wait until the demo says where its pages are and they answer; return the overview."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+", output.read_text())
        if found:
            try:
                with urllib.request.urlopen(f"{found[0]}/api/v1/plants", timeout=5) as answer:
                    text = str(answer.read().decode())
                if "Bakery" in text:
                    return text
            except OSError:
                pass
        time.sleep(0.5)
    raise AssertionError(output.read_text())


@pytest.mark.slow
def test_explore_a_line(tmp_path: Path) -> None:
    """Every cell runs, and draws its pictures."""
    done = run(f"PYTHONPATH={ROOT} MPLBACKEND=Agg python {TUTORIALS / 'explore_a_line.py'}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "die change    6 min: OEE" in done.stdout
    assert sorted(file.name for file in (tmp_path / "build/tutorial").iterdir()) == [
        "changeover.png", "time.png", "tonnage.png",
    ]  # fmt: skip
