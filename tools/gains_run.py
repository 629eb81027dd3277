"""Measure what docs/gains.md tells: every plant before and after its upgrades, and the survey, as JSON."""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools import gains_page
from twin.discovery import discover
from twin.lab.compare import Comparison, Design, compare, default_days
from twin.lab.project_draw import LEAST_OF_A_PLANT
from twin.lab.record import finite, record, versions
from twin.lab.survey import PROJECTS, curves, plan, run
from twin.lab.survey_effort import COSTS, MOST_WARMUP_DAYS, USUAL_COST
from twin.lab.survey_plot import draw
from twin.lab.survey_report import summary
from twin.lab.survey_store import FILE, OtherSurvey, SurveyStore, code_digest, identity
from twin.lab.survey_table import table
from twin.model.plant import Plant
from twin.model.upgrade import LEVELS

SHARES = {
    "mid": 0.7,
    "low": 0.15,
    "high": 0.15,
}  # of a plant's minutes; the waterfall is made at mid strength
PAIRS = 4  # of low and high, which need no waterfall


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is measured: `minutes` for all plants, and for the survey `projects` (their time is their own).

    `days` and `warmup_days` replace the usual ones of comparisons and survey; `replications` are the most pairs of a
    comparison.
    """

    minutes: float
    projects: int = PROJECTS
    days: float | None = None
    warmup_days: float | None = None
    replications: int = 8
    jobs: int = -1


def measure_plant(plant: Plant, effort: Effort, minutes: float) -> dict[str, Any]:
    """Compare `plant` with itself at the three strengths in `minutes`; return the result as JSON."""
    found = {level: _compare(plant, level, effort, minutes) for level in SHARES}
    mid = record(found["mid"])
    return {
        "plant": plant.name, "title": plant.title, "code": code_digest([plant]), "versions": versions(),
        "effort": _told(effort), "design": mid["design"],
        "levels": {
            level: {"pairs": len(one.before), "stopped": one.stopped, "changes": record(one)["changes"]}
            for level, one in found.items()
        },
        "oee": mid["oee"], "payback": mid["payback"], "waterfall_replications": mid["waterfall_replications"],
        "upgrades": [
            {"key": one.key, "title": one.title, "changes": len(one.changes), "loops": len(one.loops),
             "introduction": len(one.introduction)}
            for one in plant.upgrades()
        ],
        "waterfalls": {
            name: {"total": fall["total"], "steps": {step["upgrade"]: step["last_in"] for step in fall["steps"]}}
            for name, fall in mid["waterfalls"].items()
        },
        "seconds": sum(one.seconds for one in found.values()),
    }  # fmt: skip


def _compare(plant: Plant, level: str, effort: Effort, minutes: float) -> Comparison:
    slow = plant.lead_days > MOST_WARMUP_DAYS  # what ripens for months is not felt: as in the survey
    warmup = MOST_WARMUP_DAYS if effort.warmup_days is None and slow else effort.warmup_days
    design = Design(
        days=effort.days or (MOST_WARMUP_DAYS if slow else default_days(plant)), warmup_days=warmup, jobs=effort.jobs,
        replications=effort.replications if level == "mid" else min(PAIRS, effort.replications),
        waterfall=min(PAIRS, effort.replications) if level == "mid" else 0, budget=SHARES[level] * minutes,
    )  # fmt: skip
    return compare(plant, {one.key: LEVELS[level] for one in plant.upgrades()}, design)


def measure_survey(
    plants: Sequence[Plant], effort: Effort, folder: Path, kept: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Run the survey, or what is missing of it in `folder`; draw it there, and return its summary.

    None where `kept` is the summary of the very same survey: of the same code, draws and efforts.
    """
    began = time.monotonic()
    projects = max(effort.projects, LEAST_OF_A_PLANT * len(plants))
    asked = plan(plants, projects, days=effort.days, warmup_days=effort.warmup_days)
    if kept is not None and kept["digest"] == identity(asked).digest and kept["finished"] == projects:
        _say("survey: kept\n")
        return None
    try:
        store = SurveyStore(folder, asked)
    except OtherSurvey:
        (folder / FILE).unlink()
        store = SurveyStore(folder, asked)
    try:
        if not store.curves:
            store.curves = curves(asked, jobs=effort.jobs)
        for outcome in run(asked, store.curves, finished=list(store.outcomes), jobs=effort.jobs):
            store.add(outcome)
            _say(f"\rsurvey: {len(store.outcomes)} of {projects} projects")
    finally:
        store.save()
    outcomes = [store.outcomes[number] for number in sorted(store.outcomes)]
    draw(outcomes, table(outcomes, asked.kinds), {plant.name: plant.title for plant in plants}, folder)
    return summary(asked, outcomes, time.monotonic() - began)


def measure(plants: Sequence[Plant], effort: Effort, data: Path, images: Path, work: Path) -> None:
    """Measure `plants` and the survey of them; write JSON to `data` and the survey's picture to `images`.

    The cheapest plants come first, and leave what they do not need of their minutes to the others. A plant that was
    measured by the same code with the same effort is not measured again, nor is the same survey. The projects go to
    `work`.
    """
    data.mkdir(parents=True, exist_ok=True)
    missing = sorted((plant for plant in plants if not _known(plant, effort, data)), key=_run_seconds)
    left = effort.minutes
    for place, plant in enumerate(missing):
        minutes = left / (len(missing) - place)
        _say(f"{plant.name}: compares, {minutes:.1f} minutes at most\n")
        found = measure_plant(plant, effort, minutes)
        _write(data / f"{plant.name}.json", found)
        left = max(left - found["seconds"] / 60.0, 0.0)
    survey = measure_survey(plants, effort, work, _read(data / "survey.json"))
    if survey:
        _write(data / "survey.json", survey)
        images.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(work / "distributions.svg", images / "gains_survey.svg")
    _say("\n")


def _known(plant: Plant, effort: Effort, data: Path) -> bool:
    known = _read(data / f"{plant.name}.json")
    same = known is not None and (known["code"], known["effort"]) == (code_digest([plant]), _told(effort))
    if same:
        _say(f"{plant.name}: kept\n")
    return same


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def _told(effort: Effort) -> dict[str, Any]:
    return {name: value for name, value in asdict(effort).items() if name != "jobs"}


def _run_seconds(plant: Plant) -> float:
    """Return the CPU seconds that a usual run of `plant` takes, about."""
    return COSTS.get(plant.name, USUAL_COST) * (min(plant.lead_days, MOST_WARMUP_DAYS) + default_days(plant))


def _write(file: Path, value: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(finite(dict(value)), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def main() -> None:
    """Measure all plants that have upgrades, and build the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Example: python -m tools.gains_run --budget 240"
    )
    parser.add_argument(
        "--budget", type=float, default=240.0, help="minutes for the comparisons of all plants"
    )
    parser.add_argument(
        "--replications",
        type=int,
        default=8,
        help="most pairs of runs of a plant; waterfalls come after them",
    )
    parser.add_argument("--projects", type=int, default=PROJECTS, help="projects of the survey")
    parser.add_argument("--days", type=float, help="simulated days of every run; default: by plant")
    parser.add_argument("--warmup", type=float, help="days before them that do not count; default: by plant")
    parser.add_argument("--plants", default="", help="plants, with commas; default: all that have upgrades")
    options = parser.parse_args()
    known = {name: plant_cls() for name, plant_cls in discover().items()}
    names = [name for name in options.plants.split(",") if name] or list(known)
    plants = [known[name] for name in names if known[name].upgrades()]
    effort = Effort(
        minutes=options.budget,
        projects=options.projects,
        days=options.days,
        warmup_days=options.warmup,
        replications=options.replications,
    )
    measure(plants, effort, gains_page.DATA, gains_page.IMAGES, gains_page.ROOT / "results" / "gains")
    gains_page.build()


if __name__ == "__main__":
    main()
