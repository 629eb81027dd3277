"""A fault that a trainer can inject: what it does to the plant, and what is expected to be seen of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from twin.model.path import path
from twin.model.tag import Kind, Tag

if TYPE_CHECKING:
    from twin.model.unit import Unit

# Figures of the line that an effect may name beside its tags.
FIGURES = ("availability", "effectiveness", "quality_ratio", "specific_energy", "defect_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a fault does to `subject`, against the same run without it.

    `subject` is a tag of the line (`unit/tag`) or one of FIGURES. `change` is the least signed change, in the
    subject's unit of measure, of its mean between `begin` and `end` s after the injection; of a COUNT tag it is
    the change of its growth in that time, of a figure the figure over that time.
    """

    subject: str
    change: float
    begin: float = 0.0
    end: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.begin < self.end:
            raise ValueError(
                f"effect on {self.subject}: needs 0 <= begin < end, not {self.begin}..{self.end} s"
            )
        if self.change == 0.0:
            raise ValueError(f"effect on {self.subject}: change must not be 0")
        if self.subject not in FIGURES and self.subject.count("/") != 1:
            raise ValueError(
                f"effect on {self.subject}: name a tag as unit/tag or one of {', '.join(FIGURES)}"
            )


class Fault:
    """One fault of a unit, injected and reset by command, with its state as the unit's tag `fault_<key>`.

    `strike` changes the mechanism (a parameter of the physics, never a figure) and `mend` takes the change back;
    both act at once and must be safe to call once each in turn. `effects` are what is expected to follow. A fault
    that ends by itself calls `reset`. `injected` counts.
    """

    def __init__(
        self,
        key: str,
        title: str,
        *,
        mechanism: str,
        strike: Callable[[], None],
        mend: Callable[[], None],
        effects: tuple[Effect, ...],
    ) -> None:
        path(key)
        if not mechanism.strip():
            raise ValueError(f"fault {key}: say in a sentence what happens physically (mechanism)")
        if isinstance(effects, Effect):
            raise ValueError(f"fault {key}: effects must be a tuple; write (Effect(...),) for a single one")
        if not effects:
            raise ValueError(f"fault {key}: name at least one effect that can be seen")
        self.key = key
        self.title = title
        self.mechanism = mechanism
        self.effects = effects
        self.active = False
        self.injected = 0
        self._strike = strike
        self._mend = mend
        self._unit: Unit | None = None

    @property
    def unit(self) -> "Unit":
        """The unit that suffers."""
        if self._unit is None:
            raise ValueError(f"fault {self.key} belongs to no unit; call unit.can_suffer(fault)")
        return self._unit

    def belong(self, unit: "Unit") -> None:
        """Become a fault of `unit`."""
        if self._unit is not None:
            raise ValueError(f"fault {self.key} already belongs to unit {self._unit.name}")
        self._unit = unit

    @property
    def tag_name(self) -> str:
        """Name of the tag that tells and sets whether the fault is there."""
        return f"fault_{self.key}"

    def check(self, tags: Mapping[str, Tag]) -> None:
        """Raise ValueError when an effect names none of the line's `tags` (`unit/tag`) that can be measured."""
        for effect in self.effects:
            if effect.subject in FIGURES:
                continue
            where = f"fault {self.key} of unit {self.unit.name}: effect on {effect.subject}"
            tag = tags.get(effect.subject)
            if tag is None:
                near = get_close_matches(effect.subject, tags, 3)
                hint = (
                    f"did you mean {' or '.join(near)}?" if near else "name unit and tag as they are declared"
                )
                raise ValueError(f"{where}: the line has no such tag; {hint}")
            if tag.kind is Kind.TEXT or (tag.read is None and tag.name != "capacity"):
                raise ValueError(f"{where}: the tag has no mean; name a measure, a count or a figure")

    def inject(self) -> None:
        """Let the fault strike now; nothing happens while it is there already."""
        if not self.active:
            self.active = True
            self.injected += 1
            self.unit.log(self.tag_name, 1.0)
            self._strike()

    def reset(self) -> None:
        """Mend the fault now; nothing happens when it is not there."""
        if self.active:
            self.active = False
            self.unit.log(self.tag_name, 0.0)
            self._mend()

    def tag(self) -> Tag:
        """Return the tag: 1 while the fault is there; written 1 it strikes, written 0 it is mended."""
        return Tag(
            name=self.tag_name, kind=Kind.STATE, low=0, high=1, read=lambda: float(self.active),
            write=lambda value: self.inject() if value >= 0.5 else self.reset(),
            description=f"fault: {self.title}",
        )  # fmt: skip
