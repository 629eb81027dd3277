"""The Sparkplug codec against the specification's field numbers, read here by hand."""

import contextlib
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.sparkplug import DamagedPayload, DataType, Metric, Payload, Topic, decode, encode


def fields(data: bytes) -> list[tuple[int, Any]]:
    """Read one protobuf message from its wire format alone: (field number, raw value)."""
    found: list[tuple[int, Any]] = []
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        number, wire = divmod(varint(), 8)
        if wire == 0:
            found.append((number, varint()))
        elif wire == 1:
            found.append((number, struct.unpack_from("<d", data, at)[0]))
            at += 8
        elif wire == 2:
            length = varint()
            found.append((number, data[at : at + length]))
            at += length
        else:
            assert wire == 5, f"wire type {wire}"
            found.append((number, struct.unpack_from("<f", data, at)[0]))
            at += 4
    return found


def test_payload_has_the_field_numbers_of_the_specification() -> None:
    """Decoded without our decoder: payload 1, 2, 3; metric 1, 3, 4, 5, 7, 9 and the value fields 10 to 16."""
    payload = Payload(
        time_ms=1_700_000_000_000,
        seq=7,
        metrics=(
            Metric(name="long", value=-2, datatype=DataType.INT64, time_ms=5, is_historical=True),
            Metric(name="int", value=-3, datatype=DataType.INT32),
            Metric(name="float", value=0.5, datatype=DataType.FLOAT),
            Metric(
                name="double",
                value=2.25,
                datatype=DataType.DOUBLE,
                properties={"engUnit": "kW", "engLow": 1.5},
            ),
            Metric(name="bool", value=True, datatype=DataType.BOOLEAN),
            Metric(name="text", value="é", datatype=DataType.STRING),
            Metric(name="raw", value=b"\x00\xff", datatype=DataType.BYTES),
            Metric(name="null", value=None, datatype=DataType.STRING),
        ),
    )
    outer = fields(encode(payload))
    assert [(number, value) for number, value in outer if number != 2] == [(1, 1_700_000_000_000), (3, 7)]
    metrics = {
        dict(inner)[1].decode(): dict(inner)
        for inner in (fields(raw) for number, raw in outer if number == 2)
    }
    assert metrics["long"] == {1: b"long", 3: 5, 4: 4, 5: 1, 11: 2**64 - 2}
    assert metrics["int"] == {1: b"int", 4: 3, 10: 2**32 - 3}
    assert metrics["float"] == {1: b"float", 4: 9, 12: 0.5}
    assert metrics["bool"] == {1: b"bool", 4: 11, 14: 1}
    assert metrics["text"] == {1: b"text", 4: 12, 15: "é".encode()}
    assert metrics["raw"] == {1: b"raw", 4: 17, 16: b"\x00\xff"}
    assert metrics["null"] == {1: b"null", 4: 12, 7: 1}
    assert metrics["double"][13] == 2.25
    properties = fields(metrics["double"][9])
    assert [value for number, value in properties if number == 1] == [b"engUnit", b"engLow"]
    values = [dict(fields(value)) for number, value in properties if number == 2]
    assert values == [{1: 12, 8: b"kW"}, {1: 10, 6: 1.5}]


VALUES = st.one_of(
    st.tuples(st.just(DataType.INT64), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just(DataType.UINT64), st.integers(0, 2**64 - 1)),
    st.tuples(st.just(DataType.INT32), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just(DataType.UINT32), st.integers(0, 2**32 - 1)),
    st.tuples(st.just(DataType.DOUBLE), st.floats(allow_nan=False)),
    st.tuples(st.just(DataType.BOOLEAN), st.booleans()),
    st.tuples(st.just(DataType.STRING), st.text()),
    st.tuples(st.just(DataType.BYTES), st.binary()),
    st.tuples(st.just(DataType.STRING), st.none()),
)
PROPERTIES = st.dictionaries(
    st.text(min_size=1),
    st.one_of(st.text(), st.floats(allow_nan=False), st.integers(-(2**63), 2**63 - 1)),
    max_size=3,
)


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    datatype, value = draw(VALUES)
    time_ms = draw(st.none() | st.integers(0, 2**63))
    return Metric(
        name=draw(st.text(min_size=1)), value=value, datatype=datatype, time_ms=time_ms,
        is_historical=draw(st.booleans()), properties=draw(PROPERTIES),
    )  # fmt: skip


@given(st.none() | st.integers(0, 2**63), st.lists(metrics(), max_size=5), st.none() | st.integers(0, 255))
def test_decode_is_the_inverse_of_encode(time_ms: int | None, some: list[Metric], seq: int | None) -> None:
    payload = Payload(time_ms=time_ms, metrics=tuple(some), seq=seq)
    assert decode(encode(payload)) == payload


@given(st.binary(max_size=200))
def test_any_bytes_are_a_payload_or_damaged(data: bytes) -> None:
    with contextlib.suppress(DamagedPayload):
        assert isinstance(decode(data), Payload)


def test_birth_types_restore_the_sign_that_data_does_not_repeat() -> None:
    data = encode(Payload(time_ms=1, metrics=(Metric(name="a", value=2**64 - 1, datatype=DataType.UINT64),)))
    stripped = encode(Payload(time_ms=1, metrics=(Metric(name="a", value=-1),)))
    assert decode(data).get("a") == 2**64 - 1
    assert decode(stripped).get("a") == -1
    assert decode(stripped, {"a": DataType.UINT64}).get("a") == 2**64 - 1


@pytest.mark.parametrize(
    "text",
    ["spBv1.0/demo/NBIRTH/toy", "spBv1.0/demo/DDATA/toy/op10", "spBv1.0/demo/NCMD/toy", "spBv1.0/g/DCMD/n/d"],
)
def test_topic_survives_the_round_trip(text: str) -> None:
    assert str(Topic.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spBv1.0",
        "spBv1.0/STATE/host",
        "spAv1.0/g/NDATA/n",
        "spBv1.0/g/NDATA/n/d",
        "spBv1.0/g/DDATA/n",
        "spBv1.0/g//n",
    ],
)
def test_topic_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(DamagedPayload):
        Topic.parse(text)
