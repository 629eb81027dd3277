"""From the design to the closed mould: designers, printers, unpacking, coating, assembly."""

from functools import partial
from typing import Any

import simpy

from plants.casting import laws
from plants.casting.job import Job, Jobs
from plants.casting.sheet import BAUME, BINDER, HUMIDITY, LOI, SAND
from twin.model.metered_group import MeteredGroup
from twin.model.part import Part
from twin.model.quality import DefectCause, Defects
from twin.model.signal import Signal
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.wander import wander


def job_of(part: Part) -> Job:
    """Return the job that `part` is."""
    job: Job = part.traits
    return job


def correction(owner: object, name: str, unit: str, reach: float, description: str) -> Tag:
    """Return the writable tag of a correction that lies in `-reach..reach`: the attribute of that name of `owner`."""
    return Tag(name=name, kind=Kind.SETPOINT, unit=unit, low=-reach, high=reach, read=partial(getattr, owner, name),
               write=partial(setattr, owner, name), description=description)  # fmt: skip


class Design(Station):
    """Engineers who draw gating and nest the boxes of `jobs`: a new part takes a day, a known one its nesting."""

    new_part, known_part = 24.0, 0.8  # h
    jobs: Jobs

    def content(self, part: Part) -> float:
        """Return the hours; the cycle is one hour."""
        return self.new_part if job_of(part).new else self.known_part


class Printers(MeteredGroup):
    """Binder-jet printers: layer by layer a recoater spreads sand and nozzles print binder.

    `binder_offset` in % of sand and `sand_offset` in K correct the boxes to come: pump and sand heater.
    """

    signals = (
        Signal("binder_dosage", "%", 0.5, 3.5, 0.04, (1.3, 1.45, 2.2, 2.4), "binder, of the sand"),
        Signal("nozzles_out", "%", 0, 20, 0.1, (None, None, 1, 2), "nozzles that do not fire, worst printer"),
        Signal("sand_temperature", "Cel", 0, 60, 0.6, (16, 19, 32, 35), "sand at the recoater"),
        Signal("hall_humidity", "%", 0, 100, 1.6, (25, 30, 58, 65), "relative humidity of the printer hall"),
        Signal("core_strength", "MPa", 0, 4, 0.06, (1.0, 1.2, None, None), "tensile strength after 24 h"),
        Signal("loss_on_ignition", "%", 0, 6, 0.05, (None, None, 2.3, 2.8), "organics left in reclaimed sand"),
        Signal("gas_evolution", "mL/g", 0, 30, 0.35, (None, None, 14, 16), "gas that a core gives off when hot"),
    )  # fmt: skip
    sigma, clogging, damp, tar = 1.0, 1.0, 0.0, 0.0
    binder_dosage, sand_temperature, hall_humidity, loss_on_ignition = (
        row[0] for row in (BINDER, SAND, HUMIDITY, LOI)
    )
    core_strength, gas_evolution, nozzles_out = 1.7, 10.6, 0.2
    binder_offset, sand_offset = 0.0, 0.0
    growth = 0.08  # % of the nozzles an hour of printing, 9.4
    purged_to = 0.1  # % that the purge between two boxes leaves

    def __init__(
        self, env: simpy.Environment, streams: Streams, name: str, *, misprint: DefectCause, **options: Any
    ) -> None:
        super().__init__(env, streams, name, **options)
        self._walks = [wander(streams.normal(f"{name}/{what}"), row[2]) for what, row in
                       (("binder", BINDER), ("sand", SAND), ("humidity", HUMIDITY), ("loi", LOI))]  # fmt: skip
        self._share = streams.uniform(f"{name}/misprinted")
        self.misprints = Defects(misprint, name, streams)
        self.hours = options["cycle"].mean / 3600.0

    def own_tags(self) -> tuple[Tag, ...]:
        """Return what is measured, and the corrections of dosing and heating."""
        return (
            *super().own_tags(),
            correction(self, "binder_offset", "%", 0.5, "added to the binder dosage"),
            correction(self, "sand_offset", "K", 8.0, "by which the sand is warmed or cooled"),
        )

    def work(self, part: Part) -> None:
        """Print one box of cores."""
        job = job_of(part)
        binder, sand, humidity, loi = (walk() for walk in self._walks)
        self.binder_dosage = BINDER[0] + self.sigma * BINDER[1] * binder + self.binder_offset
        self.sand_temperature = SAND[0] + self.sigma * SAND[1] * sand + self.sand_offset
        self.hall_humidity = HUMIDITY[0] + HUMIDITY[1] * humidity + self.damp
        self.loss_on_ignition = LOI[0] + LOI[1] * loi + self.tar
        self.nozzles_out = self.purged_to + 0.5 * self.growth * self.clogging * self.hours
        job.binder, job.loi = self.binder_dosage, self.loss_on_ignition
        job.strength = self.core_strength = laws.core_strength(
            self.binder_dosage, self.sand_temperature, self.hall_humidity, self.nozzles_out
        )
        self.gas_evolution = job.gas = laws.gas_evolution(self.binder_dosage, self.loss_on_ignition, BAUME[0])
        self.misprints.left -= 1
        if not self.misprints.left and self.misprints.strikes():
            job.spoil(self.name, "special", max(round((0.4 + 0.6 * self._share()) * job.castings), 1))


class Unpacking(MeteredGroup):
    """De-powdering and, later, setting of cores: weak ones break."""

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._generator = streams.generator(f"{name}/breakage")
        self.rough = 0.0  # chance of handling damage beside weakness

    def work(self, part: Part) -> None:
        """Unpack the cores of one box."""
        job = job_of(part)
        chance = 1.0 - (1.0 - laws.breakage(job.strength)) * (1.0 - self.rough)
        job.spoil(self.name, "handling", int(self._generator.binomial(job.castings, chance)))


class Coating(MeteredGroup):
    """Flow coating and drying: the coat seals the core against gas."""

    signals = (Signal("baume", "1", 15, 55, 0.4, (28, 30, 38, 40), "density of the coating, degrees Baumé"),)
    baume, sigma = BAUME[0], 1.0

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._walk = wander(streams.normal(f"{name}/baume"), BAUME[2])

    def work(self, part: Part) -> None:
        """Coat the cores of one box."""
        job = job_of(part)
        self.baume = BAUME[0] + self.sigma * BAUME[1] * self._walk()
        job.gas = laws.gas_evolution(job.binder, job.loi, self.baume)
