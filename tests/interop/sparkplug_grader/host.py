"""What Sparkplug 3.0.0 demands of a host application, as far as a recording of its connections can show it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.interop.sparkplug_grader.grade import Finding, Profile
from tests.interop.sparkplug_grader.message import connections, messages
from tests.interop.sparkplug_grader.packet import Packet

HOST = Profile("host application")
COMMANDS = ("NCMD", "DCMD")
_REBIRTH = "Node Control/Rebirth"


def _state(payload: bytes) -> dict[str, Any]:
    """Return a STATE payload, empty where it is not a JSON object of exactly `online` and `timestamp`."""
    try:
        found = json.loads(payload)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and set(found) == {"online", "timestamp"} else {}


def _is_state(state: dict[str, Any], *, online: bool) -> bool:
    return state.get("online") is online and type(state.get("timestamp")) is int


def _own_states(connection: Sequence[Packet]) -> list[Packet]:
    return [
        packet for packet in connection
        if packet.sent and packet.kind == "PUBLISH" and packet.topic == connection[0].topic
    ]  # fmt: skip


@HOST.rule(
    "host-topic-phid-death-required", "operational-behavior-host-application-connect-will",
    "payloads-state-will-message", "operational-behavior-host-application-connect-will-topic",
    "host-topic-phid-death-topic", "operational-behavior-host-application-death-topic",
)  # fmt: skip
def _will_topic(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        parts = connection[0].topic.split("/")
        yield parts[:2] == ["spBv1.0", "STATE"] and len(parts) == 3, connection[0].topic or "no Will"


@HOST.rule(
    "operational-behavior-host-application-connect-will-qos", "payloads-state-will-message-qos",
    "operational-behavior-host-application-connect-will-retained", "payloads-state-will-message-retain",
)  # fmt: skip
def _will_flags(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        connect = connection[0]
        yield connect.qos == 1 and connect.retain, f"QoS {connect.qos}, retain {connect.retain}"


@HOST.rule(
    "operational-behavior-host-application-connect-will-payload", "payloads-state-will-message-payload",
    "host-topic-phid-death-payload",
)  # fmt: skip
def _will_payload(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        yield _is_state(_state(connection[0].payload), online=False), repr(connection[0].payload)


@HOST.rule("message-flow-phid-sparkplug-clean-session-311")
def _clean_session(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        if connection[0].version == 4:
            yield connection[0].clean, "no clean session"


@HOST.rule(
    "host-topic-phid-birth-sub-required",
    "message-flow-phid-sparkplug-subscription",
    "payloads-state-subscribe",
)
def _subscribes_first(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        filters: set[str] = set()
        for packet in connection:
            filters |= set(packet.filters)
            if packet.sent and packet.kind == "PUBLISH":
                births = any(each.startswith("spBv1.0/") and "NBIRTH" in each.split("/") for each in filters)
                yield connection[0].topic in filters and births, f"{filters} before {packet.topic}"
                break


@HOST.rule(
    "host-topic-phid-birth-message", "principles-birth-certificates-order", "host-topic-phid-birth-topic",
    "host-topic-phid-birth-required", "operational-behavior-host-application-connect-birth", "payloads-state-birth",
    "operational-behavior-host-application-connect-birth-topic", "message-flow-phid-sparkplug-state-publish",
    "components-ph-state",
)  # fmt: skip
def _birth_comes_first(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        published = [packet for packet in connection if packet.sent and packet.kind == "PUBLISH"]
        if published:
            first = published[0]
            good = first.topic == connection[0].topic and _is_state(_state(first.payload), online=True)
            yield good, f"{first.topic} {first.payload[:80]!r}"


@HOST.rule(
    "host-topic-phid-birth-qos", "host-topic-phid-birth-retain", "host-topic-phid-death-qos",
    "host-topic-phid-death-retain", "operational-behavior-host-application-connect-birth-qos",
    "operational-behavior-host-application-connect-birth-retained", "operational-behavior-host-application-death-qos",
    "operational-behavior-host-application-death-retained",
)  # fmt: skip
def _state_flags(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        for packet in _own_states(connection):
            yield packet.qos == 1 and packet.retain, f"QoS {packet.qos}, retain {packet.retain}"


@HOST.rule(
    "host-topic-phid-birth-payload", "operational-behavior-host-application-connect-birth-payload",
    "payloads-state-birth-payload", "host-topic-phid-birth-payload-timestamp",
    "operational-behavior-host-application-multi-server-timestamp",
)  # fmt: skip
def _birth_has_the_wills_time(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        will = _state(connection[0].payload)
        for packet in _own_states(connection):
            state = _state(packet.payload)
            if state.get("online") is not False:
                good = _is_state(state, online=True) and state["timestamp"] == will.get("timestamp")
                yield good, f"{packet.payload!r} after {connection[0].payload!r}"


@HOST.rule(
    "operational-behavior-host-application-termination", "operational-behavior-host-application-death-payload",
    "host-topic-phid-death-payload-timestamp-disconnect-clean",
)  # fmt: skip
def _death_before_disconnect(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        own = [packet for packet in connection if packet.sent]
        if own[-1].kind == "DISCONNECT" and _own_states(connection):
            last = _state(own[-2].payload)
            yield own[-2].topic == connection[0].topic and _is_state(last, online=False), own[-2].topic


@HOST.rule("message-flow-hid-sparkplug-state-message-delivered")
def _contradicts_its_own_death(packets: Sequence[Packet]) -> Iterator[Finding]:
    for connection in connections(packets):
        online = contradict = False
        for packet in connection:
            if packet.kind == "PUBLISH" and packet.topic == connection[0].topic:
                says = _state(packet.payload).get("online")
                if packet.sent:
                    if contradict:
                        yield says is True, "not republished"
                    online, contradict = says is True, False
                else:
                    contradict = contradict or (online and says is False)
        if contradict and connection[-1].kind != "LOST":
            yield False, "not republished"


# -- commands ----------------------------------------------------------------------------------------------------


def _commands(kind: str) -> None:
    word = kind.lower()

    @HOST.rule(
        f"topics-{word}-topic", f"topics-{word}-mqtt", f"payloads-{word}-qos", f"payloads-{word}-retain",
        f"operational-behavior-data-commands-{word}-verb",
    )  # fmt: skip
    def flags(packets: Sequence[Packet]) -> Iterator[Finding]:
        for message in messages(packets, kind):
            parts = len(message.packet.topic.split("/"))
            good = message.packet.qos == 0 and not message.packet.retain
            yield good and parts == (5 if kind == "DCMD" else 4), str(message)

    @HOST.rule(f"topics-{word}-timestamp", f"payloads-{word}-timestamp", f"payloads-{word}-seq")
    def dated(packets: Sequence[Packet]) -> Iterator[Finding]:
        for message in messages(packets, kind):
            yield message.payload.timestamp is not None and message.payload.seq is None, str(message)

    @HOST.rule(
        f"topics-{word}-payload", f"operational-behavior-data-commands-{word}-metric-name",
        f"operational-behavior-data-commands-{word}-metric-value",
    )  # fmt: skip
    def known(packets: Sequence[Packet]) -> Iterator[Finding]:
        """Every metric was in the birth that the host saw, and its value stands where the birth's type belongs."""
        births: dict[tuple[str, str, str], dict[str | None, int | None]] = {}
        for message in messages(packets):
            place = (message.group, message.node, message.device)
            if message.kind in ("NBIRTH", "DBIRTH") and not message.packet.sent:
                births[place] = {metric.name: metric.datatype for metric in message.payload.metrics}
            elif message.kind == kind and message.packet.sent and place in births:
                for metric in message.payload.metrics:
                    metric.datatype = births[place].get(metric.name)
                    yield metric.datatype is not None and metric.fits, f"{metric.name} in {message}"


_commands("NCMD")
_commands("DCMD")


@HOST.rule("payloads-metric-datatype-not-req")
def _commands_repeat_no_type(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, *COMMANDS):
        yield all(metric.datatype is None for metric in message.payload.metrics), str(message)


@HOST.rule(
    "operational-behavior-data-commands-ncmd-rebirth-verb", "operational-behavior-data-commands-ncmd-rebirth-name",
    "operational-behavior-data-commands-ncmd-rebirth-value",
)  # fmt: skip
def _asks_for_rebirth(packets: Sequence[Packet]) -> Iterator[Finding]:
    for message in messages(packets, *COMMANDS):
        metric = message.payload.metric(_REBIRTH)
        if metric is not None:
            yield message.kind == "NCMD" and metric.held == "bool" and metric.value == 1, str(message)
