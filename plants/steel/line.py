"""The hot strip mill put together: slabs from the yard through furnaces and mill to inspected coils."""

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from plants.steel import laws
from plants.steel.dial import dials
from plants.steel.equipment import build_line_unit, build_units, flows
from plants.steel.fault import declare_faults
from plants.steel.mill import COBBLE, Mill
from plants.steel.product import Schedule, Slab
from plants.steel.reheating import Reheating
from plants.steel.runout import Coilers, LaminarCooling, SurfaceInspection
from plants.steel.service import Service, Services, longest
from plants.steel.sheet import (
    COILER_FAILURE,
    FAILURE_SCALE,
    FURNACE_FAILURE,
    HOUR,
    INSPECTION_FAILURE,
    specification,
    stops_of,
)
from plants.steel.standby import Drives, run_up
from plants.steel.tag import describe
from twin.model.failure import Stop
from twin.model.line_unit import LineUnit
from twin.model.material import Holdup
from twin.model.pacing import Pacing, Standing
from twin.model.piece import Stage, Train
from twin.model.process_line import ProcessLine
from twin.model.specification import book
from twin.model.state import Reason, State
from twin.model.streams import Streams

if TYPE_CHECKING:
    from plants.steel import Steel

COBBLE_LEAST, COBBLE_MOST = 25.0 * 60.0, 45.0 * 60.0  # s, 1.2
HELD_BAR = "special:held_bar"
MARK_CHANGE = 12.0 * 60.0  # s for a roll change that nobody had prepared, est.
LOOK = 5.0  # s between two looks whether the last strip of a campaign is out


class HotStripMill(ProcessLine):
    """The line of `plant`. Mass is booked in kg, counted in t of coil; what is cobbled is scrap, off-spec is rework."""

    def __init__(self, plant: "Steel", env: simpy.Environment, streams: Streams) -> None:
        self.plant = plant
        self.by_name = build_units(plant, env)
        unit = self.by_name
        line_unit = build_line_unit(plant, env)
        self.schedule = Schedule(streams, campaign=plant.roll_campaign, hot=plant.hot_charge / 100.0)
        self.reheating = Reheating(
            env, streams, unit["furnaces"], self.schedule, step=plant.step, temperature=plant.soak_temperature,
            least=plant.least_discharge, hold=plant.furnace_hold / 100.0, efficiency=plant.furnace_efficiency / 100.0,
            oxygen=plant.oxygen, scatter=plant.discharge_sigma, scale=plant.scale_loss / 100.0,
            setback=plant.delay_setback, standing=self._standing,
        )  # fmt: skip
        self.stops = {name: self._stops(streams, name) for name in unit}
        self.conditions = {
            name: stop for name, stops in self.stops.items() for stop in stops if stop.mode.symptoms
        }
        self.gearbox = self.conditions["finishing_mill"]
        self.mill = Mill(
            streams, unit, step=plant.step, sigma=plant.sigma, setup=plant.setup_scatter,
            roll_life=plant.roll_life, energy=plant.rolling_energy,
            crop=plant.crop_loss / 100.0, cobble_rate=plant.cobble_rate / 100.0, scale_rate=plant.scale_rate / 100.0,
            camber_rate=plant.camber_rate / 100.0, mark_rate=plant.roll_marks / 100.0,
            mark_hit=plant.mark_hit / 100.0,
            conditions=self.conditions, operating=self._operating_time,
            cobbled=self._cobbled,
        )  # fmt: skip
        self.cooling = LaminarCooling(self.mill, streams.normal("laminar_cooling/strip"))
        handling = plant.handling / 200.0
        self.coilers = Coilers(env, streams, unit["coilers"], telescoping=handling)
        self.inspection = SurfaceInspection(
            streams, delay=plant.detection_delay, edge_damage=handling,
            seen=self._mark_seen,
        )  # fmt: skip
        self.stages = self._stages(env)
        self.train = Train(env, list(self.stages.values()), self._left)
        self.pacer = Pacing(
            env, line_unit, self.train, list(unit.values()), ready=self.reheating.ready, take=self._take,
            interval=self._interval, starved=f"{Reason.WAITING}:slab",
        )  # fmt: skip
        self.in_mill = Holdup("mill", read=lambda: sum(slab.mass for slab in self.train.pieces))
        self.product = specification(plant.release_tolerance)
        self._lost = streams.uniform("mill/cobble_time")
        self.weighed = self.charged = 0.0  # t of prime coil out, t of slab in
        self.causes: dict[str, int] = {}
        self.lasting = 1.0  # times the usual repair of the inspection
        self._disturb(streams)
        describe(self)
        self.services = Services(self.conditions, unit, streams, self.pacer.operating)
        for each in unit.values():
            if isinstance(each, Drives):
                each.woken = partial(run_up, env, self.stages[each.name])
        self.faulty = {fault.key: fault for fault in declare_faults(self)}
        super().__init__(
            env, [line_unit, *unit.values()], flows(list(self.stages)), "finishing_mill",
            laws=[self.reheating, self.mill, self.cooling], step=plant.step, stirred=[unit["descaler"]],
            holdups=[self.reheating.inside, self.in_mill],
        )  # fmt: skip
        self.can_turn(**dials(self))

    def _standing(self) -> bool:
        return self.line_unit.state in (State.ABORTED, State.STOPPED)

    def _operating_time(self) -> float:
        return self.pacer.operating()

    # -- what it is made of ----------------------------------------------------------------------------------

    def _stages(self, env: simpy.Environment) -> dict[str, Stage[Slab]]:
        unit, mill = self.by_name, self.mill
        rows: dict[str, dict[str, Any]] = {
            "descaler": {"begin": mill.descale, "transfer": 15.0, "room": 0},
            "roughing_mill": {"begin": mill.rough, "end": mill.roughed_out, "transfer": 5.0},
            "crop_shear": {"begin": self._shear, "transfer": 20.0},
            "finishing_mill": {"begin": mill.finish, "end": mill.finished, "transfer": 5.0},
            "laminar_cooling": {"begin": self.cooling.cool},
            "coilers": {"begin": self.coilers.coil, "places": 3},
            "inspection": {"begin": self.inspection.inspect, "transfer": 60.0, "room": 4},
        }
        return {name: Stage[Slab](env, unit[name], **row) for name, row in rows.items()}

    def _stops(self, streams: Streams, name: str) -> list[Stop]:
        plant = self.plant
        modes = stops_of(name, failures=plant.failures, repair=plant.repair, micro_stops=plant.micro_stops)
        return [Stop(mode, name, streams) for mode in modes]

    def _disturb(self, streams: Streams) -> None:
        plant, env = self.plant, self.reheating.unit.env
        for name, unit in self.by_name.items():
            for stop in self.stops[name]:
                self.pacer.subject(stop, unit, self.stages.get(name))
        scale = HOUR / (FAILURE_SCALE * plant.failures)
        self.reheating.fail(self.pacer, streams, between=FURNACE_FAILURE[0] * scale, repair=plant.repair)
        between = COILER_FAILURE[0] * scale / plant.coiler_failures
        self.coilers.fail(self.stages["coilers"], between=between, repair=plant.repair)
        if plant.slab_interruptions > 0.0:
            self.reheating.interrupt_supply(
                streams,
                between=24.0 * HOUR / plant.slab_interruptions,
                lasting=plant.slab_interruption * 60.0,
            )
        env.process(self._inspection_fails(env, streams, INSPECTION_FAILURE[0] * scale))

    def _inspection_fails(
        self, env: simpy.Environment, streams: Streams, between: float
    ) -> Generator[simpy.Event, Any, None]:
        # The conveyor takes four coils before no room is left and nothing is let in any more.
        pause = streams.exponential("inspection/failure", between)
        lasting = streams.lognormal(
            "inspection/repair", INSPECTION_FAILURE[1] * HOUR * self.plant.repair, 0.8
        )
        unit, stage = self.by_name["inspection"], self.stages["inspection"]
        while True:
            yield env.timeout(pause())
            standing = Standing(unit, State.ABORTED, "failure:inspection", gate=False, tells=False)
            yield from self.pacer.suffer(standing, lasting() * self.lasting, stage)

    def start(self) -> None:
        """Start the line: the first order, the calendar, the pacing."""
        super().start()
        env = self.env
        env.process(self.pacer.follow_calendar())
        env.process(self.pacer.run())
        assert isinstance(self.line_unit, LineUnit)
        env.process(self.services.follow(self.line_unit))
        self._order(self.schedule.campaigns)

    # -- pieces ----------------------------------------------------------------------------------------------

    def _take(self) -> Slab:
        slab = self.reheating.take()
        self.in_mill.take_in(slab.mass)
        self.charged += slab.charged_mass / 1000.0
        return slab

    def _shear(self, slab: Slab) -> float:
        before = slab.mass
        duration = self.mill.shear(slab)
        self.in_mill.give_out(before - slab.mass)
        return duration

    def _interval(self, slab: Slab) -> float:
        mass = slab.mass * (1.0 - self.plant.crop_loss / 100.0)
        pace = laws.pace(mass, slab.width, slab.gauge, slab.grade.hardness, self.coilers.in_service)
        if slab.last:
            due = self.services.due()
            serving = max(longest(due) - self.plant.roll_change * 60.0, 0.0)
            self.env.process(self._change_rolls(slab, due, serving))
            pace += self.plant.roll_change * 60.0 + serving
        return pace + self.plant.pacing_gap

    def _left(self, slab: Slab) -> None:
        """Weigh what leaves: prime coil, off-spec coil, cobble, or a bar that stood too long and went cold."""
        self.in_mill.give_out(slab.mass)
        if slab.rolled and slab.defect != COBBLE:
            self._judge(slab)
        elif not slab.rolled:
            slab.defect = HELD_BAR
        if slab.defect is None:
            self.weighed += slab.mass / 1000.0
        else:
            self.causes[slab.defect] = self.causes.get(slab.defect, 0) + 1
        units = (self.line_unit, self.by_name["finishing_mill"])
        # A slab that was not roughed yet is reheated, a coil is downgraded or trimmed.
        recovered = slab.defect not in (COBBLE, HELD_BAR) or slab.thickness == laws.SLAB_THICKNESS
        book(units, slab.mass / 1000.0, off_spec=slab.defect is not None, recovered=recovered)

    def _judge(self, slab: Slab) -> None:
        found = self.product.violations(
            {
                "finishing_temperature": slab.finishing,
                "coiling_temperature": slab.coiling,
                "thickness": slab.thickness_error,
                "width": slab.width_error,
                "flatness": slab.flatness,
            }
        )
        if found:
            slab.spoil(f"common:{found[0]}")

    # -- what stops the mill ---------------------------------------------------------------------------------

    def _cobbled(self, slab: Slab) -> None:
        self.env.process(self._clear_cobble())

    def _clear_cobble(self) -> Generator[simpy.Event, Any, None]:
        unit, stage = self.by_name["finishing_mill"], self.stages["finishing_mill"]
        lasting = COBBLE_LEAST + (COBBLE_MOST - COBBLE_LEAST) * self._lost()
        stage.close()
        standing = Standing(unit, State.ABORTED, "upset:cobble")
        self.pacer.stand(standing)
        yield self.env.timeout(lasting)
        self.train.eject(stage)
        stage.open()
        self.pacer.resume(standing)
        if not self.mill.next_cobbles:
            self.faulty["cobble"].reset()

    def _change_rolls(
        self, slab: Slab, due: list[Service], serving: float
    ) -> Generator[simpy.Event, Any, None]:
        # The next slab is let in so late that it meets new rolls: the change runs beside the interval.
        yield self.env.timeout(LOOK)
        while slab in self.train.pieces and not slab.rolled:
            yield self.env.timeout(LOOK)
        unit, stage = self.by_name["finishing_mill"], self.stages["finishing_mill"]
        standing = Standing(unit, State.RESETTING, f"{Reason.CHANGEOVER}:rolls", gate=False)
        yield from self.pacer.suffer(standing, self.plant.roll_change * 60.0, stage)
        if serving > 0.0:
            standing = Standing(unit, State.STOPPED, f"{Reason.MAINTENANCE}:service", gate=False)
            yield from self.pacer.suffer(standing, serving, stage)
        for service in due:
            service.renew()
        self._new_rolls()
        self._order(slab.campaign + 1)

    def _new_rolls(self) -> None:
        self.mill.change_rolls()
        self.faulty["roll_mark"].reset()

    def _mark_seen(self) -> None:
        if self.mill.mark > 0.0:
            self.env.process(self._replace_marked())

    def _replace_marked(self) -> Generator[simpy.Event, Any, None]:
        unit, stage = self.by_name["finishing_mill"], self.stages["finishing_mill"]
        standing = Standing(unit, State.ABORTED, f"{Reason.TOOLING}:roll_mark")
        yield from self.pacer.suffer(standing, MARK_CHANGE, stage, drained=True)
        self._new_rolls()

    def _order(self, campaign: int) -> None:
        line = self.line_unit
        assert isinstance(line, LineUnit)
        line.start_order(f"RC-{campaign:06d}", "hot_rolled_coil", round(self.plant.roll_campaign))

    # -- ground truth ----------------------------------------------------------------------------------------

    def balances(self) -> dict[str, float]:
        """Return closure of mass, pieces, time, and fuel: the meter against what the furnaces burnt."""
        errors = super().balances()
        furnaces, train = self.reheating.furnaces, self.train
        pieces = sum(each.slabs.charged - each.slabs.discharged - len(each.slabs) for each in furnaces)
        errors["pieces/furnaces"] = float(abs(pieces))
        errors["pieces/mill"] = 0.0 if train.is_consistent() else 1.0
        since = (self.env.now - self.reheating.stepped_at) / 3600.0
        burnt = self.reheating.burnt + sum(each.power for each in furnaces) * since
        metered = self.by_name["furnaces"].meters["mixed_gas"].total()
        errors["energy/mixed_gas"] = abs(burnt - metered) / max(burnt, 1e-12)
        return errors
