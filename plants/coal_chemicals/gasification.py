"""Two gasifiers on and one spare: who runs, who is switched, tripped, mended, relined, and at what load."""

from enum import StrEnum

from plants.coal_chemicals.gasifier import BLOCKED, Gasifier
from plants.coal_chemicals.grey_water import GreyWater
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit_operation import drive

HOUR, DAY = 3600.0, 86_400.0
NEEDED = 2
HOT_START = (8 * HOUR, 12 * HOUR)  # of a spare that is kept hot
COLD_START, BURNER_SWAP, RELINING = 72 * HOUR, 12 * HOUR, 30 * DAY
FLARING, FLARED_LOAD = 1.0 * HOUR, 0.4  # gas is flared until it is clean and at pressure, est.
RAMP_UP, RAMP_DOWN = 0.01 / 60.0, 0.05 / 60.0  # load a second: 1 %/min up, 5 %/min down, est.
WORN_BRICK = 0.9  # relined at the next burner swap
TRIP_CO = 50.0  # ppm in the cooling water


class Mode(StrEnum):
    """Where a gasifier stands."""

    ON = "on"
    STANDBY = "standby"  # hot, ready
    START = "start"
    SERVICE = "service"
    RELINING = "relining"


class Gasification:
    """The gasifiers and who of them runs; gas of those that are on goes to shift, of one that starts to the flare.

    `alone` is the share of the plant that one gasifier carries when it is the only one, and both during a
    switch. Set from outside: `setpoint`, the load wanted of what is in service; `behind`, the share of the plant that
    the sections behind can carry; `supply`, the share there is slurry and oxygen for. Trips come `trip_pace` times
    as often as usual, `repair` multiplies what they last.
    """

    every = 2

    def __init__(
        self, streams: Streams, gasifiers: list[Gasifier], grey_water: GreyWater, *, alone: float, switch: float,
        trip: float, repair: float, burner_life: float, burner_sigma: float,
    ) -> None:  # fmt: skip
        self.gasifiers = gasifiers
        self._grey_water = grey_water
        self._alone, self.switch = alone, switch
        self.trip_pace = self.repair = 1.0
        self._pause = streams.exponential("gasification/trip", trip)
        self._repair = streams.lognormal("gasification/repair", repair, 0.5)
        self._start = streams.uniform("gasification/start")
        self._life = streams.normal("gasification/burner")
        self._burner = (burner_life, burner_sigma)
        opening = streams.uniform("gasification/ages")
        self.setpoint = self.behind = self.supply = 1.0
        self.mode = [Mode.ON, Mode.ON, Mode.STANDBY]
        self._timer = [0.0, 0.0, 0.0]
        self._until_trip = [self._pause() for _ in gasifiers]
        self._lives = [self._draw_life() for _ in gasifiers]
        self._leaving: int | None = None  # replaced at the end of the switch
        self._switching = 0.0  # s left of a switch
        self.trips = self.switches = 0
        self.flared = [0.0, 0.0, 0.0, 0.0]  # kmol/s
        self.flared_coal = 0.0  # kg/s burnt by a gasifier whose gas goes to the flare
        self.output = [0.0, 0.0, 0.0, 0.0]
        self.coal = 0.0  # kg/s
        self.oxygen = 0.0  # Nm3/s
        self.capacity = 1.0
        age = opening()
        for place, gasifier in enumerate(gasifiers):
            gasifier.burner_age = self._lives[place] * ((age + 0.5 * place) % 1.0)
            gasifier.brick = opening() * WORN_BRICK
            gasifier.shell = 175.0 + 75.0 * gasifier.brick
        gasifiers[2].burner_age = 0.0
        if opening() < 0.1:
            self._put(2, Mode.RELINING, opening() * RELINING + COLD_START)
        for place in range(len(gasifiers)):
            gasifiers[place].load = 0.9 if self.mode[place] is Mode.ON else 0.0
            self._tell(place)

    def set_burner_life(self, life: float) -> None:
        """Let burners live `life` s in the mean, those in service too, as long as their share of life."""
        before, sigma = self._burner
        self._burner = (life, sigma)
        self._lives = [each * life / before for each in self._lives]
        for gasifier in self.gasifiers:
            gasifier.burner_life = life

    def _draw_life(self) -> float:
        life, sigma = self._burner
        return life + sigma * min(max(self._life(), -2.5), 2.5)

    # -- who runs --------------------------------------------------------------------------------------------

    def _put(self, place: int, mode: Mode, timer: float = 0.0) -> None:
        self.mode[place] = mode
        self._timer[place] = timer
        if mode is not Mode.ON:
            self.gasifiers[place].rest()
        self._tell(place)

    def _tell(self, place: int) -> None:
        unit, mode = self.gasifiers[place].unit, self.mode[place]
        if mode is Mode.ON:
            drive(unit, State.EXECUTE, Reason.PRODUCTION)
        elif mode in (Mode.SERVICE, Mode.RELINING):
            if unit.state is not State.ABORTED:
                drive(unit, State.STOPPED, f"{Reason.MAINTENANCE}:{mode}")
        else:
            if unit.state is State.ABORTED:
                drive(unit, State.STOPPED, unit.reason)
            drive(unit, State.IDLE, f"{Reason.NO_ORDER}:hot_standby")
            if mode is Mode.START:
                drive(unit, State.STARTING, f"{Reason.CHANGEOVER}:start")
        cold = mode in (Mode.ON, Mode.RELINING)
        unit.draw("natural_gas", 0.0 if cold else unit.meters["natural_gas"].power["idle"])

    def trip(self, place: int, why: str) -> None:
        """Stop a gasifier at once; it is mended hot and then stands by."""
        if self.mode[place] is not Mode.ON:
            return
        self.trips += 1
        if self._leaving == place:
            self._leaving, self._switching = None, 0.0
        drive(self.gasifiers[place].unit, State.ABORTED, why)
        gasifier = self.gasifiers[place]
        gasifier.blockage, gasifier.upset = 0.0, False
        gasifier.cooling_water = 0.0
        self._put(place, Mode.SERVICE, self._repair() * self.repair)

    def _serve(self, place: int) -> None:
        gasifier = self.gasifiers[place]
        gasifier.burner_age = 0.0
        self._lives[place] = self._draw_life()
        if gasifier.brick >= WORN_BRICK:
            gasifier.brick = 0.0
            self._put(place, Mode.RELINING, RELINING + COLD_START)
        else:
            self._put(place, Mode.SERVICE, BURNER_SWAP + COLD_START)

    def _rotate(self, seconds: float) -> None:
        modes = self.mode
        for place, mode in enumerate(modes):
            if mode is Mode.ON:
                self._until_trip[place] -= seconds * self.trip_pace
                if self._until_trip[place] <= 0.0:
                    self._until_trip[place] = self._pause()
                    self.trip(place, f"{Reason.FAILURE}:trip")
                elif self.gasifiers[place].blockage >= BLOCKED:
                    self.trip(place, f"{Reason.UPSET}:slag_tap")
                elif self.gasifiers[place].cooling_water >= TRIP_CO:
                    self.trip(place, f"{Reason.FAILURE}:burner")
                elif self._leaving is None and self.gasifiers[place].burner_age >= self._lives[place]:
                    self._begin_switch(place)
            elif mode is not Mode.STANDBY:
                self._timer[place] -= seconds
                if self._timer[place] <= 0.0:
                    self._put(place, Mode.ON if mode is Mode.START else Mode.STANDBY)
                    if mode is Mode.START:
                        self.gasifiers[place].load = 0.4
                        self.gasifiers[place].temperature = self.gasifiers[place].temperature_setpoint
        running = sum(mode in (Mode.ON, Mode.START) for mode in modes)
        if running < NEEDED and Mode.STANDBY in modes:
            low, high = HOT_START
            self._put(modes.index(Mode.STANDBY), Mode.START, low + (high - low) * self._start())
        if self._switching > 0.0:
            self._switching -= seconds
            if self._switching <= 0.0 and self._leaving is not None:
                leaving, self._leaving = self._leaving, None
                if modes[leaving] is Mode.ON and modes.count(Mode.ON) > NEEDED:
                    self._serve(leaving)

    def _begin_switch(self, place: int) -> None:
        # the spare was heated up in time: what the switch costs is its ignition and connection
        if Mode.STANDBY in self.mode and self.mode.count(Mode.ON) == NEEDED:
            self._leaving = place
            self._switching = self.switch
            self.switches += 1
            self._put(self.mode.index(Mode.STANDBY), Mode.START, 0.5 * self.switch)

    # -- at what load ----------------------------------------------------------------------------------------

    def step(self, seconds: float) -> None:
        """Rotate, load and burn for `seconds`."""
        self._rotate(seconds)
        on = [place for place, mode in enumerate(self.mode) if mode is Mode.ON]
        carried = [0.0] * len(self.mode)
        for train, place in enumerate(on):
            carried[place] = min(self.gasifiers[place].capacity, self._grey_water.share(train % NEEDED))
        if self._switching > 0.0 or len(on) < NEEDED:
            factor = NEEDED * self._alone / max(len(on), 1)
            able = self._alone * sum(carried) / max(len(on), 1)
        else:
            factor, able = 1.0, sum(carried) / NEEDED
        self.capacity = min(1.0, able) if on else 0.0
        able = max(self.capacity, 1e-9)
        want = min(self.setpoint * min(1.0, self.behind / able), self.supply / able)
        up, down = RAMP_UP * seconds, RAMP_DOWN * seconds
        coal = oxygen = 0.0
        output = [0.0, 0.0, 0.0, 0.0]
        for place in on:
            gasifier = self.gasifiers[place]
            target = max(0.3, carried[place] * factor * want)
            gasifier.load = (
                min(target, gasifier.load + up)
                if target > gasifier.load
                else max(target, gasifier.load - down)
            )
            gasifier.burn(seconds)
            rate = gasifier.full * gasifier.load
            coal += rate
            oxygen += rate * gasifier.ratio
            co, co2, h2, inert = gasifier.output
            output[0] += co
            output[1] += co2
            output[2] += h2
            output[3] += inert
        self.output = output
        self._flare(seconds)
        self.coal, self.oxygen = coal + self.flared_coal, oxygen + 0.645 * self.flared_coal

    def _flare(self, seconds: float) -> None:
        self.flared_coal = 0.0
        if Mode.START not in self.mode:
            self.flared[:] = (0.0, 0.0, 0.0, 0.0)
            return
        place = self.mode.index(Mode.START)
        if self._timer[place] > FLARING:
            self.flared[:] = (0.0, 0.0, 0.0, 0.0)
            return
        gasifier = self.gasifiers[place]
        gasifier.load = FLARED_LOAD
        gasifier.burn(seconds)
        self.flared[:] = gasifier.output
        self.flared_coal = gasifier.full * FLARED_LOAD
        gasifier.load = 0.0
