"""Payback is cost by yearly gain, and never where there is none."""

import math
from typing import Any

import pytest

from twin.lab.payback import payback
from twin.model.upgrade import Change, Function, Paradigm, Upgrade


def upgrade(one_off: float, running: float) -> Any:
    return Upgrade(
        key="one", title="One", paradigm=Paradigm.NETWORKED, function=Function.QUALITY, mechanism="It helps.",
        changes=(Change("any", 0.9, 0.8, 0.7),), one_off=one_off, running=running, source="est.",
    )  # fmt: skip


def test_payback_worked_out_by_hand() -> None:
    # 2 CNY less on 10 units an hour for 8760 h: 175,200 a year, less 25,200 to run: 150,000
    found = payback([upgrade(200_000, 5_200), upgrade(100_000, 20_000)], [8.0, 9.0], [6.0, 7.0], [10.0, 10.0])
    assert (found.one_off, found.running) == (300_000, 25_200)
    assert (found.saving.mean, found.saving.half_width) == (175_200, 0.0)
    assert found.years == pytest.approx(2.0)


def test_what_saves_no_more_than_it_costs_to_run_never_pays_back() -> None:
    assert payback([upgrade(1.0, 175_200)], [8.0], [6.0], [10.0]).years == math.inf
    assert payback([upgrade(1.0, 0.0)], [8.0], [8.5], [10.0]).years == math.inf


def test_what_costs_nothing_pays_back_at_once() -> None:
    assert payback([upgrade(0.0, 0.0)], [8.0], [6.0], [10.0]).years == 0.0
