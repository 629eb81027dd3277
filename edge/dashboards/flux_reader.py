"""A reader of the part of Flux that the edge and its dashboards write; it refuses everything else."""

import re
from typing import Any

from edge.dashboards.flux_tree import (
    Binary,
    Call,
    Duration,
    Exists,
    FluxError,
    If,
    Lambda,
    Listed,
    Literal,
    Member,
    Name,
    Not,
    Pattern,
    Pipe,
    Record,
    Script,
)

_UNITS = {
    "ns": 1,
    "us": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86_400 * 10**9,
}
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<duration>(?:\d+(?:ns|us|ms|s|m|h|d))+(?![A-Za-z0-9_]))
    |(?P<number>\d+(?:\.\d+)?(?![A-Za-z0-9_]))
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<operator>\|>|=>|=~|!~|==|!=|<=|>=|[-+*/<>=(){}\[\],:.])""",
    re.VERBOSE,
)
_PATTERN = re.compile(r"\s*(/(?:[^/\\\n]|\\.)+/)")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "$": "$"}
_LEVELS = (("or",), ("and",), ("==", "!=", "<", "<=", ">", ">=", "=~", "!~"), ("+", "-"), ("*", "/"))


def _text(token: str) -> str:
    if "${" in token:
        raise FluxError(f"string interpolation in {token}")

    def plain(found: re.Match[str]) -> str:
        code = found[1]
        if len(code) == 3:
            return chr(int(code[1:], 16))
        if code not in _SIMPLE:
            raise FluxError(f"unknown escape \\{code} in {token}")
        return _SIMPLE[code]

    return _ESCAPE.sub(plain, token[1:-1])


def _pattern(token: str) -> str:
    text = token[1:-1].replace("\\/", "/")
    try:
        re.compile(text)
    except re.error as error:
        raise FluxError(f"pattern {token}: {error}") from error
    return text


def _duration(token: str) -> int:
    return sum(int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)([a-z]+)", token))


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text):
            pattern = (
                _PATTERN.match(text, place) if self.tokens and self.tokens[-1][1] in ("=~", "!~") else None
            )
            if pattern is not None:
                self.tokens.append(("pattern", pattern[1]))
                place = pattern.end()
                continue
            found = _TOKEN.match(text, place)
            if found is None:
                raise FluxError(f"unreadable at {text[place : place + 40]!r}")
            if found.lastgroup != "space":
                assert found.lastgroup is not None
                self.tokens.append((found.lastgroup, found[0]))
            place = found.end()
        self.place = 0

    def peek(self, ahead: int = 0) -> str:
        place = self.place + ahead
        return self.tokens[place][1] if place < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else "end"

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise FluxError(f"{expected or 'more'!r} expected instead of {token!r}")
        self.place += 1
        return token

    def taken(self, token: str) -> bool:
        if self.peek() == token:
            self.place += 1
            return True
        return False

    def script(self) -> Script:
        found = Script()
        while self.taken("import"):
            found.imports.append(_text(self.take()))
        while self.kind() != "end":
            if self.taken("option"):
                name = self.take()
                self.take("=")
                found.options[name] = self.expression()
            elif self.kind() == "name" and self.peek(1) == "=":
                name = self.take()
                self.take("=")
                found.statements.append((name, self.expression()))
            else:
                found.statements.append((None, self.expression()))
        return found

    def expression(self) -> Any:
        if self.taken("if"):
            condition = self.expression()
            self.take("then")
            then = self.expression()
            self.take("else")
            return If(condition, then, self.expression())
        found = self.binary(0)
        while self.taken("|>"):
            call = self.postfix()
            if not isinstance(call, Call):
                raise FluxError("a call must follow |>")
            found = Pipe(found, call)
        return found

    def binary(self, level: int) -> Any:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.peek() in _LEVELS[level]:
            left = Binary(self.take(), left, self.binary(level + 1))
        return left

    def unary(self) -> Any:
        if self.taken("not"):
            return Not(self.unary())
        if self.taken("exists"):
            return Exists(self.unary())
        if self.taken("-"):
            operand = self.unary()
            if isinstance(operand, Duration):
                return Duration(-operand.ns)
            if isinstance(operand, Literal) and isinstance(operand.value, int | float):
                return Literal(-operand.value)
            raise FluxError("minus before what is no number")
        return self.postfix()

    def postfix(self) -> Any:
        found = self.primary()
        while True:
            if self.taken("."):
                found = Member(found, self.take())
            elif self.peek() == "[" and isinstance(found, Name):
                self.take("[")
                found = Member(found, _text(self.take()))
                self.take("]")
            elif self.peek() == "(":
                found = Call(found, self.named("(", ")"))
            else:
                return found

    def named(self, opening: str, closing: str) -> dict[str, Any]:
        self.take(opening)
        found: dict[str, Any] = {}
        while not self.taken(closing):
            name = self.take()
            self.take(":")
            if name in found:
                raise FluxError(f"{name} twice")
            found[name] = self.expression()
            if self.peek() != closing:
                self.take(",")
        return found

    def primary(self) -> Any:
        kind, word = self.kind(), self.peek()
        if kind == "string":
            return Literal(_text(self.take()))
        if kind == "pattern":
            return Pattern(_pattern(self.take()))
        if kind == "duration":
            return Duration(_duration(self.take()))
        if kind == "number":
            self.take()
            return Literal(float(word) if "." in word else int(word))
        if kind == "name":
            self.take()
            return Literal(word == "true") if word in ("true", "false") else Name(word)
        if word == "{":
            return self.record()
        if word == "[":
            return self.listed()
        if word == "(":
            return self.parenthesis()
        raise FluxError(f"unexpected {word!r}")

    def record(self) -> Record:
        if self.peek(2) != "with":
            return Record(self.named("{", "}"))
        self.take("{")
        base = self.take()
        self.tokens[self.place] = ("operator", "{")  # what follows `with` reads like a record
        return Record(self.named("{", "}"), base)

    def listed(self) -> Listed:
        self.take("[")
        items = []
        while not self.taken("]"):
            items.append(self.expression())
            if self.peek() != "]":
                self.take(",")
        return Listed(tuple(items))

    def parenthesis(self) -> Any:
        self.take("(")
        if self.kind() == "name" and self.peek(1) == ")" and self.peek(2) == "=>":
            parameter = self.take()
            self.take(")")
            self.take("=>")
            return Lambda((parameter,), self.expression())
        found = self.expression()
        self.take(")")
        return found


def read(text: str) -> Script:
    """Read a script; raises FluxError."""
    return _Reader(text).script()
