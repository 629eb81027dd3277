"""Blocks of the documents that need a demo run against one, as written; what they did is looked for at the edge."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.docs.fence import documents, fences
from tests.docs.shell import run

DEMO = ("demo", "--plants", "stamping,aluminium", "--since", "10min")


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """Run the demo in `folder`; yield what it says once it is live."""
    told = folder / "demo.txt"
    with told.open("w") as stream:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "twin"), *DEMO], cwd=folder, stdout=stream, stderr=subprocess.STDOUT
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 180
        while "\nlive: " not in told.read_text() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.5)
        assert "\nlive: " in told.read_text(), told.read_text()
        yield told.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def addressed(text: str, told: str) -> str:
    """Put the ports that the demo chose into a block, as its reader is asked to."""
    ports = {
        "127.0.0.1:8000": re.search(r"live: http://(\S+)", told),
        "opc.tcp://127.0.0.1:4840": re.search(r"plant aluminium: (opc\.tcp://\S+)", told),
        "port=1883": re.search(r"mqtt://127\.0\.0\.1(:\d+)", told),
    }
    for written, found in ports.items():
        assert found is not None, told
        text = text.replace(written, found[1].replace(":", "port=") if written == "port=1883" else found[1])
    return text


def ask(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)


def becomes(question: Callable[[], bool]) -> bool:
    """Ask until the answer is yes, for at most 20 s: plants act at their next scan, then the edge has to store it."""
    deadline = time.monotonic() + 20
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def struck_by(plant: str, ways: set[str]) -> bool:
    """Tell whether faults of a plant struck in all these ways."""
    return ways <= {one["by"] for one in ask(f"{plant}/faults/log?start=-1h")["items"]}


def cushion_control(plant: str) -> tuple[float, float, str]:
    """Return what is wanted of the tutorial's upgrade, what is in effect of it, and the mode of its loop."""
    (found,) = (one for one in ask(f"{plant}/upgrades")["items"] if one["key"] == "cushion_control")
    return found["wanted"], found["effect"], found["mode"]


@pytest.mark.system
@pytest.mark.mosquitto
@pytest.mark.timeout(420)
def test_live_blocks_do_what_they_say(tmp_path: Path) -> None:
    """Faults strike in all three ways, the upgrade of the tutorial acts, the export is a table."""
    done: list[str] = []
    with demo(tmp_path) as told:
        api = addressed("http://127.0.0.1:8000/api/v1/plants", told)
        for file in documents():
            # a page's blocks build on each other: one shell for them all, Python by itself
            shell = ""
            for fence in fences(file):
                if fence.run != "live":
                    continue
                text = addressed(fence.text, told)
                if fence.language == "python":
                    script = tmp_path / "block.py"
                    script.write_text(text)
                    run(f"{sys.executable} {script}", tmp_path)
                else:
                    shell += text
                done.append(fence.place)
            if shell:
                run(shell, tmp_path)
        struck = {"stamping": {"operator", "dcmd"}, "aluminium": {"opcua"}}
        for plant, ways in struck.items():
            assert becomes(partial(struck_by, f"{api}/{plant}", ways)), ask(
                f"{api}/{plant}/faults/log?start=-1h"
            )
        assert becomes(lambda: cushion_control(f"{api}/stamping") == (3.0, 3.0, "automatic"))
        assert json.loads((tmp_path / "figures.json").read_text())["plant"] == "stamping"
    assert len(done) >= 9
    assert {place.partition(":")[0] for place in done} >= {"docs/faults.md", "docs/upgrades.md"}
