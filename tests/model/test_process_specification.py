"""Violated constraints make off-spec mass."""

import simpy

from twin.model.specification import Specification, book
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation


def test_violations_name_every_property_outside() -> None:
    grade = Specification(
        {"purity": Limits(lo=99.85), "water": Limits(hi=0.1), "acid": Limits(lo=0.0, hi=1.0)}
    )
    assert grade.violations({"purity": 99.9, "water": 0.1, "acid": 0.5, "colour": 7.0}) == ()
    assert grade.violations({"purity": 99.8, "water": 0.2, "acid": 0.5}) == ("purity", "water")


def test_off_spec_is_rework_where_it_is_recovered_and_scrap_where_not() -> None:
    units = [UnitOperation(simpy.Environment(), name, counted=True) for name in ("column", "line_end")]
    book(units, 2.0, off_spec=False, recovered=True)
    book(units, 1.0, off_spec=True, recovered=True)
    book(units, 0.5, off_spec=True, recovered=False)
    for unit in units:
        assert (unit.processed, unit.reworked, unit.scrapped) == (3.5, 1.0, 0.5)
