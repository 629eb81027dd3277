"""Bodies that are too long or too slow are refused, before anything reads them where they tell their length."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.api.problem import problem_response


class BodyLimit:
    """Middleware that takes at most `most` bytes of body a request, within `seconds`; else a problem, 413 or 408."""

    def __init__(self, app: ASGIApp, *, most: int, seconds: float = 10.0) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds
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
        whole = False
        deadline = asyncio.get_running_loop().time() + self._seconds

        async def counted() -> Message:
            nonlocal taken, whole
            if whole:  # what is awaited now is the client's leaving
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408, f"the body did not arrive within {self._seconds:g} s; send it at once"
                ) from None
            whole = not message.get("more_body", False)
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise HTTPException(413, self._detail)
            return message

        await self._app(scope, counted, send)
