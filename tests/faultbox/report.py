"""What a run says of itself: the balance, the activity without which it proves nothing, figures against goals."""

from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np

from tests.faultbox.box import Outcome, Recovery
from tests.faultbox.plan import OPCUA, OPCUA_LINK

PROCESS_GOAL_S, OPCUA_GOAL_S, DRAIN_GOAL = 5.0, 3.0, 5.0
_SHARE = 95.0  # percentile of the goals
_REACHED = 0.6  # of the crash points that were aimed at


def alone(
    recoveries: list[Recovery], kinds: frozenset[str], targets: frozenset[str] | None = None
) -> list[float]:
    """Return the seconds of recoveries from one single fault of `kinds` at `targets`, sorted."""
    return sorted(
        recovery.seconds
        for recovery in recoveries
        if len(recovery.group) == 1
        and recovery.group[0].kind in kinds
        and (targets is None or recovery.group[0].target in targets)
    )


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Return count, median, 95th percentile and maximum."""
    if not seconds:
        return {"count": 0}
    p50, p95 = np.percentile(seconds, [50, _SHARE])
    return {
        "count": len(seconds),
        "p50": round(float(p50), 2),
        "p95": round(float(p95), 2),
        "max": round(seconds[-1], 2),
    }


def recovery_figures(outcome: Outcome) -> dict[str, Any]:
    """Return the recovery percentiles: of a killed process, of the OPC UA leg, by target and kind."""
    killed = frozenset({"kill", "crash"})
    targets = sorted({fault.target for recovery in outcome.recoveries for fault in recovery.group})
    kinds = sorted({fault.kind for recovery in outcome.recoveries for fault in recovery.group})
    link = alone(outcome.recoveries, frozenset({"cut", "refuse", "swallow", "slow"}), frozenset({OPCUA_LINK}))
    server = alone(outcome.recoveries, killed, frozenset({OPCUA}))
    return {
        "process_restart": percentiles(alone(outcome.recoveries, killed)),
        "opcua_connection": percentiles(sorted(link + server)),
        "by_target": {
            one: percentiles(alone(outcome.recoveries, killed, frozenset({one}))) for one in targets
        },
        "by_kind": {kind: percentiles(alone(outcome.recoveries, frozenset({kind}))) for kind in kinds},
    }


def verdict(outcome: Outcome, *, samples: int, faults: int, silent_only: bool = False) -> list[str]:
    """Return what is wrong with a run, nothing when it passed.

    `silent_only` allows losses that the edge reported: damage takes what it takes, but never in silence.
    """
    wrong = [
        f"{one.plant}: the balance is not exact: {one.to_dict()}"
        for one in outcome.accounts
        if not (one.truthful if silent_only else one.exact)
    ]
    accepted = sum(one.accepted_samples for one in outcome.accounts)
    if accepted < samples:
        wrong.append(f"only {accepted:,} of {samples:,} samples were accepted")
    if outcome.faults < faults:
        wrong.append(f"only {outcome.faults} of {faults} faults were injected")
    if not (silent_only or outcome.redelivered_frames + outcome.repeated_messages):
        wrong.append("nothing was delivered twice: the run proves less than it says")
    tally = outcome.tally
    aimed = tally.crashes_reached + len(tally.crashes_missed)
    if tally.crashes_reached < _REACHED * aimed:
        wrong.append(f"only {tally.crashes_reached} of {aimed} crash points were reached")
    wrong += [f"{name} logged an exception that nobody expected" for name in outcome.tracebacks]
    return wrong


def as_json(outcome: Outcome, wrong: list[str], left_out: dict[str, str]) -> dict[str, Any]:
    """Return the whole report as plain values."""
    counts = Counter(fault.kind for recovery in outcome.recoveries for fault in recovery.group)
    return {
        "seed": outcome.seed, "passed": not wrong, "wrong": wrong, "faults": outcome.faults,
        "faults_by_kind": dict(counts), "left_out": left_out, "seconds": round(outcome.seconds, 1),
        "accounts": [one.to_dict() for one in outcome.accounts],
        "redelivered_frames": outcome.redelivered_frames, "repeated_messages": outcome.repeated_messages,
        "moved_messages": outcome.moved_messages, "connections": outcome.connections,
        "recovery_s": recovery_figures(outcome), "drain_times_live": round(outcome.drain, 1),
        "history_samples_per_s": round(outcome.history_rate), "crash_points": asdict(outcome.tally),
        "unplanned_ends": outcome.unplanned, "tracebacks": outcome.tracebacks,
    }  # fmt: skip


def as_text(report: dict[str, Any]) -> str:
    """Return the report for people, figures beside goals."""
    total = {
        name: sum(account[name] for account in report["accounts"])
        for name in ("accepted_samples", "accepted_frames", "stored_frames", "queued_frames", "lost_frames",
                     "reported_frames", "doubled_samples", "altered_samples", "invented_samples", "torn_frames")
    }  # fmt: skip
    recovery = report["recovery_s"]
    lines = [
        f"seed {report['seed']}: {report['faults']} faults in {report['seconds']:.0f} s {report['faults_by_kind']}",
        "accepted {accepted_samples:,} samples in {accepted_frames:,} frames = {stored_frames:,} stored"
        " + {queued_frames:,} queued + {lost_frames:,} lost ({reported_frames:,} of them reported)".format(
            **total
        ),
        "doubled {doubled_samples}, altered {altered_samples}, invented {invented_samples}, torn {torn_frames}".format(
            **total
        ),
        f"delivered again and ignored: {report['redelivered_frames']:,} frames by the programs, "
        f"{report['repeated_messages']:,} messages by the tap, which moved {report['moved_messages']:,}",
        f"fresh after a killed process: {recovery['process_restart']} s (goal: p95 {PROCESS_GOAL_S:g})",
        f"fresh after an OPC UA connection fault: {recovery['opcua_connection']} s (goal: p95 {OPCUA_GOAL_S:g})",
        f"by process: {recovery['by_target']}",
        f"by kind: {recovery['by_kind']}",
        f"backlog drained at {report['drain_times_live']} times the live rate (goal: {DRAIN_GOAL:g})",
        f"crash points: {report['crash_points']}",
    ]
    lines += [f"left out: {kind} ({reason})" for kind, reason in report["left_out"].items()]
    lines += [f"unplanned: {text}" for text in report["unplanned_ends"]]
    lines += [f"WRONG: {text}" for text in report["wrong"]]
    lines.append("passed" if report["passed"] else "FAILED")
    return "\n".join(lines)
