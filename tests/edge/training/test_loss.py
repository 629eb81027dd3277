"""Losses above the reference, by worked examples and by what chance does to them."""

import numpy as np
import pytest

from edge.training.loss import Loss, Minute, NoReference, lost, lost_minutes, minute, reference

M = 60_000


def steady(count: int, processed: float = 10.0, rejected: float = 1.0, kwh: float = 20.0) -> list[Minute]:
    return [Minute(at * M, processed, rejected, kwh) for at in range(count)]


def test_tally_of_the_line_is_read() -> None:
    values = {"pq": 12.0, "sq": 1.0, "rq": 2.0, "energy/electricity/execute": 3.0, "energy/gas/idle": 1.5}
    assert minute(5 * M, values) == Minute(5 * M, 12.0, 3.0, 4.5)


def test_only_what_is_above_the_usual_is_lost() -> None:
    """60 pieces in 6 min with 20 rejects where 6 are usual; 150 kWh where 120 are."""
    usual = reference(steady(60))
    worse = [Minute(at * M, 10.0, 20 / 6, 25.0) for at in range(6)]
    loss = lost(worse, 0, 6 * M, usual)
    assert (loss.scrap, loss.kwh) == (pytest.approx(14.0), pytest.approx(30.0))
    assert lost_minutes(loss, usual) == pytest.approx(14 / 10 + 30 / 20)


def test_running_as_usual_loses_nothing_however_much_is_made() -> None:
    usual = reference(steady(60))
    twice = [Minute(at * M, 20.0, 2.0, 40.0) for at in range(5)]
    assert lost(twice, 0, 5 * M, usual) == Loss(0.0, 0.0, 0.0, 0.0)


def test_line_that_stands_still_loses_the_energy_that_it_draws() -> None:
    usual = reference(steady(60))
    still = [Minute(at * M, 0.0, 0.0, 8.0) for at in range(3)]
    loss = lost(still, 0, 3 * M, usual)
    assert (loss.scrap, loss.kwh) == (0.0, 24.0)


def test_minutes_at_the_edges_count_by_their_share() -> None:
    usual = reference(steady(60))
    worse = [Minute(at * M, 10.0, 3.0, 20.0) for at in range(3)]
    assert lost(worse, 30_000, 150_000, usual).scrap == pytest.approx(4.0)
    assert lost(worse, 30_000, 45_000, usual).scrap == pytest.approx(0.5)


def test_less_than_usual_is_told_but_earns_nothing() -> None:
    usual = reference(steady(60))
    loss = lost([Minute(0, 10.0, 0.0, 15.0)], 0, M, usual)
    assert (loss.scrap, loss.kwh) == (-1.0, -5.0)
    assert lost_minutes(loss, usual) == 0.0


def test_reference_without_a_reject_leaves_the_rule_of_three() -> None:
    """0 of 600 pieces: at most 3/600 at 95 %, so 0.3 of the 60 pieces made; a standing line leaves nothing open."""
    usual = reference(steady(60, rejected=0.0))
    loss = lost(steady(6, rejected=0.0), 0, 6 * M, usual)
    assert (loss.scrap, loss.scrap_within) == (0.0, pytest.approx(0.3))
    assert lost(steady(6, 0.0, 0.0), 0, 6 * M, usual).scrap_within == 0.0


@pytest.mark.parametrize(("minutes", "cause"), [(steady(9), "9 minutes"), (steady(20, 0.0), "made nothing")])
def test_no_reference_tells_why(minutes: list[Minute], cause: str) -> None:
    with pytest.raises(NoReference, match=cause):
        reference(minutes)


@pytest.mark.parametrize("smooth", [1, 5])
def test_interval_holds_what_chance_alone_does(smooth: int) -> None:
    """Without a fault the loss lies within its interval in about 95 % of cases, with serial correlation too."""
    generator = np.random.default_rng(3)
    inside = 0
    for _ in range(300):
        noise = np.convolve(generator.normal(0.0, 1.0, 260 + smooth - 1), np.ones(smooth) / smooth, "valid")
        minutes = [Minute(at * M, 10.0, 5.0 + value, 20.0) for at, value in enumerate(noise.tolist())]
        loss = lost(minutes[240:250], 240 * M, 250 * M, reference(minutes[:240]))
        inside += abs(loss.scrap) <= loss.scrap_within
    assert 0.90 <= inside / 300 <= 0.99
