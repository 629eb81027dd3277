"""A first-order process with dead time and an Ornstein-Uhlenbeck disturbance, and a controller that closes its loop."""

import math
from collections.abc import Callable

import numpy as np

from twin.control.controller import Controller
from twin.model.disturbance import OrnsteinUhlenbeck
from twin.model.dynamics import FirstOrder, FirstOrderDeadTime
from twin.model.frame import Sample
from twin.model.streams import Streams

START_MS = 1_700_000_000_000
MEASURED, SET_POINT = "demo/plant/area/line_1/kiln/temperature", "demo/plant/area/line_1/kiln/set_point"


class Loop:
    """tau dy/dt = gain (u - u0)(t - delay) - (y - y0) + d(t), as the data sheet has it (0.6)."""

    def __init__(
        self,
        seed: int,
        *,
        gain: float = 2.0,
        tau: float = 600.0,
        delay: float = 120.0,
        step: float = 60.0,
        sigma: float = 1.0,
        noise: float = 0.0,
    ) -> None:
        streams = Streams(seed)
        self.step = step
        self.time_ms = START_MS
        self.value = 100.0  # of the set point
        self.outputs: list[float] = []
        self._process = FirstOrderDeadTime(
            gain=gain, tau=tau, delay=delay, step=step, operating_input=100.0, operating_output=500.0
        )
        self._disturbance = OrnsteinUhlenbeck(streams, "d", places=1, sigma=sigma, tau=1800.0, step=step)
        self._lag = FirstOrder([0.0], tau=tau, step=step)
        self._noise = streams.normal("noise")
        self._scatter = noise

    def run(
        self,
        steps: int,
        controller: Controller | None = None,
        *,
        seen: Callable[[int], bool] = lambda _: True,
    ) -> np.ndarray:
        """Run on; return the outputs of these steps. The controller gets the samples whose number is `seen`."""
        outputs = []
        for number in range(steps):
            self._disturbance.step()
            output = self._process.step(self.value) + float(self._lag.step(self._disturbance.values)[0])
            outputs.append(output)
            self.time_ms += round(self.step * 1000)
            if controller is None:
                continue
            if seen(number):
                measured = output + self._scatter * self._noise()
                controller.update(Sample(MEASURED, measured, self.time_ms))
            for command in controller.decide(self.time_ms):
                assert math.isfinite(command.value)
                self.value = command.value
        return np.array(outputs)
