"""The plant's side of the wire: journal, recorder, and history through each transport on loopback.

Run with `python -m benchmarks.bench_wire`; Mosquitto is needed for the Sparkplug line.
"""

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asyncua import Node, ua
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.wire.encrypted import Identity
from tests.wire.running import PASSWORD, eventually, running
from tests.wire.served import NOW_MS, recorder
from tests.wire.toy import Toy
from twin.model.simulation import Simulation
from twin.packing import Parcel, unpack
from twin.sparkplug import Metric, Payload, decode, encode
from twin.wire.journal import Journal, Run

HOURS = 24.0


def journal_appends(folder: Path) -> None:
    """Measure commits of small and large entries."""
    for size in (200, 100_000):
        journal = Journal(folder / f"appends-{size}")
        run = Run(
            epoch=1,
            configuration="",
            start_ms=0,
            seed=1,
            scan=1.0,
            high={f"unit{n}": (n, n) for n in range(20)},
        )
        blob = bytes(size)
        start, count = time.perf_counter(), 1000
        for _ in range(count):
            journal.append([blob], run)
        spent = time.perf_counter() - start
        print(
            f"journal appends of {size:>7} B, each synced: "
            f"{count / spent:8,.0f}/s {count * size / spent / 1e6:7.1f} MB/s"
        )
        journal.close()


def history(folder: Path) -> None:
    """Measure a day of the toy plant with and without its journal."""
    start = time.perf_counter()
    alone = Simulation(Toy(), seed=7, start=datetime.fromtimestamp(NOW_MS / 1000 - HOURS * 3600, UTC))
    alone.advance(HOURS * 3600)
    bare = time.perf_counter() - start
    made = recorder(folder / "toy.journal", HOURS)
    start = time.perf_counter()
    while made.scans < HOURS * 3600:
        made.step(int(HOURS * 3600), push=False)
    spent = time.perf_counter() - start
    samples = sum(int(unpack(blob).size.sum()) for _, blob in made.journal.read(1, 10**12).entries)
    made.journal.close()
    print(
        f"toy plant into the journal: {HOURS * 3600 / spent:,.0f} simulated s/s, {samples / spent:,.0f} samples/s; "
        f"{bare / spent:.2f} of the simulation alone"
    )


async def over_opcua(folder: Path) -> None:
    """Measure history fetched by the OPC UA method."""
    async with running("opc.tcp://127.0.0.1:0", folder, since=timedelta(hours=HOURS)) as address:
        me = Identity(folder, "me")
        me.place(folder / "secrets" / "certificates" / "trusted")
        client = await me.client(address, "edge", PASSWORD)
        async with client:
            index = await client.get_namespace_index("urn:smart-factory-twin:toy")
            frames = client.get_node(ua.NodeId("demo/toy/area_1/line_1/frames", index))
            status = client.get_node(ua.NodeId("demo/toy/area_1/line_1/frames/status", index))
            await eventually(lambda: live(status))
            for most in (1_000_000, 1):
                start, entries, size, samples, position = time.perf_counter(), 0, 0, 0, 1
                for _ in range(100 if most == 1 else 10):
                    arguments = [ua.Variant(number, ua.VariantType.Int64) for number in (position, most)]
                    raw = await frames.call_method(f"{index}:fetch", *arguments)
                    parcel = Parcel.from_bytes(raw)
                    samples += sum(int(unpack(blob).size.sum()) for _, blob in parcel.entries)
                    entries, size = entries + len(parcel.entries), size + len(raw)
                    position = parcel.entries[-1][0] + 1 if most == 1 and parcel.entries else 1
                report("OPC UA fetch", most, time.perf_counter() - start, entries, size, samples)


async def live(status: Node) -> bool:
    """Tell whether the plant has caught up with the clock."""
    return bool(json.loads(await status.read_value())["phase"] == "live")


def report(what: str, most: int, spent: float, entries: int, size: int, samples: int) -> None:
    """Print one line."""
    kind = "one entry a call" if most == 1 else "parcels up to 1 MB"
    rates = f"{entries / spent:,.0f} entries/s, {size / spent / 1e6:.2f} MB/s packed, {samples / spent:,.0f} samples/s"
    print(f"{what}, {kind}: {rates}")


async def over_sparkplug(folder: Path, port: int) -> None:
    """Measure history fetched by node commands."""
    loop = asyncio.get_running_loop()
    got: asyncio.Queue[bytes] = asyncio.Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2, "host")
    client.on_message = lambda _c, _u, message: loop.call_soon_threadsafe(
        got.put_nowait, bytes(message.payload)
    )
    client.connect("127.0.0.1", port)
    client.subscribe("spBv1.0/+/NDATA/#")
    client.loop_start()
    async with running(f"mqtt://127.0.0.1:{port}", folder, secrets=None, since=timedelta(hours=HOURS)):
        await asyncio.sleep(12)  # history fills; the toy needs two seconds for a day
        for most in (1_000_000, 1):
            start, entries, size, samples, position = time.perf_counter(), 0, 0, 0, 1
            for _ in range(100 if most == 1 else 10):
                request = json.dumps({"id": "x", "position": position, "max_bytes": most})
                command = Payload(time_ms=None, metrics=(Metric(name="Frames/Fetch", value=request),))
                client.publish("spBv1.0/demo/NCMD/toy", encode(command))
                raw = None
                while not isinstance(raw, bytes):
                    raw = decode(await asyncio.wait_for(got.get(), 10)).get("Frames/History")
                parcel = Parcel.from_bytes(raw)
                samples += sum(int(unpack(blob).size.sum()) for _, blob in parcel.entries)
                entries, size = entries + len(parcel.entries), size + len(raw)
                position = parcel.entries[-1][0] + 1 if most == 1 and parcel.entries else 1
            report("Sparkplug history", most, time.perf_counter() - start, entries, size, samples)
    client.disconnect()
    client.loop_stop()


def main() -> None:
    """Run everything in a temporary folder."""
    folder = Path(tempfile.mkdtemp())
    try:
        journal_appends(folder)
        history(folder)
        (folder / "opcua").mkdir()
        asyncio.run(over_opcua(folder / "opcua"))
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        configuration = folder / "mosquitto.conf"
        configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
        broker = subprocess.Popen([program, "-c", str(configuration)], stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
                    break
                time.sleep(0.05)
            (folder / "sparkplug").mkdir()
            asyncio.run(over_sparkplug(folder / "sparkplug", port))
        finally:
            broker.terminate()
            broker.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
