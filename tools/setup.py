"""Make .venv match requirements.lock and pyproject.toml; do nothing where it already does."""

import fcntl
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

from tools import machine

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "setup-stamp"


def wanted() -> list[str]:
    """Return what a finished set-up looks like: interpreter and place, packages, project; one line each."""
    interpreter = f"python {sys.version_info.major}.{sys.version_info.minor} in {VENV}"
    contents = (LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes())
    return [interpreter, *(hashlib.sha256(content).hexdigest() for content in contents)]


def found() -> list[str]:
    """Return the stamp of the last set-up that finished; three empty lines where there is none that works."""
    try:
        return STAMP.read_text().splitlines() if PYTHON.exists() else ["", "", ""]
    except FileNotFoundError:
        return ["", "", ""]


def say(stage: str) -> None:
    """Print one line of progress."""
    print(f"setup: {stage}", flush=True)


def create() -> None:
    """Create an empty .venv, after Debian's ensurepip where only that is missing."""
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not (machine.can_install() and machine.install([package])):
            raise SystemExit(f"setup: this Python has no ensurepip; {machine.install_command([package])}")
    say("creating .venv")
    venv.create(VENV, clear=True, symlinks=True, with_pip=True)


def works() -> bool:
    """Return whether .venv has a Python of this version that can run pip."""
    question = "import pip, sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([PYTHON, "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def pip_install(*arguments: str) -> None:
    """Run pip in .venv without its small talk; errors are shown."""
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_NO_INPUT": "1"}
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--progress-bar", "off", *arguments]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, **quiet}, check=False).returncode:
        raise SystemExit("setup: pip failed, its message is above; run the same command again to resume")


def main() -> None:
    """Bring .venv up to date, stage by stage."""
    with LOCK.open() as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # two set-ups at once: the second waits, then finds nothing to do
        interpreter, packages, _ = target = wanted()
        done = found()
        if done == target:
            return
        if done[0] != interpreter and (done[0] or not works()):
            create()
            done = ["", "", ""]
        STAMP.unlink(missing_ok=True)
        if done[1] != packages:
            pins = len(re.findall(r"^[\w.-]+==", LOCK.read_text(), re.MULTILINE))
            say(f"installing {pins} pinned packages (about 1 min the first time)")
            pip_install("--require-hashes", "-r", str(LOCK))
        say("installing the project")
        pip_install("--no-deps", "--no-build-isolation", "--editable", ".")
        STAMP.write_text("\n".join(target) + "\n")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("setup: interrupted; the same command resumes") from None
