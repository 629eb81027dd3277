"""A fault on trial: the same run with and without it, held against the effects that it states."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from twin.lab.experiment import Replication
from twin.lab.ledger_tally import line_figures
from twin.model.fault import FIGURES, Effect, Fault
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.model.tag import Kind

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday, 08:00 in China
AFTER = 7200.0  # s of simulated time before the fault strikes
EVERY = 10.0  # s between two looks at the tags
RECOVERY = 3600.0  # s watched after the fault is mended
BALANCE = 1e-9  # relative


@dataclass(frozen=True, slots=True)
class Outcome:
    """One stated effect and what was measured: `usual` without the fault, `change` with it, in `unit`.

    `left` is the change that is still there in the last half of the recovery, on the scale of `change`. A value is
    nan where a figure is undefined: nothing was planned or produced in that time.
    """

    effect: Effect
    unit: str
    usual: float
    change: float
    left: float

    @property
    def held(self) -> bool:
        """Whether the change is at least the stated one, in its direction."""
        stated = self.effect.change
        return self.change >= stated if stated > 0.0 else self.change <= stated


@dataclass(frozen=True, slots=True)
class FaultTrial:
    """What one fault did. `cleared`: its tag told 1 after the injection and 0 after the reset.

    `mended`: struck and reset at the same moment it leaves the plant as it was, by less than half of an effect on a
    tag. `imbalance` is the worst relative closure error of the disturbed run.
    """

    unit: str
    key: str
    title: str
    mechanism: str
    outcomes: tuple[Outcome, ...]
    cleared: bool
    mended: bool
    imbalance: float

    @property
    def passed(self) -> bool:
        """Whether every effect held, the fault cleared and mends, and the balances stayed closed."""
        sound = self.cleared and self.mended and self.imbalance <= BALANCE
        return sound and all(outcome.held for outcome in self.outcomes)


class FaultBench:
    """Tries the faults of `plant`, each in a run of its own, against one undisturbed run with the same `seed`.

    A fault strikes after `after` s and is mended at the end of its last effect; `recovery` s more are watched.
    """

    def __init__(
        self, plant: Plant, *, seed: int = 1, after: float = AFTER, recovery: float = RECOVERY
    ) -> None:
        self._plant = plant
        self._seed = seed
        self._after = after
        self._recovery = recovery
        self._usual: _Course | None = None
        self.faults = tuple(self._simulation().line.faults)

    def trials(self, done: Callable[[int], None] = lambda count: None) -> Iterator[FaultTrial]:
        """Try every fault in turn; `done` is called with the number tried so far."""
        for count, fault in enumerate(self.faults, start=1):
            yield self.trial(fault.unit.name, fault.key)
            done(count)

    def trial(self, unit: str, key: str) -> FaultTrial:
        """Try the fault `key` of `unit`; raises KeyError for one that the plant does not have."""
        simulation = self._simulation()
        fault = _find(simulation, unit, key)
        usual = self._undisturbed()
        course = _Course(simulation, fault.effects, self._after, self._recovery)
        mended = _last_end(fault.effects)
        simulation.advance(self._after)
        fault.inject()
        struck = fault.injected == 1
        course.follow(mended)
        fault.reset()
        course.follow(mended + self._recovery)
        read = fault.tag().read
        imbalance = max(
            (
                abs(error) if math.isfinite(error) else math.inf
                for error in simulation.line.balances().values()
            ),
            default=0.0,
        )
        return FaultTrial(
            unit, key, fault.title, fault.mechanism,
            tuple(self._compare(effect, usual, course, mended) for effect in fault.effects),
            struck and read is not None and read() == 0.0, self._mends(unit, key), imbalance,
        )  # fmt: skip

    def _mends(self, unit: str, key: str) -> bool:
        simulation = self._simulation()
        fault = _find(simulation, unit, key)
        effects = [effect for effect in fault.effects if effect.subject not in FIGURES] or list(fault.effects)
        first = min(effects, key=lambda effect: effect.end)
        course = _Course(simulation, [first], self._after, self._recovery)
        simulation.advance(self._after)
        fault.inject()
        fault.reset()
        course.follow(first.end)
        usual = self._undisturbed().value(first, first.begin, first.end)
        change = course.value(first, first.begin, first.end) - usual
        return change / first.change < 0.5

    def _compare(self, effect: Effect, usual: "_Course", course: "_Course", mended: float) -> Outcome:
        before = usual.value(effect, effect.begin, effect.end)
        change = course.value(effect, effect.begin, effect.end) - before
        middle, end = mended + 0.5 * self._recovery, mended + self._recovery
        left = course.value(effect, middle, end) - usual.value(effect, middle, end)
        if course.grows(effect):
            left *= (effect.end - effect.begin) / (end - middle)
        return Outcome(effect, course.unit(effect), before, change, left)

    def _undisturbed(self) -> "_Course":
        if self._usual is None:
            effects = [effect for fault in self.faults for effect in fault.effects]
            course = _Course(self._simulation(), effects, self._after, self._recovery)
            for fault in self.faults:
                course.note(fault.effects)
            course.simulation.advance(self._after)
            course.follow(_last_end(effects) + self._recovery)
            self._usual = course
        return self._usual

    def _simulation(self) -> Simulation:
        return Simulation(self._plant, seed=self._seed, start=START, telemetry=False)


class _Course:
    """What a run shows from the moment of injection on: its tags by the time since, its ledger where it is needed."""

    def __init__(
        self, simulation: Simulation, effects: Sequence[Effect], after: float, recovery: float
    ) -> None:
        self.simulation = simulation
        self._recovery = recovery
        self._after = after
        self._at = 0.0
        self._readers: dict[str, Callable[[], float]] = {}
        self._units: dict[str, str] = {}
        self._counts: set[str] = set()
        self._values: dict[float, dict[str, float]] = {}
        self._pages: dict[float, dict[str, dict[str, float]]] = {}
        self._moments: set[float] = set()
        for effect in effects:
            self._watch(effect.subject)
        self.note(effects)

    def note(self, effects: Sequence[Effect]) -> None:
        """Plan to keep the ledger where one of `effects`, of one fault, begins and ends, and in its recovery."""
        mended = _last_end(effects)
        for effect in effects:
            self._moments |= {effect.begin, effect.end}
        self._moments |= {mended, mended + 0.5 * self._recovery, mended + self._recovery}

    def _watch(self, subject: str) -> None:
        if subject in FIGURES or subject in self._readers:
            return
        name, tag_name = subject.split("/")
        unit = next(unit for unit in self.simulation.line.units if unit.name == name)
        tag = next(tag for tag in unit.tags() if tag.name == tag_name)
        self._units[subject] = "" if tag.unit == "1" else tag.unit
        read = tag.read or partial(
            getattr, unit, tag_name
        )  # without: the capacity, as every unit logs it itself
        self._readers[subject] = lambda: float(read())
        if tag.kind is Kind.COUNT:
            self._counts.add(subject)

    def follow(self, until: float) -> None:
        """Run on until `until` s after the moment of injection."""
        moments = {moment for moment in self._moments if self._at <= moment <= until}
        looks = {EVERY * count for count in range(math.ceil(self._at / EVERY), int(until / EVERY) + 1)}
        for moment in sorted(moments | looks):
            ahead = self._after + moment - self.simulation.env.now
            if ahead > 0.0:
                self.simulation.advance(ahead)
            if moment in self._values:
                continue
            self._values[moment] = {subject: read() for subject, read in self._readers.items()}
            if moment in moments:
                self._pages[moment] = self.simulation.ledger()
        self._at = until

    def grows(self, effect: Effect) -> bool:
        """Say whether the effect is told by a growth, which goes with the length of the time."""
        return effect.subject in self._counts

    def unit(self, effect: Effect) -> str:
        """Return the unit of measure of the effect, "" for a ratio."""
        if effect.subject == "specific_energy":
            return f"kW.h/{self.simulation.plant.product_unit}"
        return self._units.get(effect.subject, "")

    def value(self, effect: Effect, begin: float, end: float) -> float:
        """Return what the effect's subject shows between `begin` and `end`: mean, growth, or the figure."""
        subject = effect.subject
        if subject in self._counts:
            return self._values[end][subject] - self._values[begin][subject]
        if subject in FIGURES:
            return self._figure(subject, begin, end)
        values = [value[subject] for moment, value in self._values.items() if begin <= moment <= end]
        return math.fsum(values) / len(values)

    def _figure(self, name: str, begin: float, end: float) -> float:
        before, after = self._pages[begin], self._pages[end]
        units = {
            unit: {key: value - before[unit].get(key, 0.0) for key, value in page.items()}
            for unit, page in after.items()
        }
        ideal = self.simulation.line.line_unit.ideal_cycle_time or math.nan
        run = Replication(self.simulation.seed, end - begin, units, {}, ideal)
        return line_figures(run)[name]


def _last_end(effects: Sequence[Effect]) -> float:
    return max((effect.end for effect in effects), default=0.0)


def _find(simulation: Simulation, unit: str, key: str) -> Fault:
    for fault in simulation.line.faults:
        if fault.unit.name == unit and fault.key == key:
            return fault
    known = ", ".join(f"{fault.unit.name}/{fault.key}" for fault in simulation.line.faults) or "none"
    raise KeyError(f"plant {simulation.plant.name} has no fault {unit}/{key}; it has: {known}")
