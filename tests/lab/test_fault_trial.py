"""A trial finds the effects that a fault has, and those that it only claims."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twin.discovery import discover
from twin.lab.fault_trial import START, FaultBench, FaultTrial
from twin.model.fault import Effect, Fault
from twin.model.simulation import Simulation
from twin.model.state import Reason, State

TOY: Any = discover(Path(__file__).parents[1] / "toy_plant", package="no_such_package")["toy"]
HOUR = 3600.0


def suffering(*effects: Effect, key: str = "worn_tool", strike: Callable[[Any], None] | None = None) -> Any:
    """Return a toy plant whose machine can suffer one fault: a third of its pieces become scrap."""

    class Faulty(TOY):  # type: ignore[misc]
        def build(self, env: Any, streams: Any) -> Any:
            line = super().build(env, streams)
            machine = line.units[1]

            def wear(share: float) -> Callable[[], None]:
                return lambda: setattr(machine, "_defects", share)

            machine.can_suffer(
                Fault(key, "Worn tool", mechanism="The edge has chipped; the surface tears.", effects=effects,
                      strike=wear(0.35) if strike is None else lambda: strike(line), mend=wear(0.05))
            )  # fmt: skip
            return line

    return Faulty()


def trial(plant: Any, **options: Any) -> FaultTrial:
    return FaultBench(plant, after=600.0, **options).trial("machine", "worn_tool")


def test_effects_that_are_there_hold_and_pass_when_mended() -> None:
    result = trial(
        suffering(
            Effect(subject="machine/scrap_count", change=60, end=2 * HOUR),
            Effect(subject="quality_ratio", change=-0.2, begin=600, end=2 * HOUR),
            Effect(subject="defect_rate", change=+0.2, end=2 * HOUR),
        ),
        recovery=2 * HOUR,
    )
    assert result.passed, result
    scrap, quality, _ = result.outcomes
    assert scrap.change == pytest.approx(0.3 * 650, rel=0.2)
    assert quality.change == pytest.approx(-0.3, abs=0.05)
    assert abs(scrap.left) < 0.15 * scrap.change
    assert abs(quality.left) < 0.05


def test_fault_that_cannot_be_mended_does_not_pass() -> None:
    """What `mend` forgets is found by striking and mending at the same moment."""
    effect = Effect(subject="machine/prod_processed_count", change=+30, end=HOUR)

    def hurry(line: Any) -> None:
        cycle = line.units[1]._cycle
        line.units[1]._cycle = lambda: 0.8 * cycle()

    result = trial(suffering(effect, strike=hurry))
    assert [outcome.held for outcome in result.outcomes] == [True], result
    assert (result.cleared, result.mended, result.passed) == (True, False, False)


@pytest.mark.parametrize(
    ("subject", "change"),
    [
        ("machine/scrap_count", 600.0),
        ("machine/scrap_count", -1.0),
        ("machine/temperature", 1.0),
        ("availability", -0.01),
    ],
)
def test_effect_that_is_claimed_only_does_not_hold(subject: str, change: float) -> None:
    result = trial(suffering(Effect(subject=subject, change=change, end=HOUR)))
    assert [outcome.held for outcome in result.outcomes] == [False]
    assert not result.passed


def test_figure_of_a_line_that_makes_nothing_is_undefined_and_does_not_hold() -> None:
    def stop(line: Any) -> None:
        machine = line.units[1]
        machine._cycle = lambda: 1e6
        for unit in line.units[:2]:
            unit.to(State.ABORTED, f"{Reason.FAILURE}:spindle")

    effects = (
        Effect(subject="quality_ratio", change=-0.1, begin=60, end=HOUR),
        Effect(subject="machine/prod_processed_count", change=-200, end=HOUR),
    )
    quality, processed = trial(suffering(*effects, strike=stop)).outcomes
    assert (math.isnan(quality.change), quality.held) == (True, False)
    assert processed.held


def test_trials_repeat_and_share_one_undisturbed_run() -> None:
    plant = suffering(Effect(subject="machine/temperature", change=-1.0, end=HOUR))
    bench = FaultBench(plant, seed=3)
    assert bench.trial("machine", "worn_tool") == bench.trial("machine", "worn_tool")
    assert list(bench.trials()) == list(FaultBench(plant, seed=3).trials())
    with pytest.raises(KeyError, match="has no fault machine/rust; it has: machine/worn_tool"):
        bench.trial("machine", "rust")


@pytest.mark.parametrize(
    ("subject", "problem"),
    [
        ("machine/temprature", "the line has no such tag; did you mean machine/temperature"),
        ("machine/reason", "the tag has no mean"),
        ("machine/state", "the tag has no mean"),
    ],
)
def test_effect_on_a_tag_that_cannot_be_measured_is_refused_when_the_plant_is_built(
    subject: str, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        FaultBench(suffering(Effect(subject=subject, change=1.0, end=60.0)))


def test_two_units_with_a_fault_of_one_key_are_refused() -> None:
    class Doubled(type(suffering(Effect(subject="availability", change=-1, end=60)))):  # type: ignore[misc]
        def build(self, env: Any, streams: Any) -> Any:
            line = super().build(env, streams)
            line.units[0].can_suffer(
                Fault("worn_tool", "x", mechanism="x", strike=lambda: None, mend=lambda: None,
                      effects=(Effect(subject="availability", change=-1, end=60),))
            )  # fmt: skip
            return line

    with pytest.raises(ValueError, match="both have a fault 'worn_tool'"):
        Simulation(Doubled(), seed=1, start=START)
