"""The line's own unit: calendar, orders, base load, labour, prices, and the line's counts."""

import math
from collections.abc import Generator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import simpy

from twin.model.calendar import Calendar
from twin.model.switchboard import Switchboard
from twin.model.tag import Kind, Tag
from twin.model.unit import Unit


class LineUnit(Unit):
    """The line as a unit of role `line`.

    `calendar` says when the line is planned busy; `staff` are the paid people a shift has, `labour_rate` their
    cost in CNY/h a person; `prices` CNY/kWh and `carbon` kg CO2/kWh by carrier; `costs` other conversion costs
    by name in CNY per processed count unit (`unit_costs`: `consumables`, …), CNY/h (`hourly_costs`: `fixed`,
    `maintenance`, …) or CNY per scrapped or reworked count unit (`defect_costs`: `quality`).
    The line model moves this unit's PackML state: it tells the root cause why the pacing unit does not run.
    """

    role = "line"

    def __init__(
        self,
        env: simpy.Environment,
        calendar: Calendar,
        *,
        title: str = "Line",
        power: Mapping[str, Mapping[str, float]] | None = None,
        count_unit: str = "{piece}",
        ideal_cycle_time: float,
        staff: float = 0.0,
        labour_rate: float = 0.0,
        prices: Mapping[str, float] | None = None,
        carbon: Mapping[str, float] | None = None,
        unit_costs: Mapping[str, float] | None = None,
        hourly_costs: Mapping[str, float] | None = None,
        defect_costs: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(
            env, "line", title=title, kind="line", power=power, counted=True, count_unit=count_unit,
            ideal_cycle_time=ideal_cycle_time,
        )  # fmt: skip
        _refuse_negative({"staff": staff, "labour_rate": labour_rate})
        for field, values in (("prices", prices), ("carbon", carbon)):
            _refuse_negative({f"{field}[{name!r}]": value for name, value in (values or {}).items()})
        self.calendar = calendar
        self.segment = calendar.segment(env.now)
        self.staff = staff
        self.labour_rate = labour_rate
        self.prices = dict(prices or {})
        self.carbon = dict(carbon or {})
        self.unit_costs = dict(unit_costs or {})
        self.hourly_costs = dict(hourly_costs or {})
        self.defect_costs = dict(defect_costs or {})
        self.switchboard: Switchboard | None = None
        self.order = ""
        self.product = ""
        self.order_quantity = 0.0
        self.pending_commands = ""  # JSON list of what waits for its trigger, "" for none
        self.start_ms = 0  # UTC ms of second 0
        self.more_tags: tuple[Tag, ...] = ()  # of what the line has beside its unit
        self.segment_changed = env.event()  # succeeds, and is replaced, whenever the calendar moves on
        self._paid = 0.0
        self._paid_since = env.now
        self._busy = 0.0

    def planned_busy_seconds(self) -> float:
        """Return the seconds planned to be busy so far (PBT)."""
        return self._busy + (self.env.now - self._paid_since if self.segment.busy else 0.0)

    def labour_hours(self) -> float:
        """Return the paid person-hours so far: staff is paid through the whole shift, breaks included."""
        paid_now = self.staff * (self.env.now - self._paid_since) / 3600.0 if self.segment.shift else 0.0
        return self._paid + paid_now

    def set_staff(self, staff: float) -> None:
        """Pay `staff` people a shift from now on."""
        _refuse_negative({"staff": staff})
        self._settle()
        self.staff = staff
        self.touched = True

    def _settle(self) -> None:
        """Book what was paid and planned so far."""
        self._paid, self._busy = self.labour_hours(), self.planned_busy_seconds()
        self._paid_since = self.env.now

    def place(self, start: datetime) -> None:
        """Let second 0 be the UTC moment `start` for a calendar that was not given one; before the line starts."""
        self.start_ms = round(start.timestamp() * 1000)
        self.calendar = self.calendar.placed(start)
        self.segment = self.calendar.segment(self.env.now)

    def rates(self) -> dict[str, float]:
        """Return prices, carbon factors and cost rates by tag name."""
        return {"labour_rate": self.labour_rate} | {
            f"{prefix}_{name}": value
            for prefix, values, _, _ in self._priced()
            for name, value in values.items()
        }

    def _priced(self) -> tuple[tuple[str, dict[str, float], str, str], ...]:
        """Return what has a price: the tags' prefix, the rates by name, their unit, a description."""
        return (
            ("price", self.prices, "[CNY]/(kW.h)", "price of {}"),
            ("carbon", self.carbon, "kg/(kW.h)", "CO2 of {}"),
            ("unit_cost", self.unit_costs, "[CNY]/{piece}", f"{{}} cost per {self.count_unit} processed"),
            ("hourly_cost", self.hourly_costs, "[CNY]/h", "{} cost per calendar hour"),
            ("defect_cost", self.defect_costs, "[CNY]/{piece}", f"{{}} cost per defective {self.count_unit}"),
        )

    def start_order(self, order: str, product: str, quantity: float) -> None:
        """Begin `order`; its windows are cut exactly here."""
        self.log_counts()
        self.order, self.product, self.order_quantity = order, product, quantity
        self.log("order_quantity", quantity)
        self.log("product", product)
        self.log("order", order)

    def order_daily(self, product: str, quantity: float) -> Generator[simpy.Event, Any, None]:
        """Begin an order of `quantity` now and with the first shift of every day: a process of continuous lines."""
        first = self.calendar.shifts[0].name
        number = 0
        while True:
            number += 1
            self.start_order(f"PO-{number:06d}", product, quantity)
            yield self.segment_changed
            while self.segment.shift != first:
                yield self.segment_changed

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Follow the calendar."""
        self.log("planned_busy", float(self.segment.busy))
        self.log("shift", self.segment.shift)
        while True:
            yield self.env.timeout(self.segment.end - self.env.now)
            self._settle()
            before = self.segment
            self.segment = self.calendar.segment(self.env.now)
            if self.segment.busy != before.busy:
                self.log("planned_busy", float(self.segment.busy))
            if self.segment.shift != before.shift:
                self.log("shift", self.segment.shift)
            changed, self.segment_changed = self.segment_changed, self.env.event()
            changed.succeed(self.segment)

    def own_tags(self) -> tuple[Tag, ...]:
        """Return calendar, order, labour, price and cost tags."""
        tags = [
            Tag(name="planned_busy", kind=Kind.STATE, low=0, high=1,
                description="1 while the line is planned to be busy (PBT)"),
            Tag(name="shift", kind=Kind.TEXT, description="name of the shift, empty outside"),
            Tag(name="order", kind=Kind.TEXT, description="production order being made"),
            Tag(name="product", kind=Kind.TEXT, description="product of the order"),
            Tag(name="order_quantity", kind=Kind.PARAMETER, unit=self.count_unit, description="quantity ordered"),
            Tag(name="command", kind=Kind.TEXT,
                description="command that was carried out, withdrawn or expired last, with who gave it; JSON"),
            Tag(name="pending_commands", kind=Kind.TEXT, read=lambda: self.pending_commands,
                description="commands that wait for their trigger; JSON, empty when there is none"),
            Tag(name="power_on_duration", kind=Kind.COUNT, unit="s", read=lambda: self.env.now, deadband=1.0,
                description="how long the line has been on: its heartbeat, at least every 5 s (OPC 40001-1)"),
            Tag(name="labour_time", kind=Kind.COUNT, unit="h", read=self.labour_hours, deadband=self.staff / 60.0,
                description="paid person-hours"),
            Tag(name="labour_rate", kind=Kind.PARAMETER, unit="[CNY]/h", read=lambda: self.labour_rate,
                description="loaded labour cost of a person-hour"),
        ]  # fmt: skip
        for prefix, values, unit, text in self._priced():
            tags += [
                Tag(name=f"{prefix}_{name}", kind=Kind.PARAMETER, unit=unit, read=partial(values.__getitem__, name),
                    description=text.replace("{}", name.replace("_", " ")))
                for name in values
            ]  # fmt: skip
        if self.switchboard is not None:
            tags += self.switchboard.tags()
        return (*tags, *self.more_tags)

    def account(self) -> dict[str, float]:
        """Return the ledger page with `labour_hours` (h) and `planned_busy_seconds` (s) added."""
        page = super().account()
        return page | {
            "labour_hours": self.labour_hours(),
            "planned_busy_seconds": self.planned_busy_seconds(),
        }


def _refuse_negative(values: Mapping[str, float]) -> None:
    for field, value in values.items():
        if not 0.0 <= value < math.inf:
            raise ValueError(f"unit line: {field} {value} must be finite and not negative")
