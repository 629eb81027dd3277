"""Pieces of a process line: what is tracked one by one through unit operations that work on one at a time."""

from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Generic, TypeVar

import simpy

from twin.model.unit_operation import UnitOperation


class Piece:
    """One tracked piece: its `number`, `recipe` (grade), `mass` in kg, and the states that physics changes.

    `temperature` in °C and `thickness` in mm are those of now. `entered` is the second at which it came into the
    present unit; `waited` the seconds that it last stood in front of one. `defect` is the first cause that spoiled
    it, None while it is good. Plants add states of their own in a subclass.
    """

    __slots__ = ("defect", "entered", "mass", "number", "recipe", "temperature", "thickness", "waited")

    def __init__(
        self, number: int, recipe: str, mass: float, *, temperature: float = 20.0, thickness: float = 0.0
    ) -> None:
        if not mass > 0.0:
            raise ValueError(f"piece {number}: mass {mass} kg must be positive")
        self.number = number
        self.recipe = recipe
        self.mass = mass
        self.temperature = temperature
        self.thickness = thickness
        self.entered = 0.0
        self.waited = 0.0
        self.defect: str | None = None

    def spoil(self, defect: str) -> None:
        """Make the piece defective; the first cause stays."""
        if self.defect is None:
            self.defect = defect


P = TypeVar("P", bound=Piece)


class Stage(Generic[P]):
    """The place of `unit` in a train: works on `places` pieces at a time, `room` more may wait before it.

    A piece arrives `transfer` s after the stage before has let it go. `begin(piece)` is called when its work begins
    and returns the seconds that it takes; `end(piece)` when it is done, and says whether it goes on: if not, it leaves
    the train here. A piece for which the next stage has no room stays where it is and blocks its place. A closed
    stage begins nothing.
    """

    def __init__(
        self,
        env: simpy.Environment,
        unit: UnitOperation,
        *,
        begin: Callable[[P], float],
        end: Callable[[P], bool] = lambda piece: True,
        places: int = 1,
        room: int = 1,
        transfer: float = 0.0,
    ) -> None:
        if places < 1 or room < 0 or transfer < 0.0:
            raise ValueError(
                f"stage {unit.name}: needs places >= 1, room >= 0 and transfer >= 0, not {places}, {room}, {transfer}"
            )
        self._env = env
        self.unit = unit
        self._begin = begin
        self._end = end
        self.places = places
        self.transfer = transfer
        self._room = room
        self._closures = 0
        self.held = 0  # pieces on the way here, waiting, worked on, or done and blocked
        self.busy = 0  # places taken
        self.waiting: deque[P] = deque()
        self.blocked: deque[P] = deque()
        self._train: Train[P] | None = None
        self._following: Stage[P] | None = None

    @property
    def free(self) -> int:
        """How many more pieces may be sent here."""
        return self.places + self._room - self.held

    def join(self, train: "Train[P]", following: "Stage[P] | None") -> None:
        """Become a stage of `train`, before `following` (None: the last)."""
        if self._train is not None:
            raise ValueError(f"stage {self.unit.name} already belongs to a train; build one for each")
        self._train = train
        self._following = following

    # -- standing still --------------------------------------------------------------------------------------

    def close(self) -> None:
        """Begin no piece until `open` was called as often as `close`."""
        self._closures += 1

    def open(self) -> None:
        """Take one closure back."""
        if self._closures == 0:
            raise ValueError(f"stage {self.unit.name} is open already")
        self._closures -= 1
        self.pull()

    @property
    def is_closed(self) -> bool:
        """Whether it begins no piece."""
        return self._closures > 0

    # -- pieces ----------------------------------------------------------------------------------------------

    def accept(self, piece: P) -> None:
        """Let `piece` come; raises ValueError when there is no room."""
        if self.free < 1:
            raise ValueError(
                f"stage {self.unit.name}: no room for piece {piece.number}; look at `free` first"
            )
        self.held += 1
        if self.transfer > 0.0:
            self._env.timeout(self.transfer).callbacks.append(partial(self._arrive, piece))
        else:
            self._arrive(piece)

    def _arrive(self, piece: P, _event: object = None) -> None:
        piece.entered = self._env.now
        self.waiting.append(piece)
        self.pull()

    def pull(self) -> None:
        """Begin whatever can begin now."""
        while self.waiting and self.busy < self.places and not self._closures:
            piece = self.waiting.popleft()
            self.busy += 1
            piece.waited = self._env.now - piece.entered
            self._env.timeout(self._begin(piece)).callbacks.append(partial(self._done, piece))

    def _done(self, piece: P, _event: object = None) -> None:
        if self._end(piece):
            self.blocked.append(piece)
            self.push()
        else:
            self._let_go(piece)

    def push(self) -> None:
        """Send on whatever is done, as far as there is room behind."""
        following = self._following
        while self.blocked and (following is None or following.free > 0):
            self._let_go(self.blocked.popleft(), following)

    def _let_go(self, piece: P, following: "Stage[P] | None" = None) -> None:
        assert self._train is not None
        self.busy -= 1
        self.held -= 1
        if following is None:
            self._train.release(piece)
        else:
            following.accept(piece)
        self.pull()
        self._train.freed(self)

    def eject(self, *, waiting_only: bool = False) -> list[P]:
        """Take out and return the pieces that are done and blocked (not if `waiting_only`), and those that wait."""
        taken = [] if waiting_only else list(self.blocked)
        self.busy -= len(taken)
        self.blocked = deque() if taken else self.blocked
        taken += self.waiting
        self.held -= len(taken)
        self.waiting.clear()
        return taken


class Train(Generic[P]):
    """Stages one behind the other. `left(piece)` is called for every piece that leaves, wherever that is.

    `freed` of a stage wakes the stage before it; `watch(stage)` is called for it too, if given.
    """

    def __init__(self, env: simpy.Environment, stages: Sequence[Stage[P]], left: Callable[[P], None]) -> None:
        if not stages:
            raise ValueError("a train needs at least one stage")
        self._env = env
        self.stages = tuple(stages)
        self._left = left
        self._before: dict[Stage[P], Stage[P] | None] = {}
        for place, stage in enumerate(self.stages):
            stage.join(self, self.stages[place + 1] if place + 1 < len(self.stages) else None)
            self._before[stage] = self.stages[place - 1] if place else None
        self._pieces: dict[P, None] = {}
        self.watch: Callable[[Stage[P]], None] = lambda stage: None
        self.entered = 0
        self.gone = 0

    def __len__(self) -> int:
        return len(self._pieces)

    @property
    def pieces(self) -> Collection[P]:
        """The pieces in the train, oldest first."""
        return self._pieces.keys()

    def enter(self, piece: P) -> None:
        """Send `piece` to the first stage."""
        self._pieces[piece] = None
        self.entered += 1
        self.stages[0].accept(piece)

    def release(self, piece: P) -> None:
        """Let `piece` leave the train."""
        del self._pieces[piece]
        self.gone += 1
        self._left(piece)

    def eject(self, before: Stage[P]) -> list[P]:
        """Let all pieces that stand still in front of `before` leave, and return them, the foremost first."""
        place = self.stages.index(before)
        taken = before.eject(waiting_only=True)
        for stage in reversed(self.stages[:place]):
            taken += stage.eject()
        for piece in taken:
            self.release(piece)
        for stage in self.stages[: place + 1]:
            stage.pull()
            self.freed(stage)
        return taken

    def freed(self, stage: Stage[P]) -> None:
        """Let the stage before `stage` send on, for there is room."""
        before = self._before[stage]
        if before is not None:
            before.push()
        self.watch(stage)

    def is_consistent(self) -> bool:
        """Say whether what the stages hold is what came in and has not left."""
        held = sum(stage.held for stage in self.stages)
        return held == len(self._pieces) == self.entered - self.gone
