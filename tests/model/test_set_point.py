"""Set points of a station: declared as rows, read and written as tags."""

from typing import ClassVar

import pytest
import simpy

from twin.model.cycle import Cycle
from twin.model.set_point import SetPoint
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag


class Oven(Station):
    """A station with a temperature that can be moved."""

    set_points: ClassVar[tuple[SetPoint, ...]] = (SetPoint("offset", "K", -5, 5, "of the temperature"),)
    offset = 0.0


def test_a_set_point_is_a_tag_that_reads_and_writes_its_station() -> None:
    oven, other = (
        Oven(simpy.Environment(), Streams(1), name, cycle=Cycle(mean=1.0)) for name in ("oven", "other")
    )
    tag: Tag = next(tag for tag in oven.own_tags() if tag.name == "offset")
    assert (tag.kind, tag.low, tag.high) == (Kind.SETPOINT, -5, 5)
    assert tag.write is not None
    assert tag.read is not None
    tag.write(2.5)
    assert (tag.read(), oven.offset, other.offset) == (2.5, 2.5, 0.0)


def test_a_set_point_without_its_attribute_is_refused() -> None:
    with pytest.raises(ValueError, match="no attribute 'pressure'"):
        SetPoint("pressure", "Pa", 0, 1, "").tag(object())
