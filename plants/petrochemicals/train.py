"""The units in series behind and beside the furnaces: their tags, and the upsets that cut what they can carry."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import simpy

from plants.petrochemicals.care import Care
from plants.petrochemicals.separation import Separation
from plants.petrochemicals.utilities import HOUR, Utilities
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation, drive
from twin.model.upset import Upset, Upsets

DEPTH, LASTING = 0.10, 3.0 * HOUR  # of an upset, est.


@dataclass(frozen=True, slots=True)
class TrainUnit:
    """A unit of the single train with the sheet's mean time between failures and to repair in h (section 3.2)."""

    name: str
    title: str
    kind: str
    between: float
    repair: float
    upset: str


UNITS = (
    TrainUnit("feed", "Naphtha feed and preheat", "tank", 4_000, 6, "feed_swing"),
    TrainUnit("quench", "Quench and dilution steam", "column", 6_000, 12, "emulsion"),
    TrainUnit("compressor", "Cracked gas compressor", "compressor", 13_000, 60, "surge"),
    TrainUnit("cold_box", "Dryers, cold box, demethaniser", "column", 9_000, 30, "plug"),
    TrainUnit(
        "hydrogenation", "Deethaniser and acetylene hydrogenation", "reactor", 9_000, 16, "breakthrough"
    ),
    TrainUnit("splitters", "C2 and C3 splitter", "column", 12_000, 16, "reflux"),
    TrainUnit("utilities", "Refrigeration, steam and fuel", "utility", 11_000, 30, "boiler_feed_water"),
)


def upsets_of(
    unit: TrainUnit, *, trip_share: float, rate: float, trip_rate: float, repair: float = 1.0, foreseeable: float = 0.0
) -> list[Upset]:  # fmt: skip
    """Return the trip and the partial upset of `unit`; together they lose its repair / between of the time.

    Trips come as often as the sheet says and last `trip_share` of its repair time; what is missing of the lost time
    comes as upsets of 10 % for three hours. `rate` and `trip_rate` are factors on how often, `repair` on how
    long a trip lasts, 1 for the sheet; the share `foreseeable` comes of wear that shows.
    """
    lost = unit.repair / unit.between
    partial = DEPTH * LASTING / (lost * (1.0 - trip_share))
    return [
        Upset(reason=f"failure:{unit.name}", between=unit.between * HOUR / trip_rate,
              lasting=trip_share * unit.repair * HOUR * repair, foreseeable=foreseeable),
        Upset(reason=f"upset:{unit.upset}", between=partial / rate, lasting=LASTING, depth=DEPTH, cv=0.6,
              foreseeable=foreseeable),
    ]  # fmt: skip


class Train:
    """The units of the train and their upsets, by name; `limit` is what the weakest can carry."""

    def __init__(
        self, env: simpy.Environment, streams: Streams, separation: Separation, utilities: Utilities,
        fuel_flow: Callable[[], float], *, trip_share: float, upset_rate: float, compressor_failures: float,
        repair: float, foreseeable: float,
    ) -> None:  # fmt: skip
        self.units: dict[str, UnitOperation] = {}
        self.upsets: dict[str, Upsets] = {}
        for row in UNITS:
            power = {"steam": {"execute": 105_000.0}, "electricity": {"execute": 40_000.0}}
            unit = UnitOperation(
                env, row.name, title=row.title, kind=row.kind, power=power if row.name == "utilities" else None
            )  # fmt: skip
            failures = compressor_failures if row.name == "compressor" else 1.0
            self.units[row.name] = unit
            self.upsets[row.name] = Upsets(
                env, streams, unit,
                upsets_of(row, trip_share=trip_share, rate=upset_rate * failures, trip_rate=failures, repair=repair,
                          foreseeable=foreseeable if row.name == "compressor" else 0.0),
            )  # fmt: skip
        self.care = Care(env, streams, self.units["compressor"], self.upsets["compressor"])
        self.flare = UnitOperation(env, "flare", title="Flare", kind="flare")
        self._describe(separation, utilities, fuel_flow)

    def watch(self) -> None:
        """Read what shows the compressor's wear."""
        self.care.read()

    def limit(self) -> float:
        """Return the share of full load that the weakest unit can carry."""
        return min(upsets.able for upsets in self.upsets.values())

    def stopped_by(self) -> str:
        """Return the unit that has tripped, "" when none has."""
        return next((name for name, upsets in self.upsets.items() if upsets.able == 0.0), "")

    def show(self, stopped_by: str) -> None:
        """Let the units that could work wait for the one that cannot, or work again."""
        for unit in self.units.values():
            if stopped_by and unit.state is State.EXECUTE:
                drive(unit, State.SUSPENDED, f"waiting:{stopped_by}")
            elif not stopped_by and unit.state is State.SUSPENDED:
                drive(unit, State.EXECUTE, Reason.PRODUCTION)

    def _describe(self, separation: Separation, utilities: Utilities, fuel_flow: Callable[[], float]) -> None:
        units = self.units
        units["feed"].measure(
            "tank_level", lambda: utilities.tank_level, unit="%", sigma=0.5, low=0, high=100,
            limits=Limits(lo=20, hi=95), description="naphtha in the tanks, three days at 100 %",
        )  # fmt: skip
        units["feed"].measure(
            "paraffin_content", lambda: utilities.paraffin, unit="%", sigma=1.0, low=0, high=100,
            limits=Limits(lo=63), description="paraffins in the naphtha: they make the ethylene",
        )  # fmt: skip
        compressor = units["compressor"]
        compressor.measure(
            "suction_pressure", lambda: separation.suction, unit="kPa", sigma=3.0, low=-50, high=200,
            limits=Limits(lolo=15, lo=25, hi=55, hihi=65), description="above atmosphere; pulls at every coil outlet",
        )  # fmt: skip
        compressor.measure(
            "discharge_pressure", lambda: separation.discharge, unit="MPa", sigma=0.03, low=0, high=6,
            limits=Limits(lolo=3.2, lo=3.4, hi=3.75, hihi=3.9), description="behind the fifth stage",
        )  # fmt: skip
        units["cold_box"].measure(
            "demethaniser_top", lambda: separation.top, unit="Cel", sigma=0.8, low=-150, high=50,
            limits=Limits(lo=-100, hi=-92, hihi=-88), description="top temperature: warm tops lose ethylene to fuel",
        )  # fmt: skip
        units["cold_box"].measure(
            "tail_gas", lambda: separation.fuel, unit="t/h", sigma=1.5, low=0, high=200,
            description="methane, hydrogen and the ethylene lost with them, to the fuel system",
        )  # fmt: skip
        units["hydrogenation"].measure(
            "acetylene", lambda: separation.acetylene, unit="ppm", sigma=0.5, low=0, high=3000,
            limits=Limits(hi=2, hihi=5), description="acetylene left in the ethylene",
        )  # fmt: skip
        splitters = units["splitters"]
        splitters.measure(
            "ethylene_purity", lambda: separation.purity, unit="%", sigma=0.01, low=90, high=100,
            limits=Limits(lolo=99.90, lo=99.92), description="mol %; below 99.90 off-spec",
        )  # fmt: skip
        for name in ("ethylene", "propylene"):
            splitters.measure(
                f"{name}_flow", partial(separation.rates.__getitem__, name), unit="t/h", sigma=1.5, low=0, high=300,
                description=f"{name} that leaves the splitters",
            )  # fmt: skip
        self.flare.measure(
            "flare_flow", lambda: separation.flare, unit="t/h", sigma=0.15, low=0, high=600,
            limits=Limits(hi=4, hihi=10), description="gas to the flare",
        )  # fmt: skip
        units["utilities"].measure(
            "heating_value", lambda: 100.0 * utilities.heating_value, unit="%", sigma=2.0, low=0, high=200,
            limits=Limits(lo=90, hi=110), description="of the fuel gas, against 50 MJ/kg",
        )  # fmt: skip
        units["utilities"].measure(
            "fuel_flow",
            fuel_flow,
            unit="t/h",
            sigma=0.5,
            low=0,
            high=200,
            description="fuel gas to all furnaces",
        )
