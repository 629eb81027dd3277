"""Ten times the usual load on little memory: `python -m tests.faultbox.overload`; what is dropped must be told.

The usual load is that of the fault box's long form, 1,000 samples a second of two plants. While they offer ten times as
much, one link carries little for a while, then the other nothing, and each plant's journal holds little: entries are
dropped. Every one of them must be counted by its reason, at `/metrics`, on the health page and in the balance.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.faultbox.launch import BREAKS, dropped
from tests.faultbox.memory import MemoryBound, Peak
from tests.faultbox.oracle import Account, account
from tests.faultbox.page_calls import PageCalls
from tests.faultbox.plan import BROKER, EDGE, OPCUA_LINK, PLANT_LINK, PLANTS
from tests.faultbox.proxy import PASS, REFUSE, SLOW
from tests.faultbox.site import Site, Size, wait_until

USUAL_PER_S = 1_000.0
TIMES = 10.0
# two plants of ten units with fifty signals each at a scan of 0.1 s
SIZE = Size(units=10, signals=50, since="0min", scan_s=0.1)
LIMIT = 256 * 1024 * 1024
P99_GOAL_S = 0.1
_OFFERED = 0.9  # of the load at least, or the run proves too little
_JOURNAL_BYTES = 100_000  # about two seconds of one plant
_SLOW_BYTES_S = 10_000.0  # a fifth of what one plant offers
_NARROW_S = 6.0  # of every minute that the one link carries so little, and the other nothing
_QUIET_S = 7.0  # every unit has told something by then
_START_S = 60.0
_REASON = "no_longer_held_by_plant"
_NAMES = (BROKER, *PLANTS, EDGE)


@dataclass(slots=True)
class Outcome:
    """All that a run found; `told` are the entries given up as the edge tells them, by where, plant and reason."""

    seconds: float = 0.0
    offered_per_s: float = 0.0
    enforced: bool = False
    peaks: dict[str, Peak] = field(default_factory=dict)
    cores: dict[str, float] = field(default_factory=dict)  # CPU seconds a second
    accounts: list[Account] = field(default_factory=list)
    told: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    on_page: bool = False
    calls: dict[str, float] = field(default_factory=dict)
    slowest_ms: dict[str, float] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


class Overload:
    """One run on a site under `root`."""

    def __init__(self, root: Path, *, seed: int, broken: str = "") -> None:
        self.bound = MemoryBound(LIMIT, _NAMES)
        self.site = Site(root, SIZE, seed=seed, broken=broken, within=self.bound.within)
        self.outcome = Outcome(enforced=self.bound.enforced)

    def run(self, seconds: float) -> Outcome:
        """Start, overload for `seconds`, heal, quiesce, count."""
        try:
            self.site.start()
            wait_until(self._all_told, _START_S, "no samples of both plants are stored")
            self._overload(seconds)
            self._quiesce()
            self._read()
        finally:
            self._look()
            self.site.stop()
            self.outcome.peaks = self.bound.peaks()
            self.bound.close()
        for plant in PLANTS:
            self.outcome.accounts.append(
                account(
                    self.site.plant(plant),
                    self.site.plants_data / f"{plant}.journal",
                    self.site.edge_data / "history.duckdb",
                    self.site.edge_data / "outbox.sqlite",
                    dropped(self.site.bounds / plant),
                )
            )
        return self.outcome

    def _all_told(self) -> bool:
        status = self.site.status()
        return all(status.get(plant, {}).get("samples", 0) for plant in PLANTS)

    def _overload(self, seconds: float) -> None:
        """Ask what pages ask while the plants talk; each link in turn fails them for a part of every minute."""
        for plant in PLANTS:
            (self.site.bounds / plant).write_text(str(_JOURNAL_BYTES))
        wait_until(lambda: self._lag() < 1.0, _START_S, "the edge does not come up with the plants")
        calls = PageCalls(self.site.url)
        began, before, worked = time.monotonic(), self._samples(), self._worked()
        turns = max(1, round(seconds / 60.0))
        narrow = {
            link: [(turn + share) * seconds / turns for turn in range(turns)]
            for link, share in ((OPCUA_LINK, 0.15), (PLANT_LINK, 0.5))
        }
        modes = dict.fromkeys(narrow, PASS)
        failing = {OPCUA_LINK: SLOW, PLANT_LINK: REFUSE}
        looked = began
        while (passed := time.monotonic() - began) < seconds:
            for link, begins in narrow.items():
                wanted = failing[link] if any(0.0 <= passed - begin < _NARROW_S for begin in begins) else PASS
                if modes[link] != wanted:
                    modes[link] = wanted
                    self.site.links.set(link, wanted, _SLOW_BYTES_S)
                    if wanted == REFUSE:
                        self.site.links.cut(link)
            calls.ask()
            if time.monotonic() - looked > 1.0:
                self._look()
                looked = time.monotonic()
        self.outcome.seconds = time.monotonic() - began
        self.outcome.cores = {
            name: round((seconds - worked[name]) / self.outcome.seconds, 2)
            for name, seconds in self._worked().items()
            if name in worked
        }
        for link in narrow:
            self.site.links.set(link, PASS)
        calls.close()
        self.outcome.calls = calls.figures()
        self.outcome.slowest_ms = {name: round(1000 * one, 1) for name, one in calls.slowest.items()}
        self.outcome.refused = calls.refused
        wait_until(lambda: self._lag() < 1.0, _START_S, "the edge does not come up with the plants")
        told = self._samples() - before + sum(self._missing_samples())
        self.outcome.offered_per_s = told / (time.monotonic() - began)

    def _worked(self) -> dict[str, float]:
        """Return the CPU seconds that each program has used."""
        used = {}
        for name, child in self.site.children.items():
            if child.process is not None and child.running:
                times = psutil.Process(child.process.pid).cpu_times()
                used[name] = times.user + times.system
        return used

    def _samples(self) -> int:
        return sum(int(plant["samples"]) for plant in self.site.status().values())

    def _missing_samples(self) -> list[float]:
        """Return about how many samples of each plant were never stored: a scan's frame of a unit holds all signals."""
        missing = self.site.metrics("edge_frames_missing")
        return [count * SIZE.signals for count in missing.values()]

    def _lag(self) -> float:
        status = self.site.status()
        return max(float(status.get(plant, {}).get("behind_s") or 1e9) for plant in PLANTS)

    def _look(self) -> None:
        for name, child in self.site.children.items():
            process = child.process
            if process is None:
                continue
            self.bound.look(name, process.pid)
            code = self.site.ended(name)
            text = f"{name} ended with exit code {code}: {child.last_lines(1)[-300:]}"
            if code is not None and text not in self.outcome.ended:
                self.outcome.ended.append(text)

    def _quiesce(self) -> None:
        """Live on until every unit has told something: a gap in its numbers shows when its next frame comes."""
        time.sleep(_QUIET_S)

    def _read(self) -> None:
        """Read what the edge tells of drops, wherever it tells it."""
        metrics: dict[str, dict[str, int]] = {plant: {} for plant in PLANTS}
        for labels, count in self.site.metrics("edge_dropped_total").items():
            fields = dict(pair.split("=", 1) for pair in labels.replace('"', "").split(","))
            metrics.setdefault(fields["plant"], {})[fields["reason"]] = int(count)
        health = json.loads(self.site.text("/api/v1/health"))
        self.outcome.told = {
            "metrics": metrics,
            "health": {flow["plant"]: flow["dropped"] for flow in health["plants"]},
        }
        self.outcome.missing = {flow["plant"]: flow["missing_frames"] for flow in health["plants"]}
        page = self.site.text("/health")
        counts = [told[_REASON] for told in metrics.values() if _REASON in told]
        self.outcome.on_page = all(
            f"{count:,} journal entries that the plant no longer held" in page for count in counts
        )


def verdict(outcome: Outcome, *, times: bool = True) -> list[str]:
    """Return what is wrong with a run, nothing when it passed; `times` are judged where the machine is ours alone."""
    wrong = [f"{text} (bound {LIMIT:,} bytes)" for text in outcome.ended]
    for name, peak in outcome.peaks.items():
        # where the kernel holds the bound it is the judge: pages of libraries that it can take back are no need
        if peak.kills or (peak.charged or peak.resident) > LIMIT:
            wrong.append(f"{name} went beyond {LIMIT:,} bytes: {asdict(peak)}")
    if outcome.offered_per_s < _OFFERED * TIMES * USUAL_PER_S:
        wrong.append(f"only {outcome.offered_per_s:,.0f} samples/s were offered")
    for one in outcome.accounts:
        if not one.exact:
            wrong.append(f"{one.plant}: the balance is not exact: {one.to_dict()}")
        if not one.dropped_entries:
            wrong.append(f"{one.plant}: nothing was dropped: the run proves nothing about the count of drops")
        for where, told in outcome.told.items():
            if told.get(one.plant) != {_REASON: one.dropped_entries}:
                wrong.append(
                    f"{one.plant}: {one.dropped_entries} entries were dropped ({_REASON}), "
                    f"{where} tells {told.get(one.plant)}"
                )
        missing = outcome.missing.get(one.plant)
        if missing != one.dropped_frames:
            wrong.append(f"{one.plant}: {one.dropped_frames} frames were dropped, the edge misses {missing}")
    if not outcome.on_page:
        wrong.append("the health page does not show what was dropped")
    if times and outcome.calls["p99_ms"] > 1000.0 * P99_GOAL_S:
        wrong.append(f"the API's p99 is {outcome.calls['p99_ms']} ms")
    wrong += outcome.refused[:5]
    return wrong


def as_text(outcome: Outcome, wrong: Sequence[str]) -> str:
    """Return the report for people."""
    total = {
        name: sum(int(one.to_dict()[name]) for one in outcome.accounts)  # type: ignore[call-overload]
        for name in ("accepted_frames", "stored_frames", "queued_frames", "dropped_frames", "lost_frames",
                     "dropped_entries", "accepted_samples", "stored_samples")
    }  # fmt: skip
    lines = [
        f"offered {outcome.offered_per_s:,.0f} samples/s for {outcome.seconds:.0f} s "
        f"({outcome.offered_per_s / USUAL_PER_S:.1f} times the usual load)",
        "accepted {accepted_frames:,} frames = {stored_frames:,} stored + {queued_frames:,} queued + "
        "{dropped_frames:,} dropped (in {dropped_entries:,} entries no longer held by plants) + "
        "{lost_frames:,} lost; {accepted_samples:,} samples accepted, {stored_samples:,} stored".format(
            **total
        ),
        f"the bound of {LIMIT // 2**20} MB was "
        + ("enforced" if outcome.enforced else "measured, not enforced"),
    ]
    for name, peak in outcome.peaks.items():
        charged = (
            "" if peak.charged is None else f", charged {peak.charged / 2**20:.0f} MB, kills {peak.kills}"
        )
        cores = f", {outcome.cores.get(name, 0.0):.2f} of a core"
        lines.append(f"  {name}: resident at most {peak.resident / 2**20:.0f} MB{charged}{cores}")
    lines.append(f"API: {outcome.calls}; slowest of each: {outcome.slowest_ms}")
    lines += [f"WRONG: {text}" for text in wrong]
    lines.append("passed" if not wrong else "FAILED")
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(
        prog="python -m tests.faultbox.overload",
        description="Offers ten times the usual load to programs of 256 MB each and accounts for every sample; "
        "exit code 0: all was stored, queued or told to be dropped, 1: not.",
        epilog="Example: python -m tests.faultbox.overload --seconds 300",
    )
    options.add_argument("--seed", type=int, default=1, help="of the plants")
    options.add_argument("--seconds", type=float, default=300.0, help="how long the load lasts")
    options.add_argument(
        "--break", dest="broken", choices=sorted(BREAKS), default="", help="break the edge on purpose"
    )
    options.add_argument(
        "--without-times", action="store_true", help="tell the API's times, but do not judge them"
    )
    options.add_argument("--json", type=Path, help="file for the report")
    options.add_argument("--data", type=Path, help="folder to run in and to keep; default: a temporary one")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    given = parser().parse_args(arguments)
    root = given.data or Path(tempfile.mkdtemp(prefix="overload-"))
    overload = Overload(root, seed=given.seed, broken=given.broken)
    try:
        outcome = overload.run(given.seconds)
    except TimeoutError as error:
        print(f"{error}\n{overload.site.evidence()}", file=sys.stderr)
        return 1
    finally:
        if given.data is None:
            shutil.rmtree(root, ignore_errors=True)
    wrong = verdict(outcome, times=not given.without_times)
    if given.json:
        report: dict[str, Any] = {"passed": not wrong, "wrong": wrong, **asdict(outcome)}
        given.json.write_text(json.dumps(report, indent=2) + "\n")
    print(as_text(outcome, wrong))
    return 0 if not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
