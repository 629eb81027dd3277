"""Arguments of the command `twin`: texts turned into values, mistakes into one clear line."""

from typing import Any

from twin.discovery import suggestion
from twin.duration import seconds_of
from twin.model.plant import Plant

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
