"""A strict reader of line protocol, written from its specification alone: it refuses what a server may misread."""

import math
import re
from dataclasses import dataclass

Value = float | int | bool | str
_INT = re.compile(r"[+-]?\d+i")
_UINT = re.compile(r"\d+u")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_BOOLS = dict.fromkeys(("t", "T", "true", "True", "TRUE"), True) | dict.fromkeys(
    ("f", "F", "false", "False", "FALSE"), False
)
_UNESCAPED = {separator: re.compile(rf"(?<!\\){separator}") for separator in ", ="}
MAX_STRING = 64 * 1024


class BadLine(ValueError):
    """A line that is no point; the text says why."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point; `time` in the precision of the request."""

    measurement: str
    tags: tuple[tuple[str, str], ...]
    fields: dict[str, Value]
    time: int


def read(line: str) -> Point:
    """Read one line without its end; raises BadLine."""
    if "\n" in line or "\r" in line:
        raise BadLine("a line break within a point")
    key, rest = _cut(line, " ")
    names = _split(key, ",")
    measurement = _plain(names[0], ", ")
    if not measurement or measurement[0] in "_#":
        raise BadLine(f"measurement {measurement!r}")
    tags = [_tag(part) for part in names[1:]]
    if len({name for name, _ in tags}) != len(tags):
        raise BadLine("a tag twice")
    fields_text, time_text = _fields_end(rest)
    fields = dict(_field(part) for part in _split_fields(fields_text))
    if not re.fullmatch(r"-?\d+", time_text):
        raise BadLine(f"timestamp {time_text!r}")
    time = int(time_text)
    if not -(2**63) < time < 2**63 - 1:
        raise BadLine(f"timestamp {time} out of range")
    return Point(measurement, tuple(sorted(tags)), fields, time)


def _cut(text: str, separator: str) -> tuple[str, str]:
    """Cut at the first separator without a backslash before it."""
    found = _UNESCAPED[separator].search(text)
    if found is None:
        raise BadLine(f"no {separator!r} where one must be: {text[:80]!r}")
    return text[: found.start()], text[found.end() :]


def _split(text: str, separator: str) -> list[str]:
    return _UNESCAPED[separator].split(text)


def _plain(text: str, special: str) -> str:
    """Take the backslashes before special characters away."""
    if text.endswith("\\"):
        raise BadLine(f"a backslash at the end of {text!r}")
    for character in special:
        text = text.replace("\\" + character, character)
    return text


def _tag(text: str) -> tuple[str, str]:
    name, value = _cut(text, "=")
    if _UNESCAPED["="].search(value):
        raise BadLine(f"'=' in tag value {value!r}")
    if not name or not value or name.startswith("_"):
        raise BadLine(f"tag {text!r}")
    return _plain(name, ",= "), _plain(value, ",= ")


def _quoted(text: str) -> list[bool]:
    """Tell of every character whether it stands in a string, quotes included."""
    inside, flags, skip = False, [], False
    in_value = False  # behind the equals sign of a field: a quote in a field's name is part of the name
    for place, character in enumerate(text):
        if skip:
            skip = False
            flags.append(True)
            continue
        if inside and character == "\\":
            skip = True
        elif character == '"' and (inside or in_value):
            inside = not inside
            flags.append(True)
            continue
        elif not inside and character in "=," and text[place - 1 : place] != "\\":
            in_value = character == "="
        flags.append(inside)
    if inside:
        raise BadLine("a string without its end")
    return flags


def _fields_end(rest: str) -> tuple[str, str]:
    if '"' not in rest:
        return _cut(rest, " ")
    flags = _quoted(rest)
    for place, character in enumerate(rest):
        if character == " " and not flags[place] and place and rest[place - 1] != "\\":
            return rest[:place], rest[place + 1 :]
    raise BadLine("no timestamp")


def _split_fields(text: str) -> list[str]:
    if '"' not in text:
        return _split(text, ",")
    flags = _quoted(text)
    parts, start = [], 0
    for place, character in enumerate(text):
        if character == "," and not flags[place] and place and text[place - 1] != "\\":
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _field(text: str) -> tuple[str, Value]:
    name, value = _cut(text, "=")
    if not name or name.startswith("_"):
        raise BadLine(f"field {text!r}")
    return _plain(name, ",= "), _value(value)


def _value(text: str) -> Value:
    if len(text) > 1 and text[0] == text[-1] == '"':
        inner = text[1:-1]
        if re.search(r'\\(?!["\\])', inner.replace("\\\\", "")):
            raise BadLine(f"a lone backslash in {text[:80]!r}")
        if len(inner.encode()) > MAX_STRING:
            raise BadLine(f"a string of {len(inner)} characters")
        return re.sub(r'\\(["\\])', r"\1", inner)
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.fullmatch(text) or _UINT.fullmatch(text):
        number = int(text[:-1])
        if not -(2**63) <= number < 2**63:
            raise BadLine(f"integer {text} out of range")
        return number
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    raise BadLine(f"invalid value {text[:80]!r}")
