"""Three roles at the gate: who may read, write and administer; what is asked too often; tokens that end."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from edge.api.access import Role, Tokens
from edge.api.allowance import Allowance, Limits
from edge.api.guesses import Guesses
from edge.audit import Audit
from edge.store.memory import MemoryStore
from tests.edge.api_bench import BASE, TOKENS, Bench, served, tokens
from tests.edge.filled_store import Filler, filled
from twin.secret import SecretError

COMMAND = {"path": "op10/cycle_setpoint", "value": 14.0, "reason": "trial"}


def bearer(role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[role]}"}


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"anybody:{token}".encode()).decode()}


@pytest.fixture(scope="module")
def line() -> tuple[MemoryStore, Filler]:
    store, filler = filled(30)
    assert isinstance(store, MemoryStore)
    return store, filler


@pytest.fixture
async def far(line: tuple[MemoryStore, Filler]) -> AsyncIterator[Bench]:
    """An edge that does not listen on loopback."""
    async with served(*line, open_reading=False) as found:
        yield found


async def test_viewer_reads_and_writes_nothing(bench: Bench) -> None:
    found = await bench.client.post(f"{BASE}/commands", json=COMMAND, headers=bearer(Role.VIEWER))
    assert (found.status_code, bench.link.sent) == (403, [])
    assert "send that of `operator`" in found.json()["detail"]
    assert (await bench.client.get(BASE, headers=bearer(Role.VIEWER))).status_code == 200


async def test_admin_may_what_an_operator_may(bench: Bench) -> None:
    found = await bench.client.post(f"{BASE}/commands", json=COMMAND, headers=bearer(Role.ADMIN))
    assert (found.status_code, [one.source for one in bench.link.sent]) == (202, ["admin"])


async def test_token_that_is_wrong_is_refused_even_where_none_is_needed(bench: Bench) -> None:
    assert (await bench.client.get(BASE)).status_code == 200
    assert (await bench.client.get(BASE, headers={"Authorization": "Bearer guess"})).status_code == 401


async def test_browsers_password_lets_read_and_never_write(bench: Bench, far: Bench) -> None:
    """A browser sends it by itself, whoever's page makes it ask."""
    assert (await far.client.get(BASE, headers=basic(TOKENS[Role.VIEWER]))).status_code == 200
    for one in (bench, far):
        headers = basic(TOKENS[Role.ADMIN])
        found = await one.client.post(f"{BASE}/commands", json=COMMAND, headers=headers)
        assert (found.status_code, one.link.sent) == (401, [])


async def test_badge_of_a_browser_reads_until_the_token_ends_and_never_writes(far: Bench) -> None:
    found = await far.client.get(BASE, headers=basic(TOKENS[Role.ADMIN]))
    cookie = found.headers["set-cookie"]
    assert "HttpOnly; SameSite=Strict" in cookie
    assert TOKENS[Role.ADMIN] not in cookie
    shown = {"Cookie": cookie.partition(";")[0]}
    far.client.cookies.clear()
    assert (await far.client.get(BASE, headers=shown)).status_code == 200
    written = await far.client.post(f"{BASE}/commands", json=COMMAND, headers=shown)
    assert (written.status_code, far.link.sent) == (401, [])
    assert (await rotate(far.client, "admin", TOKENS[Role.ADMIN])).status_code == 200
    assert (await far.client.get(BASE, headers=shown)).status_code == 401
    assert (await far.client.get(BASE, headers={"Cookie": "edge_reader=guess"})).status_code == 401


@pytest.mark.parametrize(
    "path", [BASE, "/api/v1/status", "/metrics", "/readyz", "/openapi.json", "/docs", "/"]
)
async def test_off_loopback_reading_needs_a_viewer(far: Bench, path: str) -> None:
    found = await far.client.get(path)
    assert found.status_code == 401
    assert found.headers["www-authenticate"].startswith("Basic")
    assert (await far.client.get(path, headers=bearer(Role.VIEWER))).status_code in {200, 404}


async def test_wrong_bearer_token_makes_no_browser_ask_for_a_password(far: Bench) -> None:
    """A page that sends a token tells the answer itself; the browser's own dialog would hold its request."""
    found = await far.client.get(BASE, headers={"Authorization": "Bearer wrong-token-of-a-trainer"})
    assert (found.status_code, found.headers["www-authenticate"]) == (401, "Bearer")
    asked = await far.client.get("/", headers={"Authorization": "Basic YTpi"})
    assert (asked.status_code, asked.headers["www-authenticate"][:5]) == (401, "Basic")


async def test_health_is_open_everywhere(far: Bench) -> None:
    assert (await far.client.get("/healthz")).status_code == 200


async def test_off_loopback_the_pages_channel_needs_a_viewer(far: Bench) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "websocket", "path": "/_nicegui_ws/socket.io/", "raw_path": b"", "query_string": b"", "root_path": "",
        "headers": [], "client": ("192.0.2.1", 1), "server": ("edge", 80), "scheme": "ws", "subprotocols": [],
    }  # fmt: skip
    await far.client._transport.app(scope, receive, send)  # type: ignore[attr-defined]
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_route_that_is_not_there_is_closed_too(bench: Bench) -> None:
    """The gate stands before every route, so that a new one is not open because somebody forgot to close it."""
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await bench.client.request(method, "/api/v1/whatever")).status_code == 401


async def test_caller_who_asks_too_often_waits_and_others_do_not(line: tuple[MemoryStore, Filler]) -> None:
    limits = Limits(write=Allowance(0.001, 3.0), read=Allowance(0.001, 4.0))
    async with served(*line, limits=limits) as bench:
        answers = [
            await bench.client.post(f"{BASE}/commands", json=COMMAND, headers=bearer(Role.OPERATOR))
            for _ in range(5)
        ]
        assert [one.status_code for one in answers] == [202, 202, 202, 429, 429]
        assert 900 < int(answers[3].headers["retry-after"]) <= 1000
        assert len(bench.link.sent) == 3
        other = await bench.client.post(f"{BASE}/commands", json=COMMAND, headers=bearer(Role.ADMIN))
        assert other.status_code == 202
        reads = [(await bench.client.get(f"{BASE}/kpis")).status_code for _ in range(6)]
        assert reads == [200, 200, 200, 200, 429, 429]
        assert (await bench.client.get("/api/v1/status")).status_code == 200


# -- tokens ----------------------------------------------------------------------------------------------------


async def rotate(client: httpx.AsyncClient, role: str, token: str) -> httpx.Response:
    return await client.post(f"/api/v1/tokens/{role}", headers={"Authorization": f"Bearer {token}"})


async def test_admin_gives_a_role_a_new_token_and_the_old_one_ends(bench: Bench) -> None:
    assert (await rotate(bench.client, "viewer", TOKENS[Role.OPERATOR])).status_code == 403
    found = await rotate(bench.client, "viewer", TOKENS[Role.ADMIN])
    assert found.status_code == 200, found.text
    new = found.json()["token"]
    assert (await bench.client.get(BASE, headers={"Authorization": f"Bearer {new}"})).status_code == 200
    assert (await bench.client.get(BASE, headers=bearer(Role.VIEWER))).status_code == 401
    deed = bench.audit.page()[0]
    assert (deed.who, deed.action, deed.target, deed.outcome) == ("admin", "token", "viewer", "rotated")
    assert (await rotate(bench.client, "nobody", TOKENS[Role.ADMIN])).status_code == 404


def test_token_file_that_is_deleted_or_opened_lets_nobody_in_from_then_on(tmp_path: Path) -> None:
    known = tokens(tmp_path)
    assert {known.role_of(token) for token in TOKENS.values()} == set(Role)
    (tmp_path / "operator").unlink()
    (tmp_path / "viewer").chmod(0o644)
    assert [known.role_of(TOKENS[role]) for role in Role] == [None, None, Role.ADMIN]
    tokens(tmp_path)
    assert known.role_of(TOKENS[Role.OPERATOR]) is Role.OPERATOR


def test_digests_are_kept_and_tokens_are_not(tmp_path: Path) -> None:
    held = repr(vars(tokens(tmp_path)))
    assert not any(token in held for token in TOKENS.values())


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("changeme", "placeholder"), ("short", "shorter than"), (TOKENS[Role.ADMIN], "the same token")],
)
def test_token_that_protects_nothing_is_refused_at_start(
    tmp_path: Path, operator: str, expected: str
) -> None:
    tokens(tmp_path)
    (tmp_path / "operator").write_text(operator)
    with pytest.raises(SecretError, match=expected):
        Tokens(tmp_path)


async def test_audit_is_for_operators(bench: Bench) -> None:
    for headers, status in (({}, 401), (bearer(Role.VIEWER), 403), (bearer(Role.OPERATOR), 200)):
        assert (await bench.client.get("/api/v1/audit", headers=headers)).status_code == status
    assert isinstance(bench.audit, Audit)


async def test_wrong_tokens_slow_down_who_sends_them_and_nobody_else(
    line: tuple[MemoryStore, Filler],
) -> None:
    """Beyond the allowance the right token is not looked at either, unless this client had shown it before."""
    async with served(*line, limits=Limits(guess=Allowance(0.001, 3.0))) as bench:
        known = bearer(Role.OPERATOR)
        assert (await bench.client.get(BASE, headers=known)).status_code == 200
        asked = [
            (await bench.client.get(BASE, headers={"Authorization": f"Bearer {n}"})).status_code
            for n in range(5)
        ]
        assert asked == [401, 401, 401, 429, 429]
        refused = await bench.client.get(BASE, headers=bearer(Role.ADMIN))
        assert (refused.status_code, "wrong tokens" in refused.json()["detail"]) == (429, True)
        assert int(refused.headers["retry-after"]) > 60
        assert (await bench.client.get(BASE, headers=basic(TOKENS[Role.VIEWER]))).status_code == 429
        assert (await bench.client.get(BASE, headers=known)).status_code == 200
        assert (await bench.client.get(BASE)).status_code == 200
        bench.client._transport.client = ("192.0.2.7", 1)  # type: ignore[attr-defined]
        assert (await bench.client.get(BASE, headers=bearer(Role.ADMIN))).status_code == 200


def test_guesses_are_allowed_again_with_time_and_remembered_for_so_many_clients() -> None:
    now = [0.0]
    guesses = Guesses(Allowance(0.5, 2.0), clock=lambda: now[0])
    for _ in range(2):
        assert guesses.wait("a", "x") == 0.0
        guesses.wrong("a")
    assert (guesses.wait("a", "x"), guesses.wait("b", "x")) == (2.0, 0.0)
    now[0] = 2.0
    assert guesses.wait("a", "x") == 0.0
    for number in range(5_000):
        guesses.wrong(str(number))
        guesses.right(str(number), "y")
    assert len(guesses._right) == len(guesses._meter._left) == 2_000
