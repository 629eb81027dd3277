"""Pictures of docs/gains.md: the plants beside the published averages, and what the assumptions carry."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from twin.kpi.headline import HEADLINES
from twin.lab.plot import BETTER, NEUTRAL, STYLE, TEXT, WORSE

_PUBLISHED = Line2D([], [], color=TEXT, linestyle=(0, (2, 2)), label="published average")


def draw(
    plants: Mapping[str, Any],
    sheet: Mapping[str, Any],
    effects: Sequence[tuple[str, str, Mapping[str, float]]],
    folder: Path,
) -> None:
    """Draw the pictures into `folder`: results of `plants`, the data sheet's `sheet`, the largest `effects`."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({**STYLE, "svg.hashsalt": "gains"}):
        for name, picture in (("plants", _plants(plants, sheet)), ("screening", _screening(effects))):
            picture.savefig(folder / f"gains_{name}.svg", metadata={"Date": None})


def _plants(plants: Mapping[str, Any], sheet: Mapping[str, Any]) -> Figure:
    picture = Figure(figsize=(11.0, 1.8 + 0.38 * len(plants)), layout="constrained")
    picture.suptitle(
        "Change with every upgrade at mid strength, %", x=0.01, ha="left", fontsize=12, fontweight="bold"
    )
    found = picture.subplots(1, len(HEADLINES), sharey=True)
    for axes, headline in zip(found, HEADLINES, strict=True):
        for row, (name, plant) in enumerate(plants.items()):
            expected = sheet.get(name, {}).get(headline.name)
            if expected is not None:
                axes.plot(
                    100 * expected,
                    row,
                    marker="D",
                    color="white",
                    markeredgecolor=TEXT,
                    markersize=6,
                    zorder=3,
                )
            change = plant["levels"]["mid"]["changes"].get(headline.name)
            if change is None:
                continue
            better = (change["mean"] > 0) == headline.rises
            colour = NEUTRAL if not change["significant"] else BETTER if better else WORSE
            axes.barh(row, 100 * change["mean"], height=0.55, color=colour)
            if change["high"] is not None:
                axes.plot(
                    [100 * change["low"], 100 * change["high"]],
                    [row, row],
                    color=TEXT,
                    linewidth=1.5,
                    zorder=4,
                )
        axes.axvline(100 * headline.published, color=TEXT, linestyle=(0, (2, 2)), linewidth=1.2)
        axes.axvline(0, color="#888888", linewidth=0.8)
        axes.set_title(headline.title, loc="left", fontsize=10)
        axes.grid(axis="x", color="#e5e5e5", linewidth=0.7)
        axes.set_axisbelow(True)
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.12)
    found[0].set_yticks(range(len(plants)), [plant["title"] for plant in plants.values()])
    found[0].invert_yaxis()
    picture.legend(
        handles=[
            Patch(color=BETTER, label="better"), Patch(color=WORSE, label="worse"),
            Patch(color=NEUTRAL, label="not significant"), Line2D([], [], color=TEXT, linewidth=1.5, label="95 %"),
            Line2D([], [], marker="D", color="none", markeredgecolor=TEXT, markerfacecolor="white",
                   label="data sheet expects"),
            _PUBLISHED,
        ],
        loc="outside lower center", ncols=6, frameon=False, fontsize=9,
    )  # fmt: skip
    return picture


def _screening(effects: Sequence[tuple[str, str, Mapping[str, float]]]) -> Figure:
    picture = Figure(figsize=(12.0, 1.5 + 0.36 * len(effects)), layout="constrained")
    picture.suptitle(
        "What single assumptions do to the mean of the plants, points", x=0.01, ha="left", fontsize=12,
        fontweight="bold",
    )  # fmt: skip
    found = picture.subplots(1, len(HEADLINES), sharey=True)
    for axes, headline in zip(found, HEADLINES, strict=True):
        for row, (_, _, effect) in enumerate(effects):
            value = 100 * effect.get(headline.name, 0.0)
            axes.barh(row, value, height=0.6, color=BETTER if (value > 0) == headline.rises else WORSE)
        axes.axvline(0, color="#888888", linewidth=0.8)
        axes.set_title(headline.title, loc="left", fontsize=10)
        axes.grid(axis="x", color="#e5e5e5", linewidth=0.7)
        axes.set_axisbelow(True)
        axes.tick_params(axis="y", length=0)
    found[0].set_yticks(range(len(effects)), [f"{plant}: {what}" for plant, what, _ in effects], fontsize=8)
    found[0].invert_yaxis()
    picture.legend(
        handles=[Patch(color=BETTER, label="better"), Patch(color=WORSE, label="worse")],
        loc="outside lower center", ncols=2, frameon=False, fontsize=9,
    )  # fmt: skip
    return picture
