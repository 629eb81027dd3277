"""The commands `twin upgrades` and `twin compare`: what can be done to a plant, and what it brings."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from twin.argument import UsageProblem, configure, strengths_of
from twin.command import FAILED, AsJson, Folder, Level, Values, clear_errors
from twin.discovery import discover, find_plant
from twin.model.plant import Plant
from twin.model.upgrade import Upgrade

if TYPE_CHECKING:
    from twin.lab.compare import Comparison, Design


def upgrades(
    plant: Annotated[str, typer.Argument(help="name of the plant")],
    as_json: AsJson = False,
    plants_dir: Folder = None,
) -> None:
    """List what can be done to a plant: mechanism, cost and source of every upgrade."""
    with clear_errors():
        chosen = find_plant(plant, discover(plants_dir))()
    rows = [_describe(one) for one in chosen.upgrades()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    effects = "effect at low, mid, high"
    table = Table(
        "upgrade", "title", "paradigm", "function", effects, "one-off, CNY", "CNY a year", "source",
        box=None, pad_edge=False,
    )  # fmt: skip
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(
            row["key"], row["title"], row["paradigm"], row["function"], "; ".join(row["effects"]),
            f"{row['one_off']:,.0f}", f"{row['running']:,.0f}", row["source"],
        )  # fmt: skip
    Console().print(table)


def _describe(upgrade: Upgrade) -> dict[str, Any]:
    changes = [
        f"{change.parameter} × {change.low:.3g}, {change.mid:.3g}, {change.high:.3g}"
        for change in (*upgrade.changes, *upgrade.introduction)
    ]
    kinds = dict.fromkeys(loop.kind for loop in upgrade.loops)
    return {
        "key": upgrade.key, "title": upgrade.title, "paradigm": upgrade.paradigm, "function": upgrade.function,
        "mechanism": upgrade.mechanism, "effects": [*changes, *(f"closed loop: {kind}" for kind in kinds)],
        "one_off": upgrade.one_off, "running": upgrade.running, "ramp": upgrade.ramp, "source": upgrade.source,
    }  # fmt: skip


def compare(
    plant: Annotated[str, typer.Argument(help="name of the plant")],
    paradigm: Annotated[
        str, typer.Option(help="the upgrades of networked, or of intelligent (both); default: all")
    ] = "",
    keys: Annotated[
        str, typer.Option("--upgrades", help="these upgrades: KEY or KEY=LEVEL, with commas")
    ] = "",
    level: Level = "mid",
    zero: Annotated[bool, typer.Option("--zero", help="upgrades without effect: nothing may move")] = False,
    replications: Annotated[int, typer.Option(min=2, help="pairs of runs at most")] = 8,
    waterfall: Annotated[
        int, typer.Option(min=0, help="replications of each upgrade alone and left out; 0: none")
    ] = 4,
    days: Annotated[
        float | None, typer.Option(min=0.1, help="simulated days that count; default 7, more for long lines")
    ] = None,
    warmup: Annotated[
        float | None, typer.Option(min=0, help="days thrown away before them; default: MSER-5")
    ] = None,
    precision: Annotated[
        float, typer.Option(min=0, help="points of half-width at which pairs are enough")
    ] = 1.5,
    budget: Annotated[float, typer.Option(min=0, help="minutes after which no run begins any more")] = 20.0,
    seed: Annotated[int, typer.Option(min=0, help="seed of the first pair")] = 1,
    values: Values = None,
    output: Annotated[
        Path | None, typer.Option(help="folder of pictures and result.json; default results/PLANT")
    ] = None,
    as_json: AsJson = False,
    progress_lines: Annotated[
        bool, typer.Option("--progress-lines", help="tell progress on standard error as JSON, a line a step")
    ] = False,
    plants_dir: Folder = None,
) -> None:
    """Run a plant without and with its upgrades on the same random numbers, and tell what they bring.

    Exit code 0: done, 1: with --zero something moved, 2: the command cannot be carried out.
    """
    with clear_errors():
        from twin.lab.compare import Design, default_days
        from twin.lab.plot import draw
        from twin.lab.record import record
        from twin.lab.report import report

        configured = configure(find_plant(plant, discover(plants_dir)), values or [])
        strengths = _chosen(configured, paradigm, keys, "0" if zero else level)
        if zero:
            strengths = dict.fromkeys(strengths, 0.0)
        if waterfall == 1:
            raise UsageProblem("--waterfall 1: an interval needs at least 2 replications; 0 leaves it out")
        design = Design(
            seed=seed, days=days or default_days(configured), warmup_days=warmup, replications=replications,
            waterfall=waterfall, precision=precision, budget=budget,
        )  # fmt: skip
        folder = output or Path("results") / configured.name
        folder.mkdir(parents=True, exist_ok=True)
        show = _say_line if progress_lines else None
        found = _compare(configured, strengths, design, show, quiet=as_json)
        told = json.dumps(record(found), indent=2, ensure_ascii=False)
        (folder / "result.json").write_text(told + "\n", encoding="utf-8")
        draw(found, folder)
    if as_json:
        typer.echo(told)
    else:
        report(found, Console())
        typer.echo(f"written: {folder}/result.json and pictures (*.png, *.svg)")
    if zero and not found.nil:
        raise typer.Exit(FAILED)


def _chosen(plant: Plant, paradigm: str, keys: str, level: str) -> dict[str, float]:
    """Return the strengths of the upgrades asked for, of all where none are; raises UsageProblem."""
    known = [upgrade.key for upgrade in plant.upgrades()]
    if not known:
        raise UsageProblem(f"plant {plant.name} has no upgrades: there is nothing to compare")
    strengths = strengths_of(plant, paradigm, keys or ("" if paradigm else ",".join(known)), level)
    if not strengths:
        raise UsageProblem(f"none of the upgrades is chosen; upgrades: {', '.join(known)}")
    return strengths


def _say_line(what: str, made: int, wanted: int) -> None:
    typer.echo(json.dumps({"step": what, "done": made, "of": wanted}), err=True)


def _compare(
    plant: Plant,
    strengths: dict[str, float],
    design: "Design",
    show: Callable[[str, int, int], None] | None,
    *,
    quiet: bool,
) -> "Comparison":
    """Compare, and show how far it is: through `show`, or as bars where there is a terminal."""
    from twin.lab.compare import compare as compared

    if show is not None:
        return compared(plant, strengths, design, done=show)
    terminal = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=terminal, transient=True, disable=quiet or not terminal.is_terminal
    ) as progress:
        tasks: dict[str, TaskID] = {}

        def draw_bar(what: str, made: int, wanted: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(f"{plant.name}: {what}", total=wanted)
            progress.update(tasks[what], completed=made, total=wanted)

        return compared(plant, strengths, design, done=draw_bar)
