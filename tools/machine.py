"""Find the programs that pip cannot bring; install them where that is possible, say what is missing where not."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

CHROME_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

# program, which is also the package's name: (names it goes by, what happens without it).
PROGRAMS = {
    "mosquitto": (("mosquitto",), "the demo brings its own broker (amqtt), Mosquitto tests are skipped"),
    "mosquitto-clients": (("mosquitto_sub",), "tests of the feed for other tools are skipped"),
    "chromium": (
        ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", CHROME_ON_MACOS),
        "page tests are skipped",
    ),
    "nodejs": (("node", "nodejs"), "interoperability tests with programs for Node.js are skipped"),
    "npm": (("npm",), "packages for Node.js cannot be installed"),
}

# Debian keeps daemons in /usr/sbin, which is not on the PATH of ordinary users.
SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/usr/local/bin")

POLICY = Path("/usr/sbin/policy-rc.d")
APT_OPTIONS = (
    *("-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"),
    *("-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"),
)


def find(program: str) -> str | None:
    """Return the path of one of `PROGRAMS`, or None where this machine lacks it."""
    directories = os.pathsep.join((os.environ.get("PATH", os.defpath), *SYSTEM_DIRECTORIES))
    names, _ = PROGRAMS[program]
    return next(filter(None, (shutil.which(name, path=directories) for name in names)), None)


def can_install() -> bool:
    """Return whether Debian packages can be installed without asking anybody."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_command(packages: Sequence[str]) -> str:
    """Return what a person types to install `packages` on this kind of machine."""
    installers = {"apt-get": "sudo apt-get install", "brew": "brew install"}
    known = (text for name, text in installers.items() if shutil.which(name))
    return " ".join((next(known, "install with your package manager:"), *packages))


def install(packages: Sequence[str]) -> bool:
    """Install Debian packages quietly; start no service. Return whether it worked."""
    print(f"setup: installing Debian packages {' '.join(packages)} (up to 2 min)", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with no_service_starts():
        for arguments in (("update",), ("install", "--yes", "--no-install-recommends", *packages)):
            step = subprocess.run(
                ["apt-get", *APT_OPTIONS, "--quiet=2", *arguments],
                env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if step.returncode:
                print(*step.stderr.strip().splitlines()[-3:], sep="\n", file=sys.stderr)
                return False
    return True


@contextlib.contextmanager
def no_service_starts() -> Iterator[None]:
    """Forbid dpkg to start what it installs: nobody asked for a broker on port 1883."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def main(programs: Sequence[str]) -> None:
    """Install those of `programs` that are missing, or say in one line what their absence means."""
    missing = [program for program in programs if find(program) is None]
    if missing and can_install():
        install(missing)
        missing = [program for program in missing if find(program) is None]
    if missing:
        effects = "; ".join(PROGRAMS[program][1] for program in missing)
        print(f"setup: not installed: {', '.join(missing)} ({install_command(missing)}); without: {effects}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        raise SystemExit("setup: interrupted; the same command resumes") from None
