"""The furnaces: firing and coil outlet temperature every step, cracking, coke and fuel every minute."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plants.petrochemicals import laws
from twin.model.campaign import Stage
from twin.model.disturbance import OrnsteinUhlenbeck, StepEvents
from twin.model.dynamics import DeadTime, FirstOrder, PiController
from twin.model.streams import Streams

Array = NDArray[np.float64]

COUNT, NEEDED = 8, 7
DAY = 86_400.0
GAIN = 400.0  # °C of COT for twice the heat
LAG, DELAY = 240.0, 40.0  # s, the sheet's
GAIN_CONTROL = (
    0.5 * LAG / (GAIN * (LAG / 2.0 + DELAY))
)  # 1/K, half of internal model control with LAG / 2, est.
RUN_IN = 1.0 / (4 * 3600.0)  # 1/s: naphtha is brought in, and taken out for a decoke, over four hours
CUT = 1.0 / 300.0  # 1/s at most at which the naphtha is cut
TUBE_START, TUBE_END, TUBE_RISE = 980.0, 1090.0, 2.0  # °C, °C, °C/d
TLE_START, TLE_END = 380.0, 500.0  # °C
PRESSURE_START, PRESSURE_RISE = 165.0, 24.0  # kPa(a) clean, kPa more with a fouled exchanger
ANALYSER_CYCLE = 15  # min
ANALYSER_SIGMA = 0.005  # kg/kg
HOT_STEAM = 6.0  # MW that keeps a furnace without naphtha hot on steam
FUEL_HEAT = 13.9  # MW.h/t of usual fuel gas
COT_DISTURBANCE = 1.62  # of what disturbs the COT, against what the controllers leave; fitted: sigma 2.5 °C
DRAUGHT_TIME = 3 * 3600.0  # s: wind and registers change the air slowly, est.
COLDEST, HOTTEST = -60.0, 40.0  # °C of severity between which the yields are known


class Gas(NamedTuple):
    """What the furnaces give: `feed`, `ethylene`, `propylene` in t/h, `above` the mean severity in °C.

    `steam` is the high-pressure steam raised in the exchangers, share of what seven clean furnaces raise.
    """

    feed: float
    above: float
    ethylene: float
    propylene: float
    steam: float


class Furnaces:
    """Eight furnaces, one place an array; a law every step. `crack` is called once a minute by the line.

    The PI controller of each furnace fires by the **measured** COT; cracking goes by the true one. `own` is the
    share of its feed a furnace may take, `share` what it takes at the present load of the plant.
    """

    every = 1

    def __init__(
        self,
        streams: Streams,
        *,
        step: float,
        burner: StepEvents,
        feed: float,
        cot: float,
        ratio: float,
        oxygen: float,
        cot_sigma: float,
        ratio_sigma: float,
        feed_sigma: float,
        oxygen_sigma: float,
        run_length: float,
        heating_value: float,
    ) -> None:
        def filled(value: float) -> Array:
            return np.full(COUNT, float(value))

        # Set points, by tag.
        self.cot_setpoint = filled(cot)
        self.feed_setpoint = filled(feed)
        self.ratio_setpoint = filled(ratio)
        self.oxygen_setpoint = filled(oxygen)
        self.severity_correction = filled(0.0)  # K, of the analyser's loop
        self.trim = filled(0.0)  # K, of a fast loop
        # What faults change.
        self.thermocouple = filled(0.0)  # °C that the measurement reads too much
        self.coke_factor = filled(1.0)
        self.heating_value = heating_value  # of the fuel gas, share of the usual
        # What is measured.
        self.cot = filled(cot)  # as measured
        self.true_cot = filled(cot)
        self.deviation = filled(0.0)  # K, of the measured from what is wanted, without the trim
        self.feed = filled(feed)
        self.ratio = filled(ratio)
        self.oxygen = filled(oxygen)
        self.tube = filled(TUBE_START)
        self.tle = filled(TLE_START)
        self.pressure = filled(laws.REFERENCE_PRESSURE)
        self.propylene_ratio = filled(0.5)  # as analysed
        self.fired = filled(100.0)  # MW
        self.fuel_flow = filled(7.0)  # t/h
        # Service.
        self.running = [place < NEEDED for place in range(COUNT)]
        self.lit = [True] * COUNT
        self.own = np.array([float(run) for run in self.running])
        self.share = self.own.copy()
        # Coke, in days of usual running.
        self.coke = filled(0.0)
        self.fouling = filled(0.0)
        self.wear = filled(0.0)
        self.run_length = run_length
        spread = streams.generator("furnaces/coking")
        self.coking = 1.0 + 0.05 * spread.standard_normal(COUNT)
        age = streams.generator("furnaces/age").random()
        for place in range(NEEDED):  # they came on in turn
            self.coke[place] = self.fouling[place] = (place + age) / NEEDED * run_length
        warmer = cot - laws.REFERENCE_COT
        bias = (1.0 + warmer / GAIN) / heating_value - 1.0
        self._control = [
            PiController(gain=GAIN_CONTROL, reset=LAG, step=step, low=-0.3, high=0.3, setpoint=cot, bias=bias)
            for _ in range(COUNT)
        ]
        self._firing = filled(0.0)
        self._delay = DeadTime(filled(warmer), delay=DELAY, step=step)
        self._lag = FirstOrder(filled(warmer), tau=LAG, step=step)
        self._wind = OrnsteinUhlenbeck(
            streams, "furnaces/cot", places=COUNT, sigma=COT_DISTURBANCE * cot_sigma, tau=900.0, step=step
        )
        self._flow = OrnsteinUhlenbeck(
            streams, "furnaces/flows", places=2 * COUNT, sigma=1.0, tau=300.0, step=60.0
        )
        self._scatter = np.concatenate([filled(feed_sigma / 100.0), filled(ratio_sigma)])
        self._draught = OrnsteinUhlenbeck(
            streams, "furnaces/oxygen", places=COUNT, sigma=oxygen_sigma, tau=DRAUGHT_TIME, step=60.0
        )
        self._analyser = streams.normal("furnaces/analyser")
        self._minute = 0
        self._burner = burner
        self._given = filled(1.0)  # of the heat fired, what reaches the coil against the usual

    # -- service -------------------------------------------------------------------------------------------

    def serve(self, place: int, stage: Stage) -> None:
        """Follow the campaign: take naphtha in or out, light or quench the burners."""
        self.running[place] = stage is Stage.RUN
        self.lit[place] = stage is not Stage.FAILURE
        if stage is Stage.FAILURE:
            self.own[place] = 0.0

    def renew(self, place: int) -> None:
        """Start a new run: the coke is burnt off."""
        self.coke[place] = self.fouling[place] = 0.0

    def bring(self, seconds: float) -> float:
        """Bring naphtha in and take it out; return the feed the furnaces may take, share of seven."""
        own = self.own
        step = RUN_IN * seconds
        for place, run in enumerate(self.running):
            if run:
                if own[place] < 1.0:
                    own[place] = min(1.0, own[place] + step)
            elif own[place] > 0.0:
                own[place] = max(0.0, own[place] - step)
        return float(own.sum()) / NEEDED

    # -- every step ----------------------------------------------------------------------------------------

    def step(self, seconds: float) -> None:
        """Fire: the controllers act on the measured temperature; heat arrives with lag and dead time."""
        del seconds
        firing = self._firing
        wanted = self.cot_setpoint + self.severity_correction
        setpoints = (wanted + self.trim).tolist()
        for place, measured in enumerate(self.cot.tolist()):
            control = self._control[place]
            if self.lit[place]:
                control.automatic = True
                control.setpoint = setpoints[place]
                firing[place] = control.step(measured)
            else:
                control.set_manual(0.0)
                control.step(measured)
                firing[place] = -1.0
        surplus = (firing + 1.0) * self.heating_value
        surplus *= self._given
        surplus -= 1.0
        surplus *= GAIN
        heated = self._lag.step(self._delay.step(surplus))
        self._wind.step()
        np.add(heated, self._wind.values, out=self.true_cot)
        self.true_cot += laws.REFERENCE_COT
        np.add(self.true_cot, self.thermocouple, out=self.cot)
        np.subtract(self.cot, wanted, out=self.deviation)

    # -- every minute --------------------------------------------------------------------------------------

    def crack(self, load: float, suction: float, paraffin: float, seconds: float) -> "Gas":
        """Crack for `seconds` at the plant's `load` of seven furnaces; return the gas."""
        # Naphtha is cut over minutes; what nothing compresses meanwhile goes to the flare.
        wanted = self.own * min(1.0, NEEDED * load / max(float(self.own.sum()), 1e-9))
        np.maximum(wanted, self.share - CUT * seconds, out=self.share)
        self._flow.step()
        wander = self._flow.values * self._scatter
        np.add(wander[COUNT:], self.ratio_setpoint, out=self.ratio)
        np.maximum(self.ratio, 0.1, out=self.ratio)
        self._draught.step()
        np.add(self._draught.values, self.oxygen_setpoint, out=self.oxygen)
        np.maximum(self.oxygen, 0.3, out=self.oxygen)
        full = (wander[:COUNT] + 1.0) * self.feed_setpoint
        np.multiply(full, self.share, out=self.feed)
        above = laws.severity(self.true_cot, full, self.ratio)
        np.clip(above, COLDEST, HOTTEST, out=above)
        self._coke_up(seconds, suction)
        ethylene = laws.ethylene_yield(above, self.ratio, self.pressure, paraffin)
        ratio = laws.propylene_ratio(above)
        self._analyse(ratio)
        self._burn()
        made = self.feed * ethylene
        feed = float(self.feed.sum())
        return Gas(
            feed=feed,
            above=float(self.feed @ above) / feed if feed > 0.0 else 0.0,
            ethylene=float(made.sum()) / 100.0,
            propylene=float(made @ ratio) / 100.0,
            steam=float(self.share @ (1.0 - 0.3 * self.fouling / self.run_length)) / NEEDED,
        )

    def _coke_up(self, seconds: float, suction: float) -> None:
        rate = laws.coking_rate(self.true_cot, self.ratio)
        rate *= self.coking
        rate *= self.coke_factor
        rate *= self.share
        rate *= seconds / DAY
        self.coke += rate
        self.fouling += rate
        np.multiply(self.coke, TUBE_RISE, out=self.tube)
        self.tube += self.true_cot
        self.tube += TUBE_START - laws.REFERENCE_COT
        used = self.fouling / self.run_length
        np.multiply(used, TLE_END - TLE_START, out=self.tle)
        self.tle += TLE_START
        np.maximum(self.coke * (TUBE_RISE / (TUBE_END - TUBE_START)), used, out=self.wear)
        used *= PRESSURE_RISE
        used += PRESSURE_START + suction - laws.REFERENCE_SUCTION
        self.pressure[:] = used

    def _analyse(self, ratio: Array) -> None:
        if self._minute % ANALYSER_CYCLE == 0:
            for place, value in enumerate(ratio.tolist()):
                self.propylene_ratio[place] = value + ANALYSER_SIGMA * self._analyser()
        self._minute += 1

    def _burn(self) -> None:
        np.divide(laws.efficiency(self.oxygen), laws.STEADY_EFFICIENCY, out=self._given)
        self._given -= 0.05 * self._burner.active
        firing = self._firing + 1.0
        heat = laws.heat_needed(self.feed, self.ratio)
        heat += (1.0 - self.share) * HOT_STEAM
        heat *= firing
        np.divide(heat, FUEL_HEAT, out=self.fuel_flow)
        heat *= self.heating_value
        self.fired[:] = heat
