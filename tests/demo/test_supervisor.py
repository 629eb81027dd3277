"""Children are restarted, ended, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from twin.demo import supervisor as module
from twin.demo.supervisor import Child, ChildLost, Supervisor


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(module, "_BACKOFF", (0.0, 0.01, 0.02))
    monkeypatch.setattr(module, "LIMIT", 3)
    kept = Supervisor(said.append)
    yield kept
    kept.stop()


def child(tmp_path: Path, code: str, name: str = "worker") -> Child:
    return Child(name, [sys.executable, "-c", code], tmp_path / f"{name}.log")


def watch_until(supervisor: Supervisor, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "condition not reached"
        supervisor.watch()
        time.sleep(0.01)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_killed_child_is_started_again_and_told(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    worker = child(tmp_path, "import time; time.sleep(60)")
    supervisor.start(worker)
    assert worker.process is not None
    first = worker.process.pid
    os.kill(first, signal.SIGKILL)
    watch_until(
        supervisor, lambda: worker.process is not None and worker.running and worker.process.pid != first
    )
    assert "worker ended (signal SIGKILL); starting it again" in said[0]


def test_child_that_keeps_dying_is_given_up_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(child(tmp_path, "import sys; sys.exit('no such device')"))
    with pytest.raises(ChildLost, match=r"(?s)worker keeps ending \(exit code 1\).*no such device"):
        watch_until(supervisor, lambda: False)


def test_child_that_gives_a_reason_has_it_told(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.start(child(tmp_path, "import sys; sys.exit('no such device')"))
    watch_until(supervisor, lambda: bool(said))
    assert "worker ended (exit code 1: no such device); starting it again" in said[0]


def test_stop_ends_a_child_that_ignores_the_request(
    supervisor: Supervisor, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.3)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    worker = child(tmp_path, deaf)
    supervisor.start(worker)
    watch_until(supervisor, lambda: "up" in worker.last_lines())
    assert worker.process is not None
    pid = worker.process.pid
    supervisor.stop()
    assert gone(pid)
    assert "was ended" in said[-1]


def test_stop_ends_grandchildren(supervisor: Supervisor, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; "
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True); time.sleep(60)"
    )
    worker = child(tmp_path, code)
    supervisor.start(worker)
    watch_until(supervisor, lambda: worker.last_lines().strip())
    grandchild = int(worker.last_lines())
    supervisor.stop()
    deadline = time.monotonic() + 10
    while not gone(grandchild):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel ends children with their parent")
def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib\n"
        "from twin.demo.supervisor import Child, Supervisor\n"
        "kept = Supervisor(print)\n"
        "sleeper = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        f"child = Child('worker', sleeper, pathlib.Path({str(tmp_path)!r}) / 'log')\n"
        "kept.start(child)\n"
        "print(child.process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
    deadline = time.monotonic() + 10
    while not gone(pid):
        assert time.monotonic() < deadline, "an orphan is left"
        time.sleep(0.01)
