"""Child processes: started in groups of their own, restarted with backoff, and never left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE = 10.0  # s between asking a child to end and ending it; a busy machine of two cores needs half of it
STEADY = 30.0  # s after which a child that runs has recovered: the backoff starts anew
_BACKOFF = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # s before the first, second, … restart in a row
LIMIT = len(_BACKOFF)
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ChildLost(Exception):
    """A child that keeps dying; the text ends with the last lines of its log."""


@dataclass(slots=True)
class Child:
    """One program: `name` for people, `command` and `log` file; `stop_signal` asks it to end."""

    name: str
    command: Sequence[str]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0  # in a row
    started: float = 0.0
    due: float = 0.0  # monotonic moment of the next start while it is down

    def start(self) -> None:
        """Start the program in a process group of its own, so that Ctrl-C reaches the supervisor alone."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
                start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid()),  # noqa: PLW1509 - the supervisor has one thread
            )
        self.started = time.monotonic()

    @property
    def running(self) -> bool:
        """Whether the program runs."""
        return self.process is not None and self.process.poll() is None

    def last_lines(self, count: int = 10) -> str:
        """Return the end of the log."""
        try:
            text = self.log.read_bytes()[-16_384:].decode("utf-8", "replace")
        except OSError as error:
            return f"(log unreadable: {error})"
        return "\n".join(text.splitlines()[-count:])


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    """Return what a child does first on Linux: ask the kernel to be ended when the supervisor dies."""
    if _LIBC is None:
        return None

    def ask() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel knew
            os._exit(1)

    return ask


class Supervisor:
    """Keeps children running. Call `watch` a few times a second from the thread that started them."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self._say = say

    def start(self, child: Child) -> None:
        """Start `child` and keep it."""
        self.children.append(child)
        child.start()

    def watch(self) -> None:
        """Restart children that died, each after its backoff; raises ChildLost for one that keeps dying."""
        now = time.monotonic()
        for child in self.children:
            if child.running:
                if child.restarts and now - child.started > STEADY:
                    child.restarts = 0
                continue
            if child.process is not None:
                code = child.process.returncode
                child.process = None
                if now - child.started > STEADY:
                    child.restarts = 0
                if child.restarts >= LIMIT:
                    raise ChildLost(
                        f"{child.name} keeps ending ({_ended(code)}); the end of {child.log}:\n{child.last_lines()}"
                    )
                wait = _BACKOFF[child.restarts]
                child.restarts += 1
                child.due = now + wait
                cause = f": {child.last_lines(1)}" if code > 0 else ""
                self._say(
                    f"{child.name} ended ({_ended(code)}{cause}); starting it again in {wait:g} s, log: {child.log}"
                )
            elif now >= child.due:
                child.start()

    def stop(self) -> None:
        """End every child, the last started first: ask, wait up to GRACE seconds, then end the whole group."""
        for child in reversed(self.children):
            _signal(child, child.stop_signal)
        deadline = time.monotonic() + GRACE
        for child in reversed(self.children):
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.05, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(f"{child.name} did not end within {GRACE:g} s and was ended")
            _signal(child, signal.SIGKILL)  # what the child itself may have left in its group
            child.process.wait()
        self.children.clear()


def _signal(child: Child, number: signal.Signals) -> None:
    if child.process is None:
        return
    try:
        os.killpg(child.process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS answers the second for a group of zombies
        return


def _ended(code: int) -> str:
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
