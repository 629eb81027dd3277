"""The plan of a run: which faults hit whom, when, for how long; the same seed gives the same plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

OPCUA, SPARKPLUG = "busy_opcua", "busy_mqtt"
PLANTS = (OPCUA, SPARKPLUG)
EDGE, BROKER = "edge", "broker"
# Links by name; the plant and the edge reach the broker each over a proxy of their own.
OPCUA_LINK, EDGE_LINK, PLANT_LINK = "edge-opcua", "edge-mqtt", "plant-mqtt"
LINKS = (OPCUA_LINK, EDGE_LINK, PLANT_LINK)
EDGE_POINTS = (
    "before_outbox_commit", "after_outbox_commit", "after_acknowledge", "before_store_commit", "after_store_commit",
    "after_outbox_delete",
)  # fmt: skip
PLANT_POINTS = ("before_journal_commit", "after_journal_commit", "before_prune", "after_prune")
PROCESS_FAULTS = frozenset({"kill", "crash", "pause", "outbox"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `kind`, `target` (process, link, or disk), how long, and what more its kind needs to know.

    `gap_s` lies between the beginning of the one before in the same group and this one's.
    """

    kind: str
    target: str
    seconds: float = 0.0
    detail: str = ""
    amount: float = 0.0
    gap_s: float = 0.0

    @property
    def subject(self) -> str:
        """What no two faults can have at once: a process, else one property of the target."""
        return self.target if self.kind in PROCESS_FAULTS else f"{self.kind} {self.target}"

    def __str__(self) -> str:
        more = f" {self.detail}" if self.detail else ""
        return f"{self.kind}{more} {self.target} {self.seconds:.1f} s"


Group = tuple[Fault, ...]


def uniform(draws: np.random.Generator, low: float, high: float) -> float:
    """Draw a number, rounded so that a printed plan is the plan."""
    return round(float(draws.uniform(low, high)), 2)


def pick(draws: np.random.Generator, choices: Sequence[str]) -> str:
    """Draw one of `choices`."""
    return choices[int(draws.integers(len(choices)))]


def kill(draws: np.random.Generator) -> Fault:
    """Kill -9 a process; it is started again after a moment."""
    target = pick(draws, (EDGE, EDGE, EDGE, BROKER, BROKER, *PLANTS))
    return Fault("kill", target, uniform(draws, 0.0, 1.5))


def crash(draws: np.random.Generator) -> Fault:
    """Let a process die at a named place, at one of its next passages."""
    target = pick(draws, (EDGE, EDGE, *PLANTS))
    point = pick(draws, EDGE_POINTS if target == EDGE else PLANT_POINTS)
    return Fault("crash", target, 0.0, f"{point}:{draws.integers(1, 4)}")


def crash_before_commit(_draws: np.random.Generator) -> Fault:
    """Let the edge die when it has received something and has not yet committed it."""
    return Fault("crash", EDGE, 0.0, "before_outbox_commit")


def pause(draws: np.random.Generator) -> Fault:
    """Stop a process and let it go on."""
    return Fault("pause", pick(draws, (EDGE, BROKER, *PLANTS)), uniform(draws, 1.0, 8.0))


def cut(draws: np.random.Generator) -> Fault:
    """Reset a link's connections."""
    return Fault("cut", pick(draws, LINKS))


def refuse(draws: np.random.Generator) -> Fault:
    """Reset a link's connections, and every new one for a while."""
    return Fault("refuse", pick(draws, LINKS), uniform(draws, 0.2, 3.0))


def swallow(draws: np.random.Generator) -> Fault:
    """Let a link swallow everything without a sign."""
    return Fault("swallow", pick(draws, LINKS), uniform(draws, 2.0, 12.0))


def slow(draws: np.random.Generator) -> Fault:
    """Let a link carry a few tens of kilobytes a second."""
    rate = uniform(draws, 20_000.0, 80_000.0)
    return Fault("slow", pick(draws, LINKS), uniform(draws, 2.0, 6.0), amount=rate)


def shuffle(draws: np.random.Generator) -> Fault:
    """Repeat and shuffle what the broker delivers."""
    return Fault("shuffle", pick(draws, (EDGE_LINK, PLANT_LINK)), uniform(draws, 3.0, 8.0))


def clock(draws: np.random.Generator) -> Fault:
    """Step the wall clock of a process and put it right again; what a plant then owes must stay affordable."""
    target = pick(draws, (EDGE, *PLANTS))
    step = float(draws.choice([-3600.0, 3600.0, -1.0] if target == EDGE else [-3600.0, -30.0, 20.0, -1.0]))
    return Fault("clock", target, uniform(draws, 1.0, 4.0), amount=step)


def disk_full(draws: np.random.Generator) -> Fault:
    """Fill the disk of the edge or of the plants."""
    return Fault("disk_full", pick(draws, (EDGE, "plants")), uniform(draws, 2.0, 6.0))


# kind: how many of a hundred. Kills and crash points are the half; disk and clock are few, each is long.
MIX: tuple[tuple[Callable[[np.random.Generator], Fault], int], ...] = (
    (kill, 30), (crash, 22), (pause, 7), (cut, 14), (refuse, 5), (swallow, 7), (slow, 3), (shuffle, 4), (clock, 4),
    (disk_full, 4),
)  # fmt: skip


def connection_faults(count: int, draws: np.random.Generator) -> list[Group]:
    """Plan faults of the OPC UA connection alone, each by itself: cut, refused, swallowed, server restarted."""
    kinds = ("cut", "cut", "refuse", "swallow", "kill")
    groups = []
    for _ in range(count):
        kind = pick(draws, kinds)
        seconds = {"cut": 0.0, "refuse": uniform(draws, 0.2, 1.5), "swallow": uniform(draws, 0.5, 7.0)}
        target = OPCUA if kind == "kill" else OPCUA_LINK
        groups.append((Fault(kind, target, seconds.get(kind, 0.0)),))
    return groups


def damages(count: int, draws: np.random.Generator) -> list[Group]:
    """Plan `count` damages of an outbox that holds something: a bit turned, or the end cut off."""
    return [
        (Fault("outbox", EDGE, 0.0, pick(draws, ("flip", "cut_off")), amount=uniform(draws, 0.0, 1.0)),)
        for _ in range(count)
    ]


def mixed_faults(
    count: int, draws: np.random.Generator, left_out: frozenset[str], only: frozenset[str] = frozenset()
) -> list[Group]:
    """Plan `count` faults: half of them alone, so that recovery can be timed, half in bursts of two to four.

    In a burst the next fault comes while the one before is still there or is being recovered from. `left_out`
    kinds do not occur; where `only` is not empty, others than these do not either.
    """
    offered = (*MIX, (crash_before_commit, 1)) if only else MIX
    makers = [
        (make, share)
        for make, share in offered
        if make.__name__ not in left_out and (not only or make.__name__ in only)
    ]
    if not makers:
        known = ", ".join(make.__name__ for make, _ in MIX)
        raise ValueError(f"--only {','.join(sorted(only))}: no fault left to choose from; kinds: {known}")
    shares = np.array([share for _, share in makers], float)
    deck = _deck(count, shares / shares.sum())
    draws.shuffle(deck)
    faults = [makers[place][0](draws) for place in deck]
    groups: list[Group] = []
    while faults:
        size = 1 if draws.random() < 0.7 else int(draws.integers(2, 5))
        burst, faults = faults[:size], faults[size:]
        groups.append(tuple(_later(fault, uniform(draws, 0.1, 3.0)) for fault in burst))
    return groups


def _deck(count: int, shares: np.ndarray) -> np.ndarray:
    """Return kinds by number so that each has its share, as near as whole numbers allow."""
    ends = np.round(np.cumsum(shares) * count).astype(int)
    return np.repeat(np.arange(len(shares)), np.diff(ends, prepend=0))


def _later(fault: Fault, gap_s: float) -> Fault:
    return Fault(fault.kind, fault.target, fault.seconds, fault.detail, fault.amount, gap_s)
