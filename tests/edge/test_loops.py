"""Closed loops at the edge: what they see, when they may act, what they leave behind."""

from pathlib import Path
from typing import Any

import pytest

from edge.loop_modes import LoopModes
from edge.loops import HOLD_S, Loops, scope
from edge.store.memory import MemoryStore
from tests.edge.drifting import KEY, drifting
from tests.edge.filled_store import Filler
from twin.model.command import Command, CommandRefused
from twin.model.simulation import Simulation

LINE = "demo/drifting/area_1/line_1"


class Site:
    """The lathe, a store that follows it, and loops whose commands reach it; `reachable` is whether they do."""

    def __init__(self, folder: Path) -> None:
        self.store = MemoryStore()
        self.run: Simulation = drifting()
        self.filler = Filler(self.run, self.store)
        self.modes = LoopModes(folder / "loops.json")
        self.reachable = True
        self.sent: list[Command] = []
        self.loops = Loops(self.store, self.modes, self.deliver, clock_ms=lambda: self.run.now_ms)

    async def deliver(self, plant: str, command: Command) -> str:
        assert plant == "drifting"
        self.sent.append(command)
        if not self.reachable:
            return "no link"
        try:
            self.run.write(command)
        except CommandRefused as error:
            return str(error)
        return ""

    def switch(self, strength: float) -> None:
        now = self.run.now_ms
        self.run.write(
            Command(id=f"s{now}", path=f"{LINE}/line/upgrade_{KEY}", value=strength, expires_ms=now + 60_000)
        )

    async def live(self, minutes: float) -> None:
        """Let plant, store and loops run on together."""
        for _ in range(round(minutes * 3)):
            self.filler.fill(1 / 3)
            await self.loops.step()

    def value(self, tag: str) -> float:
        return float(self.store.last([f"{LINE}/{tag}"])[f"{LINE}/{tag}"].value)

    def told(self, *kinds: str) -> list[Any]:
        events = self.store.events(scope("drifting"), 0, 2**62, 2000)
        return [event for event in events if event.kind in kinds]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_nothing_runs_until_the_upgrade_is_in_effect(site: Site) -> None:
    site.modes.choose("drifting", KEY, "automatic")
    await site.live(20)
    assert site.sent == []
    assert site.loops.loops_of(site.run.declaration, KEY) == ()


async def test_advisory_loop_proposes_with_its_reason_and_sends_nothing(site: Site) -> None:
    site.switch(3.0)
    await site.live(40)
    assert site.sent == []
    assert site.value("lathe/offset") == 0.0
    proposals = site.told("proposal")
    assert 0 < len(proposals) <= 4, "told no more often than every ten minutes"
    assert proposals[0].tag == "lathe/offset"
    assert "lathe/offset = -" in proposals[0].text


async def test_automatic_loop_takes_the_drift_out_and_tells_what_came_of_it(site: Site) -> None:
    """After two hours the tool has worn by 72 µm; the loop holds the dimension within a few."""
    site.switch(3.0)
    site.modes.choose("drifting", KEY, "automatic")
    await site.live(120)
    assert site.value("lathe/offset") < -60.0
    assert abs(site.value("lathe/dimension")) < 8.0
    actions, effects = site.told("action"), site.told("effect")
    assert actions
    assert effects
    assert all(event.severity == "info" for event in actions)
    assert actions[0].scope == f"loops/drifting/{KEY}"


async def test_loop_that_may_no_longer_act_puts_its_set_point_back(site: Site) -> None:
    site.switch(3.0)
    site.modes.choose("drifting", KEY, "automatic")
    await site.live(60)
    assert site.value("lathe/offset") < -10.0
    site.modes.choose("drifting", KEY, "advisory")
    await site.live(2)
    assert site.value("lathe/offset") == 0.0
    site.modes.choose("drifting", KEY, "automatic")
    await site.live(60)
    assert site.value("lathe/offset") < -10.0
    site.switch(0.0)
    await site.live(2)
    assert site.value("lathe/offset") == 0.0


async def test_plant_puts_the_set_point_back_when_the_edge_is_gone(site: Site) -> None:
    """The lost connection: nobody confirms, and the plant itself falls back within the hour."""
    site.switch(3.0)
    site.modes.choose("drifting", KEY, "automatic")
    await site.live(60)
    assert site.value("lathe/offset") < -10.0
    site.filler.fill(HOLD_S / 60 + 2)
    assert site.value("lathe/offset") == 0.0


async def test_refusal_is_told_once_and_the_loop_goes_on(site: Site) -> None:
    site.switch(3.0)
    site.modes.choose("drifting", KEY, "automatic")
    site.reachable = False
    await site.live(40)
    warnings = [event for event in site.told("action") if event.severity == "warning"]
    assert len(warnings) == 1
    assert "not carried out: no link" in warnings[0].text
    site.reachable = True
    await site.live(40)
    assert site.value("lathe/offset") < -10.0


async def test_stale_data_stop_the_loop(site: Site) -> None:
    """The store stands still while the clock goes on: no command but the one back to the baseline."""
    site.switch(3.0)
    site.modes.choose("drifting", KEY, "automatic")
    await site.live(60)
    site.run.advance(20.0)
    await site.loops.step()  # takes the newest readings in, which are still fresh
    site.sent.clear()
    for _ in range(120):
        site.run.advance(20.0)
        await site.loops.step()
    loop = site.loops.loops_of(site.run.declaration, KEY)[0]
    assert loop.guard.status.startswith("baseline, data are")
    written = [one for one in site.sent if not one.due_ms and not one.withdraw]
    assert [command.value for command in written] == [0.0]


def test_modes_are_kept_and_a_damaged_file_makes_every_loop_advise(tmp_path: Path) -> None:
    file = tmp_path / "loops.json"
    modes = LoopModes(file)
    assert modes["a", "b"] == "advisory"
    modes.choose("a", "b", "automatic")
    again = LoopModes(file)
    assert (again["a", "b"], again["a", "c"], again.incident) == ("automatic", "advisory", "")
    again.choose("a", "b", "advisory")
    assert LoopModes(file)["a", "b"] == "advisory"
    file.write_text("[1, 2", encoding="utf-8")
    damaged = LoopModes(file)
    assert damaged["a", "b"] == "advisory"
    assert "loops.json cannot be read" in damaged.incident
