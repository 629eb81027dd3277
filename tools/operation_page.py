"""Make docs/reference/rest.md from the API's own description, and from what it answers to each role; `make docs`."""

import asyncio
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx

from edge.api.access import Role
from edge.service import Service
from edge.settings import Settings
from tools.markdown_table import code, table

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "rest.md"
_NOWHERE = "nowhere"  # stands for whatever a path names: no plant, no fault, no role is called so


def pages() -> dict[Path, str]:
    """Return the page by file; asked in a process of its own: an edge lays out its pages once in a process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_pages).result()


def _pages() -> dict[Path, str]:
    """Set up an edge in a folder that is thrown away, and ask it."""
    with tempfile.TemporaryDirectory(prefix="edge-reference-") as folder:
        # Off loopback, so that reading takes a role as well; nothing listens.
        settings = Settings(
            data=Path(folder) / "data", secrets=Path(folder) / "secrets", host="edge", behind_proxy=True
        )
        service = Service(settings)
        try:
            description = service.app.openapi()
            roles = asyncio.run(_roles(service, settings.secrets, description))
        finally:
            service.close()
    return {PAGE: "\n".join(_page(description, roles)).rstrip() + "\n"}


async def _roles(service: Service, secrets: Path, description: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Ask for every operation as nobody, viewer, operator and admin; return the first that is not refused."""
    callers = {"nobody": {}} | {
        role.user: {"Authorization": f"Bearer {(secrets / role.user).read_text().strip()}"} for role in Role
    }
    found: dict[tuple[str, str], str] = {}
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        for path, operations in description["paths"].items():
            place = re.sub(r"\{\w+\}", _NOWHERE, path)
            for method in operations:
                for who, headers in callers.items():
                    answer = await client.request(method.upper(), place, headers=headers)
                    if answer.status_code not in (401, 403):
                        found[path, method] = who
                        break
    return found


def _page(description: dict[str, Any], roles: dict[tuple[str, str], str]) -> Iterator[str]:
    yield "# Operations of the API\n"
    yield "<!-- Built by `make docs` from the API's OpenAPI description: edit the routes in edge/api. -->\n"
    yield "What the running edge describes at `/docs` and, for machines, at `/openapi.json`. How to ask, with examples:"
    yield "[the API](../api.md). The role is the least that an edge lets in when it does not listen on loopback; on"
    yield "loopback, reading needs none ([security](../security.md)). Errors are RFC 9457 problems.\n"
    schemas = description["components"]["schemas"]
    yield from table(
        ("operation", "role", "purpose"),
        [
            (code(f"{method.upper()} {path}"), roles[path, method], _first(operation))
            for operations in _groups(description).values()
            for path, method, operation in operations
        ],
    )
    for group, operations in _groups(description).items():
        yield f"## {group.capitalize()}\n"
        for path, method, operation in operations:
            yield f"### {method.upper()} {code(path)}\n"
            yield f"{operation.get('description', '').strip()}\n"
            yield f"Role: {roles[path, method]}. {_answers(operation)}\n"
            rows = [_parameter(one, schemas) for one in operation.get("parameters", ())]
            rows += _body(operation, schemas)
            if rows:
                yield from table(("parameter", "in", "default", "meaning"), rows)


def _first(operation: dict[str, Any]) -> str:
    return str(operation.get("description", "")).strip().split("\n\n")[0]


def _groups(description: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Return the operations by their tag, in the order of the description."""
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            group = (operation.get("tags") or ["operations"])[0]
            found.setdefault(group, []).append((path, method, operation))
    return found


def _answers(operation: dict[str, Any]) -> str:
    """Tell status and schema of the good answer, and the statuses of the problems."""
    good, problems = [], []
    for status, answer in operation["responses"].items():
        schema = next(iter(answer.get("content", {}).values()), {}).get("schema", {})
        if status.startswith("2"):
            name = schema.get("$ref", "").rpartition("/")[2]
            good.append(f"{status}{f' ({code(name)})' if name else ''}")
        else:
            problems.append(status)
    told = f"Answers {', '.join(good)}"
    return told + (f"; problems {', '.join(sorted(problems))}." if problems else ".")


def _parameter(one: dict[str, Any], schemas: dict[str, Any]) -> tuple[str, ...]:
    needed = " (required)" if one.get("required") and one["in"] != "path" else ""
    return (
        code(one["name"]),
        one["in"] + needed,
        _value(one["schema"].get("default")),
        one.get("description", "") or _choices(one["schema"], schemas),
    )


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each field of the JSON body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    schema = _resolved(content["schema"], schemas)
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        place = "body (required)" if name in required else "body"
        yield (
            code(name),
            place,
            _value(field.get("default")),
            field.get("description", "") or _choices(field, schemas),
        )


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference; of alternatives take the first that is none of null."""
    for one in schema.get("anyOf", ()):
        if one.get("type") != "null":
            return _resolved(one, schemas)
    name = schema.get("$ref", "").rpartition("/")[2]
    return schemas[name] if name else schema


def _choices(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    return ", ".join(code(str(value)) for value in _resolved(schema, schemas).get("enum", ()))


def _value(default: Any) -> str:
    return "" if default in (None, "") else code(str(default))
