"""Line protocol: the encoder against influxdb-client's Point, and against a strict reader where Point goes wrong."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from influxdb_client import Point, WritePrecision

from edge.store.line_protocol import LINES, bodies, columns, guard, line, series_key, unguard
from tests.edge.influx.line_protocol import BadLine, read

# What both can say: no line break, no backslash at the end, numbers that are finite.
_NAME = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\t"), min_size=1, max_size=12).filter(
    lambda text: not text.endswith("\\") and text[0] not in "_#"
)
_STRING = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=30)
_NUMBER = st.floats(allow_nan=False, allow_infinity=False)
_INTEGER = st.integers(-(2**63), 2**63 - 1)
_VALUE = st.one_of(_NUMBER, _INTEGER, st.booleans(), _STRING)
_TAGS = st.dictionaries(_NAME, _NAME, max_size=4)
_FIELDS = st.dictionaries(_NAME, _VALUE, min_size=1, max_size=4)
_TIME = st.integers(-(2**62), 2**62)


@given(measurement=_NAME, tags=_TAGS, fields=_FIELDS, time=_TIME)
def test_a_line_says_what_point_says(
    measurement: str, tags: dict[str, str], fields: dict[str, float | int | bool | str], time: int
) -> None:
    """Same text but for floats, which Point shortens (`1` for `1.0`), and the order of the fields."""
    point = Point(measurement).time(time, WritePrecision.NS)
    for name, text in tags.items():
        point.tag(name, text)
    for name, value in fields.items():
        point.field(name, value)
    theirs = read(point.to_line_protocol())
    ours = read(line(measurement, tags, fields, time).decode())
    assert ours == theirs
    assert ours.fields == fields
    if not any(isinstance(value, float) for value in fields.values()):
        ordered = dict(sorted(fields.items()))
        assert line(measurement, tags, ordered, time).decode() == point.to_line_protocol()


@given(
    measurement=_NAME,
    tags=st.dictionaries(_NAME, st.text(max_size=12), max_size=3),
    text=st.text(max_size=30),
)
def test_a_strict_reader_takes_every_line_that_is_written(
    measurement: str, tags: dict[str, str], text: str
) -> None:
    """Any text as a tag or a field: the reader finds the field as it was, and a tag for each that has a value."""
    tags = {name: value.encode(errors="ignore").decode() for name, value in tags.items()}
    text = text.encode(errors="ignore").decode()
    found = read(line(measurement, tags, {"text": text}, 1).decode())
    assert unguard(str(found.fields["text"])) == text.replace("\N{SYMBOL FOR NEWLINE}", "\n").replace(
        "\N{SYMBOL FOR CARRIAGE RETURN}", "\r"
    )
    assert {name for name, _ in found.tags} == {name for name, value in tags.items() if value}


@pytest.mark.parametrize("text", ["two\nlines", "two\r\nlines"])
def test_line_break_in_a_string_stays_in_its_line_unlike_points(text: str) -> None:
    with pytest.raises(BadLine):
        read(Point("event").field("text", text).time(1).to_line_protocol())
    found = read(line("event", {}, {"text": text}, 1).decode())
    assert found.fields["text"] == guard(text)
    assert unguard(guard(text)) == text


def test_backslash_at_the_end_of_a_tag_does_not_eat_what_follows() -> None:
    found = read(line("sample", {"a": "c:\\", "b": "2"}, {"value": 1.0}, 1).decode())
    assert found.tags == (("a", "c:/"), ("b", "2"))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_left_out_and_a_point_without_fields_is_no_line(value: float) -> None:
    assert read(line("sample", {}, {"value": value, "ok": 1}, 1).decode()).fields == {"ok": 1}
    assert line("sample", {}, {"value": value}, 1) == b""


@pytest.mark.parametrize("measurement", ["", "#comment", "_reserved"])
def test_measurement_that_would_be_no_point_is_refused(measurement: str) -> None:
    with pytest.raises(ValueError, match="measurement"):
        series_key(measurement, {})


@given(
    st.lists(st.tuples(st.integers(0, 2), _NUMBER, st.integers(-(2**62), 2**62)), max_size=40),
)
def test_columns_are_the_lines_of_their_points(points: list[tuple[int, float, int]]) -> None:
    """The way in bulk gives exactly the points of the way one by one."""
    names = ["level", "flow rate", "a,b=c"]
    prefixes = np.array([series_key("sample", {"tag": name}) + b" value=" for name in names], np.object_)
    which, values, times = (
        np.array([point[place] for point in points], kind)
        for place, kind in enumerate((np.int64, np.float64, np.int64))
    )
    body = b"\n".join(columns(prefixes, which, values, times))
    found = [read(text) for text in body.decode().split("\n") if text]
    assert found == [
        read(line("sample", {"tag": names[number]}, {"value": value}, time).decode())
        for number, value, time in points
    ]


def test_bodies_hold_as_many_lines_as_the_server_takes_best() -> None:
    prefixes = np.array([b"s value="], np.object_)
    count = 2 * LINES + 1
    made = list(columns(prefixes, np.zeros(count, np.int64), np.ones(count), np.arange(count)))
    assert [body.count(b"\n") + 1 for body in made] == [LINES, LINES, 1]
    assert list(bodies([b"", b"a v=1 1", b"", b"b v=1 1"])) == [b"a v=1 1\nb v=1 1"]


@pytest.mark.parametrize(
    "text",
    [
        "m value=1", "m,t= value=1 1", "m,t=1,t=2 value=1 1", "m value= 1", "m value=nan 1", 'm value="open 1',
        "m value=1 now", "m 1", "m,t=a=b value=1 1", "m,_t=1 value=1 1", "m _value=1 1", "#m value=1 1",
        "m value=9223372036854775808i 1", 'm value="a\\b" 1', "m value=1 9223372036854775808", "m,t=x\\ value=1 1",
        'm value="' + "x" * 65_537 + '" 1',
    ],
)  # fmt: skip
def test_strict_reader_refuses(text: str) -> None:
    """The reader that the encoder is held against can say no."""
    with pytest.raises(BadLine):
        read(text)
