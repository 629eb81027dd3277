"""The observer: it finds a constant disturbance exactly and foresees what is under way in the dead time."""

import numpy as np
import pytest

from twin.control.observer import Observer, Process
from twin.model.dynamics import FirstOrderDeadTime

PROCESS = Process(gain=2.0, tau=600.0, delay=180.0, step=60.0)


def test_a_constant_disturbance_is_found() -> None:
    observer = Observer(PROCESS)
    observer.begin(0.0, 0.0)
    plant = FirstOrderDeadTime(gain=2.0, tau=600.0, delay=180.0, step=60.0)
    for _ in range(300):
        observer.step(plant.step(1.0) + 5.0, 1.0)
    assert observer.disturbance == pytest.approx(5.0, abs=1e-6)


def test_what_is_set_is_seen_after_the_dead_time() -> None:
    """A step of the input two steps ago is not measured yet, and is in the prediction as the plant will have it."""
    observer = Observer(PROCESS)
    observer.begin(0.0, 0.0)
    plant = FirstOrderDeadTime(gain=2.0, tau=600.0, delay=180.0, step=60.0)
    for _ in range(2):
        measured = plant.step(1.0)
        observer.step(measured, 1.0)
    assert measured == 0.0
    later = [plant.step(1.0) for _ in range(13)]
    assert observer.predict(10) == pytest.approx(np.array(later[3:]), abs=1e-9)


def test_beginning_at_rest_predicts_rest() -> None:
    observer = Observer(PROCESS)
    assert observer.lost
    observer.begin(7.0, 1.0)
    assert not observer.lost
    assert observer.predict(5) == pytest.approx(7.0)
    assert observer.disturbance == 5.0
