"""The healthcheck of containers: yes for what is well, no with a reason for what is not."""

import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from twin.probe import trouble


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_service_is_asked(url: str) -> None:
    assert trouble(f"{url}/healthz") == ""
    assert "503" in trouble(f"{url}/other")


def test_service_that_does_not_answer_is_told() -> None:
    assert "refused" in trouble("http://127.0.0.1:1/healthz")


def test_plant_is_well_while_its_journal_changes(tmp_path: Path) -> None:
    assert "no journal" in trouble(str(tmp_path))
    old, new = tmp_path / "stamping.journal", tmp_path / "stamping.journal-wal"
    old.write_bytes(b"")
    os.utime(old, (time.time() - 600, time.time() - 600))
    assert "not changed for 600 s" in trouble(str(tmp_path))
    new.write_bytes(b"")
    assert trouble(str(tmp_path)) == ""
