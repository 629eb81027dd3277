"""The tap repeats and shuffles whole messages, and lets everything else pass as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faultbox.tap import Stream, Tap


def packet(kind: int, payload: bytes, qos: int = 0) -> bytes:
    size, head = len(payload), bytearray()
    while True:
        size, low = divmod(size, 128)
        head.append(low | (0x80 if size else 0))
        if not size:
            return bytes([kind << 4 | qos << 1, *head]) + payload


def cut(packets: list[bytes]) -> list[bytes]:
    """Cut a stream into packets by a tap that changes nothing."""
    stream = Tap(1).stream()
    passed = (stream.pass_on(bytes([byte]), mixing=False) for byte in b"".join(packets))
    return [one for one in passed if one]


PACKETS = st.lists(st.binary(min_size=2, max_size=300).map(lambda payload: packet(3, payload)), max_size=20)


@given(PACKETS, st.integers(1, 50))
def test_bytes_pass_unchanged_while_nothing_is_mixed(packets: list[bytes], piece: int) -> None:
    stream, data = Tap(1).stream(), b"".join(packets)
    passed = [stream.pass_on(data[at : at + piece], mixing=False) for at in range(0, len(data), piece)]
    assert b"".join(passed) == data


@given(PACKETS, st.integers(0, 1000))
def test_mixing_loses_no_message_and_makes_none_up(packets: list[bytes], seed: int) -> None:
    stream = Tap(seed).stream()
    passed = [stream.pass_on(one, mixing=True) for one in packets]
    passed.append(stream.pass_on(packet(13, b""), mixing=False))  # releases what is held
    assert set(cut(passed)) == {*packets, packet(13, b"")}


def test_messages_come_twice_and_in_another_order() -> None:
    packets = [packet(3, bytes([0, 1, number])) for number in range(60)]
    tap = Tap(4)
    stream = Stream(tap)
    passed = cut([stream.pass_on(one, mixing=True) for one in packets])
    assert len(passed) == 60 + tap.repeated > 60
    assert tap.moved > 0


@pytest.mark.parametrize(
    "other", [packet(2, b"\0\0"), packet(3, b"\0\1t\0\1x", qos=1)], ids=["connack", "qos 1"]
)
def test_what_is_no_qos_0_message_is_not_held_back(other: bytes) -> None:
    assert Tap(1).stream().pass_on(other, mixing=True) == other
