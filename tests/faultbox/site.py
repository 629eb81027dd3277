"""The programs of a run: two plants, the broker, the edge, each a real process behind proxies of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from tests.faultbox.launch import BOUND, BREAK, CLOCK
from tests.faultbox.links import Links
from tests.faultbox.plan import BROKER, EDGE, EDGE_LINK, OPCUA, OPCUA_LINK, PLANT_LINK, PLANTS, SPARKPLUG
from twin.broker.mosquitto import find_mosquitto, write_mosquitto
from twin.demo.port import LOOPBACK, Ports
from twin.demo.supervisor import Child
from twin.discovery import discover
from twin.model.plant import Plant
from twin.model.simulation import ENTERPRISE
from twin.secret import make_secrets, read_secret

PLANTS_FOLDER = Path(__file__).parent / "plants"
OPERATOR = "operator"
_ASK_S = 1.0
Within = Callable[[str, list[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Size:
    """How much the plants say: `units` x `signals` samples at every scan of `scan_s`, from `since` on."""

    units: int
    signals: int
    since: str
    scan_s: float = 0.5

    @property
    def per_second(self) -> float:
        """Samples a second of all plants, about."""
        return len(PLANTS) * self.units * self.signals / self.scan_s


class Site:
    """Starts, ends and asks the programs. `root` holds everything; `broken` names a deliberate break of the edge.

    `within` gives the command that runs a named program's command with a bound on its memory.
    """

    def __init__(
        self,
        root: Path,
        size: Size,
        *,
        seed: int,
        broken: str = "",
        within: Within = lambda _, command: command,
    ) -> None:
        self.root = root
        self.edge_data, self.plants_data = root / "edge", root / "plants"
        self.size = size
        self._seed = seed
        self._ports = Ports()
        self._within = within
        self._secrets, self._log = root / "secrets", root / "log"
        self.clocks, self.bounds = root / "clock", root / "bound"
        for folder in (self.edge_data, self.plants_data, self.clocks, self.bounds):
            folder.mkdir(parents=True, exist_ok=True)
        make_secrets(self._secrets, (EDGE, OPERATOR, *PLANTS))
        self.links = Links(seed)
        self.children = self._make_children(broken)
        headers = {"Authorization": f"Bearer {read_secret(self._secrets, OPERATOR)}"}
        self._client = httpx.Client(base_url=self.url, timeout=_ASK_S, trust_env=False, headers=headers)

    def _make_children(self, broken: str) -> dict[str, Child]:
        opcua, broker, edge = (self._ports.choose(port) for port in (24_840, 21_883, 28_000))
        self.url = f"http://{LOOPBACK}:{edge}"
        behind = {
            OPCUA_LINK: self.links.open(OPCUA_LINK, opcua, mqtt=False),
            EDGE_LINK: self.links.open(EDGE_LINK, broker, mqtt=True),
            PLANT_LINK: self.links.open(PLANT_LINK, broker, mqtt=True),
        }
        edge_command = [
            "edge.cli", "run", "--data", self.edge_data, "--secrets", self._secrets, "--port", edge,
            "--source", f"opc.tcp://{LOOPBACK}:{behind[OPCUA_LINK]}", "--source", f"mqtt://{LOOPBACK}:{behind[EDGE_LINK]}",
        ]  # fmt: skip
        children = {
            BROKER: self._child(BROKER, self._broker_command(broker)),
            OPCUA: self._plant(OPCUA, "opcua", f"opc.tcp://{LOOPBACK}:{opcua}"),
            SPARKPLUG: self._plant(SPARKPLUG, "sparkplug", f"mqtt://{LOOPBACK}:{behind[PLANT_LINK]}"),
            EDGE: self._child(EDGE, _launch(*edge_command)),
        }
        if broken:
            children[EDGE].environment[BREAK] = broken
        return children

    def _child(self, name: str, command: list[str]) -> Child:
        environment = {CLOCK: str(self.clocks / name), BOUND: str(self.bounds / name)}
        return Child(name, self._within(name, command), self._log / f"{name}.log", environment=environment)

    def _plant(self, name: str, transport: str, address: str) -> Child:
        return self._child(name, _launch(
            "twin.cli", "run", "busy", "--plants-dir", PLANTS_FOLDER, "--name", name, "--transport", transport,
            "--address", address, "--data", self.plants_data, "--secrets", self._secrets, "--since", self.size.since,
            "--scan", self.size.scan_s, "--seed", self._seed,
            "--set", f"units={self.size.units}", "--set", f"signals={self.size.signals}",
            "--set", f"period={self.size.scan_s}",
        ))  # fmt: skip

    def _broker_command(self, port: int) -> list[str]:
        mosquitto = find_mosquitto()
        if mosquitto is None:
            return _launch(
                "twin.broker", "--port", port, "--secrets", self._secrets, "--group", ENTERPRISE,
                "--plants", ",".join(PLANTS),
            )  # fmt: skip
        configuration = write_mosquitto(
            self.root / "broker", port=port, secrets=self._secrets, group=ENTERPRISE, plants=PLANTS
        )
        return [mosquitto, "-c", str(configuration)]

    def plant(self, name: str) -> Plant:
        """Return the plant as its process runs it."""
        busy = discover(PLANTS_FOLDER)["busy"]
        size = {"units": self.size.units, "signals": self.size.signals, "period": self.size.scan_s}
        return replace(busy.configured(size), alias=name)

    # -- life ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start all programs."""
        for child in self.children.values():
            child.start()

    def kill(self, name: str) -> None:
        """Kill -9 a program and all that it may have started."""
        process = self.children[name].process
        assert process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a program."""
        process = self.children[name].process
        assert process is not None
        os.killpg(process.pid, number)

    def ended(self, name: str) -> int | None:
        """Return the exit code of a program, None while it runs."""
        process = self.children[name].process
        return None if process is None else process.poll()

    def stop(self) -> None:
        """End all programs as an operator would, the edge last, and the proxies; kill what does not end."""
        for name in (*PLANTS, BROKER, EDGE):
            process = self.children[name].process
            if process is None or process.poll() is not None:
                continue
            self.signal(name, signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill(name)
        self.links.close()
        self._client.close()
        self._ports.release()

    # -- questions -----------------------------------------------------------------------------------------

    def status(self) -> dict[str, dict[str, Any]]:
        """Return what the edge says of each plant; nothing while it does not answer."""
        try:
            answer = self._client.get("/api/v1/status")
            answer.raise_for_status()
            return {plant["plant"]: plant for plant in answer.json()["plants"]}
        except (httpx.HTTPError, ValueError):
            return {}

    def ready(self) -> bool:
        """Tell whether the edge says that store and pipeline work."""
        try:
            return self._client.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def metric(self, name: str) -> float:
        """Return a figure of the edge's `/metrics`, summed over its labels; 0 while it does not answer."""
        return sum(self.metrics(name).values())

    def metrics(self, name: str) -> dict[str, float]:
        """Return a figure of the edge's `/metrics` by its labels as they stand there; nothing while none answers."""
        text = self.text("/metrics")
        rows = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith(name))
        split = ((head.partition("{"), float(value)) for head, value in rows)
        return {labels.rstrip("}"): value for (found, _, labels), value in split if found == name}

    def text(self, path: str) -> str:
        """Return what the edge answers to GET `path`, "" while it does not answer."""
        try:
            return self._client.get(path).text
        except httpx.HTTPError:
            return ""

    def evidence(self) -> str:
        """Return the ends of all logs."""
        return "\n".join(f"--- {name}\n{child.last_lines(25)}" for name, child in self.children.items())

    def tracebacks(self) -> list[str]:
        """Return the names of the programs whose log holds an exception that nobody caught."""
        return [
            name
            for name, child in self.children.items()
            if child.log.exists()
            and "Traceback (most recent call last)" in child.log.read_text(errors="replace")
        ]


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Poll until `condition()` holds; raises TimeoutError that says what did not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:g} s {what}")
        time.sleep(0.05)


def _launch(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", "tests.faultbox.launch", module, *map(str, arguments)]
