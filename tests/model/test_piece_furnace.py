"""A furnace of many pieces: first in, first out; each heated by the zones that it passes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.piece import Piece
from twin.model.piece_furnace import PieceFurnace


def furnace(places: int = 6, zones: tuple[float, ...] = (900.0, 1250.0, 1220.0)) -> PieceFurnace[Piece]:
    return PieceFurnace[Piece](places=places, zones=list(zones), tau=2400.0, heat_capacity=680.0)


def test_heating_is_first_order_towards_the_zone() -> None:
    """After one time constant 1 - 1/e of the way to the zone at the exit, where the only piece stands."""
    oven = furnace()
    piece = Piece(1, "mild", 22_500.0, temperature=20.0)
    oven.charge(piece, 0.0)
    taken = oven.heat(2400.0)
    assert piece.temperature == pytest.approx(1220.0 - 1200.0 / math.e)
    assert taken == pytest.approx(22_500.0 * 680.0 * (piece.temperature - 20.0))


def test_many_small_steps_heat_like_one() -> None:
    one, many = furnace(), furnace()
    for oven in (one, many):
        for number in range(6):
            oven.charge(Piece(number, "mild", 20_000.0), 0.0)
    whole = one.heat(600.0)
    parts = sum(many.heat(60.0) for _ in range(10))
    assert parts == pytest.approx(whole)
    assert [piece.temperature for piece in many.pieces] == pytest.approx(
        [piece.temperature for piece in one.pieces]
    )


def test_pieces_stand_in_the_zone_of_their_place_from_the_exit() -> None:
    oven = furnace()
    for number in range(6):
        oven.charge(Piece(number, "mild", 20_000.0, temperature=0.0), 0.0)
    oven.heat(1e9)
    assert [piece.temperature for piece in oven.pieces] == [1220.0, 1220.0, 1250.0, 1250.0, 900.0, 900.0]


def test_time_to_is_when_the_first_piece_gets_there() -> None:
    oven = furnace()
    assert oven.time_to(1000.0) == math.inf
    oven.charge(Piece(1, "mild", 20_000.0, temperature=500.0), 0.0)
    oven.heat(oven.time_to(1000.0))
    assert oven.pieces[0].temperature == pytest.approx(1000.0)
    assert oven.time_to(999.0) == 0.0
    assert oven.time_to(1220.0) == math.inf


def test_hot_charge_is_ready_sooner_and_takes_less_heat() -> None:
    cold, hot = furnace(), furnace()
    cold.charge(Piece(1, "mild", 20_000.0, temperature=20.0), 0.0)
    hot.charge(Piece(1, "mild", 20_000.0, temperature=600.0), 0.0)
    assert hot.time_to(1180.0) < cold.time_to(1180.0)
    assert hot.heat(7200.0) < 0.55 * cold.heat(7200.0)


@given(st.lists(st.booleans(), max_size=60))
def test_first_in_is_first_out_and_none_is_lost(course: list[bool]) -> None:
    oven, number, out = furnace(), 0, []
    for charging in course:
        if charging and oven.room:
            number += 1
            oven.charge(Piece(number, "mild", 1000.0), 0.0)
        elif not charging and len(oven):
            out.append(oven.discharge().number)
        assert oven.charged - oven.discharged == len(oven)
        assert oven.mass() == 1000.0 * len(oven)
    assert out == list(range(1, len(out) + 1))


def test_full_and_empty_furnace_refuse() -> None:
    oven = furnace(places=1)
    with pytest.raises(ValueError, match="empty"):
        oven.discharge()
    oven.charge(Piece(1, "mild", 1.0), 0.0)
    with pytest.raises(ValueError, match="piece 2 must wait"):
        oven.charge(Piece(2, "mild", 1.0), 0.0)


@pytest.mark.parametrize(
    "bad",
    [{"places": 0}, {"zones": ()}, {"tau": 0.0}, {"heat_capacity": 0.0}],
    ids=lambda bad: next(iter(bad)),
)
def test_impossible_furnace_is_refused(bad: dict[str, float]) -> None:
    given = {"places": 3, "zones": [1000.0], "tau": 2400.0, "heat_capacity": 680.0} | bad
    with pytest.raises(ValueError, match="furnace: needs"):
        PieceFurnace[Piece](**given)  # type: ignore[arg-type]
