"""Sample and frame: the one noun that crosses every border, and the numbered parcel it travels in."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from twin.model.tag import Value

GOOD = 192
BAD = 0
STALE = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one tag at `time_ms` (UTC, ms since 1970); time strictly rises per path."""

    path: str
    value: Value
    time_ms: int
    quality: int = GOOD


@dataclass(slots=True)
class Frame:
    """What one unit published at one scan: the thing that is sent, kept, acknowledged, counted.

    `source` is the unit's path; `seq` is contiguous from 1 within an `epoch` of a source; `time_ms` the scan.
    Columns of equal length: `tags` (index into the unit's declared tags), `times_ms`, `values` (float; 0.0 at the
    places that `texts` fills). `texts` maps a place in the columns to its text.
    """

    source: str
    epoch: int
    seq: int
    time_ms: int
    tags: list[int]
    times_ms: list[int]
    values: list[float]
    texts: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.tags)

    def samples(self, names: tuple[str, ...]) -> Iterator[Sample]:
        """Yield the samples; `names` are the unit's declared tag names in order."""
        for place, tag in enumerate(self.tags):
            value: Value = self.texts.get(place, self.values[place])
            yield Sample(f"{self.source}/{names[tag]}", value, self.times_ms[place])
