"""Make docs/reference/configuration.md from the edge's settings; `make docs` writes it."""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from edge.settings import PREFIX, Settings
from tools.markdown_table import code, table

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "configuration.md"
_NAMES = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}


def pages() -> dict[Path, str]:
    """Return the page by file."""
    return {PAGE: "\n".join(_page()).rstrip() + "\n"}


def _page() -> Iterator[str]:
    yield "# Configuration of the edge\n"
    yield "<!-- Built by `make docs` from edge/settings.py: edit the descriptions there. -->\n"
    yield "Each setting is taken from the command line ([`edge run`](edge.md#edge-run), where it has an option), then"
    yield f"from the environment (`{PREFIX}…`), then from the TOML file that `--config` names, then its default."
    yield "Unknown names are refused, and what cannot be used is told with the place where it stands. Passwords and"
    yield "tokens are no settings: they are files of the secrets directory ([security](../security.md)).\n"
    yield from table(
        ("environment", "in the file", "is", "default", "meaning"),
        [
            (
                code(f"{PREFIX}{name.upper()}"),
                code(name),
                _kind(field.annotation) + _bounds(field),
                _default(field),
                field.description or "",
            )
            for name, field in Settings.model_fields.items()
        ],
    )
    yield "Lists are written with commas in the environment, and as lists in the file:\n"
    yield "```toml"
    yield 'source = ["opc.tcp://127.0.0.1:4840", "mqtt://127.0.0.1:1883"]'
    yield 'data = "var/edge"'
    yield 'secrets = "var/secrets"'
    yield "port = 8000"
    yield "```\n"
    yield "A plant has no such settings: what it is follows from its parameters (`twin run … --set NAME=VALUE`, listed"
    yield "on [its page](../index.md#plants)) and the options of [`twin run`](twin.md#twin-run).\n"


def _kind(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(map(code, arguments))
    if origin is tuple:
        return f"list of {_name(arguments[0])}s"
    if origin in (Union, types.UnionType):
        return " or ".join(_name(one) for one in arguments if one is not type(None))
    return _name(annotation)


def _name(kind: Any) -> str:
    return _NAMES.get(kind) or str(getattr(kind, "__name__", kind))


def _bounds(field: FieldInfo) -> str:
    """Tell the range or the pattern of a value as pydantic holds it."""
    found = {
        name: value
        for one in field.metadata
        for name in ("ge", "gt", "le", "lt", "pattern")
        if (value := getattr(one, name, None)) is not None
    }
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    told = [f"{signs[name]} {value:g}" for name, value in found.items() if name in signs]
    told += [code(found["pattern"])] if "pattern" in found else []
    return f", {', '.join(told)}" if told else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value in (None, "", ()):
        return "none"
    return code(str(value).lower() if isinstance(value, bool) else str(value))
