"""The plug-in: a plant is one class in one file, its parameters are its data sheet."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, get_args, get_origin, get_type_hints

import simpy

from twin.model.line import Line
from twin.model.streams import Streams


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

    The class docstring is the data sheet. Subclasses set the class variables and implement `build`.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    industry: ClassVar[str] = ""
    area: ClassVar[str] = "area_1"
    line: ClassVar[str] = "line_1"
    product_unit: ClassVar[str] = "{piece}"

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
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        """Build the line in `env`; draw every random number from `streams`. Called once per run."""
        raise NotImplementedError(f"plant {self.name or type(self).__name__} must implement build()")

    def targets(self) -> dict[str, float]:
        """Return the data sheet's line figures that `twin check` holds the simulation against.

        Keys: `availability`, `effectiveness`, `quality_ratio` (0..1), `specific_energy` (kWh per good product_unit),
        `defect_rate` (0..1).
        """
        return {}
