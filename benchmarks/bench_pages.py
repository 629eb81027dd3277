"""What a month of ten plants costs who looks at it: the API's answers, the pages, and many open pages.

Fills a store with the history of plants once (`--data` keeps it for the next run), serves it by `edge run`, and asks.

Run: python benchmarks/bench_pages.py [--quick] [--days 30] [--plants a,b] [--data DIR] [--clients 50]
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from edge.api.time_range import rfc3339
from edge.engine import Engine
from edge.store.duckdb import DuckDbStore
from tests.pages.crowd import crowd
from tools import machine
from twin.demo.port import choose_port
from twin.discovery import discover
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.packing import pack, unpack

HOUR_S, HOUR_MS, DAY_MS = 3600.0, 3_600_000, 86_400_000
CALLS = {
    "status": "/api/v1/status",
    "plants": "/api/v1/plants",
    "figures, last 24 h": "/api/v1/plants/{plant}/kpis",
    "figures, 30 days by day": "/api/v1/plants/{plant}/kpis?start={month}&end={end}&window=day",
    "losses, 30 days": "/api/v1/plants/{plant}/losses?start={month}&end={end}",
    "energy, 30 days": "/api/v1/plants/{plant}/energy?start={month}&end={end}",
    "a tag, 30 days, 500 points": "/api/v1/plants/{plant}/series?path={path}&start={month}&end={end}&points=500",
    "events, 30 days": "/api/v1/plants/{plant}/events?start={month}&end={end}",
    "newest values": "/api/v1/plants/{plant}/values",
}
FILLED = {  # pages come filled: what they show was read before they are sent
    "page: overview": "/",
    "page: plant": "/plants/{plant}",
    "page: unit": "/plants/{plant}/units/{unit}",
    "page: energy": "/plants/{plant}/energy",
    "page: events": "/plants/{plant}/events",
    "page: plant, 7 days": "/plants/{plant}?start=-7d&end=now",
    "page: plant, 30 days": "/plants/{plant}?start=-30d&end=now",
    "page: unit, 30 days": "/plants/{plant}/units/{unit}?start=-30d&end=now",
    "page: energy, 30 days": "/plants/{plant}/energy?start=-30d&end=now",
}
PAGES = {
    "/": ".oee-big", "/plants/{plant}": ".oee-big", "/plants/{plant}/units/{unit}": "svg.lane",
    "/plants/{plant}/energy": "svg.sankey",
    "/plants/{plant}/events": "#events", "/plants/{plant}/faults": ".fault-card", "/gains": "main", "/health": "h1",
}  # fmt: skip


def fill(store: DuckDbStore, plant: Plant, start_ms: int, days: float) -> None:
    """Store the plant's history of `days` from `start_ms` on, folded as the edge folds it."""
    run = Simulation(plant, seed=1, start=datetime.fromtimestamp(start_ms / 1000, UTC), epoch=1)
    engine = Engine(run.declaration)
    store.declare(run.declaration)
    for _ in range(round(24 * days)):
        if frames := run.advance(HOUR_S):
            batch = unpack(pack(frames, run.declaration.sources))
            store.write(plant.name, [batch], engine.fold([batch]))
    print(f"{plant.name}: {days:g} days", file=sys.stderr, flush=True)


def prepare(data: Path, names: list[str], days: float) -> int:
    """Fill `data` unless it holds the same already; return the end of its history (UTC ms).

    What a filling that was cut short has left is thrown away: nobody could say how far it came.
    """
    told = data / "bench.json"
    wanted = {"plants": names, "days": days}
    if told.exists() and (known := json.loads(told.read_text()))["asked"] == wanted:
        return int(known["end_ms"])
    data.mkdir(parents=True, exist_ok=True)
    told.unlink(missing_ok=True)
    for left in data.glob("history.duckdb*"):
        left.unlink()
    end_ms = time.time_ns() // 1_000_000 // HOUR_MS * HOUR_MS
    store = DuckDbStore(data / "history.duckdb")
    for name in names:
        fill(store, discover()[name](), end_ms - round(days * DAY_MS), days)
    store.close()
    told.write_text(json.dumps({"asked": wanted, "end_ms": end_ms}))
    return end_ms


def ask(url: str, names: list[str], end_ms: int, days: float, rounds: int, calls: Mapping[str, str]) -> Table:
    """Ask each call of each plant `rounds` times, of units one after the other; return how long the answers took."""
    table = Table("call", "answers", "median ms", "p95 ms", "longest ms", box=None)
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        path = {name: http.get(f"/api/v1/plants/{name}/tags").json()["items"][0]["path"] for name in names}
        units = {name: units_of(http, name) for name in names}
        for title, call in calls.items():
            spent = []
            for turn in range(rounds):
                for name in names:
                    asked = call.format(
                        plant=name,
                        unit=units[name][turn % len(units[name])],
                        month=rfc3339(end_ms - round(days * DAY_MS)),
                        end=rfc3339(end_ms),
                        path=path[name],
                    )
                    began = time.perf_counter()
                    answer = http.get(asked)
                    spent.append(1000 * (time.perf_counter() - began))
                    answer.raise_for_status()
            spent.sort()
            half, most = spent[len(spent) // 2], spent[int(0.95 * len(spent))]
            table.add_row(title, str(len(spent)), f"{half:.0f}", f"{most:.0f}", f"{spent[-1]:.0f}")
    return table


def units_of(http: httpx.Client, plant: str) -> list[str]:
    """Return the names of a plant's units, without the line itself."""
    items = http.get(f"/api/v1/plants/{plant}/units").json()["items"]
    return [item["name"] for item in items if item["role"] != "line"]


def look(url: str, plant: str, program: str) -> Table:
    """Open every page in a browser three times; return a table of first paint and full data, the best of them."""
    table = Table("page", "first paint ms", "full data ms", box=None)
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        unit = units_of(http, plant)[0]
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=program, args=["--no-sandbox"]) as browser,
    ):
        for path, full in PAGES.items():
            found = []
            for _ in range(3):
                page = browser.new_page(viewport={"width": 1920, "height": 1080})
                began = time.perf_counter()
                page.goto(url + path.format(plant=plant, unit=unit), wait_until="commit")
                page.locator(full).first.wait_for()
                spent = 1000 * (time.perf_counter() - began)
                page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
                paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
                found.append((paint, spent))
                page.close()
            table.add_row(path, f"{min(one[0] for one in found):.0f}", f"{min(one[1] for one in found):.0f}")
    return table


async def gather(url: str, names: list[str], clients: int, process: psutil.Process) -> Table:
    """Open many pages at once; return a table of the edge's memory before and with them, and of its load."""
    before = process.memory_info().rss
    paths = ["/", *(f"/plants/{name}" for name in names)]
    visitors = await crowd(url, [paths[number % len(paths)] for number in range(clients)])
    process.cpu_percent()
    await asyncio.sleep(20)
    table = Table("open pages", "memory before MB", "with them MB", "load, % of a core", box=None)
    table.add_row(
        str(clients),
        f"{before / 1e6:.0f}",
        f"{process.memory_info().rss / 1e6:.0f}",
        f"{process.cpu_percent():.0f}",
    )
    await asyncio.gather(*(visitor.close() for visitor in visitors))
    return table


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one day of two plants, five clients")
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--plants", default="", help="with commas; default: all")
    parser.add_argument("--data", type=Path, help="where the history is kept for the next run")
    parser.add_argument("--clients", type=int, default=50)
    options = parser.parse_args()
    names = [name for name in options.plants.split(",") if name] or list(discover())
    days, clients, rounds = options.days, options.clients, 5
    if options.quick:
        names, days, clients, rounds = names[:2], 1.0, 5, 2
    with tempfile.TemporaryDirectory() as temporary:
        data = options.data or Path(temporary)
        end_ms = prepare(data, names, days)
        port = choose_port(18_500)
        edge = subprocess.Popen(
            [sys.executable, "-m", "edge.cli", "run", "--data", data, "--secrets", data / "secrets",
             "--port", str(port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ,
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    httpx.get(f"{url}/healthz", trust_env=False)
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            console = Console(width=110)
            size = (data / "history.duckdb").stat().st_size
            console.print(f"{days:g} days of {len(names)} plants: {size / 1e9:.2f} GB", highlight=False)
            console.print(ask(url, names, end_ms, days, rounds, CALLS))
            if program := machine.find("chromium"):
                console.print(look(url, names[0], program))
            console.print(asyncio.run(gather(url, names, clients, psutil.Process(edge.pid))))
            # The last: opened pages stay for a while.
            console.print(ask(url, names, end_ms, days, rounds, FILLED))
        finally:
            edge.send_signal(signal.SIGTERM)
            edge.wait(20)


if __name__ == "__main__":
    main()
