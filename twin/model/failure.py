"""Stops of a station: by chance or by wear, counted in its operating time, with the signal that leads them."""

import math
from collections import deque
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import simpy

from twin.model.signal import Symptom
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Tag

_STATES = {
    Reason.FAILURE: State.ABORTED,
    Reason.TOOLING: State.ABORTED,
    Reason.MICRO_STOP: State.HELD,
    Reason.QUALITY: State.HELD,
    Reason.MAINTENANCE: State.STOPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMode:
    """One way in which a station stops.

    `between` is the mean operating time in s from the end of a stop to the next; `shape` its Weibull shape
    (1: by chance, exponential; above 1: by wear); a `regular` one is planned and comes after exactly that time, as a
    tool change or maintenance does. The stop lasts `duration` s on average, lognormal with
    coefficient of variation `cv` (1 with `memoryless`: exponential). `category` is a reason of twin.model.state:
    failure, tooling, micro_stop, quality or maintenance. `crewed` stops wait for a free person of the station's crew.
    `symptoms` lead a stop by wear; with `renewed_at_changeover` people act on them: once one has crossed its limit,
    what wears is renewed within the next changeover. A service of it that is planned takes `planned` s (None: half of
    `duration`, est.: parts and people are ready, nobody looks for the fault).
    """

    name: str
    between: float
    duration: float
    shape: float = 1.0
    cv: float = 0.8
    memoryless: bool = False
    category: str = Reason.FAILURE
    crewed: bool = False
    symptoms: tuple[Symptom, ...] = ()
    renewed_at_changeover: bool = False
    regular: bool = False
    planned: float | None = None

    def __post_init__(self) -> None:
        for field in ("between", "duration", "shape"):
            value = getattr(self, field)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"stop mode {self.name}: {field} {value} must be positive and finite")
        if not 0 <= self.cv < math.inf:
            raise ValueError(f"stop mode {self.name}: cv {self.cv} must be finite and not negative")
        if self.regular and self.shape != 1.0:
            raise ValueError(f"stop mode {self.name}: a regular stop has no Weibull shape; leave `shape` out")
        if self.symptoms and self.shape == 1.0 and not self.regular:
            raise ValueError(
                f"stop mode {self.name}: a stop by chance has no symptoms; give it a shape above 1"
            )
        if self.renewed_at_changeover and not self.symptoms:
            raise ValueError(
                f"stop mode {self.name}: renewed_at_changeover needs symptoms that tell the wear"
            )
        if self.planned is not None:
            if not self.symptoms:
                raise ValueError(
                    f"stop mode {self.name}: planned {self.planned} needs symptoms by which a service is planned"
                )
            if not (math.isfinite(self.planned) and self.planned > 0):
                raise ValueError(
                    f"stop mode {self.name}: planned {self.planned} s must be positive and finite"
                )
        if self.category not in _STATES:
            raise ValueError(
                f"stop mode {self.name}: category {self.category!r} is none of {', '.join(sorted(_STATES))}"
            )


class Stop:
    """A stop mode at work on one station: when it strikes next, in operating seconds of the station.

    `readings` are the present values of the mode's symptoms; `told` whether the mean of one has crossed its limit
    in this life; `haste` how many times as fast as usual lives pass, `pace` how fast the usual is, `lasting` the factor
    on durations. `excess` of the way from new to failed is added to the symptoms for a cause that no renewal removes
    (a leak, a dry bearing). `on_renewal`, if given, is called with every renewal.
    """

    __slots__ = (
        "_draw_duration", "_draw_life", "_draw_noise", "_draw_planned", "at", "began", "excess", "haste", "lasting",
        "mode", "on_renewal", "pace", "readings", "reason", "state", "told",
    )  # fmt: skip

    def __init__(self, mode: StopMode, station: str, streams: Streams, places: int = 1) -> None:
        self.mode = mode
        self.state = _STATES[mode.category]
        self.reason = f"{mode.category}:{mode.name}"
        name = f"{station}/{mode.name}"
        between = mode.between * places  # operating time is summed over the places
        self._draw_life: Callable[[], float]
        if mode.regular:
            self._draw_life = lambda: between
        elif mode.shape == 1.0:
            self._draw_life = streams.exponential(f"{name}/life", between)
        else:
            self._draw_life = streams.weibull(f"{name}/life", between, mode.shape)
        self._draw_duration = _durations(mode, streams, f"{name}/duration", mode.duration)
        self._draw_planned = self._draw_duration
        if mode.symptoms:
            planned = 0.5 * mode.duration if mode.planned is None else mode.planned
            self._draw_planned = _durations(mode, streams, f"{name}/planned", planned)
        self._draw_noise = streams.normal(f"{name}/symptoms")
        self.on_renewal: Callable[[], None] | None = None
        self.told = False
        self.readings = [symptom.healthy for symptom in mode.symptoms]
        self.haste = 1.0
        self.pace = 1.0
        self.lasting = 1.0
        self.excess = 0.0
        self.began = 0.0
        self.at = 0.0
        self.renew(0.0)
        if mode.shape != 1.0 or mode.regular:  # met at any age, else all machines would age in step
            self.began = -(self.at * streams.uniform(f"{name}/age")())
            self.at += self.began

    def renew(self, operating: float) -> None:
        """Begin a new life at `operating` seconds: repaired, as good as new."""
        self.began = operating
        self.at = operating + self._draw_life() / (self.haste * self.pace)
        self.told = False
        if self.on_renewal is not None:
            self.on_renewal()

    def hasten(self, operating: float, factor: float) -> None:
        """Let this life and those to come pass `factor` times as fast as usual from `operating` seconds on.

        The used share of the present life stays. The station must aim anew.
        """
        self._refuse(factor=factor)
        before, self.haste = self.haste, factor
        self._follow(operating, before / factor)

    def tune(self, operating: float, *, pace: float = 1.0, lasting: float = 1.0) -> None:
        """Let the usual pace of lives be `pace` times, and durations to come `lasting` times the mode's, for upgrades.

        What a fault hastens comes on top. The used share of the present life stays. The station must aim anew.
        """
        self._refuse(pace=pace, lasting=lasting)
        self.lasting = lasting
        before, self.pace = self.pace, pace
        if pace != before:
            self._follow(operating, before / pace)

    def _follow(self, operating: float, ahead: float) -> None:
        """Stretch the present life by `ahead`, its used part too."""
        self.began = operating - (operating - self.began) * ahead
        self.at = operating + (self.at - operating) * ahead

    def _refuse(self, **factors: float) -> None:
        for name, factor in factors.items():
            if not (math.isfinite(factor) and factor > 0.0):
                raise ValueError(f"stop mode {self.mode.name}: {name} {factor} must be positive and finite")

    def duration(self) -> float:
        """Draw how long this stop lasts, in s."""
        return self._draw_duration() * self.lasting

    def planned_duration(self) -> float:
        """Draw how long a planned service takes instead, in s."""
        return self._draw_planned() * self.lasting

    def degradation(self, operating: float) -> float:
        """Return the used share 0..1 of this life: what a condition signal of a wear failure shows."""
        return min(max((operating - self.began) / (self.at - self.began), 0.0), 1.0)

    def measure(self, operating: float) -> None:
        """Read the symptoms at `operating` seconds."""
        degradation, excess = self.degradation(operating), self.excess
        symptoms = self.mode.symptoms
        self.readings[:] = [symptom.value(degradation, self._draw_noise(), excess) for symptom in symptoms]
        if self.mode.renewed_at_changeover and not self.told:
            # by the mean, not by one stroke that lies far out: the alarm is up by then
            self.told = any(symptom.tells(symptom.value(degradation, 0.0)) for symptom in symptoms)

    def tags(self) -> list[Tag]:
        """Return the tags of the symptoms."""
        return [
            symptom.signal.tag_of(partial(self.readings.__getitem__, place))
            for place, symptom in enumerate(self.mode.symptoms)
        ]


def _durations(mode: StopMode, streams: Streams, name: str, mean: float) -> Callable[[], float]:
    return streams.exponential(name, mean) if mode.memoryless else streams.lognormal(name, mean, mode.cv)


Choice: TypeAlias = Collection[str] | Callable[[StopMode], bool] | None


def choose(stops: Sequence[Stop], modes: Choice) -> list[Stop]:
    """Return the stops whose modes are named in, or fulfil, `modes` (None: all); raises ValueError for a stranger."""
    if modes is None:
        return list(stops)
    if callable(modes):
        return [stop for stop in stops if modes(stop.mode)]
    known = {stop.mode.name: stop for stop in stops}
    for name in modes:
        if name not in known:
            raise ValueError(f"no stop {name!r}; there are: {', '.join(known) or 'none'}")
    return [known[name] for name in modes]


class Crew:
    """People who do one thing at a time, `size` of them, `free` now; first come, first served."""

    def __init__(self, env: simpy.Environment, size: int) -> None:
        if size < 1:
            raise ValueError(f"crew size {size} must be at least 1")
        self._env = env
        self.free = size
        self._waiting: deque[simpy.Event] = deque()

    def join(self) -> Generator[simpy.Event, Any, None]:
        """Wait for a free person and take them."""
        if self.free:
            self.free -= 1
            return
        turn = self._env.event()
        self._waiting.append(turn)
        yield turn

    def leave(self) -> None:
        """Give the person back."""
        if self._waiting:
            self._waiting.popleft().succeed()
        else:
            self.free += 1
