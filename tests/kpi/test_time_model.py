"""The one table of time elements: complete, and the one that the documentation prints."""

from pathlib import Path

from twin.kpi.tally import NAMES
from twin.kpi.time_model import OUT_OF_SERVICE, RULES, Element, element, table
from twin.model.state import Reason, State


def test_documentation_prints_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "kpi.md").read_text()
    assert table() in page
    for name, meaning in NAMES.items():
        assert f"| `{name}` | {meaning} |" in page


def test_every_reason_has_one_element_in_every_state() -> None:
    """No state with a known reason is unknown; nothing unknown is production."""
    for state in State:
        for why in Reason.ALL:
            assert element(state, why) is not Element.UNKNOWN
        assert element(state, "") is Element.UNKNOWN
    assert {rule.category for rule in RULES} == Reason.ALL | {OUT_OF_SERVICE}
    assert element(0, Reason.PRODUCTION) is Element.UNKNOWN
    assert element(99, Reason.PRODUCTION) is Element.DELAY


def test_only_execute_and_minor_stops_are_production_time() -> None:
    productive = {
        (state, why) for state in State for why in Reason.ALL if element(state, why) is Element.PRODUCTION
    }
    assert productive == {(State.EXECUTE, Reason.PRODUCTION)} | {
        (state, Reason.MICRO_STOP) for state in State
    }
