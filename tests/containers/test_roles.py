"""Broker, plants and edge as docker-compose.yml runs them: confined like containers, with its commands and checks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import COMPONENTS_REQUIRED
from tools.containers import COMPOSE

pytestmark = [pytest.mark.system, pytest.mark.mosquitto]


def _bytes(text: str) -> int:
    return int(text[:-1]) << {"m": 20, "g": 30}[text[-1]]


def test_roles_run_without_rights_on_a_read_only_root(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or shutil.which("setpriv") is None or os.geteuid() != 0:
        reason = "namespaces and another user's rights need root on Linux"
        (pytest.fail if COMPONENTS_REQUIRED else pytest.skip)(reason)
    command = [unshare, "--mount", "--net", "--pid", "--fork", "--kill-child", sys.executable, "-m"]
    done = subprocess.run(
        [*command, "tests.containers.confined", str(tmp_path)],
        capture_output=True, text=True, timeout=115, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-5000:]
    found = json.loads(done.stdout)
    assert all(samples > 1000 for samples in found["plants"].values())
    assert found["anonymous"] == 401  # the edge listens beyond loopback: nobody reads without a token
    writable = {
        "broker": ["/tmp"],
        "stamping": ["/tmp", "/data"],
        "aluminium": ["/tmp", "/data"],
        "edge": ["/tmp", "/data", "/run/secrets"],
    }
    for name, role in found["roles"].items():
        assert role == {
            "uid": 1000, "gid": 1000, "groups": [], "capabilities": "0" * 16, "bounding": "0" * 16,
            "no_new_privileges": "1", "writable": writable[name],
        }  # fmt: skip
    print({name: f"{size / 1e6:.0f} MB" for name, size in found["peak_bytes"].items()})
    limits = yaml.safe_load(COMPOSE.read_text())["services"]
    for name, size in found["peak_bytes"].items():
        assert size < _bytes(limits[name]["mem_limit"]), name
    assert set(found["healthchecks"].values()) == {""}
    assert set(found["ended"].values()) == {0}
