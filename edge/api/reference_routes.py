"""The API's reference as one plain page, made from its own OpenAPI description: no foreign script, works offline."""

from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from edge.api.problem import Problem

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h2 { margin: 2rem 0 .25rem; font-size: 1.05rem; } code, pre { font: 14px/1.45 ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; } td { padding: .2rem .8rem .2rem 0; vertical-align: top; }
td:first-child { white-space: nowrap; } pre { overflow-x: auto; padding: .6rem; border: 1px solid #8886; }
"""


def reference_routes(app: FastAPI) -> APIRouter:
    """Build `/docs`, and the answer for whatever does not exist below `/api`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs", response_class=HTMLResponse)
    def docs() -> HTMLResponse:
        return HTMLResponse(reference_html(app.openapi()))

    @router.get("/api/{rest:path}")
    def nowhere(rest: str) -> None:
        raise Problem(404, f"/api/{rest} does not exist; the API is described at /docs")

    return router


def reference_html(description: dict[str, Any]) -> str:
    """Write an OpenAPI description as a page: every operation with its parameters."""
    parts = []
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            rows = "".join(
                f"<tr><td><code>{escape(one['name'])}</code></td>"
                f"<td>{escape(one.get('description', ''))}{_default(one)}</td></tr>"
                for one in operation.get("parameters", ())
            )
            parts.append(
                f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
                f"<p>{escape(operation.get('description', ''))}</p>"
                + (f"<table>{rows}</table>" if rows else "")
            )
    info = description["info"]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}: API</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(info['title'])} {escape(info['version'])}: API</h1><p>{escape(info['description'])}</p>"
        f'<p>Machine-readable: <a href="/openapi.json">/openapi.json</a>. Pages: <a href="/">plants</a>.</p>'
        f"{''.join(parts)}</body></html>"
    )


def _default(parameter: dict[str, Any]) -> str:
    default = parameter["schema"].get("default")
    return "" if default in (None, "") else f" (default <code>{escape(str(default))}</code>)"
