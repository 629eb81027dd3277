"""The commands that look after an edge's files: quarantine, backup, restore; while it runs or not."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from edge.command import fail
from edge.log import log_to_stderr
from edge.settings import SettingsError, load

Data = Annotated[Path | None, typer.Option(help="data directory of the edge [data, or EDGE_DATA]")]
Config = Annotated[Path | None, typer.Option(help="TOML file with the edge's settings")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of text")]
Keys = Annotated[list[str], typer.Argument(help="keys as `edge quarantine list` shows them, or all")]

quarantine = typer.Typer(
    no_args_is_help=True,
    help="What could not be used: journal entries, and points that the store refused.",
    rich_markup_mode=None,
)


@quarantine.command("list", epilog="Example: edge quarantine list --data var/edge --json")
def list_items(data: Data = None, config: Config = None, as_json: AsJson = False) -> None:
    """List what is in quarantine and why, oldest first."""
    found = _have_done(data, config, "list", {})
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    if not found:
        typer.echo("nothing is in quarantine")
        return
    table = Table("key", "since (UTC)", "of", "position", "bytes", "reason", box=None, pad_edge=False)
    for item in found:
        since = datetime.fromtimestamp(item["time_ms"] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        position = str(item["position"]) if item["what"] == "entry" else ""
        table.add_row(item["key"], since, _of(item), position, str(item["bytes"]), item["reason"])
    Console(highlight=False).print(table)


@quarantine.command("show", epilog="Example: edge quarantine show e12 --data var/edge")
def show_item(
    key: Annotated[str, typer.Argument(help="key as `edge quarantine list` shows it")],
    data: Data = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show one item with what it holds, as far as it can be read."""
    found = _have_done(data, config, "show", {"key": key})
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        typer.echo(f"{name}: {value}")


@quarantine.command("retry", epilog="Example: edge quarantine retry e12 e13 --data var/edge")
def retry_items(keys: Keys, data: Data = None, config: Config = None, as_json: AsJson = False) -> None:
    """Put entries back into the queue. What still cannot be used returns, with the reason; nothing counts twice."""
    _decide(data, config, "retry", keys, "waits for the store again", as_json=as_json)


@quarantine.command("drop", epilog="Example: edge quarantine drop e12 --data var/edge")
def drop_items(keys: Keys, data: Data = None, config: Config = None, as_json: AsJson = False) -> None:
    """Delete items for good; what is dropped is counted, and on record as an event while the edge runs."""
    _decide(data, config, "drop", keys, "dropped", as_json=as_json)


def _decide(
    data: Path | None, config: Path | None, task: str, keys: list[str], done: str, *, as_json: bool
) -> None:
    found = _have_done(data, config, task, {"keys": keys})
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for item in found:
        typer.echo(f"{item['key']} ({_of(item)}) {done}")
    if not found:
        typer.echo("nothing is in quarantine")


def backup(
    folder: Annotated[Path, typer.Argument(help="new folder for the copies and their manifest")],
    data: Data = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Copy store, outbox and loop modes into a new folder, consistently, while the edge runs or not.

    Secrets and certificates are not in it, and neither is a store on a server: docs/operations.md.
    """
    found = _have_done(data, config, "backup", {"folder": str(folder.absolute())})
    _print_files(found, f"backup made in {folder}", as_json=as_json)


def restore(
    folder: Annotated[Path, typer.Argument(help="folder made by `edge backup`")],
    data: Data = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup into an empty data directory; nothing is ever overwritten."""
    from edge.backup import BackupError
    from edge.backup import restore as restored
    from edge.data_lock import DataInUse

    where = _data(data, config)
    try:
        found = restored(folder, where)
    except (BackupError, DataInUse) as error:
        fail(error)
    _print_files(found, f"restored into {where}; start it with: edge run --data {where}", as_json=as_json)


def _print_files(found: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for name, file in found["files"].items():
        typer.echo(f"{name}: {file['bytes']} bytes")
    if found["store"] == "server":
        typer.echo("history is on the InfluxDB server and not in this backup: influx backup")
    typer.echo(text)


def _of(item: dict[str, Any]) -> str:
    return str(item["plant"] or f"bucket {item['bucket']}")


def _data(data: Path | None, config: Path | None) -> Path:
    try:
        return load(config, data=data).data
    except SettingsError as error:
        fail(error)


def _have_done(data: Path | None, config: Path | None, task: str, arguments: dict[str, Any]) -> Any:
    from edge.upkeep import UpkeepError, have_done

    log_to_stderr("warning")  # stdout is the answer's
    try:
        return have_done(_data(data, config), task, arguments)
    except UpkeepError as error:
        fail(error)
