"""The API against requests made from its own description, with and without a token: no failure, no stall, no effect."""

import asyncio
import json
import time
from collections import Counter
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from edge.api.access import Role
from edge.api.allowance import Allowance, Limits
from edge.api.application import application
from edge.api.query import Query
from edge.store.memory import MemoryStore
from edge.training.drill import Drill, Plan
from edge.training.drills import Drills
from tests.edge.api_bench import TOKENS, FakeLink, actors, tokens
from tests.edge.filled_store import filled
from tests.robustness.extent import LONG, SEED, cases

pytestmark = [pytest.mark.timeout(7200 if LONG else 240)]

PLENTY = Allowance(1e9, 1e9)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]
# A stream has no end, which is what these clients wait for; it has tests of its own.
ENDLESS = "/stream"
VALID: dict[str, tuple[str, ...]] = {
    "plant": ("toy_line",), "key": ("blunt_die", "none"), "role": ("viewer", "operator"), "scope": ("op10", "line"),
    "unit": ("op10",), "path": ("op10/tonnage", "op10/state", "line/order"), "start": ("-1h", "-8h"), "end": ("now",),
    "every": ("", "1m", "raw"), "window": ("total", "hour"), "figures": ("", "oee_index"),
    "kind": ("", "alarm,clear"), "severity": ("", "critical"),
    "drill_id": ("running", "ended"),
}  # fmt: skip
# What cannot succeed here whatever is asked: the toy line has no upgrade, and its link no ledger. What succeeds
# once, or for a participant alone: drills are started and ended, planned faults withdrawn, marks set.
NEVER = (
    "/upgrades/",
    "/reconciliation",
    "/comparisons",  # no plant to compare is made up
    "/start",
    "/{number}",
    "/marks",
    "DELETE /api/v1/drills/",
    "/participants",
    "/events/acknowledge",  # no id of an event is made up
)
OPERATORS = ("/audit", "/schedule")
CLASS = ("/participants", "/marks")


def make() -> tuple[Any, FakeLink]:
    """Return an application over a filled store whose link answers at once."""
    store, filler = filled(60)
    assert isinstance(store, MemoryStore)
    link = FakeLink()
    query = Query(store, lambda: [link.status], clock_ms=lambda: filler.run.now_ms + 1500)
    drills = Drills()
    now = filler.run.now_ms
    for name in ("ended", "running"):
        drill = Drill(id=name, name=name, plant="toy_line", by="test", created_ms=now, length_s=600.0)
        drills.add(drill, [Plan(key="blunt_die", after_s=60.0, duration_s=60.0)])
        drills.start(name, now - 60_000)
        if name == "ended":
            drills.end(name, now)
    dispatch, loops, comparisons, schedule = actors(query, lambda: [link], drills)
    app = application(
        query, lambda: [link], dispatch, loops, comparisons, schedule, tokens=Pinned(), version="0",
        closing=asyncio.Event(),
        limits=Limits(PLENTY, PLENTY, PLENTY),
    )  # fmt: skip
    return app, link


class Pinned:
    """The tokens of the tests, which a successful rotation does not change: the next request must get in too."""

    def __init__(self) -> None:
        self._tokens = tokens()

    def role_of(self, token: str) -> Role | None:
        return self._tokens.role_of(token)

    def rotate(self, role: Role) -> str:
        return "a new token, had it been replaced"


def operations(app: Any) -> list[Any]:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    found = [result.ok() for result in schema.get_all_operations()]
    return [one for one in found if not one.path.endswith(ENDLESS)]


def probe(operation: Any, number: int, headers: dict[str, str]) -> tuple[Counter[int], list[float]]:
    """Try `number` requests; return how often each status came, and how long each took (s)."""
    statuses: Counter[int] = Counter()
    taken: list[float] = []

    @hypothesis.seed(SEED)
    @settings(
        max_examples=number, deadline=None, database=None, derandomize=False, print_blob=False,
        suppress_health_check=list(HealthCheck), phases=[hypothesis.Phase.generate],
    )  # fmt: skip
    @given(data=st.data())
    def attempt(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy())
        if data.draw(st.integers(0, 3)):
            _mend(case, data)
        begin = time.perf_counter()
        answer = case.call(headers=headers)
        taken.append(time.perf_counter() - begin)
        statuses[answer.status_code] += 1
        if answer.status_code >= 400:
            told = json.loads(answer.content)
            assert {"type", "title", "status", "detail", "instance"} <= told.keys() or "ready" in told
        case.validate_response(answer, checks=CHECKS)

    attempt()
    return statuses, taken


def _mend(case: Any, data: st.DataObject) -> None:
    """Put what exists in the place of what was made up, so that requests come past the first check."""
    for place in (case.path_parameters, case.query):
        for name in list(place or {}):
            if name in VALID:
                place[name] = data.draw(st.sampled_from(VALID[name]))
    if case.path.endswith("/gains/{plant}"):
        case.path_parameters["plant"] = "aluminium"  # the toy line is not among the plants that were measured
    if isinstance(case.body, dict) and "path" in case.body:
        case.body |= {"path": "op10/cycle_setpoint", "value": 14.0, "reason": "fuzz"}
        case.body.pop("id", None)
    elif isinstance(case.body, dict) and case.path.endswith("/faults/{key}"):
        for name in ("at", "when", "id"):
            case.body.pop(name, None)
    elif isinstance(case.body, dict) and case.path.endswith("/schedule"):
        case.body["key"] = "blunt_die"
    elif isinstance(case.body, dict) and case.path.endswith("/drills"):
        case.body |= {"plant": "toy_line", "faults": [], "surprise": {"count": 1}}


@pytest.mark.parametrize("who", [None, Role.ADMIN], ids=["without token", "admin"])
def test_requests_from_the_description_never_fail(who: Role | None) -> None:
    app, link = make()
    headers = {} if who is None else {"Authorization": f"Bearer {TOKENS[who]}"}
    found = operations(app)
    assert len(found) > 20
    each = -(-cases(400, 13_000) // len(found))
    total: Counter[int] = Counter()
    slowest = 0.0
    for operation in found:
        statuses, taken = probe(operation, each, headers)
        total += statuses
        slowest = max(slowest, *taken)
        write = operation.method.upper() not in {"GET", "HEAD"}
        succeeded = sum(count for status, count in statuses.items() if status < 300) / sum(statuses.values())
        if who is None and operation.path.endswith(CLASS):
            assert not {200, 202} & set(statuses), f"{operation.label}: {statuses}"
        elif write and who is None:
            assert set(statuses) <= {401, 405, 413}, f"{operation.label}: {statuses}"
        elif who is None and operation.path.endswith(OPERATORS):
            assert succeeded == 0
        elif not any(part in operation.label for part in NEVER):
            assert succeeded >= 0.1, f"{operation.label}: {statuses} proves nothing"
    print(f"{who}: {sum(total.values())} requests, {dict(sorted(total.items()))}, slowest {slowest:.2f} s")
    assert not [status for status in total if status >= 500 and status != 503]
    assert (link.sent == []) is (who is None)
