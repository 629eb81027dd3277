"""What was measured in the lab, drawn: all plants in one table, and a page for each with its waterfalls."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from edge.measured import FoundSurvey, Mean, Run, RunSummary, mean_of
from edge.web.change_table import ChangeRow, change_table, plain_table
from edge.web.comparison_result import result_html
from edge.web.wording import facts_html
from twin.kpi.headline import HEADLINES

LEGEND = (
    '<p class="note small">Dot: mean; whisker: its 95 % interval; dashed: average that the 308 projects report; '
    "upright line: no change. Changes in per cent.</p>"
)


def measured_html(runs: Sequence[RunSummary]) -> str:
    """Draw the changes of all plants, and their mean; says so where there are none."""
    begin = '<section class="panel" aria-label="Measured in the lab"><h2>Measured in the lab, not live</h2>'
    if not runs:
        return (
            f'{begin}<p class="empty">No measurements came with this version. From a checkout, <b>make gains</b> '
            "makes them.</p></section>"
        )
    means = {
        headline.name: mean_of([
            change.interval for run in runs if (change := run.levels.mid.changes.get(headline.name))
        ])
        for headline in HEADLINES
    }  # fmt: skip
    rows = [ChangeRow(f"Mean of {len(runs)} plants", means, strong=True)]
    rows += [ChangeRow(run.title, intervals(run, "mid"), f"/gains/{run.plant}") for run in runs]
    return (
        f'{begin}<p class="note">Each plant without and with all its upgrades at mid strength, in pairs of runs on the '
        "same random numbers. Made beforehand and shipped with this version: what runs here does not change it. The "
        "name of a plant leads to its waterfalls.</p>"
        f"{change_table('Plant', rows)}{LEGEND}{_making(runs)}</section>"
    )


def intervals(run: RunSummary, level: str) -> dict[str, Mean]:
    """Return the changes of a run at `low`, `mid` or `high` strength, by figure."""
    changes = getattr(run.levels, level).changes
    return {name: change.interval for name, change in changes.items()}


def run_html(run: Run, found: FoundSurvey) -> str:
    """Draw all that was measured of one plant, and what the survey `found` of it."""
    facts = {
        "Command": "make gains", "First seed": str(run.design.seed), "Digest of the code": run.code[:12],
        "Versions": versions_of(run.versions),
    }  # fmt: skip
    rows = [
        ChangeRow(f"{name.capitalize()} strength", intervals(run, name), beside=(str(level.pairs),))
        for name, level in (("low", run.levels.low), ("mid", run.levels.mid), ("high", run.levels.high))
    ]
    survey = found.survey
    if survey is not None and (means := survey.plants.get(run.plant)):
        effort = survey.efforts.get(run.plant)
        pairs = "–" if effort is None else str(effort.projects)
        rows.append(ChangeRow("Survey: projects of this plant", means, beside=(pairs,)))
    return (
        '<section class="panel" aria-label="Strengths"><h2>All upgrades at three strengths, and the survey</h2>'
        f"{change_table('Strength', rows, ('Pairs of runs',))}{LEGEND}</section>"
        '<section class="panel" aria-label="Result"><h2>All upgrades at mid strength</h2>'
        f"{result_html(as_comparison(run))}"
        '<p class="note small">Made beforehand and shipped with this version, not live.</p>'
        f"{facts_html(facts)}</section>"
    )


def as_comparison(run: Run) -> dict[str, Any]:
    """Return a run at mid strength as `twin compare --json` tells one, with waterfalls of what upgrades add last."""
    mid = run.levels.mid
    told = run.model_dump()
    return {
        "design": told["design"], "seeds": [run.design.seed + index for index in range(mid.pairs)],
        "stopped": mid.stopped, "changes": {name: change.model_dump() for name, change in mid.changes.items()},
        "published": {headline.name: headline.published for headline in HEADLINES}, "oee": told["oee"],
        "upgrades": told["upgrades"], "payback": told["payback"],
        "waterfalls": {
            headline.name: {
                "steps": [{"upgrade": key, "last_in": effect} for key, effect in fall["steps"].items()],
                "total": fall["total"],
            }
            for headline in HEADLINES if (fall := told["waterfalls"].get(headline.name))
        },
        "waterfall_replications": run.waterfall_replications,
    }  # fmt: skip


def _making(runs: Sequence[RunSummary]) -> str:
    """Tell how the runs were made, so that they can be made again."""
    columns = ("Pairs of runs", "First seed", "Days: warm-up + counted", "Digest of the code")
    rows = [
        (
            run.title,
            (
                str(run.levels.mid.pairs), str(run.design.seed),
                f"{run.design.warmup_days:g} + {run.design.days:g}", run.code[:12],
            ),
        )
        for run in runs
    ]  # fmt: skip
    facts = {
        "Command": "make gains",
        "Pairs of runs": _range(run.levels.mid.pairs for run in runs),
        "Days": _range(run.design.days for run in runs),
        "First seed": _range(run.design.seed for run in runs),
        "Versions": versions_of(runs[0].versions),
    }
    return (
        f'{facts_html(facts)}<details class="numbers"><summary>How they were made</summary>'
        f"{plain_table('Plant', columns, rows)}</details>"
    )


def _range(values: Iterable[float]) -> str:
    found = sorted(set(values))
    return " … ".join(f"{value:g}" for value in dict.fromkeys((found[0], found[-1])))


def versions_of(versions: Mapping[str, str]) -> str:
    """Name the versions that a result depends on."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())
