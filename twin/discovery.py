"""Finding plants: the `plants` package, a folder of files, and what other distributions register."""

import difflib
import importlib
import importlib.metadata
import inspect
import pkgutil
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from twin.model.plant import Plant

ENTRY_POINTS = "smartfactory.plants"
# What a plant is not: code of Python, and of this room, that only carries out what the plant says.
_NOT_A_PLANT = (sysconfig.get_path("stdlib"), str(Path(__file__).parent))


class DiscoveryError(ValueError):
    """Plants cannot be found or told apart; the text names file, cause and remedy."""


def discover(folder: Path | None = None, *, package: str = "plants") -> dict[str, type[Plant]]:
    """Return every plant by name, sorted: those of `package`, of `folder` and of the entry points.

    A plant is a subclass of Plant with a `name`. Raises DiscoveryError for a file that does not import, for a
    folder that does not exist and for two plants of one name.
    """
    found: dict[str, type[Plant]] = {}
    for module in (*_package_modules(package), *_folder_modules(folder), *_registered_modules()):
        for plant in _plants_of(module):
            other = found.setdefault(plant.name, plant)
            if other is not plant:
                raise DiscoveryError(
                    f"two plants are called {plant.name!r}: {file_of(other)} and {file_of(plant)}; "
                    f"change `name` in one of them"
                )
    return dict(sorted(found.items()))


def find_plant(name: str, plants: dict[str, type[Plant]]) -> type[Plant]:
    """Return the plant called `name`; raises DiscoveryError that suggests close names."""
    if name in plants:
        return plants[name]
    known = ", ".join(plants) or "none"
    raise DiscoveryError(f"there is no plant {name!r}; {suggestion(name, list(plants))}plants: {known}")


def suggestion(name: str, known: list[str]) -> str:
    """Return "did you mean …? " when a known name is close, else "".

    >>> suggestion("stampin", ["aluminium", "stamping"])
    'did you mean stamping? '
    """
    close = difflib.get_close_matches(name, known, n=2, cutoff=0.6)
    return f"did you mean {' or '.join(close)}? " if close else ""


def file_of(plant: type[Plant]) -> str:
    """Return the file that defines `plant`, relative to the working directory where it lies inside it."""
    try:
        file = Path(inspect.getfile(plant))
    except (OSError, TypeError):
        return plant.__module__
    return _short(file)


def line_of(plant: type[Plant], error: BaseException) -> int | None:
    """Return the last line of the plant's own file that `error` passed through, if it passed through any."""
    file = inspect.getfile(plant)
    found = None
    cause: BaseException | None = error
    while cause is not None:  # SimPy raises a copy, the original with its trace is the cause
        lines = [
            entry.lineno for entry in traceback.extract_tb(cause.__traceback__) if entry.filename == file
        ]
        found = lines[-1] if lines else found
        cause = cause.__cause__
    return found


def _short(file: Path) -> str:
    return str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)


def _plants_of(module: ModuleType) -> Iterator[type[Plant]]:
    for thing in vars(module).values():
        if not (inspect.isclass(thing) and issubclass(thing, Plant) and thing.name):
            continue
        # a class that was only imported from elsewhere is found there
        if thing.__module__ == module.__name__ or thing.__module__.startswith(f"{module.__name__}."):
            yield thing


def _package_modules(package: str) -> Iterator[ModuleType]:
    try:
        root = importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name == package:
            return
        raise DiscoveryError(_import_problem(package, error)) from error
    for entry in pkgutil.iter_modules(root.__path__):
        name = f"{package}.{entry.name}"
        try:
            yield importlib.import_module(name)
        except Exception as error:
            raise DiscoveryError(_import_problem(name, error)) from error


def _folder_modules(folder: Path | None) -> Iterator[ModuleType]:
    if folder is None:
        return
    if not folder.is_dir():
        raise DiscoveryError(
            f"folder of plants {folder}: no such folder; give one that holds plant files (*.py)"
        )
    place = str(folder.resolve())
    if place not in sys.path:
        # last, so that a plant file never hides a library
        sys.path.append(place)
        importlib.invalidate_caches()
    for file in sorted(folder.resolve().glob("*.py")):
        if file.name.startswith("_"):
            continue
        try:
            module = importlib.import_module(file.stem)
        except Exception as error:
            raise DiscoveryError(_import_problem(str(file), error)) from error
        if Path(module.__file__ or "").resolve() != file:
            raise DiscoveryError(f"{file}: its name hides behind the module {file.stem!r}; rename the file")
        yield module


def _registered_modules() -> Iterator[ModuleType]:
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        try:
            thing = entry.load()
        except Exception as error:
            raise DiscoveryError(
                _import_problem(f"entry point {entry.name} = {entry.value}", error)
            ) from error
        yield thing if isinstance(thing, ModuleType) else sys.modules[thing.__module__]


def _import_problem(place: str, error: BaseException) -> str:
    """Say where the import failed: the last file of a plant that ran, which is seldom the one that was asked for."""
    file, line = place, 0
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not name.startswith(("<", *_NOT_A_PLANT)):
            file, line = name, trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        file, line = error.filename, error.lineno
    where = f"{_short(Path(file))}, line {line}" if line else file
    return f"{where}: cannot be imported: {type(error).__name__}: {error}; correct the file or take it away"
