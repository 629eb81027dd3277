"""Lengths that asyncua's decoder believes: checked before anything is made from them, for servers and clients alike."""

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator
from typing import Any

from asyncua.common.utils import Buffer, NotEnoughData
from asyncua.ua import ua_binary
from asyncua.ua.uaerrors import BadDecodingError, BadTooManyOperations

_LENGTH_BYTES = 4
_ARRAYS = ("_create_uatype_array_deserializer", "_create_list_deserializer")
_REMEMBER_ARRAYS = (
    "_create_type_deserializer",
    "_create_dataclass_deserializer",
    "_create_uatype_deserializer",
)
_elements_left: contextvars.ContextVar[list[int] | None] = contextvars.ContextVar(
    "elements_left", default=None
)

_Decode = Callable[[Any], Any]


@contextlib.contextmanager
def elements_at_most(limit: int) -> Iterator[None]:
    """Let what this task decodes in the block hold at most `limit` array elements in all.

    Beyond it decoding raises BadTooManyOperations: a byte of a message may become a thousand in memory.
    """
    token = _elements_left.set([limit])
    try:
        yield
    finally:
        _elements_left.reset(token)


def guard_decoder() -> None:
    """Make asyncua refuse lengths below -1 and arrays longer than the bytes that are left; once for the process.

    Without it six bytes that announce an array of nulls fill the memory, and a string of a negative length moves
    the decoder backwards, so that an array of them never ends.
    """
    if hasattr(ua_binary, "lengths_are_guarded"):
        return
    for name in ("read", "skip"):
        setattr(Buffer, name, _forwards(getattr(Buffer, name)))
    for name in _ARRAYS:
        setattr(ua_binary, name, _bounded(getattr(ua_binary, name)))
    for name in _REMEMBER_ARRAYS:
        getattr(ua_binary, name).cache_clear()
    vars(ua_binary)["lengths_are_guarded"] = True


def _forwards(move: Callable[[Buffer, int], Any]) -> Callable[[Buffer, int], Any]:
    @functools.wraps(move)
    def forwards(buffer: Buffer, size: int) -> Any:
        if size < 0:
            raise NotEnoughData(f"a length of {size}")
        return move(buffer, size)

    return forwards


def _bounded(make: Callable[[Any], _Decode]) -> Callable[[Any], _Decode]:
    @functools.cache
    def made(kind: Any) -> _Decode:
        decode = make(kind)

        def bounded(data: Any) -> Any:
            _admit(data)
            return decode(data)

        return bounded

    return made


def _admit(data: Any) -> None:
    """Look at the length of the array that comes next; raises an error when it cannot be true, or is too much."""
    if not isinstance(data, Buffer):
        return
    length = int.from_bytes(data.copy(_LENGTH_BYTES).read(_LENGTH_BYTES), "little", signed=True)
    if length < -1 or length > len(data) - _LENGTH_BYTES:
        raise BadDecodingError(f"an array of {length} elements in {len(data) - _LENGTH_BYTES} bytes")
    left = _elements_left.get()
    if left is not None and length > 0:
        left[0] -= length
        if left[0] < 0:
            raise BadTooManyOperations("more array elements than a request may have")
