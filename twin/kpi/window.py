"""A half-open window over one unit's samples, and a figure that is folded one sample at a time."""

from twin.kpi.catalogue import figure
from twin.kpi.figure import Figure
from twin.kpi.fold import Fold
from twin.kpi.tally import Tally, add
from twin.model.frame import Sample

# The line tells these for all its units.
_OF_THE_LINE = ("planned_busy", "price_", "carbon_")


class Window:
    """The tally of the unit at path `scope` in [start_ms, end_ms); states are clipped at both edges.

    Samples that precede `start_ms` tell the state and the registers at the start; without `start_ms` the window
    begins with the first sample, without `end_ms` it lasts. The line's `planned_busy` and prices are taken too.
    """

    def __init__(self, scope: str, start_ms: int | None = None, end_ms: int | None = None) -> None:
        if start_ms is not None and end_ms is not None and not start_ms < end_ms:
            raise ValueError(f"window of {scope}: start {start_ms} must lie before end {end_ms}")
        self._scope = scope
        self._line = scope.endswith("/line")
        self._start = start_ms
        self._end = end_ms
        self._now = 0
        self._fold: Fold | None = None
        self._tally: Tally = {}

    def update(self, sample: Sample) -> None:
        """Take one sample, in order of time; samples of other units are passed over."""
        path, time_ms = sample.path, sample.time_ms
        scope, _, name = path.rpartition("/")
        if scope != self._scope and not name.startswith(_OF_THE_LINE):
            return
        fold = self._fold
        if fold is None:
            fold = self._fold = Fold(time_ms, line=self._line)
            self._start = time_ms if self._start is None else self._start
        if self._now <= self._start_ms <= time_ms:
            fold.cut(self._start_ms)
        if self._end is not None and time_ms > self._end:
            self._now = self._end
            return
        self._now = max(self._now, time_ms)
        fold.update(name, sample.value, time_ms)

    @property
    def _start_ms(self) -> int:
        return self._start or 0

    def get(self) -> Tally:
        """Return the sums from the start to the newest sample (or the end), without zeros."""
        if self._fold is not None and self._now > self._start_ms:
            add(self._tally, self._fold.cut(self._now))
        return self._tally


class Kpi:
    """One figure of one unit, folded one sample at a time.

    >>> availability = Kpi("availability", "demo/p/a/l/op10")
    >>> for at, tag, value in ((0, "reason", "production"), (0, "state", 6), (0, "planned_busy", 1),
    ...                        (30_000, "reason", "failure"), (30_000, "state", 9), (40_000, "state", 9)):
    ...     availability.update(Sample(f"demo/p/a/l/op10/{tag}", value, at))
    >>> availability.get()
    0.75
    """

    def __init__(self, name: str, scope: str, start_ms: int | None = None, end_ms: int | None = None) -> None:
        self.name = name
        self._make = figure(name)
        self._window = Window(scope, start_ms, end_ms)

    def update(self, sample: Sample) -> None:
        """Take one sample, in order of time."""
        self._window.update(sample)

    def get(self) -> float | None:
        """Return the value up to the newest sample; None where it is undefined."""
        return self._make(self._window.get()).value

    def figure(self) -> Figure:
        """Return the value with its inputs."""
        return self._make(self._window.get())
