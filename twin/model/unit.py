"""One ISA-88 unit: PackML state, standard tags, meters, counts and its page in the ledger."""

from collections.abc import Generator, Mapping
from functools import partial
from typing import Any

import simpy

from twin.model.energy import POWER_STATES, Meter
from twin.model.fault import Fault
from twin.model.site import Site
from twin.model.state import LEGAL_MOVES, Reason, State, category
from twin.model.tag import Kind, Tag, Value

# How a PackML state draws power where a unit does not say otherwise.
POWER_OF_STATE = dict.fromkeys(State, "idle") | {
    State.EXECUTE: "execute",
    State.STOPPED: "standby",
    State.ABORTED: "standby",
}


def meter_tags(carrier: str, meter: Meter) -> list[Tag]:
    """Return the tags of one meter: the power drawn now and a register for each power state."""
    nominal = max(meter.power.values(), default=0.0)
    words = carrier.replace("_", " ")
    return [
        Tag(name=f"power_{carrier}", kind=Kind.MEASURE, unit="kW", low=0, deadband=0.01 * nominal,
            read=lambda: meter.draw, description=f"{words} drawn now"),
        *(
            Tag(name=f"energy_{carrier}_{label}", kind=Kind.COUNT, unit="kW.h", deadband=nominal / 60.0,
                read=partial(meter.read, label), description=f"{words} used in power state {label}")
            for label in POWER_STATES
        ),
    ]  # fmt: skip


class IllegalMove(ValueError):
    """A PackML transition that ISA-TR88.00.02 does not know."""


class Unit:
    """One unit of a line.

    `power` maps carrier (`electricity`, `natural_gas`, …) to the draw in kW by power state. `counted` gives the
    unit the four production counters in `count_unit`. `ideal_cycle_time` is the planned run time per item in
    seconds per `count_unit` (ISO 22400: PRI); None for a unit without a rate of its own.
    Set `touched` after changing anything that a tag reads; the next scan looks at touched units only.
    """

    role = "unit"

    def __init__(
        self,
        env: simpy.Environment,
        name: str,
        *,
        title: str = "",
        kind: str = "unit",
        power: Mapping[str, Mapping[str, float]] | None = None,
        counted: bool = False,
        count_unit: str = "{piece}",
        ideal_cycle_time: float | None = None,
        capacity: float = 1.0,
    ) -> None:
        if ideal_cycle_time is not None and ideal_cycle_time <= 0:
            raise ValueError(f"unit {name}: ideal_cycle_time {ideal_cycle_time} must be positive")
        if isinstance(env, Site):
            env.units.append(self)
        self.env = env
        self.name = name
        self.title = title or name
        self.kind = kind
        self.count_unit = count_unit
        self.counted = counted
        self.ideal_cycle_time = ideal_cycle_time
        self.state = State.STOPPED
        self.reason = Reason.NOT_SCHEDULED
        self.since = env.now
        self.capacity = capacity  # share of the installed capacity that is in service, 0..1
        self.processed = 0.0
        self.scrapped = 0.0
        self.reworked = 0.0
        self.meters = {carrier: Meter(env, draw, "standby") for carrier, draw in (power or {}).items()}
        self.touched = True
        self.faults: list[Fault] = []
        self.pending: list[tuple[float, str, Value]] | None = (
            None  # exact-time samples; a Simulation collects
        )
        self._seconds: dict[tuple[State, str], float] = {}
        self._capacity_seconds = 0.0  # integral of capacity over EXECUTE
        self._capacity_since = env.now

    # -- state ---------------------------------------------------------------------------------------------

    def to(self, state: State, reason: str) -> None:
        """Move to `state` for `reason` now; raises IllegalMove for a transition PackML does not know.

        The same state with another reason is recorded too; nothing happens when both are as they were.
        """
        if category(reason) not in Reason.ALL:
            known = ", ".join(sorted(Reason.ALL))
            raise ValueError(f"unit {self.name}: unknown reason {reason!r}; categories: {known}")
        if state is self.state:
            if reason == self.reason:
                return
        elif state not in LEGAL_MOVES[self.state]:
            raise IllegalMove(
                f"unit {self.name}: {self.state.name} -> {state.name} ({reason}) is no PackML move"
            )
        self._book()
        self.state = state
        self.reason = reason
        self.log("reason", reason)
        self.log("state", int(state))
        label = POWER_OF_STATE[state]
        for meter in self.meters.values():
            if meter.label != label:
                meter.switch(label)

    def set_capacity(self, capacity: float) -> None:
        """Put the share `capacity` (0..1) of the installed capacity in service from now on."""
        if not 0.0 <= capacity <= 1.0:
            raise ValueError(f"unit {self.name}: capacity {capacity} must lie in 0..1")
        self._book()
        self.capacity = capacity
        self.log("capacity", capacity)

    def _book(self) -> None:
        now = self.env.now
        key = (self.state, category(self.reason))
        elapsed = now - self.since
        self._seconds[key] = self._seconds.get(key, 0.0) + elapsed
        if self.state is State.EXECUTE:
            self._capacity_seconds += self.capacity * elapsed
        self.since = now

    def log(self, tag: str, value: Value) -> None:
        """Report `value` of `tag` with the exact present time."""
        self.touched = True
        if self.pending is not None:
            self.pending.append((self.env.now, tag, value))

    def log_counts(self) -> None:
        """Report all counters with the exact present time (order change, shift change)."""
        for tag in self.tags():
            if tag.kind is Kind.COUNT and tag.read is not None:
                self.log(tag.name, tag.read())

    def scale_power(self, label: str, factor: float, carrier: str | None = None) -> None:
        """Draw `factor` times the nominal power in power state `label` from now on; None: of every carrier.

        A draw that the physics sets is not scaled.
        """
        if carrier is not None and carrier not in self.meters:
            known = ", ".join(self.meters) or "none"
            raise ValueError(f"unit {self.name} has no meter of {carrier!r}; its power names: {known}")
        for meter in self.meters.values() if carrier is None else (self.meters[carrier],):
            meter.scale(label, factor)
        self.touched = True

    # -- counts --------------------------------------------------------------------------------------------

    def count(self, processed: float = 0.0, *, scrapped: float = 0.0, reworked: float = 0.0) -> None:
        """Add to the production counters, in `count_unit`; defective = scrapped + reworked."""
        self.processed += processed
        self.scrapped += scrapped
        self.reworked += reworked
        self.touched = True

    # -- faults --------------------------------------------------------------------------------------------

    def can_suffer(self, *faults: Fault) -> None:
        """Offer `faults` to trainers; before the line starts."""
        for fault in faults:
            if any(other.key == fault.key for other in self.faults):
                raise ValueError(f"unit {self.name}: two faults are called {fault.key!r}")
            fault.belong(self)
            self.faults.append(fault)

    # -- telemetry -----------------------------------------------------------------------------------------

    def tags(self) -> tuple[Tag, ...]:
        """Return the unit's tags: the standard ones, its own, its faults'; the order is the declaration."""
        return self._standard_tags() + self.own_tags() + tuple(fault.tag() for fault in self.faults)

    def own_tags(self) -> tuple[Tag, ...]:
        """Return what this unit has beyond the standard tags."""
        return ()

    def _standard_tags(self) -> tuple[Tag, ...]:
        tags = [
            Tag(name="state", kind=Kind.STATE, description="PackML state (OPC 30050 numbers)", low=1, high=17),
            Tag(name="reason", kind=Kind.TEXT, description="why: category[:detail]"),
            Tag(name="capacity", kind=Kind.STATE, low=0, high=1,
                description="share of the installed capacity in service"),
        ]  # fmt: skip
        if self.counted:
            piece = self.count_unit
            tags += [
                Tag(name="prod_processed_count", kind=Kind.COUNT, unit=piece, read=lambda: self.processed,
                    description="processed quantity PQ = GQ + SQ + RQ"),
                Tag(name="prod_defective_count", kind=Kind.COUNT, unit=piece,
                    read=lambda: self.scrapped + self.reworked, description="defective quantity SQ + RQ"),
                Tag(name="scrap_count", kind=Kind.COUNT, unit=piece, read=lambda: self.scrapped,
                    description="scrap quantity SQ"),
                Tag(name="rework_count", kind=Kind.COUNT, unit=piece, read=lambda: self.reworked,
                    description="rework quantity RQ"),
            ]  # fmt: skip
        if self.ideal_cycle_time is not None:
            ideal = self.ideal_cycle_time
            tags.append(
                Tag(name="ideal_cycle_time", kind=Kind.PARAMETER, unit="s", read=lambda: ideal,
                    description=f"planned run time per item PRI, seconds per {self.count_unit}")
            )  # fmt: skip
        for carrier, meter in self.meters.items():
            tags += meter_tags(carrier, meter)
        return tuple(tags)

    # -- ledger --------------------------------------------------------------------------------------------

    def account(self) -> dict[str, float]:
        """Return the unit's page of the ledger, exact to this moment: the ground truth, flat name -> value.

        Keys: `seconds/<state>/<category>` (s), `capacity_seconds` (s, integral of capacity while EXECUTE),
        `processed`, `scrapped`, `reworked` (count_unit), `energy/<carrier>/<power state>` (kWh).
        """
        self._book()
        page = {f"seconds/{state.name.lower()}/{why}": spent for (state, why), spent in self._seconds.items()}
        page["capacity_seconds"] = self._capacity_seconds
        page |= {"processed": self.processed, "scrapped": self.scrapped, "reworked": self.reworked}
        for carrier, meter in self.meters.items():
            for label in POWER_STATES:
                page[f"energy/{carrier}/{label}"] = meter.read(label)
        return page

    # -- behaviour -----------------------------------------------------------------------------------------

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Behave: a SimPy process that lives as long as the line; the default does nothing."""
        return
        yield
