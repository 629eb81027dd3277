"""The unified namespace as mosquitto_sub reads it: topics of the declaration, payloads of the published schema."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.interop.session import mosquitto
from tests.wire.running import running
from tests.wire.toy import Toy
from tools import machine
from twin.model.simulation import Simulation
from twin.model.tag import Kind
from twin.wire import WireError, run_plant
from twin.wire.uns import topic

pytestmark = [pytest.mark.mosquitto, pytest.mark.mosquitto_clients, pytest.mark.system]

SCHEMA = Path(__file__).parents[2] / "docs" / "uns.schema.json"


def declared() -> dict[str, Kind]:
    """Topic of every tag of the toy plant, with its kind."""
    plant = Simulation(Toy(), seed=1, start=datetime(2026, 1, 1, tzinfo=UTC), epoch=1).declaration
    return {topic(unit.path, tag.name): tag.kind for unit in plant.units for tag in unit.tags}


async def read(port: int, *arguments: str) -> list[tuple[str, bool, bytes]]:
    """Return topic, retained and payload of what mosquitto_sub prints until it ends."""
    program = machine.find("mosquitto-clients")
    assert program is not None
    process = await asyncio.create_subprocess_exec(
        program, "-h", "127.0.0.1", "-p", str(port), "-t", "umh/v1/#", "-F", "%t\t%r\t%x", *arguments,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await process.communicate()
    rows = [line.split("\t") for line in told.decode().splitlines()]
    return [(place, retained == "1", bytes.fromhex(payload)) for place, retained, payload in rows]


async def test_every_message_is_declared_and_valid(mosquitto_program: str, tmp_path: Path) -> None:
    schema = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    topics = declared()
    async with mosquitto(mosquitto_program, tmp_path) as port:
        watching = asyncio.create_task(read(port, "-C", "45", "-W", "60"))
        async with running(f"mqtt://127.0.0.1:{port}", tmp_path, uns=True):
            found = await watching
        kept = await read(port, "-W", "2", "--retained-only")
    assert len(found) == 45, "within a minute"
    for place, _, payload in found + kept:
        value: Any = json.loads(payload)
        schema.validate(value)
        assert set(value) == {"timestamp_ms", "value"}
        assert isinstance(value["value"], str) == (topics[place] is Kind.TEXT)
    kinds = {topics[place] for place, _, _ in found}
    assert {Kind.STATE, Kind.TEXT, Kind.MEASURE, Kind.COUNT, Kind.SETPOINT} <= kinds
    assert all(retained for _, retained, _ in kept)
    assert not {topics[place] for place, _, _ in kept} & {Kind.MEASURE, Kind.COUNT}
    states = {place for place, kind in topics.items() if kind is Kind.STATE and place.endswith("/state")}
    assert states <= {place for place, _, _ in kept}


@pytest.mark.parametrize(
    "wrong",
    [
        {"timestamp_ms": 1},
        {"timestamp_ms": 1.5, "value": 1},
        {"timestamp_ms": 1, "value": None},
        {"timestamp_ms": 1, "value": 1, "unit": "kW"},
    ],
)
def test_the_schema_refuses_what_umh_would_not_read(wrong: dict[str, object]) -> None:
    schema = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert list(schema.iter_errors(wrong))


async def test_the_feed_needs_mqtt(tmp_path: Path) -> None:

    with pytest.raises(WireError, match="use an address mqtt://"):
        await run_plant(
            Toy(),
            address="opc.tcp://127.0.0.1:0",
            data=tmp_path,
            secrets=None,
            seed=1,
            since=timedelta(0),
            uns=True,
        )
