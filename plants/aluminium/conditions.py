"""The slow law of the cells, every minute: metal, heat, chemistry, noise, current efficiency, ACD and feed control."""

import math

import numpy as np

from plants.aluminium import laws
from plants.aluminium.cells import Array, Cells
from plants.aluminium.electrolysis import FEEDER_OPEN, Electrolysis
from twin.model.disturbance import OrnsteinUhlenbeck, StepEvents
from twin.model.material import Holdup
from twin.model.streams import Streams

HOUR, DAY = 3600.0, 86_400.0
HEAT_TAU = 6 * HOUR
ALF3_TAU = 2.5 * DAY
ACD_TAU = 60.0
ESTIMATE_TAU = 2 * HOUR  # how long the pot controller's error about the alumina lasts
FEED_TAU = 30 * 60.0  # loop of the alumina control
FRESH_TAU = 4 * HOUR
EFFECT_TAU = 10 * DAY  # memory of the published anode effect frequency


class Conditions:
    """What the cells' state tends to, minute by minute.

    `noisy` are noise episodes, `attacked` cells in which a bad anode set gives its iron to the metal. `estimate` is
    what the pot controller errs by about the alumina, `alf3` and `heat` wander about what is dosed and balanced.
    """

    def __init__(
        self,
        cells: Cells,
        streams: Streams,
        electrolysis: Electrolysis,
        pads: Holdup,
        *,
        step: float,
        noisy: StepEvents,
        attacked: StepEvents,
        efficiency: float,
        temperature_slope: float,
        alumina_sigma: float,
        alf3_sigma: float,
        heat_sigma: float,
        iron: float,
        iron_sigma: float,
        iron_attack: float,
        attacks: float,
        attack_time: float,
    ) -> None:
        self.every = round(60.0 / step)
        self.cells = cells
        self.electrolysis = electrolysis
        self.pads = pads
        self.noisy = noisy
        self.attacked = attacked
        self._efficiency = efficiency
        self._slope = temperature_slope
        self._iron = iron
        self._iron_attack = iron_attack  # kg/s
        self._attacks = attacks  # 1/s a cell
        self._attack_time = attack_time  # s
        self._past = streams.generator("cells/past_attacks")

        def wander(name: str, sigma: float, tau: float) -> OrnsteinUhlenbeck:
            return OrnsteinUhlenbeck(
                streams, f"cells/{name}", places=cells.count, sigma=sigma, tau=tau, step=60.0
            )

        # The estimate's error comes out of the feed loop attenuated by sqrt(tau_e / (tau_e + tau_loop)).
        through = math.sqrt(ESTIMATE_TAU / (ESTIMATE_TAU + FEED_TAU))
        self.estimate = wander("alumina_estimate", alumina_sigma / through, ESTIMATE_TAU)
        self.alf3 = wander("alf3", alf3_sigma, ALF3_TAU)
        self.heat = wander("heat", heat_sigma, 4 * HOUR)
        self._hum = wander("noise", 3.0, HOUR)
        self._bath = wander("bath_level", 1.2, DAY)
        self._ore = wander("iron", iron_sigma, 3 * DAY)
        self._uneven = wander("anode_deviation", 4.0, 6 * HOUR)
        self._wanders = (
            self.estimate, self.alf3, self.heat, self._hum, self._bath, self._ore, self._uneven
        )  # fmt: skip

    def settle(self) -> None:
        """Start in the steady state of the disturbances as drawn, so that no long warm-up is needed."""
        cells = self.cells
        cells.on[:] = 1.0 - cells.cut_out
        cells.acd[:] = laws.acd_for(
            cells.voltage_setpoint, laws.back_emf(cells.alumina), laws.gap_resistance(cells.temperature, cells.alf3),
            laws.REFERENCE_CURRENT,
        )  # fmt: skip
        cells.alumina -= self.estimate.values
        np.maximum(cells.alumina, laws.CRITICAL_ALUMINA + 0.2, out=cells.alumina)
        cells.alf3[:] = cells.alf3_target + self.alf3.values
        self._aim = cells.alf3_target.copy()
        cells.temperature[:] = (
            laws.steady_temperature(cells.alf3, cells.voltage_setpoint) + 0.6 * self.heat.values
        )
        cells.iron[:] = self._iron + 0.5 * self._ore.values + self._past_attacks()
        self._derive()

    def _past_attacks(self) -> Array:
        # wt% of iron left in the pads by bad anode sets before the start; they fade as the pad is renewed.
        cells = self.cells
        renewal = laws.metal_rate(laws.REFERENCE_CURRENT, self._efficiency) / cells.pad  # 1/s
        window = 40 * DAY
        events = self._past.poisson(self._attacks * window, cells.count)
        left = np.zeros(cells.count)
        for number in range(int(events.max(initial=0))):
            age = window * self._past.random(cells.count)
            left += np.where(events > number, np.exp(-age * renewal), 0.0)
        return left * (100.0 * self._iron_attack * self._attack_time) / cells.pad

    def metal_made(self) -> float:
        """Return the metal that the charge has made since the start, kg, by Faraday's law."""
        return self.pads.taken + float(np.add.reduce(self._unbooked()))

    def _unbooked(self) -> Array:
        # Metal of the minute that is running, kg a cell.
        return laws.metal_rate(self.electrolysis.charge, self.cells.efficiency) * self.cells.on

    def step(self, seconds: float) -> None:
        """Advance one minute."""
        cells, electrolysis = self.cells, self.electrolysis
        voltage = cells.voltage_sum / self.every
        cells.voltage_sum[:] = 0.0
        made = self._unbooked()
        electrolysis.charge = 0.0
        self.pads.take_in(float(np.add.reduce(made)))
        for wander in self._wanders:
            wander.step()
        source = made * (self._iron + self._ore.values - cells.iron)
        source += self.attacked.active * (100.0 * self._iron_attack * seconds)
        cells.iron += source / cells.pad
        cells.pad += made
        dosed = laws.BARE_ALF3 + (cells.alf3_target - laws.BARE_ALF3) * cells.alf3_dosing
        self._aim += (dosed - self._aim) * -math.expm1(-seconds / ALF3_TAU)
        np.add(self._aim, self.alf3.values, out=cells.alf3)
        steady = laws.steady_temperature(cells.alf3, voltage) + self.heat.values + 12.0 * cells.sick
        steady -= cells.temperature
        steady *= -math.expm1(-seconds / HEAT_TAU) * cells.on
        cells.temperature += steady
        cells.fresh_anode *= math.exp(-seconds / FRESH_TAU)
        cells.effect_rate *= math.exp(-seconds / EFFECT_TAU)
        cells.on[:] = 1.0 - cells.cut_out
        self._derive()

    def _derive(self) -> None:
        cells = self.cells
        cells.level[:] = cells.pad / laws.PAD_AREA_DENSITY
        cells.bath_level[:] = 18.5 + self._bath.values
        cells.anode_deviation[:] = self._uneven.values - 12.0 * cells.fresh_anode
        cells.superheat[:] = cells.temperature - laws.liquidus(cells.alf3, cells.alumina)
        cells.shell[:] = 255.0 + 3.0 * cells.superheat + 50.0 * cells.lining_age
        emf = laws.back_emf(cells.alumina)
        gap = laws.gap_resistance(cells.temperature, cells.alf3)
        wanted = (
            cells.voltage_setpoint + 0.03 * cells.fresh_anode
        )  # V; the usual addition after an anode change
        cells.acd += (laws.acd_for(wanted, emf, gap, laws.REFERENCE_CURRENT) - cells.acd) * -math.expm1(
            -60.0 / ACD_TAU
        )
        cells.emf[:] = emf
        cells.resistance[:] = gap * cells.acd + laws.FIXED_RESISTANCE
        cells.noise[:] = (
            laws.noise_level(cells.acd) + self._hum.values
            + 40.0 * self.noisy.active + 10.0 * cells.fresh_anode + 30.0 * cells.sick
        )  # fmt: skip
        np.maximum(cells.noise, 2.0, out=cells.noise)
        cells.efficiency[:] = laws.current_efficiency(
            cells.temperature, cells.noise, cells.alf3,
            at_reference=self._efficiency, temperature_slope=self._slope,
        )  # fmt: skip
        cells.efficiency -= 0.05 * cells.sick
        np.clip(cells.efficiency, 0.3, 0.98, out=cells.efficiency)
        self._control_feed()

    def _control_feed(self) -> None:
        # Underfeed or overfeed, 50 to 160 % of the usual demand, by what the controller believes.
        cells, electrolysis = self.cells, self.electrolysis
        usual = laws.ALUMINA_PER_METAL * laws.metal_rate(electrolysis.current, self._efficiency)  # kg/s
        wrong = cells.alumina_target - cells.alumina - self.estimate.values  # wt%
        per_percent = laws.BATH_MASS / 100.0 / FEED_TAU / usual if usual > 0 else 0.0
        cells.feed[:] = np.clip(1.0 + per_percent * wrong, 0.5, 1.6) * (usual * 60.0 / self.every) * cells.on
        cells.delivered[:] = np.where(electrolysis.blocked.active > 0, FEEDER_OPEN, 1.0) * cells.air
        electrolysis.set_efficiency()
