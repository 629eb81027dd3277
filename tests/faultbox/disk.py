"""Disks that can be full: small file systems in memory, in a mount namespace that ends with the box."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

_INSIDE = "FAULTBOX_NAMESPACE"
_BALLAST = "ballast"
_BLOCK = bytes(1 << 20)


def enter_namespace() -> None:
    """Run this very command again in a mount namespace of its own, where that is possible and not yet done."""
    unshare = shutil.which("unshare")
    if inside() or unshare is None or os.geteuid() != 0:
        return
    probe = subprocess.run([unshare, "--mount", "true"], capture_output=True, check=False)
    if probe.returncode == 0:
        os.environ[_INSIDE] = "1"
        os.execv(unshare, [unshare, "--mount", "--propagation", "private", *sys.orig_argv])


def inside() -> bool:
    """Tell whether mounts made now are seen by us and our children alone."""
    return os.environ.get(_INSIDE) == "1"


def mount_small(folder: Path, megabytes: int) -> None:
    """Put a file system of `megabytes` at `folder`; raises CalledProcessError."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Fill the disk to the last byte."""
    with contextlib.suppress(OSError), (folder / _BALLAST).open("ab", buffering=0) as ballast:
        while ballast.write(_BLOCK):
            pass
    with contextlib.suppress(OSError), (folder / _BALLAST).open("ab", buffering=0) as ballast:
        while ballast.write(_BLOCK[:512]):
            pass


def relieve(folder: Path) -> None:
    """Give the space back."""
    (folder / _BALLAST).unlink(missing_ok=True)
