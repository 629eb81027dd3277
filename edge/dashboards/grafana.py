"""Dashboards on a Grafana server that provisions no files: put there, and compared with what is there."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException
from grafana_api.grafana_face import GrafanaFace

from edge.dashboards.built import OWN, TAG, Boards
from twin.loopback import is_loopback

FOLDERS = {
    "figures": "Smart factory: figures",
    "roles": "Smart factory: start pages",
    OWN: "Smart factory: own",
}
_OF_THE_SERVER = ("id", "version", "iteration")  # what a server adds to a dashboard
_TIMEOUT_S = 15.0
_Answer = TypeVar("_Answer")


class GrafanaError(RuntimeError):
    """What cannot be done, with the remedy."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a dashboard stands on the server: same, differs, missing; after a push unchanged, changed, new."""

    uid: str
    title: str
    state: str


class Grafana:
    """A server; `token` is one of a service account with the role Editor (push) or Viewer (check)."""

    def __init__(self, url: str, token: str, *, authority: Path | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise GrafanaError(f"{url!r} is no address of a server; write for example http://127.0.0.1:3000")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise GrafanaError(f"{url} would send the token in the clear; use https, off this machine")
        self.url = url.rstrip("/")
        prefix = parts.path.strip("/")
        self._face = GrafanaFace(
            auth=token, protocol=parts.scheme, host=parts.netloc, url_path_prefix=f"{prefix}/" if prefix else "",
            verify=str(authority) if authority else True, timeout=_TIMEOUT_S,
        )  # fmt: skip
        self._face.api.s.trust_env = False

    def push(self, boards_of: Boards, *, datasource: str = "", prefix: str = "factory") -> Iterator[Verdict]:
        """Put dashboards there, folder by folder; yield what became of each. Raises GrafanaError.

        A dashboard of the same address that is not ours is never touched.
        """
        source = self._datasource(datasource)
        there = {folder["uid"] for folder in self._asked(self._face.folder.get_all_folders)}
        for folder, boards in boards_of.items():
            uid = f"{TAG}-{folder}"
            if uid not in there:
                self._asked(lambda: self._face.folder.create_folder(FOLDERS[folder], uid))  # noqa: B023
            for board in boards:
                wanted = adapted(board, source, prefix)
                before = self._board(board["uid"])
                if before is not None and TAG not in before.get("tags", ()):
                    raise GrafanaError(
                        f"{self.url}/d/{board['uid']} is a dashboard of somebody else ({before.get('title')!r}); "
                        "delete it or give it another uid there"
                    )
                if before is not None and _alike(before, wanted):
                    yield Verdict(board["uid"], board["title"], "unchanged")
                    continue
                asked = {
                    "dashboard": {**wanted, "id": None}, "folderUid": uid, "overwrite": True,
                    "message": "edge dashboards push",
                }  # fmt: skip
                self._asked(lambda: self._face.dashboard.update_dashboard(asked))  # noqa: B023
                yield Verdict(board["uid"], board["title"], "new" if before is None else "changed")

    def check(self, boards_of: Boards, *, datasource: str = "", prefix: str = "factory") -> list[Verdict]:
        """Compare dashboards with what is there, and ask the data source how it is. Raises GrafanaError."""
        source = self._datasource(datasource)
        health = self._asked(lambda: self._face.api.GET(f"/datasources/uid/{source}/health"))
        if str(health.get("status", "")).upper() != "OK":
            raise GrafanaError(
                f"data source {source} does not work ({health.get('message', health)}); check its address, "
                "organisation and token in Grafana"
            )
        found = []
        for boards in boards_of.values():
            for board in boards:
                there = self._board(board["uid"])
                same = there is not None and _alike(there, adapted(board, source, prefix))
                state = "missing" if there is None else "same" if same else "differs"
                found.append(Verdict(board["uid"], board["title"], state))
        return found

    # -- asking --------------------------------------------------------------------------------------------

    def _datasource(self, wanted: str) -> str:
        """Return the uid of the Flux data source that was named, or of the only one."""
        known = self._asked(self._face.datasource.list_datasources)
        fitting = [
            one for one in known
            if one.get("type") == "influxdb" and (one.get("jsonData") or {}).get("version") == "Flux"
        ]  # fmt: skip
        names = ", ".join(f"{one['uid']} ({one['name']})" for one in fitting) or "none"
        if wanted:
            if wanted not in {one["uid"] for one in fitting}:
                raise GrafanaError(
                    f"{self.url} has no Flux data source {wanted!r}; it has: {names}. "
                    "docs/grafana.md shows how to add one"
                )
            return wanted
        if len(fitting) != 1:
            raise GrafanaError(f"name the data source with --datasource UID; {self.url} has: {names}")
        return str(fitting[0]["uid"])

    def _board(self, uid: str) -> dict[str, Any] | None:
        try:
            found = self._asked(lambda: self._face.dashboard.get_dashboard(uid))
        except _NotFound:
            return None
        return dict(found["dashboard"])

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except GrafanaClientError as error:
            raise self._refused(error) from error
        except GrafanaException as error:
            raise GrafanaError(f"{self.url}: {error.message}; see the server's log") from error
        except requests.exceptions.SSLError as error:
            raise GrafanaError(
                f"{self.url}: its certificate is not trusted; give --ca its authority"
            ) from error
        except requests.exceptions.JSONDecodeError as error:
            raise GrafanaError(f"{self.url} is no Grafana: it answers without JSON; check --url") from error
        except requests.exceptions.RequestException as error:
            raise GrafanaError(
                f"no Grafana answers at {self.url} ({error}); start it or check --url"
            ) from error

    def _refused(self, error: GrafanaClientError) -> GrafanaError:
        told = (
            error.response.get("message", error.response)
            if isinstance(error.response, dict)
            else error.response
        )
        match error.status_code:
            case 401 | 403:
                return GrafanaError(
                    f"{self.url}: the token is refused ({told}); make one of a service account with the role Editor "
                    "(Administration, Service accounts)"
                )
            case 404:
                return _NotFound(f"{self.url}: not found ({told})")
            case status:
                return GrafanaError(f"{self.url}: refused with {status} ({told})")


class _NotFound(GrafanaError):
    """There is no such thing on the server."""


def adapted(board: dict[str, Any], datasource: str, prefix: str) -> dict[str, Any]:
    """Return a dashboard for a server whose data source and buckets have other names."""
    made = copy.deepcopy(board)
    values = {"datasource": datasource, "prefix": prefix}
    for variable in made["templating"]["list"]:
        if variable["name"] in values:
            value = values[variable["name"]]
            variable["current"] = {**variable["current"], "text": value, "value": value}
            if variable["name"] == "prefix":
                variable["query"] = value
    return made


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return _own(one) == _own(other)


def _own(board: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in board.items() if name not in _OF_THE_SERVER}
