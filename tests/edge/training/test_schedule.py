"""The schedule: each fault strikes once at its time and is reset, whatever the edge and the plant do meanwhile."""

from pathlib import Path

import pytest

from edge.training import schedule as room
from edge.training.drill import Drill, Phase, Plan, Progress
from edge.training.drills import Drills
from edge.training.schedule import Schedule
from tests.edge.toy_line import simulation
from twin.model.command import Command

START = 1_800_000_000_000
DECLARATION = simulation().declaration
FAULT = "demo/toy_line/area_1/line_1/op20/fault_blunt_die"
PLAN = [Plan(key="blunt_die", after_s=60.0, duration_s=120.0)]


class Stage:
    """A schedule whose clock and plant a test moves; `refusal` is what the plant answers."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "drills.sqlite"
        self.now_ms = START
        self.refusal = ""
        self.sent: list[Command] = []
        self.events: list[str] = []
        self.open()

    def open(self) -> None:
        self.drills = Drills(self.file)
        self.schedule = Schedule(
            self.drills, lambda: [DECLARATION], self.deliver,
            lambda events: self.events.extend(one.text for one in events), clock_ms=lambda: self.now_ms,
        )  # fmt: skip

    async def deliver(self, _: str, command: Command) -> str:
        if not self.refusal:
            self.sent.append(command)
        return self.refusal

    async def at(self, seconds: float) -> None:
        self.now_ms = START + round(seconds * 1000)
        await self.schedule.step()

    def restart(self) -> None:
        self.drills.close()
        self.open()

    def begin(self, plans: list[Plan] = PLAN, length_s: float = 600.0) -> None:
        drill = Drill(
            id="d1", name="d1", plant="toy_line", by="operator", created_ms=START, length_s=length_s
        )
        self.drills.add(drill, plans)
        self.drills.start("d1", START)

    @property
    def values(self) -> list[float]:
        return [one.value for one in self.sent]

    @property
    def told(self) -> tuple[Progress, str]:
        (fault,) = self.drills.faults_where("1")
        return fault.progress, fault.told


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(room, "AGAIN_S", 0.0)
    return Stage(tmp_path)


async def test_fault_strikes_and_is_reset_at_its_time(stage: Stage) -> None:
    stage.begin()
    for second in (0, 59.9, 60, 61, 179, 180, 200):
        await stage.at(second)
        assert len(stage.sent) == (second >= 60) + (second >= 180)
    strike, reset = stage.sent
    assert (strike.path, strike.value, reset.path, reset.value) == (FAULT, 1.0, FAULT, 0.0)
    assert strike.source == "operator"
    assert stage.told == (Progress.OVER, "")


async def test_planned_drill_does_nothing_until_it_is_started(stage: Stage) -> None:
    stage.drills.add(
        Drill(id="d1", name="d1", plant="toy_line", by="operator", created_ms=0, length_s=600.0), PLAN
    )
    await stage.at(10_000)
    assert stage.sent == []


async def test_drill_ends_by_itself_and_resets_what_is_there(stage: Stage) -> None:
    stage.begin([Plan(key="blunt_die", after_s=60.0, duration_s=5000.0)], length_s=300.0)
    await stage.at(60)
    await stage.at(299)
    assert stage.values == [1.0]
    await stage.at(300)
    assert stage.values == [1.0, 0.0]
    (drill,) = stage.drills.drills()
    assert (drill.phase, drill.cancelled) == (Phase.ENDED, False)
    assert stage.events == ["drill d1: ended"]


async def test_cancelled_drill_resets_what_is_there(stage: Stage) -> None:
    stage.begin()
    await stage.at(60)
    stage.drills.end("d1", START + 70_000, cancelled=True)
    await stage.at(71)
    assert stage.values == [1.0, 0.0]


async def test_restart_repeats_nothing_and_forgets_nothing(stage: Stage) -> None:
    stage.begin()
    for second in (30, 60, 90, 180, 200):
        stage.restart()
        await stage.at(second)
    assert stage.values == [1.0, 0.0]


async def test_command_has_the_same_id_after_a_crash_between_acting_and_noting(stage: Stage) -> None:
    stage.begin()
    await stage.at(60)
    stage.drills.tell(1, Progress.WAITING)  # the crash came before it was noted
    stage.restart()
    await stage.at(62)
    first, again = stage.sent
    assert first.id == again.id


async def test_what_is_due_while_the_edge_is_away_strikes_late_and_says_so(stage: Stage) -> None:
    stage.begin()
    stage.restart()
    await stage.at(100)
    assert stage.values == [1.0]
    assert stage.told == (Progress.STRUCK, "struck 40 s late")
    await stage.at(180)
    assert stage.values == [1.0, 0.0], "its end stays where it was"


async def test_what_is_over_before_it_could_strike_is_skipped_and_says_so(stage: Stage) -> None:
    stage.begin()
    stage.restart()
    await stage.at(200)
    assert stage.sent == []
    assert stage.told == (Progress.SKIPPED, "skipped: its time was over when it could have struck")


async def test_edge_that_is_away_past_the_end_ends_the_drill_and_resets(stage: Stage) -> None:
    stage.begin()
    await stage.at(60)
    stage.restart()
    await stage.at(5000)
    assert stage.values == [1.0, 0.0]
    (drill,) = stage.drills.drills()
    assert (drill.phase, drill.end_ms) == (Phase.ENDED, START + 600_000)


async def test_plant_that_does_not_answer_is_asked_again_and_the_cause_is_told(stage: Stage) -> None:
    stage.begin()
    stage.refusal = "plant toy_line has no link that is online"
    await stage.at(60)
    assert stage.told == (Progress.WAITING, "did not strike yet: plant toy_line has no link that is online")
    stage.refusal = ""
    await stage.at(90)
    assert stage.told == (Progress.STRUCK, "struck 30 s late (plant toy_line has no link that is online)")
    stage.refusal = "no answer"
    await stage.at(180)
    assert stage.told == (Progress.STRUCK, "not reset yet: no answer")
    stage.refusal = ""
    await stage.at(190)
    assert stage.values == [1.0, 0.0]


async def test_fault_without_a_drill_runs_by_the_same_schedule(stage: Stage) -> None:
    found = stage.drills.plan("toy_line", PLAN[0], "operator", START)
    await stage.at(60)
    stage.restart()
    stage.drills.withdraw(found.number, START + 90_000)
    await stage.at(91)
    assert stage.values == [1.0, 0.0]
    assert stage.told == (Progress.OVER, "")


async def test_trouble_with_one_fault_holds_up_no_other(stage: Stage) -> None:
    stage.drills.plan("toy_line", PLAN[0], "operator", START)
    stage.drills.plan("toy_line", PLAN[0], "operator", START)
    whole, tries = stage.schedule._deliver, 0

    async def once(plant: str, command: Command) -> str:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("the link broke")
        return await whole(plant, command)

    stage.schedule._deliver = once
    await stage.at(60)
    assert stage.values == [1.0]
