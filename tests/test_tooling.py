"""The build tooling keeps its promises: the lock, the markers, the Makefile."""

import ast
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.lock").read_text()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BUILT_IN_MARKERS = {"asyncio", "filterwarnings", "parametrize", "skip", "skipif", "timeout", "usefixtures",
                    "xdist_group", "xfail"}  # fmt: skip


def pins() -> dict[str, str]:
    """Map each pinned requirement of the lock, markers included, to the lines of hashes that follow it."""
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    return dict(block.split(" \\\n", 1) if " \\\n" in block else (block.strip(), "") for block in blocks)


def test_lock_has_a_hash_for_each_pin() -> None:
    found = pins()
    without = [pin for pin, hashes in found.items() if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", hashes)]
    assert without == []
    assert [pin for pin in found if "==" not in pin] == []


def test_lock_names_no_host() -> None:
    """The machine decides where packages come from; the lock says only which."""
    assert re.findall(r"://|\s@\s|^\s*-(?!-hash=).*", LOCK, re.MULTILINE) == []


def test_lock_satisfies_what_pyproject_asks_for() -> None:
    """A dependency changed without `make lock` is noticed here, not on somebody else's machine."""
    locked = [Requirement(pin) for pin in pins()]
    project = PYPROJECT["project"]
    asked = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
        *PYPROJECT["dependency-groups"]["dev"],
    ]
    for requirement in map(Requirement, asked):
        versions = [
            next(iter(pin.specifier)).version
            for pin in locked
            if canonicalize_name(pin.name) == canonicalize_name(requirement.name)
        ]
        assert versions, f"{requirement.name} is not in the lock: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), (
            f"{requirement}: make lock"
        )


def test_grafana_sdk_is_the_current_line_not_an_old_epoch() -> None:
    assert "grafana-foundation-sdk==0.0.21" in pins()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_markers_are_declared(path: Path) -> None:
    """Also those on lines that a run never reaches, which pytest's strict mode cannot see."""
    declared = {marker.partition(":")[0] for marker in PYPROJECT["tool"]["pytest"]["markers"]}
    used = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pytest.mark"
    }
    assert used - declared - BUILT_IN_MARKERS == set()


def test_make_help_names_every_target_and_no_other() -> None:
    told = set(re.findall(r"^ +make ([a-z-]+)", make("help"), re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert told == set(phony[1].split())


@pytest.mark.parametrize(
    "target",
    [
        "setup",
        "demo",
        "check",
        "test",
        "test-fast",
        "calibrate",
        "containers",
        "sbom",
        "format",
        "lock",
        "docs",
        "pictures",
        "gains",
        "bench",
        "clean",
    ],
)
def test_make_knows_the_target(target: str) -> None:
    assert make("--dry-run", target)


def test_demo_plants_are_passed_on() -> None:
    assert "bin/twin demo --plants all --port 1" in make("--dry-run", "demo", "PLANTS=all", "ARGS=--port 1")


def test_setup_refuses_an_old_python_in_one_clear_line() -> None:
    done = run("make", "-s", "-C", str(ROOT), "setup", "PYTHON=false")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith('needs Python 3.11 or later, "false" is not')


CARELESS = """
    import asyncio, subprocess, sys
    import pytest

    async def test_task():
        test_task.kept = asyncio.create_task(asyncio.sleep(60))

    def test_process():
        test_process.kept = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])

    async def test_tidy():
        await asyncio.create_task(asyncio.sleep(0))
        subprocess.run([sys.executable, "-c", ""], check=True)

    @pytest.mark.mosquitto
    def test_broker():
        pass
"""


@pytest.mark.parametrize(
    ("required", "outcome"), [("0", "3 passed, 1 skipped, 2 errors"), ("1", "3 passed, 3 errors")]
)
def test_conftest_sweeps_and_names_what_is_missing(tmp_path: Path, required: str, outcome: str) -> None:
    """A task or process left behind is an error; so is a missing component, where components are required."""
    (tmp_path / "conftest.py").write_text(
        (ROOT / "tests" / "conftest.py").read_text() + "\nmachine.find = lambda program: None\n"
    )
    (tmp_path / "test_careless.py").write_text(textwrap.dedent(CARELESS))
    done = run(
        *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-header"),
        *("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path)),
        REQUIRE_COMPONENTS=required,
    )
    assert done.returncode == 1
    assert "asyncio tasks left behind: <Task pending" in done.stdout
    assert "child processes left behind: " in done.stdout
    assert "this machine lacks mosquitto: " in done.stdout
    assert f" {outcome} in " in done.stdout


def make(*arguments: str) -> str:
    """Return what make prints for `arguments`."""
    done = run("make", "--no-print-directory", "-C", str(ROOT), *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `command` as from a fresh shell: nothing of a make or pytest around this test reaches it."""
    outer = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "PYTEST_"))}
    return subprocess.run(command, env=outer | environment, capture_output=True, text=True, check=False)
