"""The figures of the data sheet, section 10: pace, stops, power, and the signals of its tag table."""

from twin.model.set_point import SetPoint
from twin.model.signal import Signal, Symptom
from twin.model.standby import Standby

TAKT = 12.0  # s, 10.1
RUN_SHARE = 0.86 * 0.88  # of planned time working: the sheet's MTBF counts planned hours, 10.1
SPELL = 60.0  # cabinets over which temperatures, ratios and pressures hang together, 12 min (est.)
# Sheet 10.2: MTBF h, MTTR h, micro-stops 1/h and s each, kW run and idle; MTBF 0: hands only, none stated.
SHEET: dict[str, tuple[float, float, float, float, float, float]] = {
    "u_shell": (55.0, 0.5, 1.5, 40.0, 180.0, 60.0),
    "liner": (60.0, 0.7, 1.5, 45.0, 520.0, 230.0),
    "pre_assembly": (0.0, 0.0, 2.0, 30.0, 25.0, 20.0),
    "foaming": (80.0, 0.8, 0.8, 60.0, 420.0, 210.0),
    "brazing": (90.0, 0.5, 1.5, 35.0, 60.0, 30.0),
    "vacuum": (70.0, 0.6, 0.8, 45.0, 260.0, 150.0),
    "assembly": (0.0, 0.0, 2.5, 25.0, 40.0, 30.0),
    "run_test": (200.0, 0.5, 0.8, 30.0, 190.0, 90.0),
    "packing": (65.0, 0.4, 2.0, 30.0, 60.0, 25.0),
}
# Fitted: failures 5.4 % of planned time; the buffers keep half of the stops away from the pacing unit.
FAILURE_FIT = 0.52
KITTED = ("pre_assembly", "brazing", "assembly")  # are set up with a kit
PACKING_SHARE = 2.0 / 3.0  # of a kit's time: 2 min against 3, 10.2
STANDBY = 0.3  # of idle power with controls only (est.)
# Rolls and pumps run up in seconds; heaters kept at half temperature need 20 s and 2 kWh to come back (est.).
SLEEP = {
    "u_shell": Standby(wake=20.0, energy=0.5), "liner": Standby(wake=20.0, energy=2.0),
    "foaming": Standby(wake=20.0, energy=2.0),
}  # fmt: skip
# Share of the parts rejected for what a segment did that is scrap; the sheet names scrap and rework together (est.).
SCRAP_SHARE = {
    "u_shell": 0.5, "liner": 1.0, "pre_assembly": 0.0, "foaming": 0.45, "foam_jigs": 0.45, "brazing": 0.0,
    "leak_test": 0.0, "vacuum": 0.0, "assembly": 0.0, "electrical_test": 0.0, "run_test": 0.02, "packing": 0.2,
}  # fmt: skip
# Share of all cabinets that feel a special event of each kind; fitted: half of 4.5 % defects, where 10.2 has them.
SPECIAL_EVENTS = {
    "liner": {"cold_zone": 0.0066},
    "pre_assembly": {"loose_crimp": 0.0034},
    "foaming": {"blocked_filter": 0.0022},
    "brazing": {"flame_dip": 0.0032},
    "vacuum": {"sticking_valve": 0.0014, "poor_seal": 0.0014},
    "assembly": {"misfit": 0.0028, "pinched": 0.0010},
    "run_test": {"bad_compressor": 0.0015},
}
USUAL_DELAY = 20.0  # cabinets until an event is noticed, at which the shares above hold (est.)
HIT = 0.5  # of the cabinets during an event feel it: it comes and goes (est.)
# Where handling damages cabinets, shares of all of it (est.).
HANDLING = {"u_shell": {"dents": 0.2}, "assembly": {"scratch": 0.55}, "packing": {"torn_carton": 0.25}}
NONE = (None, None)

# Limits of sheet 10.4; deadbands 0.4 sigma.
LINER = (
    Signal("sheet_temperature", "Cel", 0, 250, 1.4, (140, 148, 178, 185), "sheet before forming"),
    Signal("wall", "mm", 0, 2, 0.03, (0.7, 0.8, *NONE), "minimum wall of the liner"),
)
FOAMING = (
    Signal("mix_ratio", "1", 0.8, 1.5, 0.005, (1.06, 1.09, 1.23, 1.27), "ISO to polyol"),
    Signal("component_temperature", "Cel", 0, 50, 0.25, (16, 17.5, 24, 26), "polyol before the mixing head"),
    Signal("shot_deviation", "%", -10, 10, 0.25, (-3, -2, 2, 3), "shot weight, from the set weight"),
    Signal(
        "cyclopentane_lel", "%", 0, 100, 0.5, (*NONE, 15, 30), "of the lower explosion limit, in the cell"
    ),
)
JIGS = (
    Signal("jig_temperature", "Cel", 0, 80, 0.7, (33, 35, 48, 52), "wall of the jig in use"),
    Signal("foam_density", "kg/m3", 20, 60, 0.2, (*NONE, *NONE), "core density, from shot and expansion"),
)
BRAZING = (Signal("braze_temperature", "Cel", 400, 1000, 6, (640, 660, 760, 790), "of the joint"),)
LEAK_TEST = (
    Signal("leak_rate", "g/a", 0, 100, 0.05, (*NONE, 1, 2), "of the circuit, as measured with helium"),
)
VACUUM = (
    Signal("end_pressure", "Pa", 0, 1000, 1.2, (*NONE, 30, 50), "at the end of evacuation"),
    Signal("evacuation_time", "min", 0, 60, 0.2, (None, 12, *NONE), "until the charge"),
    Signal("charge", "g", 0, 120, 1, (*NONE, *NONE), "R600a, last cabinet"),
    Signal("charge_deviation", "g", -20, 20, 0.1, (-1.2, -0.8, 0.8, 1.2), "R600a, from the model's charge"),
)
ASSEMBLY = (Signal("torque", "N.m", 0, 4, 0.04, (1.5, 1.65, 2.35, 2.5), "of the hinge screws"),)
ELECTRICAL = (Signal("hipot_leakage", "mA", 0, 10, 0.05, (*NONE, 0.7, 1), "leakage current at high voltage"),)
RUN_TEST = (
    Signal("pull_down", "Cel", -40, 40, 0.45, (*NONE, -3, 0), "freezer after 45 min"),
    Signal("noise", "dB[SPL]", 0, 100, 0.4, (*NONE, 40, 42), "A-weighted, compressor at full speed"),
)
# What can be moved from the normal set point while the line runs; ranges est.: 4 sigma.
LINER_SET = (SetPoint("sheet_offset", "K", -15, 15, "added to the set temperature of the sheet heaters"),)
FOAMING_SET = (SetPoint("ratio_offset", "1", -0.06, 0.06, "added to the set mix ratio"),)
BRAZING_SET = (SetPoint("flame_offset", "K", -60, 60, "added to the set temperature of the joint"),)
VACUUM_SET = (SetPoint("charge_offset", "g", -1, 1, "added to the charge that the valve is set to"),)
# Leads the failure of the vacuum pumps: zones of ISO 20816-3; values when new, at failure, sigma (est.).
PUMP_VIBRATION = Symptom(
    Signal("pump_vibration", "mm/s", 0, 30, 0.3, (*NONE, 4.5, 7.1), "vacuum pumps, RMS"), 1.8, 8.0, 0.03
)
QUALITY_COST = 0.12 * 125.0 / 0.045  # CNY per bad cabinet: 12 % of 125 CNY at 4.5 % of cabinets, 10.5
