"""A reader of the API who asks what the pages ask, at moments that do not wait for the answers before them."""

import time
from itertools import cycle

import httpx
import numpy as np

from tests.faultbox.plan import PLANTS

_EVERY_S = 0.05  # between two questions: two people who click through the pages
_GIVEN_UP_S = 1.0  # so far behind they ask no more what they would have asked meanwhile
_OF_A_PLANT = (
    "values", "units", "kpis?window=hour&start=-8h", "losses", "energy", "events", "intervals?scope=talker_1",
    "series?path=talker_1/signal_1&start=-15m&every=1s", "series?path=talker_1/prod_processed_count&start=-1h",
)  # fmt: skip
_CALLS = [
    "/api/v1/plants", "/api/v1/status", "/api/v1/health",
    *(f"/api/v1/plants/{plant}/{question}" for question in _OF_A_PLANT for plant in PLANTS),
]  # fmt: skip


class PageCalls:
    """Asks in turn; `seconds` holds how long after its due moment each question was answered, `refused` those not."""

    def __init__(self, url: str) -> None:
        self.seconds: list[float] = []
        self.slowest: dict[str, float] = {}
        self.refused: list[str] = []
        self._client = httpx.Client(base_url=url, timeout=10.0, trust_env=False)
        self._calls = cycle(_CALLS)
        self._due = time.monotonic()

    def ask(self) -> None:
        """Wait for the next question's moment and ask it; a question that is late already is asked at once."""
        time.sleep(max(0.0, self._due - time.monotonic()))
        call = next(self._calls)
        try:
            answer = self._client.get(call)
            if answer.status_code != 200:
                self.refused.append(f"{call}: {answer.status_code} {answer.text[:200]}")
        except httpx.HTTPError as error:
            self.refused.append(f"{call}: {error!r}")
        seconds = time.monotonic() - self._due
        self.seconds.append(seconds)
        name = call.partition("?")[0]
        self.slowest[name] = max(self.slowest.get(name, 0.0), seconds)
        self._due = max(self._due + _EVERY_S, time.monotonic() - _GIVEN_UP_S)

    def figures(self) -> dict[str, float]:
        """Return the number of answers, and their median, 99th percentile and maximum in ms."""
        p50, p99, most = 1000.0 * np.percentile(self.seconds, [50, 99, 100])
        return {
            "count": len(self.seconds), "p50_ms": round(float(p50), 1), "p99_ms": round(float(p99), 1),
            "max_ms": round(float(most), 1),
        }  # fmt: skip

    def close(self) -> None:
        """Release the connection."""
        self._client.close()
