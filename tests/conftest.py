"""What every test gets: components named when the machine lacks them, and a broom that looks behind the test."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest
from hypothesis import settings

from tools import machine, npm

IN_CI = bool(os.environ.get("CI"))
COMPONENTS_REQUIRED = os.environ.get("REQUIRE_COMPONENTS", "1" if IN_CI else "0") == "1"

# A busy machine is not a failure of the property; in CI every run tries the same examples.
settings.register_profile("project", deadline=None, derandomize=IN_CI, print_blob=True)
settings.load_profile("project")

os.environ.setdefault("MPLBACKEND", "Agg")

# Processes that a library starts once and keeps for the life of this one, by design.
KEPT_BY_LIBRARIES = ("resource_tracker", "loky")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let whole programs and browsers take turns, however many workers there are; before xdist reads the groups."""
    for item in items:
        if item.get_closest_marker("system") or item.get_closest_marker("chromium"):
            item.add_marker(pytest.mark.xdist_group("one at a time"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose component this machine lacks; fail it where components are required, as in CI."""
    marked = (name for name in machine.PROGRAMS if item.get_closest_marker(name.replace("-", "_")))
    missing = [name for name in marked if not machine.find(name)]
    reason = f"this machine lacks {', '.join(missing)}: {machine.install_command(missing)}"
    if not missing and item.get_closest_marker("nodejs") and not npm.installed():
        missing, reason = ["packages"], "the packages of tests/interop are missing: python3 -m tools.npm"
    if missing:
        (pytest.fail if COMPONENTS_REQUIRED else pytest.skip)(reason)


@pytest.fixture
def mosquitto_program() -> str:
    """Path of the Mosquitto broker; the test carries the marker `mosquitto`."""
    return _program("mosquitto")


@pytest.fixture(scope="session")
def chromium_program() -> str:
    """Path of Chromium, for Playwright's `executable_path`; the test carries the marker `chromium`."""
    return _program("chromium")


def _program(name: str) -> str:
    found = machine.find(name)
    assert found, f"mark the test with pytest.mark.{name}"
    return found


@pytest.fixture(autouse=True)
def leaves_nothing_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves an asyncio task or a child process behind."""
    if request.node.get_closest_marker("asyncio"):
        request.getfixturevalue("_leaves_no_task_behind")
    before = set(psutil.Process().children())
    yield
    left = _still_running(set(psutil.Process().children()) - before, patience=1.0)
    for process in left:
        process.kill()
    if left:
        pytest.fail("child processes left behind: " + "; ".join(left.values()))


def _still_running(processes: set[psutil.Process], patience: float) -> dict[psutil.Process, str]:
    """Return those of `processes` that do not end within `patience` seconds, with their command lines."""
    deadline = time.monotonic() + patience
    while True:
        running = {}
        for process in processes:
            try:
                ended = process.status() == psutil.STATUS_ZOMBIE
                command = " ".join(process.cmdline())  # empty for a moment while a child starts its program
            except psutil.NoSuchProcess:
                continue
            if not ended and not any(name in command for name in KEPT_BY_LIBRARIES):
                running[process] = f"{process.pid} {command[:200]}"
        if not running or time.monotonic() > deadline:
            return running
        time.sleep(0.02)


@pytest.fixture
async def _leaves_no_task_behind() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=0.2)  # the last steps of a task that was cancelled
    if left:
        pytest.fail("asyncio tasks left behind: " + "; ".join(repr(task) for task in left))
