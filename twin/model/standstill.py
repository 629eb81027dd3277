"""How a station stands still: it waits, is stopped, is set up, or its line is closed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import simpy

from twin.model.passage import go
from twin.model.state import Reason, State
from twin.model.unit import Unit

if TYPE_CHECKING:
    from twin.model.discrete_line import DiscreteLine


class Standstill(Unit):
    """A unit of a discrete line with `places`, of which `busy` hold a part and `active` work on one.

    `serviced` of the busy ones hold none: what wears on them is renewed. `ready`: it may begin a part. `down`: it is
    stopped until cleared. `waiting_since` is the second since which no place works although it may (negative: none),
    `waiting_for` the reason, `blocked_at` the unit that has no room; `shortage` is why some of its places are out of
    service while others work.
    A wait becomes a state only when it outlasts the line's threshold; DiscreteLine sees to that.
    """

    def __init__(
        self,
        env: simpy.Environment,
        name: str,
        *,
        places: int,
        power: Mapping[str, Mapping[str, float]] | None,
        **options: Any,
    ) -> None:
        if places < 1:
            raise ValueError(f"station {name}: places {places} must be at least 1")
        super().__init__(env, name, power=power, counted=True, **options)
        self.places = places
        self.busy = 0
        self.active = 0
        self.serviced = 0
        self.ready = False
        self.down = False
        self.waiting_since = -1.0
        self.waiting_for: str = Reason.STARVED
        self.blocked_at: Standstill | None = None
        self.shortage: tuple[State, str] | None = None
        self._line: DiscreteLine | None = None

    @property
    def line(self) -> "DiscreteLine":
        """The line that the station belongs to."""
        if self._line is None:
            raise ValueError(f"station {self.name} belongs to no line")
        return self._line

    def join(self, line: "DiscreteLine") -> None:
        """Become a station of `line`."""
        if self._line is not None:
            raise ValueError(f"station {self.name} already belongs to a line; build one for each line")
        self._line = line

    def pull(self) -> None:
        """Begin whatever can begin now; else wait."""
        raise NotImplementedError

    def move(self, state: State, reason: str) -> None:
        """Move to `state`, and let the line reconsider why it does not produce."""
        go(self, state, reason)
        self.line.reconsider()

    def wait(self, reason: str) -> None:
        """Begin to wait for `reason`, unless it waits for that already."""
        if not self.ready:
            self.rest()
        elif self.waiting_since < 0.0 or self.waiting_for != reason:
            self.waiting_since = self.env.now
            self.waiting_for = reason
            self.line.suspension.watch()
            if self.state is State.SUSPENDED:
                self.move(State.SUSPENDED, reason)

    def rest(self) -> None:
        """Stand still while the line is closed; a stop or a changeover has a state of its own."""
        if self.active or self.line.open or self.down or self.state is State.RESETTING:
            return
        self.waiting_since = -1.0
        self.move(State.STOPPED, self.line.closed_for)

    def close(self) -> None:
        """Begin no more parts: the line's planned time is over."""
        self.ready = False
        self.rest()

    def reopen(self) -> None:
        """Be ready again, unless a stop or a changeover is going on."""
        if not self.down and self.state is not State.RESETTING:
            self.ready = True
            self.move(State.EXECUTE, Reason.PRODUCTION)

    def resume(self) -> None:
        """Pull again when all stations are ready; a place that is still blocked goes on waiting."""
        if self.ready:
            self.pull()
            if not self.active and self.busy == self.places and self.blocked_at is not None:
                self.wait(Reason.BLOCKED)

    def change_over(self) -> None:
        """Begin a changeover."""
        self.ready = False
        self.waiting_since = -1.0
        self.move(State.RESETTING, Reason.CHANGEOVER)

    def changed_over(self) -> None:
        """End a changeover; attended work ends in open time only."""
        self.ready = True
        self.move(State.EXECUTE, Reason.PRODUCTION)

    def run_out(self) -> None:
        """Stand idle: nothing is ordered any more."""
        self.ready = False
        self.waiting_since = -1.0
        self.move(State.IDLE, Reason.NO_ORDER)
