"""A strict double of an InfluxDB 2 server over HTTP: for machines where there is none.

It takes what the documentation of the API allows and refuses the rest, keeps points in memory, runs the Flux that
tests/edge/influx/flux.py knows, and fails on order.
"""

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from edge.dashboards.flux_reader import read
from edge.dashboards.flux_tree import FluxError
from edge.dashboards.flux_tree import Literal as FluxLiteral
from tests.edge.influx.annotated_csv import answer
from tests.edge.influx.flux import Run
from tests.edge.influx.line_protocol import BadLine, Point
from tests.edge.influx.line_protocol import read as read_line
from tests.edge.influx.state import ORG_ID, Bucket, Double, Refused

ORG, TOKEN = "demo", "a-token-of-the-double"
_PRECISION_NS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one segment
    disable_nagle_algorithm = True
    server: "_Server"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.answer_with("GET")

    def do_POST(self) -> None:
        self.answer_with("POST")

    def do_PATCH(self) -> None:
        self.answer_with("PATCH")

    def do_DELETE(self) -> None:
        self.answer_with("DELETE")

    def answer_with(self, method: str) -> None:
        double = self.server.double
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urlsplit(self.path)
        self.asked = {name: values[-1] for name, values in parse_qs(address.query).items()}
        double.requests.append(f"{method} {address.path}")
        try:
            if double.down:
                raise ConnectionAbortedError
            if address.path == "/health":
                return self.send(200, {"name": "influxdb", "status": "pass", "version": "double"})
            parts = address.path.removeprefix("/api/v2/").split("/")
            self.readable = self.rights(f"{method} {parts[0]}")
            handle = getattr(self, f"{method.lower()}_{parts[0]}", None)
            if not address.path.startswith("/api/v2/") or handle is None:
                raise Refused(404, "not found", f"path not found: {method} {address.path}")
            with double.lock:
                status, found = handle(*parts[1:])
            self.send(status, found)
        except Refused as refused:
            self.send(refused.status, {"code": refused.code, "message": refused.message}, refused.headers)
        except ConnectionAbortedError:
            self.reset()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def rights(self, what: str) -> set[str] | None:
        """Return the buckets that the token may read, None for all and everything else too."""
        token = (self.headers.get("Authorization") or "").removeprefix("Token ")
        if token == TOKEN:
            return None
        found = self.server.double.tokens.get(token)
        if found is None:
            raise Refused(401, "unauthorized", "unauthorized access")
        if what not in ("POST query", "GET buckets"):
            raise Refused(403, "forbidden", "insufficient permissions")
        allowed = {one["resource"]["id"] for one in found["permissions"] if one["action"] == "read"}
        return {bucket.name for bucket in self.server.double.buckets.values() if bucket.id in allowed}

    def send(self, status: int, found: Any, headers: dict[str, str] | None = None) -> None:
        data = b"" if found is None else found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/csv" if isinstance(found, bytes) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def reset(self) -> None:
        """Answer with a reset of the connection."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def spend(self, faults: list[str]) -> str:
        """Take the next fault; what ends a request before it is worked on is raised here."""
        fault = faults.pop(0) if faults else ""
        if fault == "hang":
            self.server.double.lock.release()
            try:
                self.server.double.unhang.wait(30)
            finally:
                self.server.double.lock.acquire()
            raise ConnectionAbortedError
        if fault == "reset":
            raise ConnectionAbortedError
        if fault.startswith(("429", "503")):
            status, _, seconds = fault.partition(" ")
            headers = {"Retry-After": seconds} if seconds else {}
            raise Refused(int(status), "too many requests", "busy", headers)
        if fault in ("400", "401", "404", "413", "500", "502"):
            raise Refused(int(fault), "as ordered", f"{fault} on order")
        return fault

    def org(self) -> None:
        if self.asked.get("org") != ORG and self.asked.get("orgID") != ORG_ID:
            raise Refused(404, "not found", f"organization name {self.asked.get('org')!r} not found")

    # -- writing and asking --------------------------------------------------------------------------------

    def post_write(self) -> tuple[int, Any]:
        double = self.server.double
        fault = self.spend(double.faults)
        self.org()
        bucket = double.buckets.get(self.asked.get("bucket", ""))
        if bucket is None:
            raise Refused(404, "not found", f"bucket {self.asked.get('bucket')!r} not found")
        factor = _PRECISION_NS.get(self.asked.get("precision", "ns"))
        if factor is None:
            raise Refused(400, "invalid", "invalid precision; valid precision units are ns, us, ms, and s")
        if len(self.body) > double.max_body:
            raise Refused(413, "request too large", f"body of {len(self.body)} bytes")
        points = []
        for number, line in enumerate(self.body.decode().split("\n"), 1):
            if not line or line.startswith("#"):
                continue
            try:
                points.append((line, read_line(line)))
            except BadLine as error:  # one line that cannot be read: nothing of the request is written
                raise Refused(400, "invalid", f"unable to parse line {number}: {error}") from error
        self.take(bucket, points, factor)
        if fault == "reset after":
            raise ConnectionAbortedError
        return 204, None

    def take(self, bucket: Bucket, points: list[tuple[str, Point]], factor: int) -> None:
        """Store what can be stored, tell of the rest: a partial write."""
        double = self.server.double
        refused, old = [], 0
        for line, point in points:
            conflict = bucket.conflict(point)
            if not conflict and double.refuse and re.search(double.refuse, line):
                conflict = "field type conflict: on order"
            if conflict:
                refused.append(conflict)
            elif bucket.keep_s and point.time * factor < (time.time() - bucket.keep_s) * 1e9:
                old += 1
            else:
                bucket.take(point, factor)
        if refused:
            text = f"partial write: {refused[0]} dropped={len(refused)}"
            raise Refused(422, "unprocessable entity", f"failure writing points to database: {text}")
        if old:
            text = (
                f"partial write: dropped {old} points outside retention policy of duration {bucket.keep_s}s"
            )
            raise Refused(422, "unprocessable entity", f"failure writing points to database: {text}")

    def post_query(self) -> tuple[int, Any]:
        double = self.server.double
        self.spend(double.query_faults)
        self.org()
        asked = json.loads(self.body)
        if asked.get("type", "flux") != "flux":
            raise Refused(400, "invalid", "unknown query type")
        try:
            return 200, answer(Run(self.series).script(asked["query"])).encode()
        except FluxError as error:
            raise Refused(400, "invalid", f"error in building plan: {error}\n{asked['query']}") from error

    def series(self, bucket: str) -> Iterator[tuple[dict[str, str], dict[int, Any]]]:
        """Read a bucket that the token may read; another is not there for it."""
        if self.readable is not None and bucket not in self.readable:
            raise Refused(404, "not found", f"could not find bucket {bucket!r}")
        return self.server.double.series(bucket)

    # -- what is set up ------------------------------------------------------------------------------------

    def get_orgs(self) -> tuple[int, Any]:
        if self.asked.get("org") not in (None, ORG):
            raise Refused(404, "not found", f"organization name {self.asked['org']!r} not found")
        return 200, {"orgs": [{"id": ORG_ID, "name": ORG}]}

    def get_buckets(self) -> tuple[int, Any]:
        if "org" in self.asked:
            self.org()
        found = [
            one for one in self.server.double.buckets.values() if self.asked.get("name") in (None, one.name)
        ]
        if not found and "name" in self.asked:
            raise Refused(404, "not found", f"bucket {self.asked['name']!r} not found")
        return 200, {"buckets": [one.told() for one in found]}

    def post_buckets(self) -> tuple[int, Any]:
        double, asked = self.server.double, json.loads(self.body)
        if asked.get("orgID") != ORG_ID:
            raise Refused(404, "not found", "organization not found")
        if not asked["name"] or asked["name"].startswith("_") or '"' in asked["name"]:
            raise Refused(400, "invalid", f"bucket name {asked['name']!r} is invalid")
        if asked["name"] in double.buckets:
            raise Refused(422, "conflict", f"bucket with name {asked['name']} already exists")
        made = Bucket(asked["name"], double.next_number(), _keep_s(asked))
        double.buckets[made.name] = made
        return 201, made.told()

    def patch_buckets(self, bucket_id: str) -> tuple[int, Any]:
        found = self.bucket(bucket_id)
        found.keep_s = _keep_s(json.loads(self.body))
        return 200, found.told()

    def delete_buckets(self, bucket_id: str) -> tuple[int, Any]:
        del self.server.double.buckets[self.bucket(bucket_id).name]
        return 204, None

    def bucket(self, bucket_id: str) -> Bucket:
        for one in self.server.double.buckets.values():
            if one.id == bucket_id:
                return one
        raise Refused(404, "not found", "bucket not found")

    def get_authorizations(self) -> tuple[int, Any]:
        told = [{**one, "token": "redacted"} for one in self.server.double.tokens.values()]
        return 200, {"authorizations": told}

    def post_authorizations(self) -> tuple[int, Any]:
        double, asked = self.server.double, json.loads(self.body)
        if asked.get("orgID") != ORG_ID or not asked.get("permissions"):
            raise Refused(400, "invalid", "organization and permissions are needed")
        for one in asked["permissions"]:
            if one["action"] not in ("read", "write") or one["resource"]["type"] != "buckets":
                raise Refused(400, "invalid", f"permission {one}")
            self.bucket(one["resource"]["id"])
        number = double.next_number()
        made = {
            "id": f"{number:016x}", "orgID": ORG_ID, "status": asked.get("status", "active"),
            "description": asked.get("description", ""), "permissions": asked["permissions"],
            "token": f"reader-{number}",
        }  # fmt: skip
        double.tokens[made["token"]] = made
        return 201, made

    def delete_authorizations(self, number: str) -> tuple[int, Any]:
        double = self.server.double
        double.tokens = {token: one for token, one in double.tokens.items() if one["id"] != number}
        return 204, None

    def get_tasks(self) -> tuple[int, Any]:
        found = [
            one for one in self.server.double.tasks.values() if self.asked.get("name") in (None, one["name"])
        ]
        return 200, {"tasks": found}

    def post_tasks(self) -> tuple[int, Any]:
        asked = json.loads(self.body)
        if asked.get("org") != ORG:
            raise Refused(404, "not found", "organization not found")
        task = {
            "id": f"{self.server.double.next_number():016x}",
            "orgID": ORG_ID,
            "status": "active",
        }
        self.server.double.tasks[task["id"]] = task | _task(asked["flux"])
        return 201, self.server.double.tasks[task["id"]]

    def patch_tasks(self, task_id: str) -> tuple[int, Any]:
        self.server.double.tasks[task_id] |= _task(json.loads(self.body)["flux"])
        return 200, self.server.double.tasks[task_id]

    def delete_tasks(self, task_id: str) -> tuple[int, Any]:
        del self.server.double.tasks[task_id]
        return 204, None


def _keep_s(asked: dict[str, Any]) -> int:
    rules = asked.get("retentionRules") or []
    keep_s = int(rules[0]["everySeconds"]) if rules else 0
    if 0 < keep_s < 3600:
        raise Refused(422, "unprocessable entity", "retention policy duration must be at least 1h0m0s")
    return keep_s


def _task(flux: str) -> dict[str, Any]:
    """Read name and interval from the script's option, as the server does."""
    try:
        option = read(flux).options["task"].values
    except (FluxError, KeyError, AttributeError) as error:
        raise Refused(400, "invalid", f"no task option: {error!r}") from error
    if not isinstance(option.get("name"), FluxLiteral) or "every" not in option:
        raise Refused(400, "invalid", "a task needs name and every")
    return {"name": option["name"].value, "flux": flux}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, double: Double) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.double = double

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Double]:
    """Serve a double on a free port of the loopback while the block runs."""
    double = Double()
    server = _Server(double)
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="influx-double")
    thread.start()
    try:
        yield double
    finally:
        double.unhang.set()
        server.shutdown()
        server.server_close()
        thread.join()
