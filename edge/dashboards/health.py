"""Edge health: parts, data on its way, what was lost, what the edge told of itself."""

from grafana_foundation_sdk.builders import statetimeline, table, timeseries

from edge.dashboards.colour import ANY, GREY, RED, SEVERITIES, YELLOW
from edge.dashboards.page import Page, Row
from edge.dashboards.panel import Column, moment, rows, states, trend
from edge.dashboards.question import UNGROUPED, columns, field_is
from edge.dashboards.question import rows as asked
from edge.health import LATE_S
from edge.store.influxdb_flux import keep

UID = "sf-edge"
_WORDS = {"ok": GREY, "degraded": YELLOW, "stopped": RED}
_COUNTS = (
    "journal_entries",
    "outbox_entries",
    "reconnects",
    "missing_frames",
    "quarantined_entries",
    "dropped",
)


def parts() -> statetimeline.Panel:
    """Return how each part did over time."""
    query = asked("edge_part", field_is("edge_part", ("state",)))
    worded = 'if r._value == 0 then "ok" else if r._value == 1 then "degraded" else "stopped"'
    shown = f"  |> map(fn: (r) => ({{_time: r._time, part: r.part, _value: {worded}}}))"
    grouped = '  |> group(columns: ["part"])\n  |> sort(columns: ["_time"])'
    told = "Gaps: the edge or its store did not work."
    return states(
        "Parts", f"{query}\n{shown}\n{grouped}", word="${__field.labels.part}", colours=_WORDS, told=told
    )


def now() -> table.Panel:
    """Return parts that are not ok now, with the reason."""
    query = columns("edge_part", ("state", "reason"), start="-2m", stop="now()")
    newest = '  |> group(columns: ["part"])\n  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 1)'
    wrong = "  |> filter(fn: (r) => r.state > 0)"
    return rows("Not ok now", f"{query}\n{newest}\n{wrong}\n{UNGROUPED}\n{keep('_time', 'part', 'reason')}", {
        "_time": moment("At"), "part": Column(title="Part"), "reason": Column(title="Reason"),
    }, told="Empty: everything that was heard of is ok.")  # fmt: skip


def flows() -> table.Panel:
    """Return each plant's data on its way, as it is now."""
    query = columns("edge_flow", ("lag_s", *_COUNTS), start="-2m", stop="now()")
    newest = '  |> group(columns: ["plant"])\n  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 1)'
    shown = keep("_time", "plant", "lag_s", *_COUNTS)
    return rows("Data on its way", f"{query}\n{newest}\n{UNGROUPED}\n{shown}", {
        "_time": moment("At"), "plant": Column(title="Plant"),
        "lag_s": Column(title="Newest sample is old", unit="s", decimals=1, steps=((LATE_S, YELLOW),)),
        "journal_entries": Column(title="At the plant"), "outbox_entries": Column(title="In the outbox"),
        "reconnects": Column(title="Reconnects"), "missing_frames": Column(title="Missing frames", steps=ANY),
        "quarantined_entries": Column(title="Quarantined", steps=ANY), "dropped": Column(title="Dropped", steps=ANY),
    }, told="Entries that wait; what is missing or was dropped is coloured. See docs/operations.md.")  # fmt: skip


def over_time(field: str, title: str, unit: str, *, late: bool = False) -> timeseries.Panel:
    """Return a count of each plant's flow over time."""
    query = asked("edge_flow", field_is("edge_flow", (field,)))
    shown = keep("_time", "_value", "plant")
    steps = ((LATE_S, YELLOW),) if late else ()
    return trend(title, [f"{query}\n{shown}"], unit, word="${__field.labels.plant}", steps=steps)


def told() -> table.Panel:
    """Return what the edge told of itself and its data, newest first."""
    query = asked("event", field_is("event", ("text",)), 'r.kind == "system"')
    latest = '  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 100)'
    shown = keep("_time", "plant", "severity", "_value")
    return rows("What the edge told, newest first", f"{query}\n{UNGROUPED}\n{latest}\n{shown}", {
        "_time": moment("At"), "plant": Column(title="Plant", width=120),
        "severity": Column(title="Severity", colours=SEVERITIES, width=90), "_value": Column(title="What"),
    })  # fmt: skip


def page() -> Page:
    """Return the dashboard."""
    return Page(
        uid=UID, title="Edge health", told="Parts of the edge, plants' data on their way into history, what was lost.",
        since="now-6h", refresh="30s",
        rows=(
            Row(height=8, panels=((16, parts()), (8, now()))),
            Row(height=8, panels=((24, flows()),)),
            Row(height=8, panels=(
                (8, over_time("lag_s", "Age of the newest stored sample", "s", late=True)),
                (8, over_time("outbox_entries", "Entries in the outbox", "short")),
                (8, over_time("journal_entries", "Entries that only the plant holds", "short")),
            )),
            Row(height=9, panels=((24, told()),)),
        ),
    )  # fmt: skip
