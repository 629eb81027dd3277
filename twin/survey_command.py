"""The command `twin survey`: the table of the papers, simulated."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from twin.argument import UsageProblem
from twin.command import FAILED, USAGE, AsJson, Folder, clear_errors, fail
from twin.discovery import discover, find_plant
from twin.model.plant import ParameterError
from twin.private_file import write_private

if TYPE_CHECKING:
    from twin.lab.survey import Survey
    from twin.lab.survey_store import SurveyStore

INTERRUPTED = 130  # exit code, as of every program that Ctrl-C ends


def survey(
    projects: Annotated[int, typer.Option(min=2, help="projects to draw, at least two a plant")] = 308,
    only: Annotated[
        str, typer.Option("--only", help="plants, with commas; default: all that have upgrades")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="seed of the draws")] = 1,
    days: Annotated[
        float | None, typer.Option(min=0.01, help="simulated days of a run that count; default: by plant")
    ] = None,
    warmup: Annotated[
        float | None, typer.Option(min=0, help="days before them; default: 0.25, more for long lines")
    ] = None,
    zero: Annotated[bool, typer.Option("--zero", help="upgrades without effect: nothing may move")] = False,
    jobs: Annotated[int, typer.Option(help="cores; -1: all")] = -1,
    scheduler: Annotated[
        str, typer.Option(help="tcp://HOST:PORT of a Dask scheduler, whose workers run the projects")
    ] = "",
    output: Annotated[Path, typer.Option(help="folder of projects.parquet, summary.json, pictures")] = Path(
        "results/survey"
    ),
    fresh: Annotated[bool, typer.Option("--fresh", help="forget the projects in --output")] = False,
    as_json: AsJson = False,
    plants_dir: Folder = None,
) -> None:
    """Draw projects over the plants, simulate each before and after, and tell how the five figures changed.

    What is finished is kept: the same command goes on where it was stopped. Exit code 0: done, 1: with --zero
    something moved, 2: the command cannot be carried out, 130: stopped by Ctrl-C.
    """
    began = time.monotonic()
    with clear_errors():
        from twin.lab.cluster import ClusterError
        from twin.lab.survey import plan, without_effect
        from twin.lab.survey_plot import draw
        from twin.lab.survey_report import report, summary
        from twin.lab.survey_store import FILE, OtherSurvey, SurveyStore
        from twin.lab.survey_table import table

        known = discover(plants_dir)
        named = [one.strip() for one in only.split(",") if one.strip()]
        chosen = [find_plant(name, known)() for name in named or known]
        try:
            asked = plan(chosen, projects, seed=seed, days=days, warmup_days=warmup)
            asked = without_effect(asked) if zero else asked
            if fresh:
                (output / FILE).unlink(missing_ok=True)
            store = SurveyStore(output, asked)
        except ParameterError:
            raise
        except OtherSurvey as error:
            raise UsageProblem(str(error)) from None
        except ValueError as error:
            raise UsageProblem(f"--projects: {error}") from None
        try:
            _run(asked, store, jobs=jobs, scheduler=scheduler, quiet=as_json)
        except ClusterError as error:
            fail(error, USAGE)
        except KeyboardInterrupt:
            told = f"stopped: {len(store.outcomes)} of {projects} projects are kept in {output}"
            typer.echo(f"{told}; the same command goes on from there", err=True)
            raise typer.Exit(INTERRUPTED) from None
        outcomes = [store.outcomes[number] for number in sorted(store.outcomes)]
        told = json.dumps(summary(asked, outcomes, time.monotonic() - began), indent=2, ensure_ascii=False)
        write_private(
            output / "summary.json", f"{told}\n".encode(), mode=0o644
        )  # in one step: an edge may read it
        draw(
            outcomes,
            table(outcomes, asked.kinds),
            {plant.name: plant.title for plant in asked.plants},
            output,
        )
    if as_json:
        typer.echo(told)
    else:
        report(asked, outcomes, Console())
        typer.echo(f"written: {output}/{FILE}, summary.json and pictures (*.png, *.svg)")
    if zero and any(one.moved for one in outcomes):
        raise typer.Exit(FAILED)


def _run(asked: "Survey", store: "SurveyStore", *, jobs: int, scheduler: str, quiet: bool) -> None:
    """Run what is missing, keep it, and show how far it is; what is finished is saved whatever happens."""
    from twin.lab.survey import curves, run

    if len(store.outcomes) == len(asked.projects):
        return
    try:
        if not store.curves:
            with _progress("candidates of new products", quiet=quiet) as show:
                store.curves = curves(asked, jobs=jobs, scheduler=scheduler, done=show)
        with _progress("projects", quiet=quiet) as show:
            show(len(store.outcomes), len(asked.projects))
            for outcome in run(
                asked, store.curves, finished=list(store.outcomes), jobs=jobs, scheduler=scheduler
            ):
                store.add(outcome)
                show(len(store.outcomes), len(asked.projects))
    finally:
        store.save()


@contextmanager
def _progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    terminal = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(
        *columns, console=terminal, transient=True, disable=quiet or not terminal.is_terminal
    ) as progress:
        task = progress.add_task(what, total=None)
        yield lambda made, wanted: progress.update(task, completed=made, total=wanted)
