"""Arguments of the command `twin`: texts turned into values, mistakes into one clear line."""

import dataclasses
from typing import Any

from twin.discovery import suggestion
from twin.duration import seconds_of
from twin.model.path import path
from twin.model.plant import Plant
from twin.model.upgrade import Paradigm, level

LONGEST_HISTORY = 366 * 86_400.0  # s; the edge answers for as much in one query
SHORTEST_SCAN = 0.01  # s


class UsageProblem(ValueError):
    """An argument that cannot be used; the text says why and what to write."""


def history(since: str) -> float:
    """Return the seconds of history that `since` asks for; raises UsageProblem."""
    try:
        seconds = seconds_of(since)
    except ValueError as error:
        raise UsageProblem(f"--since: {error}") from None
    if seconds > LONGEST_HISTORY:
        raise UsageProblem(f"--since {since}: a run begins at most 366 days back; write 366d or less")
    return seconds


def check_speed(speed: float | None) -> None:
    """Raise UsageProblem unless a plant with `speed` ever becomes live."""
    if speed is not None and not 1 < speed < float("inf"):
        raise UsageProblem(
            f"--speed {speed:g} never catches up with the clock; write more than 1, e.g. --speed 100"
        )


def check_scan(scan: float) -> None:
    """Raise UsageProblem unless scans of `scan` seconds fall on every full minute."""
    if not (scan >= SHORTEST_SCAN and (60.0 / scan).is_integer()):
        raise UsageProblem(f"--scan {scan:g} s must divide 60 s: 0.1, 0.5, 1, 2, 5, 10 …")


def pairs(texts: list[str], option: str, form: str) -> list[tuple[str, str]]:
    """Split `NAME=VALUE` texts; raises UsageProblem that names the option and shows the form."""
    split = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals and value.strip()):
            raise UsageProblem(f"{option} {text!r}: write {form}")
        split.append((name.strip(), value.strip()))
    return split


def configure(plant_cls: type[Plant], values: list[str]) -> Plant:
    """Build the plant with `NAME=VALUE` texts; raises UsageProblem and ParameterError."""
    known = plant_cls.parameters()
    given: dict[str, Any] = {}
    for name, text in pairs(values, "--set", "NAME=VALUE"):
        if name not in known:
            raise UsageProblem(
                f"plant {plant_cls.name} has no parameter {name!r}; {suggestion(name, list(known))}"
                f"parameters: {', '.join(sorted(known)) or 'none'}"
            )
        if name in given:
            raise UsageProblem(f"--set {name} is given twice; give it once")
        try:
            number = float(text)
        except ValueError:
            raise UsageProblem(
                f"--set {name}={text}: not a number; write one in {known[name].unit}"
            ) from None
        default = plant_cls.__dataclass_fields__[name].default
        given[name] = int(number) if isinstance(default, int) and number.is_integer() else number
    return plant_cls.configured(given)


def strengths_of(plant: Plant, paradigm: str, upgrades: str, strength: str) -> dict[str, float]:
    """Return the upgrades that --paradigm, --upgrades and --level ask for, by key; raises UsageProblem.

    `upgrades` are keys with commas between them; KEY=LEVEL gives one a level of its own.
    """
    known = {upgrade.key: upgrade.paradigm for upgrade in plant.upgrades()}
    standard = _level(strength, "--level")
    order = list(Paradigm)
    if paradigm and paradigm not in order:
        raise UsageProblem(f"--paradigm {paradigm!r}: write one of {', '.join(order)}")
    if paradigm and upgrades:
        raise UsageProblem("give --paradigm or --upgrades, not both")
    if paradigm:
        reached = order.index(Paradigm(paradigm))
        return {key: standard for key, one in known.items() if order.index(one) <= reached}
    strengths: dict[str, float] = {}
    for text in upgrades.split(","):
        key, equals, own = (part.strip() for part in text.partition("="))
        if not key and not equals:
            continue
        if key not in known:
            raise UsageProblem(
                f"plant {plant.name} has no upgrade {key!r}; {suggestion(key, list(known))}"
                f"upgrades: {', '.join(known) or 'none'}"
            )
        if key in strengths:
            raise UsageProblem(f"--upgrades names {key} twice; name it once")
        strengths[key] = _level(own, f"--upgrades {key}") if equals else standard
    return strengths


def _level(text: str, option: str) -> float:
    try:
        return level(text)
    except ValueError as error:
        raise UsageProblem(f"{option}: {error}") from None


def alias_of(name: str) -> str:
    """Return what a plant that is called `name` is called in paths: hyphens become underscores; UsageProblem.

    >>> alias_of("stamping-smart")
    'stamping_smart'
    """
    alias = name.replace("-", "_").lower()
    try:
        return path(alias) if alias else ""
    except ValueError as error:
        raise UsageProblem(f"--name {name!r}: {error}") from None


def installed(plant: Plant, *, name: str, paradigm: str, upgrades: str, strength: str) -> Plant:
    """Return `plant` under another name and with upgrades installed; raises UsageProblem and ParameterError."""
    upgraded = plant.with_upgrades(strengths_of(plant, paradigm, upgrades, strength))
    return dataclasses.replace(upgraded, alias=alias_of(name))
