"""Frames as bytes: columns that NumPy writes and reads in one go, the same on every transport and in every queue.

Layout, little endian, zlib-compressed behind a 4-byte magic: header (epoch u64, frames u32, samples u32, length of
texts u32), then per frame source u16, seq i64, time i64, size u32, then per sample tag u16, time i64, value f64,
then the texts as JSON `[[place, text], …]`. `source` indexes Declaration.sources, `tag` the unit's tags.
"""

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.frame import Frame

_MAGIC = b"SFT1"
_HEADER = struct.Struct("<QIII")
MAX_UNPACKED = (
    32 * 1024 * 1024
)  # the largest chunk of a journal is a tenth of it; a bomb must not fill the memory


class DamagedFrames(ValueError):
    """Bytes that are no packed frames; the text says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Frames of one plant and epoch as columns.

    Per frame: `source` (index), `seq`, `time_ms`, `size` (samples). Per sample, in frame order: `tag` (index
    within the unit), `sample_ms`, `value`. `texts` maps a sample's place to its text.
    """

    epoch: int
    source: NDArray[np.uint16]
    seq: NDArray[np.int64]
    time_ms: NDArray[np.int64]
    size: NDArray[np.uint32]
    tag: NDArray[np.uint16]
    sample_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    texts: dict[int, str]

    def __len__(self) -> int:
        """Count the frames."""
        return len(self.seq)

    @property
    def sample_source(self) -> NDArray[np.uint16]:
        """Source index of every sample."""
        return np.repeat(self.source, self.size)

    def frames(self, sources: Sequence[str]) -> list[Frame]:
        """Return the frames as objects; `sources` as in the declaration."""
        frames = []
        end = 0
        places = sorted(self.texts)
        for source, seq, time_ms, size in zip(
            self.source.tolist(), self.seq.tolist(), self.time_ms.tolist(), self.size.tolist(), strict=True
        ):
            start, end = end, end + size
            texts = (
                {place - start: self.texts[place] for place in places if start <= place < end}
                if places
                else {}
            )
            frames.append(
                Frame(
                    sources[source], self.epoch, seq, time_ms, self.tag[start:end].tolist(),
                    self.sample_ms[start:end].tolist(), self.value[start:end].tolist(), texts,
                )
            )  # fmt: skip
        return frames


def pack(frames: Sequence[Frame], sources: Sequence[str]) -> bytes:
    """Pack frames of one epoch; `sources` as in the declaration. Raises ValueError for mixed epochs or none."""
    if not frames:
        raise ValueError("no frames to pack")
    epoch = frames[0].epoch
    index = {source: place for place, source in enumerate(sources)}
    tags: list[int] = []
    times: list[int] = []
    values: list[float] = []
    texts: list[tuple[int, str]] = []
    for frame in frames:
        if frame.epoch != epoch:
            raise ValueError(f"frames of epochs {epoch} and {frame.epoch} cannot be packed together")
        if frame.texts:
            start = len(tags)
            texts += [(start + place, text) for place, text in frame.texts.items()]
        tags += frame.tags
        times += frame.times_ms
        values += frame.values
    text_bytes = json.dumps(texts, separators=(",", ":")).encode() if texts else b""
    body = b"".join(
        (
            _HEADER.pack(epoch, len(frames), len(tags), len(text_bytes)),
            np.array([index[frame.source] for frame in frames], np.dtype("<u2")).tobytes(),
            np.array([frame.seq for frame in frames], np.dtype("<i8")).tobytes(),
            np.array([frame.time_ms for frame in frames], np.dtype("<i8")).tobytes(),
            np.array([len(frame.tags) for frame in frames], np.dtype("<u4")).tobytes(),
            np.array(tags, np.dtype("<u2")).tobytes(),
            np.array(times, np.dtype("<i8")).tobytes(),
            np.array(values, np.dtype("<f8")).tobytes(),
            text_bytes,
        )
    )
    return _MAGIC + zlib.compress(body, 1)


def unpack(data: bytes) -> Batch:
    """Read what `pack` wrote; raises DamagedFrames for anything else."""
    if data[:4] != _MAGIC:
        raise DamagedFrames(f"no packed frames: starts with {data[:4]!r} instead of {_MAGIC!r}")
    try:
        inflater = zlib.decompressobj()
        body = inflater.decompress(data[4:], MAX_UNPACKED)
    except zlib.error as error:
        raise DamagedFrames(f"packed frames do not decompress: {error}") from error
    if not inflater.eof:
        raise DamagedFrames(f"packed frames are cut off or larger than {MAX_UNPACKED} bytes")
    if len(body) < _HEADER.size:
        raise DamagedFrames("packed frames have no header")
    epoch, frames, samples, text_length = _HEADER.unpack_from(body)
    if len(body) != _HEADER.size + frames * 22 + samples * 18 + text_length:
        raise DamagedFrames(
            f"packed frames: {len(body)} bytes do not hold {frames} frames with {samples} samples"
        )
    columns = []
    offset = _HEADER.size
    for kind, count in (("<u2", frames), ("<i8", frames), ("<i8", frames), ("<u4", frames), ("<u2", samples),
                        ("<i8", samples), ("<f8", samples)):  # fmt: skip
        column = np.frombuffer(body, np.dtype(kind), count, offset)
        columns.append(column)
        offset += column.nbytes
    source, seq, time_ms, size, tag, sample_ms, value = columns
    if int(size.sum(dtype=np.int64)) != samples:
        raise DamagedFrames("packed frames: frame sizes do not add up to the samples")
    texts: dict[int, str] = {}
    if text_length:
        try:
            texts = {int(place): str(text) for place, text in json.loads(body[offset:])}
        except (ValueError, TypeError) as error:
            raise DamagedFrames(f"packed frames: texts unreadable: {error}") from error
        if any(not 0 <= place < samples for place in texts):
            raise DamagedFrames("packed frames: a text belongs to no sample")
    return Batch(epoch, source, seq, time_ms, size, tag, sample_ms, value, texts)


def epoch_of(data: bytes) -> int:
    """Read the epoch of packed frames without unpacking them; raises DamagedFrames."""
    if data[:4] != _MAGIC:
        raise DamagedFrames(f"no packed frames: starts with {data[:4]!r} instead of {_MAGIC!r}")
    try:
        header = zlib.decompressobj().decompress(data[4:], _HEADER.size)
    except zlib.error as error:
        raise DamagedFrames(f"packed frames do not decompress: {error}") from error
    if len(header) < _HEADER.size:
        raise DamagedFrames("packed frames have no header")
    return int(_HEADER.unpack(header)[0])


_PARCEL = struct.Struct("<16sI")
_ENTRY = struct.Struct("<QI")


@dataclass(frozen=True, slots=True)
class Parcel:
    """Journal entries on their way: the journal's id (16 bytes) and rising `(position, packed frames)`."""

    journal: bytes
    entries: tuple[tuple[int, bytes], ...]

    def to_bytes(self) -> bytes:
        """Serialise; `from_bytes` is the inverse."""
        parts = [_PARCEL.pack(self.journal, len(self.entries))]
        for position, blob in self.entries:
            parts += [_ENTRY.pack(position, len(blob)), blob]
        return b"".join(parts)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Parcel":
        """Read what `to_bytes` wrote; raises DamagedFrames for anything else."""
        try:
            journal, count = _PARCEL.unpack_from(data)
            offset = _PARCEL.size
            entries = []
            for _ in range(count):
                position, length = _ENTRY.unpack_from(data, offset)
                offset += _ENTRY.size
                if offset + length > len(data):
                    raise DamagedFrames("parcel is cut off")
                entries.append((position, bytes(data[offset : offset + length])))
                offset += length
        except struct.error as error:
            raise DamagedFrames(f"parcel is cut off: {error}") from error
        if offset != len(data):
            raise DamagedFrames(f"parcel has {len(data) - offset} bytes too many")
        return cls(journal, tuple(entries))
