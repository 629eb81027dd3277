"""Pictures of a survey, as PNG and SVG: how each figure is distributed over the projects, and the plants' means."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from twin.kpi.headline import HEADLINES, Headline
from twin.lab.plot import BETTER, NEUTRAL, STYLE, TEXT, WORSE
from twin.lab.survey import Outcome
from twin.lab.survey_table import Row, changes_by_plant

_BARS = 24


def draw(
    outcomes: Sequence[Outcome], rows: Sequence[Row], titles: dict[str, str], folder: Path
) -> list[Path]:
    """Draw the survey into `folder` and return the files; `titles` are those of the plants by name."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with mpl.rc_context(STYLE):
        pictures = {"distributions": distributions(outcomes, rows), "plants": plants(outcomes, titles)}
        for name, picture in pictures.items():
            for kind, metadata in (("png", {}), ("svg", {"Date": None})):
                files.append(folder / f"{name}.{kind}")
                picture.savefig(files[-1], dpi=150, metadata=metadata)
    return files


def distributions(outcomes: Sequence[Outcome], rows: Sequence[Row]) -> Figure:
    """Draw a histogram of each figure's changes, each plant with the same area, mean and published average in it."""
    picture = Figure(figsize=(8.0, 1.5 + 1.55 * len(rows)), layout="constrained")
    picture.suptitle(
        f"How {len(outcomes)} simulated projects changed the five figures", x=0.01, ha="left", fontsize=12,
        fontweight="bold",
    )  # fmt: skip
    found = picture.subplots(len(rows), 1, squeeze=False)[:, 0]
    titles = {headline.name: headline for headline in HEADLINES}
    for axes, row in zip(found, rows, strict=True):
        _histogram(axes, outcomes, row, titles[row.name])
    found[-1].set_xlabel("change, %")
    picture.legend(
        handles=[
            Patch(color=BETTER, label="projects that improved"), Patch(color=WORSE, label="projects that did not"),
            Line2D([], [], color=TEXT, linewidth=2, label="mean"),
            Line2D([], [], color=NEUTRAL, linewidth=4, alpha=0.6, label="10 to 90 % of the projects"),
            Line2D([], [], color=TEXT, linestyle=(0, (2, 2)), label="published"),
        ],
        loc="outside lower center", ncols=3, frameon=False, fontsize=9,
    )  # fmt: skip
    return picture


def _histogram(axes: Axes, outcomes: Sequence[Outcome], row: Row, headline: Headline) -> None:
    groups = changes_by_plant(outcomes, row.name)
    values = 100.0 * np.array([change for group in groups.values() for change in group])
    weights = np.array([1.0 / len(groups) / len(group) for group in groups.values() for _ in group])
    # a bar ends at 0, so that none holds both what improved and what did not
    span = max(float(np.ptp(np.append(values, 0.0))), 1e-9)
    step = span / _BARS
    edges = (
        np.arange(np.floor(min(values.min(), 0.0) / step), np.ceil(max(values.max(), 0.0) / step) + 1.5)
        * step
    )
    heights, _ = np.histogram(values, edges, weights=weights)
    good = (edges[:-1] >= -step / 2) == headline.rises
    axes.bar(edges[:-1], heights, step, align="edge", color=np.where(good, BETTER, WORSE), linewidth=0)
    top = float(heights.max())
    axes.plot([100 * row.low, 100 * row.high], [-0.1 * top] * 2, color=NEUTRAL, linewidth=4, alpha=0.6,
              solid_capstyle="butt")  # fmt: skip
    axes.plot([100 * row.mean.mean] * 2, [-0.2 * top, 1.05 * top], color=TEXT, linewidth=2)
    axes.plot(
        [100 * row.published] * 2, [-0.2 * top, 1.05 * top], color=TEXT, linestyle=(0, (2, 2)), linewidth=1.2
    )
    axes.set_ylim(-0.2 * top, 1.08 * top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color="#888888", linewidth=0.8, zorder=0)
    axes.set_title(
        f"{headline.title}: mean {100 * row.mean.mean:+.1f} %, published {100 * row.published:+.1f} %",
        loc="left", fontsize=10,
    )  # fmt: skip


def plants(outcomes: Sequence[Outcome], titles: dict[str, str]) -> Figure:
    """Draw every project as a dot, a row a plant, a column a figure, with the plants' means."""
    names = [name for name in titles if any(one.project.plant == name for one in outcomes)]
    picture = Figure(figsize=(11.0, 1.7 + 0.42 * len(names)), layout="constrained")
    picture.suptitle("The projects by plant: change, %", x=0.01, ha="left", fontsize=12, fontweight="bold")
    found = picture.subplots(1, len(HEADLINES), sharey=True)
    for axes, headline in zip(found, HEADLINES, strict=True):
        groups = changes_by_plant(outcomes, headline.name)
        for place, name in enumerate(names):
            changes = [100.0 * change for change in groups.get(name, [])]
            # dots that would cover each other stand beside each other, always in the same way
            beside = 0.28 * np.sin(np.arange(len(changes)) * 2.4)
            axes.scatter(changes, place + beside, s=9, color=BETTER, alpha=0.45, linewidths=0)
            if changes:
                axes.plot([np.mean(changes)] * 2, [place - 0.36, place + 0.36], color=TEXT, linewidth=2)
        axes.axvline(100 * headline.published, color=TEXT, linestyle=(0, (2, 2)), linewidth=1.2)
        axes.axvline(0, color="#888888", linewidth=0.8, zorder=0)
        axes.set_title(headline.title, loc="left", fontsize=10)
        axes.grid(axis="x", color="#e5e5e5", linewidth=0.7)
        axes.set_axisbelow(True)
        axes.tick_params(axis="y", length=0)
    found[0].set_yticks(range(len(names)), [titles[name] for name in names])
    found[0].invert_yaxis()
    picture.legend(
        handles=[
            Line2D([], [], marker="o", markersize=4, color="none", markerfacecolor=BETTER, markeredgewidth=0,
                   label="a project"),
            Line2D([], [], color=TEXT, linewidth=2, label="mean"),
            Line2D([], [], color=TEXT, linestyle=(0, (2, 2)), label="published, 308 projects"),
        ],
        loc="outside lower center", ncols=3, frameon=False, fontsize=9,
    )  # fmt: skip
    return picture
