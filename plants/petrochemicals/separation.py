"""From cracked gas to ethylene: compression, cold box, hydrogenation, splitters; what of it is good."""

import math

import numpy as np

from plants.petrochemicals import laws
from plants.petrochemicals.furnaces import Gas
from twin.model.disturbance import OrnsteinUhlenbeck, StepEvents
from twin.model.dynamics import FirstOrder
from twin.model.material import Holdup, MaterialStream
from twin.model.streams import Streams

PRODUCTS = ("ethylene", "propylene", "tail_gas", "c4", "gasoline", "fuel_oil", "loss")
RESIDENCE = 3600.0  # s in the train as a whole; the splitters hold 1-3 h, the rest 20-40 min
ABLE = 1.06  # of the usual gas that the clean compressor can take
TOP_LAG, REFLUX_LAG = 600.0, 1200.0  # s, the sheet's 10 and 20 min
TURNDOWN = 0.30  # load below which the columns do not hold their purities: the ethylene is flared
ACETYLENE_LIMIT = 5.0  # ppm in polymer grade
IMPURITY_LIMIT = 1000.0  # ppm: 99.90 %
PURGE = 0.75  # t/h of ethylene that is always flared; fitted: 0.6 of the 1.5 points of defects
ALWAYS_FLARED = 1.0  # t/h in all, of < 1.5
SLIP = 3.0  # by which short hydrogen raises the exponent of the acetylene slip: 0.6 to 12 ppm, est.
DIP = 1.5  # the same of short reflux and the impurities: 330 to 1480 ppm, est.
RELIEF = 60.0  # kPa(g) at which the gas lifts into the flare while nothing compresses it
STANDING = 0.8  # of the discharge pressure that stays behind the check valves of a standing compressor
DENSITY = (
    100.0  # kPa that the suction pressure rises by when the gas exceeds the compressor's ability by all of it
)


class Separation:
    """The train behind the furnaces, advanced once a minute.

    Faults change `fouling` (share of the compressor's ability lost), `activity` (of the catalyst) and `warming` (K of
    the demethaniser's top). `slips` of acetylene and `dips` of purity come and go. The ethylene made is `processed`;
    of it `off_spec` goes to the off-spec sphere and `flared` to the flare, in t since the last minute.
    """

    def __init__(
        self, streams: Streams, *, slips: StepEvents, dips: StepEvents, suction_sigma: float, top: float
    ) -> None:
        self.fouling = 0.0
        self.activity = 1.0
        self.warming = 0.0
        self.top_setpoint = np.array([float(top)])
        self.reflux_setpoint = np.array([1.0])  # of the C2 splitter, share of the usual
        self._cooling = FirstOrder(self.top_setpoint, tau=TOP_LAG, step=60.0)
        self._splitting = FirstOrder(self.reflux_setpoint, tau=REFLUX_LAG, step=60.0)
        self.suction = laws.REFERENCE_SUCTION
        self.discharge = 3.6  # MPa
        self.top = top  # °C
        self.acetylene = 0.6  # ppm
        self.impurity = 330.0  # ppm
        self.flare = ALWAYS_FLARED  # t/h
        self.fuel = 50.0  # t/h of tail gas
        self.rates = dict.fromkeys(PRODUCTS, 0.0)  # t/h that leave
        self.processed = self.off_spec = self.flared = 0.0
        self.held = dict.fromkeys(PRODUCTS, 0.0)  # kg
        self.train = Holdup("separation", read=lambda: math.fsum(self.held.values()))
        self.opening = 0.0  # kg in the train when the books begin
        self.to_flare = 0.0  # kg of cracked gas that nothing compressed
        self.leaving = {name: MaterialStream(self.train, None) for name in PRODUCTS}
        self._slips = slips
        self._dips = dips
        self._kept = math.exp(-60.0 / RESIDENCE)

        def wander(name: str, sigma: float, tau: float) -> OrnsteinUhlenbeck:
            return OrnsteinUhlenbeck(streams, f"separation/{name}", places=1, sigma=sigma, tau=tau, step=60.0)

        self._suction = wander("suction", suction_sigma, 120.0)
        self._discharge = wander("discharge", 0.03, 300.0)
        self._cold = wander("cold", 0.8, 600.0)
        self._hydrogen = wander("hydrogen", 0.25, 600.0)
        self._reflux = wander("reflux", 0.12, 1200.0)
        self._flare = wander("flare", 0.1, 600.0)

    @property
    def purity(self) -> float:
        """Ethylene in mol %."""
        return 100.0 - self.impurity / 1e4

    @property
    def cooled(self) -> float:
        """What the reflux of the demethaniser brings its top to, °C."""
        return self._cooling.values.item(0)

    @property
    def reflux(self) -> float:
        """Reflux of the C2 splitter, share of the usual."""
        return self._splitting.values.item(0)

    def start(self, gas: Gas) -> None:
        """Fill the train with what it holds in steady running on `gas`."""
        for name, rate in _shares(gas).items():
            self.held[name] = rate * 1000.0 * 60.0 / 3600.0 / (1.0 - self._kept) * self._kept
        self.train.open()
        self.opening = self.train.mass

    def step(self, gas: Gas, load: float) -> None:
        """Take a minute's `gas` in and let the products out; `load` 0 is a trip: the gas goes to the flare."""
        for noise in (self._suction, self._discharge, self._cold, self._hydrogen, self._reflux, self._flare):
            noise.step()
        mass = gas.feed * 1000.0 / 60.0  # kg
        running = load > 0.0
        self._compress(gas, running)
        self._refine(gas, load)
        self.flare = max(ALWAYS_FLARED + self._flare.values.item(0), 0.1)
        self.processed = self.off_spec = self.flared = 0.0
        if not running:
            self.to_flare += mass
            self.flare += gas.feed
            self.rates.update(dict.fromkeys(PRODUCTS, 0.0))
            return
        self.train.taken += mass
        left = 1.0 - self._kept**load  # levels are held: what comes in pushes out
        for name, rate in _shares(gas).items():
            held = self.held[name] + rate * 1000.0 / 60.0
            out = held * left
            self.held[name] = held - out
            self.train.given += out
            self.leaving[name].total += out
            self.rates[name] = 0.06 * out
        self._grade(load)

    def _compress(self, gas: Gas, running: bool) -> None:
        usual = 7.0 * laws.REFERENCE_FEED
        over = gas.feed / usual - ABLE * (1.0 - self.fouling)
        self.suction = laws.REFERENCE_SUCTION + self._suction.values.item(0) + DENSITY * max(over, 0.0)
        self.suction += 25.0 * self.fouling
        self.discharge = 3.6 + self._discharge.values.item(0) - 1.2 * self.fouling
        if not running:
            self.suction += RELIEF - laws.REFERENCE_SUCTION
            self.discharge *= STANDING

    def _refine(self, gas: Gas, load: float) -> None:
        self._cooling.step(self.top_setpoint)
        self._splitting.step(self.reflux_setpoint)
        self.top = self.cooled + self._cold.values.item(0) + self.warming
        hydrogen = self._hydrogen.values.item(0) + SLIP * min(self._slips.active.item(0), 1.0)
        self.acetylene = laws.acetylene_slip(gas.above, self.activity, hydrogen)
        shortage = self._reflux.values.item(0) + DIP * min(self._dips.active.item(0), 1.0)
        self.impurity = laws.impurity(load, shortage, self.reflux)

    def _grade(self, load: float) -> None:
        ethylene = self.rates["ethylene"]  # t/h
        lost = ethylene * laws.ethylene_lost(self.top)
        self.fuel = self.rates["tail_gas"] + lost
        made = ethylene - lost
        purge = min(PURGE, made)
        self.processed = made / 60.0
        self.flared = purge / 60.0
        if load < TURNDOWN:
            self.flared = made / 60.0
            self.flare += made - purge
        elif self.acetylene > ACETYLENE_LIMIT or self.impurity > IMPURITY_LIMIT:
            self.off_spec = (made - purge) / 60.0


def _shares(gas: Gas) -> dict[str, float]:
    """Return the products in t/h; they add up to the feed."""
    flows = {"ethylene": gas.ethylene, "propylene": gas.propylene}
    for name, percent in laws.byproduct_yields(gas.above).items():
        flows[name] = percent / 100.0 * gas.feed
    flows["gasoline"] = gas.feed - math.fsum(flows.values())
    return flows
