"""Questions that panels ask, as Flux: rows of a measurement of the schema, never a figure computed anew.

Grafana fills in the time range (`v.timeRangeStart`) and the dashboard's variables. Bucket and fields come from the
store's schema, so that a question about a field that is never written cannot even be put together.
"""

from collections.abc import Iterable, Sequence

from edge.store.influxdb_flux import PIVOT, keep, quote
from edge.store.influxdb_schema import MEASUREMENTS

PREFIX = "${prefix}"  # of the buckets' names; a hidden variable of every dashboard
OF_PLANT = ('r.plant == "${plant}"', 'r.epoch == "${epoch}"')
OF_FLEET = ("r.plant =~ /^${plants:regex}$/", "r.epoch =~ /^${epochs:regex}$/")
OF_LINE = 'r.unit == "line"'
OF_UNITS = "r.unit =~ /^${unit:regex}$/"
WINDOW = "${window}"
NEWEST = '  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 1)'
UNGROUPED = "  |> group()"


def rows(
    measurement: str, *where: str, start: str = "v.timeRangeStart", stop: str = "v.timeRangeStop", prefix: str = PREFIX
) -> str:  # fmt: skip
    """Return the beginning of a question: a measurement's rows in the dashboard's time range."""
    conditions = " and ".join([f"r._measurement == {quote(measurement)}", *where])
    until = f", stop: {stop}" if stop else ""
    return (
        f'from(bucket: "{prefix}_{MEASUREMENTS[measurement].bucket.value}")\n'
        f"  |> range(start: {start}{until})\n"
        f"  |> filter(fn: (r) => {conditions})"
    )


def field_is(measurement: str, names: Iterable[str]) -> str:
    """Return the condition that a row is of one of these fields; raises KeyError for one that is never written."""
    known = MEASUREMENTS[measurement]
    found = []
    for name in names:
        known.field_type(name)
        found.append(f"r._field == {quote(name)}")
    return found[0] if len(found) == 1 else f"({' or '.join(found)})"


def columns(
    measurement: str, fields: Sequence[str], *where: str, start: str = "v.timeRangeStart",
    stop: str = "v.timeRangeStop", prefix: str = PREFIX,
) -> str:  # fmt: skip
    """Return rows with a column for each field."""
    asked = rows(measurement, field_is(measurement, fields), *where, start=start, stop=stop, prefix=prefix)
    return f"{asked}\n{PIVOT}"


def windows(
    figures: Sequence[str], *where: str, window: str = WINDOW, labels: Sequence[str] = (),
    start: str = "v.timeRangeStart", stop: str = "v.timeRangeStop", prefix: str = PREFIX,
) -> str:  # fmt: skip
    """Return figures of complete windows, a column each; `labels` are the tags that tell series apart."""
    of_window = f'r.window == "{window}"'
    asked = columns("kpi", ("complete", *figures), of_window, *where, start=start, stop=stop, prefix=prefix)
    return f"{asked}\n  |> filter(fn: (r) => r.complete)\n{keep('_time', *labels, *figures)}"


def usual(
    figure: str, *where: str, window: str = WINDOW, labels: Sequence[str] = (), prefix: str = PREFIX
) -> str:
    """Return the mean of a figure over the windows of seven days, as `_value`: what is usual for the plant itself."""
    of_window = f'r.window == "{window}"'
    asked = rows(
        "kpi", field_is("kpi", (figure,)), of_window, *where, start="-7d", stop="now()", prefix=prefix
    )
    grouped = f"  |> group(columns: [{', '.join(map(quote, labels))}])" if labels else UNGROUPED
    return f"{asked}\n{grouped}\n  |> mean()"


def sums(measurement: str, pattern: str, *where: str, name: str) -> str:
    """Return what fields that begin with `pattern` add up to in the time range, largest first, as `name` and `_value`.

    The beginning is left out of `name`. Inputs of figures (`<figure>:<input>`) are none of them.
    """
    of_window = ('r.window == "15m"',) if measurement == "kpi" else ()
    expression = pattern.replace("/", r"\/")
    asked = rows(measurement, f"r._field =~ /^{expression}[^:]+$/", *of_window, *where)
    return (
        f'import "strings"\n\n{asked}\n  |> group(columns: ["_field"])\n  |> sum()\n{UNGROUPED}\n'
        f"  |> map(fn: (r) => ({{{name}: strings.trimPrefix(v: r._field, prefix: {quote(pattern)}), "
        "_value: r._value}))\n"
        '  |> sort(columns: ["_value"], desc: true)'
    )


def together(*steps: str) -> str:
    """Join steps."""
    return "\n".join(steps)
