"""The plug-in contract, executable: what every plant promises, run over any plant."""

import dataclasses
import math
import random  # noqa: TID251 - looks whether a plant touches it
from datetime import UTC, datetime
from typing import Any

import numpy as np

from twin.checks.finding import Finding
from twin.checks.frames import check_frames
from twin.checks.upgrades import check_upgrades
from twin.discovery import file_of, line_of
from twin.lab.ledger_tally import FIGURES
from twin.model.frame import Frame
from twin.model.measure import MEASURE_UNITS
from twin.model.path import path
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.model.tag import Kind

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday, 08:00 in China
HOURS = 8.0
BALANCE = 1e-9  # relative; rounding of sums over a run stays well below
_CUTS = (0.4, 59.7, 3.0, 1234.5, 60.0, 0.1, 7.25)  # seconds; deliberately off the scan


class _Findings(list[Finding]):
    """Findings of one plant."""

    def __init__(self, plant: type[Plant]) -> None:
        super().__init__()
        self._file = file_of(plant)

    def say(self, field: str, problem: str, remedy: str) -> None:
        """Add a finding."""
        self.append(Finding(self._file, field, problem, remedy))


def check_plant(plant_cls: type[Plant], *, hours: float = HOURS, seed: int = 1) -> list[Finding]:
    """Return what `plant_cls` breaks of the plug-in contract; an empty list is a pass.

    Runs the plant for `hours` of simulated time, twice with one seed (cut differently) and a while with another.
    """
    found = _Findings(plant_cls)
    _check_class(plant_cls, found)
    _check_parameters(plant_cls, found)
    try:
        plant = plant_cls()
        simulation = Simulation(plant, seed=seed, start=START)
    except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
        found.say(
            f"build(){_line(plant_cls, error)}", f"{type(error).__name__}: {error}", "let the defaults build"
        )
        return found
    _check_targets(plant, found)
    _check_line(simulation, found)
    check_upgrades(plant, simulation, found.say)
    try:
        _check_run(plant, simulation, hours * 3600.0, seed, found)
    except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
        found.say(f"run{_line(plant_cls, error)}", f"{type(error).__name__}: {error}", "let the line run on")
    return found


def _check_class(plant_cls: type[Plant], found: _Findings) -> None:
    doc = plant_cls.__dict__.get("__doc__") or ""
    # a dataclass without a docstring is given its signature as one
    if not doc.strip() or doc.startswith(f"{plant_cls.__name__}("):
        found.say("docstring", "missing", "write the data sheet into the class docstring")
    for field in ("name", "area", "line"):
        try:
            path(getattr(plant_cls, field))
        except ValueError as error:
            found.say(field, str(error), "correct the class variable")
    for field in ("title", "industry"):
        if not getattr(plant_cls, field).strip():
            found.say(field, "empty", f"set the class variable {field!r}")


def _check_parameters(plant_cls: type[Plant], found: _Findings) -> None:
    parameters = plant_cls.parameters()
    lost = [name for name in parameters if name not in plant_cls.__dataclass_fields__]
    if lost:
        found.say(", ".join(lost), "cannot be set: the class is no dataclass of its own",
                  "write @dataclass(frozen=True, kw_only=True) above it")  # fmt: skip
    for field in dataclasses.fields(plant_cls):
        if field.name in Plant.__dataclass_fields__:
            continue
        parameter = parameters.get(field.name)
        if parameter is None:
            found.say(
                field.name, "no Parameter annotation", "write Annotated[float, Parameter(unit, low, …)]"
            )
            continue
        if field.default is dataclasses.MISSING:
            found.say(field.name, "no default", "give it the data sheet's value")
        if not parameter.unit.strip():
            found.say(field.name, "no unit of measure", 'name one; "1" for a bare number')
        elif parameter.unit not in MEASURE_UNITS:
            found.say(field.name, f"unknown unit of measure {parameter.unit!r}",
                      "take a UCUM code of twin/model/measure.py, or add it there")  # fmt: skip
        if not parameter.source.strip():
            found.say(field.name, "no source", 'cite one, or "est." for an estimate')
        if not parameter.low < parameter.high:
            found.say(
                field.name, f"range {parameter.low:g}..{parameter.high:g} is empty", "let low lie below high"
            )


def _check_targets(plant: Plant, found: _Findings) -> None:
    for name, value in plant.targets().items():
        if name not in FIGURES:
            found.say(f"targets()[{name!r}]", "no such figure", f"take one of {', '.join(FIGURES)}")
        elif not (math.isfinite(value) and value > 0):
            found.say(f"targets()[{name!r}]", f"{value} is no target", "give the data sheet's value, above 0")
        elif value > 1 and name != "specific_energy":
            found.say(
                f"targets()[{name!r}]", f"{value:g} is no share", "write 0..1, for example 0.9 for 90 %"
            )


def _check_line(simulation: Simulation, found: _Findings) -> None:
    for unit in simulation.declaration.units:
        for tag in unit.tags:
            field = f"{unit.name}/{tag.name}"
            if not tag.description.strip():
                found.say(field, "no description", "say in a few words what it is")
            given = [limit for limit in (tag.lolo, tag.lo, tag.hi, tag.hihi) if limit is not None]
            if given != sorted(given):
                found.say(field, f"alarm limits {given} out of order", "keep LoLo <= Lo <= Hi <= HiHi")
            if (
                tag.low is not None
                and tag.high is not None
                and any(not tag.low <= g <= tag.high for g in given)
            ):
                found.say(
                    field,
                    f"alarm limits {given} leave the range {tag.low:g}..{tag.high:g}",
                    "widen the range",
                )
            if tag.kind is Kind.MEASURE and (tag.low is None and tag.high is None) and given:
                found.say(field, "alarm limits without a range", "declare low and high")


def _check_run(plant: Plant, simulation: Simulation, seconds: float, seed: int, found: _Findings) -> None:
    before = _module_randomness()
    whole = simulation.advance(seconds)
    if _module_randomness() != before:
        found.say("build()", "draws from module-level randomness", "draw every random number from `streams`")
    ledger = simulation.ledger()
    check_frames(simulation.declaration, whole, simulation.now_ms, ledger, found.say)
    _check_balances(simulation, found)

    again = _first_difference(whole, _in_cuts(Simulation(plant, seed=seed, start=START), seconds))
    if again:
        found.say("advance()", f"a second run with seed {seed}, cut differently, differs at {again}",
                  "draw from `streams` only and keep no state outside the line")  # fmt: skip
    short = min(seconds, 3600.0)
    other = Simulation(plant, seed=seed + 1, start=START).advance(short)
    until = simulation.start_ms + round(short * 1000)
    if not _first_difference([frame for frame in whole if frame.time_ms <= until], other):
        found.say(
            "build()",
            f"seeds {seed} and {seed + 1} give the same frames",
            "draw random numbers from `streams`",
        )


def _check_balances(simulation: Simulation, found: _Findings) -> None:
    for holdup in getattr(simulation.line, "holdups", ()):
        if holdup.mass < 0.0:
            found.say(
                f"holdup {holdup.name}",
                f"mass {holdup.mass:.6g} kg is negative",
                "give out no more than it holds",
            )
    balances = simulation.line.balances()
    if not balances:
        found.say("balances()", "none declared", "return the closure error of mass, pieces or energy")
    for name, error in balances.items():
        if not abs(error) <= BALANCE:
            found.say(f"balances()[{name!r}]", f"open by {error:.3g} relative", f"close it to {BALANCE:g}")


def _in_cuts(simulation: Simulation, seconds: float) -> list[Frame]:
    frames: list[Frame] = []
    done = 0.0
    turn = 0
    while done < seconds:
        cut = min(_CUTS[turn % len(_CUTS)], seconds - done)
        frames += simulation.advance(cut)
        done += cut
        turn += 1
    return frames


def _first_difference(one: list[Frame], two: list[Frame]) -> str:
    for first, second in zip(one, two, strict=False):
        if first != second:
            return f"frame {first.seq} of {first.source}"
    return "" if len(one) == len(two) else f"the end ({len(one)} and {len(two)} frames)"


def _module_randomness() -> tuple[Any, str]:
    return random.getstate(), repr(np.random.get_state())  # noqa: NPY002 - looks whether a plant touches it


def _line(plant_cls: type[Plant], error: Exception) -> str:
    """Return ", line n" of the plant's own file where `error` passed through it."""
    line = line_of(plant_cls, error)
    return f", line {line}" if line else ""
