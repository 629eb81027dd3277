"""Build docs/gains.md and its pictures from the results in docs/gains: `make gains` measures them first."""

import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from tools.gains_picture import draw
from tools.gains_screening import mean_change, screening
from twin.kpi.headline import HEADLINES, Headline
from twin.lab.project_draw import ADOPTION, FEWEST_UPGRADES, STRENGTH, TRAITS
from twin.lab.report import SOURCE

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "docs" / "gains"
IMAGES = ROOT / "docs" / "images"
PAGE = ROOT / "docs" / "gains.md"
SHEET = DATA / "data_sheet.json"
TEMPLATE = DATA / "page.template"

NAMES = tuple(headline.name for headline in HEADLINES)
TITLES = {headline.name: headline.title for headline in HEADLINES}
PUBLISHED = {headline.name: headline.published for headline in HEADLINES}
_NOT_PLANTS = ("survey", "data_sheet")
_SHOWN = 15  # rows of the screening


def load(data: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the results of the plants by name, in the order of the data sheet, and the survey's."""
    order = list(json.loads(SHEET.read_text())["plants"])
    found = {
        file.stem: json.loads(file.read_text())
        for file in data.glob("*.json")
        if file.stem not in _NOT_PLANTS
    }
    names = sorted(found, key=lambda name: (order.index(name) if name in order else len(order), name))
    return {name: found[name] for name in names}, json.loads((data / "survey.json").read_text())


def page(data: Path) -> str:
    """Return the page that the results in `data` make."""
    plants, survey = load(data)
    sheet = json.loads(SHEET.read_text())["plants"]
    effects = screening(plants)
    missing = [name for name in sheet if name not in plants]
    upgrades = [one for plant in plants.values() for one in plant["upgrades"]]
    return Template(TEMPLATE.read_text()).substitute(
        published_projects=SOURCE.partition(" ")[0], source=SOURCE, confidence="95 %",
        plant_names=", ".join(f"[{plant['title']}](plants/{name}.md)" for name, plant in plants.items()),
        missing=f" Not measured yet: {', '.join(missing)}." if missing else "",
        survey_projects=survey["finished"], overview=_overview(plants, survey, sheet), verdict=_verdict(plants, survey),
        definitions=_definitions(), upgrades_count=f"{len(upgrades)} upgrades",
        changes_count=sum(one["changes"] for one in upgrades), loops_count=sum(one["loops"] for one in upgrades),
        introductions_count=sum(one["introduction"] for one in upgrades),
        plants_table=_plants(plants, sheet), explanation_table=_explanation(plants), levels_table=_levels(plants),
        draws=_draws(), survey_table=_survey(survey), survey_plants=_survey_plants(survey, plants),
        survey_sentence=_survey_sentence(survey), short_table=_short(plants),
        screening_shown=min(_SHOWN, len(effects)), screening_table=_screening(effects),
        screening_sentence=_screening_sentence(effects, plants), provenance=_provenance(plants, survey),
    )  # fmt: skip


def _overview(plants: Mapping[str, Any], survey: Mapping[str, Any], sheet: Mapping[str, Any]) -> str:
    rows = []
    for name in NAMES:
        drawn = survey["figures"].get(name)
        expected = [sheet[plant][name] for plant in plants if plant in sheet]
        rows.append((
            TITLES[name], _interval(mean_change(plants, name)),
            _interval((drawn["mean"]["mean"], drawn["mean"]["half_width"])) if drawn else "–",
            _share(math.fsum(expected) / len(expected)) if expected else "–", f"**{_share(PUBLISHED[name])}**",
        ))  # fmt: skip
    return _table(("change, %", "plants, mid", "survey", "data sheet, mid", "published"), rows)


def _verdict(plants: Mapping[str, Any], survey: Mapping[str, Any]) -> str:
    """Say of each figure where the simulated means lie against the published average."""
    lines = []
    for headline in HEADLINES:
        drawn = survey["figures"].get(headline.name)
        means = {
            "at mid strength": mean_change(plants, headline.name),
            "in the survey": (drawn["mean"]["mean"], drawn["mean"]["half_width"]) if drawn else None,
        }
        told = [f"{what} {_position(mean, headline)}" for what, mean in means.items() if mean]
        lines.append(f"- {headline.title}: {'; '.join(told) or 'undefined'}.")
    return "\n".join(lines)


def _position(mean: tuple[float, float | None], headline: Headline) -> str:
    value, half = mean
    if half is None or abs(value - headline.published) <= half:
        return "the published average lies within the interval"
    larger = (value > headline.published) == headline.rises
    points = 100 * abs(value - headline.published)
    return f"the gain is {'larger' if larger else 'smaller'} than published by {points:.1f} points"


def _definitions() -> str:
    rows = [
        (headline.title, headline.definition, "rises" if headline.rises else "falls")
        for headline in HEADLINES
    ]
    return _table(("figure", "definition", "better when it"), rows)


def _plants(plants: Mapping[str, Any], sheet: Mapping[str, Any]) -> str:
    rows = []
    for name, plant in plants.items():
        cells = []
        for figure in NAMES:
            expected = sheet.get(name, {}).get(figure)
            told = f" ({100 * expected:+.0f})" if expected is not None else ""
            cells.append(_change(plant["levels"]["mid"]["changes"].get(figure)) + told)
        rows.append((f"[{plant['title']}](plants/{name}.md)", *cells))
    rows.append(("**mean**", *(f"**{_interval(mean_change(plants, figure))}**" for figure in NAMES)))
    rows.append(("published", *(_share(PUBLISHED[figure]) for figure in NAMES)))
    return _table(("plant", *TITLES.values()), rows)


def _explanation(plants: Mapping[str, Any]) -> str:
    rows = []
    for plant in plants.values():
        mid, parts = plant["levels"]["mid"], plant["oee"]
        years = plant["payback"]["years"]
        rows.append((
            plant["title"], _change(mid["changes"].get("throughput")),
            *(_points(parts[name]) for name in ("availability", "effectiveness", "quality_ratio", "oee_index")),
            "never" if years is None else f"{years:.1f} years", str(mid["pairs"]),
        ))  # fmt: skip
    head = (
        "plant",
        "throughput",
        "availability",
        "effectiveness",
        "quality ratio",
        "OEE",
        "payback",
        "pairs of runs",
    )
    return _table(head, rows)


def _levels(plants: Mapping[str, Any]) -> str:
    rows = [
        (level, *(_interval(mean_change(plants, name, level)) for name in NAMES))
        for level in ("low", "mid", "high")
    ]
    return _table(("strength, %", *TITLES.values()), rows)


def _draws() -> str:
    low, mode, high = STRENGTH
    rows = [
        ("upgrades that are bought", "; ".join(f"{paradigm}: {chance:g}" for paradigm, chance in ADOPTION.items())
         + f"; at least {FEWEST_UPGRADES}", "est."),
        ("strength of each", f"triangular from {low:g} over {mode:g} to {high:g} (low, mid, high: 1, 2, 3)", "est."),
        *((trait.name, f"{trait.meaning}: lognormal factor, σ = {trait.sigma:g}", trait.source) for trait in TRAITS),
    ]  # fmt: skip
    return _table(("what is drawn", "distribution", "source"), rows)


def _survey(survey: Mapping[str, Any]) -> str:
    rows = []
    for name in NAMES:
        row = survey["figures"].get(name)
        if row:
            rows.append((
                TITLES[name], _interval((row["mean"]["mean"], row["mean"]["half_width"])), _share(row["median"]),
                f"{_share(row['low'])} … {_share(row['high'])}", f"{100 * row['improved']:.0f} %",
                _share(row["weighted"]), _share(row["published"]),
            ))  # fmt: skip
    head = ("change, %", "mean", "median", "10 to 90 % of projects", "improved",
            f"mean with {100 * survey['discrete_share']:.0f} % discrete", "published")  # fmt: skip
    return _table(head, rows)


def _survey_sentence(survey: Mapping[str, Any]) -> str:
    return (
        f"{survey['finished']} projects of {survey['projects']}, {survey['cpu_seconds'] / 60:.0f} minutes of CPU. A "
        f"plant that costs much to simulate gets fewer projects, and each of its projects counts more."
    )


def _survey_plants(survey: Mapping[str, Any], plants: Mapping[str, Any]) -> str:
    rows = []
    for name, found in survey["plants"].items():
        effort = survey["efforts"][name]
        rows.append((
            plants[name]["title"] if name in plants else name, str(effort["projects"]),
            f"{effort['warmup_days']:g} + {effort['days']:g}",
            *(_interval((found[one]["mean"], found[one]["half_width"])) if one in found else "–" for one in NAMES),
        ))  # fmt: skip
    return _table(("plant", "projects", "days: warm-up + counted", *TITLES.values()), rows)


def _short(plants: Mapping[str, Any]) -> str:
    rows = []
    for plant in plants.values():
        short = []
        for headline in HEADLINES:
            change = plant["levels"]["mid"]["changes"].get(headline.name)
            if change is None or change["low"] is None or change["high"] is None:
                continue
            best = change["high"] if headline.rises else change["low"]
            if best < headline.published if headline.rises else best > headline.published:
                short.append(f"{headline.title.lower() if headline.title[1].islower() else headline.title} "
                             f"{_share(change['mean'])} of {_share(headline.published)}")  # fmt: skip
        rows.append((plant["title"], "; ".join(short) or "none"))
    return _table(("plant", "short of the published average, %"), rows)


def _screening(effects: Sequence[tuple[str, str, Mapping[str, float]]]) -> str:
    rows = [
        (plant, assumption, *(f"{100 * effect[name]:+.2f}" if name in effect else "–" for name in NAMES))
        for plant, assumption, effect in effects[:_SHOWN]
    ]
    return _table(("plant", "assumption", *TITLES.values()), rows)


def _screening_sentence(
    effects: Sequence[tuple[str, str, Mapping[str, float]]], plants: Mapping[str, Any]
) -> str:
    """Name what carries each figure, and the plants of which it is not known."""
    told = []
    for name in NAMES:
        known = [(abs(effect[name]), plant, what) for plant, what, effect in effects if name in effect]
        known = [one for one in known if one[1] != "all"]
        if known:
            size, plant, what = max(known)
            told.append(f"- {TITLES[name]}: {plant}, {what} ({100 * size:.2f} points)")
    unknown = [plant["title"] for plant in plants.values() if not plant["waterfalls"]]
    lines = ["The single upgrade that carries most of each mean:", "", *told] if told else []
    if unknown:
        lines += ["", f"There was no time to take upgrades away from: {', '.join(unknown)}."]
    return "\n".join(lines)


def _provenance(plants: Mapping[str, Any], survey: Mapping[str, Any]) -> str:
    rows = []
    for plant in plants.values():
        design = plant["design"]
        rows.append((
            plant["title"], str(design["seed"]), f"{design['warmup_days']:g} + {design['days']:g}",
            plant["levels"]["mid"]["stopped"], f"{plant['seconds'] / 60:.1f}", plant["code"][:12],
        ))  # fmt: skip
    rows.append(("survey", str(survey["seed"]), "by plant", f"{survey['finished']} projects are done",
                 f"{survey['cpu_seconds'] / 60:.1f} of CPU", survey["code"][:12]))  # fmt: skip
    versions = ", ".join(f"{name} {version}" for name, version in survey["versions"].items())
    head = ("what", "first seed", "days: warm-up + counted", "ended because", "minutes", "code")
    return f"{_table(head, rows)}\n\nVersions: {versions}."


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.1f}"


def _interval(mean: tuple[float, float | None] | None) -> str:
    if mean is None:
        return "–"
    value, half = mean
    spread = f" ± {100 * half:.1f}" if half is not None and math.isfinite(half) else ""
    return _share(value) + spread


def _change(change: Mapping[str, Any] | None) -> str:
    if change is None:
        return "undefined"
    if change["high"] is None:
        return _share(change["mean"])
    return _interval((change["mean"], (change["high"] - change["low"]) / 2.0))


def _points(difference: Mapping[str, Any]) -> str:
    return _interval((difference["mean"], difference["half_width"]))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; columns whose cells all begin with a number stand to the right."""
    right = [all(re.match(r"[*]*[-+0-9–]", row[place]) for row in rows) for place in range(len(head))]
    lines = [head, ["---:" if numbers else "---" for numbers in right], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def build(data: Path = DATA, target: Path = PAGE, images: Path = IMAGES) -> None:
    """Write the page and its pictures."""
    plants, _ = load(data)
    target.write_text(page(data), encoding="utf-8")
    draw(plants, json.loads(SHEET.read_text())["plants"], screening(plants)[:_SHOWN], images)
    sys.stdout.write(f"written: {target}\n")


if __name__ == "__main__":
    build()
