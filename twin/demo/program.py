"""The demo: a broker, plants and the edge as processes of one machine, from start to Ctrl-C."""

import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from rich.console import Console

from twin.broker.access import EDGE
from twin.broker.mosquitto import find_mosquitto, write_mosquitto
from twin.demo.data_directory import DataDirectory
from twin.demo.edge_probe import EdgeProbe
from twin.demo.port import LOOPBACK, Ports, answers
from twin.demo.progress import History
from twin.demo.supervisor import Child, Supervisor
from twin.model.simulation import ENTERPRISE
from twin.mqtt_address import TLS_PORT
from twin.secret import make_secrets, read_secret
from twin.transport import DEFAULT_PORTS, SCHEMES

OPERATOR = "operator"
TOKENS = ("viewer", OPERATOR, "admin")  # of the edge's API
SMART = "_smart"  # what a plant with all its upgrades is called beside its baseline
_READY_WITHIN = 60.0  # s; a loaded machine needs a few
_TICK = 0.1  # s


class NotReady(RuntimeError):
    """A part of the demo that did not become ready in time; the text ends with its log."""


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """What a demo runs: `transports` by plant; `plants_folder` is where further plant files lie.

    `smart` maps a name in `transports` to the plant that runs under it with all its upgrades.
    """

    transports: Mapping[str, str]
    smart: Mapping[str, str] = field(default_factory=dict)
    data: Path = Path("var")
    since: str = "24h"
    speed: float | None = None
    seed: int = 1
    port: int = 8000
    fresh: bool = False
    plants_folder: Path | None = None
    ports: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_PORTS))


class Demo:
    """One demo. `run` blocks until SIGINT or SIGTERM and leaves no process behind."""

    def __init__(self, options: DemoOptions, console: Console) -> None:
        self._options = options
        self._console = console
        self._supervisor = Supervisor(self._say)
        self._ports = Ports()
        self._stop = False

    def run(self) -> None:
        """Start everything, show the way, keep it running; raises ChildLost, NotReady, DataDirectoryError."""
        before = {
            number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            directory = DataDirectory(self._options.data, fresh=self._options.fresh)
            try:
                self._live(directory)
            finally:
                self._supervisor.stop()
                self._ports.release()
                directory.release()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self._say("stopped")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop = True

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    # -- parts ---------------------------------------------------------------------------------------------

    def _live(self, directory: DataDirectory) -> None:
        continued = " (continued; --fresh starts anew)" if directory.edge.exists() else ""
        made = make_secrets(directory.secrets, (EDGE, *TOKENS, *self._options.transports))
        self._say(f"data: {directory.root}{continued}  logs: {directory.log}")
        self._show_once(directory, made)
        addresses = self._addresses(directory)
        for plant, transport in self._options.transports.items():
            self._supervisor.start(self._plant(directory, plant, transport, addresses[plant]))
            self._say(f"plant {plant}: {addresses[plant]} ({transport})")
        probe = self._edge(directory, list(dict.fromkeys(addresses.values())))
        with History(self._console, list(self._options.transports)) as history:
            while not self._stop and not history.complete:
                history.show(probe.status())
                self._tick()
        for twin in () if self._stop else self._options.smart:
            if not probe.let_loops_act(twin, read_secret(directory.secrets, OPERATOR)):
                self._say(
                    f"the loops of {twin} only advise; let them act on {probe.url}/plants/{twin}/upgrades"
                )
        if not self._stop:
            self._say(
                f"live: {probe.url}" + (f"  side by side: {probe.url}/gains" if self._options.smart else "")
            )
        while not self._stop:
            self._tick()

    def _show_once(self, directory: DataDirectory, made: Sequence[str]) -> None:
        """Show the operator's token when it has just been made, to a person at a terminal: never to a log."""
        if OPERATOR in made and self._console.is_terminal:
            self._say(f"operator's token: {read_secret(directory.secrets, OPERATOR)}  (shown this once)")
        self._say(f"tokens of the API: {', '.join(TOKENS)} in {directory.secrets}")

    def _tick(self) -> None:
        self._supervisor.watch()
        time.sleep(_TICK)

    def _port(self, wanted: int, use: str) -> int:
        ours = wanted in self._ports
        port = self._ports.choose(wanted)
        if port != wanted and not ours:
            self._say(f"port {wanted} is taken; {use} uses {port}")
        return port

    def _addresses(self, directory: DataDirectory) -> dict[str, str]:
        """Choose ports, start the broker when somebody needs one; return each plant's address."""
        broker = ""
        addresses = {}
        for plant, transport in self._options.transports.items():
            if transport == "sparkplug":
                broker = broker or self._broker(directory)
                addresses[plant] = broker
            else:
                wanted = self._options.ports[transport]
                while wanted in self._ports:
                    wanted += 1
                addresses[plant] = f"{SCHEMES[transport]}://{LOOPBACK}:{self._port(wanted, plant)}"
        return addresses

    def _broker(self, directory: DataDirectory) -> str:
        plants = list(self._options.transports)
        port = self._port(self._options.ports["sparkplug"], "the broker")
        tls_port = self._port(self._options.ports.get("tls", TLS_PORT), "the broker, with TLS,")
        mosquitto = find_mosquitto()
        if mosquitto is not None:
            configuration = write_mosquitto(
                directory.broker, port=port, tls_port=tls_port, secrets=directory.secrets, group=ENTERPRISE,
                plants=plants,
            )  # fmt: skip
            name, command = "mosquitto", [mosquitto, "-c", str(configuration)]
        else:
            name, command = "amqtt", _module(
                "twin.broker", "--port", port, "--tls-port", tls_port, "--secrets", directory.secrets,
                "--data", directory.broker, "--group", ENTERPRISE, "--plants", ",".join(plants),
            )  # fmt: skip
        child = Child("broker", command, directory.log / "broker.log")
        self._supervisor.start(child)
        self._await(child, port)
        address = f"{SCHEMES['sparkplug']}://{LOOPBACK}:{port}"
        note = "" if mosquitto else " (embedded; Mosquitto is not installed)"
        self._say(f"broker: {name} on {address} and, with TLS, mqtts://{LOOPBACK}:{tls_port}{note}")
        return address

    def _plant(self, directory: DataDirectory, plant: str, transport: str, address: str) -> Child:
        options = self._options
        model = options.smart.get(plant)
        upgraded = () if model is None else ("--name", plant, "--paradigm", "intelligent")
        command = _module(
            "twin.cli", "run", model or plant, *upgraded, "--transport", transport, "--address", address,
            "--data", directory.plant(plant), "--secrets", directory.secrets,
            "--since", options.since, "--seed", options.seed,
        )  # fmt: skip
        if options.speed is not None:
            command += ["--speed", str(options.speed)]
        if options.plants_folder is not None:
            command += ["--plants", str(options.plants_folder)]
        return Child(f"plant {plant}", command, directory.log / f"{plant}.log")

    def _edge(self, directory: DataDirectory, sources: Sequence[str]) -> EdgeProbe:
        port = self._port(self._options.port, "the edge")
        command = _module(
            "edge.cli", "run", "--data", directory.edge, "--secrets", directory.secrets, "--port", port
        )
        for source in sources:
            command += ["--source", source]
        child = Child("edge", command, directory.log / "edge.log")
        self._supervisor.start(child)
        self._await(child, port)
        probe = EdgeProbe(f"http://{LOOPBACK}:{port}")
        self._say(f"edge: {probe.url}")
        return probe

    def _await(self, child: Child, port: int) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while not self._stop and not (child.running and answers(port)):
            if time.monotonic() > deadline:
                raise NotReady(
                    f"{child.name} does not answer on port {port}; the last lines of {child.log}:\n{child.last_lines()}"
                )
            self._tick()


def _module(name: str, *arguments: object) -> list[str]:
    """Return the command that runs a module with this very interpreter."""
    return [sys.executable, "-m", name, *map(str, arguments)]
