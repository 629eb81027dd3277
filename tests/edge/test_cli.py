"""The command `edge`: exit codes and one clear line for every mistake, and an end as soon as it is asked for."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
import typer.testing

from edge import cli


def edge(*arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return exit code, output and errors."""
    result = typer.testing.CliRunner().invoke(cli.app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("command", ["run", "verify"])
def test_help_shows_an_example(command: str) -> None:
    code, out, _ = edge(command, "--help")
    assert code == 0
    assert f"Example: edge {command} " in out


def test_version_is_told() -> None:
    code, out, _ = edge("--version")
    assert (code, out.split()[0]) == (0, "edge")


def test_unknown_option_is_a_usage_error() -> None:
    code, _, err = edge("run", "--sauce", "x")
    assert code == 2
    assert "--sauce" in err


def test_port_in_use_names_port_and_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = edge(
            "run", "--port", str(port), "--data", str(tmp_path / "d"), "--secrets", str(tmp_path / "s")
        )
    assert code == 2
    assert f"port {port}" in err
    assert "--port" in err
    assert not (tmp_path / "d").exists()


def test_data_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = edge(
        "run", "--port", "0", "--data", str(tmp_path / "file" / "d"), "--secrets", str(tmp_path / "s")
    )
    assert code == 2
    assert "--data" in err


def test_password_file_open_to_others_is_refused(tmp_path: Path) -> None:
    secrets = tmp_path / "s"
    secrets.mkdir()
    (secrets / "edge").write_text("password")
    (secrets / "edge").chmod(0o644)
    code, _, err = edge("run", "--port", "0", "--data", str(tmp_path / "d"), "--secrets", str(secrets))
    assert code == 2
    assert "chmod 600" in err


def test_verify_without_an_edge_is_a_usage_error() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        code, _, err = edge("verify", "--plant", "x", "--api", f"http://127.0.0.1:{held.getsockname()[1]}")
    assert code == 2
    assert "edge run" in err


@pytest.fixture
def answering() -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
    """Serve one prepared answer; yield the address and the list to put it in."""
    answers: list[tuple[int, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    thread.join()
    server.server_close()


ROW = b'{"unit":"op10","quantity":"processed","edge":9.0,"ledger":10.0,"difference":-1.0,"allowed":0.0,"agrees":%s}'
BODY = b'{"plant":"p","epoch":1,"start":"a","end":"b","agrees":%s,"rows":[' + ROW + b"]}"


@pytest.mark.parametrize(
    ("status", "body", "code", "expected"),
    [
        (200, BODY % (b"true", b"true"), 0, "0 differ"),
        (200, BODY % (b"false", b"false"), 1, "DIFFERS"),
        (404, b'{"detail":"plant p is unknown"}', 2, "plant p is unknown"),
        (200, b"<html>", 2, "is no edge"),
    ],
    ids=["agrees", "differs", "unknown", "no edge"],
)
def test_verify_tells_by_its_exit_code(
    answering: tuple[str, list[tuple[int, bytes]]], status: int, body: bytes, code: int, expected: str
) -> None:
    address, answers = answering
    answers.append((status, body))
    found, out, err = edge("verify", "--plant", "p", "--api", address)
    assert (found, expected in out + err) == (code, True)


@pytest.mark.parametrize(("second", "code"), [(b"true", 0), (b"false", 1)], ids=["agrees", "differs"])
def test_verify_all_asks_for_every_plant(
    answering: tuple[str, list[tuple[int, bytes]]], second: bytes, code: int
) -> None:
    """One plant that differs is enough for exit code 1; each is told."""
    address, answers = answering
    agreeing, other = BODY % (b"true", b"true"), BODY % (second, second)
    answers += [(200, b'{"items":[{"plant":"p"},{"plant":"q"}]}'), (200, agreeing), (200, other)]
    found, out, _ = edge("verify", "--all", "--api", address)
    assert (found, out.count("sums from a to b compared")) == (code, 2)


def test_verify_of_no_plant_is_refused() -> None:
    code, _, err = edge("verify")
    assert (code, "--all" in err) == (2, True)


@pytest.mark.system
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_serves_and_ends_cleanly_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    """Also while it waits for a source that never answers; the operator's token is never printed."""
    command = [sys.executable, "-m", "edge.cli", "run", "--port", "0", "--data", str(tmp_path / "d")]
    command += ["--secrets", str(tmp_path / "s"), "--source", "mqtt://127.0.0.1:9"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        address = first.split()[1]
        deadline = time.monotonic() + 30
        while True:
            try:
                assert httpx.get(f"{address}/healthz", trust_env=False).json() == {"status": "ok"}
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline, first
        body = httpx.get(f"{address}/api/v1/status", trust_env=False).json()
        assert [link["address"] for link in body["waiting"]] == ["mqtt://127.0.0.1:9"]
        process.send_signal(number)
        _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in rest
    token = (tmp_path / "s" / "operator").read_text()
    assert token not in first + rest
    assert (tmp_path / "s" / "operator").stat().st_mode & 0o077 == 0
