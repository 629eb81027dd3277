"""Alert rules: no data, OEE far below what is usual, a new energy peak; each plant against its own past.

Nothing here is a target: a target is a person's, and belongs into a rule that they write beside these. Provisioning
files expand `$`, so there is none in a question.
"""

from collections.abc import Sequence
from typing import Any

from edge.dashboards.question import OF_LINE, UNGROUPED, columns, field_is
from edge.dashboards.question import rows as asked
from edge.dashboards.variable import DATASOURCE_UID

FOLDER = "Smart factory: alerts"
_SILENT_S = 300  # est.: sums come once a minute
_LOW = 0.8  # est.: of what is usual; how soon a person is called, not what should be reached
_NEWEST = (
    '  |> group(columns: ["plant"])\n  |> sort(columns: ["_time", "epoch"], desc: true)\n  |> limit(n: 1)'
)


def _told(stream: str, which: str, column: str = "_value") -> str:
    return f'{stream}\n  |> map(fn: (r) => ({{plant: r.plant, which: "{which}", _value: r.{column}}}))'


def _ratio(newest: str, before: str) -> str:
    """Return the ratio of two values of each plant."""
    return (
        f"newest = {newest}\n\nbefore = {before}\n\nunion(tables: [newest, before])\n{UNGROUPED}\n"
        '  |> pivot(rowKey: ["plant"], columnKey: ["which"], valueColumn: "_value")\n'
        "  |> filter(fn: (r) => exists r.newest and exists r.before and r.before > 0.0)\n"
        "  |> map(fn: (r) => ({_time: now(), plant: r.plant, _value: r.newest / r.before}))\n"
        '  |> group(columns: ["plant"])'
    )


def silence() -> str:
    """Return how many seconds ago each plant's newest minute began, of plants heard of within a week."""
    query = asked(
        "tally", field_is("tally", ("calendar_time",)), OF_LINE, start="-7d", stop="now()", prefix="factory"
    )
    since = "float(v: int(v: now()) - int(v: r._time)) / 1000000000.0"
    return (
        f"{query}\n{_NEWEST}\n  |> map(fn: (r) => ({{_time: now(), plant: r.plant, _value: {since}}}))\n"
        '  |> group(columns: ["plant"])'
    )


def low_oee() -> str:
    """Return OEE of each plant's newest complete hour, of the mean of its week."""
    of_hours = ('r.window == "1h"', OF_LINE)
    newest = columns("kpi", ("complete", "oee_index"), *of_hours, start="-3h", stop="now()", prefix="factory")
    newest = f"{newest}\n  |> filter(fn: (r) => r.complete and exists r.oee_index)\n{_NEWEST}"
    usual = asked(
        "kpi", field_is("kpi", ("oee_index",)), *of_hours, start="-7d", stop="now()", prefix="factory"
    )
    usual = f'{usual}\n  |> group(columns: ["plant"])\n  |> mean()'
    return _ratio(_told(newest, "newest", "oee_index"), _told(usual, "before"))


def peak() -> str:
    """Return the power of each plant's newest complete quarter hour, of the highest of its week before."""
    of_quarters = ('r.window == "15m"', OF_LINE)
    newest = columns(
        "kpi", ("complete", "average_power"), *of_quarters, start="-1h", stop="now()", prefix="factory"
    )
    newest = f"{newest}\n  |> filter(fn: (r) => r.complete and exists r.average_power)\n{_NEWEST}"
    power = field_is("kpi", ("average_power",))
    highest = asked("kpi", power, *of_quarters, start="-7d", stop="-1h", prefix="factory")
    highest = f'{highest}\n  |> group(columns: ["plant"])\n  |> max()'
    return _ratio(_told(newest, "newest", "average_power"), _told(highest, "before"))


def _rule(
    uid: str, title: str, told: str, query: str, evaluator: tuple[str, float], *, lasting: str, severity: str
) -> dict[str, Any]:
    def expression(name: str, **more: Any) -> dict[str, Any]:
        return {"refId": name, "datasourceUid": "__expr__", "model": {"refId": name, **more}}

    kind, limit = evaluator
    return {
        "uid": uid, "title": title, "condition": "C",
        "data": [
            {
                "refId": "A", "relativeTimeRange": {"from": 604_800, "to": 0}, "datasourceUid": DATASOURCE_UID,
                "model": {"refId": "A", "query": query},
            },
            expression("B", type="reduce", expression="A", reducer="last"),
            expression(
                "C", type="threshold", expression="B", conditions=[{"evaluator": {"type": kind, "params": [limit]}}]
            ),
        ],
        "for": lasting, "noDataState": "OK", "execErrState": "Error",
        "annotations": {"summary": told}, "labels": {"severity": severity, "system": "smart-factory"},
    }  # fmt: skip


def rules() -> Sequence[dict[str, Any]]:
    """Return the rules."""
    return (
        _rule(
            "sf-no-data", "No data from a plant", "A plant known within a week told nothing for five minutes.",
            silence(), ("gt", _SILENT_S), lasting="1m", severity="critical",
        ),
        _rule(
            "sf-low-oee", "OEE far below what is usual", "The newest hour of OEE is below four fifths of its week.",
            low_oee(), ("lt", _LOW), lasting="15m", severity="warning",
        ),
        _rule(
            "sf-peak", "New energy peak", "The newest quarter hour took more power than any of the week before.",
            peak(), ("gt", 1.0), lasting="0s", severity="warning",
        ),
    )  # fmt: skip


def provisioned() -> dict[str, Any]:
    """Return the rules as Grafana reads them from a file."""
    group = {"orgId": 1, "name": "smart factory", "folder": FOLDER, "interval": "1m", "rules": list(rules())}
    return {"apiVersion": 1, "groups": [group]}
