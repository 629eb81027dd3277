"""A small honest interpreter of Flux: the functions that the edge uses, as documented; anything else is refused."""

import operator
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from edge.dashboards.flux_reader import read
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
from tests.edge.influx.annotated_csv import rfc3339
from tests.edge.influx.flux_table import STEPS, Row, Table, Tables, Time, regrouped

# bucket -> its series: tags with _measurement and _field, and value by time in ns
Series = Callable[[str], Iterable[tuple[dict[str, str], dict[int, Any]]]]
Write = Callable[
    [str, str, dict[str, str], str, Any, int], None
]  # bucket, measurement, tags, field, value, ns

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "=~": lambda text, pattern: re.search(pattern.text, text) is not None,
    "!~": lambda text, pattern: re.search(pattern.text, text) is None,
}  # fmt: skip


@dataclass(slots=True)
class _Bucket:
    """What `from` gives, before `range`: the server refuses to read it without bounds."""

    name: str


@dataclass
class Run:
    """One run of a script; `results` by name as `yield` gives them."""

    series: Series
    write: Write | None = None
    now_ns: int = 0
    results: dict[str, Tables] = field(default_factory=dict)
    scope: dict[str, Any] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)

    def script(self, text: str) -> dict[str, Tables]:
        """Run; return the results. Raises FluxError."""
        parsed: Script = read(text)
        unknown = set(parsed.imports) - {"strings", "date"}
        if unknown:
            raise FluxError(f"unknown package {unknown}")
        self.imports = set(parsed.imports)
        self.now_ns = self.now_ns or time.time_ns()
        for name, expression in parsed.options.items():
            self.scope[name] = self.value(expression, {})
        for name, expression in parsed.statements:
            found = self.value(expression, {})
            if isinstance(found, _Bucket):
                raise FluxError("cannot submit unbounded read; try bounding it with a call to range")
            if name is not None:
                self.scope[name] = found
            elif not (
                isinstance(expression, Pipe) and expression.call.function in (Name("yield"), Name("to"))
            ):
                self.yielded(found, "_result")
        return self.results

    def yielded(self, tables: Tables, name: str) -> Tables:
        if name in self.results:
            raise FluxError(f"found more than one call to yield() with the name {name!r}")
        self.results[name] = tables
        return tables

    # -- expressions ---------------------------------------------------------------------------------------

    def value(self, node: Any, local: dict[str, Any]) -> Any:
        """Evaluate an expression; `local` holds the parameters of functions around it."""
        how = self._how.get(type(node))
        if how is None:
            raise FluxError(f"cannot evaluate {node}")
        return how(self, node, local)

    def name(self, node: Name, local: dict[str, Any]) -> Any:
        for scope in (local, self.scope):
            if node.name in scope:
                return scope[node.name]
        raise FluxError(f"undefined identifier {node.name}")

    def negated(self, node: Not, local: dict[str, Any]) -> Any:
        found = self.value(node.of, local)
        return None if found is None else not found

    def binary(self, node: Binary, local: dict[str, Any]) -> Any:
        left = self.value(node.left, local)
        if node.operator not in ("and", "or"):
            return self.compare(node.operator, left, self.value(node.right, local))
        decided = node.operator == "or"
        if left is decided:
            return left
        right = self.value(node.right, local)
        return None if left is None and right is not decided else right

    _how: ClassVar[dict[type, Callable[["Run", Any, dict[str, Any]], Any]]] = {
        Literal: lambda _, node, __: node.value,
        Duration: lambda _, node, __: node,
        Lambda: lambda _, node, __: node,
        Pattern: lambda _, node, __: node,
        If: lambda self, node, local: self.value(
            node.then if self.value(node.condition, local) is True else node.otherwise, local
        ),
        Name: name,
        Member: lambda self, node, local: self.value(node.of, local).get(node.name),
        Record: lambda self, node, local: {
            **(self.name(Name(node.base), local) if node.base else {}),
            **{name: self.value(one, local) for name, one in node.values.items()},
        },
        Listed: lambda self, node, local: [self.value(one, local) for one in node.items],
        Not: negated,
        Exists: lambda self, node, local: self.value(node.of, local) is not None,
        Binary: binary,
        Pipe: lambda self, node, local: self.step(self.value(node.source, local), node.call, local),
        Call: lambda self, node, local: self.call(node, local),
    }

    def compare(self, sign: str, left: Any, right: Any) -> Any:
        if left is None or right is None:
            return None
        if sign in ("=~", "!~"):
            if not isinstance(left, str) or not isinstance(right, Pattern):
                raise FluxError(f"type error: {left!r} {sign} {right!r}")
        elif type(left) is not type(right):
            raise FluxError(f"type error: {left!r} {sign} {right!r}")
        return _COMPARE[sign](left, right)

    def call(self, node: Call, local: dict[str, Any]) -> Any:
        given = {name: self.value(one, local) for name, one in node.arguments.items()}
        match node.function:
            case Name("from"):
                self.only(given, "bucket")
                return _Bucket(given["bucket"])
            case Name("time"):
                return Time(int(given["v"]))
            case Name("now"):
                return Time(self.now_ns)
            case Name("string" | "float" | "int" as kind):
                self.only(given, "v")
                return _converted(kind, given["v"])
            case Name("union"):
                self.only(given, "tables")
                return regrouped(given["tables"])
            case Member(Name("strings"), "trimPrefix") if "strings" in self.imports:
                self.only(given, "v", "prefix")
                return str(given["v"].removeprefix(given["prefix"]))
            case Member(Name("strings"), "hasPrefix") if "strings" in self.imports:
                self.only(given, "v", "prefix")
                if given["v"] is None:
                    raise FluxError("strings.hasPrefix: missing argument v")
                return bool(given["v"].startswith(given["prefix"]))
            case Member(Name("date"), "truncate") if "date" in self.imports:
                self.only(given, "t", "unit")
                return Time(given["t"].ns // given["unit"].ns * given["unit"].ns)
            case Member(Name("date"), "sub") if "date" in self.imports:
                self.only(given, "from", "d")
                return Time(given["from"].ns - given["d"].ns)
        raise FluxError(f"undefined function {node.function}")

    @staticmethod
    def only(given: dict[str, Any], *allowed: str) -> None:
        unknown = set(given) - set(allowed)
        if unknown:
            raise FluxError(f"unused arguments {sorted(unknown)}")

    # -- steps of a pipeline -------------------------------------------------------------------------------

    def step(self, source: Any, call: Call, local: dict[str, Any]) -> Any:
        if not isinstance(call.function, Name):
            raise FluxError(f"undefined function {call.function}")
        given: dict[str, Any] = {}
        for name, one in call.arguments.items():
            is_function = name == "fn" and isinstance(one, Name)
            given[name] = one.name if is_function else self.value(one, local)
        method = STEPS.get(call.function.name) or getattr(self, f"do_{call.function.name}", None)
        if method is None:
            raise FluxError(f"undefined function {call.function.name}")
        if isinstance(source, _Bucket) != (call.function.name == "range"):
            raise FluxError("cannot submit unbounded read; try bounding it with a call to range")
        return method(source, **given)

    def do_range(self, source: _Bucket, start: Any, stop: Any = None) -> Tables:
        bounds = [
            Time(self.now_ns + one.ns) if isinstance(one, Duration) else one
            for one in (start, stop or Time(self.now_ns))
        ]
        if not all(isinstance(one, Time) for one in bounds):
            raise FluxError("range: start and stop are times or durations")
        low, high = bounds
        if low >= high:
            raise FluxError("cannot query an empty range")
        return [
            Table(whole, partial(_between, whole, values, low, high))
            for key, values in self.series(source.name)
            for whole in ({**key, "_start": low, "_stop": high},)
        ]

    def do_filter(self, source: Tables, fn: Lambda) -> Tables:
        (parameter,) = fn.parameters
        needed = _members(fn.body, parameter)
        found = []
        for table in source:
            if needed <= set(table.key):
                if self.value(fn.body, {parameter: table.key}) is True and table.rows:
                    found.append(table)
                continue
            rows = [row for row in table.rows if self.value(fn.body, {parameter: row}) is True]
            if rows:
                found.append(Table(table.key, rows))
        return found

    def do_map(self, source: Tables, fn: Lambda) -> Tables:
        """Make a record of each row; a column of the group key that it lacks leaves the key."""
        (parameter,) = fn.parameters
        made = []
        for table in source:
            for row in table.rows:
                record = self.value(fn.body, {parameter: row})
                if not isinstance(record, dict):
                    raise FluxError("map: fn gives no record")
                key = {name: record[name] for name in table.key if name in record}
                made.append(Table(key, [record]))
        return regrouped([made])

    def do_yield(self, source: Tables, name: str = "_result") -> Tables:
        return self.yielded(source, name)

    def do_to(self, source: Tables, bucket: str, org: str) -> Tables:
        if self.write is None or not org:
            raise FluxError("to() is for tasks")
        for table in source:
            for row in table.rows:
                tags = {name: text for name, text in row.items() if not name.startswith("_")}
                self.write(bucket, row["_measurement"], tags, row["_field"], row["_value"], row["_time"].ns)
        return source


def _converted(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, Time):
        return rfc3339(value) if kind == "string" else value.ns if kind == "int" else float(value.ns)
    if kind == "string":
        return repr(value) if isinstance(value, float) else str(value)
    return float(value) if kind == "float" else int(value)


def _members(node: Any, parameter: str) -> set[str]:
    """Return the columns that a predicate looks at."""
    if isinstance(node, Member) and node.of == Name(parameter):
        return {node.name}
    found: set[str] = set()
    match node:
        case Binary(_, left, right):
            found = _members(left, parameter) | _members(right, parameter)
        case Not(of) | Exists(of):
            found = _members(of, parameter)
        case Call(_, arguments):
            for one in arguments.values():
                found |= _members(one, parameter)
        case Member(of, _):
            found = _members(of, parameter)
    return found


def _between(key: dict[str, Any], values: dict[int, Any], low: Time, high: Time) -> list[Row]:
    return [
        {**key, "_time": Time(at), "_value": values[at]} for at in sorted(values) if low.ns <= at < high.ns
    ]
