"""Maintenance: failures and their repair by unit, condition with remaining life, what the loops did about it."""

from grafana_foundation_sdk.builders import table, timeseries

from edge.dashboards import annotation, variable
from edge.dashboards.colour import SEVERITIES, WORN
from edge.dashboards.loss import alarms
from edge.dashboards.page import Page, Row
from edge.dashboards.panel import Column, moment, rows, share, trend
from edge.dashboards.quality import limits, measured
from edge.dashboards.question import (
    NEWEST,
    OF_PLANT,
    OF_UNITS,
    UNGROUPED,
    WINDOW,
    columns,
    field_is,
    together,
)
from edge.dashboards.question import rows as asked
from edge.store.influxdb_flux import keep
from twin.model.state import Reason

UID = "sf-maintenance"
_FAILED = "|".join((Reason.FAILURE, Reason.TOOLING, Reason.UPSET, Reason.MAINTENANCE))
_SUMS = ("failures", "failure_time", "actual_production_time", "planned_busy_time")


def by_unit() -> table.Panel:
    """Return failures, MTBF and MTTR of the time range by unit, from sums: ratios cannot be rolled up."""
    query = asked("tally", field_is("tally", _SUMS), OF_UNITS, *OF_PLANT)
    summed = (
        f'  |> group(columns: ["unit", "_field"])\n  |> sum()\n{UNGROUPED}\n'
        '  |> pivot(rowKey: ["unit"], columnKey: ["_field"], valueColumn: "_value")'
    )
    ratios = (
        "  |> map(fn: (r) => ({unit: r.unit, failures: r.failures, mtbf: r.actual_production_time / r.failures, "
        "mttr: r.failure_time / r.failures, availability: r.actual_production_time / r.planned_busy_time}))"
    )
    return rows("Failures by unit", f"{query}\n{summed}\n{ratios}", {
        "unit": Column(title="Unit"), "failures": Column(title="Failures"),
        "mtbf": Column(title="MTBF", unit="s", decimals=1), "mttr": Column(title="MTTR", unit="s", decimals=1),
        "availability": share("Availability"),
    }, told="Of the time range. MTBF = APT / n, MTTR = Σ TTR / n; empty where nothing failed.")  # fmt: skip


def over_time() -> timeseries.Panel:
    """Return failures by unit and window."""
    query = asked("tally", field_is("tally", ("failures",)), OF_UNITS, *OF_PLANT)
    step = f'  |> aggregateWindow(every: {WINDOW}, fn: sum, createEmpty: false, timeSrc: "_start")'
    told = "Transitions into failure, tooling or upset."
    shown = f"{query}\n{step}\n{keep('_time', '_value', 'unit')}"
    return trend(
        "Failures by window",
        [shown],
        "short",
        bars=True,
        stacked=True,
        word="${__field.labels.unit}",
        told=told,
    )


_LIFE = ("reading", "way", "mean_s", "low_s", "high_s", "acts", "upgrade")


def conditions() -> table.Panel:
    """Return how worn each condition is and how long it will last, as of the newest quarter hour."""
    query = columns("remaining_life", _LIFE, OF_UNITS, *OF_PLANT)
    worded = '  |> map(fn: (r) => ({r with basis: if r.acts then "running loop" else "trend alone"}))'
    shown = keep("unit", "tag", "reading", "way", "mean_s", "low_s", "high_s", "basis", "upgrade")
    told = (
        "In time of operation, with 95 % interval; empty while the readings show no wear beyond their scatter. Of what "
        "a loop of predictive maintenance watches: the running loop's trend, or that of the readings alone."
    )
    return rows("Condition and remaining life", together(query, NEWEST, worded, shown, UNGROUPED), {
        "unit": Column(title="Unit"), "tag": Column(title="Condition"), "reading": Column(title="Reading", decimals=2),
        "way": Column(title="Way to failure", unit="percentunit", decimals=0, steps=WORN),
        "mean_s": Column(title="Remaining life", unit="s", decimals=1),
        "low_s": Column(title="At least", unit="s", decimals=1),
        "high_s": Column(title="At most", unit="s", decimals=1),
        "basis": Column(title="From"), "upgrade": Column(title="Upgrade"),
    }, told=told)  # fmt: skip


def life() -> timeseries.Panel:
    """Return the remaining life of each condition over time."""
    query = columns("remaining_life", ("mean_s",), OF_UNITS, *OF_PLANT)
    word = "${__field.labels.unit} ${__field.labels.tag}"
    told = "Mean of the trend, in time of operation; what is serviced begins anew."
    return trend(
        "Remaining life", [f"{query}\n{keep('_time', 'unit', 'tag', 'mean_s')}"], "s", word=word, told=told
    )


def repairs() -> table.Panel:
    """Return failures and maintenance, newest first."""
    query = columns("state_interval", ("state_name", "reason", "duration_s", "end_ms"), OF_UNITS, *OF_PLANT)
    failed = f"  |> filter(fn: (r) => r.reason =~ /^({_FAILED})/)"
    told = '  |> map(fn: (r) => ({r with now: if r.end_ms < 0 then "lasts" else ""}))'
    shown = keep("_time", "unit", "reason", "state_name", "duration_s", "now")
    latest = '  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 100)'
    question = f"{query}\n{failed}\n{told}\n{shown}\n{UNGROUPED}\n{latest}"
    return rows("Failures and maintenance, newest first", question, {
        "_time": moment("From"), "unit": Column(title="Unit"), "reason": Column(title="Reason"),
        "state_name": Column(title="State"), "duration_s": Column(title="Duration", unit="s", decimals=0),
        "now": Column(title="", width=60),
    })  # fmt: skip


def actions() -> table.Panel:
    """Return commands of people and loops, newest first: the edge tells them, so only their scope names the plant."""
    of_plant = r"r.scope =~ /^[^\/]+\/${plant:regex}(\/|$)/"
    query = asked("event", field_is("event", ("text",)), 'r.kind == "command"', of_plant)
    return _events("Commands and advice, newest first", query)


def _events(title: str, query: str) -> table.Panel:
    latest = '  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: 100)'
    return rows(title, f"{query}\n{UNGROUPED}\n{latest}\n{keep('_time', 'severity', '_value')}", {
        "_time": moment("At"), "severity": Column(title="Severity", colours=SEVERITIES, width=90),
        "_value": Column(title="What"),
    })  # fmt: skip


def page() -> Page:
    """Return the dashboard."""
    return Page(
        uid=UID, title="Maintenance", told="Failures and repair by unit, condition and remaining life, what was done.",
        variables=(
            variable.plant(), variable.epoch(), variable.unit(), variable.window(), variable.station(), variable.tag(),
        ),
        marks=(annotation.alarms(), annotation.upgrades()), since="now-7d",
        rows=(
            Row(height=9, panels=((12, by_unit()), (12, over_time()))),
            Row(height=9, panels=((14, conditions()), (10, life()))),
            Row(height=10, panels=((16, measured()), (8, limits()))),
            Row(height=9, panels=((10, repairs()), (7, alarms()), (7, actions()))),
        ),
    )  # fmt: skip
