"""Counters of the intake, for Prometheus: one registry an edge, so that tests and processes do not share any."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram

from edge.outbox import Outbox


class Metrics:
    """The intake's counters; `registry` holds them, `values` tells them with the outbox's as a flat mapping."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()

        def counter(name: str, text: str, label: str = "plant") -> Counter:
            return Counter(f"edge_intake_{name}", text, [label], registry=self.registry)

        self.frames = counter("frames", "frames stored since the start, each once")
        self.samples = counter("samples", "samples stored since the start, each once")
        self.repeats = counter("repeats", "frames that came again and were ignored")
        self.missing = counter("missing", "frames that their numbers show to be missing")
        self.quarantined = counter("quarantined", "journal entries that cannot be used")
        self.faults = counter("faults", "attempts that failed and were repeated", "cause")
        self.newest_commit_s = 0.0
        self.commit = Histogram(
            "edge_intake_commit_seconds", "one transaction: unpack, fold, store", registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )  # fmt: skip

    def committed(self, seconds: float) -> None:
        """Note how long a transaction took."""
        self.newest_commit_s = seconds
        self.commit.observe(seconds)

    def count(self, name: str, plant: str) -> int:
        """Return a plant's count since the start: frames, samples, repeats, missing or quarantined."""
        return int(self.registry.get_sample_value(f"edge_intake_{name}_total", {"plant": plant}) or 0)

    def values(self, outbox: Outbox) -> Mapping[str, float]:
        """Return what a page or another registry shows: how much waits, and what went wrong."""
        depth = outbox.depth()
        return {
            "outbox_entries": depth.entries,
            "outbox_bytes": depth.bytes,
            "outbox_age_seconds": depth.age_s,
            "outbox_accepted_entries": outbox.accepted_total,
            "outbox_skipped_positions": outbox.skipped_total,
            "outbox_quarantined_entries": outbox.poisoned_total,
        }
