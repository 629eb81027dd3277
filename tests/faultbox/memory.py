"""Bounds on the memory of programs: enforced by control groups where we may make them, measured everywhere."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_ENTER = 'echo $$ >"$0" && exec "$@"'


@dataclass(frozen=True, slots=True)
class Peak:
    """Most memory of one program in bytes: `resident` pages, shared ones too, and what its group was `charged`.

    `kills` counts how often the kernel ended something in the group for want of memory; both are None without a group.
    """

    resident: int
    charged: int | None = None
    kills: int | None = None


class MemoryBound:
    """A bound of `limit` bytes for each program that is started through `within`.

    With control groups of version 1 and the right to make them, the kernel ends a program that goes beyond; `enforced`
    tells. Pages of files that others have read already are charged to them: `Peak.resident` holds them too.
    """

    def __init__(self, limit: int, names: tuple[str, ...]) -> None:
        self.limit = limit
        self._groups: dict[str, Path] = {}
        self._resident: dict[str, int] = dict.fromkeys(names, 0)
        own = _own_group()
        if own is None:
            return
        try:
            for name in names:
                group = own / f"bound-{os.getpid()}-{name}"
                group.mkdir()
                self._groups[name] = group
                (group / "memory.limit_in_bytes").write_text(str(limit))
        except OSError:
            self.close()

    @property
    def enforced(self) -> bool:
        """Whether the kernel holds the programs to the bound."""
        return bool(self._groups)

    def within(self, name: str, command: list[str]) -> list[str]:
        """Return the command that runs `command` within the bound."""
        if name not in self._groups:
            return command
        return ["/bin/sh", "-c", _ENTER, str(self._groups[name] / "cgroup.procs"), *command]

    def look(self, name: str, pid: int) -> None:
        """Note the most that process `pid` has had resident so far; a process that is gone tells nothing."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    self._resident[name] = max(self._resident[name], int(line.split()[1]) * 1024)

    def peaks(self) -> dict[str, Peak]:
        """Return the peak of every program."""
        return {name: self._peak(name) for name in self._resident}

    def _peak(self, name: str) -> Peak:
        if name not in self._groups:
            return Peak(self._resident[name])
        group = self._groups[name]
        charged = int((group / "memory.max_usage_in_bytes").read_text())
        told = dict(line.split() for line in (group / "memory.oom_control").read_text().splitlines())
        return Peak(self._resident[name], charged, int(told.get("oom_kill", 0)))

    def close(self) -> None:
        """Remove the groups; nothing may run in them any more."""
        for group in self._groups.values():
            with contextlib.suppress(OSError):
                group.rmdir()
        self._groups = {}


def _own_group() -> Path | None:
    """Return our own group of the memory controller, version 1; None where there is none."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                # inside a container the path may be seen from outside; the controller's root is our own group then
                inside = _CGROUPS / "memory" / path.lstrip("/")
                return inside if inside.is_dir() else _CGROUPS / "memory"
    return None
