"""The scan of one unit: its tags turned into frames, by exception and at every full minute."""

from dataclasses import dataclass

from twin.model.frame import Frame
from twin.model.tag import Kind, Tag
from twin.model.unit import Unit

_MINUTE_KINDS = (Kind.STATE, Kind.COUNT, Kind.MEASURE)


@dataclass(slots=True)
class _Channel:
    """One tag as the scan sees it."""

    tag: Tag
    last_ms: int = -1
    last: float = float("nan")
    text: str | None = None


class Scanner:
    """Turns one unit's tags into frames."""

    def __init__(self, unit: Unit, source: str, epoch: int, start_ms: int) -> None:
        self.unit = unit
        self.source = source
        self.epoch = epoch
        self.start_ms = start_ms
        self.seq = 0
        self.tags = unit.tags()
        self.channels = [_Channel(tag) for tag in self.tags]
        self.index = {tag.name: place for place, tag in enumerate(self.tags)}
        if len(self.index) != len(self.tags):
            names = [tag.name for tag in self.tags]
            raise ValueError(
                f"unit {unit.name}: tag named twice: {sorted({n for n in names if names.count(n) > 1})}"
            )
        self.read = [
            (place, channel, channel.tag.read, channel.tag.deadband)
            for place, channel in enumerate(self.channels)
            if channel.tag.read is not None
        ]
        self.states = [
            (place, channel)
            for place, channel in enumerate(self.channels)
            if channel.tag.kind is Kind.STATE and channel.tag.read is None
        ]
        self.texts = [
            (place, channel)
            for place, channel in enumerate(self.channels)
            if channel.tag.kind is Kind.TEXT and channel.tag.read is None
        ]
        self.channels[self.index["state"]].last = float(unit.state)
        self.channels[self.index["capacity"]].last = unit.capacity
        unit.pending = [(unit.env.now, "reason", unit.reason)]

    def scan(self, time_ms: int, *, minute: bool, hour: bool) -> Frame | None:
        """Return the frame of this scan, None when nothing is worth reporting."""
        unit = self.unit
        unit.touched = False
        tags: list[int] = []
        times: list[int] = []
        values: list[float] = []
        texts: dict[int, str] = {}
        if unit.pending:
            following: dict[
                str, int
            ] = {}  # samples of a tag still to come: each needs a millisecond of its own
            for _, name, _ in unit.pending:
                following[name] = following.get(name, 0) + 1
            for when, name, value in unit.pending:
                place = self.index[name]
                channel = self.channels[place]
                following[name] -= 1
                told = min(self.start_ms + round(when * 1000.0), time_ms - following[name])
                moment = max(told, channel.last_ms + 1)
                channel.last_ms = moment
                if isinstance(value, str):
                    channel.text = value
                    texts[len(tags)] = value
                    value = 0.0
                channel.last = float(value)
                tags.append(place)
                times.append(moment)
                values.append(channel.last)
            unit.pending.clear()
        for place, channel, read, deadband in self.read:
            value = read()
            if isinstance(value, str):
                if value == channel.text and not hour:
                    continue
                channel.text = value
                texts[len(tags)] = value
                value = 0.0
            elif not (
                (minute and channel.tag.kind in _MINUTE_KINDS)
                or hour
                or (value != channel.last and not abs(value - channel.last) <= deadband)
            ):
                continue
            if channel.last_ms >= time_ms:
                continue
            channel.last = float(value)
            channel.last_ms = time_ms
            tags.append(place)
            times.append(time_ms)
            values.append(channel.last)
        if hour:
            for place, channel in self.texts:
                if channel.last_ms < time_ms and channel.text is not None:
                    channel.last_ms = time_ms
                    texts[len(tags)] = channel.text
                    tags.append(place)
                    times.append(time_ms)
                    values.append(0.0)
        if minute:
            for place, channel in self.states:
                if channel.last_ms < time_ms and channel.last == channel.last:
                    channel.last_ms = time_ms
                    tags.append(place)
                    times.append(time_ms)
                    values.append(channel.last)
        if not tags:
            return None
        self.seq += 1
        return Frame(self.source, self.epoch, self.seq, time_ms, tags, times, values, texts)
