"""Errors as RFC 9457 problem+json, every one of them."""

from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from edge.store import QuestionTooSlow, StoreUnavailable

_TITLES = {
    400: "Bad request", 401: "Not authenticated", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    408: "Too slow", 409: "Conflict", 413: "Body too large", 415: "Unsupported media type",
    422: "Request cannot be used", 429: "Too many requests", 500: "Internal error", 503: "Not available now",
    504: "Took too long",
}  # fmt: skip


class Problem(Exception):
    """An error answer: `status`, and `detail` with the cause and the remedy."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


class ProblemDetail(BaseModel):
    """Body of every error (RFC 9457, `application/problem+json`)."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["plant 'stampin' is unknown; known plants: stamping, aluminium"])
    instance: str = Field(examples=["/api/v1/plants/stampin"])
    errors: list[dict[str, str]] | None = Field(default=None, description="one entry a field, for status 422")


_BODY = {"application/problem+json": {"schema": ProblemDetail.model_json_schema()}}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Problem", "content": _BODY},
    422: {"description": "Request cannot be used",
          "content": {"application/problem+json": {"schema": ProblemDetail.model_json_schema()}}},
}  # fmt: skip


def problem_response(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Build the answer of one error."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": request.url.path,
    }
    if errors:
        body["errors"] = errors
    return Response(orjson.dumps(body), status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Make `app` answer every error as a problem."""
    log = structlog.get_logger("edge.api")

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return problem_response(request, error.status, error.detail, headers=error.headers)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        detail = str(error.detail)
        if error.status_code == 404:
            detail = f"{request.url.path} does not exist; the API is described at /docs"
        return problem_response(request, error.status_code, detail, headers=dict(error.headers or {}))

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = [
            {"field": ".".join(str(part) for part in one["loc"]), "detail": str(one["msg"])}
            for one in error.errors()
        ]
        first = errors[0] if errors else {"field": "request", "detail": "invalid"}
        return problem_response(request, 422, f"{first['field']}: {first['detail']}", errors=errors)

    async def on_too_slow(request: Request, error: Exception) -> Response:
        log.warning("question given up", path=request.url.path, cause=str(error))
        return problem_response(request, 504, str(error))

    async def on_unavailable(request: Request, error: Exception) -> Response:
        log.warning("store unavailable", path=request.url.path, cause=str(error))
        return problem_response(request, 503, str(error), headers={"Retry-After": "5"})

    async def on_failure(request: Request, error: Exception) -> Response:
        log.error("request failed", path=request.url.path, error=repr(error), exc_info=error)
        return problem_response(request, 500, "the edge failed to answer; its log tells why")

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(QuestionTooSlow, on_too_slow)
    app.add_exception_handler(StoreUnavailable, on_unavailable)
    app.add_exception_handler(Exception, on_failure)
