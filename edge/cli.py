"""The command `edge`: run the service, look after its files, hold its figures against a plant's ledger."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from edge.command import fail
from edge.dashboards.command import app as dashboards_app
from edge.log import log_to_stderr
from edge.map_command import app as mapping_app
from edge.settings import Settings, SettingsError, load
from edge.upkeep_command import backup, quarantine, restore
from twin.collector import paused_collector

app = typer.Typer(
    name="edge",
    help="Edge of the smart-factory twin: collects telemetry, keeps it, computes figures, serves API and pages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(mapping_app, name="map")
app.add_typer(dashboards_app, name="dashboards")

DIFFERENT = 1


def _show_version(wanted: bool) -> None:
    if wanted:
        from edge.service import version

        typer.echo(f"edge {version()}")
        raise typer.Exit


@app.callback()
def edge(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="show the version and exit"),
    ] = False,
) -> None:
    """Edge of the smart-factory twin."""


# -- run -----------------------------------------------------------------------------------------------------


@app.command(
    epilog="Example: edge run --source opc.tcp://127.0.0.1:4840 --source mqtt://127.0.0.1:1883 --port 8000"
)
def run(
    source: Annotated[
        list[str] | None,
        typer.Option(
            help="address of a plant or broker: opc.tcp://HOST:PORT, mqtts://HOST:PORT, or on loopback mqtt://HOST:PORT"
        ),
    ] = None,
    map_files: Annotated[
        list[Path] | None,
        typer.Option("--map", help="mapping file of a plant behind somebody else's server; repeatable"),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="directory of store and outbox [data]")] = None,
    secrets: Annotated[
        Path | None,
        typer.Option(
            help="directory of the files `edge` (password), `viewer`, `operator`, `admin` (API tokens) [secrets]"
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="address to listen on [127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; 0 takes a free one [8000]")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with these settings")] = None,
) -> None:
    """Collect, keep, compute and serve until Ctrl-C.

    Settings are taken from the command line, then from the environment (EDGE_PORT, ...), then from the file.

    History is kept in a DuckDB file of the data directory. EDGE_STORE=influxdb keeps it on an InfluxDB 2 server:
    EDGE_INFLUXDB_URL and EDGE_INFLUXDB_ORG name it, its token is the file `influxdb` of the secrets directory;
    EDGE_INFLUXDB_PREFIX (factory) begins the buckets' names, EDGE_INFLUXDB_RAW_DAYS (30) is how long samples stay.
    """
    try:
        settings = load(
            config, source=tuple(source or ()), map=tuple(map_files or ()), data=data, secrets=secrets, host=host,
            port=port,
        )  # fmt: skip
    except SettingsError as error:
        fail(error)
    log_to_stderr(settings.log_level)
    with listening(settings) as sock:
        with paused_collector():
            from edge.outbox import OutboxError
            from edge.serve import check_tls, serve
            from edge.service import Service, ServiceError
            from edge.store import StoreUnavailable
            from twin.secret import SecretError

            try:
                check_tls(settings)
                service = Service(settings)
            except (ServiceError, OutboxError, StoreUnavailable, SecretError, ValueError, OSError) as error:
                fail(error)
        shown, at = sock.getsockname()[:2]
        address = f"[{shown}]" if ":" in shown else shown
        scheme = "https" if settings.tls_certificate else "http"
        typer.echo(
            f"edge: {scheme}://{address}:{at}  (API reference: /docs; tokens: {settings.secrets})", err=True
        )
        _show_once(settings.secrets, service.new_tokens)
        try:
            asyncio.run(serve(service.app, service.closing, sock, settings))
        except OSError as error:  # somebody listens at the port by now: it was bound, but not yet listened at
            fail(f"port {at} cannot be used: {error.strerror}; choose another port with --port")
        finally:
            service.close()


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Hold the port before anything else is opened; a port that is taken ends the command."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        fail(f"host {settings.host!r}: {error.strerror or error}; give --host an address of this machine")
    with socket.socket(family, kind, protocol) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(place)
        except PermissionError:
            fail(f"port {settings.port} needs more rights than you have; choose one above 1023 with --port")
        except OSError as error:
            fail(
                f"port {settings.port} on {settings.host} cannot be used: {error.strerror}; stop the program that "
                "listens there or choose another port with --port"
            )
        yield sock


def _show_once(secrets: Path, users: list[str]) -> None:
    """Show tokens that were just made, to a person at a terminal; never to a log, which others read."""
    for user in users if sys.stderr.isatty() else ():
        typer.echo(f"new token of {user}: {(secrets / user).read_text()}  (shown this once)", err=True)


app.add_typer(quarantine, name="quarantine")
app.command(epilog="Example: edge backup /backups/2026-05-01 --data var/edge")(backup)
app.command(epilog="Example: edge restore /backups/2026-05-01 --data new/edge")(restore)


# -- verify --------------------------------------------------------------------------------------------------


@app.command(epilog="Example: edge verify --all --api http://127.0.0.1:8000")
def verify(
    plant: Annotated[str | None, typer.Option(help="name of the plant, as in /api/v1/plants")] = None,
    every: Annotated[bool, typer.Option("--all", help="verify every plant that the edge collects")] = False,
    api: Annotated[str, typer.Option(help="address of the running edge")] = "http://127.0.0.1:8000",
    start: Annotated[
        str, typer.Option(help="begin: RFC 3339, or back from now; full hours are always on record")
    ] = "-24h",
    end: Annotated[str, typer.Option(help="end, likewise")] = "now",
    token_file: Annotated[
        Path | None, typer.Option(help="file of a viewer's token, for an edge that is not on loopback")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """Compare the edge's sums with the ledger that the plant itself keeps; exit code 1 when they differ."""
    import json

    if (plant is None) == (not every):
        fail("name one plant with --plant, or give --all")
    window = {"start": start, "end": end}
    if plant is not None:
        found = _ask(api, f"/api/v1/plants/{plant}/reconciliation", window, token_file)
        typer.echo(json.dumps(found, indent=2)) if as_json else _show(found)
        raise typer.Exit(0 if found["agrees"] else DIFFERENT)
    results = []
    for known in _ask(api, "/api/v1/plants", {}, token_file)["items"]:
        found = _ask(api, f"/api/v1/plants/{known['plant']}/reconciliation", window, token_file)
        results.append(found)
        if not as_json:
            _show(found)
    if as_json:
        typer.echo(json.dumps(results, indent=2))
    if not results:
        fail(f"the edge at {api} knows no plant; start one, e.g. twin run stamping")
    raise typer.Exit(0 if all(found["agrees"] for found in results) else DIFFERENT)


def _ask(api: str, path: str, parameters: dict[str, str], token_file: Path | None) -> dict[str, Any]:
    import httpx

    headers = {}
    if token_file is not None:
        try:
            headers["Authorization"] = f"Bearer {token_file.read_text('ascii').strip()}"
        except (OSError, UnicodeDecodeError) as error:
            fail(
                f"{token_file} cannot be read ({error}); give --token-file the file `viewer` of the edge's secrets"
            )
    try:
        answer = httpx.get(
            api.rstrip("/") + path, params=parameters, headers=headers, timeout=60.0, trust_env=False
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fail(f"no edge answers at {api} ({error}); start `edge run` or give its address with --api")
    try:
        body = answer.json()
    except ValueError:
        fail(
            f"{api} is no edge: it answered {answer.status_code} without JSON; give the edge's address with --api"
        )
    if not isinstance(body, dict):
        fail(f"{api} is no edge: its answer has another shape; give the edge's address with --api")
    if answer.status_code != 200:
        fail(body.get("detail", f"the edge answered {answer.status_code}"))
    return body


def _show(found: dict[str, Any]) -> None:
    table = Table(
        "unit",
        "quantity",
        "edge",
        "plant's ledger",
        "difference",
        "allowed",
        "verdict",
        box=None,
        pad_edge=False,
    )
    rows = found["rows"]
    for row in rows:
        if not row["agrees"]:
            table.add_row(
                *(
                    _cell(row[name])
                    for name in ("unit", "quantity", "edge", "ledger", "difference", "allowed")
                ),
                "DIFFERS",
            )
    console = Console(highlight=False)
    different = sum(not row["agrees"] for row in rows)
    if different:
        console.print(table)
    console.print(
        f"{found['plant']}: {len(rows)} sums from {found['start']} to {found['end']} compared, {different} differ"
    )


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
