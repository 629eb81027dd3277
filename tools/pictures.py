"""Take the pictures of the documentation anew: docs/images/*.png, from the pages of a demo, opened in Chromium."""

import argparse
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import sync_playwright

from tools import machine
from tools.programs import ROOT

IMAGES = ROOT / "docs" / "images"
WIDTH = 1280  # px of every picture
LARGEST = 200_000  # bytes of a picture
_PATIENCE = 1800.0  # s; a machine that has other work computes a day of history slowly
_FAULT = ("stamping", "die_crack")
_SETTLED = 4000  # ms until charts are drawn


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as it is shown: name of the file, path of the page, size of the screen in px, whether a fault is there."""

    name: str
    path: str
    size: tuple[int, int]
    fault: bool = False


PICTURES = (
    Picture("stamping", "/plants/stamping", (1920, 1500)),
    Picture("aluminium", "/plants/aluminium", (1920, 1500)),
    Picture("gains", "/gains", (1280, 640)),
    Picture("faults", "/plants/stamping/faults", (1280, 860), fault=True),
)


@contextmanager
def demo(data: Path, since: str) -> Iterator[str]:
    """Run the demo of the pictures; yield its address once all history has arrived."""
    program = Path(sys.executable).parent / "twin"
    command = [str(program), "demo", "--plants", "stamping,aluminium", "--smart", "stamping",
               "--since", since, "--data", str(data), "--port", "8395"]  # fmt: skip
    log = data.with_name(f"{data.name}.log")
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, cwd=ROOT)
    try:
        yield _ready(process, log)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _ready(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"pictures: the demo ended:\n{log.read_text()}")
        found = re.search(r"^live: (http://[\w.:]+)", log.read_text(), re.MULTILINE)
        if found:
            plants = _ask(f"{found[1]}/api/v1/status")["plants"]
            late = [plant["behind_s"] for plant in plants if plant["behind_s"] is not None]
            if len(late) == 3 and max(late) < 15:
                return found[1]
        time.sleep(2)
    raise SystemExit(f"pictures: the history did not arrive within {_PATIENCE:g} s:\n{log.read_text()}")


def _ask(address: str, *, method: str = "GET", token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.request(method, address, headers=headers, timeout=30.0, trust_env=False)
    return answer.raise_for_status().json()


def small(png: bytes) -> bytes:
    """Return the picture `WIDTH` wide with at most 256 colours, which pages of this kind have no need to exceed."""
    found = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    if picture.width != WIDTH:
        height = round(picture.height * WIDTH / picture.width)
        picture = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
    picture.quantize(256, dither=Image.Dither.NONE).save(found, "PNG", optimize=True)
    return found.getvalue()


def take(address: str, token: str, folder: Path) -> None:
    """Write every picture into `folder`; raises SystemExit for one that is too large for a document."""
    chromium = machine.find("chromium")
    if chromium is None:
        raise SystemExit(f"pictures: needs Chromium; {machine.install_command(['chromium'])}")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    plant, key = _FAULT
    fault = f"{address}/api/v1/plants/{plant}/faults/{key}"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=arguments)
        for picture in PICTURES:
            if picture.fault:
                _ask(fault, method="POST", token=token)
            width, height = picture.size
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme="light", locale="en-GB"
            )
            page.goto(address + picture.path)
            page.wait_for_timeout(_SETTLED)
            taken = small(page.screenshot())
            page.close()
            if picture.fault:
                _ask(fault, method="DELETE", token=token)
            if len(taken) > LARGEST:
                raise SystemExit(f"pictures: {picture.name} has {len(taken)} bytes; make it less high")
            (folder / f"{picture.name}.png").write_bytes(taken)
            sys.stdout.write(f"{folder / picture.name}.png: {len(taken) // 1000} kB\n")
        browser.close()


def main() -> None:
    """Run the demo and take the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Example: python -m tools.pictures --since 2h"
    )
    parser.add_argument("--since", default="24h", help="length of the history that the pages show [24h]")
    since = parser.parse_args().since
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        data = Path(folder) / "var"
        with demo(data, since) as address:
            take(address, (data / "secrets" / "operator").read_text().strip(), IMAGES)


if __name__ == "__main__":
    main()
