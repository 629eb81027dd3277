"""What can be done to an array shop: the measures of data sheet 7.6, and how a new panel is introduced (7.5)."""

from plants.tft.sheet import DOSE, THICKNESS, WIDTH
from twin.model.introduction import Introduction
from twin.model.loop import Loop
from twin.model.upgrade import Change, Function, Paradigm, Upgrade

_REVIEW = 8 / 105  # people who review pictures of defects, of a shift (est.)

# The weights are those of a Kalman filter for what wanders against what scatters from lot to lot (sheet.py), the sigmas
# the latter's.
_RUN_TO_RUN = (
    Loop(
        kind="run_to_run", inputs={"measured": "photo/line_width"}, outputs={"offset": "photo/dose_setpoint"},
        settings={"target": WIDTH, "sigma": 0.11, "gain": -0.05 * 100.0 / DOSE, "weight": 0.2, "deadband": 0.0,
                  "period": 60.0, "baseline": DOSE},
    ),
    Loop(
        kind="run_to_run", inputs={"measured": "photo/overlay"}, outputs={"offset": "photo/overlay_correction"},
        settings={"target": 0.0, "sigma": 0.18, "gain": 1.0, "weight": 0.2, "deadband": 0.0, "period": 60.0},
    ),
    Loop(
        kind="run_to_run", inputs={"measured": "pecvd/sinx_thickness"},
        outputs={"offset": "pecvd/thickness_correction"},
        settings={"target": THICKNESS, "sigma": 4.2, "gain": 1.0, "weight": 0.3, "deadband": 0.0, "period": 300.0},
    ),
)  # fmt: skip

UPGRADES = (
    Upgrade(
        key="run_to_run", title="Run-to-run control with virtual metrology", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="Line width, overlay and film thickness of each lot correct dose, stage and deposition time of the "
        "next: what wanders over hours is taken away, what scatters from lot to lot stays.",
        loops=_RUN_TO_RUN,
        one_off=12_000_000, running=1_500_000, ramp=6, source="7.6: V62; the effect is earned by the loops",
    ),
    Upgrade(
        key="fault_detection", title="Fault detection and classification", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Traces of each tool are compared with those of sound lots: an excursion is stopped after fewer lots "
        "(six become 4.2, 2.7 or 1.5).",
        changes=(Change("detection_delay", 0.70, 0.45, 0.25),),
        one_off=8_000_000, running=1_200_000, ramp=6, source="7.6: est.",
    ),
    Upgrade(
        key="ai_inspection", title="Defects classified by learned vision", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Fewer killer defects are overlooked (20 % become 12, 6 or 3 %), so that more are repaired and "
        "excursions are noticed sooner; fewer people review pictures.",
        changes=(
            Change("escape", 12 / 20, 6 / 20, 3 / 20),
            Change("staff", 1.0 - 0.30 * _REVIEW, 1.0 - 0.60 * _REVIEW, 1.0 - 0.80 * _REVIEW),
        ),
        one_off=9_000_000, running=1_000_000, ramp=6, source="7.6: V91, V81; people who review est.",
    ),
    Upgrade(
        key="auto_repair", title="Automatic route of laser repair", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="The laser goes to classified defects by itself: a sheet takes 162, 144 or 126 s instead of 180.",
        changes=(Change("repair_time", 0.90, 0.80, 0.70),),
        one_off=3_000_000, running=300_000, ramp=5, source="7.6: est.",
    ),
    Upgrade(
        key="dispatching", title="Mask batching", paradigm=Paradigm.INTELLIGENT, function=Function.PLANNING,
        mechanism="The dispatcher looks ahead at the lots on their way and keeps a mask longer where a layer can wait: "
        "a tenth, a quarter or two fifths of the mask changes and of their pilot sheets fall away.",
        changes=(Change("longest_run", 1 / 0.90, 1 / 0.75, 1 / 0.60),),
        one_off=5_000_000, running=700_000, ramp=4, source="7.6: est.",
    ),
    Upgrade(
        key="pdm", title="Predictive maintenance of pumps and robots", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="Currents and vibration of vacuum pumps and robots tell of failures to come, which are mended within "
        "the regular maintenance. The sheet knows breakdowns by chance only, so that there is no signal for a loop.",
        changes=(Change("failures", 0.85, 0.65, 0.55),),
        one_off=7_000_000, running=1_000_000, ramp=6, source="7.6: V80",
    ),
    Upgrade(
        key="guided_repair", title="Guided repair and spares at hand", paradigm=Paradigm.NETWORKED,
        function=Function.MAINTENANCE,
        mechanism="Fault finding is guided, spares are known to be there and maintenance is prepared: tools are down "
        "for less long.",
        changes=(Change("repair", 0.90, 0.75, 0.65),),
        one_off=3_000_000, running=600_000, ramp=4, source="0.8 PDM-R: est.",
    ),
    Upgrade(
        key="energy_management", title="Energy management of clean room and dry air", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="Fan filters, chillers and compressors follow particle counts and demand; leaks are mended: the load "
        "of the facility falls.",
        changes=(Change("facility_load", 0.96, 0.93, 0.90),),
        one_off=9_000_000, running=500_000, ramp=6, source="7.6: V58",
    ),
    Upgrade(
        key="amhs", title="Automated material handling", paradigm=Paradigm.NETWORKED, function=Function.LABOUR,
        mechanism="Shuttles are dispatched with the lots and take cassettes from tool to tool: moves take less long, "
        "and fewer people carry and wait.",
        changes=(
            Change("move_low", 0.95, 0.90, 0.80),
            Change("move_span", 0.95, 0.90, 0.80),
            Change("staff", 0.95, 0.90, 0.80),
        ),
        one_off=20_000_000, running=1_500_000, ramp=9, source="7.6: est.",
    ),
    Upgrade(
        key="virtual_masks", title="Masks and process in a twin", paradigm=Paradigm.INTELLIGENT,
        function=Function.DEVELOPMENT,
        mechanism="Mask sets and recipes are simulated together: failing ones are found before masks are written, and "
        "a loop takes less time.",
        introduction=(Change("blindness", 0.861, 0.723, 0.594), Change("build", 0.95, 0.85, 0.75)),
        one_off=6_000_000, running=1_200_000, ramp=9, source="7.6, 0.7, 0.8 VC; blindness from its trials",
    ),
)  # fmt: skip

INTRODUCTION = Introduction(
    subject="panel with new masks", fixed=20.0, trials=5.0, build=3.0, run=1.0, analyse=1.0, recipe="sigma",
    spread=0.35,
    source="7.5: 45 weeks = 20 fixed + 5 mask-set loops x 5 weeks; split of a loop and spread est.",
)  # fmt: skip
