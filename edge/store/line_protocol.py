"""Line protocol of InfluxDB: one point from mappings, many points of known series from columns.

What the protocol cannot say is told apart here, in one place: a line break (`guard` keeps it as a symbol), a backslash
at the end of a name (it would quote the separator behind it), a value that is no number.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

FieldValue: TypeAlias = float | int | bool | str

LINES = 5000  # in one request, the size that InfluxDB takes best
_CONTROL = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}
_MEASUREMENT = str.maketrans({",": r"\,", " ": r"\ ", **_CONTROL})
_KEY = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ ", **_CONTROL})
_STRING = str.maketrans({'"': r"\"", "\\": r"\\"})
_GUARD = str.maketrans({"\n": "\N{SYMBOL FOR NEWLINE}", "\r": "\N{SYMBOL FOR CARRIAGE RETURN}"})
_UNGUARD = str.maketrans({"\N{SYMBOL FOR NEWLINE}": "\n", "\N{SYMBOL FOR CARRIAGE RETURN}": "\r"})


def guard(text: str) -> str:
    """Return `text` with its line breaks as symbols; `unguard` is the inverse."""
    return text.translate(_GUARD)


def unguard(text: str) -> str:
    r"""Return the text that `guard` was given.

    >>> unguard(guard("first\nsecond"))
    'first\nsecond'
    """
    return text.translate(_UNGUARD)


def _name(text: str, table: dict[int, str]) -> str:
    """Escape a name; a slash stands for each backslash at its end, which would quote what follows."""
    escaped = text.translate(table)
    bare = escaped.rstrip("\\")
    return bare + "/" * (len(escaped) - len(bare))


def series_key(measurement: str, tags: Mapping[str, str]) -> bytes:
    r"""Return measurement and tags, sorted by key; tags without a value are left out.

    Raises ValueError for a measurement that would be read as a comment.

    >>> series_key("sample", {"unit": "op 10", "area": "press_shop", "line": ""})
    b'sample,area=press_shop,unit=op\\ 10'
    """
    if not measurement or measurement.startswith(("#", "_")):
        raise ValueError(f"measurement {measurement!r}: a name begins neither with # nor with _")
    parts = [_name(measurement, _MEASUREMENT)]
    parts += [f"{_name(key, _KEY)}={_name(value, _KEY)}" for key, value in sorted(tags.items()) if value]
    return ",".join(parts).encode()


def field_set(fields: Mapping[str, FieldValue]) -> bytes:
    r"""Return the fields, typed as their Python values are; numbers that are not finite are left out.

    >>> field_set({"state": 6, "reason": 'say "go"', "rate": 0.5, "open": True, "lost": float("nan")})
    b'state=6i,reason="say \\"go\\"",rate=0.5,open=true'
    """
    parts = []
    for key, value in fields.items():
        if isinstance(value, str):
            text = f'"{guard(value).translate(_STRING)}"'
        elif isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, int):
            text = f"{value}i"
        elif np.isfinite(value):
            text = repr(float(value))
        else:
            continue
        parts.append(f"{_name(key, _KEY)}={text}")
    return ",".join(parts).encode()


def line(measurement: str, tags: Mapping[str, str], fields: Mapping[str, FieldValue], time: int) -> bytes:
    """Return one point as a line without its end, b"" when no field can be written.

    >>> line("sample", {"tag": "level"}, {"value": 1.5}, 1000)
    b'sample,tag=level value=1.5 1000'
    """
    written = field_set(fields)
    return b"%b %b %d" % (series_key(measurement, tags), written, time) if written else b""


def columns(
    prefixes: NDArray[np.object_],
    which: NDArray[np.integer],
    values: NDArray[np.float64],
    times: NDArray[np.int64],
) -> Iterator[bytes]:
    """Yield bodies of at most `LINES` lines: point i is `prefixes[which[i]]` (series key and `field=`), value, time.

    Values are finite; every line has its shortest exact decimal form.
    """
    for start in range(0, len(which), LINES):
        part = slice(start, start + LINES)
        count = len(which[part])
        pieces: list[bytes] = [b""] * (3 * count)
        pieces[0::3] = prefixes[which[part]].tolist()
        pieces[1::3] = _numbers(values[part]).split(b",")
        pieces[2::3] = (b" " + _numbers(times[part]).replace(b",", b"\n, ")).split(b",")
        yield b"".join(pieces)


def _numbers(column: NDArray[np.generic]) -> bytes:
    return orjson.dumps(np.ascontiguousarray(column), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]


def bodies(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the lines, but for empty ones, in bodies of at most `LINES`."""
    held = [one for one in lines if one]
    for start in range(0, len(held), LINES):
        yield b"\n".join(held[start : start + LINES])
