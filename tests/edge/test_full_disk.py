"""A full disk under outbox and store: told at once, survived, and nothing that was accepted is lost."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import COMPONENTS_REQUIRED

_IN_A_SMALL_DISK = 'mount -t tmpfs -o size=16m tmpfs "$1" && exec "$2" -m tests.edge.full_disk "$1" "$3"'


def on_a_small_disk(folder: Path, work: str) -> dict[str, Any]:
    """Run one of the program's works on a file system of 16 MB that ends with it."""
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        reason = "a file system of its own needs root on Linux"
        (pytest.fail if COMPONENTS_REQUIRED else pytest.skip)(reason)
    command = [unshare, "--mount", "sh", "-c", _IN_A_SMALL_DISK, "sh", str(folder), sys.executable, work]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    print(found)
    return found


def test_queue_on_a_full_disk_can_be_emptied(tmp_path: Path) -> None:
    found = on_a_small_disk(tmp_path, "reserve")
    assert "free space" in found["refused"]
    assert found["deleted"] == found["held"] > 10
    assert "free space" in found["refused_while_full"]
    assert found["accepted_after"] == found["held"] + 1
    assert (found["trouble_after"], found["integrity"]) == ("", "ok")


def test_edge_on_a_full_disk_is_degraded_and_recovers(tmp_path: Path) -> None:
    found = on_a_small_disk(tmp_path, "edge")
    assert found["refusals"] > 0
    assert "disk" in found["reasons"]
    assert found["stored"] == found["folded"] == found["samples"]
    assert (found["missing"], found["integrity"]) == (0, "ok")
