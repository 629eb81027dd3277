"""What a controller promises, and what a guard must know of it to hold it in check."""

from typing import Protocol

from twin.control.actuator import Actuator
from twin.model.command import Command
from twin.model.frame import Sample


class Controller(Protocol):
    """One closed loop that knows tags only.

    Whoever runs it calls `update` with every sample of a subject in order of time, and `decide` about once a period
    with the present moment (UTC, ms), after all updates up to it and never together with one. Decisions may come late
    or be left out. The commands that `decide` returns are to be carried out at once, in order; each says in its
    `reason`, with the numbers, why. A controller has no clock, no randomness and does no I/O: the same samples and
    moments give the same commands. Neither call raises, whatever the samples hold.
    """

    @property
    def subjects(self) -> tuple[str, ...]:
        """Full paths of the tags that it needs."""
        ...

    @property
    def period(self) -> float:
        """Seconds between its decisions."""
        ...

    def update(self, sample: Sample) -> None:
        """Take a sample in."""
        ...

    def decide(self, time_ms: int) -> list[Command]:
        """Return what is to be set at `time_ms`."""
        ...


class Judged(Controller, Protocol):
    """A controller that sets one tag and judges its own loop, so that a guard can hold it in check.

    It sees only good, plausible samples whose time rises. It reads in `actuator.value` what the tag really stands at:
    its commands may be limited or not sent at all. `usual` is its badness when nothing is done, where arithmetic
    tells; None where that must be seen first, in `watch` readings.
    """

    @property
    def actuator(self) -> Actuator:
        """The tag that it sets."""
        ...

    @property
    def reads_text(self) -> bool:
        """Whether its subjects are texts; else they are numbers."""
        ...

    @property
    def watch(self) -> int:
        """How many readings of its badness show what the loop is without it."""
        ...

    @property
    def usual(self) -> float | None:
        """Its badness when nothing is done, None where that must be seen."""
        ...

    def badness(self) -> float | None:
        """Return the loop's objective over the newest period, less is better; None when there is nothing to judge."""
        ...
