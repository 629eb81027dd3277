"""Restart is replay: the same frames with the same numbers, whatever was killed when."""

import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.wire.killed import HOURS
from tests.wire.served import NOW_MS, Served, collect_journal, recorder, uninterrupted
from tests.wire.toy import Toy
from twin.model.command import ALL, Command
from twin.wire import Journal
from twin.wire.recorder import Diverged

ROOT = Path(__file__).parents[2]
KILLS = 6
SOURCES = ("demo/toy/area_1/line_1/line", "demo/toy/area_1/line_1/mixer")
TARGET = "demo/toy/area_1/line_1/mixer/target_cycle"


def test_plant_killed_at_random_moments_serves_one_uninterrupted_run(tmp_path: Path) -> None:
    """Kill -9 again and again: the union of all that was ever served equals a run that nobody disturbed."""
    path = tmp_path / "toy.journal"
    moments = np.random.default_rng(20260101)
    served: Served = {}
    position, kills, commands = 1, 0, []
    finished = False
    while not finished:
        command = [sys.executable, "-m", "tests.wire.killed", str(path), "5" if kills < KILLS else "300"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            if kills < KILLS:
                time.sleep(0.1 * moments.random())  # a random moment is the point
                child.kill()
                kills += 1
            finished = child.stdout.readline() == b"done\n"
        journal = Journal(path)
        position = collect_journal(journal, SOURCES, served, position)
        if moments.random() < 0.5:
            assert journal.acknowledge(journal.id, position - 1)
        run, commands = journal.run, journal.commands()
        journal.close()
        assert run is not None
    assert kills == KILLS, "it finished before it was killed"
    assert commands, "no command was given: the test proves less than it says"
    assert served == uninterrupted(run.epoch, run.start_ms, int(HOURS * 3600), commands)


def test_recorder_resumes_without_journalling_twice(tmp_path: Path) -> None:
    first = recorder(tmp_path / "j", 1.0)
    while first.scans < 1000:
        first.step(1000, push=False)
    head = first.journal.head
    first.journal.close()
    second = recorder(tmp_path / "j", 1.0, now_ms=NOW_MS + 5_000_000)
    assert second.resumed
    assert second.run.epoch == first.run.epoch
    while second.replaying:
        assert second.step(5000, push=False).position == head
    assert second.newest == first.newest
    second.journal.close()


def test_changed_configuration_begins_a_later_epoch(tmp_path: Path) -> None:
    """No earlier than the last journalled frame, on a full minute, with an epoch strictly larger."""
    first = recorder(tmp_path / "j", 1.0)
    while first.scans < 1830:
        first.step(1830, push=False)
    first.journal.close()
    second = recorder(
        tmp_path / "j", 1.0, plant=Toy(cycle=7.0), now_ms=NOW_MS - 3_000_000
    )  # the clock stepped back
    assert not second.resumed
    assert second.run.epoch > first.run.epoch
    assert second.run.start_ms % 60_000 == 0
    assert second.run.start_ms >= first.run.last_ms
    assert second.journal.declaration(first.run.epoch) == first.declaration.to_json()
    assert second.journal.declaration(0) == second.declaration.to_json()
    second.journal.close()


@pytest.mark.parametrize("change", [{"seed": 8}, {"scan": 2.0}])
def test_seed_and_scan_are_part_of_the_configuration(tmp_path: Path, change: dict[str, float]) -> None:
    recorder(tmp_path / "j", 1.0).journal.close()
    again = recorder(tmp_path / "j", 1.0, **change)
    assert not again.resumed
    again.journal.close()


def test_run_that_cannot_be_proven_begins_anew(tmp_path: Path) -> None:
    """A replay that gives other values must never serve them under numbers that were already used."""
    first = recorder(tmp_path / "j", 1.0)
    first.step(500, push=False)
    source, (seq, checksum) = next(iter(first.run.high.items()))
    first.journal.append([], replace(first.run, high=first.run.high | {source: (seq, checksum ^ 1)}))
    first.journal.close()
    second = recorder(tmp_path / "j", 1.0)
    with pytest.raises(Diverged):
        second.step(5000, push=False)
    second.journal.close()
    third = recorder(tmp_path / "j", 1.0)
    assert third.run.epoch > first.run.epoch
    assert third.run.start_ms >= first.run.last_ms
    third.journal.close()


def test_command_is_carried_out_once_and_again_in_the_replay(tmp_path: Path) -> None:
    first = recorder(tmp_path / "j", 1.0)
    first.step(100, push=False)
    command = Command(id="one", path=TARGET, value=9.0, expires_ms=NOW_MS)
    assert first.command(command) == ""
    assert first.command(replace(command, value=12.0)) == "", "a repeat is accepted and has no effect"
    assert "outside" in first.command(replace(command, id="two", value=99.0))
    first.step(300, push=False)
    log = first.journal.commands()
    assert [fields["id"] for _, fields in log] == ["one"]
    first.journal.close()
    second = recorder(tmp_path / "j", 1.0)
    assert second.replaying
    assert second.command(replace(command, id="three")) != "", "no command while the past is recomputed"
    while second.scans < 600:
        second.step(600, push=False)
    assert second.command(command) == ""
    assert [fields["id"] for _, fields in second.journal.commands()] == ["one"]
    served: Served = {}
    collect_journal(second.journal, second.declaration.sources, served)
    assert served == uninterrupted(second.run.epoch, second.run.start_ms, 600, log)
    second.journal.close()


def test_command_logged_before_the_crash_but_never_stepped_is_carried_out(tmp_path: Path) -> None:
    """The process dies between logging the command and the next scan."""
    first = recorder(tmp_path / "j", 1.0)
    first.step(100, push=False)
    first.command(Command(id="one", path=TARGET, value=9.0, expires_ms=NOW_MS))
    first.journal.close()
    second = recorder(tmp_path / "j", 1.0)
    while second.scans < 200:
        second.step(200, push=False)
    assert second.newest[1, second.declaration.unit("mixer").tag_names.index("target_cycle")][0] == 9.0
    second.journal.close()


def test_ledger_has_marks_of_start_hours_and_minutes(tmp_path: Path) -> None:
    import json

    made = recorder(tmp_path / "j", 4.0)
    while made.scans < 4 * 3600:
        made.step(4 * 3600, push=False)
    ledger = json.loads(made.ledger(10_000_000))
    assert ledger["epoch"] == made.run.epoch
    times = [mark["time_ms"] for mark in ledger["marks"]]
    end = made.run.start_ms + 4 * 3_600_000
    hours = [moment for moment in range(made.run.start_ms, end + 1) if moment % 3_600_000 == 0]
    minutes = range(end - 119 * 60_000, end + 1, 60_000)
    assert times == sorted({made.run.start_ms, *hours, *minutes})
    processed = [mark["units"]["mixer"]["processed"] for mark in ledger["marks"]]
    assert processed == sorted(processed)
    assert (
        processed[-1]
        == made.newest[1, made.declaration.unit("mixer").tag_names.index("prod_processed_count")][0]
    )
    small = made.ledger(20_000)
    assert len(small) <= 20_000
    assert json.loads(small)["marks"][0]["time_ms"] == made.run.start_ms
    made.journal.close()


def test_triggered_faults_strike_at_the_same_moments_after_a_kill(tmp_path: Path) -> None:
    """Killed while one is pending, while one is active, while one is withdrawn: an uninterrupted run comes out."""
    fault = "demo/toy/area_1/line_1/mixer/fault_loose_belt"
    made = recorder(tmp_path / "j", 1.0)
    start = made.run.start_ms
    given = {
        100: Command(
            id="1", path=fault, value=1.0, expires_ms=NOW_MS, when="mixer/prod_processed_count > 60"
        ),
        200: Command(id="2", path=fault, value=0.0, expires_ms=NOW_MS, due_ms=start + 900_000),
        950: Command(id="3", path=fault, value=1.0, expires_ms=NOW_MS, due_ms=start + 1_500_000),
        1200: Command(id="4", path=fault, value=0.0, expires_ms=NOW_MS, withdraw=ALL),
    }
    for stop in (150, 600, 1000, 1300, 2000):
        while made.scans < stop:
            ahead = min([stop, *(scan for scan in given if scan > made.scans)])
            made.step(ahead, push=False)
            if made.scans in given and not made.replaying:
                assert made.command(given.pop(made.scans)) == ""
        made.journal.close()
        made = recorder(tmp_path / "j", 1.0)
    while made.scans < 2000:
        made.step(2000, push=False)
    served: Served = {}
    collect_journal(made.journal, made.declaration.sources, served)
    assert served == uninterrupted(made.run.epoch, start, 2000, made.journal.commands())
    place = made.declaration.unit("mixer").tag_names.index("fault_loose_belt")
    told = [
        (time_ms - start, value)
        for key, (_, tags, times, values, _texts) in sorted(served.items(), key=lambda item: item[0][2])
        if key[0].endswith("/mixer")
        for tag, time_ms, value in zip(tags, times, values, strict=True)
        if tag == place
    ]
    changes = [each for before, each in pairwise(told) if each[1] != before[1]]
    assert [value for _, value in changes] == [1.0, 0.0]
    assert changes[1][0] == 900_001, "a millisecond after the full minute, which had been told"
    made.journal.close()
