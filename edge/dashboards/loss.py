"""Losses and stops: where planned time went, by loss, by reason and by unit; every stop with its reason."""

from grafana_foundation_sdk.builders import barchart, table, timeseries

from edge.dashboards import annotation, oee, variable
from edge.dashboards.colour import SEVERITIES
from edge.dashboards.page import Page, Row
from edge.dashboards.panel import Column, bars, moment, rows, trend
from edge.dashboards.question import OF_LINE, OF_PLANT, OF_UNITS, UNGROUPED, columns, field_is, sums, windows
from edge.dashboards.question import rows as asked
from edge.store.influxdb_flux import keep
from twin.model.state import Reason

UID = "sf-losses"
LOSSES = (
    "loss/breakdowns", "loss/setup_and_adjustment", "loss/idling_and_minor_stops", "loss/reduced_speed",
    "loss/process_defects", "loss/startup_rejects", "loss/other_downtime", "loss/unknown",
)  # fmt: skip
_NO_STOPS = "|".join((Reason.PRODUCTION, Reason.NOT_SCHEDULED, Reason.BREAK))


def by_loss() -> barchart.Panel:
    """Return seconds of planned time by loss, largest first."""
    return bars("Planned time lost, by loss", sums("kpi", "loss/", OF_LINE, *OF_PLANT, name="loss"), "s", by="loss",
                told="Of the line. With the fully effective time they add up to the planned busy time. "
                "Negative: faster than the ideal cycle time.")  # fmt: skip


def over_time() -> timeseries.Panel:
    """Return planned time by window, cut into losses and what was fully effective."""
    query = windows(("fully_effective_time", *LOSSES), OF_LINE, *OF_PLANT)
    told = "Of the line; the parts add up to the planned busy time."
    return trend("Planned time by window", [query], "s", bars=True, stacked=True, told=told)


def by_reason() -> barchart.Panel:
    """Return seconds by reason, largest first: the Pareto of what the line did not produce for."""
    query = sums(
        "tally", "reason/", f'r._field != "reason/{Reason.PRODUCTION}"', OF_LINE, *OF_PLANT, name="reason"
    )
    return bars(
        "Time not produced, by reason", query, "s", by="reason", told="Of the line, inside planned busy time."
    )


def by_unit() -> timeseries.Panel:
    """Return availability losses of each unit."""
    query = windows(("availability_losses",), OF_UNITS, *OF_PLANT, labels=("unit",))
    told = "AUST + ADET + ADOT + unknown."
    return trend(
        "Availability losses by unit", [query], "s", bars=True, word="${__field.labels.unit}", told=told
    )


def stops() -> table.Panel:
    """Return the longest stops with reason and duration; one that lasts is as long as it has lasted."""
    query = columns("state_interval", ("state_name", "reason", "duration_s", "end_ms"), OF_UNITS, *OF_PLANT)
    stopped = f'  |> filter(fn: (r) => r.state_name != "EXECUTE" and r.reason !~ /^({_NO_STOPS})/)'
    lasted = "float(v: int(v: now()) - int(v: r._time)) / 1000000000.0"
    told = (
        f"  |> map(fn: (r) => ({{r with lasted: if r.end_ms < 0 then {lasted} else r.duration_s, "
        'now: if r.end_ms < 0 then "lasts" else ""}))'
    )
    longest = '  |> sort(columns: ["lasted"], desc: true)\n  |> limit(n: 100)'
    shown = keep("_time", "unit", "reason", "state_name", "lasted", "now")
    return rows("Stops, longest first", f"{query}\n{stopped}\n{told}\n{shown}\n{UNGROUPED}\n{longest}", {
        "_time": moment("From"), "unit": Column(title="Unit"),
        "reason": Column(title="Reason"), "state_name": Column(title="State", width=110),
        "lasted": Column(title="Duration", unit="s", decimals=0), "now": Column(title="", width=60),
    }, told="Stops that began in the time range; starved and blocked among them.")  # fmt: skip


def alarms(limit: int = 100) -> table.Panel:
    """Return the newest alarms."""
    query = asked("event", field_is("event", ("text",)), 'r.kind == "alarm"', *OF_PLANT)
    newest = f'  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: {limit})'
    shown = keep("_time", "severity", "_value")
    return rows("Alarms, newest first", f"{query}\n{UNGROUPED}\n{newest}\n{shown}", {
        "_time": moment("At"),
        "severity": Column(title="Severity", colours=SEVERITIES, width=90), "_value": Column(title="Alarm"),
    })  # fmt: skip


def page() -> Page:
    """Return the dashboard."""
    return Page(
        uid=UID, title="Losses and stops", told="Where planned time went, and every stop with its reason.",
        variables=(variable.plant(), variable.epoch(), variable.unit(), variable.window()),
        marks=(annotation.orders(), annotation.alarms(), annotation.upgrades()),
        rows=(
            Row(height=9, panels=((12, by_loss()), (12, by_reason()))),
            Row(height=9, panels=((12, over_time()), (12, by_unit()))),
            Row(height=9, panels=((24, oee.what_units_did()),)),
            Row(height=10, panels=((14, stops()), (10, alarms()))),
        ),
    )  # fmt: skip
