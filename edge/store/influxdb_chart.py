"""Control charts for readers that cannot compute them: quarter hours as individuals, with limits and rules broken.

Limits come from the complete quarter hours of the day before (individuals and moving ranges), so that a point is
judged by what was usual, not by itself. None of the figures can be negative, and so no limit is.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from twin.kpi import Figure
from twin.kpi.spc import individuals, nelson

CHARTED = ("defect_rate", "effectiveness", "specific_energy")
WINDOW = "15m"
_DAY_MS = 86_400_000
_LEAST = 20  # values that limits take; est., 20 to 25 subgroups are usual
_MOST = 96  # a day of quarter hours

Past = Sequence[tuple[str, str, int, float]]  # scope, figure, start of the window, value
Load = Callable[[str, int, Sequence[str], int, int], Past]  # plant, epoch, figures, from and to


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """A value on its chart; `rules` are the numbers of Nelson's rules that it completes, most often none."""

    figure: str
    value: float
    centre: float
    lower: float
    upper: float
    rules: tuple[int, ...]


class Charts:
    """The running charts of every scope; `load` gives what an earlier process stored."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._past: dict[tuple[str, int], dict[tuple[str, str], deque[tuple[int, float]]]] = {}

    def add(
        self, plant: str, epoch: int, scope: str, start_ms: int, figures: Mapping[str, Figure]
    ) -> Iterator[ChartPoint]:
        """Take a complete window in; yield the points of figures that are defined and have enough past.

        A window that is told again replaces what it was, and what came after it is told again too.
        """
        charts = self._past.get((plant, epoch))
        if charts is None:
            charts = {}
            for one, name, at, held in self._load(plant, epoch, CHARTED, start_ms - _DAY_MS, start_ms):
                charts.setdefault((one, name), deque(maxlen=_MOST)).append((at, held))
            self._past[plant, epoch] = charts  # only now: what failed to load is asked for again
        for name in CHARTED:
            value = figures[name].value
            if value is None:
                continue
            past = charts.setdefault((scope, name), deque(maxlen=_MOST))
            while past and past[-1][0] >= start_ms:
                past.pop()
            values = [before for _, before in past]
            if len(values) >= _LEAST:
                limits = individuals(values)
                yield ChartPoint(
                    name, value, limits.centre, max(0.0, limits.lower), limits.upper,
                    tuple(nelson([*values, value], limits)),
                )  # fmt: skip
            past.append((start_ms, value))
