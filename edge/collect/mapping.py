"""The mapping file: what the variables of somebody else's OPC UA server are in a plant of our contract."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.path import path
from twin.model.state import Reason, State, category
from twin.model.tag import Kind, Limits, Tag

LINE = "line"
HEARTBEAT, CONNECTED = "power_on_duration", "source_connected"
# What the line shows of its pacing unit where it has no such tag of its own.
_OF_THE_PACING_UNIT = ("state", "reason", "prod_processed_count", "prod_defective_count", "ideal_cycle_time")
_NODE = re.compile(r"nsu=(?P<uri>[^;]+);(?P<rest>(?:s=.+|i=\d+|g=[0-9a-fA-F-]{36}|b=.+))")


class MappingError(ValueError):
    """A mapping file that cannot be used; the text names file, field, cause and remedy."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class TagMap(_Strict):
    """One tag: the variable `node` that it is read from, or its constant `value`.

    A number becomes `factor` times itself plus `offset`. `states` translates what a state variable says, as text, to
    a PackML state and a published reason.
    """

    name: str
    node: str = ""
    value: float | str | None = None
    kind: Kind | None = None
    unit: str = "1"
    low: float | None = None
    high: float | None = None
    lolo: float | None = None
    lo: float | None = None
    hi: float | None = None
    hihi: float | None = None
    deadband: float = 0.0
    factor: float = 1.0
    offset: float = 0.0
    states: dict[str, tuple[str, str]] = Field(default_factory=dict)
    description: str = ""

    @model_validator(mode="after")
    def _check(self) -> "TagMap":
        if bool(self.node) == (self.value is not None):
            raise ValueError(f"tag {self.name!r}: give `node` or a constant `value`, one of them")
        if self.node and not _NODE.fullmatch(self.node):
            raise ValueError(
                f"tag {self.name!r}: node {self.node!r} is not understood; write nsu=URI;s=NAME (or i=, g=, b=)"
            )
        if self.name in (HEARTBEAT, CONNECTED):
            raise ValueError(f"tag {self.name!r} is made by the edge; leave it out")
        if self.kind is None and not self.states:
            raise ValueError(f"tag {self.name!r}: kind is missing; one of {', '.join(Kind)}")
        if self.states and (self.name != "state" or self.kind not in (None, Kind.STATE)):
            raise ValueError(f"tag {self.name!r}: `states` belong to the tag `state` alone")
        for said, (state, reason) in self.states.items():
            if state not in State.__members__:
                raise ValueError(
                    f"states.{said}: {state!r} is no state; one of {', '.join(State.__members__)}"
                )
            if category(reason) not in Reason.ALL:
                raise ValueError(
                    f"states.{said}: {reason!r} is no reason; one of {', '.join(sorted(Reason.ALL))}"
                )
        if isinstance(self.value, str) != (self.value is not None and self.kind is Kind.TEXT):
            raise ValueError(f"tag {self.name!r}: a text is the value of kind text, a number of every other")
        self.declared()
        return self

    def declared(self) -> TagDeclaration:
        """Return the tag as the edge declares it; raises ValueError."""
        limits = Limits(lolo=self.lolo, lo=self.lo, hi=self.hi, hihi=self.hihi)
        return TagDeclaration.of(
            Tag(
                name=self.name, kind=self.kind or Kind.STATE, unit=self.unit, low=self.low, high=self.high,
                limits=limits, deadband=self.deadband, description=self.description,
            )
        )  # fmt: skip


class UnitMap(_Strict):
    """One unit: `kind` is a word for the mimic, `count_unit` what its counters count."""

    name: str
    title: str = ""
    kind: str = "machine"
    count_unit: str = "{piece}"
    tag: tuple[TagMap, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> "UnitMap":
        path(self.name)
        names = [tag.name for tag in self.tag]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"unit {self.name!r}: tag {twice[0]!r} is there twice")
        state = next((tag for tag in self.tag if tag.name == "state"), None)
        if state is not None and bool(state.states) == ("reason" in names):
            raise ValueError(
                f"unit {self.name!r}: a state needs a reason: translate both with `states`, or map a tag `reason`, "
                "not both"
            )
        return self

    def declared(self) -> tuple[TagDeclaration, ...]:
        """Return the unit's tags: those of the file, and the reason that `states` tell."""
        tags = [tag.declared() for tag in self.tag]
        if any(tag.states for tag in self.tag):
            tags.append(_own("reason", Kind.TEXT, "why the unit is in its state"))
        return tuple(tags)


class Mapping(_Strict):
    """A plant behind somebody else's server at `address`; `sampling_s` is asked of it for every variable."""

    plant: str
    title: str = ""
    industry: str = ""
    address: str
    user: str = ""
    enterprise: str = "demo"
    area: str = "area_1"
    line: str = "line_1"
    line_kind: str = Field(default="discrete", pattern="^(discrete|process)$")
    pacing: str
    product_unit: str = "{piece}"
    sampling_s: float = Field(default=1.0, ge=0.05, le=60.0)
    unit: tuple[UnitMap, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> "Mapping":
        parts = urlsplit(self.address)
        if parts.scheme != "opc.tcp" or not parts.hostname or parts.password or parts.username:
            raise ValueError(f"address {self.address!r} is no OPC UA address; write opc.tcp://HOST:PORT")
        path(self.line_path)
        names = [unit.name for unit in self.unit]
        if len(set(names)) != len(names):
            raise ValueError("a unit is there twice; name each once")
        if self.pacing not in names or self.pacing == LINE:
            raise ValueError(f"pacing {self.pacing!r} is no unit of the file; one of {', '.join(names)}")
        return self

    @property
    def line_path(self) -> str:
        """Path of the line: the plant is the site."""
        return f"{self.enterprise}/{self.plant}/{self.area}/{self.line}"

    def of_pacing(self) -> tuple[str, ...]:
        """Return the tags that the line shows of its pacing unit."""
        own = {tag.name for unit in self.unit if unit.name == LINE for tag in unit.declared()}
        pacing = next(unit for unit in self.unit if unit.name == self.pacing)
        told = {tag.name for tag in pacing.declared()}
        if "state" in own or "reason" in own:  # they explain each other
            own |= {"state", "reason"}
        return tuple(name for name in _OF_THE_PACING_UNIT if name in told and name not in own)

    def declare(self, epoch: int, start_ms: int) -> Declaration:
        """Return what the edge tells itself of the plant for one run of the link."""
        by_name = {unit.name: unit for unit in self.unit}
        pacing = by_name[self.pacing]
        line = by_name.pop(LINE, None)
        shown = {tag.name: tag for tag in pacing.declared()}
        tags = (
            *(line.declared() if line is not None else ()), *(shown[name] for name in self.of_pacing()),
            _own(HEARTBEAT, Kind.COUNT, "time since the edge began to collect, while the server answers", "s"),
            _own(CONNECTED, Kind.STATE, "1 while the server answers, 0 in a gap"),
        )  # fmt: skip
        units = [self._unit(LINE, line.title if line else self.title, "line", pacing.count_unit, tags)]
        units += [
            self._unit(unit.name, unit.title, unit.kind, unit.count_unit, unit.declared())
            for unit in by_name.values()
        ]
        return Declaration(
            plant=self.plant, title=self.title or self.plant, industry=self.industry, line_kind=self.line_kind,
            line_path=self.line_path, pacing=self.pacing, product_unit=self.product_unit, epoch=epoch,
            start_ms=start_ms, scan_s=1.0, seed=0, configuration={"source": self.address}, units=tuple(units),
            flows=(),
        )  # fmt: skip

    def _unit(
        self, name: str, title: str, kind: str, count_unit: str, tags: tuple[TagDeclaration, ...]
    ) -> UnitDeclaration:
        return UnitDeclaration(
            name=name, title=title or name, role=LINE if name == LINE else "unit", kind=kind,
            path=f"{self.line_path}/{name}", count_unit=count_unit, tags=tags,
        )  # fmt: skip

    def tags(self) -> Iterator[tuple[str, TagMap]]:
        """Return every mapped tag with the name of its unit."""
        for unit in self.unit:
            for tag in unit.tag:
                yield unit.name, tag


def _own(name: str, kind: Kind, description: str, unit: str = "1") -> TagDeclaration:
    return TagDeclaration.of(Tag(name=name, kind=kind, unit=unit, description=description))


def split_node(node: str) -> tuple[str, str]:
    """Return namespace URI and identifier (`s=…`) of a node that a mapping names.

    >>> split_node("nsu=urn:maker:line;s=Filler.Status")
    ('urn:maker:line', 's=Filler.Status')
    """
    found = _NODE.fullmatch(node)
    if found is None:
        raise ValueError(f"node {node!r} is not understood")
    return found["uri"], found["rest"]


def read_mapping(file: Path) -> Mapping:
    """Read and check a mapping file; raises MappingError."""
    try:
        raw: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MappingError(f"{file}: no such file; give --map an existing mapping file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"{file}: cannot be read ({error}); it is a TOML file in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{file}: not valid TOML: {error}; correct the file there") from None
    try:
        return Mapping.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = _place(raw, first["loc"])
        cause = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            cause = "unknown key; docs/mapping.md lists those that there are"
        elif first["type"] == "missing":
            cause = "this key is missing; add it"
        raise MappingError(f"{file}: {place + ': ' if place else ''}{cause}") from None


def _place(raw: Any, loc: tuple[int | str, ...]) -> str:
    """Return where in the file something is wrong, with names where the file has them.

    >>> _place({"unit": [{"name": "filler"}]}, ("unit", 0, "colour"))
    'unit filler, colour'
    """
    words: list[str] = []
    for step in loc:
        if isinstance(step, int):
            raw = raw[step] if isinstance(raw, list) and step < len(raw) else None
            name = raw.get("name") if isinstance(raw, dict) else None
            words[-1] += f" {name or step + 1}"
        else:
            raw = raw.get(step) if isinstance(raw, dict) else None
            words.append(step)
    return ", ".join(words)
