"""Marks on the time axis: orders, critical alarms, upgrades; injected faults where the trainer looks."""

from typing import Any, TypeAlias

from edge.dashboards.colour import BLUE, GREY, ORANGE, RED
from edge.dashboards.question import OF_PLANT, UNGROUPED, columns, field_is, rows

# As dashboards hold it: the SDK knows targets of Grafana's own data source alone.
Marks: TypeAlias = dict[str, Any]
_OF_PLANT_ALONE = 'r.plant == "${plant}"'  # events of the edge itself carry no epoch


def _marks(name: str, colour: str, query: str, *, shown: bool = True) -> Marks:
    source = {"type": "influxdb", "uid": "${datasource}"}
    return {
        "name": name, "enable": shown, "hide": False, "builtIn": 0, "iconColor": colour, "datasource": source,
        "target": {"refId": "Anno", "query": query, "datasource": source},
    }  # fmt: skip


def orders() -> Marks:
    """Return where orders begin."""
    asked = columns("order", ("order", "product"), *OF_PLANT)
    told = '  |> map(fn: (r) => ({_time: r._time, text: r.order + " " + r.product, tags: "order"}))'
    return _marks("Orders", BLUE, f"{asked}\n{UNGROUPED}\n{told}")


def alarms() -> Marks:
    """Return critical alarms: breakdowns, and values beyond LoLo and HiHi."""
    asked = rows(
        "event", field_is("event", ("text",)), 'r.kind == "alarm"', 'r.severity == "critical"', *OF_PLANT
    )
    told = "  |> map(fn: (r) => ({_time: r._time, text: r._value, tags: r.severity}))"
    return _marks("Critical alarms", RED, f"{asked}\n{UNGROUPED}\n{told}")


def upgrades() -> Marks:
    """Return where the strength of an upgrade was changed."""
    asked = rows(
        "sample", field_is("sample", ("value",)), "r.tag =~ /^upgrade_/", "r.tag !~ /_effect$/",
        'r.tag != "upgrade_month"', *OF_PLANT,
    )  # fmt: skip
    changed = "  |> difference()\n  |> filter(fn: (r) => r._value != 0.0)"
    told = '  |> map(fn: (r) => ({_time: r._time, text: r.tag, tags: "upgrade"}))'
    return _marks("Upgrades", GREY, f"{asked}\n{changed}\n{UNGROUPED}\n{told}")


def faults() -> Marks:
    """Return where injected faults struck and were mended: the ground truth, for the trainer alone."""
    asked = rows("sample", field_is("sample", ("value",)), "r.tag =~ /^fault_/", *OF_PLANT)
    changed = "  |> difference()\n  |> filter(fn: (r) => r._value != 0.0)"
    told = '  |> map(fn: (r) => ({_time: r._time, text: r.unit + ": " + r.tag, tags: "fault"}))'
    return _marks("Injected faults", ORANGE, f"{asked}\n{changed}\n{UNGROUPED}\n{told}")
