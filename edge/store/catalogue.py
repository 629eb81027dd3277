"""What the stores know by name: plants and their epochs, tags and scopes with the numbers they are kept under."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.model.declaration import Declaration
from twin.model.tag import Kind

FOREVER = (1 << 62) - 1


class Span(NamedTuple):
    """The number under which one epoch keeps a path; from `until_ms` (UTC) on a newer epoch counts instead."""

    id: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """One declared epoch. A sample's tag number is `base[source] + tag`; `sizes` counts the tags of each source."""

    declaration: Declaration
    base: NDArray[np.int32]
    sizes: NDArray[np.int64]
    tags: dict[str, tuple[int, Kind]]  # path -> number, kind

    @classmethod
    def of(cls, declaration: Declaration, first_tag: int) -> "Epoch":
        """Number the tags of a declaration from `first_tag` on."""
        sizes = np.array([len(unit.tags) for unit in declaration.units], np.int64)
        base = (first_tag + np.concatenate(([0], np.cumsum(sizes)[:-1]))).astype(np.int32)
        paths = [(f"{unit.path}/{tag.name}", tag.kind) for unit in declaration.units for tag in unit.tags]
        return cls(
            declaration,
            base,
            sizes,
            {path: (first_tag + place, kind) for place, (path, kind) in enumerate(paths)},
        )


class Catalogue:
    """Names to numbers.

    A new epoch replaces the older ones from its start on: what those have at or after it is kept, but not shown.
    """

    def __init__(self) -> None:
        self.plants: dict[str, dict[int, Epoch]] = {}
        self.scopes: dict[str, dict[tuple[str, int], int]] = {}
        self.next_tag = 1
        self.next_scope = 1
        self._newest_tags: dict[str, tuple[int, int]] = {}  # path -> epoch, number

    def add(self, declaration: Declaration, first_tag: int | None = None) -> Epoch | None:
        """Add a declaration; return its epoch, None when it was known."""
        epochs = self.plants.get(declaration.plant, {})
        if declaration.epoch in epochs:
            return None
        epoch = Epoch.of(declaration, self.next_tag if first_tag is None else first_tag)
        self.next_tag = max(self.next_tag, int(epoch.base[0]) + int(epoch.sizes.sum()))
        # A new dictionary each time: readers in other threads walk over the old one.
        self.plants = {**self.plants, declaration.plant: {**epochs, declaration.epoch: epoch}}
        for path, (number, _) in epoch.tags.items():
            if declaration.epoch > self._newest_tags.get(path, (-1, 0))[0]:
                self._newest_tags[path] = declaration.epoch, number
        return epoch

    def epoch(self, plant: str, epoch: int) -> Epoch:
        """Return a declared epoch; raises KeyError."""
        found = self.plants.get(plant, {}).get(epoch)
        if found is None:
            raise KeyError(f"plant {plant}: epoch {epoch} was not declared")
        return found

    def current(self, plant: str) -> Epoch | None:
        """Return the newest epoch of a plant."""
        epochs = self.plants.get(plant)
        return epochs[max(epochs)] if epochs else None

    def declarations(self) -> list[Declaration]:
        """Return the current declaration of every plant, by name."""
        return [epochs[max(epochs)].declaration for _, epochs in sorted(self.plants.items())]

    def declaration(self, plant: str, epoch: int) -> Declaration | None:
        """Return the declaration of one epoch."""
        found = self.plants.get(plant, {}).get(epoch)
        return found.declaration if found is not None else None

    def until(self, plant: str, epoch: int) -> int:
        """Return the moment (UTC ms) from which a newer epoch counts instead of this one."""
        return min(
            (other.declaration.start_ms for number, other in self.plants[plant].items() if number > epoch),
            default=FOREVER,
        )

    def tag(self, path: str, *, text: bool) -> list[Span]:
        """Return the numbers of a tag path by epoch; raises KeyError for an unknown path or the wrong kind."""
        spans = []
        other = ""
        for plant, epochs in self.plants.items():
            for number, epoch in sorted(epochs.items()):
                found = epoch.tags.get(path)
                if found is not None:
                    if (found[1] is Kind.TEXT) == text:
                        spans.append(Span(found[0], self.until(plant, number)))
                    else:
                        other = f"{path} is {'no text' if text else 'a text'} tag"
        if not spans:
            raise KeyError(other or f"no tag has the path {path}")
        return spans

    def newest_tag(self, path: str) -> int | None:
        """Return the number of a tag path in the newest epoch that declares it."""
        found = self._newest_tags.get(path)
        return None if found is None else found[1]

    def scope(self, plant: str, epoch: int, scope: str) -> tuple[int, bool]:
        """Return the number of a scope in an epoch, and whether it is new."""
        numbers = self.scopes.setdefault(scope, {})
        number = numbers.get((plant, epoch))
        if number is not None:
            return number, False
        number = numbers[plant, epoch] = self.next_scope
        self.next_scope += 1
        return number, True

    def scope_spans(self, scope: str) -> list[Span]:
        """Return the numbers of a scope by epoch; none when nothing was stored for it."""
        return [
            Span(number, self.until(plant, epoch))
            for (plant, epoch), number in sorted(self.scopes.get(scope, {}).items())
        ]

    def epoch_of(self, plant: str, epochs: set[int]) -> Epoch:
        """Return the one epoch that a write belongs to: of its frames, else the plant's newest.

        Raises ValueError for frames of several epochs, KeyError for an epoch or a plant that was not declared.
        """
        if len(epochs) > 1:
            raise ValueError(
                f"plant {plant}: one write holds frames of epochs {sorted(epochs)}; write them one by one"
            )
        if epochs:
            return self.epoch(plant, next(iter(epochs)))
        current = self.current(plant)
        if current is None:
            raise KeyError(f"plant {plant} was not declared")
        return current
