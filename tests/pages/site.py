"""A served edge with two small plants for tests in a real browser, and a visit to a page of it."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from edge.api.gate import Gate
from edge.collect import LinkStatus
from edge.comparison import Comparisons
from edge.health import Flow, Part, Report, State
from edge.outbox import Depth
from edge.training.schedule import Schedule
from tests.edge.api_bench import FakeLink
from tests.edge.filled_store import Filler

REPORT = Report(
    state=State.DEGRADED, outbox=Depth(12, 84_000, 95.0), commit_s=0.021, disk_free=52 * 10**9, disk_size=10**11,
    loop_late_s=0.004, dropped={"refused_by_store": 3},
    parts=[
        Part("store", State.OK, ""), Part("outbox", State.DEGRADED, "the oldest of 12 entries has waited for 95 s"),
        Part("plant drifting", State.STOPPED, "link connecting: nothing answers at this address; is it running?"),
    ],
    flows=[
        Flow("toy_line", "online", 1.2, 0, Depth(0, 0, 0.0), 0, 0, 0, 0, {}),
        Flow("drifting", "stale", 3725.0, 120, Depth(12, 84_000, 95.0), 4, 2, 310, 1, {"no_longer_held_by_plant": 7}),
    ],
)  # fmt: skip


@dataclass
class Site:
    """A served edge; `links` and `late_s` can be changed by a test, `own_survey` is the folder of one's own survey."""

    url: str
    filler: Filler
    links: list[LinkStatus]
    link: FakeLink
    lathe: Filler
    own_survey: Path
    late_s: float = 1.5
    gate: Gate | None = None
    comparisons: Comparisons | None = None
    schedule: Schedule | None = None


@dataclass
class Visit:
    """An open page and what it complained about or asked of other hosts."""

    page: Page
    complaints: list[str]
    foreign: list[str]


def visit(context: BrowserContext, site: Site, path: str) -> Visit:
    """Open a page and wait until it is live."""
    page = context.new_page()
    found = Visit(page, [], [])
    page.on(
        "console", lambda message: found.complaints.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith((site.url, "data:", "blob:", site.url.replace("http", "ws")))
        else found.foreign.append(request.url),
    )  # fmt: skip
    page.goto(site.url + path)
    page.wait_for_function("window.socket && window.socket.connected")
    return found
