"""The figures of the data sheet, section 6: machines, stops, tools, defects and power of each station."""

from dataclasses import dataclass

from twin.model.signal import Signal, Symptom

TAKT = 75.0  # s a frame, 6.1
MACHINES = 24  # 6.1


@dataclass(frozen=True, slots=True)
class Row:
    """One station of table 6.2: `cycle` s, `machines`, `buffer` in front, MTBF and MTTR in h, micro-stops 1/h and s.

    `scrap` and `rework` in %, `power` in kW of one machine: run, idle, standby.
    """

    title: str
    cycle: float
    machines: int
    buffer: float
    mtbf: float
    mttr: float
    micro_rate: float
    micro_length: float
    scrap: float
    rework: float
    power: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Tools:
    """Tools of one machine: `change` min every `interval` parts, one of `number` in turn.

    The number is such that a tool lives about 400 parts: from VB 20 to 120 µm at 0.25 µm a part (6.4).
    """

    change: float
    interval: float
    number: int


# 6.2; "buffer after" is the buffer in front of the next station.
STATIONS = {
    "cnc1": Row("CNC1 face and datum", 180, 3, 0, 70, 2.0, 0.8, 40, 0.3, 0.2, (4.2, 1.8, 0.5)),
    "cnc2": Row("CNC2 inner cavity", 420, 6, 40, 60, 2.2, 0.8, 45, 0.8, 0.5, (5.5, 1.9, 0.5)),
    "cnc3": Row("CNC3 inner finish", 360, 5, 40, 65, 2.0, 0.8, 40, 0.7, 0.6, (4.6, 1.8, 0.5)),
    "cnc4": Row("CNC4 outer 3-D profile", 300, 4, 60, 55, 2.2, 1.0, 45, 1.0, 0.8, (4.8, 1.9, 0.5)),
    "cnc5": Row("CNC5 side keys and slots", 240, 4, 30, 65, 2.0, 0.9, 40, 0.6, 0.5, (4.0, 1.8, 0.5)),
    "cnc6": Row("CNC6 diamond cut", 150, 2, 40, 75, 2.0, 0.8, 40, 0.5, 0.5, (3.6, 1.7, 0.5)),
    "wash": Row("Deburring, ultrasonic wash, drying", 60, 1, 40, 200, 1.5, 0.5, 60, 0.2, 0.4, (38, 22, 4)),
    "inspection": Row("Gauge, CMM and surface inspection", 60, 2, 100, 400, 1.0, 1.0, 30, 0, 0, (6, 4, 1)),
}
GROUPS = tuple(name for name in STATIONS if name.startswith("cnc"))
TOOLS = {
    "cnc1": Tools(12, 180, 2),
    "cnc2": Tools(13, 60, 7),
    "cnc3": Tools(12, 75, 5),
    "cnc4": Tools(13, 80, 5),
    "cnc5": Tools(12, 100, 4),
    "cnc6": Tools(14, 150, 3),
}
# Share of the hours in service that a machine cuts: MTBF and micro-stops are counted in hours in service.
CUTTING = 0.8  # est.: 0.66 of planned hours cut (0.82 x 0.80) / 0.82 in service
BREAKAGE_SHARE = 0.20  # of stops over 5 min, V55
BREAKAGE_SHAPE = 3.0  # Weibull, est.
BEARING_LIFE = 3000.0  # h of cutting, V57
BEARING_SHAPE = 3.0  # Weibull, est.
BEARING_REPAIR = 8.0  # h, est.: a spindle is exchanged
NEVER = 1e12  # s: stops that come when they are called for only
VIBRATION = Symptom(
    Signal("vibration", "mm/s", 0, 20, 0.24, (None, None, 3.0, 4.5), "spindle, RMS"), 0.85, 4.8, 0.03
)
# Acoustic emission of the cutting edge: of a sharp one, of one about to break, scatter (est.).
EDGE = Symptom(
    Signal("edge_emission", "%", 0, 600, 8, (None, None, 180, 220), "acoustic emission, of a sharp edge's"),
    100.0, 250.0, 1.0,
)  # fmt: skip
QUALITY_COST = 0.10 * 34.0 * 0.93 / 0.07  # CNY a bad frame: 10 % of 34 CNY a good one, 7 % bad, 6.1 and 6.5
SIGMA_WIDTH = 0.0135  # mm from part to part; with wear, temperature and offset trials 0.018 (6.4)
SIGMA_TRIAL = 0.0060  # mm, mean of the trial parts of an offset trial (est.)
SIGMA_FLATNESS = 0.022  # mm, 6.4
SIGMA_ROUGHNESS = 0.08  # µm, 6.4
TOLERANCE = 0.05  # mm, 6.4
FLAT = 0.12  # mm, 6.4
SMOOTH = 1.0  # µm, 6.4
# Beyond these a sampled frame stops its machine: the ends of the normal bands of 6.4.
CONTROL_WIDTH, CONTROL_FLATNESS, CONTROL_ROUGHNESS = 0.030, 0.10, 0.80
SPELL = 20.0  # parts over which load, pressure, flatness and roughness hang together (est.)
