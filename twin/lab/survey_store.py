"""The projects of a survey on disk: what is finished is kept, and the same survey goes on where it stopped."""

import hashlib
import inspect
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from twin.kpi.headline import HEADLINES
from twin.lab.product_introduction import DefectCurve
from twin.lab.project import OEE, THROUGHPUT
from twin.lab.record import versions
from twin.lab.survey import Outcome, Survey
from twin.model.plant import Plant

FIGURES = (*(headline.name for headline in HEADLINES), THROUGHPUT, *OEE)
FILE = "projects.parquet"
_KEY = b"survey"  # of the file's metadata
_ROOMS = ("model", "kpi", "control", "lab")  # whose code a result depends on
_TELLING = ("report.py", "plot.py", "survey_report.py", "survey_plot.py")  # print and draw what was found
_PAUSE = 2.0  # s between two savings


class OtherSurvey(ValueError):
    """A folder that holds another survey than the one that was asked for; the text says in what they differ."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes two surveys the same: `told` in words and numbers, by subject; `digest` of all of it."""

    told: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of what is told."""
        return hashlib.sha256(json.dumps(self.told, sort_keys=True).encode()).hexdigest()

    def differences(self, other: Mapping[str, Any]) -> list[str]:
        """Return the subjects in which `other` differs."""
        return sorted(name for name in {*self.told, *other} if self.told.get(name) != other.get(name))


def identity(survey: Survey) -> Identity:
    """Return what a repetition of `survey` must have in common with it: draws, seeds, efforts, versions and code."""
    return Identity({
        "seed": survey.seed,
        "projects": [asdict(one) for one in survey.projects],
        "efforts": {name: asdict(one) for name, one in survey.efforts.items()},
        "configuration": {plant.name: plant.configuration() for plant in survey.plants},
        "versions": versions(),
        "code": code_digest(survey.plants),
    })  # fmt: skip


def code_digest(plants: Iterable[Plant]) -> str:
    """Return a digest of the sources that results of `plants` depend on: rooms of `twin`, and the plants' own."""
    root = Path(__file__).resolve().parents[1]
    files = {file for room in _ROOMS for file in (root / room).rglob("*.py") if file.name not in _TELLING}
    for plant in plants:
        own = Path(inspect.getfile(type(plant)))
        files |= set(own.parent.rglob("*.py")) if own.name == "__init__.py" else {own}
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.parent.name}/{file.name}".encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


class SurveyStore:
    """The file `projects.parquet` of `folder`: a row a finished project, the identity of the survey in its metadata.

    Opening it reads what is there; raises OtherSurvey when that is of another survey. The file is replaced as a whole,
    at most every two seconds and in `save`: who is killed loses the projects that ended since.
    """

    def __init__(self, folder: Path, survey: Survey) -> None:
        self._file = folder / FILE
        self._survey = survey
        self._identity = identity(survey)
        self._saved = time.monotonic()
        self.outcomes: dict[int, Outcome] = {}
        self.curves: dict[str, DefectCurve] = {}
        folder.mkdir(parents=True, exist_ok=True)
        if self._file.exists():
            self._read()

    def add(self, outcome: Outcome) -> None:
        """Keep a finished project."""
        self.outcomes[outcome.project.number] = outcome
        if time.monotonic() - self._saved > _PAUSE:
            self.save()

    def save(self) -> None:
        """Replace the file by what is known now."""
        rows = [self.outcomes[number] for number in sorted(self.outcomes)]
        kept = {"digest": self._identity.digest, **self._identity.told}
        kept["curves"] = {name: asdict(curve) for name, curve in self.curves.items()}
        table = _table(rows).replace_schema_metadata({_KEY: json.dumps(kept).encode()})
        partial = self._file.with_suffix(".partial")
        pq.write_table(table, partial, compression="zstd")
        partial.replace(self._file)
        self._saved = time.monotonic()

    def _read(self) -> None:
        table = pq.read_table(self._file)
        kept = json.loads((table.schema.metadata or {}).get(_KEY, b"{}"))
        if kept.pop("digest", None) != self._identity.digest:
            kept.pop("curves", None)
            differ = self._identity.differences(kept) or ["all"]
            raise OtherSurvey(
                f"{self._file} holds a survey that differs in: {', '.join(differ)}; "
                f"choose another --output, or begin anew with --fresh"
            )
        self.curves = {
            name: DefectCurve(tuple(curve["z"]), tuple(curve["rates"]))
            for name, curve in kept["curves"].items()
        }
        projects = {one.number: one for one in self._survey.projects}
        for row in table.to_pylist():
            before, after = (
                {name: row[f"{name}_{when}"] for name in FIGURES} for when in ("before", "after")
            )
            self.outcomes[row["number"]] = Outcome(projects[row["number"]], before, after, row["seconds"])


def _table(rows: Iterable[Outcome]) -> pa.Table:
    """Return the outcomes as columns; what is undefined stays NaN."""
    kept = list(rows)
    numbers = pa.map_(pa.string(), pa.float64())
    columns: dict[str, pa.Array] = {
        "number": pa.array([one.project.number for one in kept], pa.int32()),
        "plant": pa.array([one.project.plant for one in kept], pa.string()),
        "seed": pa.array([one.project.seed for one in kept], pa.int64()),
        "factors": pa.array([list(one.project.factors.items()) for one in kept], numbers),
        "strengths": pa.array([list(one.project.strengths.items()) for one in kept], numbers),
        "seconds": pa.array([one.seconds for one in kept], pa.float64()),
    }
    for name in FIGURES:
        columns[f"{name}_before"] = pa.array([one.before[name] for one in kept], pa.float64())
        columns[f"{name}_after"] = pa.array([one.after[name] for one in kept], pa.float64())
        columns[f"{name}_change"] = pa.array([one.change(name) for one in kept], pa.float64())
    return pa.table(columns)
