"""Proves that a question asks for what the store writes: bucket, measurement, tags, fields, and each column on its way.

It knows the steps that our dashboards use and refuses every other one, so that nothing passes unproven.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from edge.dashboards.flux_reader import read
from edge.dashboards.flux_tree import (
    Binary,
    Call,
    Duration,
    Exists,
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
)
from edge.dashboards.vocabulary import TAG_VALUES, fields
from edge.store.influxdb_schema import MEASUREMENTS, bucket_name

_TIME = {"timeRangeStart", "timeRangeStop", "windowPeriod"}


class Wrong(ValueError):
    """A question about something that is not there."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Rows on their way: columns, those of the group key, and the fields chosen (as long as they are rows)."""

    columns: frozenset[str]
    key: frozenset[str]
    chosen: frozenset[str] = frozenset()
    bounded: bool = True
    bucket: str = ""


def prove(query: str, prefix: str = "factory") -> list[Stream]:
    """Return what a script gives, a stream for each result; raises Wrong, FluxError."""
    script = read(query)
    known: dict[str, Stream] = {}
    results = []
    for name, expression in script.statements:
        stream = _Proof(known, prefix, set(script.imports)).stream(expression)
        if name is None:
            results.append(stream)
        else:
            known[name] = stream
    if not results:
        raise Wrong("the question has no result")
    return results


@dataclass(slots=True)
class _Proof:
    known: dict[str, Stream]
    prefix: str
    imports: set[str]

    def stream(self, node: Any) -> Stream:
        match node:
            case Name(name) if name in self.known:
                return self.known[name]
            case Name(name):
                raise Wrong(f"{name} is not defined")
            case Call(Name("from"), {"bucket": Literal(value=str() as bucket)}):
                known = {bucket_name(self.prefix, one.bucket) for one in MEASUREMENTS.values()}
                if bucket not in known:
                    raise Wrong(f"bucket {bucket} is none of {sorted(known)}")
                return Stream(frozenset(), frozenset(), bounded=False, bucket=bucket)
            case Call(Name("union"), {"tables": Listed(items)}):
                parts = [self.stream(one) for one in items]
                if len({part.columns for part in parts}) != 1:
                    raise Wrong(f"union of different columns: {[sorted(part.columns) for part in parts]}")
                return Stream(
                    parts[0].columns,
                    frozenset.intersection(*(part.key for part in parts)),
                    frozenset.union(*(part.chosen for part in parts)),
                )
            case Pipe(source, Call(Name(step), arguments)):
                before = self.stream(source)
                if before.bounded == (step == "range"):
                    raise Wrong(f"{step} before range, or range twice")
                how: Callable[..., Stream] | None = getattr(self, f"do_{step}", None)
                if how is None:
                    raise Wrong(f"step {step} is not among those that are understood")
                return how(before, arguments)
        raise Wrong(f"cannot be understood: {node}")

    def do_range(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "start", "stop")
        self.each(given.values(), {})
        return replace(before, bounded=True)

    def do_filter(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "fn")
        parameter, body = self.function(given["fn"])
        if not before.bucket:
            self.expression(body, {parameter: before.columns})
        return self.chosen(before, parameter, body) if before.bucket else before

    def chosen(self, before: Stream, parameter: str, body: Any) -> Stream:
        """Prove the first filter: it must name the measurement, and fields that it has."""
        conditions = _conjunction(body)
        named = [node.right.value for node in conditions if _is_about(node, parameter, "_measurement")]
        if len(named) != 1 or named[0] not in MEASUREMENTS:
            raise Wrong(f"measurement {named} is none of {sorted(MEASUREMENTS)}")
        measurement = MEASUREMENTS[named[0]]
        if bucket_name(self.prefix, measurement.bucket) != before.bucket:
            raise Wrong(f"{measurement.name} is not in {before.bucket}")
        there = fields(measurement.name)
        left = set(there)
        for condition in conditions:
            if (wanted := _fields_of(condition, parameter)) is None:
                continue
            for one in wanted:
                if isinstance(one, str) and one not in there:
                    near = get_close_matches(one, there, 1)
                    hint = f"; did you mean {near[0]!r}?" if near else ""
                    raise Wrong(f"{measurement.name} has no field {one!r}{hint}")
            matched = {name for name in there if any(_fits(name, one) for one in wanted)}
            if not matched:
                raise Wrong(f"no field of {measurement.name} matches {wanted}")
            left = left - matched if condition.operator in ("!=", "!~") else left & matched
        tags = {*measurement.tags, "_measurement", "_field", "_start", "_stop"}
        stream = Stream(frozenset({*tags, "_time", "_value"}), frozenset(tags), frozenset(left))
        self.expression(body, {parameter: stream.columns})
        return stream

    def do_pivot(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "rowKey", "columnKey", "valueColumn")
        (row_key, column_key) = (_texts(given[name]) for name in ("rowKey", "columnKey"))
        value = given["valueColumn"].value
        self.there(before, {*row_key, *column_key, value})
        made = before.chosen if column_key == ["_field"] else TAG_VALUES[column_key[0]]
        key = before.key - set(column_key) - {value}
        return Stream(frozenset({*key, *row_key, *made}), frozenset(key))

    def do_keep(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "columns")
        columns = _texts(given["columns"])
        self.there(before, set(columns))
        return replace(before, columns=frozenset(columns), key=before.key & set(columns))

    def do_group(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "columns")
        columns = _texts(given["columns"]) if given else []
        self.there(before, set(columns))
        return replace(before, key=frozenset(columns))

    def do_sort(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "columns", "desc")
        self.there(before, set(_texts(given["columns"])))
        return before

    def do_limit(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "n")
        return before

    def selector(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "column")
        self.there(before, {self.column(given)})
        return before

    do_last = do_first = do_max = do_min = selector

    def aggregate(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "column")
        self.there(before, {self.column(given)})
        return replace(before, columns=before.key | {self.column(given)})

    do_sum = do_mean = do_count = aggregate

    def do_distinct(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "column")
        self.there(before, {self.column(given)})
        return replace(before, columns=before.key | {"_value"})

    def do_difference(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given)
        self.there(before, {"_value"})
        return before

    def do_map(self, before: Stream, given: dict[str, Any]) -> Stream:
        self.only(given, "fn")
        parameter, body = self.function(given["fn"])
        if not isinstance(body, Record) or body.base not in ("", parameter):
            raise Wrong("map makes no record")
        self.each(body.values.values(), {parameter: before.columns})
        columns = frozenset(body.values) | (before.columns if body.base else frozenset())
        return replace(before, columns=columns, key=before.key & columns)

    def do_aggregateWindow(self, before: Stream, given: dict[str, Any]) -> Stream:  # noqa: N802
        self.only(given, "every", "fn", "createEmpty", "timeSrc")
        self.there(before, {"_value", "_time"})
        return replace(before, columns=before.key | {"_time", "_value"})

    def expression(self, node: Any, local: dict[str, frozenset[str]]) -> None:
        match node:
            case Member(Name("v"), name):
                if name not in _TIME:
                    raise Wrong(f"v.{name} is not filled in by Grafana")
            case Member(Name(record), name) if record in local:
                if name not in local[record]:
                    raise Wrong(f"column {name!r} is not there; there are {sorted(local[record])}")
            case Binary(sign, left, right):
                self.expression(left, local)
                self.expression(right, local)
                if isinstance(left, Member) and left.name in TAG_VALUES:
                    self.word(left.name, sign, right)
            case Not(of) | Exists(of):
                self.expression(of, local)
            case If(condition, then, otherwise):
                self.each((condition, then, otherwise), local)
            case Call(Name("time" | "now" | "string" | "float" | "int"), given):
                self.each(given.values(), local)
            case Call(Member(Name(package), "trimPrefix" | "hasPrefix"), given):
                if package not in self.imports:
                    raise Wrong(f"package {package} is not imported")
                if set(given) != {"v", "prefix"}:
                    raise Wrong(f"{package}: arguments are v and prefix, not {sorted(given)}")
                self.each(given.values(), local)
            case Literal() | Pattern() | Duration():
                pass
            case _:
                raise Wrong(f"cannot be understood: {node}")

    def each(self, nodes: Iterable[Any], local: dict[str, frozenset[str]]) -> None:
        for one in nodes:
            self.expression(one, local)

    @staticmethod
    def word(tag: str, sign: str, right: Any) -> None:
        known = TAG_VALUES[tag]
        if sign == "==" and right.value not in known:
            raise Wrong(f"{tag} is never {right.value!r}")
        if sign == "=~" and not any(re.search(right.text, one) for one in known):
            raise Wrong(f"{tag} never matches {right.text!r}")

    @staticmethod
    def function(node: Any) -> tuple[str, Any]:
        if not isinstance(node, Lambda):
            raise Wrong("fn is no function")
        return node.parameters[0], node.body

    @staticmethod
    def column(given: dict[str, Any]) -> str:
        return str(given["column"].value) if "column" in given else "_value"

    @staticmethod
    def only(given: dict[str, Any], *allowed: str) -> None:
        if set(given) - set(allowed):
            raise Wrong(f"unknown arguments {sorted(set(given) - set(allowed))}")

    @staticmethod
    def there(before: Stream, columns: set[str]) -> None:
        if columns - before.columns:
            raise Wrong(f"columns {sorted(columns - before.columns)} are not there: {sorted(before.columns)}")


def _conjunction(node: Any) -> list[Any]:
    if isinstance(node, Binary) and node.operator == "and":
        return [*_conjunction(node.left), *_conjunction(node.right)]
    return [node]


def _is_about(node: Any, parameter: str, column: str) -> bool:
    return isinstance(node, Binary) and node.operator == "==" and node.left == Member(Name(parameter), column)


def _fields_of(node: Any, parameter: str) -> list[Any] | None:
    """Return the fields, or patterns of fields, that a condition allows; None when it is not about fields."""
    if isinstance(node, Binary) and node.left == Member(Name(parameter), "_field"):
        return [node.right.value if isinstance(node.right, Literal) else node.right]
    if isinstance(node, Binary) and node.operator == "or":
        both = [_fields_of(one, parameter) for one in (node.left, node.right)]
        if all(one is not None for one in both):
            return [name for one in both for name in one or ()]
    return None


def _fits(name: str, wanted: Any) -> bool:
    return name == wanted if isinstance(wanted, str) else re.search(wanted.text, name) is not None


def _texts(node: Any) -> list[str]:
    return [one.value for one in node.items]
