"""The double's interpreter of Flux: windows as documented, and no for everything that it does not know."""

import pytest

from edge.dashboards.flux_tree import FluxError
from edge.store.influxdb_flux import quote, rows
from tests.edge.influx.annotated_csv import answer
from tests.edge.influx.flux import Run

_SECOND = 1_000_000_000
_SERIES = [
    ({"_measurement": "m", "_field": "a", "tag": "x"}, {n * _SECOND: float(n) for n in range(10)}),
    ({"_measurement": "m", "_field": "b", "tag": "x"}, {n * _SECOND: f"t{n}" for n in range(10)}),
    ({"_measurement": "m", "_field": "a"}, {5 * _SECOND: 50.0}),
]
_FROM = 'from(bucket: "b") |> range(start: time(v: 1500000000), stop: time(v: 9000000000)) '


def ask(script: str) -> list[dict[str, str]]:
    """Run a script over the series and read the answer as the edge does."""
    return list(rows(answer(Run(lambda _: _SERIES).script(script))))


def values(script: str) -> list[tuple[str, str]]:
    return [
        (row.get("_time", "").removeprefix("1970-01-01T00:00:"), row.get("_value", "")) for row in ask(script)
    ]


def test_windows_begin_at_multiples_since_1970_and_are_cut_by_the_range() -> None:
    only = _FROM + '|> filter(fn: (r) => r._field == "a" and r.tag == "x") '
    window = '|> aggregateWindow(every: 4s, fn: {}, createEmpty: false, timeSrc: "_start")'
    assert values(only + window.format("sum")) == [("01.5Z", "5.0"), ("04Z", "22.0"), ("08Z", "8.0")]
    assert values(only + window.format("count")) == [("01.5Z", "2"), ("04Z", "4"), ("08Z", "1")]
    shifted = window.format("last").replace("fn:", "offset: 1s, fn:")
    assert values(only + shifted) == [("01.5Z", "4.0"), ("05Z", "8.0")]
    assert values(only + window.format("mean").replace("_start", "_stop"))[0] == ("04Z", "2.5")


def test_pivot_puts_fields_side_by_side_and_last_takes_the_newest_of_each_table() -> None:
    pivot = '|> last() |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
    (one, other) = ask(_FROM + pivot)
    assert (one["a"], one["b"], one["_time"]) == ("8.0", "t8", "1970-01-01T00:00:08Z")
    assert (other["a"], "b" in other, "tag" in other) == ("50.0", False, False)


def test_missing_column_is_neither_equal_nor_unequal() -> None:
    assert len(ask(_FROM + '|> filter(fn: (r) => r.tag != "y" and r._field == "a")')) == 7
    assert len(ask(_FROM + "|> filter(fn: (r) => not exists r.tag)")) == 1


def test_sorted_and_limited_rows_of_all_tables() -> None:
    newest = '|> filter(fn: (r) => r._field == "a") |> group() |> sort(columns: ["_time"], desc: true) |> limit(n: 2)'
    assert values(_FROM + newest) == [("08Z", "8.0"), ("07Z", "7.0")]


@pytest.mark.parametrize("text", ['a"b', "c:\\", "${x}", "two\nlines", "\\x24", "\t"])
def test_quoted_text_means_itself(text: str) -> None:
    series = [({"_measurement": "m", "_field": "a", "tag": text}, {2 * _SECOND: 1.0})]
    script = _FROM + f"|> filter(fn: (r) => r.tag == {quote(text)})"
    assert len(Run(lambda _: series).script(script)["_result"]) == 1


@pytest.mark.parametrize(
    "script",
    [
        'from(bucket: "b")',
        'from(bucket: "b") |> filter(fn: (r) => true)',
        'from(bucket: "b") |> range(start: time(v: 5), stop: time(v: 5))',
        'from(bucket: "b") |> range(start: 5, stop: 6)',
        _FROM + "|> median()",
        _FROM + '|> filter(fn: (r) => r._field == 5)',
        _FROM + '|> filter(fn: (r) => strings.hasPrefix(v: r.tag, prefix: "x"))',
        'import "strings"\n' + _FROM + '|> filter(fn: (r) => strings.hasPrefix(v: r.tag, t: "x"))',
        _FROM + '|> aggregateWindow(every: 4s, fn: sum, createEmpty: false)',
        _FROM + "|> yield() " + _FROM + "|> yield()",
        _FROM + '|> limit(n: 1) |> keep(columns: ["_time"',
        'import "http"\n' + _FROM,
        "unknown",
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(script: str) -> None:
    with pytest.raises((FluxError, TypeError)):
        ask(script)


def test_patterns_choose_rows_and_slashes_are_escaped() -> None:
    assert len(ask(_FROM + "|> filter(fn: (r) => r._field =~ /^(a|c)$/ and exists r.tag)")) == 7
    assert len(ask(_FROM + r"|> filter(fn: (r) => r._field !~ /^a\/?/)")) == 7
    with pytest.raises(FluxError, match="pattern"):
        ask(_FROM + "|> filter(fn: (r) => r._field =~ /(/)")


def test_map_makes_records_and_may_keep_the_old_one() -> None:
    only = _FROM + '|> filter(fn: (r) => r._field == "a" and r.tag == "x") |> last() '
    (row,) = ask(only + '|> map(fn: (r) => ({r with more: if r._value > 1.0 then "much" else "little"}))')
    assert (row["more"], row["tag"]) == ("much", "x")
    (row,) = ask(only + "|> map(fn: (r) => ({_value: string(v: r._value)}))")
    assert row["_value"] == "8.0"
    assert "tag" not in row


def test_aggregates_leave_the_group_key_and_the_result() -> None:
    only = _FROM + '|> filter(fn: (r) => r._field == "a" and r.tag == "x") '
    (row,) = ask(only + '|> group(columns: ["tag"]) |> sum()')
    assert (row["_value"], row["tag"], "_time" in row, "_field" in row) == ("35.0", "x", False, False)
    assert [row["_value"] for row in ask(only + "|> difference()")] == ["1.0"] * 6
    assert [row["_value"] for row in ask(_FROM + '|> group() |> distinct(column: "_field")')] == ["a", "b"]
    assert values(only + "|> max()") == [("08Z", "8.0")]
    with pytest.raises(FluxError, match="does not exist"):
        ask(only + '|> mean(column: "nothing")')


def test_union_puts_tables_of_one_key_together() -> None:
    script = f'one = {_FROM} |> last()\n\nunion(tables: [one, one]) |> group(columns: ["_field"])'
    assert sorted(row["_field"] for row in ask(script)) == ["a", "a", "a", "a", "b", "b"]
