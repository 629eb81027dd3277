"""Commands with a trigger: carried out at the right scan, once, or not at all, and told as telemetry."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.wire.toy import Toy
from twin.model.agenda import MOST
from twin.model.command import ALL, Command, CommandRefused
from twin.model.condition import Condition
from twin.model.frame import Frame
from twin.model.simulation import Simulation

START = datetime(2026, 1, 5, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)
PATH = "demo/toy/area_1/line_1/mixer/target_cycle"


def simulation(**options: Any) -> Simulation:
    return Simulation(Toy(), seed=3, start=START, **options)


def command(**changes: Any) -> Command:
    return Command(**({"id": "a", "path": PATH, "value": 9.0, "expires_ms": START_MS + 3_600_000} | changes))


def told(made: Simulation, frames: list[Frame], unit: str, tag: str) -> list[tuple[float, Any]]:
    """Return what a tag told, with the seconds since the start."""
    return [
        ((sample.time_ms - START_MS) / 1000.0, sample.value)
        for frame in frames
        if frame.source.endswith(f"/{unit}")
        for sample in made.declaration.samples(frame)
        if sample.path.endswith(f"/{tag}")
    ]


def outcomes(made: Simulation, frames: list[Frame]) -> list[tuple[float, str, str]]:
    found = [(when, json.loads(text)) for when, text in told(made, frames, "line", "command")]
    return [(when, fields["id"], fields["outcome"]) for when, fields in found]


def test_command_with_a_due_time_acts_at_the_first_scan_from_then_on() -> None:
    made = simulation()
    frames = made.advance(100)
    made.write(command(due_ms=START_MS + 200_500, source="trainer", reason="drill"))
    frames += made.advance(300)
    assert outcomes(made, frames) == [(201.0, "a", "carried_out")]
    changed = [when for when, value in told(made, frames, "mixer", "target_cycle") if value == 9.0]
    assert changed[0] == 202.0
    pending = told(made, frames, "line", "pending_commands")
    assert json.loads(pending[1][1]) == [
        {"id": "a", "path": PATH, "value": 9.0, "source": "trainer", "reason": "drill",
         "due_ms": START_MS + 200_500, "expires_ms": START_MS + 3_600_000}
    ]  # fmt: skip
    assert [when for when, _ in pending] == [0.0, 101.0, 202.0]
    assert pending[-1][1] == ""


def test_command_with_a_condition_acts_once_when_it_becomes_true() -> None:
    made = simulation()
    made.write(command(when="mixer/prod_processed_count >= 20"))
    frames = made.advance(1800)
    twentieth = next(
        when for when, value in told(made, frames, "mixer", "prod_processed_count") if value >= 20
    )
    assert outcomes(made, frames) == [(twentieth, "a", "carried_out")]


def test_moment_and_condition_must_both_be_true() -> None:
    made = simulation()
    made.write(command(when="line/power_on_duration > 50", due_ms=START_MS + 100_000))
    made.write(command(id="b", when="line/power_on_duration > 150", due_ms=START_MS + 100_000))
    assert outcomes(made, made.advance(600)) == [(100.0, "a", "carried_out"), (151.0, "b", "carried_out")]


def test_condition_that_never_holds_ends_with_its_expiry() -> None:
    made = simulation()
    made.write(command(when="mixer/temperature > 1000", expires_ms=START_MS + 60_000))
    frames = made.advance(300)
    assert outcomes(made, frames) == [(61.0, "a", "expired")]
    assert {value for _, value in told(made, frames, "mixer", "target_cycle")} == {6.0}


@pytest.mark.parametrize("withdraw", ["a", ALL])
def test_pending_command_can_be_withdrawn(withdraw: str) -> None:
    """By its id nothing else happens; with all that is pending for a path, the value is written."""
    made = simulation()
    made.write(command(due_ms=START_MS + 200_000))
    frames = made.advance(100)
    made.write(command(id="b", value=7.0, withdraw=withdraw))
    frames += made.advance(300)
    written = [] if withdraw == "a" else [(101.001, "b", "carried_out")]
    assert outcomes(made, frames) == [(101.0, "a", "withdrawn"), *written]
    assert told(made, frames, "mixer", "target_cycle")[-1][1] == (6.0 if withdraw == "a" else 7.0)


def test_triggers_do_not_depend_on_how_the_run_is_cut_or_whether_it_is_told() -> None:
    def run(cuts: list[float], **options: Any) -> tuple[list[Frame], dict[str, dict[str, float]]]:
        made = simulation(**options)
        frames = made.advance(60)
        made.write(command(when="mixer/prod_processed_count > 30"))
        made.write(command(id="b", value=4.0, due_ms=START_MS + 777_700))
        made.write(command(id="c", value=20.0, due_ms=START_MS + 900_000, when="mixer/temperature > 39"))
        for cut in cuts:
            frames += made.advance(cut)
        return frames, made.ledger()

    whole, ledger = run([3500.0])
    assert run([0.3, 700.0, 17.2, 0.5, 2000.0, 782.0])[0] == whole
    assert len(outcomes(simulation(), whole)) == 3
    for cuts in ([3500.0], [717.25, 2782.75]):
        silent = run(cuts, telemetry=False)[1]
        assert silent["mixer"] == pytest.approx(ledger["mixer"], rel=1e-9)


def test_command_without_trigger_acts_without_telemetry_too() -> None:
    silent, loud = simulation(telemetry=False), simulation()
    for made in (silent, loud):
        made.advance(100.0)
        made.write(command(value=30.0))
        made.advance(3000.0)
    assert silent.ledger()["mixer"] == pytest.approx(loud.ledger()["mixer"])
    assert silent.ledger()["mixer"]["processed"] < 150


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"when": "mixer/temperature"}, "is no condition; write unit/tag"),
        ({"when": "mixer/temperature > 1.2.3"}, "is no condition"),
        ({"when": "mixer/temperature > 1 or 1 > 0"}, "is no condition"),
        ({"when": "oven/temperature > 1"}, "no unit 'oven'"),
        ({"when": "mixer/weight > 1"}, "no tag of the line that can be compared"),
        ({"when": "mixer/reason == 1"}, "no tag of the line that can be compared"),
        ({"due_ms": START_MS + 7_200_000}, "due_ms must lie between"),
        ({"withdraw": "zzz"}, "no command zzz is pending"),
    ],
)
def test_trigger_that_cannot_be_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(CommandRefused, match=reason):
        simulation().write(command(**change))


def test_pending_commands_are_bounded() -> None:
    made = simulation()
    for number in range(MOST):
        made.write(command(id=str(number), due_ms=START_MS + 1000))
    with pytest.raises(CommandRefused, match="pending already"):
        made.write(command(id="more", due_ms=START_MS + 1000))
    made.write(command(id="at once"))


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [("u/t > 1e3", 1000.0, False), ("u/t>=1e3", 1000.0, True), ("u/t == -2", -2.0, True), ("u/t != 0.5", 0.5, False),
     ("u/t < 1", float("nan"), False)],
)  # fmt: skip
def test_condition_compares(text: str, value: float, holds: bool) -> None:
    assert Condition.parse(text).holds(value) is holds
