"""Packed frames and parcels: what goes in comes out, and nothing else is taken for them."""

import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.frame import Frame
from twin.packing import DamagedFrames, Parcel, pack, unpack

SOURCES = ("demo/a/b/c/line", "demo/a/b/c/op10", "demo/a/b/c/op20")
MOMENTS = st.integers(0, 2**62)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    size = draw(st.integers(1, 6))
    texts = draw(st.dictionaries(st.integers(0, size - 1), st.text(), max_size=2))
    values = draw(st.lists(st.floats(allow_nan=False), min_size=size, max_size=size))
    return Frame(
        draw(st.sampled_from(SOURCES)), 42, draw(st.integers(1, 2**62)), draw(MOMENTS),
        draw(st.lists(st.integers(0, 2**16 - 1), min_size=size, max_size=size)),
        draw(st.lists(MOMENTS, min_size=size, max_size=size)), values, texts,
    )  # fmt: skip


@given(st.lists(frames(), min_size=1, max_size=6))
def test_frames_survive_the_round_trip(some: list[Frame]) -> None:
    batch = unpack(pack(some, SOURCES))
    assert batch.frames(SOURCES) == some
    assert len(batch) == len(some)
    assert len(batch.sample_source) == len(batch.tag) == sum(map(len, some))


@given(st.lists(frames(), min_size=1, max_size=3), st.data())
def test_flipped_or_cut_bytes_are_noticed(some: list[Frame], data: st.DataObject) -> None:
    """Zlib's checksum covers every byte of the body."""
    whole = pack(some, SOURCES)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(DamagedFrames):
        unpack(whole[:cut])
    flipped = bytearray(whole)
    flipped[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with contextlib.suppress(DamagedFrames):
        assert unpack(bytes(flipped)).frames(SOURCES) == some  # a bit that zlib's header does not use


@given(st.binary(max_size=100))
def test_well_compressed_nonsense_is_refused(body: bytes) -> None:
    with pytest.raises(DamagedFrames):
        unpack(b"SFT1" + zlib.compress(body))
    with pytest.raises(DamagedFrames):
        unpack(body)


def test_bomb_is_refused() -> None:
    with pytest.raises(DamagedFrames, match="larger than"):
        unpack(b"SFT1" + zlib.compress(bytes(300 * 1024 * 1024), 9))


def test_mixed_epochs_and_no_frames_are_refused() -> None:
    one, other = Frame(SOURCES[0], 1, 1, 0, [0], [0], [1.0]), Frame(SOURCES[0], 2, 1, 0, [0], [0], [1.0])
    with pytest.raises(ValueError, match="epochs 1 and 2"):
        pack([one, other], SOURCES)
    with pytest.raises(ValueError, match="no frames"):
        pack([], SOURCES)


@given(
    st.binary(min_size=16, max_size=16),
    st.lists(st.tuples(st.integers(1, 2**62), st.binary(max_size=50)), max_size=5),
)
def test_parcel_survives_the_round_trip(journal: bytes, entries: list[tuple[int, bytes]]) -> None:
    parcel = Parcel(journal, tuple(entries))
    raw = parcel.to_bytes()
    assert Parcel.from_bytes(raw) == parcel
    for damaged in (raw[:-1], raw + b"x"):
        with pytest.raises(DamagedFrames):
            Parcel.from_bytes(damaged)
