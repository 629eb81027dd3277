"""What the shop measures with, and the inspection at the end of the line that judges every frame."""

from typing import Any

import simpy

from twin.model.detour import Detour
from twin.model.part import Part
from twin.model.quality import Inspection
from twin.model.signal import Signal
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag


class Metrology:
    """The coordinate measuring machine (CMM): it measures the `share` of frames that is sampled, `bias` mm too wide."""

    __slots__ = ("bias", "share")

    def __init__(self, share: float) -> None:
        self.share = share
        self.bias = 0.0


class ReworkWays(Detour):
    """Ways back by the station that spoilt the frame: `ways` by its name; every other frame is polished.

    Each way is gone once: a frame that is found bad again is scrap.
    """

    __slots__ = ("_ways",)

    def __init__(self, polish: Station, ways: dict[str, Detour]) -> None:
        super().__init__(polish)
        self._ways = ways

    def send(self, part: Part, inspection: Station) -> None:
        """Send `part` back over the stations that can mend what its origin did."""
        way = self._ways.get(part.origin.name) if part.origin is not None else None
        if way is None:
            super().send(part, inspection)
        else:
            way.send(part, inspection)


class FinalInspection(Station):
    """Gauge and eyes judge every frame; a good one is taken for bad at first sight with `false_reject`.

    Those are looked at again, which takes as long as the first look; `second_look` of them are let go, the others are
    polished for nothing. Bad frames that nobody saw are counted as `escaped`.
    """

    signals = (
        Signal("cmm_master", "mm", -0.5, 0.5, 0.002, (-0.02, -0.01, 0.01, 0.02),
               "what the CMM says of its master frame, from the certificate"),
    )  # fmt: skip
    cmm_master = 0.0

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        metrology: Metrology,
        false_reject: float,
        second_look: float,
        **options: Any,
    ) -> None:
        super().__init__(env, streams, name, **options)
        self._metrology = metrology
        self.false_reject = false_reject
        self._second_look = second_look
        self._look = streams.uniform(f"{name}/look")
        self._doubted: set[Part] = set()
        self.false_rejects = 0
        self.escaped = 0

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the station's tags, false rejects and escapes."""
        counts = (
            (
                "false_reject_count",
                lambda: self.false_rejects,
                "good frames that were rejected at first sight",
            ),
            ("escape_count", lambda: self.escaped, "bad frames that passed, as an audit would find them"),
        )
        return (
            *super().own_tags(),
            *(Tag(name=name, kind=Kind.COUNT, unit=self.count_unit, deadband=0.5, read=read, description=text)
              for name, read, text in counts),
        )  # fmt: skip

    def content(self, part: Part) -> float:
        """Look twice at a good frame that seems bad."""
        if part.defect is None and not part.detours and self._look() < self.false_reject:
            self._doubted.add(part)
            return 2.0
        return 1.0

    def work(self, part: Part) -> None:
        """Judge doubts; the CMM is checked with its master (0.5 µm)."""
        self.cmm_master = self._metrology.bias + 0.0005 * self.normal()
        if part in self._doubted:
            self._doubted.remove(part)
            self.false_rejects += 1
            if self._look() >= self._second_look and self.detour is not None:
                self.count(reworked=part.quantity)
                self.detour.send(part, self)

    def _inspect(self, part: Part, inspection: Inspection) -> None:
        super()._inspect(part, inspection)
        if part.defect is not None and part.verdict is None:
            self.escaped += 1
