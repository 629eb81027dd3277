"""CNC machines in parallel: their tools wear, their offsets are corrected, their frames come out as they stand."""

from collections.abc import Generator, Hashable
from dataclasses import replace
from typing import Any, ClassVar

import simpy

from plants.machining_3c import laws
from plants.machining_3c.media import Media
from plants.machining_3c.metrology import Metrology
from plants.machining_3c.sheet import SIGMA_TRIAL, SPELL
from twin.model.failure import Crew, Stop
from twin.model.machine import Machine
from twin.model.metered_group import MeteredGroup
from twin.model.part import SCRAP, Part
from twin.model.set_up import SetUp
from twin.model.signal import Signal
from twin.model.streams import Streams
from twin.model.wander import wander


class Cutter:
    """What one machine cuts with: its finishing tool of VB `wear` µm, and the `offset` in mm that corrects it.

    `correction` mm is what a control loop adds; `width` is what it cut last, mm from nominal. `shift` and `runout` are
    faults: a wrong work offset that each program call loads anew, and the scatter of a loose bearing, both in mm.
    `broken`: the frame in work is lost.
    """

    __slots__ = ("broken", "changes", "correction", "growth", "offset", "runout", "shift", "wear", "width")

    def __init__(self) -> None:
        self.wear = laws.NEW
        self.growth = laws.GROWTH
        self.offset = self.correction = self.shift = self.runout = self.width = 0.0
        self.changes = 0
        self.broken = False


class CncGroup(MeteredGroup):
    """Like CNC machines, each with its own tools, offsets and spindle.

    One of `tools` tools is changed at every tool change; the first one finishes, and its wear is followed. `feed` is
    the feed override, `sigma` a factor on scatter. `expected` is the growth of VB in µm between two tool changes,
    `set_up_time` s the mean time of a model change.
    """

    signals: ClassVar[tuple[Signal, ...]] = (
        Signal("flank_wear", "um", 0, 400, 5, (None, None, 150, 200), "VB of the most worn finishing tool"),
        Signal("spindle_load", "%", 0, 150, 3, (None, 5, 80, 100), "spindle load of the last frame"),
        Signal("clamp_pressure", "MPa", 0, 10, 0.1, (3.5, 4.0, 6.0, 6.5), "clamping of the last frame"),
    )

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        media: Media,
        metrology: Metrology,
        tools: int,
        expected: float,
        feed: float,
        sigma: float,
        set_up_time: float,
        **options: Any,
    ) -> None:
        self.set_up_time = set_up_time
        set_up = SetUp(streams, name, time=lambda before, after: self.set_up_time, key=self.model)
        super().__init__(env, streams, name, set_up=set_up, **options)
        self.media = media
        self.metrology = metrology
        self.feed = feed
        self.sigma = sigma
        self.spindle_load = laws.spindle_load(laws.NEW, feed)
        self.clamp_pressure = 5.0
        self.clamp_leak = 0.0  # MPa
        self._tools = tools
        self._expected = expected
        self._lead = 0.5 * laws.edge_recession(expected)
        self._load = wander(streams.normal(f"{name}/load"), SPELL)
        self._clamp = wander(streams.normal(f"{name}/clamp"), SPELL)
        self._tool = streams.uniform(f"{name}/tool")
        self._trial = streams.normal(f"{name}/trial")
        self._sample = streams.uniform(f"{name}/sample")
        self.cutters = [Cutter() for _ in self.machines]
        for machine, cutter in zip(self.machines, self.cutters, strict=True):
            self._meet(machine, cutter, expected)

    @property
    def flank_wear(self) -> float:
        """VB in µm of the most worn finishing tool."""
        return max(cutter.wear for cutter in self.cutters)

    def model(self, part: Part) -> Hashable:
        """Return the model that a machine must be set up for; rework is cut on a fixture that fits all."""
        if not part.detours:
            return part.product
        machine = self._holds.get(part) or (self._free[0] if self._free else self.machine)
        return part.product if machine.set_up_for is None else machine.set_up_for

    # -- what an upgrade changes ---------------------------------------------------------------------------------

    def load_within(self, seconds: float) -> None:
        """Load frames in `seconds` from now on, where people load."""
        if self._loading is not None:
            self._loading = replace(self._loading, seconds=seconds)

    def stretch_tools(self, factor: float) -> None:
        """Expect `factor` times the usual wear between two tool changes, when the next offset is set."""
        self._lead = 0.5 * laws.edge_recession(self._expected * factor)

    # -- tools and offsets -----------------------------------------------------------------------------------

    def _meet(self, machine: Machine, cutter: Cutter, expected: float) -> None:
        """Meet a machine at any age of its tools, its offset set at the last tool change."""
        cutter.growth = self._new_growth()
        cutter.changes = int(self._tool() * self._tools)
        cutter.wear += cutter.changes * expected * cutter.growth / laws.GROWTH
        self.correct(cutter)
        passed = machine.worn("tool_change")
        cutter.wear += passed * expected * cutter.growth / laws.GROWTH
        breakage, change = machine.stop("tool_breakage"), machine.stop("tool_change")
        age = (cutter.changes + passed) * change.mode.between
        while True:  # a tool that has not broken until now
            breakage.renew(0.0)
            if breakage.at > age:
                break
        breakage.began -= age
        breakage.at -= age
        machine.aim()

    def _new_growth(self) -> float:
        return laws.GROWTH * (0.8 + 0.4 * self._tool())  # +-20 %, 6.4

    def _new_tool(self, machine: Machine, cutter: Cutter) -> None:
        self._fit(cutter)
        machine.stop("tool_breakage").renew(machine.operating)

    def _fit(self, cutter: Cutter) -> None:
        cutter.wear = laws.NEW
        cutter.growth = self._new_growth()
        cutter.changes = 0

    def _be_serviced_alone(
        self, machine: Machine, stop: Stop, crew: Crew | None
    ) -> Generator[simpy.Event, Any, None]:
        """Serve a machine between two frames: a tool that was about to break is changed as any other."""
        if stop.mode.name == "tool_breakage":
            cutter = self.cutters[machine.number - 1]
            self._fit(cutter)
            self.correct(cutter)
        yield from super()._be_serviced_alone(machine, stop, crew)

    def correct(self, cutter: Cutter) -> None:
        """Cut trial frames, measure them, and set the offset such that the wear to come is centred."""
        now = laws.edge_recession(cutter.wear) + laws.thermal_growth(self.media.coolant_temperature)
        error = SIGMA_TRIAL * self.sigma * self._trial() - self.metrology.bias
        cutter.offset = error - now - self._lead - cutter.correction

    def cleared(self, machine: Machine, stop: Stop, part: Part) -> None:
        """Correct the offset after every stop that touches the tool; a tool that broke has spoilt its frame."""
        cutter = self.cutters[machine.number - 1]
        match stop.mode.name:
            case "tool_change":
                cutter.changes += 1
                if cutter.changes >= self._tools:
                    self._new_tool(machine, cutter)
                self.correct(cutter)
            case "tool_breakage":
                self._new_tool(machine, cutter)
                self.correct(cutter)
                cutter.broken = True
            case "quality_hold":
                self.judged(machine, cutter)

    def judged(self, machine: Machine, cutter: Cutter) -> None:
        """Do what cures a machine whose sampled frame alarmed the CMM; the default corrects its offset."""
        self.correct(cutter)

    def hold(self, machine: Machine) -> None:
        """Let `machine` begin no further frame before its last ones are judged and its offset is corrected."""
        machine.stop("quality_hold").at = machine.operating
        machine.aim()

    # -- what a frame comes out like ---------------------------------------------------------------------------

    def work(self, part: Part) -> None:
        """Wear the tool by one frame and tell how the cut went; sampled frames may hold their machine."""
        machine, media = self.machine, self.media
        cutter = self.cutters[machine.number - 1]
        cutter.wear += laws.wear_per_part(cutter.growth, media.coolant_concentration, self.feed)
        self.spindle_load = laws.spindle_load(cutter.wear, self.feed) + 4.5 * self._load()
        self.clamp_pressure = 5.0 + 0.15 * self._clamp() - self.clamp_leak
        machine.stop("spindle").readings[0] += laws.wear_vibration(cutter.wear)
        if cutter.broken:
            cutter.broken = False
            part.verdict = SCRAP
            self.count(scrapped=part.quantity)
            return
        suspect = self.cut(cutter, part)
        if suspect and self._sample() < self.metrology.share:
            self.hold(machine)

    def cut(self, cutter: Cutter, part: Part) -> bool:
        """Give `part` its characteristic, spoil it beyond the limit; return whether the CMM would be alarmed."""
        raise NotImplementedError
