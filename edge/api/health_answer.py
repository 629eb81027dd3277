"""The shape of `/api/v1/health`, and how a report becomes it."""

from typing import Any

from pydantic import Field

from edge.api.answer import Answer
from edge.health import Flow, Report
from edge.outbox import Depth


class PartAnswer(Answer):
    """One part of the edge, or a link to what it depends on."""

    name: str = Field(examples=["store"])
    state: str = Field(description="ok, degraded or stopped", examples=["ok"])
    reason: str = Field(description="why it is not ok", examples=[""])


class DepthAnswer(Answer):
    """How much waits for the store."""

    entries: int = Field(examples=[2])
    bytes: int = Field(examples=[8400])
    oldest_s: float = Field(description="age of the oldest entry, s", examples=[0.04])


class FlowAnswer(Answer):
    """One plant's data on its way into history; counts are since the start of the edge unless said otherwise."""

    plant: str = Field(examples=["stamping"])
    link: str = Field(description="connecting, online, stale, refused or none", examples=["online"])
    lag_s: float | None = Field(description="age of the newest stored sample, s", examples=[1.2])
    journal_entries: int = Field(
        description="entries that the plant holds and the edge does not", examples=[0]
    )
    outbox: DepthAnswer
    reconnects: int = Field(examples=[0])
    missing_frames: int = Field(description="frames of the plant lost for good, ever", examples=[0])
    repeated_frames: int = Field(description="frames that came again and were ignored", examples=[0])
    quarantined_entries: int = Field(description="entries in quarantine now", examples=[0])
    dropped: dict[str, int] = Field(description="what was given up, by reason", examples=[{}])


class HealthAnswer(Answer):
    """How the edge does, with what it depends on."""

    state: str = Field(
        description="stopped: nothing moves; degraded: a part is not ok; else ok", examples=["ok"]
    )
    parts: list[PartAnswer]
    plants: list[FlowAnswer]
    outbox: DepthAnswer
    quarantined: int = Field(description="items in quarantine: edge quarantine list", examples=[0])
    dropped: dict[str, int] = Field(
        description="points that the store did not take, by reason", examples=[{}]
    )
    commit_s: float = Field(description="duration of the newest transaction of the store, s", examples=[0.02])
    disk_free_bytes: int = Field(examples=[52000000000])
    disk_size_bytes: int = Field(examples=[100000000000])
    loop_late_s: float = Field(description="worst delay of the event loop in a minute, s", examples=[0.004])


def health_answer(report: Report) -> dict[str, Any]:
    """Return a report as the API tells it."""
    return {
        "state": report.state.word,
        "parts": [
            {"name": part.name, "state": part.state.word, "reason": part.reason} for part in report.parts
        ],
        "plants": [_flow(flow) for flow in report.flows],
        "outbox": _depth(report.outbox),
        "quarantined": report.quarantined,
        "dropped": dict(report.dropped),
        "commit_s": report.commit_s,
        "disk_free_bytes": report.disk_free,
        "disk_size_bytes": report.disk_size,
        "loop_late_s": report.loop_late_s,
    }


def _flow(flow: Flow) -> dict[str, Any]:
    return {
        "plant": flow.plant,
        "link": flow.link,
        "lag_s": flow.lag_s,
        "journal_entries": flow.journal_entries,
        "outbox": _depth(flow.outbox),
        "reconnects": flow.reconnects,
        "missing_frames": flow.missing_frames,
        "repeated_frames": flow.repeated_frames,
        "quarantined_entries": flow.quarantined_entries,
        "dropped": dict(flow.dropped),
    }


def _depth(depth: Depth) -> dict[str, Any]:
    return {"entries": depth.entries, "bytes": depth.bytes, "oldest_s": depth.age_s}
