"""A plant to begin with: one file of the student's own, written after the manner of a plant that exists."""

import keyword
import re
from datetime import UTC, datetime
from pathlib import Path

from twin.model.discrete_line import DiscreteLine
from twin.model.machine_group import MachineGroup
from twin.model.path import path
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.model.state import Reason
from twin.model.station import Station

LONGEST_ROW = 8  # stations; what does not fit a screen teaches nothing
_HERE = Path(__file__).parent
_NEVER = 1e4  # h between failures of a station that has none


class ScaffoldError(ValueError):
    """A plant file that cannot be written; the text says why and what to do."""


def scaffold(name: str, like: type[Plant], folder: Path, known: list[str]) -> Path:
    """Write `folder`/`name`.py, a plant of the kind of `like`; return its path.

    A discrete one has the stations of `like` in a row with their cycle times, failures and power; a process one is
    a heated tank. Raises ScaffoldError for a name that is taken or no path segment, and for a file that exists.
    """
    file = folder / f"{name}.py"
    _check(name, file, known)
    simulation = Simulation(like(), seed=1, start=datetime(2026, 1, 5, tzinfo=UTC), telemetry=False)
    line = simulation.line
    if isinstance(line, DiscreteLine):
        text = (_HERE / "discrete.py").read_text()
        rows = "".join(f'    "{station.name}": {_figures(station)},\n' for station in _row(line))
        head, _, rest = text.partition("STATIONS = {\n")
        _, _, rest = rest.partition("}\n")
        text = f"{head}STATIONS = {{\n{rows}}}\n{rest}"
        text = text.replace(
            "Write your own figures here.", f"Begun with those of {like.name}: write your own."
        )
    else:
        text = (_HERE / "process.py").read_text()
    text = (
        text.replace("my_plant", name).replace("MyPlant", _class_name(name)).replace("My plant", _title(name))
    )
    folder.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as stream:
        stream.write(text)
    return file


def _check(name: str, file: Path, known: list[str]) -> None:
    try:
        path(name)
    except ValueError as error:
        raise ScaffoldError(f"name {name!r}: {error}") from None
    if keyword.iskeyword(name) or not name.isidentifier():
        raise ScaffoldError(
            f"name {name!r} cannot be a Python file to import; choose letters, digits, underscores"
        )
    if name in known:
        raise ScaffoldError(f"there is a plant called {name!r} already; choose another name")
    if file.exists():
        raise ScaffoldError(f"{file} exists and is left as it is; choose another name or take the file away")


def _row(line: DiscreteLine) -> list[Station]:
    """Return the stations of the first product's route, each once, the pacing one among them."""
    row = list(dict.fromkeys(next(iter(line.routes.values()))))
    if len(row) > LONGEST_ROW:
        pacing = [station.name for station in row].index(line.pacing)
        first = min(max(pacing - LONGEST_ROW // 2, 0), len(row) - LONGEST_ROW)
        row = row[first : first + LONGEST_ROW]
    return row


def _figures(station: Station) -> tuple[float, ...]:
    stops = station.machines[0].stops if isinstance(station, MachineGroup) else station.stops
    failures = [stop.mode for stop in stops if stop.mode.category == Reason.FAILURE]
    rate = sum(3600.0 / mode.between for mode in failures)
    repair = sum(mode.duration / mode.between for mode in failures) / rate if rate else 0.5
    power = station.meters["electricity"].power if "electricity" in station.meters else {}
    capacity = station.inbox.capacity
    buffer = int(capacity) if capacity <= 1000 else 1000
    # a group of n machines fails n times as often as one of them, and so does a station whose places all stop
    between = 1.0 / rate if rate else _NEVER
    cycle = (station.ideal_cycle_time or 1.0) * station.places
    figures = (cycle, between, repair, power.get("execute", 0.0), power.get("idle", 0.0))
    cycle, between, repair, run, idle = (float(f"{figure:.3g}") for figure in figures)
    return (cycle, station.places, buffer, between, repair, run, idle)


def _class_name(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _title(name: str) -> str:
    return re.sub("_+", " ", name).strip().capitalize()
