"""A store in memory that holds some hours of the toy line, folded by the real engine."""

from edge.engine import Engine
from edge.store import Store
from edge.store.memory import MemoryStore
from tests.edge.toy_line import simulation
from twin.model.frame import Frame
from twin.model.simulation import Simulation
from twin.packing import pack, unpack


class Filler:
    """Writes a simulation's frames and their sums into a store, as the edge's intake would."""

    def __init__(self, run: Simulation, store: Store) -> None:
        self.run = run
        self.store = store
        self.declaration = run.declaration
        self.engine = Engine(run.declaration)
        store.declare(run.declaration)

    def fill(self, minutes: float) -> None:
        """Run on and store so many minutes."""
        left = minutes * 60.0
        while left > 0:
            frames: list[Frame] = self.run.advance(min(3600.0, left))
            left -= 3600.0
            if frames:
                batch = unpack(pack(frames, self.declaration.sources))
                self.store.write(self.declaration.plant, [batch], self.engine.fold([batch]))


def filled(minutes: float = 180, *, store: Store | None = None) -> tuple[Store, Filler]:
    """Return a store with so many minutes of the toy line, and what fills it further."""
    store = store or MemoryStore()
    filler = Filler(simulation(), store)
    filler.fill(minutes)
    return store, filler
