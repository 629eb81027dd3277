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

    def let_loops_act(self, plant: str, token: str) -> bool:
        """Let the loops of every upgrade of `plant` act by themselves; return whether the edge took it."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = self._client.get(f"/api/v1/plants/{plant}/upgrades")
            answer.raise_for_status()
            for upgrade in answer.json()["items"]:
                if upgrade["loops"] and upgrade["mode"] != "automatic":
                    path = f"/api/v1/plants/{plant}/upgrades/{upgrade['key']}/mode"
                    self._client.put(path, json={"mode": "automatic"}, headers=headers).raise_for_status()
        except (httpx.HTTPError, ValueError):
            return False
        return True
