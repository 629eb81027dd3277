"""The one table from (state, reason, calendar) to the ISO 22400-2 time element and to the loss that it is."""

from dataclasses import dataclass
from enum import StrEnum

from twin.model.state import Reason, State


class Element(StrEnum):
    """Time elements that add up to the planned busy time (PBT); names are those of the tally."""

    PRODUCTION = "actual_production_time"  # APT
    SETUP = "actual_unit_setup_time"  # AUST
    DELAY = "actual_unit_delay_time"  # ADET
    DOWN = "actual_unit_down_time"  # ADOT
    UNKNOWN = "unknown_time"  # nobody told the state: never APT


ABBREVIATION = {
    Element.PRODUCTION: "APT",
    Element.SETUP: "AUST",
    Element.DELAY: "ADET",
    Element.DOWN: "ADOT",
    Element.UNKNOWN: "unknown",
}


class Loss(StrEnum):
    """Where lost time belongs: the six big losses, and two that are none of them but must not vanish."""

    NONE = ""
    BREAKDOWNS = "breakdowns"
    SETUP = "setup_and_adjustment"
    IDLING = "idling_and_minor_stops"
    SPEED = "reduced_speed"
    DEFECTS = "process_defects"
    STARTUP = "startup_rejects"
    OTHER = "other_downtime"
    UNKNOWN = "unknown"


# Not a published reason: the share of capacity that is out of service while the rest executes.
OUT_OF_SERVICE = "out_of_service"

# Categories whose beginning is a failure (MTBF, MTTR).
FAILING = frozenset({Reason.FAILURE, Reason.TOOLING, Reason.UPSET})


@dataclass(frozen=True, slots=True)
class Rule:
    """Inside planned busy time, `category` in one of `states` (empty: any other) is `element` and counts as `loss`."""

    category: str
    states: tuple[State, ...]
    element: Element
    loss: Loss
    why: str


RULES = (
    Rule(Reason.PRODUCTION, (State.EXECUTE,), Element.PRODUCTION, Loss.NONE,
         "times `capacity`; the remainder is `out_of_service`"),
    Rule(Reason.PRODUCTION, (), Element.DELAY, Loss.IDLING, "between cycles: ordered, able, not executing"),
    Rule(Reason.MICRO_STOP, (), Element.PRODUCTION, Loss.IDLING, "minor stops are a performance loss"),
    Rule(Reason.CHANGEOVER, (), Element.SETUP, Loss.SETUP, "set-up for the next order"),
    Rule(Reason.STARVED, (), Element.DELAY, Loss.IDLING, "nothing to work on"),
    Rule(Reason.BLOCKED, (), Element.DELAY, Loss.IDLING, "no room for the finished piece"),
    Rule(Reason.WAITING, (), Element.DELAY, Loss.IDLING, "material, rack, operator or utility missing"),
    Rule(Reason.QUALITY, (), Element.DELAY, Loss.IDLING, "stopped to judge or correct quality"),
    Rule(Reason.FAILURE, (), Element.DOWN, Loss.BREAKDOWNS, "equipment failure until repaired"),
    Rule(Reason.TOOLING, (), Element.DOWN, Loss.BREAKDOWNS, "tool or die event until cleared"),
    Rule(Reason.UPSET, (), Element.DOWN, Loss.BREAKDOWNS, "process upset or trip"),
    Rule(OUT_OF_SERVICE, (), Element.DOWN, Loss.BREAKDOWNS, "capacity out of service while the rest executes"),
    Rule(Reason.NO_ORDER, (), Element.DOWN, Loss.OTHER, "planned to be busy, nothing ordered"),
    Rule(Reason.MAINTENANCE, (), Element.DOWN, Loss.OTHER, "maintenance inside planned time"),
    Rule(Reason.BREAK, (), Element.DOWN, Loss.OTHER, "still on a break though planned to be busy"),
    Rule(Reason.NOT_SCHEDULED, (), Element.DOWN, Loss.OTHER, "not started though planned to be busy"),
)  # fmt: skip

_BY_STATE = {(state, rule.category): rule.element for rule in RULES for state in rule.states}
_BY_CATEGORY = {rule.category: rule.element for rule in RULES if not rule.states}


def element(state: int, category: str) -> Element:
    """Return the time element of `state` (PackML number) for `category` inside planned busy time.

    What nobody told (state 0) and categories that the contract does not know are `unknown_time`, never APT.

    >>> element(State.EXECUTE, "production").value
    'actual_production_time'
    >>> element(State.EXECUTE, "dancing").value
    'unknown_time'
    """
    if state == 0:
        return Element.UNKNOWN
    found = _BY_STATE.get((State(state), category)) if 1 <= state <= 17 else None
    return found or _BY_CATEGORY.get(category, Element.UNKNOWN)


def table() -> str:
    """Return the rules as the Markdown table of docs/kpi.md."""
    lines = ["| reason | state | time element | loss | why |", "|---|---|---|---|---|"]
    for rule in RULES:
        states = ", ".join(state.name for state in rule.states)
        other = "other than EXECUTE" if rule.category == Reason.PRODUCTION else "any"
        lines.append(
            f"| `{rule.category}` | {states or other} | {ABBREVIATION[rule.element]} "
            f"| {rule.loss or '-'} | {rule.why} |"
        )
    lines += [
        "| any other, or no state told | any | unknown | unknown | an unlogged remainder is never APT |",
        "| any | any, while `planned_busy` is 0 | none | - | outside PBT; counts, energy and costs go on |",
    ]
    return "\n".join(lines)
