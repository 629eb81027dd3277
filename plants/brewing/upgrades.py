"""What can be done to a brewery: the measures of data sheet 5.7, and how a new sauce is introduced (5.6)."""

from twin.model.introduction import Introduction
from twin.model.loop import Loop
from twin.model.upgrade import Change, Function, Paradigm, Upgrade

DISCS = ("koji_1", "koji_2", "koji_3", "koji_4")
FILLERS = ("filler_1", "filler_2")


def _air(disc: str) -> Loop:
    """Hold the bed at the recipe's temperature through the air controller's set point; nothing is to be shifted."""
    return Loop(
        kind="model_predictive", inputs={"measured": f"{disc}/bed_deviation"},
        outputs={"setpoint": f"{disc}/bed_offset"},
        settings={"gain": 1.0, "tau": 3600.0, "delay": 300.0, "step": 300.0, "baseline": 0.0, "constraint": 3.0,
                  "sigmas": 0.0},
    )  # fmt: skip


def _turner(disc: str) -> Loop:
    """Turn the bed before a sector that a clump keeps from its air is past 38 °C."""
    return Loop(
        kind="predictive_maintenance", inputs={"condition": f"{disc}/hottest_sector"},
        outputs={"service": f"{disc}/turn"},
        settings={"healthy": 31.0, "failed": 38.0, "noise": 0.8, "horizon": 1800.0, "risk": 0.05,
                  "period": 120.0, "alarm": 0.85},
    )  # fmt: skip


UPGRADES = (
    Upgrade(
        key="koji_control", title="Model-predictive air and turning on demand in the koji rooms",
        paradigm=Paradigm.INTELLIGENT, function=Function.PROCESS,
        mechanism="A model holds the bed at its temperature, infrared cameras see a sector that heats itself behind a "
        "clump and the bed is turned before it is spoiled; fans run slower where the bed needs less air (15, 30 or "
        "40 % less power by the cube of their speed).",
        changes=(Change("fan_speed", 0.85 ** (1 / 3), 0.70 ** (1 / 3), 0.60 ** (1 / 3)),),
        loops=(*(_air(disc) for disc in DISCS), *(_turner(disc) for disc in DISCS)),
        one_off=2_400_000, running=200_000, ramp=6, source="5.7: V52, est.; spread and hot spots earned by the loops",
    ),
    Upgrade(
        key="nir_moisture", title="Near-infrared moisture behind the steamer", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="The moisture of steamed soy is seen at once: water is sprayed on or left out, and a drop of steam "
        "pressure is found sooner (0.8 FDC).",
        changes=(Change("detection_delay", 0.70, 0.50, 0.20),),
        loops=(
            Loop(kind="run_to_run", inputs={"measured": "preparation/soy_moisture"},
                 outputs={"offset": "preparation/water_offset"},
                 settings={"target": 59.5, "sigma": 1.2, "gain": 1.0, "weight": 0.6, "deadband": 0.3, "period": 60.0}),
        ),
        one_off=600_000, running=60_000, ramp=4, source="5.7: est.; 5.5: 1.2 -> 0.7 earned by the loop",
    ),
    Upgrade(
        key="moromi_twin", title="Moromi twin: harvest by predicted amino nitrogen", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="A kinetic twin of every fermenter leads temperature and agitation so that more nitrogen dissolves, "
        "and tells when a moromi is ripe: 120 days become 114, 108 or 102. Samples come weekly: there is no signal "
        "in time for a loop.",
        changes=(
            Change("moromi_time", 114 / 120, 108 / 120, 102 / 120),
            Change("nitrogen_utilisation", 81 / 80, 83 / 80, 84 / 80),
        ),
        one_off=1_500_000, running=150_000, ramp=9, source="5.7: est.",
    ),
    Upgrade(
        key="blend_optimiser", title="Near-infrared blending and brine", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Amino nitrogen and salt are seen in the stream: blends are mixed more evenly (off grade 15, 30 or "
        "40 % less by the normal law of the grade), the sample errs less (0.8 SPC), and the brine is held closer and "
        "then moved towards its limit.",
        changes=(
            Change("blend_spread", 0.968, 0.934, 0.910),
            Change("laboratory_sigma", 0.90, 0.80, 0.60),
        ),
        loops=(
            Loop(kind="model_predictive", inputs={"measured": "cellar/brine_strength"},
                 outputs={"setpoint": "cellar/brine_strength_setpoint"},
                 settings={"gain": 1.0, "tau": 20.0, "delay": 60.0, "step": 60.0, "baseline": 21.0,
                           "constraint": 20.0}),
        ),
        one_off=1_200_000, running=120_000, ramp=6, source="5.7, 0.8: est.; brine earned by the loop",
    ),
    Upgrade(
        key="heat_recovery", title="Heat recovery and boiler management", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="Flash steam and hot water are used again and the boiler follows the users: the same heat takes less "
        "steam.",
        changes=(Change("steam_demand", 0.94, 0.88, 0.82),),
        one_off=2_500_000, running=80_000, ramp=6, source="5.7: V79",
    ),
    Upgrade(
        key="base_load", title="Energy management of air, light and waste water", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="What is metered is switched off: leaks, light and blowers that nobody needs.",
        changes=(Change("base_load", 0.95, 0.92, 0.88),),
        one_off=400_000, running=40_000, ramp=6, source="5.7: V79",
    ),
    Upgrade(
        key="filler_standby", title="Standby of the filling lines", paradigm=Paradigm.INTELLIGENT,
        function=Function.ENERGY,
        mechanism="A filling line waits two thirds of the time; one that waits longer than it pays to idle stands by.",
        loops=tuple(
            Loop(kind="energy_saver", inputs={"state": f"{unit}/state"}, outputs={"standby": f"{unit}/standby"},
                 settings={"idle_power": 35.0, "standby_power": 7.0, "start_energy": 0.5, "start_time": 120.0})
            for unit in FILLERS
        ),
        one_off=200_000, running=10_000, ramp=3, source="0.8 IDLE: est.; the effect is earned by the loop",
    ),
    Upgrade(
        key="scheduling", title="Scheduling of cleaning and lots", paradigm=Paradigm.INTELLIGENT,
        function=Function.PLANNING,
        mechanism="Cleaning is planned against the lots, circuits are cleaned as long as they need, and crew, spores "
        "and steamer are ready when a disc is. Cleaning shows no signal to close a loop over.",
        changes=tuple(
            Change(parameter, 0.90, 0.80, 0.70)
            for parameter in ("cip", "pasteuriser_cip", "cloth_wash", "release_wait", "recipe_change")
        ),
        one_off=600_000, running=80_000, ramp=4, source="5.7: est.",
    ),
    Upgrade(
        key="dispatch", title="Paperless dispatch and traceability", paradigm=Paradigm.NETWORKED,
        function=Function.PLANNING,
        mechanism="The next lot, its papers and its people are on the screen when the disc is clean: the release takes "
        "less long.",
        changes=(Change("release_wait", 0.95, 0.90, 0.80),),
        one_off=900_000, running=120_000, ramp=6, source="0.8 MES: est.",
    ),
    Upgrade(
        key="auto_format", title="Automatic format change", paradigm=Paradigm.NETWORKED, function=Function.PLANNING,
        mechanism="Guides and heads of the filling lines are set by motors: 60 min become 45, 35 or 20.",
        changes=(Change("format_change", 45 / 60, 35 / 60, 20 / 60),),
        one_off=1_200_000, running=40_000, ramp=5, source="5.7: V52, V66",
    ),
    Upgrade(
        key="filler_maintenance", title="Predictive maintenance of the filling lines", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="What fails on the filling lines is found before it does: 20, 45 or 80 % more time between failures. "
        "They come by chance here, without a signal that leads them.",
        changes=(Change("filler_failures", 1 / 1.20, 1 / 1.45, 1 / 1.80),),
        one_off=500_000, running=80_000, ramp=6, source="5.7: est.",
    ),
    Upgrade(
        key="bottle_vision", title="Vision and check weighers on the filling lines", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Cameras see a wrong cap or label at once instead of some minutes later (0.8 FDC), and the dosing "
        "follows the check weigher.",
        changes=(Change("capping", 0.70, 0.50, 0.20),),
        loops=tuple(
            Loop(kind="run_to_run", inputs={"measured": f"{unit}/net_content"},
                 outputs={"offset": f"{unit}/net_content_setpoint"},
                 settings={"target": 500.5, "sigma": 0.5, "gain": 1.0, "weight": 0.5, "deadband": 0.5,
                           "period": 60.0, "baseline": 500.5})
            for unit in FILLERS
        ),
        one_off=800_000, running=60_000, ramp=4, source="5.7: V52; 0.8 FDC: est.",
    ),
    Upgrade(
        key="autonomous_packing", title="Packing and warehouse with few people", paradigm=Paradigm.NETWORKED,
        function=Function.LABOUR,
        mechanism="Robots pack and pallets travel by themselves; four or five people run a filling line. People leave "
        "no signal to close a loop over.",
        changes=(Change("staff", 0.90, 0.85, 0.70),),
        one_off=3_500_000, running=200_000, ramp=9, source="5.7: V52",
    ),
    Upgrade(
        key="guided_repair", title="Guided repair and spares at hand", paradigm=Paradigm.NETWORKED,
        function=Function.MAINTENANCE,
        mechanism="Fault finding is guided and spares are known to be there: repairs take less long.",
        changes=(Change("repair", 0.90, 0.75, 0.65),),
        one_off=400_000, running=60_000, ramp=4, source="0.8 PDM-R: est.",
    ),
    Upgrade(
        key="kinetic_twin", title="Kinetic twin for recipes", paradigm=Paradigm.INTELLIGENT,
        function=Function.DEVELOPMENT,
        mechanism="A recipe is brewed in the twin before it is brewed in the pilot plant, and a pilot brew that cannot "
        "pass is stopped early: 14 weeks become 12.",
        introduction=(Change("blindness", 0.861, 0.742, 0.569), Change("run", 11 / 12, 10 / 12, 10 / 12)),
        one_off=900_000, running=150_000, ramp=9, source="5.7, 0.7 VC; blindness from its trials",
    ),
)  # fmt: skip

INTRODUCTION = Introduction(
    subject="sauce with a new recipe", fixed=20.0, trials=5.0, build=1.0, run=12.0, analyse=1.0,
    recipe="blend_spread", spread=0.35,
    source="5.6: 90 weeks = 20 fixed + 5 pilot brews x 14 weeks; split of a brew and spread est.",
)  # fmt: skip
