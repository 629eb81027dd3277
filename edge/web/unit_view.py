"""What one unit looks like now: state as style, shape and words, its main value, its worst alarm."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from edge.api.query import display_unit
from twin.model.declaration import Declaration, FlowDeclaration, TagDeclaration, UnitDeclaration
from twin.model.frame import Sample
from twin.model.state import Reason, State, category
from twin.model.tag import Kind

# Styles: `run` is normal and grey; colour is for what somebody may have to act on (ISA-101).
_STYLE_OF_STATE = {
    State.EXECUTE: "run",
    State.STARTING: "run",
    State.COMPLETING: "run",
    State.COMPLETE: "off",
    State.IDLE: "off",
    State.STOPPED: "off",
    State.STOPPING: "off",
    State.CLEARING: "off",
    State.RESETTING: "setup",
    State.SUSPENDED: "pause",
    State.SUSPENDING: "pause",
    State.UNSUSPENDING: "pause",
    State.HELD: "warn",
    State.HOLDING: "warn",
    State.UNHOLDING: "warn",
    State.ABORTED: "fault",
    State.ABORTING: "fault",
}
# Shapes in a square of 16: colour is never the only sign.
GLYPHS = {
    "run": "M3 2 L14 8 L3 14 Z",
    "pause": "M3 2 H6.5 V14 H3 Z M9.5 2 H13 V14 H9.5 Z",
    "setup": "M2 2 H14 V14 H2 Z M5 5 V11 H11 V5 Z",
    "warn": "M8 0.5 L15.5 8 L8 15.5 L0.5 8 Z",
    "fault": "M8 0.5 L16 15 H0 Z M7 5 V10 H9 V5 Z M7 11.5 V13.5 H9 V11.5 Z",
    "off": "M8 1 A7 7 0 1 0 8 15 A7 7 0 1 0 8 1 Z M8 3.5 A4.5 4.5 0 1 1 8 12.5 A4.5 4.5 0 1 1 8 3.5 Z",
    "unknown": "M2 7 H14 V9 H2 Z",
}


VALUE_LENGTH = 26  # characters that fit into a box below its name
THIN = "\u202f"  # narrow space between thousands


@dataclass(frozen=True, slots=True)
class UnitView:
    """One unit as it is drawn. `alarm` is "", LO, HI, LOLO or HIHI; `severity` "", warning or critical."""

    name: str
    style: str
    word: str
    value: str
    alarm: str = ""
    severity: str = ""

    @property
    def glyph(self) -> str:
        """The path of the state's shape."""
        return GLYPHS[self.style]

    def of_before(self) -> "UnitView":
        """Return the view of a unit of which nothing was heard lately: neither its colour nor its shape is of now."""
        return replace(self, style="unknown", word=f"Stale, was {self.word[:1].lower()}{self.word[1:]}")

    def spoken(self, title: str) -> str:
        """Return the text for those who do not see the picture."""
        parts = [title, self.word, self.value, f"{self.alarm}: alarm" if self.alarm else ""]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class BufferView:
    """The stock on one flow: `level` of `capacity` in `unit`, None while unknown."""

    level: float | None
    capacity: float
    unit: str = ""

    @property
    def share(self) -> float:
        """How full it is, 0..1."""
        return min(1.0, max(0.0, (self.level or 0.0) / self.capacity)) if self.capacity > 0 else 0.0


@dataclass(frozen=True, slots=True)
class MimicView:
    """Everything on a mimic that changes."""

    units: Mapping[str, UnitView]
    buffers: Mapping[int, BufferView]


@lru_cache(maxsize=4096)  # a range of days asks for the same few, thousands of times
def state_words(state: int | None, reason: str) -> tuple[str, str]:
    """Return (style, words) of a PackML state and its published reason.

    >>> state_words(9, "failure:op20")
    ('fault', 'Failure op20')
    >>> state_words(6, "production")
    ('run', 'Execute')
    """
    if state is None:
        return "unknown", "No data yet"
    known = State(state)
    style = _STYLE_OF_STATE[known]
    if known is State.EXECUTE:
        return style, "Execute"
    if category(reason) == Reason.MAINTENANCE:
        style = "setup"
    cause, _, detail = reason.partition(":")
    words = " ".join(part for part in (cause.replace("_", " "), detail.replace("_", " ")) if part)
    return style, words[:1].upper() + words[1:] if words else known.name.capitalize()


def number(value: float, unit: str = "") -> str:
    """Write a number with at most four significant places and its unit of measure.

    >>> number(12345.678, "kWh"), number(0.01234), number(12.0, "pcs"), number(-52.25, "kPa")
    ('12\u202f346 kWh', '0.01234', '12 pcs', '−52.25 kPa')
    """
    if value != value:
        return "–"
    whole = abs(value) >= 1000 or value == int(value)
    return _typeset(f"{value:,.0f}" if whole else f"{value:.4g}", unit)


def reading(tag: TagDeclaration, value: float) -> str:
    """Write a measured value as fine as half its deadband is, so that digits which mean nothing do not flicker.

    With a deadband of 0.05 % a value of 7.8123 % is written 7.81 %.
    """
    if tag.kind is not Kind.MEASURE or tag.deadband <= 0 or value != value:
        return number(value, display_unit(tag.unit))
    most = 3 - math.floor(math.log10(abs(value))) if value else 3
    decimals = max(0, min(-math.floor(math.log10(tag.deadband / 2)), most, 4))
    return _typeset(f"{round(value, decimals) + 0.0:,.{decimals}f}", display_unit(tag.unit))


def _typeset(text: str, unit: str) -> str:
    return f"{text.replace(',', THIN).replace('-', '−')} {unit}".strip()


def alarm_of(tag: TagDeclaration, value: float) -> tuple[str, str]:
    """Return (word, severity) of a value against its tag's limits, ("", "") inside them."""
    if tag.hihi is not None and value > tag.hihi:
        return "HIHI", "critical"
    if tag.lolo is not None and value < tag.lolo:
        return "LOLO", "critical"
    if tag.hi is not None and value > tag.hi:
        return "HI", "warning"
    if tag.lo is not None and value < tag.lo:
        return "LO", "warning"
    return "", ""


def tag_words(tag: TagDeclaration, *, full: bool = False) -> str:
    """Return what a list of tags calls one: its name, `full` with its description.

    A switch of a fault or an upgrade is called by its description alone, which names that fault or upgrade.
    """
    name = tag.name.replace("_", " ")
    if tag.name.startswith(("fault_", "upgrade_")) and tag.description:
        return tag.description
    return f"{name} · {tag.description}" if full and tag.description else name


def main_tag(unit: UnitDeclaration) -> TagDeclaration | None:
    """Return the tag that says most of a unit: a measure with limits, else its count, else any measure."""
    measures = [tag for tag in unit.tags if tag.kind is Kind.MEASURE]
    own = [tag for tag in measures if not tag.name.startswith("power_")]
    limited = [tag for tag in own if _limited(tag)]
    counts = [tag for tag in unit.tags if tag.name == "prod_processed_count"]
    return next(iter(limited + counts + own + measures), None)


def telling_tag(declaration: Declaration) -> tuple[str, str] | None:
    """Return (unit, tag) of the measure that tells most of a line: one with limits of the unit that sets the pace.

    Where the line itself sets the pace: of the first unit of the kind that does the work, which is the commonest
    kind in the flows.
    """
    measured = {
        unit.name: tag.name
        for unit in declaration.units
        if unit.role != "line" and (tag := main_tag(unit)) is not None and _limited(tag)
    }
    if declaration.pacing in measured:
        return declaration.pacing, measured[declaration.pacing]
    touched = {end for flow in declaration.flows for end in (flow.source, flow.target)}
    working = [unit for unit in declaration.units if unit.name in measured and unit.name in touched]
    kinds = Counter(unit.kind for unit in working)
    if working:
        best = max(working, key=lambda unit: kinds[unit.kind])
        return best.name, measured[best.name]
    return next(iter(measured.items()), None)


def _limited(tag: TagDeclaration) -> bool:
    return tag.kind is Kind.MEASURE and any(
        limit is not None for limit in (tag.lolo, tag.lo, tag.hi, tag.hihi)
    )


def _short(name: str) -> str:
    """Return a tag's name as words before its value.

    >>> _short("prod_processed_count"), _short("bath_level"), _short("power_natural_gas")
    ('Made', 'Bath level', 'Natural gas')
    """
    plain = name.removeprefix("power_").replace("_", " ").capitalize()
    return "Made" if name == "prod_processed_count" else plain


def _named(name: str, written: str) -> str:
    """Return a value behind its name; a name too long for the box gives way, never the value.

    >>> _named("Coil outlet temperature", "840.2 °C"), _named("Voltage", "4.01 V")
    ('Coil outlet temp… 840.2 °C', 'Voltage 4.01 V')
    """
    room = VALUE_LENGTH - len(written) - 1
    return f"{name if len(name) <= room else name[: max(1, room - 1)].rstrip() + '…'} {written}"


def unit_view(unit: UnitDeclaration, latest: Mapping[str, Sample]) -> UnitView:
    """Read one unit's view from the newest samples."""
    state = latest.get(f"{unit.path}/state")
    reason = latest.get(f"{unit.path}/reason")
    style, word = state_words(
        None if state is None else int(float(state.value)), "" if reason is None else str(reason.value)
    )
    value, alarm, severity = "", "", ""
    shown = main_tag(unit)
    if shown is not None and (sample := latest.get(f"{unit.path}/{shown.name}")) is not None:
        value = _named(_short(shown.name), reading(shown, float(sample.value)))
    for tag in unit.tags:
        sample = latest.get(f"{unit.path}/{tag.name}")
        if sample is None or tag.kind is not Kind.MEASURE:
            continue
        found = alarm_of(tag, float(sample.value))
        if found[1] == "critical" or (found[1] and not severity):
            alarm, severity = f"{found[0]} {tag.name.replace('_', ' ')}", found[1]
    return UnitView(unit.name, style, word, value, alarm, severity)


def buffer_view(declaration: Declaration, flow: FlowDeclaration, latest: Mapping[str, Sample]) -> BufferView:
    """Read the stock on a flow."""
    sample = latest.get(f"{declaration.line_path}/{flow.buffer}")
    unit = next(
        (
            tag.unit
            for one in declaration.units
            for tag in one.tags
            if f"{one.name}/{tag.name}" == flow.buffer
        ),
        "",
    )
    return BufferView(None if sample is None else float(sample.value), flow.capacity, display_unit(unit))


def mimic_view(declaration: Declaration, latest: Mapping[str, Sample], *, stale: bool = False) -> MimicView:
    """Read the whole line's view from the newest samples (path -> sample); `stale`: nothing of it may be of now."""
    units = {unit.name: unit_view(unit, latest) for unit in declaration.units if unit.role != "line"}
    return MimicView(
        {name: view.of_before() if stale else view for name, view in units.items()},
        {
            place: buffer_view(declaration, flow, latest)
            for place, flow in enumerate(declaration.flows)
            if flow.buffer
        },
    )
