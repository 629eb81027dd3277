"""Points that a database refuses for good: kept in a file with the reason, so that they never block the rest."""

import json
import os
import threading
import time
from pathlib import Path

import structlog

_MAX_BYTES = 64 * 1024 * 1024

_log = structlog.get_logger(__name__)


class Refused:
    """An append-only file of JSON lines: `time_ms`, `bucket`, `reason`, `lines`.

    `count` is how many points were refused since the start, `lost` how many of them did not fit into `max_bytes` or
    could not be written; what is lost is counted, told in the log, and never blocks.
    """

    def __init__(self, path: Path, *, max_bytes: int = _MAX_BYTES) -> None:
        self.path = path
        self.count = 0
        self.lost = 0
        self.reason = ""  # the newest
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def keep(self, bucket: str, reason: str, body: bytes) -> None:
        """Append the lines of `body`, durably."""
        points = body.count(b"\n") + 1
        entry = {
            "time_ms": time.time_ns() // 1_000_000, "bucket": bucket, "reason": reason,
            "lines": body.decode(errors="replace"),
        }  # fmt: skip
        data = json.dumps(entry).encode() + b"\n"
        with self._lock:
            self.count += points
            self.reason = reason
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("ab") as file:
                    if file.tell() + len(data) > self._max_bytes:
                        raise OSError(
                            f"{self.path} has its full size of {self._max_bytes} bytes; move it away"
                        )
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                self.lost += points
                _log.error(
                    "refused points lost", points=points, bucket=bucket, reason=reason, cause=str(error)
                )
            else:
                _log.warning(
                    "points refused", points=points, bucket=bucket, reason=reason, file=str(self.path)
                )
