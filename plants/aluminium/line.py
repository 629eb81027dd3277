"""The potline put together: what is bought, made, tapped, cast and metered, and that nothing is lost on the way."""

from typing import TYPE_CHECKING

import simpy

from plants.aluminium import laws
from plants.aluminium.casthouse import Casthouse
from plants.aluminium.cells import SECTIONS, Cells
from plants.aluminium.conditions import Conditions
from plants.aluminium.crews import DAY, HOUR, Relining, Round
from plants.aluminium.dials import WORKED_HOURS, people_present, potline_dials
from plants.aluminium.electrolysis import Electrolysis
from plants.aluminium.faults import potline_faults
from plants.aluminium.potroom import Potroom
from plants.aluminium.supply import AluminaSupply, Rectifier
from twin.model.calendar import Calendar
from twin.model.disturbance import StepEvents
from twin.model.line import Flow
from twin.model.line_unit import LineUnit
from twin.model.material import Holdup
from twin.model.process_line import ProcessLine
from twin.model.specification import Specification, book
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation, drive

if TYPE_CHECKING:
    from plants.aluminium import Aluminium

ANODE_CHANGE, TAP = 25 * 60.0, 12 * 60.0  # s of work
CRANES, LADLES = 6, 6
COLD_ANODES = 3.0  # K that the bath loses to a pair of cold anodes, est.
PAD = 22_500.0  # kg of metal in a cell in the mean between two taps
LARGEST_TAP, SMALLEST_TAP = 4_500.0, 500.0  # kg
AL99_70 = Specification({"iron": Limits(hi=0.20)})  # wt%, GB/T 1196
LOADED_LABOUR = 150_000.0  # CNY a person and year, est.
QUALITY_COST = (
    0.03 * 8_000.0 / 0.06
)  # CNY per t off grade: 3 % of 8,000 CNY/t at 6 % of the taps, section 2.5
GAS_HEAT = 10.7  # kWh/Nm3: 2.16 kg CO2/Nm3 over 56.1 kg/GJ
# Auxiliaries by where they are metered, share of the sheet's 300 kWh/t, est.; the rest is the line's base load.
AUXILIARY = {"alumina_supply": 0.55, "anode_change": 0.08, "tapping": 0.04, "caster": 0.08}


class Potline(ProcessLine):
    """The line of `plant`.

    Electricity is metered once: direct current at the sections, its conversion loss at the
    rectifier, auxiliaries at their units, the rest as the line's base load; gas at the holding furnaces.
    """

    def __init__(self, plant: "Aluminium", env: simpy.Environment, streams: Streams) -> None:
        self.plant = plant
        usual = plant.usual_rate()
        auxiliary = plant.auxiliary_energy * usual * 3.6  # kW
        share = plant.current_efficiency / 100.0
        heads = {name: auxiliary * part for name, part in AUXILIARY.items()}
        self.cells = cells = Cells(
            plant.cells, voltage=plant.voltage, alf3=plant.alf3, efficiency=share, pad=PAD
        )
        self.baths = Holdup("baths_alumina", read=cells.dissolved_alumina)
        self.pads = Holdup("metal_pads", read=cells.metal)
        line_unit = self._line_unit(env, auxiliary - sum(heads.values()))
        direct = plant.cells * plant.voltage * plant.current  # kW
        step = plant.step
        self.rectifier = Rectifier(
            env, streams, current=1000.0 * plant.current, step=step,
            loss=direct * (100.0 / plant.rectifier_efficiency - 1.0),
        )  # fmt: skip
        self.alumina = AluminaSupply(
            env, streams, demand=laws.ALUMINA_PER_METAL * usual, baths=self.baths, step=step,
            power=heads["alumina_supply"],
        )  # fmt: skip
        self.casthouse = Casthouse(
            env,
            streams,
            pads=self.pads,
            usual=usual,
            gas=plant.casthouse_gas * 1e6,
            step=step,
            power=heads["caster"],
        )
        self.potroom = Potroom(
            env, cells, self.rectifier, line_unit, detailed=plant.detailed, ideal_cell=plant.ideal_cell_time(),
            rectifier_efficiency=plant.rectifier_efficiency / 100.0, section_power=direct / SECTIONS, step=step,
        )  # fmt: skip
        self._disturb(env, streams)
        self.electrolysis = Electrolysis(
            cells, streams, self.rectifier, step=step, voltage_sigma=plant.voltage_sigma / 1000.0,
            blocked=self.blocked, feeding=self.alumina.feeding, effect=self.potroom.effect,
        )  # fmt: skip
        self.conditions = Conditions(
            cells, streams, self.electrolysis, self.pads, step=step, noisy=self.noisy, attacked=self.attacked,
            efficiency=share, temperature_slope=plant.temperature_slope / 100.0, alumina_sigma=plant.alumina_sigma,
            alf3_sigma=plant.alf3_sigma, heat_sigma=plant.heat_sigma, iron=plant.iron, iron_sigma=plant.iron_sigma,
            iron_attack=plant.iron_attack / HOUR, attack_time=plant.detection_delay * HOUR,
            attacks=plant.anode_changes * plant.bad_anode_sets / 100.0 / DAY,
        )  # fmt: skip
        Relining(
            env, streams, cells, life=plant.pot_life * DAY, lasting=plant.relining_time * DAY,
            changed=self.potroom.in_service,
        )  # fmt: skip
        self._send_crews(env, streams, heads)
        self._open()
        potline_faults(self)
        units = [
            line_unit, self.alumina.unit, self.rectifier.unit, *self.potroom.units, self.anode_change, self.tapping,
            self.casthouse.furnace, self.casthouse.caster,
        ]  # fmt: skip
        super().__init__(
            env, units, self._flows(), "line",
            laws=[self.rectifier, self.electrolysis, self.conditions, self.alumina, self.casthouse, self.potroom],
            step=step, stirred=[line_unit, self.rectifier.unit, *self.potroom.units],
            holdups=[self.alumina.silo, self.baths, self.pads, self.casthouse.metal],
        )  # fmt: skip
        potline_dials(self)

    def _line_unit(self, env: simpy.Environment, base_load: float) -> LineUnit:
        # Costs by the sheet's shares of about 8,000 CNY/t: consumables 11, quality 3, maintenance 9, fixed 5 %.
        plant = self.plant
        hourly = plant.usual_rate() * 3.6  # t/h
        unit = LineUnit(
            env, Calendar.continuous(), title="Potline", count_unit="t",
            ideal_cycle_time=plant.ideal_cell_time() / plant.cells,
            power={"electricity": dict.fromkeys(("execute", "idle", "standby"), base_load)},
            staff=people_present(plant.staff), labour_rate=LOADED_LABOUR / WORKED_HOURS,
            prices={"electricity": plant.price, "natural_gas": 3.2 / GAS_HEAT},
            carbon={"electricity": 0.5366, "natural_gas": 56.1 * 3.6e-3},
            unit_costs={"consumables": 880.0}, defect_costs={"quality": QUALITY_COST},
            hourly_costs={"maintenance": 720.0 * hourly, "fixed": 400.0 * hourly},
        )  # fmt: skip
        drive(unit, State.EXECUTE, Reason.PRODUCTION)
        env.process(unit.order_daily("liquid_al99_70", round(DAY / (unit.ideal_cycle_time or 1.0))))
        return unit

    def _disturb(self, env: simpy.Environment, streams: Streams) -> None:
        plant, cells = self.plant, self.cells

        def fell_sick(place: int) -> None:
            cells.sick[place] = min(self.sick.active.item(place), 1.0)

        count = cells.count
        self.blocked = StepEvents(env, streams, "cells/blocked_feeder", places=count, cv=0.8,
                                  rate=plant.feeder_blockages / DAY, duration=plant.blockage_time * HOUR)  # fmt: skip
        self.noisy = StepEvents(env, streams, "cells/noise_episode", places=count, cv=0.5,
                                rate=plant.noise_episodes / DAY, duration=1800.0)  # fmt: skip
        self.attacked = StepEvents(env, streams, "cells/exposed_iron", places=count, rate=0.0, duration=HOUR)
        self.sick = StepEvents(
            env,
            streams,
            "cells/sick",
            places=count,
            cv=0.2,
            changed=fell_sick,
            rate=1.0 / (plant.sick_pot_interval * DAY),
            duration=plant.sick_pot_time * HOUR,
        )

    def _send_crews(self, env: simpy.Environment, streams: Streams, heads: dict[str, float]) -> None:
        plant = self.plant
        self._unlucky = streams.uniform("anode_change/bad_set")
        self.bad_sets = plant.bad_anode_sets / 100.0  # share of the anode changes that expose iron
        self.bad_batch = 0.0  # the same of a bad batch of anodes, where it is more
        self.detection = 1.0  # factor on how long exposed iron stays hidden
        self.tap_error = plant.tap_error
        self.tap_iron_sigma = plant.tap_iron_sigma
        self.handling_off_grade = plant.handling_off_grade
        self._delay = streams.lognormal("anode_change/detection", plant.detection_delay * HOUR, 0.5)
        self._error = streams.normal("tapping/error")
        self._unmixed = streams.normal("tapping/iron")
        self._spoilt = streams.uniform("tapping/handling")
        self._per_tap = (
            plant.tap_interval
            * HOUR
            * laws.metal_rate(1000.0 * plant.current, plant.current_efficiency / 100.0)
        )
        change_every = DAY / plant.anode_changes
        self.anode_change = UnitOperation(
            env, "anode_change", title="Anode changing cranes", kind="crane", counted=True, count_unit="{piece}",
            ideal_cycle_time=ANODE_CHANGE / CRANES, power=_power(heads["anode_change"]),
        )  # fmt: skip
        self.tapping = UnitOperation(
            env, "tapping", title="Metal tapping", kind="crane", counted=True,
            ideal_cycle_time=TAP / LADLES / (self._per_tap / 1000.0), power=_power(heads["tapping"]),
        )  # fmt: skip
        Round(env, streams, self.anode_change, self.cells, machines=CRANES, every=change_every,
              lasting=ANODE_CHANGE, visit=self.change_anodes)  # fmt: skip
        self._taps = Round(env, streams, self.tapping, self.cells, machines=LADLES, every=plant.tap_interval * HOUR,
                           lasting=TAP, visit=self.tap, room=self.casthouse.room)  # fmt: skip

    def _open(self) -> None:
        # The opening state: pads as far filled as their turn in the round of taps says, all books at zero.
        cells = self.cells
        for position, place in enumerate(self._taps.order):
            filled = self._taps.since_last(position) / (self.plant.tap_interval * HOUR)
            cells.pad[place] += (filled - 0.5) * self._per_tap
        self.conditions.settle()
        self.electrolysis.restart()
        self.potroom.electrolysis = self.electrolysis
        self.potroom.average()
        self.potroom.meter()
        self.baths.open()
        self.pads.open()

    def _flows(self) -> list[Flow]:
        silo = "alumina_supply/silo_level"
        flows = [Flow("alumina_supply", unit.name, "alumina", silo, 100.0) for unit in self.potroom.sections]
        flows += [Flow("rectifier", unit.name, "direct current") for unit in self.potroom.sections]
        flows += [Flow("anode_change", unit.name, "anodes") for unit in self.potroom.sections]
        flows += [Flow(unit.name, "tapping", "metal") for unit in self.potroom.sections]
        flows.append(Flow("tapping", "holding_furnace", "metal", "holding_furnace/metal_held", 240.0))
        flows.append(Flow("holding_furnace", "caster", "metal", "holding_furnace/metal_held", 240.0))
        return flows

    # -- the crews' work -------------------------------------------------------------------------------------

    def change_anodes(self, place: int) -> None:
        """Set a pair of cold anodes in a cell; a bad set exposes iron until somebody finds it."""
        cells = self.cells
        cells.temperature[place] -= COLD_ANODES
        cells.fresh_anode[place] = 1.0
        bad = self._unlucky() < max(self.bad_sets, self.bad_batch)
        if bad:
            self.attacked.strike(place, self._delay() * self.detection)
            self.noisy.strike(place, HOUR)
        self.anode_change.count(1.0, reworked=float(bad))

    def tap(self, place: int) -> None:
        """Tap a cell down to its level; grade the metal by its iron, and by chance of handling."""
        cells = self.cells
        rest = cells.level_target.item(place) * laws.PAD_AREA_DENSITY - 0.5 * self._per_tap
        mass = min(cells.pad.item(place) - rest + self.tap_error * self._error(), LARGEST_TAP)
        drawn = {"iron": cells.iron.item(place) + self.tap_iron_sigma * self._unmixed()}  # wt%
        spoilt = self._spoilt() < self.handling_off_grade / 100.0
        if mass < SMALLEST_TAP:
            return
        cells.pad[place] -= mass
        off_grade = bool(AL99_70.violations(drawn)) or spoilt
        self.casthouse.receive(mass, blended=off_grade)
        units = [self.line_unit, self.tapping, self.potroom.sections[cells.section(place)]]
        if place in self.potroom.published:
            units.append(self.potroom.published[place])
        book(units, mass / 1000.0, off_spec=off_grade, recovered=True)

    # -- ground truth ----------------------------------------------------------------------------------------

    def balances(self) -> dict[str, float]:
        """Return closure of mass, time, Faraday's law, and energy: meters against the integral of V I."""
        errors = super().balances()
        used = self.baths.given / laws.ALUMINA_PER_METAL
        errors["mass/faraday"] = abs(used - self.conditions.metal_made()) / max(used, 1e-12)
        since = self.env.now - self.electrolysis.stepped_at
        direct = (self.electrolysis.energy + self.electrolysis.power * since) / 3.6e6  # kWh
        metered = sum(section.meters["electricity"].total() for section in self.potroom.sections)
        errors["energy/direct_current"] = abs(direct - metered) / max(direct, 1e-12)
        alternating = metered + self.rectifier.unit.meters["electricity"].total()
        share = self.plant.rectifier_efficiency / 100.0
        errors["energy/rectifier"] = abs(alternating * share - direct) / max(direct, 1e-12)
        return errors


def _power(execute: float) -> dict[str, dict[str, float]]:
    return {"electricity": {"execute": execute, "idle": 0.3 * execute, "standby": 0.2 * execute}}
