"""Sparkplug B 3.0.0 on paper: topics and payloads, without a network; plants and the edge share it.

The payload is protobuf; its field numbers come from the specification (eclipse-sparkplug, chapter 6.4). The message
classes are built at import, so that no compiler and no generated file is needed.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeAlias

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

NAMESPACE = "spBv1.0"
NODE_TYPES = frozenset({"NBIRTH", "NDEATH", "NDATA", "NCMD"})
DEVICE_TYPES = frozenset({"DBIRTH", "DDEATH", "DDATA", "DCMD"})

MetricValue: TypeAlias = int | float | bool | str | bytes | None


class DataType(IntEnum):
    """Sparkplug data types of single values. Of the others (data sets, templates, arrays) no value is read."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATE_TIME = 13
    TEXT = 14
    UUID = 15
    BYTES = 17
    FILE = 18


class DamagedPayload(ValueError):
    """Bytes or a topic that are not Sparkplug B; the text says what is wrong with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric. `datatype` None: not repeated (DATA and CMD); the encoder then follows the value's type.

    `properties` are birth properties: text, float or int by name.
    """

    name: str
    value: MetricValue
    datatype: DataType | None = None
    time_ms: int | None = None
    is_historical: bool = False
    properties: dict[str, str | float | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One message. `seq` is None where Sparkplug wants none (NDEATH, commands)."""

    time_ms: int | None
    metrics: tuple[Metric, ...]
    seq: int | None = None

    def get(self, name: str) -> MetricValue:
        """Return the value of the metric called `name`, None when it is not there."""
        for metric in self.metrics:
            if metric.name == name:
                return metric.value
        return None


@dataclass(frozen=True, slots=True)
class Topic:
    """`spBv1.0/<group>/<type>/<node>[/<device>]`; `device` is empty for messages of the node itself."""

    group: str
    type: str
    node: str
    device: str = ""

    def __str__(self) -> str:
        parts = [NAMESPACE, self.group, self.type, self.node]
        return "/".join([*parts, self.device] if self.device else parts)

    @classmethod
    def parse(cls, text: str) -> "Topic":
        """Read a topic; raises DamagedPayload.

        >>> Topic.parse("spBv1.0/demo/DDATA/stamping/op10")
        Topic(group='demo', type='DDATA', node='stamping', device='op10')
        """
        parts = text.split("/")
        if parts[0] != NAMESPACE or not all(parts):
            raise DamagedPayload(f"topic {text!r} is not in the namespace {NAMESPACE}")
        if (len(parts) == 4 and parts[2] in NODE_TYPES) or (len(parts) == 5 and parts[2] in DEVICE_TYPES):
            return cls(*parts[1:])
        raise DamagedPayload(f"topic {text!r} is no Sparkplug message of a node or device")


def _message_classes() -> tuple[Any, Any]:
    kinds = descriptor_pb2.FieldDescriptorProto
    optional, repeated = kinds.LABEL_OPTIONAL, kinds.LABEL_REPEATED
    u32, u64, boolean = kinds.TYPE_UINT32, kinds.TYPE_UINT64, kinds.TYPE_BOOL
    real, double, text, raw = kinds.TYPE_FLOAT, kinds.TYPE_DOUBLE, kinds.TYPE_STRING, kinds.TYPE_BYTES
    file = descriptor_pb2.FileDescriptorProto(
        name="twin/sparkplug_b.proto", package="twin.sparkplug_b", syntax="proto2"
    )

    def message(name: str, fields: dict[str, tuple[int, Any]], choice: tuple[str, ...] = ()) -> None:
        made = file.message_type.add(name=name)
        if choice:
            made.oneof_decl.add(name="value")
        for field_name, (number, kind) in fields.items():
            many = isinstance(kind, str) and kind.startswith("*")
            entry = made.field.add(name=field_name, number=number, label=repeated if many else optional)
            if isinstance(kind, str):
                entry.type = kinds.TYPE_MESSAGE
                entry.type_name = f".twin.sparkplug_b.{kind.lstrip('*')}"
            else:
                entry.type = kind
                entry.label = repeated if field_name == "keys" else optional
            if field_name in choice:
                entry.oneof_index = 0

    message(
        "PropertyValue",
        {"type": (1, u32), "is_null": (2, boolean), "int_value": (3, u32), "long_value": (4, u64),
         "float_value": (5, real), "double_value": (6, double), "boolean_value": (7, boolean),
         "string_value": (8, text)},
        ("int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value"),
    )  # fmt: skip
    message("PropertySet", {"keys": (1, text), "values": (2, "*PropertyValue")})
    message(
        "Metric",
        {"name": (1, text), "alias": (2, u64), "timestamp": (3, u64), "datatype": (4, u32),
         "is_historical": (5, boolean), "is_transient": (6, boolean), "is_null": (7, boolean),
         "properties": (9, "PropertySet"), "int_value": (10, u32), "long_value": (11, u64), "float_value": (12, real),
         "double_value": (13, double), "boolean_value": (14, boolean), "string_value": (15, text),
         "bytes_value": (16, raw)},
        ("int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value", "bytes_value"),
    )  # fmt: skip
    message(
        "Payload",
        {
            "timestamp": (1, u64),
            "metrics": (2, "*Metric"),
            "seq": (3, u64),
            "uuid": (4, text),
            "body": (5, raw),
        },
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = [pool.FindMessageTypeByName(f"twin.sparkplug_b.{name}") for name in ("Payload", "PropertyValue")]
    return message_factory.GetMessageClass(found[0]), message_factory.GetMessageClass(found[1])


_Payload, _PropertyValue = _message_classes()
_SIGNED_BITS = {DataType.INT8: 32, DataType.INT16: 32, DataType.INT32: 32, DataType.INT64: 64}
_LONG = frozenset({DataType.INT64, DataType.UINT64, DataType.DATE_TIME})
_INT = frozenset(
    {DataType.INT8, DataType.INT16, DataType.INT32, DataType.UINT8, DataType.UINT16, DataType.UINT32}
)
_TEXT = frozenset({DataType.STRING, DataType.TEXT, DataType.UUID})


def encode(payload: Payload) -> bytes:
    """Serialise a payload; `decode` is the inverse."""
    message = _Payload()
    if payload.time_ms is not None:
        message.timestamp = payload.time_ms
    if payload.seq is not None:
        message.seq = payload.seq
    for metric in payload.metrics:
        made = message.metrics.add(name=metric.name)
        if metric.time_ms is not None:
            made.timestamp = metric.time_ms
        if metric.datatype is not None:
            made.datatype = int(metric.datatype)
        if metric.is_historical:
            made.is_historical = True
        if metric.value is None:
            made.is_null = True
        else:
            _put(made, metric.datatype or _natural(metric.value), metric.value)
        for name, value in metric.properties.items():
            made.properties.keys.append(name)
            kind = _natural(value)
            entry = made.properties.values.add(type=int(kind))
            _put(entry, kind, value)
    return bytes(message.SerializeToString())


def _natural(value: MetricValue) -> DataType:
    if isinstance(value, bool):
        return DataType.BOOLEAN
    if isinstance(value, int):
        return DataType.INT64
    if isinstance(value, float):
        return DataType.DOUBLE
    return DataType.BYTES if isinstance(value, bytes) else DataType.STRING


def _put(made: Any, kind: DataType, value: MetricValue) -> None:
    if kind in _LONG:
        made.long_value = int(value or 0) & 0xFFFF_FFFF_FFFF_FFFF
    elif kind in _INT:
        made.int_value = int(value or 0) & 0xFFFF_FFFF
    elif kind is DataType.DOUBLE:
        made.double_value = value
    elif kind is DataType.FLOAT:
        made.float_value = value
    elif kind is DataType.BOOLEAN:
        made.boolean_value = value
    elif kind in (DataType.BYTES, DataType.FILE):
        made.bytes_value = value
    else:
        made.string_value = value


def decode(data: bytes, datatypes: dict[str, DataType] | None = None) -> Payload:
    """Read a payload of anybody; raises DamagedPayload for bytes that are none.

    `datatypes` by metric name, from the birth, restores the sign of integers whose message does not repeat their
    type; without it an integer of 64 bits is taken as Int64, one of 32 bits as Int32.
    """
    try:
        message = _Payload.FromString(data)
    except (DecodeError, UnicodeDecodeError) as error:
        raise DamagedPayload(f"no Sparkplug payload: {error}") from error
    known = datatypes or {}
    metrics = []
    for made in message.metrics:
        if not isinstance(made.name, str) or isinstance(made.string_value, bytes):
            raise DamagedPayload("no Sparkplug payload: a name or text is not UTF-8")
        try:
            kind = DataType(made.datatype) if made.HasField("datatype") else known.get(made.name)
        except ValueError:
            kind = None  # a type that we do not use: its value reads as null
        properties = {}
        for name, entry in zip(made.properties.keys, made.properties.values, strict=False):
            value = _take(entry, None)
            if isinstance(value, str | float | int):
                properties[name] = value
        metrics.append(
            Metric(
                name=made.name, value=None if made.is_null else _take(made, kind), datatype=kind,
                time_ms=made.timestamp if made.HasField("timestamp") else None,
                is_historical=made.is_historical, properties=properties,
            )
        )  # fmt: skip
    return Payload(
        time_ms=message.timestamp if message.HasField("timestamp") else None,
        metrics=tuple(metrics),
        seq=message.seq if message.HasField("seq") else None,
    )


def _take(made: Any, kind: DataType | None) -> MetricValue:
    which = made.WhichOneof("value")
    if which is None:
        return None
    value: MetricValue = getattr(made, which)
    if isinstance(value, int) and not isinstance(value, bool):
        bits = 32 if which == "int_value" else 64
        if (kind is None or kind in _SIGNED_BITS) and value >= 1 << (bits - 1):
            value -= 1 << bits
    return value
