"""Bodies that are too long are refused, before anything reads them where they tell their length."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.api.problem import problem_response


class BodyLimit:
    """Middleware that takes at most `most` bytes of body a request; too many are answered as a problem, 413."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most
        self._detail = f"the body is too long; at most {most} bytes are taken"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and int(told) > self._most:
            await problem_response(Request(scope), 413, self._detail)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise HTTPException(413, self._detail)
            return message

        await self._app(scope, counted, send)
