"""Whether a plant's values are of now: a connection may stand while nothing is told through it."""

import time
from collections.abc import Callable

STALE_S = 9.0  # the line tells something every 5 s; what is missing longer is shown within 10 s


class Freshness:
    """Judges plants by how their newest sample moves on; safe to use from several threads.

    >>> at = [0.0]
    >>> freshness = Freshness(lambda: at[0])
    >>> freshness.judge("mill", 1000, behind_s=2.0, linked=True)
    'live'
    >>> at[0] = 8.0  # the same sample still: the judgement waits for STALE_S
    >>> freshness.judge("mill", 1000, behind_s=10.0, linked=True)
    'filling'
    >>> at[0] = 9.5
    >>> freshness.judge("mill", 1000, behind_s=11.5, linked=True)
    'stale'
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._moved: dict[
            str, tuple[int, float]
        ] = {}  # plant -> newest sample (UTC ms), when it came to be that

    def judge(self, plant: str, last_ms: int | None, *, behind_s: float | None, linked: bool) -> str:
        """Return `waiting` (no sample yet), `live`, `filling` (late, yet moving on) or `stale`.

        `last_ms` is the newest sample's time (UTC ms), `behind_s` its age, `linked` whether its link stands, which
        speaks for a plant that is late when it is first seen.
        """
        if last_ms is None or behind_s is None:
            return "waiting"
        now = self._monotonic()
        known, since = self._moved.get(plant, (None, now if linked else now - STALE_S))
        if known != last_ms:
            since = since if known is None else now
            self._moved[plant] = (last_ms, since)
        if behind_s < STALE_S:
            return "live"
        return "filling" if now - since < STALE_S else "stale"
