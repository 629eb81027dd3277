"""Campaigns: worn units go in turn, spares come in, crews are limited, failures call the spare."""

import math

import numpy as np
import pytest
import simpy

from twin.model.campaign import Campaign, CampaignPlan, Stage
from twin.model.streams import Streams

RATE = 1.0 / 1000.0  # wear in a second of running


class Group:
    """Units that wear while they run, advanced every 10 s."""

    def __init__(self, wear: list[float], plan: CampaignPlan, seed: int = 1) -> None:
        self.env = simpy.Environment()
        self.wear = np.array(wear)
        self.moves: list[tuple[float, int, Stage]] = []
        self.renewed: list[int] = []
        self.campaign = Campaign(
            self.env, Streams(seed), "furnaces", plan, self.wear, changed=self._note, renewed=self.renewed.append
        )  # fmt: skip

    def _note(self, place: int) -> None:
        self.moves.append((self.env.now, place, self.campaign.stage[place]))

    def advance(self, seconds: float) -> list[int]:
        """Return how many units ran in each step."""
        ran = []
        for _ in range(round(seconds / 10.0)):
            self.env.run(until=self.env.now + 10.0)
            self.wear += self.campaign.on * RATE * 10.0
            self.campaign.step(10.0)
            ran.append(self.campaign.running())
        return ran


def test_spare_takes_over_from_the_worn_unit_without_a_gap() -> None:
    group = Group([0.901, 0.4, 0.0], CampaignPlan(needed=2, lasting=300.0))
    ran = group.advance(500.0)
    assert set(ran) == {2}
    assert group.moves == [
        (100.0, 2, Stage.RUN),
        (100.0, 0, Stage.MAINTENANCE),
        (400.0, 0, Stage.SPARE),
    ]
    assert group.renewed == [0]
    assert group.wear[0] == 0.0


def test_only_as_many_are_out_as_there_are_crews() -> None:
    """Two are worn at once: the second waits for the crew."""
    group = Group([0.99, 0.99, 0.5, 0.0], CampaignPlan(needed=3, lasting=300.0, worn=1.02))
    group.advance(200.0)
    assert group.campaign.stage.count(Stage.MAINTENANCE) == 1
    assert group.campaign.stage.count(Stage.WAIT) == 1
    group.advance(300.0)
    assert group.campaign.running() == 3
    assert group.campaign.stage.count(Stage.MAINTENANCE) == 1


def test_unit_that_no_spare_can_relieve_runs_on_until_it_is_worn() -> None:
    group = Group([0.9, 0.0], CampaignPlan(needed=2, lasting=300.0, worn=1.1))
    assert set(group.advance(190.0)) == {2}
    group.advance(20.0)
    assert group.campaign.stage[0] is Stage.MAINTENANCE
    group.advance(310.0)
    assert group.campaign.stage[0] is Stage.RUN


def test_failure_calls_the_spare() -> None:
    group = Group([0.0, 0.0, 0.0], CampaignPlan(needed=2, lasting=300.0, call=100.0))
    group.campaign.fail(0, 500.0)
    assert group.campaign.stage == [Stage.FAILURE, Stage.RUN, Stage.CALL]
    ran = group.advance(600.0)
    assert ran[0] == 1
    assert ran[11] == 2
    assert group.campaign.stage == [Stage.SPARE, Stage.RUN, Stage.RUN]
    assert group.wear[0] == 0.0, "a failure does not clean"


def test_long_run_is_the_renewal_cycle() -> None:
    """Run 1000 s, maintenance 300 s: with one spare of four the units share both evenly."""
    group = Group([0.0, 0.33, 0.66, 0.0], CampaignPlan(needed=3, lasting=300.0))
    ran = group.advance(40_000.0)
    assert np.mean(ran) == pytest.approx(3.0, abs=0.02)
    assert group.campaign.count == pytest.approx(3 * 40, abs=4)


def test_failures_come_by_running_time_only() -> None:
    plan = CampaignPlan(needed=1, lasting=1.0, worn=math.inf, due=math.inf, between=900.0, repair=100.0)
    group = Group([0.0], plan, seed=5)
    ran = group.advance(1_000_000.0)
    assert np.mean(ran) == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize(
    ("field", "value"),
    [("needed", 0), ("crews", 0), ("lasting", 0.0), ("call", -1.0), ("due", 0.0), ("worn", 0.5), ("between", 0.0),
     ("between", 100.0)],
)  # fmt: skip
def test_plan_that_cannot_be_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match="campaign"):
        CampaignPlan(**({"needed": 1, "lasting": 10.0} | {field: value}))  # type: ignore[arg-type]


def test_more_needed_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="3 needed of 2"):
        Group([0.0, 0.0], CampaignPlan(needed=3, lasting=10.0))
