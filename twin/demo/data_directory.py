"""The directory in which a demo remembers its run: marked as ours, used by one demo at a time."""

import fcntl
import os
import shutil
from pathlib import Path

MARKER = "smart-factory-demo.txt"
_LOCK = "lock"
_TEXT = "This directory belongs to `twin demo`; `twin demo --fresh` empties it.\n"


class DataDirectoryError(ValueError):
    """A directory that cannot be used for a demo; the text names it, the cause and the remedy."""


class DataDirectory:
    """A demo's directory, held until `release`; `secrets`, `log`, `broker`, `edge` and `plant(name)` lie in it."""

    def __init__(self, root: Path, *, fresh: bool = False) -> None:
        self.root = root
        marker = root / MARKER
        try:
            if root.exists() and not marker.exists() and any(root.iterdir()):
                raise DataDirectoryError(
                    f"{root} is not empty and was not made by `twin demo` (no {MARKER} in it); "
                    f"choose another directory with --data"
                )
            root.mkdir(parents=True, exist_ok=True)
            marker.write_text(_TEXT, encoding="utf-8")
            self._lock = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectoryError(f"{root} cannot be used: {error}; choose another with --data") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise DataDirectoryError(
                f"another demo runs with the data in {root}; stop it, or choose another directory with --data"
            ) from None
        if fresh:
            self._empty()

    def _empty(self) -> None:
        for entry in self.root.iterdir():
            if entry.name in {MARKER, _LOCK}:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    @property
    def secrets(self) -> Path:
        """Password files."""
        return self.root / "secrets"

    @property
    def log(self) -> Path:
        """Log files of the children."""
        return self.root / "log"

    @property
    def broker(self) -> Path:
        """Configuration of the broker."""
        return self.root / "broker"

    @property
    def edge(self) -> Path:
        """Store and outbox of the edge."""
        return self.root / "edge"

    def plant(self, name: str) -> Path:
        """Journal and command log of a plant."""
        return self.root / "plants" / name

    def release(self) -> None:
        """Let another demo use the directory."""
        os.close(self._lock)
