"""Asking the edge how it is, as anybody could: over its API."""

from typing import Any

import httpx

_TIMEOUT = 2.0  # s


class EdgeProbe:
    """Reads the status of an edge; an edge that does not answer is no error, it may be starting."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False)

    def status(self) -> dict[str, dict[str, Any]]:
        """Return `/api/v1/status` by plant; empty while the edge does not answer."""
        try:
            answer = self._client.get("/api/v1/status")
            answer.raise_for_status()
            return {plant["plant"]: plant for plant in answer.json()["plants"]}
        except (httpx.HTTPError, ValueError):
            return {}
