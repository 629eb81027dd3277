"""How each kind of fault is done: a generator that begins it, yields what to wait for, then ends it."""

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faultbox import disk
from tests.faultbox.plan import EDGE, Fault
from tests.faultbox.proxy import PASS, REFUSE, SHUFFLE, SLOW, SWALLOW
from tests.faultbox.site import Site

Condition = Callable[[], bool]
_REACHED_WITHIN_S = 30.0
_CRASHED = 137


@dataclass(slots=True)
class Tally:
    """What faults brought that recovery times do not show."""

    crashes_reached: int = 0
    crashes_missed: list[str] = field(default_factory=list)
    degraded_after_s: list[float] = field(
        default_factory=list
    )  # a full disk of the edge until /readyz says so
    never_degraded: int = 0


def after(seconds: float) -> Condition:
    """Hold once `seconds` have passed."""
    due = time.monotonic() + seconds
    return lambda: time.monotonic() >= due


def inject(site: Site, fault: Fault, tally: Tally) -> Iterator[Condition]:
    """Do a fault, condition by condition."""
    return _KINDS[fault.kind](site, fault, tally)


def _kill(site: Site, fault: Fault, _tally: Tally) -> Iterator[Condition]:
    site.kill(fault.target)
    yield after(fault.seconds)
    site.children[fault.target].start()


def _crash(site: Site, fault: Fault, tally: Tally) -> Iterator[Condition]:
    yield from _crash_only(site, fault, tally)
    site.children[fault.target].start()


def _crash_only(site: Site, fault: Fault, tally: Tally) -> Iterator[Condition]:
    child = site.children[fault.target]
    site.kill(fault.target)
    child.environment["CRASH_AT"] = fault.detail
    try:
        child.start()
    finally:
        del child.environment["CRASH_AT"]
    due = after(_REACHED_WITHIN_S)
    yield lambda: site.ended(fault.target) is not None or due()
    if site.ended(fault.target) == _CRASHED:
        tally.crashes_reached += 1
    else:
        tally.crashes_missed.append(f"{fault.target} {fault.detail}")
        site.kill(fault.target)


def _pause(site: Site, fault: Fault, _tally: Tally) -> Iterator[Condition]:
    site.signal(fault.target, signal.SIGSTOP)
    yield after(fault.seconds)
    site.signal(fault.target, signal.SIGCONT)


def _cut(site: Site, fault: Fault, _tally: Tally) -> Iterator[Condition]:
    site.links.cut(fault.target)
    yield after(0.0)


def _refuse(site: Site, fault: Fault, _tally: Tally) -> Iterator[Condition]:
    site.links.set(fault.target, REFUSE)
    site.links.cut(fault.target)
    yield after(fault.seconds)
    site.links.set(fault.target, PASS)


def _mode(mode: str) -> Callable[[Site, Fault, Tally], Iterator[Condition]]:
    def change(site: Site, fault: Fault, _tally: Tally) -> Iterator[Condition]:
        site.links.set(fault.target, mode, fault.amount)
        yield after(fault.seconds)
        site.links.set(fault.target, PASS)

    return change


def _clock(site: Site, fault: Fault, _tally: Tally) -> Iterator[Condition]:
    file = site.clocks / fault.target
    file.write_text(str(round(fault.amount * 1000)))
    yield after(fault.seconds)
    file.write_text("0")


def _disk_full(site: Site, fault: Fault, tally: Tally) -> Iterator[Condition]:
    folder = site.edge_data if fault.target == EDGE else site.plants_data
    begin = time.monotonic()
    disk.fill(folder)
    over = after(fault.seconds)
    noticed: list[float] = []

    def look() -> bool:
        if fault.target == EDGE and not noticed and not site.ready():
            noticed.append(time.monotonic() - begin)
        return over()

    yield look
    disk.relieve(folder)
    tally.degraded_after_s += noticed
    tally.never_degraded += fault.target == EDGE and not noticed


def _damage(site: Site, fault: Fault, tally: Tally) -> Iterator[Condition]:
    """Let the edge die with something in its outbox, damage the file, start it again."""
    yield from _crash_only(site, Fault("crash", EDGE, 0.0, "before_store_commit"), tally)
    harm(site.edge_data / "outbox.sqlite", fault.detail, fault.amount)
    site.children[EDGE].start()


def harm(outbox: Path, how: str, place: float) -> None:
    """Turn a bit at `place` (0..1) of file and write-ahead log taken together, or cut off what follows it."""
    files = [file for file in (outbox, outbox.with_name(f"{outbox.name}-wal")) if file.exists()]
    offset = int(place * (sum(file.stat().st_size for file in files) - 1))
    for file in files:
        data = bytearray(file.read_bytes())
        if offset < len(data):
            if how == "flip":
                data[offset] ^= 1 << (offset % 8)
            else:
                del data[offset:]
            file.write_bytes(data)
            return
        offset -= len(data)


_KINDS: dict[str, Callable[[Site, Fault, Tally], Iterator[Condition]]] = {
    "kill": _kill, "crash": _crash, "pause": _pause, "cut": _cut, "refuse": _refuse, "swallow": _mode(SWALLOW),
    "slow": _mode(SLOW), "shuffle": _mode(SHUFFLE), "clock": _clock, "disk_full": _disk_full, "outbox": _damage,
}  # fmt: skip
