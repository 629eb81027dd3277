"""A server of node-opcua with an address space that is not ours, collected through the mapping file of the docs."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from edge.collect.mapped import MappedLink
from edge.collect.mapping import Mapping, read_mapping
from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.service import engine
from edge.store.memory import MemoryStore
from tests.edge.in_quarantine import in_quarantine
from tests.edge.test_framing import check_contract
from tests.edge.waiting import cancelled, free_port, until
from tests.interop.programs import FOLDER
from tools import machine
from twin.model.command import Command
from twin.model.frame import Frame
from twin.model.state import State
from twin.packing import unpack

pytestmark = [pytest.mark.nodejs, pytest.mark.system]

EXAMPLE = FOLDER.parents[1] / "docs" / "mapping.example.toml"
LINE = "demo/bottling/area_1/line_1"
VALUES = {
    "Filler.Status": 1, "Filler.Good": 4_000, "Filler.Temperature": 655.0, "Filler.DoorOpen": False,
    "Labeller.Mode": "AUTO", "Labeller.Energy": 1.5,
}  # fmt: skip


class Machine:
    """The foreign server; it can be killed and started again at its port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, **values: Any) -> None:
        program = machine.find("nodejs")
        assert program is not None
        given = {"port": self.port, "folder": str(self._folder / "pki"), "values": VALUES | values}
        self._process = await asyncio.create_subprocess_exec(
            program, str(FOLDER / "opcua_server.js"), json.dumps(given), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=FOLDER,
        )  # fmt: skip
        await self._hears(b"ready")

    async def change(self, **values: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        said = {name.replace("__", "."): value for name, value in values.items()}
        self._process.stdin.write(json.dumps(said).encode() + b"\n")
        await self._hears(b"changed")

    async def _hears(self, word: bytes) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(90):
            while line := await self._process.stdout.readline():
                if line.strip() == word:
                    return
        raise AssertionError("the server has ended")

    async def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None


class Bench:
    """The machine, its mapping, an outbox, a link."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.machine = Machine(folder)
        self.outbox = Outbox(folder / "outbox.sqlite")
        self.link: MappedLink | None = None
        self._task: asyncio.Task[None] | None = None

    def mapping(self, old: str = "", new: str = "") -> Mapping:
        text = EXAMPLE.read_text().replace("127.0.0.1:4841", f"127.0.0.1:{self.machine.port}")
        file = self.folder / "plant.toml"
        file.write_text(text.replace(old, new) if old else text)
        return read_mapping(file)

    def collect(self, mapping: Mapping) -> MappedLink:
        self.link = MappedLink(
            mapping, self.outbox, data=self.folder / "certificates", trust=self.folder / "trust"
        )
        self._task = asyncio.create_task(self.link.run())
        return self.link

    def frames(self) -> list[Frame]:
        declaration = self.outbox.declarations()[-1]
        entries = self.outbox.pending(limit=10_000, max_bytes=1 << 40)
        return [frame for entry in entries for frame in unpack(entry.data).frames(declaration.sources)]

    def told(self, path: str) -> list[Any]:
        """Return every value of a tag, in the order of time."""
        declaration = self.outbox.declarations()[-1]
        return [
            sample.value for frame in self.frames() for sample in declaration.samples(frame)
            if sample.path == f"{LINE}/{path}"
        ]  # fmt: skip

    async def stop(self) -> None:
        if self._task is not None:
            await cancelled(self._task)
            self._task = None

    async def close(self) -> None:
        await self.stop()
        await self.machine.kill()
        self.outbox.close()


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr("edge.collect.supervision.BACKOFF_S", (0.1,))
    monkeypatch.setattr("edge.collect.mapped._ROUND", 0.1)
    monkeypatch.setattr("edge.collect.mapped._HEARTBEAT_MS", 500)
    made = Bench(tmp_path)
    yield made
    await made.close()


async def test_plain_variables_become_frames_of_our_contract(bench: Bench) -> None:
    """Through a change of every variable and a death of the server, then on to store and figures."""
    await bench.machine.start()
    link = bench.collect(bench.mapping())
    await until(lambda: bench.outbox.declarations() and bench.told("filler/temperature"))
    assert link.status.state == "online"
    await bench.machine.change(
        Filler__Status=3, Filler__Good=4_007, Filler__Temperature=700.0, Filler__DoorOpen=True, Labeller__Mode="HAND",
        Labeller__Energy=2.0,
    )  # fmt: skip
    await until(lambda: "failure:filler" in bench.told("filler/reason"))
    await bench.machine.change(Filler__Status=9)
    await until(lambda: "unmapped:9" in bench.told("filler/reason"))
    await bench.machine.kill()
    await until(lambda: 0.0 in bench.told("line/source_connected"))
    assert link.status.state == "connecting"
    await bench.machine.start(**{"Filler.Good": 2})
    await until(lambda: bench.told("line/source_connected")[-1] == 1.0 and link.status.connects == 2)
    await until(lambda: bench.told("filler/reason")[-1] == "production")
    await until(lambda: bench.told("filler/prod_processed_count")[-1] == 9.0)
    await bench.stop()
    check_contract(bench.frames())
    reasons = list(dict.fromkeys(bench.told("filler/reason")))
    assert reasons == ["production", "failure:filler", "unmapped:9", "connection_lost"]
    assert bench.told("line/reason") == bench.told("filler/reason")
    assert set(bench.told("filler/state")) == {State.EXECUTE, State.ABORTED, State.STOPPED}
    counts = bench.told("filler/prod_processed_count")
    assert (counts[0], counts[-1]) == (0.0, 9.0), "from zero, over the counter's new beginning"
    assert counts == sorted(counts)
    assert bench.told("filler/temperature")[:2] == [pytest.approx(65.5), pytest.approx(70.0)]
    assert set(bench.told("filler/door_open")) == {0.0, 1.0}
    assert bench.told("labeller/mode")[:2] == ["AUTO", "HAND"]
    assert bench.told("filler/ideal_cycle_time")[0] == 0.5
    assert max(frame.time_ms for frame in bench.frames()) <= time.time() * 1000
    keeps_and_folds(bench)


def keeps_and_folds(bench: Bench) -> None:
    frames = len(bench.frames())
    store = MemoryStore()
    pipeline = Pipeline(bench.outbox, store, engine)
    while pipeline.step():
        pass
    marks = store.watermarks("bottling")
    assert sum(mark.frames for mark in marks.values()) == frames
    assert all(mark.seq == mark.frames for mark in marks.values()), "nothing is missing"
    assert in_quarantine(bench.outbox) == []
    last = store.last([f"{LINE}/filler/state", f"{LINE}/filler/reason"])
    told = [last[f"{LINE}/filler/{tag}"].value for tag in ("state", "reason")]
    assert told == [State.STOPPED, "connection_lost"], "an edge that ends knows no more"


async def test_a_variable_that_is_not_there_is_told(bench: Bench) -> None:
    await bench.machine.start()
    link = bench.collect(bench.mapping("s=Filler.DoorOpen", "s=Filler.Door"))
    await until(lambda: link.status.state == "refused")
    assert "filler/door_open (nsu=urn:foreign:bottling;s=Filler.Door): BadNodeIdUnknown" in link.status.detail
    await bench.stop()
    link = bench.collect(bench.mapping("urn:foreign:bottling", "urn:foreign:brewing"))
    await until(lambda: link.status.state == "refused")
    assert "the server has no namespace urn:foreign:brewing; it has" in link.status.detail
    command = Command(id="a", path=f"{LINE}/filler/state", value=1.0, expires_ms=1)
    assert "which only reads" in await link.write(command)
    with pytest.raises(ConnectionError, match="keeps no ledger"):
        await link.ledger()
