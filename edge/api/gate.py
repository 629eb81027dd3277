"""The gate before every route: who asks, may they, how often; a route that forgot to ask is closed all the same."""

import contextlib
import math
import re

import anyio.to_thread
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.api.access import WRONG, Caller, Role, Tokens, identify, refusal
from edge.api.allowance import Limits, Meter
from edge.api.guesses import Guesses
from edge.api.problem import Problem, problem_response
from edge.api.refusal import Refusals
from edge.training.veil import lifted

_BADGE = "edge_reader"  # cookie
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN = frozenset({"/healthz"})  # orchestrators have no token, and it tells nothing
# The pages' own channel: it draws, and changes nothing but the page. Buttons that act ask the API with a token.
_PAGES = "/_nicegui"
_PLANT = re.compile(r"/api/v1/plants/([^/]{1,100})(?:/(.*))?")
# What a class may do without a token of the edge: the routes themselves ask for the participant's.
_CLASS = re.compile(r"/api/v1/drills/[^/]{1,40}/(participants|marks)")
_CHEAP = frozenset({"", "declaration", "units", "tags", "values", "stream"})  # answered from memory


class Gate:
    """Middleware: names the caller in `request.state.caller`, refuses who may not, and who asks too often.

    Changing anything needs an operator; whoever may read may join a drill and set marks in it. Reading needs a viewer
    unless `open_reading`; a token that is wrong is refused even where none is needed. For operators alone the veil of
    a running drill is lifted.
    """

    def __init__(
        self, app: ASGIApp, *, tokens: Tokens, refusals: Refusals, open_reading: bool, limits: Limits
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._refusals = refusals
        self._open_reading = open_reading
        self._writes = Meter(limits.write)
        self._reads = Meter(limits.read)
        self._guesses = Guesses(limits.guess)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 401, 403 or 429."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        changes = scope.get("method", "GET") not in _SAFE and not scope["path"].startswith(_PAGES)
        of_class = scope.get("method") == "POST" and _CLASS.fullmatch(scope["path"]) is not None
        writes = changes and not of_class
        asked = HTTPConnection(scope)
        client = asked.client.host if asked.client else "an unknown client"
        authorization = asked.headers.get("authorization", "")
        caller = Caller("anonymous", None, client)
        problem = self._guessed(client, authorization)
        if problem is None:
            caller, cause = identify(
                self._tokens, authorization, asked.cookies.get(_BADGE, ""), client, bearer_only=writes
            )
            self._learn(client, authorization, caller, cause)
            scope.setdefault("state", {})["caller"] = caller
            problem = self._too_often(scope["path"], caller, writes=changes) or await self._not_allowed(
                scope["path"], caller, cause, authorization, writes=writes
            )
        if problem is None:
            if caller.role is not None and authorization[:6].lower() == "basic ":
                send = self._with_badge(send, caller.role, secure=scope["scheme"] in {"https", "wss"})
            # Pages are drawn for everybody who looks at them, so that they never show what a drill hides.
            sees = caller.may(Role.OPERATOR) and scope["path"].startswith("/api/")
            with lifted() if sees else contextlib.nullcontext():
                await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": problem.detail[:120]})
        else:
            answer = problem_response(Request(scope), problem.status, problem.detail, headers=problem.headers)
            await answer(scope, receive, send)

    def _with_badge(self, send: Send, role: Role, *, secure: bool) -> Send:
        """Give a browser that showed a password a badge: it sends no password on the page's channel."""
        cookie = (
            f"{_BADGE}={self._tokens.badge(role)}; Path=/; HttpOnly; SameSite=Strict" + "; Secure" * secure
        )

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"set-cookie", cookie.encode())]
            await send(message)

        return sending

    def _guessed(self, client: str, authorization: str) -> Problem | None:
        wait = self._guesses.wait(client, authorization) if authorization else 0.0
        if not wait:
            return None
        seconds = math.ceil(wait)
        return Problem(
            429,
            f"too many wrong tokens came from {client}; ask again in {seconds} s",
            {"Retry-After": str(seconds)},
        )

    def _learn(self, client: str, authorization: str, caller: Caller, cause: str) -> None:
        if cause == WRONG:
            self._guesses.wrong(client)
        elif authorization and caller.role is not None:
            self._guesses.right(client, authorization)

    def _too_often(self, path: str, caller: Caller, *, writes: bool) -> Problem | None:
        meter = self._writes if writes else self._reads
        if not writes and not _computed(path):
            return None
        wait = meter.wait(f"{caller.name} {caller.client}")
        if not wait:
            return None
        seconds = math.ceil(wait)
        return Problem(
            429, f"{caller.name} asks too often; ask again in {seconds} s", {"Retry-After": str(seconds)}
        )

    async def _not_allowed(
        self, path: str, caller: Caller, cause: str, authorization: str, *, writes: bool
    ) -> Problem | None:
        wanted = Role.OPERATOR if writes else Role.VIEWER
        free = not writes and not cause and (self._open_reading or path in _OPEN)
        if free or (caller.may(wanted) and not cause):
            return None
        problem = refusal(caller, wanted, cause)
        if problem.status == 401 and not writes and authorization[:7].lower() != "bearer ":
            # A browser asks its user for a password then; whatever the user name, the password is the token. It must
            # not ask over a page that sent a token of its own and tells the answer itself.
            problem.headers = {"WWW-Authenticate": 'Basic realm="smart factory edge"'}
        if writes:
            match = _PLANT.match(path)
            await anyio.to_thread.run_sync(
                self._refusals.record, match[1] if match else "", caller, path, problem.detail.split(";")[0]
            )
        return problem


def _computed(path: str) -> bool:
    match = _PLANT.fullmatch(path)
    return path == "/api/v1/audit" or (match is not None and (match[2] or "") not in _CHEAP)
