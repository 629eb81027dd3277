"""Why parts become defective: common cause, special events until somebody notices, handling."""

import math
from dataclasses import dataclass

from twin.model.streams import Streams


def outside(limit: float, sigma: float) -> float:
    """Return the share 2*Phi(-limit/sigma) of a centred normal characteristic beyond +-`limit`.

    >>> round(outside(2.5, 1.0), 4)
    0.0124
    """
    return math.erfc(limit / sigma / math.sqrt(2.0))


def share_below(score: float) -> float:
    """Return the share of a standard normal population below `score`: the normal distribution function.

    >>> share_below(0.0), round(share_below(-2.5), 4)
    (0.5, 0.0062)
    """
    return 0.5 * math.erfc(-score / math.sqrt(2.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectCause:
    """A special event: begins with chance `rate` a part, is noticed after `delay` parts on average.

    Until then each part is spoiled with probability `hit`. Handling damage is the event of `delay` 1, `hit` 1.
    `cause` is `special` or `handling`.
    """

    name: str
    rate: float
    delay: float = 1.0
    hit: float = 1.0
    cause: str = "special"

    def __post_init__(self) -> None:
        if not 0.0 <= self.rate < 1.0:
            raise ValueError(f"defect cause {self.name}: rate {self.rate} per part must lie in 0..1, below 1")
        if not 1.0 <= self.delay < math.inf:
            raise ValueError(f"defect cause {self.name}: delay {self.delay} must be at least 1 part")
        if not 0.0 <= self.hit <= 1.0:
            raise ValueError(f"defect cause {self.name}: hit {self.hit} must lie in 0..1")


class Defects:
    """A defect cause at work on one station. Count `left` down once a part; when it is 0 call `strikes`."""

    __slots__ = ("_draw", "_left_of_event", "_rate", "cause", "left", "name", "usual_delay", "usual_rate")

    def __init__(self, cause: DefectCause, station: str, streams: Streams) -> None:
        self.cause = cause
        self.name = f"{cause.cause}:{cause.name}"
        self._draw = streams.uniform(f"{station}/defect/{cause.name}")
        self._left_of_event = 0
        self._rate = cause.rate
        self.usual_rate = 1.0
        self.usual_delay = 1.0
        self.left = self._gap(cause.rate)

    def set_rate(self, rate: float) -> None:
        """Let events begin with chance `rate` a part from now on; one that goes on stays."""
        if not 0.0 <= rate < 1.0:
            raise ValueError(
                f"defect cause {self.cause.name}: rate {rate} per part must lie in 0..1, below 1"
            )
        self._rate = rate
        self._look_ahead()

    def tune(self, *, rate: float = 1.0, delay: float = 1.0) -> None:
        """Let events begin `rate` times as often, and go on `delay` times as long as usual; for upgrades.

        A rate that a fault sets is multiplied too. Nothing is noticed before one part is spoiled.
        """
        for field, factor in (("rate", rate), ("delay", delay)):
            if not 0.0 <= factor < math.inf:
                raise ValueError(
                    f"defect cause {self.cause.name}: factor {field} {factor} must be finite and not negative"
                )
        self.usual_delay = delay
        if rate != self.usual_rate:
            self.usual_rate = rate
            self._look_ahead()

    def _look_ahead(self) -> None:
        """Draw anew when the next event begins: it has no memory."""
        if self._left_of_event == 0:
            self.left = self._gap(self._rate * self.usual_rate)

    def _gap(self, chance: float) -> int:
        """Draw a geometric number >= 1 with success probability `chance`."""
        if chance <= 0.0:
            return 2**62
        if chance >= 1.0:
            return 1
        return 1 + int(math.log1p(-self._draw()) / math.log1p(-chance))

    def strikes(self) -> bool:
        """Judge the part at which an event begins or goes on: is it spoiled?"""
        if self._left_of_event == 0:
            self._left_of_event = self._gap(1.0 / max(self.cause.delay * self.usual_delay, 1.0))
        self._left_of_event -= 1
        self.left = 1 if self._left_of_event else self._gap(self._rate * self.usual_rate)
        return self.cause.hit >= 1.0 or self._draw() < self.cause.hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Finds a defective part with probability `detection`; the found one is scrap with `scrap_share`, else rework.

    `scrap_share` maps the station that spoiled the part to the share of its defects that cannot be reworked.
    """

    detection: float
    scrap_share: dict[str, float]

    def __post_init__(self) -> None:
        for name, value in {"detection": self.detection, **self.scrap_share}.items():
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"inspection: {name} {value} must lie in 0..1")
