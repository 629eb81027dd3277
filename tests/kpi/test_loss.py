"""The losses add up to the planned busy time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.kpi import figures

seconds = st.integers(0, 10_000_000).map(lambda ms: ms / 1000.0)
pieces = st.integers(0, 1000)


@given(
    st.tuples(*[seconds] * 9), pieces, pieces, pieces, pieces, st.floats(0.1, 100.0)
)  # fmt: skip
def test_losses_and_fully_effective_time_are_the_planned_time(
    times: tuple[float, ...], good: int, scrap: int, rework: int, startup: int, ideal: float
) -> None:
    """Six big losses, other downtime, unknown and fully effective time are PBT, and none is left out."""
    run, micro, setup, delay, failure, service, order, maintenance, unknown = times
    processed = good + scrap + rework
    tally = {
        "planned_busy_time": sum(times), "actual_production_time": run + micro, "actual_unit_setup_time": setup,
        "actual_unit_delay_time": delay, "actual_unit_down_time": failure + service + order + maintenance,
        "unknown_time": unknown, "reason/micro_stop": micro, "reason/failure": failure, "reason/no_order": order,
        "reason/out_of_service": service, "reason/maintenance": maintenance, "pq": processed, "sq": scrap, "rq": rework,
        "startup_rejects": min(startup, scrap + rework), "ideal_time": ideal * processed,
    }  # fmt: skip
    found = figures(tally)
    parts = [one for name, one in found.items() if name.startswith("loss/")] + [found["fully_effective_time"]]
    assert len(parts) == 9
    assert sum(one.value or 0.0 for one in parts) == pytest.approx(sum(times), rel=1e-12, abs=1e-6)
    assert found["loss/breakdowns"].value == pytest.approx(failure + service)
    lost = found["availability_losses"].value
    assert lost == pytest.approx(sum(times) - run - micro)


def test_startup_rejects_are_not_process_defects() -> None:
    """Two of five rejects fell in a changeover: two fifths of the lost good time are start-up rejects."""
    found = figures(
        {
            "planned_busy_time": 100.0,
            "actual_production_time": 100.0,
            "pq": 50.0,
            "sq": 5.0,
            "startup_rejects": 2.0,
        }
        | {"ideal_time": 100.0}
    )
    assert found["loss/startup_rejects"].value == pytest.approx(4.0)
    assert found["loss/process_defects"].value == pytest.approx(6.0)
    assert found["fully_effective_time"].value == pytest.approx(90.0)
