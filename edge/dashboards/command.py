"""The command `edge dashboards`: put them on a Grafana server, compare, make the token that Grafana reads with."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.command import fail

if TYPE_CHECKING:
    from edge.dashboards.built import Boards
    from edge.dashboards.grafana import Grafana, Verdict

DIFFERENT = 1

app = typer.Typer(
    help="Grafana dashboards: put them on a server, compare, make the token that Grafana reads with.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Url = Annotated[str, typer.Option(help="address of Grafana; off this machine https")]
TokenFile = Annotated[
    Path, typer.Option(help="file with the token of a service account (role Editor, or Viewer to check)")
]
Datasource = Annotated[str, typer.Option(help="uid of the Flux data source there [the only one]")]
Prefix = Annotated[str, typer.Option(help="first part of the buckets' names, as EDGE_INFLUXDB_PREFIX")]
Authority = Annotated[
    Path | None, typer.Option("--ca", help="PEM file of the authority of Grafana's certificate")
]
Files = Annotated[
    list[Path] | None,
    typer.Argument(help="pages of your own instead, as python -m edge.dashboards.build FILE.py writes them"),
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of text")]
_AT = "http://127.0.0.1:3000"


@app.callback()
def dashboards() -> None:
    """Grafana dashboards."""


@app.command(epilog="Example: edge dashboards push --token-file grafana.token")
def push(
    token_file: TokenFile, files: Files = None, url: Url = _AT, datasource: Datasource = "", prefix: Prefix = "factory",
    ca: Authority = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Put the dashboards on a Grafana server (9.4 to 13); what is there already and the same is left alone."""
    from edge.dashboards.grafana import GrafanaError

    boards = _boards(files)
    done: list[Verdict] = []
    try:
        for verdict in _server(url, token_file, ca).push(boards, datasource=datasource, prefix=prefix):
            done.append(verdict)
            if not as_json:
                typer.echo(f"{verdict.state:9} {verdict.title}")
    except GrafanaError as error:
        fail(error)
    if as_json:
        _print(done)


@app.command(epilog="Example: edge dashboards check --token-file grafana.token")
def check(
    token_file: TokenFile, files: Files = None, url: Url = _AT, datasource: Datasource = "", prefix: Prefix = "factory",
    ca: Authority = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Compare the dashboards on a server with ours and ask its data source; exit code 1 when one differs."""
    from edge.dashboards.grafana import GrafanaError

    boards = _boards(files)
    try:
        found = _server(url, token_file, ca).check(boards, datasource=datasource, prefix=prefix)
    except GrafanaError as error:
        fail(error)
    if as_json:
        _print(found)
    else:
        for verdict in found:
            typer.echo(f"{verdict.state:9} {verdict.title}")
    raise typer.Exit(0 if all(verdict.state == "same" for verdict in found) else DIFFERENT)


@app.command(epilog="Example: edge dashboards token /run/grafana/token --wait 60")
def token(
    file: Annotated[Path, typer.Argument(help="where Grafana reads it; one that works is left alone")],
    secrets: Annotated[
        Path | None, typer.Option(help="directory with the file `influxdb`, a token that may make others")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with the edge's settings")] = None,
    wait: Annotated[float, typer.Option(help="seconds to wait for InfluxDB to answer")] = 0.0,
) -> None:  # fmt: skip
    """Make an InfluxDB token that reads this edge's buckets and can do nothing else, and write it to a file.

    Address, organisation and prefix are the edge's settings (EDGE_INFLUXDB_URL, …).
    """
    from edge.settings import SettingsError, load
    from edge.store import StoreUnavailable
    from edge.store.influxdb_link import Address, InfluxUnreachable
    from edge.store.influxdb_setup import Layout
    from edge.store.influxdb_token import keep_token
    from twin.secret import SecretError, read_secret

    try:
        settings = load(config, secrets=secrets)
        master = Address(
            settings.influxdb_url, settings.influxdb_org, read_secret(settings.secrets, "influxdb")
        )
    except (SettingsError, SecretError) as error:
        fail(error)
    if not (master.url and master.org):
        fail("no InfluxDB is named; give EDGE_INFLUXDB_URL and EDGE_INFLUXDB_ORG")
    layout = Layout(settings.influxdb_prefix, settings.influxdb_raw_days)
    until = time.monotonic() + wait
    made: bool | None = None
    while made is None:
        try:
            made = keep_token(file, master, layout)
        except InfluxUnreachable as error:
            if time.monotonic() >= until:
                fail(error)
            time.sleep(1.0)
        except (StoreUnavailable, OSError) as error:
            fail(error)
    typer.echo(f"{file}: {'a new token that reads' if made else 'the token there reads'} {layout.prefix}_…")


def _boards(files: list[Path] | None) -> "Boards":
    from edge.dashboards.built import dashboards, own

    try:
        return own(files) if files else dashboards()
    except ValueError as error:
        fail(error)


def _server(url: str, token_file: Path, authority: Path | None) -> "Grafana":
    try:
        from edge.dashboards.grafana import Grafana, GrafanaError
    except ImportError as error:
        fail(f"{error.name} is not installed; pip install 'smart-factory-twin[dashboards]'")
    try:
        token_of = token_file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{token_file} cannot be read ({error}); put the token of a Grafana service account there")
    try:
        return Grafana(url, token_of, authority=authority)
    except GrafanaError as error:
        fail(error)


def _print(verdicts: "list[Verdict]") -> None:
    typer.echo(
        json.dumps([{"uid": one.uid, "title": one.title, "state": one.state} for one in verdicts], indent=2)
    )
