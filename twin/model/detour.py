"""Rework on the line: a part goes back over stations of the line and is inspected again."""

from typing import TYPE_CHECKING

from twin.model.part import Part

if TYPE_CHECKING:
    from twin.model.station import Station


class Detour:
    """The way back of a rejected part: over `stations`, then once more to the inspection that rejected it.

    After `limit` detours it is scrap. With `first_pass` a part that was sent back counts as rework when it leaves the
    line (first-pass yield); without, the rework is booked at the station that caused it only. Stations always take
    a part that comes back, whatever the size of their buffer: rework racks are not the line's buffers.
    """

    __slots__ = ("first_pass", "limit", "stations")

    def __init__(self, *stations: "Station", limit: int = 1, first_pass: bool = True) -> None:
        if not stations:
            raise ValueError("detour: name at least one station that a rejected part goes back to")
        if limit < 1:
            raise ValueError(f"detour over {stations[0].name}: limit {limit} must be at least 1")
        self.stations = stations
        self.limit = limit
        self.first_pass = first_pass

    def send(self, part: Part, inspection: "Station") -> None:
        """Put the way back into the route of `part`, right behind its present step at `inspection`."""
        ahead = part.step + 1
        part.route = (*part.route[:ahead], *self.stations, inspection, *part.route[ahead:])
        part.detours += 1
        part.returning = ahead + len(self.stations)
        part.reworked = part.reworked or self.first_pass
        part.defect = part.origin = None
