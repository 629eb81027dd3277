"""Thin films: sputtered metals and ITO, and the silicon layers of the PECVD."""

from typing import Any

import simpy

from plants.tft.laws import film_thickness, panels_beyond, queue_loss
from plants.tft.lot import Lot
from plants.tft.sheet import (
    ACTIVE,
    FILM_SPELL,
    PRESSURE,
    PRESSURE_SIGMA,
    QUEUE_GROWTH,
    QUEUE_LIMIT,
    QUEUE_LOSS,
    RF_POWER,
    RF_SIGMA,
    RS_NEW,
    RS_SIGMA,
    RS_WORN,
    THICKNESS,
    THICKNESS_NOISE,
    THICKNESS_WANDER,
)
from plants.tft.tools import PARTICLE_SIGNAL, ToolGroup
from twin.model.part import Part
from twin.model.signal import Signal
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.wander import wander

HI = (None, None)
RS_LIMIT, RS_LOCAL = 12.0, 0.8  # %: HiHi of sheet 7.4; scatter from sheet to sheet (est.)


class Sputter(ToolGroup):
    """Sputters gate metal, SD metal and ITO; the resistance grows uneven with the erosion of the target."""

    signals = (
        *ToolGroup.signals,
        PARTICLE_SIGNAL,
        Signal(
            "rs_uniformity", "%", 0, 30, 0.4, (*HI, 10, 12), "scatter of the sheet resistance over the glass"
        ),
        Signal("queue_time", "h", 0, 200, 0.5, (*HI, 20, 24), "from a-Si to SD, last lot"),
    )
    rs_uniformity, queue_time = RS_NEW, 0.0
    erosion = 0.0  # % of unevenness that a target beyond its life adds

    def process(self, part: Part, lot: Lot, worn: float, *, excursion: bool) -> None:
        """Sputter: uneven film fails at the far end of the lines, late SD on oxidised contacts."""
        self.soil(lot, worn, excursion=excursion)
        self.rs_uniformity = max(
            RS_NEW + self.erosion + RS_WORN * worn + self.sigma * RS_SIGMA * self.normal(), 0.0
        )
        lot.lose(self, panels_beyond(self.rs_uniformity, RS_LIMIT, RS_LOCAL))
        if lot.layer == ACTIVE:
            waited = self.env.now - lot.film_at - self.row.tact * part.quantity
            self.queue_time = max(waited, 0.0) / 3600.0
            lot.lose(self, queue_loss(self.queue_time, QUEUE_LIMIT, QUEUE_LOSS, QUEUE_GROWTH))


class Pecvd(ToolGroup):
    """Grows gate insulator, a-Si and n+ in one run, later the passivation. `thickness_correction` is for run to run."""

    signals = (
        *ToolGroup.signals,
        PARTICLE_SIGNAL,
        Signal("sinx_thickness", "nm", 250, 450, 2.6, (320, 332, 368, 380), "gate insulator, last lot"),
        Signal("chamber_pressure", "Pa", 0, 400, 1.2, (120, 135, 215, 230), "during deposition, last lot"),
        Signal("rf_power", "kW", 0, 30, 0.1, (11, 12.5, 19.5, 21), "during deposition, last lot"),
    )
    sinx_thickness, chamber_pressure, rf_power = THICKNESS, PRESSURE, RF_POWER
    thickness_correction = 0.0  # nm

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._rate = wander(streams.normal(f"{name}/rate"), FILM_SPELL)

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the group's tags and the set point of run-to-run control."""
        correction = Tag(
            name="thickness_correction", kind=Kind.SETPOINT, unit="nm", low=-30, high=30,
            read=lambda: self.thickness_correction, write=lambda value: setattr(self, "thickness_correction", value),
            description="what the deposition time adds to the gate insulator",
        )  # fmt: skip
        return (*super().own_tags(), correction)

    def process(self, part: Part, lot: Lot, worn: float, *, excursion: bool) -> None:
        """Deposit: thickness follows power, pressure and a rate that wanders; the insulator's sets the threshold."""
        self.soil(lot, worn, excursion=excursion)
        draw, sigma = self.normal, self.sigma
        self.rf_power = RF_POWER + sigma * RF_SIGMA * draw()
        self.chamber_pressure = PRESSURE + sigma * PRESSURE_SIGMA * draw()
        if lot.layer == ACTIVE:
            factor = film_thickness(self.rf_power / RF_POWER, self.chamber_pressure / PRESSURE)
            scatter = sigma * (THICKNESS_WANDER * self._rate() + THICKNESS_NOISE * draw())
            self.sinx_thickness = THICKNESS * factor + scatter + self.thickness_correction
            lot.thickness = self.sinx_thickness
            lot.film_at = self.env.now
