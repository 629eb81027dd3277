"""A demo as a real process, for the tests of whole programs."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from twin.demo.port import choose_port

LIVE_WITHIN = 120.0  # s; a loaded machine of two cores needs a good part of it


class RunningDemo:
    """`twin demo` with all its children; a context manager that interrupts it and insists on a clean end."""

    def __init__(
        self, data: Path, *options: str, since: str = "2h", plants: Sequence[str] = ("stamping", "aluminium")
    ):
        self.data = data
        self.plants = tuple(plants)
        self.output = data.parent / f"{data.name}.out"
        self.command = [
            sys.executable, "-m", "twin.cli", "demo", "--plants", ",".join(plants), "--since", since,
            "--data", str(data), "--port", str(choose_port(18_000)), *options,
        ]  # fmt: skip
        self.url = ""
        self.children: list[psutil.Process] = []

    def __enter__(self) -> "RunningDemo":
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(self.command, stdout=output, stderr=subprocess.STDOUT)
        try:
            self.until(lambda: "live: " in self.text, LIVE_WITHIN, "the demo is not live")
        except BaseException:
            self._end()
            raise
        found = re.search(r"live: (http://\S+)", self.text)
        assert found is not None
        self.url = found[1]
        self.children = psutil.Process(self.process.pid).children(recursive=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._end()
        if kind is None:
            assert self.process.returncode == 0, self.evidence()
            assert "Traceback" not in self.text, self.text
            for log in (self.data / "log").iterdir():
                assert "Traceback" not in log.read_text(), f"{log.name}: {log.read_text()[-4000:]}"

    def _end(self) -> None:
        """Interrupt the demo as Ctrl-C does, and find no process of it afterwards."""
        alive = self.children
        if self.process.poll() is None:
            alive = alive + psutil.Process(self.process.pid).children(recursive=True)
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        _, orphans = psutil.wait_procs([child for child in alive if child.is_running()], timeout=5)
        for orphan in orphans:
            orphan.kill()
        assert not orphans, f"left behind: {orphans}"

    @property
    def text(self) -> str:
        """What the demo printed so far."""
        return self.output.read_text()

    def until(self, condition: Callable[[], Any], seconds: float, what: str) -> None:
        """Wait until `condition()` holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, f"the demo ended\n{self.evidence()}"
            assert time.monotonic() < deadline, f"{what}\n{self.evidence()}"
            time.sleep(0.1)

    def evidence(self) -> str:
        """Return the ends of what was printed and logged."""
        parts = [self.text[-2000:]]
        if (self.data / "log").is_dir():
            parts += [
                f"--- {log.name}\n{log.read_text()[-2000:]}" for log in sorted((self.data / "log").iterdir())
            ]
        return "\n".join(parts)

    def get(self, path: str) -> Any:
        """Read from the API."""
        answer = httpx.get(f"{self.url}{path}", timeout=20, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def status(self) -> dict[str, dict[str, Any]]:
        """Return the status of every plant by name; empty while the edge is away."""
        try:
            return {plant["plant"]: plant for plant in self.get("/api/v1/status")["plants"]}
        except httpx.HTTPError:
            return {}

    def live(self) -> bool:
        """Whether every plant is connected and its newest sample at most 15 s old."""
        status = self.status()
        return all(
            plant in status
            and (status[plant]["link"] or {}).get("state") == "online"
            and status[plant]["behind_s"] is not None
            and status[plant]["behind_s"] < 15
            for plant in self.plants
        )

    def child(self, *words: str) -> psutil.Process:
        """Return the child whose command line holds all `words`, as soon as there is one that has begun its program."""
        deadline = time.monotonic() + 10.0
        while True:
            children = psutil.Process(self.process.pid).children()
            found = [
                child
                for child in children
                if all(any(word in part for part in _words(child)) for word in words)
            ]
            if len(found) == 1:
                return found[0]
            assert time.monotonic() < deadline, f"{words}: {found} of {children}; {self.text[-1000:]}"
            time.sleep(0.1)

    def verify(self, plant: str) -> str:
        """Run `edge verify`; return what it says when the figures differ, "" when they agree."""
        done = subprocess.run(
            [sys.executable, "-m", "edge.cli", "verify", "--plant", plant, "--api", self.url],
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "EDGE_SECRETS": str(self.data / "secrets")},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return "" if done.returncode == 0 else f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"

    def secrets(self) -> dict[str, str]:
        """Return every password and token by user."""
        files = [file for file in (self.data / "secrets").iterdir() if file.suffix != ".crt"]
        found = {file.name: file.read_text().strip() for file in files if file.is_file()}
        assert {"edge", "viewer", "operator", "admin", *self.plants} <= found.keys()
        assert min(map(len, found.values())) >= 32
        return found

    def passwords_told(self) -> list[str]:
        """Return where a password or token stands: in what was printed or answered, or in any file but its own."""
        texts = {"output": self.text.encode(), "status": json.dumps(self.status()).encode()}
        texts |= {
            str(file.relative_to(self.data)): file.read_bytes()
            for file in self.data.rglob("*")
            if file.is_file() and file.parent != self.data / "secrets"
        }
        assert {"log/edge.log", "edge/audit.sqlite"} <= texts.keys()
        return [
            f"{user} in {place}"
            for user, secret in self.secrets().items()
            for place, text in texts.items()
            if secret.encode() in text
        ]

    def listeners(self) -> dict[str, set[str]]:
        """Return the addresses that the demo's processes listen on, each with the names of those programs."""
        found: dict[str, set[str]] = {}
        for process in psutil.Process(self.process.pid).children(recursive=True):
            for one in process.net_connections(kind="inet"):
                if one.status == psutil.CONN_LISTEN:
                    found.setdefault(one.laddr.ip, set()).add(" ".join(process.cmdline())[-60:])
        return found

    def ask(self, method: str, path: str, token: str = "", body: Any = None) -> httpx.Response:
        """Ask the API for anything."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.request(
            method, f"{self.url}{path}", headers=headers, json=body, timeout=20, trust_env=False
        )


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def demo_program() -> type[RunningDemo]:
    """The demo, to be started by the test."""
    return RunningDemo
