"""The figures of the data sheet, section 8: pace, stops, defects, power, and the signals that lead failures."""

from typing import Any

from twin.model.signal import Signal, Symptom
from twin.model.standby import Standby

IDEAL_RATE = 14.0  # strokes/min, sheet 8.1 [V63, V64]
CYCLE = 60.0 / IDEAL_RATE  # s
MICRO_SHARE = 0.096  # of production time, sheet 8.1
RUN_SHARE = 0.68 * (1.0 - MICRO_SHARE)  # of planned time operating: the sheet's MTBF is in planned hours
HI = (None, None)  # a signal without lower limits
# Sheet 8.2: micro-stop, MTBF h, MTTR h, micro-stops 1/h and s each, scrap %, rework %, power kW run / idle / standby.
SHEET: dict[str, tuple[Any, ...]] = {
    "destacker": ("double_blank", 45.0, 0.5, 2.0, 35.0, 0.2, 0.0, 65.0, 30.0, 6.0),
    "op10": ("split_alarm", 60.0, 1.1, 1.0, 45.0, 0.7, 0.5, 480.0, 140.0, 25.0),
    "op20": ("scrap_chute", 70.0, 0.9, 1.5, 40.0, 0.3, 0.8, 210.0, 75.0, 15.0),
    "op30": ("part_sensor", 80.0, 0.9, 0.8, 40.0, 0.2, 0.5, 200.0, 75.0, 15.0),
    "op40": ("part_sensor", 80.0, 0.9, 0.8, 40.0, 0.2, 0.3, 200.0, 75.0, 15.0),
    "transfer": ("vacuum_loss", 55.0, 0.5, 1.5, 30.0, 0.1, 0.3, 90.0, 35.0, 8.0),
    "inspection": ("rack_seat", 120.0, 0.4, 1.5, 40.0, 0.0, 1.5, 25.0, 15.0, 4.0),
}
# Signals that lead a drive's failure: limits of sheet 8.4, vibration of K: ISO 20816-3; values when new, at failure, σ.
VIBRATION = Symptom(Signal("vibration", "mm/s", 0, 30, 0.4, (*HI, 7.1, 11), "drive, RMS"), 2.8, 11.5, 0.05)
CURRENT = Symptom(Signal("motor_current", "%", 0, 150, 4, (*HI, 105, 120), "main motor"), 65, 110, 0.5)
STOP_TIME = Symptom(Signal("stop_time", "ms", 0, 500, 8, (*HI, 320, 350), "clutch and brake"), 250, 335, 1)
VACUUM = Symptom(Signal("vacuum", "kPa", -101, 0, 2.4, (*HI, -52, -45), "vacuum of the cups"), -65, -47, 0.3)
DRIVE = (VIBRATION, CURRENT, STOP_TIME)
SYMPTOMS = {"op10": DRIVE, "op20": DRIVE, "op30": DRIVE, "op40": DRIVE, "transfer": (VIBRATION,)}
CUP_LIFE = 150.0  # h of operation until the vacuum of a set of cups fails (est.)
WEAR_SHARE, WEAR_SHAPE = 0.5, 3.0  # of all failures, the rest come by chance; Weibull shape (est.)
QUALITY_COST = 0.12 * 9.5 / 0.035  # CNY per bad panel: 12 % of 9.5 CNY at 3.5 % of panels, sheet 8.5
# What scatters from stroke to stroke hangs together over some minutes: oil, heat, position in the coil (est.).
SPELL = 60.0  # strokes
# Hydraulics that were off need 10 s and this much to come back to pressure (est.; pause mode of a press line: V68).
STANDBY = dict.fromkeys(("op20", "op30", "op40"), Standby(wake=10.0, energy=0.3)) | {
    "op10": Standby(wake=10.0, energy=0.5)
}
