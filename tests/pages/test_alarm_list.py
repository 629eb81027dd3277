"""The list of events: alarms that come and go are counted, what people must see stays on top and apart."""

from edge.store import Event
from edge.web.alarm_list import events_html, rows

OP10 = "toy/area/line_1/op10"


def alarm(
    second: int, value: float | None = 5.0, *, tag: str = "vacuum", text: str = "", severity: str = "warning"
) -> Event:
    return Event(second * 1000, OP10, "alarm", severity, text or f"vacuum {value} above Hi", tag, value)


def clear(second: int, value: float | None = 4.0, *, tag: str = "vacuum") -> Event:
    return Event(second * 1000, OP10, "clear", "info", "back", tag, value)


def test_alarm_that_comes_and_goes_is_one_row_with_its_count() -> None:
    events = [event for at in range(120, 0, -10) for event in (clear(at + 5), alarm(at, at / 10))]
    (row,) = rows(events)
    assert (row.count, row.active, row.last_ms) == (12, False, 125_000)
    assert row.event.text == "vacuum 12.0 above Hi"
    page = events_html(events, "toy/area/line_1", 0.0)
    assert "×12" in page
    assert "cleared" in page


def test_alarm_that_lasts_is_active_and_shows_the_worst_severity() -> None:
    (row,) = rows([alarm(30), alarm(20, severity="critical"), clear(10), alarm(5)])
    assert (row.active, row.severity, row.count) == (True, "critical", 2)


def test_stops_of_different_causes_stay_apart() -> None:
    events = [
        clear(50, None, tag="state"), alarm(40, None, tag="state", text="failure, drive"),
        clear(30, None, tag="state"), alarm(20, None, tag="state", text="tooling, die"),
    ]  # fmt: skip
    assert [(row.event.text, row.last_ms, row.active) for row in rows(events)] == [
        ("failure, drive", 50_000, False),
        ("tooling, die", 30_000, False),
    ]


def test_other_events_are_never_collapsed_and_newest_come_first() -> None:
    orders = [Event(at, "toy/area/line_1/line", "order", "info", "order begins") for at in (40, 20)]
    assert [row.last_ms for row in rows([alarm(1), *orders])] == [1000, 40, 20]
    assert rows([clear(3)])[0].event.text == "back"
    assert "Nothing happened" in events_html([], "", 0.0)
