"""The plug-in: a plant is one class in one file, its parameters are its data sheet."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin, get_type_hints

import simpy

from twin.model.introduction import NUMBERS, Introduction
from twin.model.line import Line
from twin.model.streams import Streams
from twin.model.upgrade import Upgrade, combined


@dataclass(frozen=True, slots=True)
class Parameter:
    """What is known of a plant parameter: UCUM unit, physical range, and where the default comes from."""

    unit: str
    low: float
    high: float
    source: str
    description: str = ""


class ParameterError(ValueError):
    """A parameter that is unknown or outside its physical range; the text names field, value and remedy."""


@dataclass(frozen=True, kw_only=True)
class Plant:
    """One plant: a frozen keyword-only dataclass whose fields are annotated with `Parameter`.

    The class docstring is the data sheet. Subclasses set the class variables and implement `build`. `alias` is what
    this one is called where several of a kind run side by side; `installed` the upgrades that it has from the start,
    each with its strength 0..3. `lead_days` are those from the first step to the last, where they are many: a change
    at the head of the line is felt at its end only then, and experiments wait for it.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    industry: ClassVar[str] = ""
    area: ClassVar[str] = "area_1"
    line: ClassVar[str] = "line_1"
    product_unit: ClassVar[str] = "{piece}"
    lead_days: ClassVar[float] = 0.0

    alias: str = ""
    installed: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        for name, parameter in self.parameters().items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise ParameterError(
                    f"plant {self.name}: {name}={value!r} must be a number in {parameter.unit}"
                )
            if not parameter.low <= value <= parameter.high:
                raise ParameterError(
                    f"plant {self.name}: {name}={value:g} {parameter.unit} lies outside its physical range "
                    f"{parameter.low:g}..{parameter.high:g}; choose a value inside it"
                )

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """Return the declared parameters by name."""
        found = {}
        for name, hint in get_type_hints(cls, include_extras=True).items():
            if get_origin(hint) is Annotated:
                for note in get_args(hint)[1:]:
                    if isinstance(note, Parameter):
                        found[name] = note
        return found

    @classmethod
    def configured(cls, values: dict[str, Any]) -> "Plant":
        """Build the plant from a mapping; raises ParameterError for unknown names and bad values."""
        known = cls.parameters()
        for name in values:
            if name not in known:
                raise ParameterError(
                    f"plant {cls.name} has no parameter {name!r}; it has: {', '.join(sorted(known)) or 'none'}"
                )
        return cls(**values)

    def configuration(self) -> dict[str, Any]:
        """Return the parameter values by name."""
        own = Plant.__dataclass_fields__
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in own
        }

    @property
    def called(self) -> str:
        """What this plant is called in its paths: its alias, else its name."""
        return self.alias or self.name

    # -- upgrades ------------------------------------------------------------------------------------------

    def with_upgrades(self, strengths: Mapping[str, float]) -> Self:
        """Return this plant with upgrades installed from the start; raises ParameterError for an unknown one."""
        upgraded = dataclasses.replace(
            self, installed=tuple((key, float(strength)) for key, strength in strengths.items())
        )
        upgraded.in_force(strengths)
        return upgraded

    def in_force(self, strengths: Mapping[str, float]) -> Self:
        """Return this plant with the parameters that hold with upgrades at `strengths`; raises ParameterError."""
        factors = combined((upgrade.changes, strength) for upgrade, strength in self._chosen(strengths))
        changed: dict[str, Any] = {name: self._parameter(name) * factor for name, factor in factors.items()}
        return dataclasses.replace(self, **changed) if changed else self

    def introduction_in_force(self, strengths: Mapping[str, float]) -> Introduction | None:
        """Return the introduction of a new product with upgrades at `strengths`; None where the plant has none."""
        plan = self.introduction()
        if plan is None:
            return None
        factors = combined((upgrade.introduction, strength) for upgrade, strength in self._chosen(strengths))
        for name in factors:
            if name not in NUMBERS:
                raise ParameterError(
                    f"plant {self.name}: introduction has no {name!r}; it has: {', '.join(NUMBERS)}"
                )
        changed = {name: getattr(plan, name) * factor for name, factor in factors.items()}
        return dataclasses.replace(plan, **changed)

    def _chosen(self, strengths: Mapping[str, float]) -> list[tuple[Upgrade, float]]:
        known = {upgrade.key: upgrade for upgrade in self.upgrades()}
        for key in strengths:
            if key not in known:
                raise ParameterError(
                    f"plant {self.name} has no upgrade {key!r}; it has: {', '.join(known) or 'none'}"
                )
        return [(known[key], strength) for key, strength in strengths.items()]

    def _parameter(self, name: str) -> float:
        if name not in self.parameters():
            raise ParameterError(
                f"plant {self.name}: an upgrade changes {name!r}, which is no parameter of it"
            )
        value: float = getattr(self, name)
        return value

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        """Build the line in `env`; draw every random number from `streams`. Called once per run."""
        raise NotImplementedError(f"plant {self.name or type(self).__name__} must implement build()")

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return what can be done to this plant: one Upgrade for each measure of the data sheet."""
        return ()

    def introduction(self) -> Introduction | None:
        """Return how a new product is introduced here; None where the data sheet does not say."""
        return None

    def targets(self) -> dict[str, float]:
        """Return the data sheet's line figures that `twin check` holds the simulation against.

        Keys: `availability`, `effectiveness`, `quality_ratio` (0..1), `specific_energy` (kWh per good product_unit),
        `defect_rate` (0..1).
        """
        return {}
