"""Upgrades of a running line: switched by command, in effect after their ramp, seen in telemetry, replayed."""

from datetime import UTC, datetime

import pytest

from tests.model.upgradable import Upgradable
from twin.model.command import Command, CommandRefused
from twin.model.declaration import Declaration
from twin.model.simulation import Simulation

START = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
LINE = "demo/upgradable/area_1/line_1/line"
HOUR = 3600.0


def simulation(plant: Upgradable | None = None, *, telemetry: bool = True) -> Simulation:
    return Simulation(plant or Upgradable(cycle=10.0), seed=1, start=START, telemetry=telemetry)


def switch(run: Simulation, tag: str, value: float) -> None:
    run.write(Command(id=f"{tag}{value}", path=f"{LINE}/{tag}", value=value, expires_ms=run.now_ms + 60_000))


def test_effect_follows_the_switch_over_the_ramp() -> None:
    """A ramp of 6 months at 10 min a month takes an hour; the parameter follows every minute."""
    run = simulation(telemetry=False)
    effect, target = run.reader("line/upgrade_faster_effect"), run.reader("mixer/target_cycle")
    switch(run, "upgrade_faster", 2.0)
    run.advance(1.0)
    assert (effect(), target()) == (0.0, 10.0)
    run.advance(HOUR / 2 + 1.0)
    assert effect() == pytest.approx(1.0, abs=0.001)
    assert target() == pytest.approx(9.0)
    run.advance(HOUR)
    assert (effect(), target()) == (2.0, 8.0)
    switch(run, "upgrade_faster", 0.0)
    run.advance(2 * HOUR)
    assert (effect(), target()) == (0.0, 10.0)


def test_turning_back_half_way_begins_where_the_effect_is() -> None:
    run = simulation(telemetry=False)
    effect = run.reader("line/upgrade_faster_effect")
    switch(run, "upgrade_faster", 2.0)
    run.advance(1.0 + HOUR / 2)
    switch(run, "upgrade_faster", 0.0)
    run.advance(1.0 + HOUR / 2)
    assert effect() == pytest.approx(0.5, abs=0.001)


def test_month_of_no_hours_acts_at_once() -> None:
    run = simulation(telemetry=False)
    switch(run, "upgrade_month", 0.0)
    switch(run, "upgrade_faster", 3.0)
    run.advance(2.0)
    assert run.reader("mixer/target_cycle")() == 5.0


def test_installed_upgrade_is_in_effect_from_the_first_second() -> None:
    run = simulation(Upgradable(cycle=10.0).with_upgrades({"faster": 2.0}))
    assert run.reader("line/upgrade_faster_effect")() == 2.0
    assert run.reader("mixer/target_cycle")() == 8.0
    switch(run, "upgrade_month", 0.0)
    switch(run, "upgrade_faster", 0.0)
    run.advance(2.0)
    assert run.reader("mixer/target_cycle")() == 10.0


def test_upgrade_without_a_dial_needs_a_start_of_the_plant() -> None:
    run = simulation()
    with pytest.raises(CommandRefused, match="cannot be written"):
        switch(run, "upgrade_colder", 1.0)
    assert {upgrade.key: upgrade.live for upgrade in run.declaration.upgrades} == {
        "faster": True,
        "colder": False,
    }
    assert simulation(Upgradable().with_upgrades({"colder": 2.0})).reader("mixer/temperature")() == 16.0


def test_strength_beyond_the_columns_is_refused() -> None:
    with pytest.raises(CommandRefused, match=r"outside 0\.\.3"):
        switch(simulation(), "upgrade_faster", 3.5)


def test_switched_run_is_the_same_again_whatever_the_cuts() -> None:
    """The command log replays an upgrade like any other command."""
    whole, cut = simulation(), simulation()
    frames = whole.advance(60.0)
    switch(whole, "upgrade_faster", 2.0)
    frames += whole.advance(HOUR)
    again = cut.advance(60.0)
    switch(cut, "upgrade_faster", 2.0)
    for _ in range(36):
        again += cut.advance(100.0)
    assert again == frames


def test_nothing_switched_changes_no_draw() -> None:
    """A plant built with strength 0 gives the frames of the plant without."""
    nil = Upgradable(cycle=10.0).with_upgrades({"faster": 0.0, "colder": 0.0})
    assert simulation(nil).advance(HOUR) == simulation().advance(HOUR)


def test_declaration_tells_upgrades_model_and_alias() -> None:
    run = simulation(Upgradable(cycle=10.0, alias="smart_one"))
    told = Declaration.from_json(run.declaration.to_json())
    assert told == run.declaration
    assert (told.plant, told.model) == ("smart_one", "upgradable")
    assert told.units[0].path == "demo/smart_one/area_1/line_1/line"
    assert told.upgrades[0].tag == "upgrade_faster"
    assert told.upgrades[0].changes[0].mid == 0.8
