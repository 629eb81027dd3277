"""Payloads as no plant sends them: damaged in every way that a wire, a bug or malice could."""

import json
import struct
from collections.abc import Callable, Sequence

import numpy as np

from twin.packing import Parcel
from twin.sparkplug import DataType, Metric, MetricValue, Payload, encode

NAMES = (
    "bdSeq", "Frames/Journal", "Frames/Head", "Frames/Declaration", "Frames/Status", "Frames/Live", "Frames/History",
    "Frames/Request", "Frames/Answer", "Frames/Fetch", "Frames/Acknowledge", "Frames/Ledger", "Frames/Command",
    "Frames/Declare", "Node Control/Rebirth", "offset", "", "Frames/", "x" * 300, "\u202e\x00", "no such metric",
)  # fmt: skip
_NUMBERS: tuple[float, ...] = (0.0, -0.0, 1.5, float("nan"), float("inf"), float("-inf"), 5e-324, 1.8e308)
_WHOLE = (0, 1, -1, 255, 256, 2**31, -(2**31), 2**32 - 1, 2**63 - 1, -(2**63), 2**64 - 1)


class Mutator:
    """An endless source of damaged payloads from `seeds`; one seed number gives one sequence."""

    def __init__(self, seeds: Sequence[bytes], number: int) -> None:
        self._random = np.random.default_rng(number)
        self._seeds = list(seeds)
        self._ways: tuple[Callable[[bytes], bytes], ...] = (
            self._flip, self._flip, self._cut, self._insert, self._repeat, self._splice, self._overwrite,
        )  # fmt: skip

    def next(self) -> bytes:
        """Return a payload: two in three are a valid one mutated up to four times, the rest made of odd metrics."""
        if self._below(3):
            data = self._seeds[self._below(len(self._seeds))]
        else:
            data = self._odd()
            if self._below(2):
                return data
        for _ in range(1 + self._below(4)):
            data = self._ways[self._below(len(self._ways))](data)
        return data

    def _below(self, number: int) -> int:
        return int(self._random.integers(number))

    # -- bytes ---------------------------------------------------------------------------------------------

    def _flip(self, data: bytes) -> bytes:
        if not data:
            return data
        place = self._below(len(data))
        return data[:place] + bytes((data[place] ^ (1 << self._below(8)),)) + data[place + 1 :]

    def _cut(self, data: bytes) -> bytes:
        place = self._below(len(data) + 1)
        return data[:place] if self._below(2) else data[place:]

    def _insert(self, data: bytes) -> bytes:
        place = self._below(len(data) + 1)
        return data[:place] + self._random.bytes(1 + self._below(9)) + data[place:]

    def _repeat(self, data: bytes) -> bytes:
        start = self._below(len(data) + 1)
        piece = data[start : start + self._below(200)]
        return data[:start] + piece * (1 + self._below(5)) + data[start:]

    def _splice(self, data: bytes) -> bytes:
        other = self._seeds[self._below(len(self._seeds))]
        return data[: self._below(len(data) + 1)] + other[self._below(len(other) + 1) :]

    def _overwrite(self, data: bytes) -> bytes:
        """Put a length or number where there was something else."""
        place = self._below(len(data) + 1)
        value = (b"\xff\xff\xff\xff\x0f", b"\x80" * 10, struct.pack("<q", -1), b"\x00" * 8)[self._below(4)]
        return data[:place] + value + data[place + len(value) :]

    # -- metrics -------------------------------------------------------------------------------------------

    def _odd(self) -> bytes:
        metrics = []
        for _ in range(self._below(4)):
            value = self._value()
            metrics.append(
                Metric(
                    name=NAMES[self._below(len(NAMES))], value=value, datatype=self._datatype(value),
                    time_ms=(None, 0, 2**64 - 1, 1_800_000_000_000)[self._below(4)], is_historical=self._below(2) == 1,
                )
            )  # fmt: skip
        seq = (None, 0, 255, 256, 2**64 - 1)[self._below(5)]
        return encode(Payload(time_ms=(None, 0, 2**64 - 1)[self._below(3)], metrics=tuple(metrics), seq=seq))

    def _value(self) -> MetricValue:
        way = self._below(8)
        if way == 0:
            return None
        if way == 1:
            return self._below(2) == 1
        if way == 2:
            return _NUMBERS[self._below(len(_NUMBERS))]
        if way == 3:
            return _WHOLE[self._below(len(_WHOLE))]
        if way == 4:
            return self._random.bytes(self._below(60))
        if way == 5:
            return Parcel(self._random.bytes(16), ((self._below(9), self._random.bytes(20)),)).to_bytes()
        if way == 6:
            return "x" * (1_000_000 if not self._below(2000) else self._below(50))
        return self._request()

    def _datatype(self, value: MetricValue) -> DataType | None:
        if isinstance(value, int) and not isinstance(value, bool) and self._below(2):
            return (DataType.INT32, DataType.UINT64, DataType.INT8)[self._below(3)]
        return None

    def _request(self) -> str:
        """Return the JSON of a request with something wrong in it."""
        whole: dict[str, object] = {
            "id": "r", "position": 1, "max_bytes": 1000, "journal": "00", "upto": 1, "epoch": 1, "result": "",
            "command": {"id": "c", "path": "p", "value": 1.0, "expires_ms": 10**14},
        }  # fmt: skip
        odd = (None, True, -1, 2**70, 1e400, "x", [], {}, [[[]]], "\ud800", {"id": 1})
        place = list(whole)[self._below(len(whole))]
        if self._below(2):
            whole[place] = odd[self._below(len(odd))]
        else:
            del whole[place]
        text = json.dumps(whole)
        return (
            text[: self._below(len(text) + 1)]
            if not self._below(4)
            else "[" * 3000
            if not self._below(50)
            else text
        )
