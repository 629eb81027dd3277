"""What can be done to a coal-to-methanol plant: the measures of data sheet 4.6, and a new operating window (4.5).

One-off and running costs are est.: together some 0.1 to 2 % a year of the conversion cost, 620 CNY/t x 600 kt.
"""

from twin.model.introduction import Introduction
from twin.model.loop import Loop
from twin.model.upgrade import Change, Function, Paradigm, Upgrade


def _temperature(number: int) -> Loop:
    # No shift: what a colder gasifier saves in oxygen it loses with carbon in slag (see the notes).
    return Loop(
        kind="model_predictive", inputs={"measured": f"gasifier_{number}/temperature"},
        outputs={"setpoint": f"gasifier_{number}/temperature_setpoint"},
        settings={"gain": 1.0, "tau": 900.0, "delay": 60.0, "step": 60.0, "baseline": 1320.0, "constraint": 1290.0,
                  "sigmas": 0.0, "spread": 22.0},
    )  # fmt: skip


UPGRADES = (
    Upgrade(
        key="gasifier_control", title="Soft sensor and predictive control of the gasifiers",
        paradigm=Paradigm.INTELLIGENT, function=Function.PROCESS,
        mechanism="The temperature is inferred from more signals with less of an error; a predictive controller moves "
        "the set point of the oxygen control so that it wanders less, and the slag tap freezes less often.",
        changes=(Change("sensor_sigma", 0.75, 0.55, 0.45),),
        loops=tuple(_temperature(number) for number in (1, 2, 3)),
        one_off=8_000_000, running=800_000, ramp=6,
        source="4.6: sigma -25/-45/-55 % (soft sensor); the spread that is left is earned by the loop",
    ),
    Upgrade(
        key="burner_model", title="Life model of burners and brick", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="Burners are taken out by what they have suffered and not by the calendar, so that they run longer, "
        "and signs of a trip are acted upon. Trips come by chance here: there is no signal that a loop could see.",
        changes=(
            Change("burner_life", 85 / 75, 95 / 75, 105 / 75),
            Change("gasifier_trip", 1 / 0.85, 1 / 0.70, 1 / 0.60),
        ),
        one_off=4_000_000, running=600_000, ramp=9, source="4.6: V80",
    ),
    Upgrade(
        key="auto_switch", title="Automatic start and switch of gasifiers", paradigm=Paradigm.NETWORKED,
        function=Function.PROCESS,
        mechanism="The steps of a switch are carried out by a sequence: 4 h become 3, 2.2 or 1.5.",
        changes=(Change("switch_time", 3 / 4, 2.2 / 4, 1.5 / 4),),
        one_off=3_000_000, running=200_000, ramp=6, source="4.6: est.",
    ),
    Upgrade(
        key="module_control", title="Predictive control of the shift", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="The module of the fresh gas wanders less and comes nearer to the two parts of hydrogen that "
        "methanol needs: less is purged.",
        loops=(
            Loop(kind="model_predictive", inputs={"measured": "shift/module"},
                 outputs={"setpoint": "shift/module_setpoint"},
                 settings={"gain": 1.0, "tau": 600.0, "delay": 60.0, "step": 60.0, "baseline": 2.10,
                           "constraint": 2.0, "sigmas": 2.5}),
        ),
        one_off=6_000_000, running=600_000, ramp=6, source="4.4: M 0.05 to 0.025; the effect is earned by the loop",
    ),
    Upgrade(
        key="coal_blending", title="Coal blending with ash-fusion prediction", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Blends are mixed by a prediction of their ash: they differ less from each other and within, the "
        "slag tap freezes less often, and more load is dared while the blend changes.",
        changes=(
            Change("blend_scatter", 0.80, 0.65, 0.50), Change("ash_fusion_sigma", 0.80, 0.65, 0.50),
            Change("blend_load", 88.0 / 85.0, 89.5 / 85.0, 91.75 / 85.0),
        ),
        one_off=3_500_000, running=500_000, ramp=6,
        source="4.6: slag upsets -20/-35/-50 %, est. as their causes; load lost in a change 4.6, last row",
    ),
    Upgrade(
        key="scale_cleaning", title="Grey-water trains cleaned when it pays", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="What scale costs is followed day by day, and a train is cleaned when that outweighs a cleaning "
        "instead of when it is full.",
        changes=(Change("cleaning_scale", 0.80, 0.60, 0.45),),
        one_off=1_500_000, running=400_000, ramp=6, source="4.6, last row: availability loss; est.",
    ),
    Upgrade(
        key="condition_monitoring", title="Condition monitoring of machines and vessels",
        paradigm=Paradigm.INTELLIGENT, function=Function.MAINTENANCE,
        mechanism="Compressors, exchangers and valves of air separation, shift, wash and synthesis are watched; a part "
        "of their failures is prevented. They come by chance here: there is no signal that a loop could see.",
        changes=(Change("outages", 0.80, 0.70, 0.55),),
        one_off=6_000_000, running=900_000, ramp=9, source="4.6, last row: V15 as upper analogue",
    ),
    Upgrade(
        key="guided_repair", title="Guided repair and spares at hand", paradigm=Paradigm.NETWORKED,
        function=Function.MAINTENANCE,
        mechanism="Fault finding is guided and spares are known to be there: repairs take less long.",
        changes=(Change("repairs", 0.90, 0.75, 0.65),),
        one_off=2_000_000, running=400_000, ramp=4, source="0.8 PDM-R: est.",
    ),
    Upgrade(
        key="steam_network", title="Energy and steam network", paradigm=Paradigm.INTELLIGENT, function=Function.ENERGY,
        mechanism="Let-down and extraction are balanced by an optimiser: turbines work nearer to their best point, and "
        "less heat is always needed for nothing.",
        changes=(Change("steam_efficiency", 1.01, 1.02, 1.03), Change("boiler_base", 0.96, 0.92, 0.85)),
        one_off=5_000_000, running=500_000, ramp=6,
        source="4.6: SEC -0.5/-1.0/-1.5 %, est. as its causes; always-on heat 0.8 EMS: V79",
    ),
    Upgrade(
        key="energy_management", title="Energy management of pumps and cooling water", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="Pumps, fans of the cooling towers and light follow the need: the base load falls.",
        changes=(Change("base_load", 0.96, 0.92, 0.85),),
        one_off=2_500_000, running=250_000, ramp=6, source="0.8 EMS: V79",
    ),
    Upgrade(
        key="column_detection", title="Upsets of the columns detected by their pattern", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Tray temperatures tell of an upset before the analyser does, so that it is corrected sooner.",
        changes=(Change("detection_delay", 0.70, 0.50, 0.20),),
        one_off=1_200_000, running=150_000, ramp=4, source="0.8 FDC: est.",
    ),
    Upgrade(
        key="remote_operation", title="Patrol robots and central control", paradigm=Paradigm.NETWORKED,
        function=Function.LABOUR,
        mechanism="Robots patrol and control rooms are brought together: fewer people a shift.",
        changes=(Change("staff", 0.94, 0.90, 0.81),),
        one_off=12_000_000, running=1_500_000, ramp=9, source="4.6: V17",
    ),
    Upgrade(
        key="window_trials", title="Operating windows tried in a twin", paradigm=Paradigm.INTELLIGENT,
        function=Function.DEVELOPMENT,
        mechanism="A new coal blend, catalyst or window is tried in a twin: trial runs that would fail are found "
        "before, and each is prepared and judged faster.",
        introduction=(
            Change("blindness", 0.875, 0.76, 0.613), Change("build", 0.95, 0.85, 0.75),
            Change("analyse", 0.95, 0.85, 0.75),
        ),
        one_off=2_500_000, running=400_000, ramp=9, source="0.7 VC: est.",
    ),
)  # fmt: skip

INTRODUCTION = Introduction(
    subject="coal blend, catalyst or operating window", fixed=14.0, trials=6.0, build=0.5, run=1.0, analyse=0.5,
    recipe="column_upsets", spread=0.35,
    source="4.5: 26 weeks = 14 fixed + 6 trials x 2 weeks; split of a trial and spread est.",
)  # fmt: skip
