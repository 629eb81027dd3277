"""One served edge and one browser for all tests of pages: NiceGUI keeps its pages per process."""

import asyncio
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from edge.api.application import application
from edge.api.gate import Gate
from edge.api.query import Query
from edge.collect import LinkStatus
from edge.measured import Measured
from edge.remaining_life import RemainingLife
from edge.training.drills import Drills
from edge.training.veil import VeiledStore
from edge.web import pages
from edge.web.board import Boards
from tests.edge.api_bench import FakeLink, actors, tokens
from tests.edge.drifting import drifting
from tests.edge.filled_store import Filler, filled
from tests.pages.site import REPORT, Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    store, filler = filled(300)
    lathe = Filler(drifting(), store)
    lathe.fill(5)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        links = [
            LinkStatus("mqtt://127.0.0.1:1883/demo/toy_line", "toy_line", "online", connects=1),
            LinkStatus("opc.tcp://127.0.0.1:4840", detail="nothing answers at this address"),
        ]
        own = tmp_path_factory.mktemp("survey")
        made = Site(
            f"http://127.0.0.1:{sock.getsockname()[1]}", filler, links, FakeLink(), lathe, own_survey=own
        )
        drills = Drills()
        query = Query(
            VeiledStore(store, drills.hidden), lambda: made.links,
            clock_ms=lambda: filler.run.now_ms + round(made.late_s * 1000),
        )  # fmt: skip
        dispatch, loops, made.comparisons, made.schedule = actors(query, lambda: [made.link], drills)
        app = application(
            query,
            lambda: [made.link],
            dispatch,
            loops,
            made.comparisons,
            made.schedule,
            tokens=tokens(),
            version="0",
            closing=asyncio.Event(),
        )
        pages.install(
            app,
            Boards(query),
            loops,
            RemainingLife(query.store, loops),
            made.comparisons,
            drills,
            lambda: REPORT,
            measured=Measured(own),
            audit=dispatch.audit,
            utc_offset=8.0,
        )
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        urllib.request.urlopen(
            f"{made.url}/healthz"
        ).close()  # the middleware is put together for the first request
        layer: Any = app.middleware_stack
        while not isinstance(layer, Gate):
            layer = getattr(layer, "app", None) or layer._app
        made.gate = layer
        yield made
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def browser(chromium_program: str) -> Iterator[Browser]:
    """A browser for a module: while it is there, no test of the process can have an event loop of its own."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_program, args=["--no-sandbox"])
        yield started
        started.close()
