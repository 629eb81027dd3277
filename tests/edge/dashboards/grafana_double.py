"""A strict double of a Grafana server's API over HTTP: folders, dashboards, data sources, as its documentation says."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

EDITOR, VIEWER = "token-of-an-editor", "token-of-a-viewer"


class GrafanaDouble:
    """The server's state."""

    def __init__(self) -> None:
        self.folders: dict[str, str] = {}
        self.boards: dict[str, dict[str, Any]] = {}
        self.places: dict[str, str] = {}  # uid of a dashboard -> uid of its folder
        self.provisioned: set[str] = set()
        self.sources = [
            {"uid": "influx", "name": "InfluxDB", "type": "influxdb", "jsonData": {"version": "Flux"}},
            {"uid": "prom", "name": "Prometheus", "type": "prometheus", "jsonData": {}},
        ]
        self.healthy = True
        self.requests: list[str] = []
        self.html = False
        self.url = ""


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.answer("GET")

    def do_POST(self) -> None:
        self.answer("POST")

    def answer(self, method: str) -> None:
        double = self.server.double
        path = urlsplit(self.path).path
        double.requests.append(f"{method} {path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if double.html:
                return self.send(200, b"<html>not Grafana</html>", "text/html")
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            if token not in (EDITOR, VIEWER):
                raise _Refused(401, "Invalid API key")
            if method == "POST" and token != EDITOR:
                raise _Refused(403, "You'll need additional permissions to perform this action")
            found = self.post(path, json.loads(body)) if method == "POST" else self.get(path)
            self.send(200, json.dumps(found).encode(), "application/json")
        except _Refused as refused:
            self.send(refused.status, json.dumps({"message": str(refused)}).encode(), "application/json")

    def get(self, path: str) -> Any:
        double = self.server.double
        if path == "/api/folders":
            return [{"uid": uid, "title": title} for uid, title in double.folders.items()]
        if path == "/api/datasources":
            return double.sources
        if (found := re.fullmatch(r"/api/datasources/uid/([\w-]+)/health", path)) is not None:
            if found[1] not in {one["uid"] for one in double.sources}:
                raise _Refused(404, "Data source not found")
            status = ("OK", "1 buckets found") if double.healthy else ("ERROR", "unauthorized access")
            return {"status": status[0], "message": status[1]}
        if (found := re.fullmatch(r"/api/dashboards/uid/([\w-]+)", path)) is not None:
            if found[1] not in double.boards:
                raise _Refused(404, "Dashboard not found")
            return {"dashboard": double.boards[found[1]], "meta": {"folderUid": double.places[found[1]]}}
        raise _Refused(404, f"{path} not found")

    def post(self, path: str, asked: dict[str, Any]) -> Any:
        double = self.server.double
        if path == "/api/folders":
            if asked["uid"] in double.folders:
                raise _Refused(409, "a folder with that uid already exists")
            double.folders[asked["uid"]] = asked["title"]
            return {"uid": asked["uid"], "title": asked["title"]}
        if path == "/api/dashboards/db":
            return self.put(asked)
        raise _Refused(404, f"{path} not found")

    def put(self, asked: dict[str, Any]) -> Any:
        double, board = self.server.double, asked["dashboard"]
        if set(asked) - {"dashboard", "folderUid", "overwrite", "message"} or "apiVersion" in board:
            raise _Refused(400, "bad request data")
        if (
            not board.get("title")
            or not re.fullmatch(r"[\w-]{1,40}", board["uid"])
            or board["id"] is not None
        ):
            raise _Refused(400, "Dashboard title, uid or id is not valid")
        if asked["folderUid"] not in double.folders:
            raise _Refused(400, "folder not found")
        if board["uid"] in double.provisioned:
            raise _Refused(400, "Cannot save provisioned dashboard")
        if board["uid"] in double.boards and not asked.get("overwrite"):
            raise _Refused(412, "The dashboard has been changed by someone else")
        version = double.boards.get(board["uid"], {"version": 0})["version"] + 1
        double.boards[board["uid"]] = {**board, "id": len(double.boards) + 1, "version": version}
        double.places[board["uid"]] = asked["folderUid"]
        return {"uid": board["uid"], "status": "success", "version": version}

    def send(self, status: int, data: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, double: GrafanaDouble) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.double = double


@contextmanager
def serving() -> Iterator[GrafanaDouble]:
    """Serve a double on a free port of the loopback while the block runs."""
    double = GrafanaDouble()
    server = _Server(double)
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="grafana-double")
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
