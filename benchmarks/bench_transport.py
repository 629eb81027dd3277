"""From a real plant's journal into the store over each transport: samples per second, nothing lost; live delay.

Run: python benchmarks/bench_transport.py [--hours 24] [--live 15]. The plant and the broker are processes of their own.
"""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from edge.collect.certificate import publish_certificate
from edge.collect.opcua import OpcUaLink
from edge.collect.sparkplug import SparkplugHost
from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.service import engine
from edge.store import Results
from edge.store.duckdb import DuckDbStore
from twin.broker.mosquitto import find_mosquitto, write_mosquitto
from twin.demo.port import is_free
from twin.packing import Batch
from twin.secret import make_secrets, read_secret
from twin.trust import CERTIFICATES


def free_port() -> int:
    """Return a port that is free now."""
    return next(port for port in range(24_840, 29_000) if is_free(port))


@contextlib.contextmanager
def process(arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Run a child for as long as the block lasts."""
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(timeout=20)


def wait_until_live(child: subprocess.Popen[str]) -> None:
    """Read the plant's log until its journal has reached the present."""
    assert child.stdout is not None
    for line in child.stdout:
        with contextlib.suppress(ValueError):
            if json.loads(line).get("phase") == "live":
                return
    raise SystemExit(f"the plant ended early, with exit code {child.wait()}")


async def measure(plant: str, transport: str, folder: Path, hours: float, live: float, table: Table) -> None:
    """Fill a journal, then start the edge and let it catch up."""
    secrets = folder / "secrets"
    make_secrets(secrets, ["edge", plant])
    port = free_port()
    address = f"{'mqtt' if transport == 'sparkplug' else 'opc.tcp'}://127.0.0.1:{port}"
    twin = [str(Path(sys.executable).with_name("twin")), "run", plant, "--address", address, "--since", f"{hours:g}h",
            "--data", str(folder / "plant"), "--secrets", str(secrets)]  # fmt: skip
    with contextlib.ExitStack() as stack:
        label = transport
        if transport == "sparkplug":
            program = find_mosquitto()
            if program:
                settings = write_mosquitto(
                    folder / "broker", port=port, secrets=secrets, group="demo", plants=[plant]
                )
                broker = [program, "-c", str(settings)]
            else:
                broker = [sys.executable, "-m", "twin.broker", "--port", str(port), "--secrets", str(secrets)]
                broker += ["--plants", plant]
            label += f" through {'Mosquitto' if program else 'amqtt'}"
            server = subprocess.Popen(  # noqa: ASYNC220 (starting it takes no time)
                broker, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(server.wait, 20)
            stack.callback(server.terminate)
        child = stack.enter_context(process(twin))
        await asyncio.to_thread(wait_until_live, child)
        threading.Thread(target=lambda: sum(1 for _ in child.stdout or ()), daemon=True).start()
        outbox, store = Outbox(folder / "outbox.sqlite"), DuckDbStore(folder / "store.duckdb")
        pipeline = Pipeline(outbox, store, engine)
        password = read_secret(secrets, "edge")
        link: OpcUaLink | SparkplugHost
        if transport == "sparkplug":
            link = SparkplugHost(address, outbox, user="edge", password=password)
        else:
            publish_certificate(folder, secrets)
            link = OpcUaLink(
                address, outbox, user="edge", password=password, data=folder, trust=secrets / CERTIFICATES
            )
        delays: list[float] = []

        def note(_plant: str, batches: Sequence[Batch], _results: Results) -> None:
            delays.append(time.time() * 1000 - float(max(batch.time_ms.max() for batch in batches)))

        pipeline.on_commit.append(note)
        pipeline.start()
        task = asyncio.create_task(link.run())
        status = link.status
        while not status.plant:
            await asyncio.sleep(0.005)
            if isinstance(link, SparkplugHost):
                status = next((one.status for one in link.links.values()), status)
        first = time.perf_counter()
        while not (0 < status.head <= outbox.accepted_total and outbox.depth().entries == 0):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        spent = time.perf_counter() - first
        marks = store.watermarks(plant).values()
        samples = sum(mark.samples for mark in marks)
        del delays[:]
        await asyncio.sleep(live)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        pipeline.stop()
        marks = store.watermarks(plant).values()
        missing = sum(mark.seq - mark.frames for mark in marks)
        store.close()
        outbox.close()
        table.add_row(
            f"{plant}, {label}", f"{samples:,}", f"{samples / spent:,.0f}", str(missing),
            f"{np.percentile(delays, 50):.0f}", f"{np.percentile(delays, 99):.0f}",
        )  # fmt: skip


def main() -> None:
    """Measure both transports and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="history in the journal")
    parser.add_argument("--live", type=float, default=15.0, help="seconds of live measurement")
    options = parser.parse_args()
    table = Table(
        "transport", "samples", "samples/s journal to store", "frames missing", "live p50 ms", "live p99 ms",
        title="journal to store, figures folded",
    )  # fmt: skip
    for plant, transport in (("stamping", "sparkplug"), ("aluminium", "opcua")):
        with tempfile.TemporaryDirectory() as name:
            asyncio.run(measure(plant, transport, Path(name), options.hours, options.live, table))
    Console().print(table)


if __name__ == "__main__":
    main()
