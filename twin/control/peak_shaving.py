"""Peak shaving: base load goes off late in a metering window, and only as much as keeps its mean below the limit."""

import math

from twin.control.actuator import Actuator
from twin.model.command import Command
from twin.model.frame import Sample

# Share of the sheddable load that must be needed before any is shed: until then the window may recover (est.).
_LATE = 0.7
_MARGIN = 0.01  # of the limit, kept free (est.)
_STEP = 0.05  # of the share, below which it is left as it is


class PeakShaving:
    """A limit on the mean power of each metering window, kept by shedding.

    Windows of `window` s follow each other from full UTC hours, as they are billed. The mean that a window will
    have is what has been drawn plus the present power to its end. While it lies above `limit` kW the share to be shed
    is the missing power over `sheddable` kW; nothing is shed before most of that load is needed. What
    `sheddable` is believed too small costs comfort, too large it begins too late; the power that is measured
    corrects the rest. Left out, it is a tenth of the limit (est.).
    """

    reads_text = False
    watch = 4
    usual: float | None = None

    def __init__(
        self,
        actuator: Actuator,
        power: str,
        *,
        limit: float,
        window: float = 900.0,
        sheddable: float | None = None,
        period: float = 30.0,
    ) -> None:
        sheddable = 0.1 * limit if sheddable is None else sheddable
        if not (limit > 0.0 and window > 0.0 and sheddable > 0.0 and 0.0 < period <= window):
            raise ValueError(
                f"limit {limit} kW, window {window} s and sheddable {sheddable} kW must be positive, period {period} s "
                "in 0..window"
            )
        self.actuator = actuator
        self.subjects = (power,)
        self.period = period
        self._limit = limit
        self._window_ms = round(window * 1000)
        self._sheddable = sheddable
        self._power = math.nan
        self._time_ms = 0
        self._drawn = 0.0  # kW ms in this window
        self._whole = False  # whether this window was seen from its beginning
        self._excess: list[float] = []

    def update(self, sample: Sample) -> None:
        """Take the present power in."""
        self._advance(sample.time_ms)
        self._power = float(sample.value)

    def badness(self) -> float | None:
        """Return by which share of the limit the mean of the windows since the last call lay above it."""
        if not self._excess:
            return None
        worst = max(self._excess)
        self._excess.clear()
        return worst

    def decide(self, time_ms: int) -> list[Command]:
        """Shed as much as the rest of the window needs."""
        self._advance(time_ms)
        if not math.isfinite(self._power) or not self._whole:
            return []
        shed = self.actuator.value
        left = self._window_ms - time_ms % self._window_ms
        predicted = (self._drawn + self._power * left) / self._window_ms
        aim = self._limit * (1.0 - _MARGIN)
        missing = (predicted - aim) * self._window_ms / left  # kW, beyond what is shed now
        wanted = min(max(shed + missing / self._sheddable, 0.0), 1.0)
        if shed == 0.0 and wanted < _LATE:
            return []
        if abs(wanted - shed) < _STEP and wanted not in (0.0, 1.0):
            return []
        if wanted == shed:
            return []
        reason = (
            f"{self._power:.0f} kW now, the window's mean would be {predicted:.0f} kW with {left / 1000:.0f} s left, "
            f"limit {self._limit:.0f} kW: {missing:+.0f} kW to shed"
        )
        return [self.actuator.command(wanted, time_ms, reason)]

    def _advance(self, time_ms: int) -> None:
        """Draw the present power until `time_ms`, window by window."""
        while self._time_ms < time_ms:
            number = self._time_ms // self._window_ms
            until = min((number + 1) * self._window_ms, time_ms)
            if math.isnan(self._power):
                self._time_ms, self._whole = time_ms, time_ms % self._window_ms == 0
                return
            self._drawn += self._power * (until - self._time_ms)
            self._time_ms = until
            if until % self._window_ms == 0:
                if self._whole:
                    mean = self._drawn / self._window_ms
                    self._excess.append(max(mean / self._limit - 1.0, 0.0))
                self._drawn, self._whole = 0.0, True
