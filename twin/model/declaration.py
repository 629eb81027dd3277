"""The declaration: what a plant tells the edge about itself before its first frame."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from twin.model.frame import Frame
from twin.model.loop import Loop
from twin.model.tag import Kind, Tag
from twin.model.upgrade import Change, Upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDeclaration:
    """A tag as others see it; fields as in Tag."""

    name: str
    kind: Kind
    unit: str
    low: float | None
    high: float | None
    lolo: float | None
    lo: float | None
    hi: float | None
    hihi: float | None
    deadband: float
    writable: bool
    description: str

    @classmethod
    def of(cls, tag: Tag) -> "TagDeclaration":
        """Declare `tag`."""
        limits = tag.limits
        return cls(
            name=tag.name, kind=tag.kind, unit=tag.unit, low=tag.low, high=tag.high, lolo=limits.lolo, lo=limits.lo,
            hi=limits.hi, hihi=limits.hihi, deadband=tag.deadband, writable=tag.write is not None,
            description=tag.description,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDeclaration:
    """A unit as others see it. `role` is `line` or `unit`; `kind` a word for the mimic (`press`, `vessel`, …)."""

    name: str
    title: str
    role: str
    kind: str
    path: str
    count_unit: str
    tags: tuple[TagDeclaration, ...]

    @property
    def tag_names(self) -> tuple[str, ...]:
        """Tag names in the order that frames index."""
        return tuple(tag.name for tag in self.tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDeclaration:
    """A flow between two units by name; fields as in Flow."""

    source: str
    target: str
    label: str
    buffer: str
    capacity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectDeclaration:
    """What a fault is expected to do; fields as in Effect."""

    subject: str
    change: float
    begin: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDeclaration:
    """A fault that can be injected: written 1, `tag` of `unit` lets it strike, written 0 it is mended."""

    unit: str
    key: str
    tag: str
    title: str
    mechanism: str
    effects: tuple[EffectDeclaration, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeDeclaration:
    """An upgrade as others see it: `tag` of the line's unit switches it, `tag`_effect tells how far it is in effect.

    `live` is whether it can be switched while the plant runs. Other fields as in Upgrade; `ramp` in months.
    """

    key: str
    tag: str
    title: str
    paradigm: str
    function: str
    mechanism: str
    changes: tuple[Change, ...]
    loops: tuple[Loop, ...]
    one_off: float
    running: float
    ramp: float
    source: str
    live: bool

    @classmethod
    def of(cls, upgrade: Upgrade, *, live: bool) -> "UpgradeDeclaration":
        """Declare `upgrade`."""
        return cls(
            key=upgrade.key, tag=upgrade.switch, title=upgrade.title, paradigm=upgrade.paradigm.value,
            function=upgrade.function.value, mechanism=upgrade.mechanism, changes=upgrade.changes, loops=upgrade.loops,
            one_off=upgrade.one_off, running=upgrade.running, ramp=upgrade.ramp, source=upgrade.source, live=live,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A plant as others see it, for one epoch. `units[0]` is the line's own unit; `model` names what kind it is.

    `targets` are the line figures of its data sheet by name (see `Plant.targets`), empty where it states none.
    """

    plant: str
    title: str
    industry: str
    line_kind: str
    line_path: str
    pacing: str
    product_unit: str
    epoch: int
    start_ms: int
    scan_s: float
    seed: int
    configuration: dict[str, Any]
    units: tuple[UnitDeclaration, ...]
    flows: tuple[FlowDeclaration, ...]
    faults: tuple[FaultDeclaration, ...] = ()
    upgrades: tuple[UpgradeDeclaration, ...] = ()
    model: str = ""
    targets: dict[str, float] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[str, ...]:
        """Unit paths in the order that packed frames index."""
        return tuple(unit.path for unit in self.units)

    def unit(self, name: str) -> UnitDeclaration:
        """Return the unit called `name`; raises KeyError."""
        for unit in self.units:
            if unit.name == name:
                return unit
        raise KeyError(name)

    def writable_ranges(self) -> dict[str, tuple[float, float]]:
        """Return the engineering range of every writable tag, by its full path."""
        return {
            f"{unit.path}/{tag.name}": (tag.low, tag.high)
            for unit in self.units
            for tag in unit.tags
            if tag.writable and tag.low is not None and tag.high is not None
        }

    def samples(self, frame: Frame) -> list[Any]:
        """Return a frame's samples with their paths."""
        unit = self.units[self.sources.index(frame.source)]
        return list(frame.samples(unit.tag_names))

    def to_json(self) -> str:
        """Serialise; `from_json` is the inverse."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> "Declaration":
        """Read what `to_json` wrote; raises ValueError that says what is wrong."""
        try:
            raw = json.loads(text)
            units = tuple(
                UnitDeclaration(
                    **{
                        **unit,
                        "tags": tuple(
                            TagDeclaration(**{**tag, "kind": Kind(tag["kind"])}) for tag in unit["tags"]
                        ),
                    }
                )
                for unit in raw["units"]
            )
            flows = tuple(FlowDeclaration(**flow) for flow in raw["flows"])
            faults = tuple(
                FaultDeclaration(
                    **{**fault, "effects": tuple(EffectDeclaration(**effect) for effect in fault["effects"])}
                )
                for fault in raw.get("faults", ())
            )
            upgrades = tuple(
                UpgradeDeclaration(
                    **{
                        **upgrade,
                        "changes": tuple(Change(**change) for change in upgrade["changes"]),
                        "loops": tuple(Loop(**loop) for loop in upgrade["loops"]),
                    }
                )
                for upgrade in raw.get("upgrades", ())
            )
            return cls(**{**raw, "units": units, "flows": flows, "faults": faults, "upgrades": upgrades})
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a plant declaration: {error}") from error
