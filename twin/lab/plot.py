"""Pictures of a comparison, as PNG and SVG: changes, OEE, and a waterfall for each figure."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from twin.kpi.headline import HEADLINES, Headline
from twin.lab.compare import Comparison
from twin.lab.project import OEE
from twin.lab.waterfall import Waterfall

# Blue and orange differ in print and to colour-blind eyes; grey is what is neither better nor worse.
BETTER, WORSE, NEUTRAL, TEXT = "#3f6f9f", "#c8803a", "#9a9a9a", "#333333"
STYLE: Any = {  # matplotlib knows its settings by name, in each release others
    "font.size": 10, "axes.edgecolor": "#888888", "axes.labelcolor": TEXT, "text.color": TEXT, "xtick.color": TEXT,
    "ytick.color": TEXT, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "comparison",
}  # fmt: skip
_SMALL = 0.05  # log points: an upgrade that moves a figure by less has no row of its own


def draw(comparison: Comparison, folder: Path) -> list[Path]:
    """Draw `comparison` into `folder` and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        pictures = {"changes": _changes(comparison), "oee": _oee(comparison)}
        for headline in HEADLINES:
            if headline.name in comparison.waterfalls:
                pictures[f"waterfall_{headline.name}"] = _waterfall(comparison, headline)
        files = []
        for name, picture in pictures.items():
            for kind, metadata in (("png", {}), ("svg", {"Date": None})):
                files.append(folder / f"{name}.{kind}")
                picture.savefig(files[-1], dpi=150, metadata=metadata)
    return files


def _changes(comparison: Comparison) -> Figure:
    """Draw the headline changes with their intervals, the published averages beside them."""
    picture, axes = _sheet(f"{comparison.plant.title}: changes with the upgrades", height=3.8)
    for row, headline in enumerate(HEADLINES):
        axes.plot(
            100 * headline.published,
            row,
            marker="D",
            color="white",
            markeredgecolor=TEXT,
            markersize=7,
            zorder=2,
        )
        change = comparison.changes.get(headline.name)
        if change is None:
            axes.text(0, row, " undefined here", va="center", color=NEUTRAL)
            continue
        colour = NEUTRAL
        if change.significant:
            colour = BETTER if (change.mean > 0) == headline.rises else WORSE
        axes.barh(row, 100 * change.mean, height=0.5, color=colour, zorder=1)
        axes.plot([100 * change.low, 100 * change.high], [row, row], color=TEXT, linewidth=1.5, zorder=3)
    told = {name: f"\n{100 * change.mean:+.1f} %" for name, change in comparison.changes.items()}
    _scale(axes, [headline.title + told.get(headline.name, "") for headline in HEADLINES], "change, %")
    _legend(picture, [
        Patch(color=BETTER, label="better"), Patch(color=WORSE, label="worse"),
        Patch(color=NEUTRAL, label="not significant"), Line2D([], [], color=TEXT, linewidth=1.5, label="95 % interval"),
        _marker("D", "published, 308 projects"),
    ])  # fmt: skip
    return picture


def _oee(comparison: Comparison) -> Figure:
    """Draw OEE and its factors before and after."""
    picture, axes = _sheet(f"{comparison.plant.title}: OEE before and after", height=3.4)
    titles = {"quality_ratio": "Quality ratio", "oee_index": "OEE"}
    count = len(comparison.before)
    for row, name in enumerate(OEE):
        before = 100 * sum(one[name] for one in comparison.before) / count
        difference = comparison.oee[name]
        after = before + 100 * difference.mean
        axes.barh(row - 0.19, before, height=0.34, color="#c9c9c9")
        axes.barh(row + 0.19, after, height=0.34, color=BETTER)
        axes.text(before, row - 0.19, f" {before:.1f}", va="center")
        moved = f"{100 * difference.mean:+.1f} ± {100 * difference.half_width:.1f}"
        axes.text(after, row + 0.19, f" {after:.1f} ({moved})", va="center")
    _scale(axes, [titles.get(name, name.capitalize()) for name in OEE], "%")
    axes.set_xlim(0, 130)
    axes.set_xticks(range(0, 101, 20))
    _legend(picture, [Patch(color="#c9c9c9", label="before"), Patch(color=BETTER, label="with the upgrades")])
    return picture


def _waterfall(comparison: Comparison, headline: Headline) -> Figure:
    """Draw how the upgrades add up to the change of one figure."""
    fall = comparison.waterfalls[headline.name]
    titles = {one.key: one.title for one in comparison.plant.upgrades()}
    rows, idle = _bars(fall, titles)
    picture, axes = _sheet(
        f"{comparison.plant.title}: {headline.title}, upgrade by upgrade", height=2.2 + 0.36 * len(rows)
    )
    reached = 0.0
    for row, (_, effect, last_in, kind) in enumerate(rows):
        start = 0.0 if kind == "total" else reached
        colour = BETTER if (effect > 0) == headline.rises else WORSE
        axes.barh(row, effect, left=start, height=0.6, color=NEUTRAL if kind == "interaction" else colour)
        if last_in is not None:
            axes.plot(start + last_in, row, marker="d", color="white", markeredgecolor=TEXT, markersize=6)
        ahead = max(start, start + effect, start + (last_in or 0.0))
        axes.annotate(f"{effect:+.1f}", (ahead, row), xytext=(7, 0), textcoords="offset points", va="center")
        if kind != "total":
            reached = start + effect
            axes.plot([reached, reached], [row - 0.3, row + 1.3], color="#bbbbbb", linewidth=0.8, zorder=0)
    half = fall.total.half_width
    axes.plot(
        [fall.total.mean - half, fall.total.mean + half], [len(rows) - 1] * 2, color=TEXT, linewidth=1.5
    )
    _scale(axes, [row[0] for row in rows], "log points (100 × ln of the ratio; close to per cent)")
    low, high = axes.dataLim.intervalx
    wide = max(high - low, 1.0)
    axes.set_xlim(low - 0.03 * wide, high + 0.12 * wide)  # room for the numbers
    axes.set_ylim(len(rows) - 0.4, -0.6)
    _legend(picture, [
        Patch(color=BETTER, label="better, alone"), Patch(color=WORSE, label="worse, alone"),
        Patch(color=NEUTRAL, label="interaction"), _marker("d", "added last"),
        Line2D([], [], color=TEXT, linewidth=1.5, label="95 % of all"),
    ])  # fmt: skip
    if idle:
        axes.set_title(
            f"without effect on it: {', '.join(idle)}", loc="left", fontsize=8, color="#777777", wrap=True
        )
    return picture


def _bars(
    fall: Waterfall, titles: dict[str, str]
) -> tuple[list[tuple[str, float, float | None, str]], list[str]]:
    """Return title, effect, effect as the last and kind of every bar, and the upgrades that have none."""
    rows: list[tuple[str, float, float | None, str]] = []
    idle = []
    for step in fall.steps:
        if max(abs(step.single.mean), abs(step.last_in.mean)) < _SMALL:
            idle.append(step.upgrade)
        else:
            rows.append((titles[step.upgrade], step.single.mean, step.last_in.mean, "single"))
    rows.append(("Interaction", fall.interaction, None, "interaction"))
    rows.append(("All together", fall.total.mean, None, "total"))
    return rows, idle


def _sheet(title: str, *, height: float) -> tuple[Figure, Axes]:
    picture = Figure(figsize=(8.0, height), layout="constrained")
    axes = picture.add_subplot()
    picture.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    return picture, axes


def _legend(picture: Figure, handles: list[Artist]) -> None:
    picture.legend(handles=handles, loc="outside lower center", ncols=5, frameon=False, fontsize=9)


def _marker(shape: str, label: str) -> Line2D:
    return Line2D(
        [], [], marker=shape, color="none", markeredgecolor=TEXT, markerfacecolor="white", label=label
    )


def _scale(axes: Axes, labels: list[str], unit: str) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.axvline(0, color="#888888", linewidth=0.8)
    axes.grid(axis="x", color="#e5e5e5", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(unit)
