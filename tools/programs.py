"""Programs that check and describe the product, in an environment of their own, from a lock with hashes."""

import fcntl
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "tools" / "programs.lock"
_PLACE = ROOT / "build" / "programs"
_STAMP = _PLACE / "stamp"


def program(name: str) -> str:
    """Return the path of a program, installed first where it is missing or the lock has changed."""
    _PLACE.parent.mkdir(exist_ok=True)
    with LOCK.open() as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # two at once: the second waits, then finds nothing to do
        _install()
    return str(_PLACE / "bin" / name)


def _install() -> None:
    wanted = f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {sys.version_info[:2]}"
    if _STAMP.exists() and _STAMP.read_text() == wanted:
        return
    print(f"programs: installing {LOCK.relative_to(ROOT)} into {_PLACE.relative_to(ROOT)}", flush=True)
    venv.create(_PLACE, clear=True, with_pip=True)
    pip = [str(_PLACE / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=False).returncode:
        raise SystemExit("programs: pip failed, its message is above; run the same command again")
    _STAMP.write_text(wanted)
