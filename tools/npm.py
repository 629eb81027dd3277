"""Install the programs for Node.js that tests/interop talks to; do nothing where they already are."""

import fcntl
import hashlib
import subprocess
from pathlib import Path

from tools import machine

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "interop"
LOCK = FOLDER / "package-lock.json"
PACKAGES = FOLDER / "node_modules"
STAMP = PACKAGES / "setup-stamp"


def wanted() -> str:
    """Return the stamp of a finished installation of what the lock file names."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def installed() -> bool:
    """Return whether the packages are there, in the versions of the lock file."""
    try:
        return STAMP.read_text() == wanted()
    except FileNotFoundError:
        return False


def main() -> None:
    """Install the packages, checked against the hashes of the lock file; no package's own script runs."""
    npm = machine.find("npm")
    if installed() or npm is None or machine.find("nodejs") is None:
        return
    with LOCK.open() as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # two at once: the second waits, then finds nothing to do
        if installed():
            return
        print(
            "setup: installing packages for Node.js in tests/interop (about 1 min the first time)", flush=True
        )
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        if subprocess.run(command, cwd=FOLDER, stdin=subprocess.DEVNULL, check=False).returncode:
            print("setup: npm failed, its message is above; without: interoperability tests are skipped")
            return
        STAMP.write_text(wanted())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("setup: interrupted; the same command resumes") from None
