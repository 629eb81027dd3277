"""A survey drawn: how the projects' changes are distributed, beside what the papers report, and by plant."""

from collections.abc import Mapping, Sequence, Set
from html import escape
from pathlib import Path

from edge.measured import Figure, FoundSurvey, Survey, mean_of
from edge.web.change_table import ChangeRow, change_table, plain_table
from edge.web.interval_strip import Scale, axis_html, strip_svg, told
from edge.web.measured_view import versions_of
from edge.web.wording import facts_html
from twin.kpi.headline import HEADLINES, Headline


def survey_html(found: FoundSurvey, titles: Mapping[str, str], own: Path | None) -> str:
    """Draw a survey, whose plants lead to their pages where `titles` names them; `own` is the folder of one's own."""
    parts = ['<section class="panel" aria-label="Survey"><h2>Survey of simulated projects, not live</h2>']
    if found.trouble:
        parts.append(
            f'<p class="verdict warn">Your own survey cannot be shown: <b>{escape(found.trouble)}</b></p>'
        )
    if found.survey is None:
        parts.append('<p class="empty">No survey came with this version.</p>')
    else:
        parts.append(_drawn(found.survey, found.origin, titles))
    if own is not None:
        parts.append(
            '<p class="note small">A survey of your own, shown here as soon as it is there: '
            f"<b>twin survey --projects 308 --output {escape(str(own))}</b></p>"
        )
    return "".join(parts) + "</section>"


def _drawn(survey: Survey, origin: str, titles: Mapping[str, str]) -> str:
    made = (
        "Your own survey."
        if origin == "own"
        else "Made beforehand and shipped with this version: what runs here does not change it."
    )
    finished = (
        ""
        if survey.finished == survey.projects
        else f" {survey.finished} of {survey.projects} projects are finished."
    )
    return (
        f'<p class="note"><span>{made}</span> <span>{survey.finished} projects: each buys some of the upgrades and '
        "makes more or less of them, and is simulated without and with them. Every plant counts the same.</span>"
        f"<span>{finished}</span></p>{_figures(survey)}"
        '<p class="note small">Band: 10 to 90 % of the projects; tick: median; dot: mean; whisker: its 95 % interval; '
        "dashed: average that the 308 projects report; upright line: no change.</p>"
        f"{_making(survey, titles)}{_by_plant(survey, titles)}"
    )


def _figures(survey: Survey) -> str:
    shown = [(headline, figure) for headline in HEADLINES if (figure := survey.figures.get(headline.name))]
    ends = [
        end
        for headline, figure in shown
        for end in (
            headline.published,
            figure.low,
            figure.high,
            *(figure.mean.ends or (figure.mean.mean, None)),
        )
    ]
    scale = Scale.over(ends)
    head = "".join(
        f"<th{kind}>{name}</th>"
        for name, kind in (
            ("Figure", ""), (axis_html(scale), ' class="wide"'), ("Mean", ""), ("Median", ""),
            ("10 to 90 % of projects", ""), ("Became better", ""), ("308 projects", ""),
        )
    )  # fmt: skip
    body = "".join(_figure(headline, figure, scale) for headline, figure in shown)
    return f'<table class="list changes"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _figure(headline: Headline, figure: Figure, scale: Scale) -> str:
    strip = strip_svg(
        scale, figure.mean.mean, figure.mean.ends, published=headline.published,
        spread=(figure.low, figure.high), middle=figure.median,
    )  # fmt: skip
    cells = (
        ("Mean", f"<b>{told(figure.mean)}</b>"),
        ("Median", f"{100 * figure.median:+.1f} %"),
        ("10 to 90 % of projects", f"{100 * figure.low:+.1f} … {100 * figure.high:+.1f} %"),
        ("Became better", f"{100 * figure.improved:.0f} %"),
        ("308 projects", f"{100 * headline.published:+.1f} %"),
    )
    more = "".join(f'<td data-name="{name}"><span class="num">{cell}</span></td>' for name, cell in cells)
    hint = f'<div class="note small">{escape(headline.definition)}</div>'
    return f'<tr><th scope="row">{escape(headline.title)}{hint}</th><td class="wide">{strip}</td>{more}</tr>'


def _by_plant(survey: Survey, titles: Mapping[str, str]) -> str:
    rows = []
    for kind, title in (("discrete", "Discrete plants"), ("process", "Process plants")):
        plants = [plant for plant in survey.plants if survey.kinds.get(plant) == kind]
        if not plants:
            continue
        means = {
            headline.name: mean_of([
                survey.plants[plant][headline.name] for plant in plants if headline.name in survey.plants[plant]
            ])
            for headline in HEADLINES
        }  # fmt: skip
        rows.append(ChangeRow(title, means, beside=(_projects(survey, plants),), strong=True))
        rows += [
            ChangeRow(
                _title(plant, titles), survey.plants[plant], f"/gains/{plant}" if plant in titles else "",
                (_projects(survey, [plant]),),
            )
            for plant in plants
        ]  # fmt: skip
    return (
        '<details class="numbers"><summary>By plant</summary>'
        f"{change_table('Plant', rows, ('Projects',))}</details>"
    )


def _projects(survey: Survey, plants: Sequence[str]) -> str:
    return str(sum(survey.efforts[plant].projects for plant in plants if plant in survey.efforts))


def _title(plant: str, titles: Mapping[str, str]) -> str:
    return titles.get(plant, plant.replace("_", " "))


def _making(survey: Survey, titles: Mapping[str, str]) -> str:
    """Tell how the survey was made, so that it can be made again."""
    rows = [
        (_title(plant, titles), (str(one.projects), f"{one.warmup_days:g} + {one.days:g}"))
        for plant, one in survey.efforts.items()
    ]
    facts = {
        "Command": command_of(survey, titles.keys()), "Digest": survey.digest[:12],
        "Digest of the code": survey.code[:12], "Versions": versions_of(survey.versions),
    }  # fmt: skip
    return (
        f'{facts_html(facts)}<details class="numbers"><summary>How it was made</summary>'
        f"{plain_table('Plant', ('Projects', 'Days: warm-up + counted'), rows)}</details>"
    )


def command_of(survey: Survey, every: Set[str]) -> str:
    """Return the command that makes the same survey; `every` plant is what it takes unless told otherwise."""
    parts = [f"twin survey --projects {survey.projects} --seed {survey.seed}"]
    if survey.efforts.keys() != every:
        parts.append(f"--only {','.join(survey.efforts)}")
    for option, values in (
        ("--days", {one.days for one in survey.efforts.values()}),
        ("--warmup", {one.warmup_days for one in survey.efforts.values()}),
    ):
        if len(values) == 1:  # where they differ they are the plants' usual ones
            parts.append(f"{option} {values.pop():g}")
    return " ".join(parts)
