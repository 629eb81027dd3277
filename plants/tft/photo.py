"""Photolithography, the bottleneck: overlay and line width, their rework, mask changes and pilot sheets."""

from typing import Any

import simpy

from plants.tft.facility import Facility
from plants.tft.laws import line_width_deviation, panels_beyond, thermal_overlay
from plants.tft.lot import Lot
from plants.tft.sheet import (
    DOSE,
    DOSE_SIGMA,
    EXPOSURE_SPELL,
    GATE,
    MURA,
    MURA_SEEN,
    OVERLAY_DRIFT,
    OVERLAY_LIMIT,
    OVERLAY_LOCAL,
    OVERLAY_NOISE,
    OVERLAY_REWORK,
    OVERLAY_WANDER,
    RESIST,
    RESIST_SIGMA,
    WIDTH,
    WIDTH_LIMIT,
    WIDTH_LOCAL,
    WIDTH_NOISE,
    WIDTH_REWORK,
    WIDTH_WANDER,
)
from plants.tft.tools import ToolGroup
from twin.model.part import Part
from twin.model.signal import Signal
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.wander import wander


class Photo(ToolGroup):
    """Coats, exposes, develops, and inspects in line (ADI): lots beyond the normal bands go to strip and come back.

    `pilot` s are spent on a pilot sheet after each mask change, exposed and measured before the lot is released.
    `dose_setpoint` and `overlay_correction` are for run-to-run control.
    """

    signals = (
        *ToolGroup.signals,
        Signal(
            "line_width",
            "um",
            2,
            6,
            0.064,
            (3.3, 3.6, 4.4, 4.7),
            "critical dimension after develop, last lot",
        ),
        Signal("overlay", "um", -3, 3, 0.1, (-1.0, -0.8, 0.8, 1.0), "against the layer below, last lot"),
        Signal("resist_thickness", "um", 1, 2, 0.009, (1.38, 1.42, 1.58, 1.62), "photoresist, last lot"),
        Signal("exposure_dose", "mJ/cm2", 20, 60, 0.17, (None,) * 4, "last lot"),
        Signal("dose_deviation", "%", -20, 20, 0.48, (-8, -4, 4, 8), "exposure dose, from its set point"),
    )
    line_width, overlay, resist_thickness = WIDTH, 0.0, RESIST
    exposure_dose, dose_deviation = DOSE, 0.0
    dose_setpoint, overlay_correction = DOSE, 0.0
    stage_error = 0.0  # um
    pilot = 0.0
    facility: Facility

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._stage, self._width = (
            wander(streams.normal(f"{name}/{what}"), EXPOSURE_SPELL) for what in ("stage", "width")
        )
        self._seen = streams.uniform(f"{name}/mura")
        directions = streams.generator(f"{name}/direction")
        self._drift = [OVERLAY_DRIFT * directions.uniform(-1.0, 1.0) for _ in self.machines]

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the group's tags and the set points of run-to-run control."""
        dose = Tag(
            name="dose_setpoint", kind=Kind.SETPOINT, unit="mJ/cm2", low=30, high=45, read=lambda: self.dose_setpoint,
            write=lambda value: setattr(self, "dose_setpoint", value), description="exposure dose wanted",
        )  # fmt: skip
        overlay = Tag(
            name="overlay_correction", kind=Kind.SETPOINT, unit="um", low=-1, high=1,
            read=lambda: self.overlay_correction, write=lambda value: setattr(self, "overlay_correction", value),
            description="what the stage adds to the overlay",
        )  # fmt: skip
        return (*super().own_tags(), dose, overlay)

    def content(self, part: Part) -> float:
        """A lot takes as long as its sheets; the first one of a mask waits for the pilot sheet."""
        return 1.0 + self.pilot / (self.row.tact * part.quantity) if self.machine.run == 1 else 1.0

    def has_worked_on(self, part: Part) -> None:
        """Expose again what went wrong: before the run, too, the lot was reworked."""
        super().has_worked_on(part)
        if abs(self.overlay) > OVERLAY_REWORK or abs(self.line_width - WIDTH) > WIDTH_REWORK:
            super().has_worked_on(part)

    def process(self, part: Part, lot: Lot, worn: float, *, excursion: bool) -> None:
        """Expose the lot: its overlay and line width, the panels that they cost, and the verdict of the ADI."""
        part.defect = part.origin = None  # what the ADI did not see then
        draw, sigma = self.normal, self.sigma
        self.dose_deviation = sigma * DOSE_SIGMA * draw()
        self.exposure_dose = self.dose_setpoint * (1.0 + self.dose_deviation / 100.0)
        self.resist_thickness = RESIST + sigma * RESIST_SIGMA * draw()
        dose = 100.0 * (self.exposure_dose / DOSE - 1.0)
        width = line_width_deviation(dose, self.resist_thickness - RESIST)
        width += sigma * (WIDTH_WANDER * self._width() + WIDTH_NOISE * draw())
        self.line_width = WIDTH + width
        lost = panels_beyond(width, WIDTH_LIMIT, WIDTH_LOCAL)
        overlay = 0.0
        if lot.layer > GATE:  # there is nothing below the gate
            overlay = sigma * (OVERLAY_WANDER * self._stage() + OVERLAY_NOISE * draw())
            overlay += (
                self._drift[self.machine.number - 1] * worn + self.stage_error + self.overlay_correction
            )
            overlay += thermal_overlay(self.facility.temperature_deviation)
            self.overlay = overlay
            lost += panels_beyond(overlay, OVERLAY_LIMIT, OVERLAY_LOCAL)
        if excursion:
            lost += MURA
        lot.expose(self, min(lost, 1.0))
        if abs(overlay) > OVERLAY_REWORK:
            part.spoil(self, "common:overlay")
        elif abs(width) > WIDTH_REWORK:
            part.spoil(self, "common:line_width")
        elif excursion and self._seen() < MURA_SEEN:
            part.spoil(self, "special:mura")
