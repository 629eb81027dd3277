"""What commands do to the files of an edge: the same whether it runs or not."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.testing

from edge import cli
from edge import desk as desk_module
from edge.data_lock import DataLock
from edge.desk import Desk, DeskError, ask
from edge.outbox import Outbox
from edge.quarantine import Quarantine
from edge.store.memory import MemoryStore
from edge.upkeep import Upkeep
from tests.edge.telemetry import declaration

A = b"a" * 16


def edge(*arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return exit code, output and errors."""
    result = typer.testing.CliRunner().invoke(cli.app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def fill(data: Path) -> Outbox:
    """Make an outbox with three entries in quarantine."""
    outbox = Outbox(data / "outbox.sqlite")
    outbox.declare(declaration())
    outbox.accept("press", A, [(1, b"one"), (2, b"two"), (3, b"three")])
    for entry in outbox.pending():
        outbox.quarantine(entry, f"no frames in {entry.data.decode()}")
    return outbox


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A data directory that no edge works with."""
    fill(tmp_path).close()
    return tmp_path


class Running:
    """An edge's outbox, store and desk, at work in a thread."""

    def __init__(self, data: Path) -> None:
        self.lock = DataLock(data)
        self.outbox, self.store = fill(data), MemoryStore()
        self.store.declare(declaration())
        self.desk = Desk(data, Upkeep(data, self.outbox, Quarantine(self.outbox, data), self.store))
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self) -> None:
        while not self.end.wait(0.01):
            self.desk.work()

    def close(self) -> None:
        self.end.set()
        self.thread.join()
        self.outbox.close()
        self.lock.release()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("at_work", [False, True])
def test_quarantine_is_looked_into_and_decided_about(tmp_path: Path, at_work: bool) -> None:
    made = Running(tmp_path) if at_work else None
    if made is None:
        fill(tmp_path).close()
    try:
        data = ("--data", str(tmp_path))
        code, out, err = edge("quarantine", "list", *data, "--json")
        assert code == 0, err
        assert [(item["key"], item["plant"], item["reason"]) for item in json.loads(out)] == [
            ("e1", "press", "no frames in one"), ("e2", "press", "no frames in two"),
            ("e3", "press", "no frames in three"),
        ]  # fmt: skip
        assert "no frames in two" in edge("quarantine", "list", *data)[1]
        code, out, _ = edge("quarantine", "show", "e2", *data, "--json")
        assert (code, json.loads(out)["begins_with"]) == (0, b"two".hex())
        assert edge("quarantine", "drop", "e1", *data)[:2] == (0, "e1 (press) dropped\n")
        assert edge("quarantine", "retry", "e3", *data)[:2] == (0, "e3 (press) waits for the store again\n")
        code, _, err = edge("quarantine", "drop", "e2", "e9", *data)
        assert (code, "'e9'" in err) == (2, True)
        assert [item["key"] for item in json.loads(edge("quarantine", "list", *data, "--json")[1])] == ["e2"]
        assert edge("quarantine", "drop", "all", *data)[0] == 0
        assert edge("quarantine", "list", *data)[1] == "nothing is in quarantine\n"
        if made is not None:
            assert [entry.data for entry in made.outbox.pending()] == [b"three"]
            told = [event.text for event in made.store.events("demo/press", 0, 10**14)]
            assert any("journal entry 1 in quarantine dropped" in text for text in told)
            assert list((tmp_path / "desk").iterdir()) == []
    finally:
        if made is not None:
            made.close()
    if made is None:
        with closing(Outbox(tmp_path / "outbox.sqlite")) as outbox:
            assert [entry.data for entry in outbox.pending()] == [b"three"]


def test_backup_of_a_stopped_edge_and_restore(stopped: Path, tmp_path: Path) -> None:
    backup, new = tmp_path / "backup", tmp_path / "new"
    code, out, _ = edge("backup", str(backup), "--data", str(stopped), "--json")
    assert (code, set(json.loads(out)["files"])) == (0, {"outbox.sqlite"})
    code, out, _ = edge("restore", str(backup), "--data", str(new))
    assert code == 0
    assert f"edge run --data {new}" in out
    code, _, err = edge("restore", str(backup), "--data", str(new))
    assert (code, "nothing is overwritten" in err) == (2, True)


def test_folder_without_an_edge_is_told(tmp_path: Path) -> None:
    code, _, err = edge("quarantine", "list", "--data", str(tmp_path / "nowhere"))
    assert (code, "--data" in err) == (2, True)
    assert not (tmp_path / "nowhere").exists()


def test_unknown_task_and_a_task_that_fails_are_answered(running: Running, tmp_path: Path) -> None:
    with pytest.raises(DeskError, match="not known"):
        ask(tmp_path, "explode", {})
    with pytest.raises(DeskError, match="edge quarantine list"):
        ask(tmp_path, "show", {"key": "e77"})
    assert running.thread.is_alive()


def test_rubbish_on_the_desk_stops_nothing(running: Running, tmp_path: Path) -> None:
    (tmp_path / "desk" / "1.ask").write_bytes(b"\xff\xfe")
    (tmp_path / "desk" / "2.ask").write_text("[1, 2]")
    (tmp_path / "desk" / "3.ask").symlink_to("/etc/passwd")
    assert len(ask(tmp_path, "list", {})) == 3
    assert Path("/etc/passwd").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_task_of_another_user_is_not_done(running: Running, tmp_path: Path) -> None:
    foreign = tmp_path / "desk" / "foreign"
    foreign.write_text(json.dumps({"task": "drop", "arguments": {"keys": ["all"]}}))
    os.chown(foreign, 12345, 12345)
    foreign.rename(foreign.with_suffix(".ask"))
    while foreign.with_suffix(".ask").exists():
        pass
    assert len(ask(tmp_path, "list", {})) == 3


def test_command_does_not_wait_for_an_edge_that_ended_or_never_answers(
    stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stopped / "desk").mkdir()
    with pytest.raises(DeskError, match="ended before"):
        ask(stopped, "list", {})
    monkeypatch.setattr(desk_module, "_TAKEN_WITHIN_S", 0.1)
    lock = DataLock(stopped)
    with pytest.raises(DeskError, match="does not take the task"):
        ask(stopped, "list", {})
    lock.release()
    assert list((stopped / "desk").iterdir()) == []


def _started(data: Path, secrets: Path) -> tuple[subprocess.Popen[str], str]:
    command = [
        sys.executable, "-m", "edge.cli", "run", "--port", "0", "--data", str(data), "--secrets", str(secrets),
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("edge: http"):
            url = line.split()[1]
            while not _answers(url):
                assert process.poll() is None
                time.sleep(0.05)
            return process, url
    raise AssertionError("the edge did not start")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.system
def test_running_program_is_backed_up_asked_and_restored(tmp_path: Path) -> None:
    """The real program: its data directory is taken, its health is told, its backup starts as a second edge."""
    data, secrets = tmp_path / "data", tmp_path / "secrets"
    data.mkdir()
    fill(data).close()
    first, url = _started(data, secrets)
    second = None
    try:
        found: dict[str, Any] = httpx.get(f"{url}/api/v1/health", trust_env=False).json()
        parts = {part["name"]: part for part in found["parts"]}
        assert parts["quarantine"]["state"] == "degraded"
        assert (parts["store"]["state"], parts["pipeline"]["state"]) == ("ok", "ok")
        assert "Edge health" in httpx.get(f"{url}/health", trust_env=False).text
        code, _, err = edge("run", "--port", "0", "--data", str(data), "--secrets", str(secrets))
        assert (code, "an edge runs with the data" in err) == (2, True)
        assert edge("quarantine", "drop", "e1", "--data", str(data))[0] == 0
        assert edge("backup", str(tmp_path / "backup"), "--data", str(data))[0] == 0
        assert edge("restore", str(tmp_path / "backup"), "--data", str(tmp_path / "new"))[0] == 0
        second, other = _started(tmp_path / "new", secrets)
        assert httpx.get(f"{other}/api/v1/health", trust_env=False).json()["quarantined"] == 2
    finally:
        for process in filter(None, (first, second)):
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
            assert process.stderr is not None
            process.stderr.close()
