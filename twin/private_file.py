"""Files that only their owner reads, written in one step."""

import os
from pathlib import Path


def write_private(file: Path, content: bytes, mode: int = 0o600) -> None:
    """Put `content` into `file` with `mode`: whoever looks finds the old file or the new one. Raises OSError."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(content)
    new.replace(file)
