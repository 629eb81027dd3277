"""PackML states and published reasons as OPC 40001-1 says them."""

import pytest

from twin.kpi.time_model import Element, element
from twin.model.state import Reason, State
from twin.wire.opcua_machinery import ItemState, OperationMode, item_state, operation_mode


@pytest.mark.parametrize("reason", sorted(Reason.ALL))
def test_production_time_is_executing_in_the_mode_processing(reason: str) -> None:
    """As in OPC 40001-1 Annex C; our micro-stops are production time of a machine that does not execute."""
    for state in State:
        executing = item_state(state, reason) is ItemState.EXECUTING
        processing = operation_mode(reason) is OperationMode.PROCESSING
        found = element(state, reason)
        if found is Element.PRODUCTION and reason != Reason.MICRO_STOP:
            assert (executing, processing) == (True, True)
        if found is Element.SETUP and state not in (State.CLEARING, State.ABORTING, State.ABORTED):
            assert executing
            assert operation_mode(reason) is OperationMode.SETUP


def test_what_nobody_told_is_not_available() -> None:
    assert item_state(0, "") is ItemState.NOT_AVAILABLE
    assert operation_mode("") is OperationMode.NONE


def test_failures_and_maintenance_are_out_of_service() -> None:
    assert item_state(State.ABORTED, "failure:spindle") is ItemState.OUT_OF_SERVICE
    assert item_state(State.STOPPED, "maintenance") is ItemState.OUT_OF_SERVICE
    assert item_state(State.SUSPENDED, "starved") is ItemState.NOT_EXECUTING
