"""Run a plant on the wire: choose the transport, obey signals, end cleanly."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from twin.model.plant import Plant
from twin.mqtt_address import MqttAddress, MqttAddressError
from twin.wire.channel import Transport, WireError
from twin.wire.clock import Clock
from twin.wire.process import PlantProcess
from twin.wire.recorder import Diverged


def _transport(
    address: str, process: PlantProcess, data: Path, secrets: Path | None, *, uns: bool
) -> Transport:
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise WireError(
            f"address {address!r}: {error}; write for example opc.tcp://127.0.0.1:4840"
        ) from error
    if uns and parts.scheme == "opc.tcp":
        raise WireError(
            "the unified namespace is fed over MQTT: use an address mqtt://host:port, or leave uns out"
        )
    # The one that is asked for alone: each takes a part of a second to import.
    if parts.scheme == "opc.tcp" and host:
        from twin.wire.opcua_server import OpcUaServer

        return OpcUaServer(process, host, 4840 if port is None else port, data=data, secrets=secrets)
    try:
        broker = MqttAddress.parse(address)
        tls = broker.context(secrets)
    except MqttAddressError as error:
        raise WireError(f"{error}, or opc.tcp://HOST:PORT") from None
    from twin.wire.sparkplug_node import SparkplugNode

    return SparkplugNode(
        process, broker.host, broker.port, journal=process.journal, secrets=secrets, tls=tls, uns=uns
    )


async def run_plant(
    plant: Plant,
    *,
    address: str,
    data: Path,
    secrets: Path | None,
    seed: int,
    since: timedelta,
    speed: float | None = None,
    scan: float = 1.0,
    clock: Clock | None = None,
    ready: Callable[[str], None] | None = None,
    uns: bool = False,
) -> None:
    """Run a plant on the wire until SIGINT, SIGTERM or cancellation.

    `ready` is called with the address that answers, once it does. `data` keeps the journal and the certificate,
    `secrets` a file with the password for every user; `uns` also feeds the unified
    namespace (MQTT only). Raises WireError or SecretError.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    for number in signals:
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    try:
        while not stop.is_set():
            process = await asyncio.to_thread(
                lambda: PlantProcess(
                    plant, data=data, seed=seed, since=since, speed=speed, scan=scan, clock=clock
                )
            )
            try:
                transport = _transport(address, process, data, secrets, uns=uns)
                try:
                    answered = await transport.start()
                    if ready is not None:
                        ready(answered)
                        ready = None
                    await process.run(transport, stop)
                finally:
                    await transport.stop()
            except Diverged as error:
                process.log.error(
                    "diverged", cause=str(error), remedy="a new epoch begins; nothing is numbered twice"
                )
            finally:
                process.close()
    finally:
        for number in signals:
            with contextlib.suppress(NotImplementedError, ValueError):
                loop.remove_signal_handler(number)
