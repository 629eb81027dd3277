"""Tables of the data sheet: stops (1.2), power (1.2), recipes and what a coil must be like (1.4)."""

from dataclasses import dataclass

from twin.model.failure import StopMode
from twin.model.signal import Signal, Symptom
from twin.model.specification import Specification
from twin.model.state import Reason
from twin.model.tag import Limits

HOUR = 3600.0
DAY = 86_400.0
FURNACES = 3
FURNACE_PLACES = 30  # V27
FURNACE_RATE = 270.0  # t/h each
BAR_ENERGY = 0.27  # share of the rolling energy that is roughing, est.

# Breakdowns come this much more often in operating time than the sheet's table says: fitted to availability 0.80.
FAILURE_SCALE = 1.70
REPAIR_CV = 0.6  # est.: prepared units are exchanged (0.8 is the default of 0.6)
# The table's sums of mean stops of one unit: (between h, duration h, Weibull shape); wear 3, chance 1 (est.).
BREAKDOWNS: dict[str, tuple[tuple[str, float, float, float], ...]] = {
    "descaler": (("pump", 120.0, 1.2, 3.0),),
    "roughing_mill": (("drive", 75.0, 1.5, 3.0),),
    "crop_shear": (("shear", 150.0, 1.0, 3.0),),
    "finishing_mill": (("gearbox", 90.0, 1.3, 3.0), ("control", 90.0, 1.3, 1.0)),
    "laminar_cooling": (("valve", 300.0, 1.0, 1.0),),
    "utilities": (("supply", 40.0, 1.0, 1.0),),
}
# Minor stops: per hour, s.
MICRO_STOPS: dict[str, tuple[float, float]] = {
    "furnaces": (1.5, 60.0),
    "descaler": (0.5, 40.0),
    "roughing_mill": (0.8, 30.0),
    "crop_shear": (0.4, 30.0),
    "finishing_mill": (1.0, 25.0),
    "laminar_cooling": (0.2, 30.0),
    "coilers": (0.6, 45.0),
}
FURNACE_FAILURE = (200.0, 4.0)  # h between, h, of one furnace
COILER_FAILURE = (90.0, 1.5)  # of one coiler
INSPECTION_FAILURE = (200.0, 0.8)

# kW: execute, idle; standby (maintenance) is half of idle, est. Rolling power comes from the energy of each piece.
POWER: dict[str, tuple[float, float]] = {
    "furnaces": (4500.0, 2700.0),
    "descaler": (6000.0, 2500.0),
    "roughing_mill": (22_000.0, 1200.0),
    "finishing_mill": (48_000.0, 3000.0),
    "laminar_cooling": (3000.0, 600.0),
    "coilers": (2000.0, 400.0),
}

# What lets its drives down to standby: s and kWh to run up; shorter than a slab needs to get there (est.).
STARTS: dict[str, tuple[float, float]] = {
    "descaler": (15.0, 3.0),
    "roughing_mill": (30.0, 2.0),
    "finishing_mill": (60.0, 4.0),
    "laminar_cooling": (15.0, 1.0),
    "coilers": (15.0, 0.5),
}

HEALTHY, FAILED, VIBRATION_SCATTER = 2.5, 11.0, 0.08  # mm/s; VI-301, after ISO 10816, est.


def _vibration(name: str, description: str) -> tuple[Symptom, ...]:
    signal = Signal(name, "mm/s", 0, 30, 0.3, (None, None, 7.1, 11), description)
    return (Symptom(signal, healthy=HEALTHY, failed=FAILED, scatter=VIBRATION_SCATTER),)


# What leads the stops by wear: the sheet has VI-301, the others are est.
SYMPTOMS: dict[str, tuple[Symptom, ...]] = {
    "gearbox": _vibration("gearbox_vibration", "worst gearbox F1..F7 (VI-301)"),
    "pump": _vibration("pump_vibration", "worst descaling pump"),
    "drive": _vibration("drive_vibration", "worst drive of R1 and R2"),
    "shear": _vibration("shear_vibration", "drive of the crop shear"),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """A steel grade: what it must leave the mill with; `hardness` is its flow stress relative to mild steel."""

    name: str
    finishing: float  # °C
    coiling: float  # °C
    hardness: float
    share: float


RECIPES = (
    Recipe("mild_drawing", 880.0, 620.0, 0.98, 0.40),
    Recipe("structural", 870.0, 600.0, 1.02, 0.35),
    Recipe("high_strength", 860.0, 570.0, 1.12, 0.15),
    Recipe("pipe_tmcp", 820.0, 560.0, 1.18, 0.10),
)
GAUGES = (1.8, 2.2, 2.6, 3.0, 3.5, 4.5, 6.0)  # mm, of 1.5-25.4 (V24)
GAUGE_SHARES = (0.10, 0.18, 0.22, 0.20, 0.15, 0.10, 0.05)  # est.
WIDEST, NARROWEST = 1450.0, 1050.0  # mm, a roll campaign runs wide to narrow


def specification(tolerance: float) -> Specification:
    """Return what a prime coil keeps; `tolerance` widens Lo and Hi of 1.4 where a customer grants more.

    Width cannot be mended below LoLo; what is too wide is trimmed up to HiHi. Flatness is released up to HiHi.
    """
    return Specification(
        {
            "finishing_temperature": Limits(lo=-30.0 * tolerance, hi=30.0 * tolerance),
            "coiling_temperature": Limits(lo=-30.0 * tolerance, hi=30.0 * tolerance),
            "thickness": Limits(lo=-50.0 * tolerance, hi=50.0 * tolerance),
            "width": Limits(lo=-3.0, hi=15.0),
            "flatness": Limits(lo=-60.0, hi=60.0),
        }
    )


def power_of(unit: str, idle_factor: float) -> dict[str, float]:
    """Return kW by power state."""
    execute, idle = POWER[unit]
    return {"execute": execute, "idle": idle * idle_factor, "standby": 0.5 * idle * idle_factor}


def stops_of(unit: str, *, failures: float, repair: float, micro_stops: float) -> list[StopMode]:
    """Return the stops of one unit that hold up the whole mill."""
    modes = [
        StopMode(
            name=name, between=between * HOUR / (FAILURE_SCALE * failures), duration=lasting * HOUR * repair,
            shape=shape, cv=REPAIR_CV, symptoms=SYMPTOMS.get(name, ()),
        )
        for name, between, lasting, shape in BREAKDOWNS.get(unit, ())
    ]  # fmt: skip
    if unit in MICRO_STOPS:
        rate, lasting = MICRO_STOPS[unit]
        modes.append(
            StopMode(name="minor", between=HOUR / (rate * micro_stops), duration=lasting, cv=0.6,
                     category=Reason.MICRO_STOP)
        )  # fmt: skip
    return modes
