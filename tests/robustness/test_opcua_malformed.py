"""A plant under attack over OPC UA while a healthy client reads: it neither ends nor swells, and goes on answering.

The long form takes OPCUA_MESSAGES=100000 and then also holds the healthy client's times.
"""

import asyncio
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from asyncua import Client, ua

from edge.collect.opcua_client import _end
from tests.robustness.opcua_attacks import abandoned_sessions
from tests.wire.encrypted import Identity
from tests.wire.running import PASSWORD

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if "OPCUA_MESSAGES" in os.environ else 240)]
MESSAGES = int(os.environ.get("OPCUA_MESSAGES", "2000"))
LONG = MESSAGES >= 50_000
_ROOT = Path(__file__).parents[2]
_MOST_GROWTH_MB = 64
_TRIES = 5  # of a trusted client among abandoned sessions
_NOW = ua.NodeId(2258)


@dataclass
class Attacked:
    """A plant's process, its address and a certificate that it trusts."""

    process: psutil.Process
    address: str
    me: Identity

    def memory_mb(self) -> float:
        return float(self.process.memory_info().rss) / 1e6


@asynccontextmanager
async def _plant(folder: Path) -> AsyncIterator[Attacked]:
    with (folder / "log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.robustness.plant_program", str(folder), cwd=_ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
    assert child.stdout is not None
    assert child.stdin is not None
    try:
        address = (await child.stdout.readline()).decode().strip()
        assert address, (folder / "log").read_text()[-2000:]
        me = Identity(folder, "me")
        me.place(folder / "secrets" / "certificates" / "trusted")
        yield Attacked(psutil.Process(child.pid), address, me)
        assert child.returncode is None, (folder / "log").read_text()[-2000:]
        child.stdin.close()
        await asyncio.wait_for(child.wait(), 60)
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGKILL)
            await child.wait()


async def _attack(address: str, *options: str) -> dict[str, float]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.robustness.attack_program", address, *options, cwd=_ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, complaint = await child.communicate()
    except BaseException:
        child.kill()
        await child.wait()
        raise
    assert child.returncode == 0, complaint.decode()[-3000:]
    told: dict[str, float] = json.loads(out)
    return told


@dataclass
class Healthy:
    """The edge's way to read, again and again; milliseconds of each."""

    client: Client
    spent_ms: list[float] = field(default_factory=list)
    most_mb: float = 0.0

    async def read(
        self, plant: Attacked, until: asyncio.Future[dict[str, float]] | None, count: int = 0
    ) -> None:
        """Read until something is done, or `count` times."""
        node, done = self.client.get_node(_NOW), 0
        while (until is not None and not until.done()) or done < count:
            start = time.perf_counter()
            await node.read_value()
            self.spent_ms.append((time.perf_counter() - start) * 1000)
            done += 1
            if done % 20 == 0:
                self.most_mb = max(self.most_mb, plant.memory_mb())
            await asyncio.sleep(0.005)

    def p99(self) -> float:
        return statistics.quantiles(self.spent_ms, n=100)[98]


@asynccontextmanager
async def _edge(plant: Attacked) -> AsyncIterator[Client]:
    client = await plant.me.client(plant.address, "edge", PASSWORD)
    client.uaclient._timeout = 60  # an answer that comes late is measured, not lost
    try:
        await client.connect()
        yield client
    finally:
        await _end(client)


async def _measured(plant: Attacked, *options: str) -> None:
    async with _edge(plant) as client:
        calm = Healthy(client)
        await calm.read(plant, None, count=200)
        before = plant.memory_mb()
        healthy = Healthy(client)
        attack = asyncio.ensure_future(_attack(plant.address, *options))
        await healthy.read(plant, attack)
        told = attack.result()
    print(
        f"\n{told}\nhealthy client: {len(healthy.spent_ms)} reads, p99 {calm.p99():.1f} -> {healthy.p99():.1f} ms,"
        f" longest {max(healthy.spent_ms):.0f} ms; memory {before:.0f} -> {healthy.most_mb:.0f} MB at most"
    )
    assert len(healthy.spent_ms) > 20, "the healthy client was served all the while"
    assert healthy.most_mb - before < _MOST_GROWTH_MB
    if LONG:
        assert max(healthy.spent_ms) < 1000.0
        assert healthy.p99() <= max(20.0, 10 * calm.p99())


async def test_damaged_messages_before_and_within_sessions(tmp_path: Path) -> None:
    async with _plant(tmp_path) as plant:
        await _measured(plant, "--messages", str(MESSAGES), "--seed", os.environ.get("OPCUA_SEED", "1"))


async def test_known_attacks(tmp_path: Path) -> None:
    """Each class of attack on OPC UA servers that was published, written anew."""
    async with _plant(tmp_path) as plant:
        await _measured(plant, "--classes")


async def test_trusted_client_finds_room_among_abandoned_sessions(tmp_path: Path) -> None:
    async with _plant(tmp_path) as plant:
        flood = asyncio.ensure_future(abandoned_sessions(plant.address, 1000 if LONG else 150))
        tries = 0
        while not flood.done() or not tries:
            for attempt in range(1, _TRIES + 1):
                try:
                    async with _edge(plant) as client:
                        assert await client.get_node(_NOW).read_value()
                    break
                except (ConnectionError, ua.UaError, TimeoutError):
                    assert attempt < _TRIES, "the trusted client is locked out"
            tries = max(tries, attempt)
        await flood
        print(f"\ntries of a trusted client: {tries} at most")
