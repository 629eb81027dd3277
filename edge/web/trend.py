"""The trend of one tag as a chart: mean with its band from lowest to highest, limits as lines."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from edge.api.query import display_unit
from edge.api.time_range import TimeRange
from edge.store import Event
from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.tag import Kind

# Read on a light and on a dark page alike (contrast at least 3 to 1 on both).
_LINE = "#4a86c5"
_BAND = "rgba(74, 134, 197, 0.22)"
_AXIS = "#7d8791"
_GRID = "rgba(125, 135, 145, 0.22)"
_LIMITS = (
    ("lolo", "LOLO", "#d9534f"),
    ("lo", "LO", "#b9811b"),
    ("hi", "HI", "#b9811b"),
    ("hihi", "HIHI", "#d9534f"),
)

RANGES = {"15 min": 15 * 60_000, "1 h": 3_600_000, "8 h": 8 * 3_600_000, "24 h": 24 * 3_600_000}
WHOLE = "Range"  # all of the period that the visitor chose


def ranges_of(line_kind: str, *, chosen: bool) -> tuple[tuple[str, ...], str]:
    """Return the ranges that a trend offers and the first one shown: all of a chosen period, else a recent one."""
    if chosen:
        return (WHOLE, *RANGES), WHOLE
    # Processes change slowly: an hour of a cell shows nothing.
    return tuple(RANGES), "8 h" if line_kind == "process" else "1 h"


def trend_span(name: str, last_ms: int, period: TimeRange | None) -> TimeRange:
    """Return what a trend shows: the range called `name` up to the newest sample, or up to the end of a period.

    >>> trend_span("15 min", 1_000_000, None), trend_span("Range", 9, TimeRange(3, 5))
    (TimeRange(start_ms=100001, end_ms=1000001), TimeRange(start_ms=3, end_ms=5))
    """
    if period is not None and name == WHOLE:
        return period
    end = last_ms + 1 if period is None else min(period.end_ms, last_ms + 1)
    return TimeRange(end - RANGES[name], end)


def trend_tags(declaration: Declaration) -> list[tuple[UnitDeclaration, TagDeclaration]]:
    """Return what can be drawn, in the order of the declaration: every tag that is a number."""
    return [(unit, tag) for unit in declaration.units for tag in unit.tags if tag.kind is not Kind.TEXT]


def trend_options(
    unit: UnitDeclaration,
    tag: TagDeclaration,
    series: dict[str, Any],
    span: TimeRange,
    utc_offset: float,
    alarms: Sequence[Event] = (),
) -> dict[str, Any]:
    """Build the chart's options from a series as the query answers it, with `alarms` of the tag as marks.

    Times are shown in plant time.
    """
    shift = round(utc_offset * 3_600_000)
    times = (np.asarray(series["time_ms"]) + shift).tolist()
    stepped = tag.kind in (Kind.STATE, Kind.SETPOINT, Kind.PARAMETER)
    middle = np.round(
        np.asarray(series["last" if stepped or tag.kind is Kind.COUNT else "mean"], float), 6
    ).tolist()
    low = np.round(np.asarray(series["low"], float), 6).tolist()
    high = np.round(np.asarray(series["high"], float), 6).tolist()
    band = [[at, top - bottom] for at, bottom, top in zip(times, low, high, strict=True)]
    measure = display_unit(tag.unit)
    lines = [
        {"yAxis": getattr(tag, name), "name": word, "lineStyle": {"color": colour, "type": "dashed", "width": 1.5},
         "label": {"formatter": f"{word} {getattr(tag, name):g}", "color": colour, "position": "insideStartTop"}}
        for name, word, colour in _LIMITS
        if getattr(tag, name) is not None
    ]  # fmt: skip
    quiet = {"showSymbol": False, "silent": True, "animation": False, "type": "line"}
    return {
        "animation": False,
        "useUTC": True,
        "aria": {"enabled": True},
        "grid": {"left": 8, "right": 18, "top": 36, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", ":formatter": f"(points) => edgePage.tip(points, {measure!r})"},
        "xAxis": {
            "type": "time", "min": span.start_ms + shift, "max": span.end_ms + shift,
            "axisLabel": {"color": _AXIS, "hideOverlap": True, "fontSize": 12},
            "axisLine": {"lineStyle": {"color": _AXIS}},
        },
        "yAxis": {
            "type": "value", "scale": True, "name": measure or "value",
            "nameTextStyle": {"color": _AXIS, "align": "left"},
            "axisLabel": {"color": _AXIS, "fontSize": 12}, "splitLine": {"lineStyle": {"color": _GRID}},
            "splitNumber": 4, **({"min": 0, "max": 17, "interval": 1} if tag.name == "state" else {}),
        },
        "series": [
            {**quiet, "id": "low", "stack": "band", "stackStrategy": "all",
             "data": list(map(list, zip(times, low, strict=True))),
             "lineStyle": {"opacity": 0}, "step": "end" if stepped else False},
            {**quiet, "id": "band", "stack": "band", "stackStrategy": "all", "data": band, "lineStyle": {"opacity": 0},
             "areaStyle": {"color": _BAND}, "step": "end" if stepped else False},
            {**quiet, "id": "mean", "silent": False,
             "data": list(map(list, zip(times, middle, low, high, strict=True))),
             "lineStyle": {"color": _LINE, "width": 2}, "itemStyle": {"color": _LINE},
             "step": "end" if stepped else False,
             "markLine": {"silent": True, "symbol": "none", "animation": False, "data": lines}},
            {"id": "alarms", "type": "scatter", "silent": True, "animation": False, "z": 5,
             "data": [_alarm(event, shift) for event in alarms if event.value is not None]},
        ],
    }  # fmt: skip


def _alarm(event: Event, shift: int) -> dict[str, Any]:
    """Draw an alarm as its severity's shape where it was raised: a triangle is critical, a diamond a warning."""
    critical = event.severity == "critical"
    return {
        "value": [event.time_ms + shift, event.value], "symbolSize": 12,
        "symbol": "triangle" if critical else "diamond",
        "itemStyle": {"color": _LIMITS[0 if critical else 1][2], "borderColor": "#ffffff", "borderWidth": 1},
    }  # fmt: skip


def empty_trend(text: str) -> dict[str, Any]:
    """Build a chart that says why there is nothing to see."""
    return {
        "title": {"text": text, "left": "center", "top": "middle",
                  "textStyle": {"color": _AXIS, "fontSize": 14, "fontWeight": 400}},
        "xAxis": {"show": False, "type": "time"},
        "yAxis": {"show": False, "type": "value"},
        "series": [],
    }  # fmt: skip
