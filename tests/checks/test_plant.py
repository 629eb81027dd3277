"""The plug-in contract passes an honest plant and catches, one by one, the breaches that it is there for."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
import simpy

from twin.checks.plant import check_plant
from twin.discovery import discover
from twin.model.line import Line
from twin.model.plant import Parameter, Plant
from twin.model.streams import Streams
from twin.model.unit import Unit

Toy: Any = discover(Path(__file__).parent.parent / "toy_plant", package="no_such_package")["toy"]
HOURS = 1.0


def findings(plant: type[Plant]) -> str:
    return "\n".join(map(str, check_plant(plant, hours=HOURS)))


def test_honest_plant_passes() -> None:
    assert findings(Toy) == ""


def spoiled(spoil: Any) -> type[Plant]:
    """Return a toy whose built line `spoil` changes."""

    @dataclass(frozen=True, kw_only=True)
    class Spoiled(Toy):  # type: ignore[misc]
        """Data sheet."""

        def build(self, env: simpy.Environment, streams: Streams) -> Line:
            line: Line = super().build(env, streams)
            spoil(line)
            return line

    return Spoiled


def every(line: Line, seconds: float, act: Any) -> None:
    """Call `act` each `seconds` of the run."""

    def process() -> Generator[simpy.Event, Any, None]:
        while True:
            yield line.env.timeout(seconds)
            act()

    line.env.process(process())


def machine(line: Line) -> Unit:
    return line.units[1]


def falling_register(line: Line) -> None:
    every(line, 700, lambda: machine(line).count(-3))


def open_balance(line: Line) -> None:
    every(line, 700, lambda: machine(line).count(0.5))


def illegal_state_number(line: Line) -> None:
    every(line, 700, lambda: machine(line).log("state", 99))


def state_behind_the_ledger(line: Line) -> None:
    every(line, 700, lambda: machine(line).log("state", 11))


def not_a_number(line: Line) -> None:
    every(line, 700, lambda: setattr(machine(line), "temperature", float("nan")))


def crash(line: Line) -> None:
    every(line, 700, lambda: 1 / 0)


def module_randomness(line: Line) -> None:
    every(line, 700, np.random.random)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (falling_register, "machine/prod_processed_count: register falls"),
        (open_balance, "balances()['pieces']: open by"),
        (illegal_state_number, "machine/state: value 99 lies outside 1..17"),
        (state_behind_the_ledger, "machine/state: held lasted"),
        (not_a_number, "machine/temperature: value nan is no number"),
        (crash, "ZeroDivisionError"),
        (module_randomness, "module-level randomness"),
    ],
)
def test_breach_at_run_time_is_found_with_field_and_remedy(spoil: Any, expected: str) -> None:
    text = findings(spoiled(spoil))
    assert expected in text
    assert "test_plant.py" in text


def test_plant_without_data_sheet_parameters_or_title_is_told_what_to_write() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Bare(Toy):  # type: ignore[misc]
        title: ClassVar[str] = ""
        plain: float = 1.0
        unsourced: Annotated[float, Parameter("", 0, 2, "")] = 1.0

    text = findings(Bare)
    for expected in ("docstring: missing", "title: empty", "plain: no Parameter annotation",
                     "unsourced: no unit of measure", "unsourced: no source"):  # fmt: skip
        assert expected in text


def test_plant_that_does_not_build_is_a_finding_not_a_crash() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Unbuilt(Toy):  # type: ignore[misc]
        """Data sheet."""

        def build(self, env: simpy.Environment, streams: Streams) -> Line:
            raise RuntimeError("no steel")

    assert "RuntimeError: no steel" in findings(Unbuilt)


def test_station_that_nothing_reaches_is_refused() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Cut(Toy):  # type: ignore[misc]
        """Data sheet."""

        def build(self, env: simpy.Environment, streams: Streams) -> Line:
            Unit(env, "press")
            return super().build(env, streams)  # type: ignore[no-any-return]

    assert "unit press: nothing reaches it" in findings(Cut)


def test_plant_that_is_no_dataclass_is_told_how_to_become_one() -> None:
    class Undecorated(Toy):  # type: ignore[misc]
        """Data sheet."""

        rate: Annotated[float, Parameter("t/hour", 0, 2, "est.")] = 1.0

    assert "rate: cannot be set: the class is no dataclass of its own; write @dataclass(" in findings(
        Undecorated
    )


def test_parameter_and_target_in_no_unit_are_found() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Percent(Toy):  # type: ignore[misc]
        """Data sheet."""

        rate: Annotated[float, Parameter("t/hour", 0, 2, "est.")] = 1.0

        def targets(self) -> dict[str, float]:
            return {"availability": 90.0, "specific_energy": 90.0}

    text = findings(Percent)
    assert "rate: unknown unit of measure 't/hour'" in text
    assert "targets()['availability']: 90 is no share; write 0..1" in text
    assert "specific_energy" not in text


def test_state_kept_outside_the_line_breaks_repeatability() -> None:
    runs = []

    @dataclass(frozen=True, kw_only=True)
    class Remembering(Toy):  # type: ignore[misc]
        """Data sheet."""

        def build(self, env: simpy.Environment, streams: Streams) -> Line:
            runs.append(1)
            return super().build(env, Streams(len(runs)))  # type: ignore[no-any-return]

    assert "a second run with seed 1" in findings(Remembering)


def test_ignored_seed_is_found() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Deaf(Toy):  # type: ignore[misc]
        """Data sheet."""

        def build(self, env: simpy.Environment, streams: Streams) -> Line:
            return super().build(env, Streams(7))  # type: ignore[no-any-return]

    assert "seeds 1 and 2 give the same frames" in findings(Deaf)
