"""Edge node and host application held against Sparkplug 3.0.0: a recorded session graded by `tck-id-*`."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.interop.session import HOST as HOST_CLIENT
from tests.interop.session import NODE
from tests.interop.sparkplug_grader.edge_node import EDGE_NODE
from tests.interop.sparkplug_grader.grade import Profile
from tests.interop.sparkplug_grader.host import HOST
from tests.interop.sparkplug_grader.packet import Packet
from twin.sparkplug import DataType, Metric, Payload, decode, encode

pytestmark = [pytest.mark.mosquitto, pytest.mark.system]

Mutation = Callable[[list[Packet]], list[Packet]]


def test_the_session_shows_what_is_to_be_judged(recording: list[Packet]) -> None:
    node = [packet for packet in recording if packet.client == NODE]
    sent = {packet.topic.split("/")[2] for packet in node if packet.sent and packet.kind == "PUBLISH"}
    assert sent == {"NBIRTH", "DBIRTH", "NDATA", "DDATA", "NDEATH", "DDEATH"}
    received = {packet.topic.split("/")[2] for packet in node if not packet.sent and "CMD" in packet.topic}
    assert received == {"NCMD", "DCMD"}
    assert [packet.kind for packet in node if packet.kind in ("CONNECT", "LOST", "DISCONNECT")] == [
        "CONNECT", "LOST", "CONNECT", "DISCONNECT",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "client", "least"), [(EDGE_NODE, NODE, 125), (HOST, HOST_CLIENT, 55)], ids=["node", "host"]
)
def test_no_assertion_fails_and_enough_are_at_stake(
    recording: list[Packet], profile: Profile, client: str, least: int
) -> None:
    report = profile.grade(recording, client)
    print(report)
    assert report.failed == {}
    assert len(report.passed) >= least, str(report)


# -- the grader itself: a recording with one thing wrong must not pass -----------------------------------------------


def changed(
    kind: str, change: Callable[[Packet], Packet], *, topic: str = "", client: str = NODE
) -> Mutation:
    """Change the last packet of a kind that a client sent."""

    def mutate(packets: list[Packet]) -> list[Packet]:
        place = max(
            place for place, packet in enumerate(packets)
            if packet.client == client and packet.sent and packet.kind == kind and topic in packet.topic
        )  # fmt: skip
        return [*packets[:place], change(packets[place]), *packets[place + 1 :]]

    return mutate


def dropped(kind: str, *, topic: str = "", client: str = NODE) -> Mutation:
    """Leave the last packet of a kind out."""
    blank = changed(kind, lambda packet: replace(packet, client=""), topic=topic, client=client)
    return lambda packets: [packet for packet in blank(packets) if packet.client]


def payload(change: Callable[[Payload], Payload]) -> Callable[[Packet], Packet]:
    return lambda packet: replace(packet, payload=encode(change(decode(packet.payload))))


def metrics(change: Callable[[Metric], Metric | None]) -> Callable[[Packet], Packet]:
    """Change every metric; None leaves it out."""
    return payload(
        lambda found: replace(
            found, metrics=tuple(made for one in found.metrics if (made := change(one)) is not None)
        )
    )


MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "birth at QoS 1": (changed("PUBLISH", lambda p: replace(p, qos=1), topic="/NBIRTH/"), "payloads-nbirth-qos"),
    "data retained": (changed("PUBLISH", lambda p: replace(p, retain=True), topic="/DDATA/"), "topics-ddata-mqtt"),
    "seq repeated": (
        changed("PUBLISH", payload(lambda p: replace(p, seq=((p.seq or 0) - 1) % 256)), topic="/NDATA/"),
        "payloads-sequence-num-incrementing",
    ),
    "a message lost": (dropped("PUBLISH", topic="/NDATA/"), "payloads-sequence-num-incrementing"),
    "birth not at zero": (
        changed("PUBLISH", payload(lambda p: replace(p, seq=3)), topic="/NBIRTH/"), "topics-nbirth-seq-num",
    ),
    "other bdSeq": (
        changed("PUBLISH", metrics(lambda one: replace(one, value=77) if one.name == "bdSeq" else one),
                topic="/NBIRTH/"),
        "topics-nbirth-bdseq-matching",
    ),
    "no rebirth metric": (
        changed("PUBLISH", metrics(lambda one: None if one.name == "Node Control/Rebirth" else one), topic="/NBIRTH/"),
        "topics-nbirth-rebirth-metric",
    ),
    "a device not born": (dropped("PUBLISH", topic="/DBIRTH/"), "payloads-dbirth-order"),
    "undated metrics": (
        changed("PUBLISH", metrics(lambda one: replace(one, time_ms=None)), topic="/DDATA/"),
        "payloads-name-birth-data-requirement",
    ),
    "type repeated in data": (
        changed("PUBLISH", metrics(lambda one: replace(one, datatype=DataType.DOUBLE)), topic="/DDATA/"),
        "payloads-metric-datatype-not-req",
    ),
    "unborn metric": (
        changed("PUBLISH", metrics(lambda one: replace(one, name="stranger")), topic="/DDATA/"),
        "topics-ddata-payload",
    ),
    "no Will": (changed("CONNECT", lambda p: replace(p, topic="", payload=b"")), "payloads-ndeath-will-message"),
    "Will at QoS 0": (changed("CONNECT", lambda p: replace(p, qos=0)), "payloads-ndeath-will-message-qos"),
    "session kept": (changed("CONNECT", lambda p: replace(p, clean=False)), "principles-persistence-clean-session-50"),
    "no death": (
        dropped("PUBLISH", topic="/NDEATH/"), "operational-behavior-edge-node-intentional-disconnect-ndeath",
    ),
    "deaf to commands": (dropped("SUBSCRIBE"), "message-flow-edge-node-ncmd-subscribe"),
}  # fmt: skip
HOST_MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "state not retained": (
        changed("PUBLISH", lambda p: replace(p, retain=False), topic="/STATE/", client=HOST_CLIENT),
        "host-topic-phid-birth-retain",
    ),
    "other timestamp": (
        changed("CONNECT", lambda p: replace(p, payload=b'{"online": false, "timestamp": 1}'), client=HOST_CLIENT),
        "host-topic-phid-birth-payload-timestamp",
    ),
    "command with seq": (
        changed("PUBLISH", payload(lambda p: replace(p, seq=1)), topic="/NCMD/", client=HOST_CLIENT),
        "payloads-ncmd-seq",
    ),
    "command at QoS 1": (
        changed("PUBLISH", lambda p: replace(p, qos=1), topic="/NCMD/", client=HOST_CLIENT), "topics-ncmd-mqtt",
    ),
    "no subscription": (dropped("SUBSCRIBE", client=HOST_CLIENT), "payloads-state-subscribe"),
    "no farewell": (
        dropped("PUBLISH", topic="/STATE/", client=HOST_CLIENT),
        "operational-behavior-host-application-termination",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", MUTATIONS)
def test_a_damaged_recording_of_the_node_fails(recording: list[Packet], wrong: str) -> None:
    mutate, number = MUTATIONS[wrong]
    assert number in EDGE_NODE.grade(mutate(recording), NODE).failed


@pytest.mark.parametrize("wrong", HOST_MUTATIONS)
def test_a_damaged_recording_of_the_host_fails(recording: list[Packet], wrong: str) -> None:
    mutate, number = HOST_MUTATIONS[wrong]
    assert number in HOST.grade(mutate(recording), HOST_CLIENT).failed
