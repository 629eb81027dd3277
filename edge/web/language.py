"""The language of a page: English as written, or another through a catalogue that the browser applies."""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response

ENGLISH, CHINESE = "en", "zh"
COOKIE = "edge_language"
NAMES = {ENGLISH: "English", CHINESE: "中文"}
_HERE = Path(__file__).parent


def language_of(cookies: Mapping[str, str], accepted: str) -> str:
    """Return the language chosen by cookie, else the first that the browser accepts, else English.

    >>> language_of({}, "zh-CN,zh;q=0.9,en;q=0.8"), language_of({"edge_language": "en"}, "zh"), language_of({}, "fr")
    ('zh', 'en', 'en')
    """
    chosen = (
        cookies.get(COOKIE, "")
        or accepted.split(",", maxsplit=1)[0]
        .split(";", maxsplit=1)[0]
        .split("-", maxsplit=1)[0]
        .strip()
        .lower()
    )
    return chosen if chosen in NAMES else ENGLISH


@cache
def catalogue(language: str) -> dict[str, Any]:
    """Return the catalogue of a language: `words` (English -> told) and `patterns` (expression, told with $1...)."""
    told: dict[str, Any] = json.loads((_HERE / f"{language}.json").read_text(encoding="utf-8"))
    words = {english: text for group in told["words"].values() for english, text in group.items()}
    return {"language": told["language"], "words": words, "patterns": told["patterns"]}


@cache
def script(language: str) -> tuple[str, str]:
    """Return (address, text) of the script that puts pages into a language; the address changes with the text."""
    code = (_HERE / "language.js").read_text(encoding="utf-8")
    data = json.dumps(catalogue(language), ensure_ascii=False, separators=(",", ":"))
    text = f"{code}\nedgeLanguage({data});"
    return f"/languages/{language}-{sha256(text.encode()).hexdigest()[:16]}.js", text


def head_html(language: str) -> str:
    """Return what the head of a page needs for a language; nothing for English."""
    return "" if language == ENGLISH else f'<script src="{script(language)[0]}"></script>'


def install(app: FastAPI) -> None:
    """Serve the scripts of the languages from `app`; browsers keep them."""
    for language in NAMES:
        if language != ENGLISH:
            _serve(app, *script(language))


def _serve(app: FastAPI, address: str, text: str) -> None:
    kept = {"Cache-Control": "private, max-age=31536000, immutable"}

    @app.get(address, include_in_schema=False)
    def answer() -> Response:
        return Response(text, media_type="text/javascript", headers=kept)


def knob_html(language: str) -> str:
    """Draw the button that changes to the other language; it is labelled in that language."""
    other = CHINESE if language == ENGLISH else ENGLISH
    return (
        f'<button type="button" class="knob" lang="{other}" data-verbatim '
        f"onclick=\"edgePage.language('{other}')\">{NAMES[other]}</button>"
    )
