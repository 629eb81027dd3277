"""The command `twin`: list, check and run plants, and the demo."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from twin.argument import UsageProblem, check_scan, check_speed, configure, history, installed, pairs
from twin.collector import paused_collector
from twin.command import FAILED, USAGE, AsJson, Folder, Level, Paradigms, Upgrades, Values, clear_errors, fail
from twin.discovery import discover, file_of, find_plant, line_of
from twin.lab_command import compare, upgrades
from twin.model.plant import Plant
from twin.secret import SecretError
from twin.survey_command import survey
from twin.transport import (
    PlantBroken,
    checked_address,
    checked_transport,
    default_address,
    default_transport,
    line_kind,
)

app = typer.Typer(
    name="twin",
    help="Smart-factory digital twin: plants as SimPy models that speak OPC UA and Sparkplug B.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: twin list --json")
def list_plants(as_json: AsJson = False, plants_dir: Folder = None) -> None:
    """List the plants that can be run."""
    with clear_errors():
        rows = [_describe(plant_cls) for plant_cls in discover(plants_dir).values()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("plant", "title", "industry", "kind", "transport", "parameters", box=None, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"  # a narrow terminal breaks words, it drops none
    for row in rows:
        table.add_row(
            row["name"],
            row["title"],
            row["industry"],
            row["kind"],
            row["transport"],
            str(len(row["parameters"])),
        )
    Console().print(table)


def _describe(plant_cls: type[Plant]) -> dict[str, Any]:
    plant = plant_cls()
    kind = line_kind(plant)
    return {
        "name": plant.name,
        "title": plant.title,
        "industry": plant.industry,
        "kind": kind,
        "transport": default_transport(kind),
        "file": file_of(plant_cls),
        "parameters": {
            name: {
                "value": plant.configuration()[name], "unit": parameter.unit, "low": parameter.low,
                "high": parameter.high, "source": parameter.source, "description": parameter.description,
            }
            for name, parameter in plant.parameters().items()
        },
    }  # fmt: skip


app.command("upgrades", epilog="Example: twin upgrades stamping")(upgrades)
app.command(
    "compare", epilog="Example: twin compare stamping --upgrades smed,guided_repair=high --level mid"
)(compare)
app.command("survey", epilog="Example: twin survey --projects 308 --output results/survey")(survey)


@app.command("check", epilog="Example: twin check stamping --replications 8 --days 30")
def check(
    plant: Annotated[str | None, typer.Argument(help="name of the plant")] = None,
    every: Annotated[bool, typer.Option("--all", help="check every plant")] = False,
    as_json: AsJson = False,
    replications: Annotated[int, typer.Option(min=2, help="independent runs")] = 8,
    days: Annotated[float, typer.Option(min=0.01, help="simulated days of each run that count")] = 30.0,
    seed: Annotated[int, typer.Option(min=0, help="seed of the first run")] = 1,
    faults: Annotated[
        bool, typer.Option("--faults/--no-faults", help="try every fault against its effects")
    ] = True,
    plants_dir: Folder = None,
) -> None:
    """Hold plants against the plug-in contract, their data sheets and the effects that their faults state.

    Exit code 0: all passed, 1: something failed, 2: the command cannot be carried out.
    """
    with clear_errors():
        from twin.checks.report import report_check

        plants = discover(plants_dir)
        if (plant is None) == (not every):
            raise UsageProblem(f"name one plant or give --all; plants: {', '.join(plants) or 'none'}")
        chosen = list(plants.values()) if plant is None else [find_plant(plant, plants)]
        passed = report_check(
            chosen, replications=replications, days=days, seed=seed, faults=faults, as_json=as_json
        )
    if not passed:
        raise typer.Exit(FAILED)


@app.command(
    "run", epilog="Example: twin run stamping --address mqtt://127.0.0.1:1883 --since 24h --set lot_size=600"
)
def run(
    plant: Annotated[str, typer.Argument(help="name of the plant")],
    transport: Annotated[
        str | None, typer.Option(help="opcua or sparkplug; default: by kind of line")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="opc.tcp://HOST:PORT (ours) or mqtt://HOST:PORT (the broker's)")
    ] = None,
    data: Annotated[Path, typer.Option(help="directory of journal and command log")] = Path("data"),
    secrets: Annotated[Path, typer.Option(help="directory of password files")] = Path("secrets"),
    since: Annotated[str, typer.Option(help="how far in the past a new run starts: 24h, 90min, 7d")] = "24h",
    speed: Annotated[
        float | None, typer.Option(help="simulated seconds per second while behind the clock")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of every random number")] = 1,
    values: Values = None,
    name: Annotated[str, typer.Option(help="what this plant is called; default: its own name")] = "",
    paradigm: Paradigms = "",
    upgrades: Upgrades = "",
    strength: Level = "mid",
    scan: Annotated[float, typer.Option(help="seconds between scans; 60 must be a multiple")] = 1.0,
    uns: Annotated[
        bool, typer.Option("--uns", help="also feed the unified namespace, umh/v1/… (sparkplug only)")
    ] = False,
    plants_dir: Folder = None,
) -> None:
    """Run one plant and publish its telemetry until Ctrl-C."""
    with clear_errors():
        plant_cls = find_plant(plant, discover(plants_dir))
        configured = installed(
            configure(plant_cls, values or []),
            name=name,
            paradigm=paradigm,
            upgrades=upgrades,
            strength=strength,
        )
        way = checked_transport(transport or default_transport(line_kind(configured)))
        where = checked_address(way, address or default_address(way))
        past = history(since)
        check_speed(speed)
        check_scan(scan)
        publish(
            configured,
            address=where,
            data=data,
            secrets=secrets,
            seed=seed,
            since=past,
            speed=speed,
            scan=scan,
            uns=uns,
        )


@app.command("demo", epilog="Example: twin demo --plants stamping,aluminium --since 24h")
def demo(
    plants: Annotated[str, typer.Option(help="names separated by commas, or all")] = "stamping,aluminium",
    since: Annotated[str, typer.Option(help="length of the history: 24h, 90min, 7d")] = "24h",
    data: Annotated[Path, typer.Option(help="directory that remembers the run")] = Path("var"),
    port: Annotated[int, typer.Option(min=1, max=65_535, help="port of the pages and the API")] = 8000,
    fresh: Annotated[bool, typer.Option("--fresh", help="forget the run in --data and start anew")] = False,
    transport: Annotated[
        list[str] | None, typer.Option(help="PLANT=opcua or PLANT=sparkplug; repeatable")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of every random number")] = 1,
    speed: Annotated[
        float | None, typer.Option(help="simulated seconds per second while behind the clock")
    ] = None,
    smart: Annotated[
        str, typer.Option(help="run these plants a second time, with all their upgrades, beside the first")
    ] = "",
    plants_dir: Annotated[Path | None, typer.Option(help="folder with further plant files (*.py)")] = None,
) -> None:
    """Run plants, broker and edge on this machine; Ctrl-C ends them all. A second start continues the first."""
    from twin.demo.data_directory import DataDirectoryError
    from twin.demo.program import SMART, Demo, DemoOptions, NotReady
    from twin.demo.supervisor import ChildLost

    with clear_errors():
        known = discover(plants_dir)
        names = (
            list(known) if plants == "all" else [name.strip() for name in plants.split(",") if name.strip()]
        )
        if not names:
            raise UsageProblem(f"--plants {plants!r} names none; plants: {', '.join(known) or 'none'}")
        chosen = {name: find_plant(name, known) for name in names}
        history(since)
        check_speed(speed)
        transports = {name: default_transport(line_kind(plant_cls())) for name, plant_cls in chosen.items()}
        for name, way in pairs(transport or [], "--transport", "PLANT=opcua or PLANT=sparkplug"):
            find_plant(name, chosen)
            transports[name] = checked_transport(way)
        twins = {f"{name}{SMART}": name for name in smart.split(",") if name.strip()}
        for twin, name in twins.items():
            find_plant(name, chosen)
            transports[twin] = transports[name]
        options = DemoOptions(
            smart=twins, transports=transports, data=data, since=since, speed=speed, seed=seed, port=port, fresh=fresh,
            plants_folder=plants_dir,
        )  # fmt: skip
        try:
            Demo(options, Console()).run()
        except DataDirectoryError as error:
            fail(error, USAGE)
        except (ChildLost, NotReady) as error:
            fail(error, FAILED)


@app.command(
    "new", epilog="Example: twin new my_plant --like stamping, then: twin check my_plant --plants my_plants"
)
def new(
    name: Annotated[str, typer.Argument(help="name of the new plant: lower case, digits and underscores")],
    like: Annotated[str, typer.Option(help="plant that it begins with")] = "stamping",
    folder: Annotated[Path, typer.Option("--plants", "--plants-dir", help="folder to write it to")] = Path(
        "my_plants"
    ),
) -> None:
    """Write a plant of your own: one short file that runs at once, after the manner of another plant."""
    from twin.scaffold import ScaffoldError, scaffold

    with clear_errors():
        known = discover(folder if folder.is_dir() else None)
        try:
            file = scaffold(name, find_plant(like, known), folder, list(known))
        except ScaffoldError as error:
            fail(error, USAGE)
    typer.echo(f"written: {file}")
    typer.echo(f"check it: twin check {name} --plants {folder}")
    typer.echo(f"see it:   twin demo --plants {name} --plants-dir {folder}")


def publish(plant: Plant, *, address: str, since: float, **options: Any) -> None:
    """Run `plant` on the wire until SIGINT or SIGTERM; `options` as in run_plant."""
    with paused_collector() as resume_collector:
        _publish(plant, resume_collector, address=address, since=timedelta(seconds=since), **options)


def _publish(plant: Plant, resume_collector: Callable[[], None], **options: Any) -> None:
    from twin.wire import WireError, run_plant

    def ready(answered: str) -> None:
        resume_collector()
        typer.echo(f"plant {plant.name}: {answered}")

    try:
        asyncio.run(run_plant(plant, ready=ready, **options))
    except WireError as error:
        fail(error, FAILED)
    except (OSError, SecretError):
        raise
    except Exception as error:
        line = line_of(type(plant), error)
        if line is None:  # not the plant's doing
            raise
        place = f"{file_of(type(plant))}, line {line}"
        problem = f"plant {plant.name} failed: {place}: {type(error).__name__}: {error}"
        fail(PlantBroken(f"{problem}; correct the file, then: twin check {plant.name}"), FAILED)


def main() -> None:
    """Run the command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
