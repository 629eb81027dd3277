"""The library sparkplug-payload reads every message of ours, and our host reads every message of its."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from edge.collect.sparkplug import SparkplugHost
from edge.outbox import Outbox
from tests.interop.programs import node
from tests.interop.session import HOST, NODE
from tests.interop.sparkplug_grader.packet import Packet
from twin.sparkplug import DataType, Metric, Payload, decode, encode

pytestmark = [pytest.mark.nodejs, pytest.mark.mosquitto, pytest.mark.system]

NAMES = {kind: kind.name.title().replace("_", "") for kind in DataType} | {
    DataType.UINT8: "UInt8", DataType.UINT16: "UInt16", DataType.UINT32: "UInt32", DataType.UINT64: "UInt64",
    DataType.UUID: "UUID", DataType.DATE_TIME: "DateTime",
}  # fmt: skip
VALUES: dict[DataType, Any] = {
    DataType.INT8: -8, DataType.INT16: -1600, DataType.INT32: -320_000, DataType.INT64: -(2**62), DataType.UINT8: 200,
    DataType.UINT16: 60_000, DataType.UINT32: 4_000_000_000, DataType.UINT64: 2**63 + 1, DataType.FLOAT: 1.5,
    DataType.DOUBLE: 2.25, DataType.BOOLEAN: True, DataType.STRING: "text", DataType.DATE_TIME: 1_800_000_000_000,
    DataType.TEXT: "Käse", DataType.UUID: "123e4567-e89b-12d3-a456-426614174000", DataType.BYTES: b"\x00\xff",
    DataType.FILE: b"\x07",
}  # fmt: skip


def plain(value: Any) -> Any:
    """Undo what the script does to values that JSON cannot carry."""
    if isinstance(value, dict) and set(value) == {"long"}:
        return int(value["long"])
    if isinstance(value, dict) and set(value) == {"base64"}:
        return base64.b64decode(value["base64"])
    return value


async def exchange(payloads: list[bytes], folder: Path) -> dict[str, Any]:
    file = folder / "payloads.json"
    file.write_text(json.dumps({"decode": [base64.b64encode(payload).decode() for payload in payloads]}))
    return dict(await node("sparkplug_payload.js", {"file": str(file)}))


def agrees(theirs: dict[str, Any], ours: Payload) -> None:
    assert plain(theirs["timestamp"]) == ours.time_ms
    assert plain(theirs["seq"]) == ours.seq
    assert [metric["name"] for metric in theirs["metrics"]] == [metric.name for metric in ours.metrics]
    for their, our in zip(theirs["metrics"], ours.metrics, strict=True):
        assert plain(their["timestamp"]) == our.time_ms
        assert their["historical"] == our.is_historical
        if our.datatype is not None:  # of a metric without a type it reads no value
            assert their["type"] == NAMES[our.datatype]
            assert plain(their["value"]) == our.value
        assert {name: plain(one["value"]) for name, one in their["properties"].items()} == our.properties


async def test_it_reads_a_recorded_session(recording: list[Packet], tmp_path: Path) -> None:
    sent = [
        packet for packet in recording
        if packet.kind == "PUBLISH" and "STATE" not in packet.topic
        and (packet.client == NODE or (packet.client == HOST and packet.sent))
    ]  # fmt: skip
    kinds = {packet.topic.split("/")[2] for packet in sent}
    assert kinds == {"NBIRTH", "DBIRTH", "NDATA", "DDATA", "NDEATH", "DDEATH", "NCMD", "DCMD"}
    found = await exchange([packet.payload for packet in sent], tmp_path)
    for theirs, packet in zip(found["read"], sent, strict=True):
        agrees(theirs, decode(packet.payload))


async def test_it_reads_every_datatype(tmp_path: Path) -> None:
    assert set(VALUES) == set(DataType)
    metrics = [
        Metric(name=NAMES[kind], value=value, datatype=kind, time_ms=1_800_000_000_000)
        for kind, value in VALUES.items()
    ]
    metrics += [Metric(name=f"no {NAMES[kind]}", value=None, datatype=kind, time_ms=1) for kind in VALUES]
    ours = Payload(time_ms=1_800_000_000_000, metrics=tuple(metrics), seq=255)
    found = await exchange([encode(ours)], tmp_path)
    theirs = found["read"][0]
    for metric in theirs["metrics"]:
        # It takes Int64 for unsigned, and reads UInt32 in the field of 64 bits, not in that of 32 bits.
        if metric["name"] == "Int64":
            assert plain(metric["value"]) == VALUES[DataType.INT64] % 2**64
            metric["value"] = VALUES[DataType.INT64]
        elif metric["name"] == "UInt32":
            metric["value"] = VALUES[DataType.UINT32]
    agrees(theirs, ours)


async def test_our_host_reads_what_it_writes(tmp_path: Path) -> None:
    found = await exchange([], tmp_path)
    written = {kind: base64.b64decode(data) for kind, data in found["written"].items()}
    for kind in ("NBIRTH", "DBIRTH", "NDATA", "DDATA", "DCMD"):
        check_every_type(decode(written[kind]))
    assert decode(written["NCMD"]).get("Node Control/Rebirth") is True
    assert decode(written["DDEATH"]) == Payload(time_ms=1_800_000_000_000, metrics=(), seq=4)
    outbox = Outbox(tmp_path / "outbox.sqlite")
    try:
        await hears_births_and_deaths(SparkplugHost("mqtt://127.0.0.1:1", outbox), written)
    finally:
        outbox.close()


def check_every_type(payload: Payload) -> None:
    metrics = {metric.name: metric for metric in payload.metrics}
    expected = VALUES | {
        DataType.INT64: -64_000_000_000, DataType.UINT64: 64_000_000_000, DataType.TEXT: "longer text",
        DataType.BYTES: b"\x00\x01\xff",
    }  # fmt: skip
    for kind, value in expected.items():
        metric = metrics[f"a {NAMES[kind]}"]
        assert (metric.datatype, metric.value) == (kind, value)
    for structured in ("DataSet", "Template"):  # we have no use for them: they read as null, and harm nobody
        assert metrics[f"a {structured}"].value is None
    assert metrics["nothing"].value is None
    assert metrics["a Double"].properties == {"engUnit": "kW", "engLow": -1.5, "Quality": 192}


async def hears_births_and_deaths(host: SparkplugHost, written: dict[str, bytes]) -> None:
    topic = "spBv1.0/others/{}/their_node"
    host._receive(topic.format("NBIRTH"), written["NBIRTH"])
    link = host.links["others/their_node"]
    assert link._birth is not None
    host._receive(topic.format("NDATA"), written["NDATA"])
    host._receive(topic.format("NDEATH"), written["NDEATH"])
    assert link._birth is None
    assert (link.status.state, link.status.detail) == ("stale", "the plant is gone from the broker")
    for task in host._tasks.values():
        task.cancel()
