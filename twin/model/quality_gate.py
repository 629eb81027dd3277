"""What a station does to the quality of parts: it spoils some of them, and finds those that were spoilt."""

from collections.abc import Sequence
from typing import Any

import simpy

from twin.model.detour import Detour
from twin.model.part import REWORK, SCRAP, Part
from twin.model.quality import DefectCause, Defects, Inspection
from twin.model.service import Serviceable
from twin.model.streams import Streams


class QualityGate(Serviceable):
    """A station with `causes` of defects, and an `inspection` that judges parts at the end of its work.

    Parts that it wants reworked go back over the stations of `detour`, if given.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        causes: Sequence[DefectCause],
        inspection: Inspection | None,
        **options: Any,
    ) -> None:
        super().__init__(env, streams, name, **options)
        self.inspection = inspection
        self.detour: Detour | None = None
        self._judge = streams.uniform(f"{name}/inspection")
        self._defects = [Defects(cause, name, streams) for cause in causes]

    def set_defect_rate(self, cause: str, rate: float) -> None:
        """Let the defect cause `cause` strike with chance `rate` a part from now on; for faults."""
        self._defects_of(cause).set_rate(rate)

    def tune_defects(self, cause: str, *, rate: float = 1.0, delay: float = 1.0) -> None:
        """Let the defect cause `cause` strike `rate` times as often and for `delay` times as long; for upgrades."""
        self._defects_of(cause).tune(rate=rate, delay=delay)

    def _defects_of(self, cause: str) -> Defects:
        for defects in self._defects:
            if defects.cause.name == cause:
                return defects
        known = ", ".join(defects.cause.name for defects in self._defects) or "none"
        raise ValueError(f"station {self.name} has no defect cause {cause!r}; it has: {known}")

    def _inspect(self, part: Part, inspection: Inspection) -> None:
        if self._judge() < inspection.detection:
            origin = part.origin or self
            scrap = self._judge() < inspection.scrap_share.get(origin.name, 1.0)
            detour = self.detour
            if not scrap and detour is not None:
                scrap = part.detours >= detour.limit
            quantity = part.quantity - part.lost
            origin.count(scrapped=quantity if scrap else 0.0, reworked=0.0 if scrap else quantity)
            if scrap or detour is None:
                part.verdict = SCRAP if scrap else REWORK
            else:
                detour.send(part, part.route[part.step])
