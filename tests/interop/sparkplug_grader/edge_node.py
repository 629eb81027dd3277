"""What Sparkplug 3.0.0 demands of an edge node, as far as a recording of its connections can show it."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from tests.interop.sparkplug_grader.grade import Finding, Profile
from tests.interop.sparkplug_grader.message import Message, connections, messages, sent_messages
from tests.interop.sparkplug_grader.packet import Packet
from tests.interop.sparkplug_grader.payload import Payload, Unreadable, read

EDGE_NODE = Profile("edge node")
BIRTHS, DATA = ("NBIRTH", "DBIRTH"), ("NDATA", "DDATA")
_OF_DEVICES = ("DBIRTH", "DDATA", "DDEATH")
_REBIRTH = "Node Control/Rebirth"
_NOW_MS = (1_577_836_800_000, 7_258_118_400_000)  # 2020 to 2200: UTC in ms, not s and not µs


def _will(connect: Packet) -> Payload | None:
    try:
        return read(connect.payload) if connect.topic else None
    except Unreadable:
        return None


def _bd(payload: Payload | None) -> object:
    metric = payload.metric("bdSeq") if payload is not None else None
    return metric.value if metric is not None else None


# -- the connection ----------------------------------------------------------------------------------------------


@EDGE_NODE.rule(
    "message-flow-edge-node-birth-publish-will-message", "payloads-ndeath-will-message",
    "message-flow-edge-node-birth-publish-will-message-topic", "topics-ndeath-topic",
)  # fmt: skip
def _will_is_the_death(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        topics = {(each.group, each.node) for each in sent_messages(connection) if each.kind == "NBIRTH"}
        for group, node in topics:
            yield connection[0].topic == f"spBv1.0/{group}/NDEATH/{node}", connection[0].topic or "no Will"


@EDGE_NODE.rule("message-flow-edge-node-birth-publish-will-message-qos", "payloads-ndeath-will-message-qos")
def _will_qos(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        yield connection[0].qos == 1, f"Will QoS {connection[0].qos}"


@EDGE_NODE.rule(
    "message-flow-edge-node-birth-publish-will-message-will-retained", "payloads-ndeath-will-message-retain"
)
def _will_retain(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        yield not connection[0].retain, "Will retained"


@EDGE_NODE.rule("message-flow-edge-node-birth-publish-will-message-payload", "topics-ndeath-payload")
def _will_payload(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        will = _will(connection[0])
        yield will is not None and [metric.name for metric in will.metrics] == ["bdSeq"], "Will payload"


@EDGE_NODE.rule("payloads-ndeath-seq")
def _death_without_seq(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        will = _will(connection[0])
        yield will is not None and will.seq is None, "seq in the Will"
    for message in messages(packets, "NDEATH"):
        yield message.payload.seq is None, f"seq in {message}"


@EDGE_NODE.rule(
    "topics-nbirth-bdseq-increment", "message-flow-edge-node-birth-publish-will-message-payload-bdSeq"
)
def _bd_counts(packets: Sequence[Packet]) -> Iterator[Finding]:
    numbers = [_bd(_will(connection[0])) for connection in connections(packets)]
    expected = [place % 256 for place in range(len(numbers))]
    for number, wanted in zip(numbers, expected, strict=True):
        yield number == wanted, f"bdSeq {number} instead of {wanted}"


@EDGE_NODE.rule(
    "topics-nbirth-bdseq-matching", "payloads-nbirth-bdseq-repeat", "payloads-ndeath-bdseq",
    "operational-behavior-data-commands-rebirth-action-3",
)  # fmt: skip
def _bd_matches(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        for message in sent_messages(connection):
            if message.kind in ("NBIRTH", "NDEATH"):
                yield _bd(message.payload) == _bd(_will(connection[0])), str(message)


@EDGE_NODE.rule("principles-persistence-clean-session-311")
def _clean_session(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        if connection[0].version == 4:
            yield connection[0].clean, "no clean session"


@EDGE_NODE.rule("principles-persistence-clean-session-50")
def _clean_start(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        if connection[0].version == 5:
            yield connection[0].clean and connection[0].expiry == 0, "session outlives the connection"


@EDGE_NODE.rule("message-flow-edge-node-ncmd-subscribe", "message-flow-device-dcmd-subscribe")
def _subscribes_to_commands(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        for birth in sent_messages(connection):
            if birth.kind == "NBIRTH":
                before = connection[: connection.index(birth.packet)]
                filters = {each for packet in before for each in packet.filters}
                wanted = {
                    f"spBv1.0/{birth.group}/NCMD/{birth.node}",
                    f"spBv1.0/{birth.group}/DCMD/{birth.node}/+",
                }
                yield wanted <= filters, f"{filters} before {birth}"
                break


@EDGE_NODE.rule(
    "principles-birth-certificates-order", "message-flow-edge-node-birth-publish-connect",
    "message-flow-device-birth-publish-nbirth-wait",
)  # fmt: skip
def _birth_comes_first(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        published = [packet.topic for packet in connection if packet.sent and packet.kind == "PUBLISH"]
        if published:
            yield "/NBIRTH/" in published[0], published[0]


@EDGE_NODE.rule(
    "operational-behavior-edge-node-intentional-disconnect-ndeath", "payloads-ndeath-will-message-publisher"
)
def _death_before_disconnect(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        own = [packet for packet in connection if packet.sent]
        if own[-1].kind == "DISCONNECT" and any("/NBIRTH/" in packet.topic for packet in own):
            yield "/NDEATH/" in own[-2].topic, f"{own[-2].kind} {own[-2].topic} before DISCONNECT"


@EDGE_NODE.rule("payloads-ndeath-will-message-publisher-disconnect-mqtt50")
def _disconnects_with_will(packets: Sequence[Packet]) -> Iterator[Finding]:
    for packet in packets:
        if packet.kind == "DISCONNECT" and packet.version == 5 and packet.sent:
            yield packet.reason == 4, f"reason {packet.reason}"


# -- topics ------------------------------------------------------------------------------------------------------


@EDGE_NODE.rule(
    "topic-structure", "topic-structure-namespace-a", "topic-structure-namespace-valid-group-id",
    "topic-structure-namespace-valid-edge-node-id", "topic-structure-namespace-valid-device-id",
    "topic-structure-namespace-device-id-associated-message-types",
    "topic-structure-namespace-device-id-non-associated-message-types", "topics-nbirth-topic", "topics-dbirth-topic",
    "topics-ndata-topic", "topics-ddata-topic", "topics-ddeath-topic",
    "message-flow-edge-node-birth-publish-nbirth-topic", "message-flow-device-birth-publish-dbirth-topic",
)  # fmt: skip
def _topics(packets: Sequence[Packet]) -> Iterator[Finding]:
    for packet in packets:
        if packet.sent and packet.kind == "PUBLISH" and packet.topic.startswith("spB"):
            parts = packet.topic.split("/")
            size = 5 if len(parts) > 2 and parts[2] in _OF_DEVICES else 4
            good = parts[0] == "spBv1.0" and len(parts) == size and all(parts)
            yield good and not set("+#") & set(packet.topic), packet.topic


@EDGE_NODE.rule("message-flow-device-birth-publish-dbirth-match-edge-node-topic")
def _devices_belong_to_the_node(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        node = ("", "")
        for message in sent_messages(connection):
            if message.kind == "NBIRTH":
                node = (message.group, message.node)
            elif message.kind == "DBIRTH":
                yield (message.group, message.node) == node, str(message)


@EDGE_NODE.rule("case-sensitivity-sparkplug-ids", "topic-structure-namespace-unique-device-id")
def _device_ids_differ(packets: Sequence[Packet]) -> Iterator[Finding]:
    devices = {message.device for message in messages(packets, "DBIRTH")}
    if devices:
        yield len({device.lower() for device in devices}) == len(devices), ", ".join(sorted(devices))


def _flags(kind: str, *ids: str) -> None:
    @EDGE_NODE.rule(*ids)
    def check(packets: Sequence[Packet]) -> Iterator[Finding]:
        for message in messages(packets, kind):
            yield message.packet.qos == 0 and not message.packet.retain, str(message)


_flags(
    "NBIRTH", "topics-nbirth-mqtt", "payloads-nbirth-qos", "payloads-nbirth-retain",
    "message-flow-edge-node-birth-publish-nbirth-qos", "message-flow-edge-node-birth-publish-nbirth-retained",
)  # fmt: skip
_flags(
    "DBIRTH", "topics-dbirth-mqtt", "payloads-dbirth-qos", "payloads-dbirth-retain",
    "message-flow-device-birth-publish-dbirth-qos", "message-flow-device-birth-publish-dbirth-retained",
)  # fmt: skip
_flags("NDATA", "topics-ndata-mqtt", "payloads-ndata-qos", "payloads-ndata-retain")
_flags("DDATA", "topics-ddata-mqtt", "payloads-ddata-qos", "payloads-ddata-retain")
_flags("DDEATH", "topics-ddeath-mqtt")


# -- sequence ----------------------------------------------------------------------------------------------------


@EDGE_NODE.rule(
    "topics-nbirth-seq-num", "payloads-nbirth-seq", "payloads-sequence-num-req-nbirth",
    "message-flow-edge-node-birth-publish-nbirth-payload-seq",
)  # fmt: skip
def _birth_is_number_zero(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, "NBIRTH"):
        yield message.payload.seq == 0, f"seq {message.payload.seq} in {message}"


def _counted(kind: str, *ids: str) -> None:
    @EDGE_NODE.rule("payloads-sequence-num-incrementing", "payloads-sequence-num-always-included", *ids)
    def check(packets: Sequence[Packet]) -> Iterator[Finding]:
        for connection in connections(packets):
            before: int | None = None
            for message in sent_messages(connection):
                if message.kind == "NDEATH":
                    continue
                seq = message.payload.seq
                if message.kind == kind:
                    good = seq is not None and before is not None and seq == (before + 1) % 256
                    yield good, f"seq {before} then {seq} in {message}"
                before = seq


_counted(
    "DBIRTH", "topics-dbirth-seq", "payloads-dbirth-seq", "payloads-dbirth-seq-inc",
    "message-flow-device-birth-publish-dbirth-payload-seq",
)  # fmt: skip
_counted("NDATA", "topics-ndata-seq-num", "payloads-ndata-seq", "payloads-ndata-seq-inc")
_counted("DDATA", "topics-ddata-seq-num", "payloads-ddata-seq", "payloads-ddata-seq-inc")
_counted(
    "DDEATH",
    "topics-ddeath-seq-num",
    "payloads-ddeath-seq",
    "payloads-ddeath-seq-inc",
    "payloads-ddeath-seq-number",
)


@EDGE_NODE.rule("payloads-dbirth-order", "payloads-ndata-order", "payloads-ddata-order")
def _births_before_data(packets: Sequence[Packet]) -> Iterator[Finding]:
    """Between an NBIRTH and the first data message there is one DBIRTH for each device, and nothing else."""
    devices = {message.device for message in messages(packets, "DBIRTH")}
    for connection in connections(packets):
        for found in _birth_sequences(sent_messages(connection)):
            born = [message.device for message in found]
            yield set(born) == devices and len(born) == len(devices), f"devices {born} after NBIRTH"


@EDGE_NODE.rule(
    "operational-behavior-data-commands-rebirth-action-1",
    "operational-behavior-data-commands-rebirth-action-2",
)
def _rebirth_is_answered(packets: Sequence[Packet]) -> Iterator[Finding]:
    """After a rebirth request the births come; data that was on its way when it arrived is allowed for."""
    devices = {message.device for message in messages(packets, "DBIRTH")}
    for connection in connections(packets):
        asked = False
        after: list[Message] = []
        for message in messages(connection):
            command = message.payload.metric(_REBIRTH) if message.kind == "NCMD" else None
            if command is not None and command.value == 1 and not asked:
                asked, after = True, []
            elif asked and message.packet.sent:
                after.append(message)
        if asked:
            births = [place for place, message in enumerate(after) if message.kind == "NBIRTH"]
            complete = (
                bool(births)
                and {message.device for message in after[births[0] :] if message.kind == "DBIRTH"} >= devices
            )
            yield (
                complete and births[0] <= 3 * (len(devices) + 1),
                f"{[message.kind for message in after[:9]]}",
            )


def _birth_sequences(own: Sequence[Message]) -> Iterator[list[Message]]:
    births: list[Message] | None = None
    for kind, group in groupby(own, key=lambda message: message.kind):
        if kind == "NBIRTH":
            births = []
        elif kind == "DBIRTH" and births is not None:
            births += group
        elif births is not None:
            yield births
            births = None


# -- payloads ----------------------------------------------------------------------------------------------------


def _dated(kind: str, *ids: str) -> None:
    @EDGE_NODE.rule("payloads-timestamp-in-UTC", *ids)
    def check(packets: Sequence[Packet]) -> Iterator[Finding]:
        for message in messages(packets, kind):
            time = message.payload.timestamp
            yield time is not None and _NOW_MS[0] < time < _NOW_MS[1], f"timestamp {time} in {message}"


for _kind in ("NBIRTH", "DBIRTH", "NDATA", "DDATA"):
    _dated(_kind, f"topics-{_kind.lower()}-timestamp", f"payloads-{_kind.lower()}-timestamp")
_dated("DDEATH", "payloads-ddeath-timestamp")


@EDGE_NODE.rule(
    "payloads-nbirth-bdseq", "topics-nbirth-bdseq-included",
    "message-flow-edge-node-birth-publish-nbirth-payload-bdSeq",
)  # fmt: skip
def _birth_has_bd(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, "NBIRTH"):
        metric = message.payload.metric("bdSeq")
        yield metric is not None and metric.datatype == 4, f"bdSeq of type {metric and metric.datatype}"


@EDGE_NODE.rule(
    "topics-nbirth-rebirth-metric", "payloads-nbirth-rebirth-req", "operational-behavior-data-commands-rebirth-name",
    "operational-behavior-data-commands-rebirth-datatype", "operational-behavior-data-commands-rebirth-value",
    "operational-behavior-data-commands-rebirth-name-aliases",
)  # fmt: skip
def _birth_has_rebirth(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, "NBIRTH"):
        metric = message.payload.metric(_REBIRTH)
        good = metric is not None and metric.datatype == 11 and metric.value == 0 and metric.alias is None
        yield good, str(message)


@EDGE_NODE.rule(
    "topics-nbirth-metrics", "topics-dbirth-metrics", "payloads-metric-datatype-req",
    "operational-behavior-data-publish-nbirth-values", "operational-behavior-data-publish-dbirth-values",
    "payloads-metric-datatype-value", "payloads-metric-datatype-value-type",
)  # fmt: skip
def _births_are_complete(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, *BIRTHS):
        for metric in message.payload.metrics:
            valued = metric.held is not None or metric.null
            typed = metric.datatype is not None and 1 <= metric.datatype <= 34
            yield bool(metric.name) and typed and valued and metric.fits, f"{metric.name} in {message}"


@EDGE_NODE.rule(
    "payloads-metric-propertyvalue-type-req", "payloads-metric-propertyvalue-type-type",
    "payloads-metric-propertyvalue-type-value",
)  # fmt: skip
def _properties_are_typed(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, *BIRTHS):
        for metric in message.payload.metrics:
            for kind in metric.property_types:
                yield kind is not None and 1 <= kind <= 34, f"property of {metric.name} in {message}"


@EDGE_NODE.rule("case-sensitivity-metric-names")
def _names_differ(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, *BIRTHS):
        names = [(metric.name or "").lower() for metric in message.payload.metrics]
        yield len(set(names)) == len(names), str(message)


@EDGE_NODE.rule("payloads-name-birth-data-requirement", "payloads-metric-timestamp-in-UTC")
def _metrics_are_dated(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, *BIRTHS, *DATA):
        for metric in message.payload.metrics:
            time = metric.timestamp
            yield time is not None and _NOW_MS[0] < time < _NOW_MS[1], f"{metric.name} in {message}"


@EDGE_NODE.rule(
    "operational-behavior-data-publish-nbirth-order", "operational-behavior-data-publish-dbirth-order"
)
def _metrics_are_in_order(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, *BIRTHS, *DATA):
        times = [metric.timestamp or 0 for metric in message.payload.metrics if not metric.historical]
        yield times == sorted(times), str(message)


@EDGE_NODE.rule("payloads-metric-datatype-not-req")
def _data_repeats_no_type(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, *DATA):
        yield all(metric.datatype is None for metric in message.payload.metrics), str(message)


@EDGE_NODE.rule(
    "topics-nbirth-metric-reqs", "topics-dbirth-metric-reqs", "operational-behavior-data-publish-nbirth",
    "operational-behavior-data-publish-dbirth", "topics-ndata-payload", "topics-ddata-payload",
)  # fmt: skip
def _data_was_born(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        born: dict[str, set[str | None]] = {}
        for message in sent_messages(connection):
            names = {metric.name for metric in message.payload.metrics}
            if message.kind in BIRTHS:
                born[message.device] = names
            elif message.kind in DATA:
                yield bool(names) and names <= born.get(message.device, set()), str(message)


@EDGE_NODE.rule(
    "principles-rbe-recommended", "operational-behavior-data-publish-nbirth-change",
    "operational-behavior-data-publish-dbirth-change",
)  # fmt: skip
def _data_has_changed(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        known: dict[tuple[str, str | None], object] = {}
        for message in sent_messages(connection):
            for metric in message.payload.metrics:
                key = (message.device, metric.name)
                if message.kind == "DDATA":
                    yield key not in known or known[key] != metric.value, f"{metric.name} again in {message}"
                known[key] = metric.value
