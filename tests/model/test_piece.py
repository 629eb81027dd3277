"""Pieces and stages: one after the other, waiting, blocked, closed, taken out; none is ever lost."""

from collections.abc import Callable

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from twin.model.piece import Piece, Stage, Train
from twin.model.unit_operation import UnitOperation

Times = list[tuple[float, str, int]]


class Works:
    """A train of stages with fixed durations that writes down what happens when."""

    def __init__(self, durations: dict[str, float], **options: dict[str, float]) -> None:
        self.env = simpy.Environment()
        self.log: Times = []
        self.left: list[int] = []
        self.scrap: set[int] = set()
        self.stages = {
            name: Stage[Piece](
                self.env, UnitOperation(self.env, name), begin=self.begin(name, duration), end=self.end(name),
                **options.get(name, {}),  # type: ignore[arg-type]
            )
            for name, duration in durations.items()
        }  # fmt: skip
        self.train = Train(self.env, list(self.stages.values()), lambda piece: self.left.append(piece.number))

    def begin(self, name: str, duration: float) -> Callable[[Piece], float]:
        def started(piece: Piece) -> float:
            self.log.append((self.env.now, name, piece.number))
            return duration

        return started

    def end(self, name: str) -> Callable[[Piece], bool]:
        return lambda piece: not (name == "roll" and piece.number in self.scrap)

    def send(self, *numbers: int) -> list[Piece]:
        pieces = [Piece(number, "mild", 20_000.0) for number in numbers]
        for piece in pieces:
            self.train.enter(piece)
        return pieces

    def begun(self, name: str) -> list[tuple[float, int]]:
        return [(when, number) for when, where, number in self.log if where == name]


def test_pieces_pass_all_stages_with_their_transfer_times() -> None:
    works = Works({"heat": 10.0, "roll": 20.0}, roll={"transfer": 5.0})
    works.send(1)
    works.env.run()
    assert works.log == [(0.0, "heat", 1), (15.0, "roll", 1)]
    assert works.env.now == 35.0
    assert works.left == [1]


def test_slower_stage_makes_the_next_piece_wait_and_says_how_long() -> None:
    works = Works({"heat": 10.0, "roll": 30.0})
    first, second = works.send(1, 2)
    works.env.run()
    assert works.begun("roll") == [(10.0, 1), (40.0, 2)]
    assert (first.waited, second.waited) == (0.0, 20.0)


def test_full_stage_blocks_the_one_before() -> None:
    """Rolling has no room to wait: the second piece keeps the furnace until the first is rolled."""
    works = Works({"heat": 10.0, "roll": 30.0}, heat={"room": 2}, roll={"room": 0})
    works.send(1, 2, 3)
    works.env.run()
    assert works.begun("heat") == [(0.0, 1), (10.0, 2), (40.0, 3)]
    assert works.left == [1, 2, 3]


def test_parallel_places_work_side_by_side() -> None:
    works = Works({"coil": 60.0}, coil={"places": 3, "room": 1})
    works.send(1, 2, 3, 4)
    works.env.run()
    assert [when for when, _ in works.begun("coil")] == [0.0, 0.0, 0.0, 60.0]


def test_closed_stage_begins_nothing_until_it_is_opened_as_often() -> None:
    works = Works({"roll": 10.0})
    stage = works.stages["roll"]
    stage.close()
    stage.close()
    works.send(1)
    works.env.run(until=100.0)
    stage.open()
    works.env.run(until=200.0)
    assert works.log == []
    stage.open()
    works.env.run()
    assert works.begun("roll") == [(200.0, 1)]
    with pytest.raises(ValueError, match="open already"):
        stage.open()


def test_piece_that_does_not_go_on_leaves_where_it_is() -> None:
    works = Works({"roll": 10.0, "coil": 10.0})
    works.scrap.add(1)
    works.send(1, 2)
    works.env.run()
    assert works.begun("coil") == [(20.0, 2)]
    assert works.left == [1, 2]
    assert works.train.is_consistent()


def test_pieces_that_stand_before_a_stage_can_be_taken_out() -> None:
    works = Works({"heat": 10.0, "roll": 10.0, "coil": 10.0}, heat={"room": 3})
    works.stages["roll"].close()
    works.send(1, 2, 3)
    works.env.run(until=100.0)
    taken = works.train.eject(works.stages["roll"])
    assert [piece.number for piece in taken] == [1, 2, 3]
    assert len(works.train) == 0
    works.stages["roll"].open()
    works.send(4)
    works.env.run()
    assert works.begun("coil") == [(120.0, 4)]
    assert works.train.is_consistent()


def test_piece_without_room_is_refused() -> None:
    works = Works({"roll": 10.0}, roll={"room": 0})
    works.send(1)
    with pytest.raises(ValueError, match="no room for piece 2"):
        works.send(2)


@pytest.mark.parametrize("options", [{"places": 0}, {"room": -1}, {"transfer": -1.0}])
def test_impossible_stage_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="stage roll: needs"):
        Works({"roll": 10.0}, roll=options)


def test_weightless_piece_is_refused() -> None:
    with pytest.raises(ValueError, match="mass 0"):
        Piece(1, "mild", 0.0)


def test_first_defect_stays() -> None:
    piece = Piece(1, "mild", 1.0)
    piece.spoil("special:scale")
    piece.spoil("handling:edge")
    assert piece.defect == "special:scale"


@given(
    st.lists(st.floats(0.0, 50.0), min_size=2, max_size=4),
    st.lists(st.tuples(st.floats(1.0, 80.0), st.booleans()), min_size=1, max_size=25),
)
def test_no_piece_is_ever_lost(durations: list[float], course: list[tuple[float, bool]]) -> None:
    """Whatever opens, closes and comes: held + left = sent, and pieces leave in their order."""
    works = Works({f"stage_{place}": duration for place, duration in enumerate(durations)})
    number = 0
    for pause, close in course:
        last = works.train.stages[-1]
        if close:
            last.close()
        elif last.is_closed:
            last.open()
        if works.train.stages[0].free > 0:
            number += 1
            works.send(number)
        works.env.run(until=works.env.now + pause)
        assert works.train.is_consistent()
        assert len(works.left) + len(works.train) == number
    assert works.left == sorted(works.left)
