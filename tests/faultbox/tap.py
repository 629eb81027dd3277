"""Repeats and shuffles MQTT messages on their way to a subscriber: what a network of brokers may do at QoS 0."""

import numpy as np

_PUBLISH = 3
_WINDOW = 3  # messages that are held back to be shuffled; a live plant says one a second


class Tap:
    """Draws from one seed which messages come twice and in what order; counts what it did, over all connections."""

    def __init__(self, seed: int) -> None:
        self._draws = np.random.default_rng(seed)
        self.repeated = 0
        self.moved = 0

    def stream(self) -> "Stream":
        """Return the tap of one connection."""
        return Stream(self)

    def mix(self, messages: list[bytes]) -> bytes:
        """Return the messages in another order, some of them two or three times."""
        copies = 1 + self._draws.choice(3, len(messages), p=(0.6, 0.3, 0.1))
        places = np.repeat(np.arange(len(messages)), copies)
        self._draws.shuffle(places)
        self.repeated += len(places) - len(messages)
        self.moved += int((np.diff(places) < 0).sum())
        return b"".join(messages[place] for place in places)


class Stream:
    """One connection's bytes from broker to client, cut into packets."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._rest = b""
        self._held: list[bytes] = []

    def pass_on(self, data: bytes, *, mixing: bool) -> bytes:
        """Take bytes as they come and return what goes on now; whole packets only."""
        self._rest += data
        out = []
        while (size := _packet_size(self._rest)) and size <= len(self._rest):
            packet, self._rest = self._rest[:size], self._rest[size:]
            at_most_once = packet[0] >> 4 == _PUBLISH and not packet[0] & 0b110
            if mixing and at_most_once:
                self._held.append(packet)
                if len(self._held) >= _WINDOW:
                    out.append(self._release())
            else:
                if not mixing and self._held:
                    out.append(self._release())
                out.append(packet)
        return b"".join(out)

    def _release(self) -> bytes:
        held, self._held = self._held, []
        return self._tap.mix(held)


def _packet_size(data: bytes) -> int:
    """Return the length of the packet that `data` begins with, 0 while its head is not complete (MQTT 3.1.1, 2.2.3)."""
    size = 0
    for place, byte in enumerate(data[1:5]):
        size |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return size + place + 2
    return 0
