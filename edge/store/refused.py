"""Points that a database refuses for good: kept in a file with the reason, so that they never block the rest."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog

from edge.store import StoreUnavailable

_MAX_BYTES = 64 * 1024 * 1024

_log = structlog.get_logger(__name__)


class Refused:
    """An append-only file of JSON lines: `time_ms`, `bucket`, `reason`, `lines`.

    `count` is how many points were refused since the start, `reason` why the newest were.
    """

    def __init__(self, path: Path, *, max_bytes: int = _MAX_BYTES) -> None:
        self.path = path
        self.count = 0
        self.reason = ""
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def keep(self, bucket: str, reason: str, body: bytes) -> None:
        """Append the lines of `body`, durably; raises StoreUnavailable where that is not possible.

        So many refused points are no accident: then it is better to wait than to throw away.
        """
        points = body.count(b"\n") + 1
        entry = {
            "time_ms": time.time_ns() // 1_000_000, "bucket": bucket, "reason": reason,
            "lines": body.decode(errors="replace"),
        }  # fmt: skip
        data = json.dumps(entry).encode() + b"\n"
        with self._lock:
            try:
                self._append(data)
            except OSError as error:
                raise StoreUnavailable(
                    f"the server refuses points ({reason}), and {self.path} cannot keep them ({error}); "
                    "mend the cause, then move the file away"
                ) from error
            self.count += points
            self.reason = reason
        _log.warning("points refused", points=points, bucket=bucket, reason=reason, file=str(self.path))

    def lines(self) -> Iterator[str]:
        """Return what the file holds, a JSON object each; one that a crash cut off is left out."""
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        for line in text.splitlines():
            try:
                whole = {"time_ms", "bucket", "reason", "lines"} <= json.loads(line).keys()
            except (ValueError, AttributeError):
                continue
            if whole:
                yield line

    def forget(self, unwanted: Callable[[str], bool]) -> None:
        """Write the file anew without the lines that are `unwanted`; raises OSError, and changes nothing then."""
        with self._lock:
            kept = "".join(f"{line}\n" for line in self.lines() if not unwanted(line))
            new = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            with new.open("wb") as file:
                file.write(kept.encode())
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)

    def _append(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            if file.tell() + len(data) > self._max_bytes:
                raise OSError(f"it would pass {self._max_bytes} bytes")
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
