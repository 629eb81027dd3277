"""How the edge says that it does: every part with its reason, every loss with its count."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from edge.api.application import application
from edge.api.query import Query
from edge.collect import LinkStatus
from edge.health import Health, Part, State, disk_part, link_part, loop_part, outbox_reason, overall
from edge.lateness import Lateness
from edge.outbox import Depth, Outbox
from edge.pipeline import Pipeline
from edge.quarantine import Quarantine
from edge.store.memory import MemoryStore
from edge.web.health_page import health_html
from tests.edge.api_bench import actors, tokens
from tests.edge.telemetry import START, declaration, frames
from tests.edge.test_pipeline import Counting, deliver, drain
from tests.edge.waiting import until

A = b"a" * 16
PRESS = declaration()


class Site:
    """An edge with one plant, whose clock stands two seconds behind the newest of ten seconds of frames."""

    def __init__(self, folder: Path) -> None:
        self.outbox, self.store = Outbox(folder / "outbox.sqlite"), MemoryStore()
        self.pipeline = Pipeline(self.outbox, self.store, Counting)
        self.link = LinkStatus("opc.tcp://127.0.0.1:4840", "press", "online", connects=3, head=9, committed=7)
        self.broker = LinkStatus("mqtt://127.0.0.1:1883", state="online")
        self.query = Query(self.store, lambda: [self.link], clock_ms=lambda: START + 12_000)
        self.quarantine = Quarantine(self.outbox, folder)
        self.wrong = {"store": "", "outbox": "", "pipeline": ""}
        self.health = Health(
            self.query, self.outbox, self.pipeline, self.quarantine, folder, checks=lambda: self.wrong,
            brokers=lambda: [self.broker], lost=lambda: {"refused_by_store": 4},
        )  # fmt: skip
        self.pipeline.start()

    def parts(self) -> dict[str, Part]:
        self.health._kept = None
        return {part.name: part for part in self.health.report().parts}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    deliver(made.outbox, PRESS, frames(PRESS, 10))
    while made.outbox.depth().entries:
        time.sleep(0.01)
    yield made
    made.pipeline.stop()
    made.outbox.close()


def test_all_is_well(site: Site) -> None:
    parts = site.parts()
    assert {part.state for part in parts.values()} == {State.OK}, parts
    assert {"store", "outbox", "pipeline", "disk", "event loop", "quarantine", "plant press"} <= parts.keys()
    report = site.health.report()
    assert report.state is State.OK
    (flow,) = report.flows
    assert (flow.plant, flow.link, flow.lag_s, flow.journal_entries, flow.reconnects) == (
        "press", "online", 2.0, 2, 2,
    )  # fmt: skip
    assert (flow.missing_frames, flow.quarantined_entries, flow.dropped) == (0, 0, {})
    assert report.dropped == {"refused_by_store": 4}
    assert report.commit_s > 0
    assert report.disk_size > report.disk_free > 0


def test_each_fault_shows_in_its_part_and_is_gone_when_mended(site: Site) -> None:
    site.wrong["outbox"] = "cannot be written now"
    assert site.parts()["outbox"] == Part("outbox", State.DEGRADED, "cannot be written now")
    assert site.health.report().state is State.DEGRADED
    site.wrong["outbox"] = ""
    site.wrong["store"] = "no disk"
    assert site.parts()["store"].state is State.STOPPED
    assert site.health.report().state is State.STOPPED
    site.wrong["store"] = ""
    site.link.state, site.link.detail = "connecting", "nothing answers at this address"
    assert site.parts()["plant press"].reason == "link connecting: nothing answers at this address"
    assert site.health.report().state is State.DEGRADED
    site.link.state, site.link.detail = "online", ""
    site.broker.state = "connecting"
    assert site.parts()["broker mqtt://127.0.0.1:1883"].state is State.STOPPED
    site.broker.state = "online"
    assert site.parts()["broker mqtt://127.0.0.1:1883"].state is State.OK
    assert site.health.report().state is State.OK


def test_losses_are_counted_by_plant_and_reason(site: Site) -> None:
    site.outbox.skip("press", A, site.outbox.expected("press", A) + 5)
    again = frames(PRESS, 1)  # the same frames, at another place of the journal
    deliver(site.outbox, PRESS, again)
    site.outbox.accept("press", A, [(site.outbox.expected("press", A), b"rubbish")])
    while site.outbox.depth().entries:
        time.sleep(0.01)
    assert site.parts()["quarantine"].state is State.DEGRADED
    (flow,) = site.health.report().flows
    assert (flow.repeated_frames, flow.quarantined_entries) == (len(again), 1)
    assert flow.dropped == {"no_longer_held_by_plant": 5}
    site.quarantine.drop("e1")
    assert site.parts()["quarantine"].state is State.OK
    assert site.health.report().flows[0].dropped == {"no_longer_held_by_plant": 5, "dropped_by_hand": 1}


def test_what_waits_is_told_by_plant(site: Site) -> None:
    site.pipeline.stop()
    deliver(site.outbox, PRESS, frames(PRESS, 2, first_seq=11, start_s=10), size=3)
    other = declaration("oven")
    deliver(site.outbox, other, frames(other, 1), size=1)
    assert site.parts()["pipeline"].state is State.OK  # checks say so here; the thread has ended
    flows = {flow.plant: flow for flow in site.health.report().flows}
    assert (flows["press"].outbox.entries, flows["oven"].outbox.entries) == (2, 3)
    assert site.health.report().outbox.entries == 5
    drain(site.pipeline)
    assert site.outbox.depths() == {}


async def test_report_is_served_as_json_metrics_and_page(site: Site) -> None:
    dispatch, loops, comparisons, schedule = actors(site.query, list)
    app = application(
        site.query, list, dispatch, loops, comparisons, schedule, tokens=tokens(), version="0", closing=asyncio.Event(),
        health=site.health.report,
    )  # fmt: skip
    site.outbox.accept("press", A, [(site.outbox.expected("press", A), b"rubbish")])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        await until(site.quarantine.counts)
        site.health._kept = None
        found = (await client.get("/api/v1/health")).json()
        metrics = (await client.get("/metrics")).text
    dispatch.audit.close()
    assert found["state"] == "degraded"
    assert found["plants"][0] | {"outbox": None} == {
        "plant": "press", "link": "online", "lag_s": 2.0, "journal_entries": 2, "outbox": None, "reconnects": 2,
        "missing_frames": 0, "repeated_frames": 0, "quarantined_entries": 1, "dropped": {},
    }  # fmt: skip
    for line in (
        'edge_state{part="edge"} 1.0',
        'edge_state{part="quarantine"} 1.0',
        'edge_plant_journal_entries{plant="press"} 2.0',
        'edge_link_reconnects_total{plant="press"} 2.0',
        'edge_dropped_total{plant="",reason="refused_by_store"} 4.0',
        "edge_quarantine_items 1.0",
    ):
        assert line in metrics
    page = health_html(site.health.report())
    assert "The edge is degraded" in page
    assert page.index("1 items wait for a decision") < page.index("event loop")  # what is not ok comes first
    assert "points that the store refused" in page


@pytest.mark.parametrize(
    ("free", "size", "state"),
    [
        (300_000_000, 10**12, State.OK),
        (200_000_000, 10**12, State.DEGRADED),
        (1_000_000, 16_000_000, State.OK),
        (500_000, 16_000_000, State.DEGRADED),
    ],
)
def test_disk_is_judged_by_its_free_room(free: int, size: int, state: State) -> None:
    assert disk_part(free, size).state is state


def test_late_loop_old_entries_and_full_outbox_are_told() -> None:
    assert loop_part(0.2).state is State.OK
    assert "1.5 s late" in loop_part(1.5).reason
    assert outbox_reason(Depth(5, 100, 3.0), full=False) == ""
    assert outbox_reason(Depth(5, 100, 31.0), full=False) == "the oldest of 5 entries has waited for 31 s"
    assert "full with 512 MB" in outbox_reason(Depth(5, 512_000_000, 3.0), full=True)


def test_link_that_is_online_but_late_is_degraded() -> None:
    status = LinkStatus("opc.tcp://127.0.0.1:4840", "press", "online")
    assert link_part("plant press", status, 3.0).state is State.OK
    assert link_part("plant press", status, None).state is State.OK
    assert link_part("plant press", status, 90.0) == Part(
        "plant press", State.DEGRADED, "newest stored sample is 90 s old"
    )


def test_edge_is_stopped_only_where_its_own_work_stands_still() -> None:
    plant = Part("plant press", State.STOPPED, "link connecting")
    assert overall([plant]) is State.DEGRADED
    assert overall([plant, Part("pipeline", State.STOPPED, "ended")]) is State.STOPPED
    assert overall([]) is State.OK


def test_lateness_is_the_worst_of_the_last_minute() -> None:
    seen, now = Lateness(), time.monotonic()
    for age, late in ((70.0, 9.0), (50.0, 2.0), (30.0, 0.5), (20.0, 1.0), (1.0, 0.1)):
        seen.note(now - age, late)
    assert seen.worst_s == 2.0
    assert [late for _, late in seen._seen] == [2.0, 1.0, 0.1]


async def test_loop_that_is_held_up_is_noticed() -> None:
    seen = Lateness()
    task = asyncio.create_task(seen.run())
    await asyncio.sleep(0.01)
    time.sleep(0.6)  # noqa: ASYNC251 (what it must notice)
    await until(lambda: seen.worst_s > 0.2)
    task.cancel()
