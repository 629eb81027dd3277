"""What training keeps: it survives a restart, a damaged file is set aside, names are unique, everything is bounded."""

from pathlib import Path

import pytest

from edge.training import drills as room
from edge.training.drill import Drill, Phase, Plan, Progress
from edge.training.drills import Drills, NotNow

PLANS = [Plan(key="crack", after_s=60, duration_s=120), Plan(key="leak", after_s=200.5, duration_s=60)]


def drill(id_: str = "d1", plant: str = "press", created_ms: int = 1_000) -> Drill:
    return Drill(
        id=id_, name=id_, plant=plant, by="operator", created_ms=created_ms, length_s=600.0, seed=None
    )


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    first = Drills(tmp_path / "drills.sqlite")
    first.add(drill(), PLANS)
    first.start("d1", 10_000)
    who, token = first.join("d1", "Team blue", 11_000)
    mark = first.mark("d1", who.number, 12_000, 11_500, "op10", "crack")
    first.close()
    again = Drills(tmp_path / "drills.sqlite")
    assert again.drill("d1") is not None
    assert again.drills()[0].phase is Phase.RUNNING
    assert (again.drills()[0].start_ms, again.drills()[0].end_ms) == (10_000, 610_000)
    assert again.hidden() == {"press": 10_000}
    assert [(one.key, one.due_ms) for one in again.faults("d1")] == [("crack", 70_000), ("leak", 210_500)]
    assert again.participant("d1", token) == who
    assert again.marks("d1") == [mark]
    assert (tmp_path / "drills.sqlite").stat().st_mode & 0o077 == 0
    assert token.encode() not in (tmp_path / "drills.sqlite").read_bytes()
    again.close()


def test_damaged_file_is_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "drills.sqlite"
    file.write_bytes(b"no database at all" * 400)
    found = Drills(file)
    assert "damaged" in found.incident
    assert found.drills() == []
    found.add(drill(), PLANS)
    (aside,) = tmp_path.glob("drills.sqlite.damaged-*")
    assert aside.read_bytes().startswith(b"no database")
    found.close()


def test_name_is_one_participants_in_one_drill() -> None:
    kept = Drills()
    kept.add(drill(), PLANS)
    kept.add(drill("d2", "oven"), PLANS)
    kept.join("d1", "Ana", 1)
    with pytest.raises(NotNow, match="choose another name"):
        kept.join("d1", "ANA", 2)
    kept.join("d2", "Ana", 3)


def test_token_is_of_its_drill_alone() -> None:
    kept = Drills()
    kept.add(drill(), PLANS)
    kept.add(drill("d2", "oven"), PLANS)
    _, token = kept.join("d1", "Ana", 1)
    assert kept.participant("d2", token) is None
    assert kept.participant("d1", token + "x") is None


def test_marks_are_taken_while_the_drill_runs_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_MARKS", 2)
    kept = Drills()
    kept.add(drill(), PLANS)
    who, _ = kept.join("d1", "Ana", 1)
    with pytest.raises(NotNow, match="is planned, not running"):
        kept.mark("d1", who.number, 2, 2, "op10", "")
    kept.start("d1", 10_000)
    with pytest.raises(NotNow, match="is over"):
        kept.mark("d1", who.number, 610_000, 610_000, "op10", "")
    for _ in range(2):
        kept.mark("d1", who.number, 20_000, 20_000, "op10", "")
    with pytest.raises(NotNow, match="2 marks are the most"):
        kept.mark("d1", who.number, 20_000, 20_000, "op10", "")
    kept.end("d1", 30_000)
    with pytest.raises(NotNow, match="is ended"):
        kept.mark("d1", who.number, 31_000, 31_000, "op10", "")
    with pytest.raises(NotNow, match="has ended"):
        kept.join("d1", "Bo", 31_000)


def test_one_drill_runs_on_a_plant() -> None:
    kept = Drills()
    kept.add(drill(), PLANS)
    kept.add(drill("d2"), PLANS)
    kept.start("d1", 10_000)
    with pytest.raises(NotNow, match="'d1' runs on plant press already"):
        kept.start("d2", 11_000)
    kept.end("d1", 12_000, cancelled=True)
    assert kept.hidden() == {}
    kept.start("d2", 13_000)
    with pytest.raises(NotNow, match="has ended already"):
        kept.end("d1", 14_000)


def test_cancelled_drill_strikes_nothing_more() -> None:
    kept = Drills()
    kept.add(drill(), PLANS)
    kept.start("d1", 10_000)
    kept.tell(kept.faults("d1")[0].number, Progress.STRUCK, struck_ms=70_000)
    kept.end("d1", 80_000, cancelled=True)
    assert [one.progress for one in kept.faults("d1")] == [Progress.STRUCK, Progress.CANCELLED]
    assert [one.key for one in kept.open_faults()] == ["crack"], "it waits for its reset"
    (found,) = kept.drills()
    assert (found.phase, found.cancelled, found.end_ms) == (Phase.ENDED, True, 80_000)


def test_oldest_drills_give_way_and_what_is_not_over_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_DRILLS", 2)
    kept = Drills()
    for number in range(4):
        kept.add(drill(f"d{number}", created_ms=number), PLANS)
        kept.join(f"d{number}", "Ana", 1)
        if number:
            kept.end(f"d{number}", 5)
    assert [one.id for one in kept.drills()] == ["d3", "d2", "d0"]
    kept.add(drill("d4", created_ms=4), PLANS)
    assert [one.id for one in kept.drills()] == ["d4", "d3", "d0"]
    assert (kept.participants("d2"), kept.faults("d2")) == ([], [])


def test_planned_fault_is_withdrawn_before_it_strikes_and_reset_after() -> None:
    kept = Drills()
    one = kept.plan("press", PLANS[0], "operator", 0)
    two = kept.plan("press", PLANS[1], "operator", 0)
    assert (one.due_ms, one.drill, two.due_ms) == (60_000, "", 200_500)
    kept.withdraw(one.number, 10_000)
    kept.tell(two.number, Progress.STRUCK, struck_ms=200_500)
    kept.withdraw(two.number, 210_500)
    assert [one.progress for one in kept.faults("")] == [Progress.CANCELLED, Progress.STRUCK]
    assert kept.faults("")[1].duration_s == 10.0
    with pytest.raises(NotNow, match="cancelled already"):
        kept.withdraw(one.number, 10_000)
