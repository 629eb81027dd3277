"""What can be done to a hot strip mill: the measures of data sheet 1.6, and how a new grade is introduced (1.5).

One-off and running costs are est.: together some 0.1 to 2 % a year of the conversion cost, 210 CNY/t x 3.88 Mt.
"""

from plants.steel.sheet import FAILED, FURNACES, HEALTHY, POWER, STARTS, VIBRATION_SCATTER
from twin.model.introduction import Introduction
from twin.model.loop import Loop
from twin.model.upgrade import Change, Function, Paradigm, Upgrade

_CAMPAIGN = 4.5 * 3600.0  # s of operation: work rolls are changed at least so often (2,500 t at 620 t/h)


def _service(unit: str, mode: str) -> Loop:
    return Loop(
        kind="predictive_maintenance", inputs={"condition": f"{unit}/{mode}_vibration"},
        outputs={"service": f"{unit}/service_{mode}"},
        settings={"healthy": HEALTHY, "failed": FAILED, "noise": VIBRATION_SCATTER, "horizon": _CAMPAIGN,
                  "risk": 0.02},
    )  # fmt: skip


def _soak(number: int) -> Loop:
    # No shift: a colder slab costs more cobbles and rolling energy than the gas that it saves (see the notes).
    return Loop(
        kind="model_predictive", inputs={"measured": f"furnaces/soak_temperature_{number}"},
        outputs={"setpoint": f"furnaces/soak_temperature_setpoint_{number}"},
        settings={"gain": 1.0, "tau": 900.0, "delay": 60.0, "step": 60.0, "baseline": 1212.0, "constraint": 1180.0,
                  "sigmas": 0.0, "spread": 9.0},
    )  # fmt: skip


def _oxygen(number: int) -> Loop:
    return Loop(
        kind="model_predictive", inputs={"measured": f"furnaces/oxygen_{number}"},
        outputs={"setpoint": f"furnaces/oxygen_setpoint_{number}"},
        settings={"gain": 1.0, "tau": 30.0, "delay": 60.0, "step": 60.0, "baseline": 1.75, "constraint": 0.6,
                  "sigmas": 2.0, "spread": 0.6},
    )  # fmt: skip


def _standby(unit: str) -> Loop:
    _, idle = POWER[unit]
    wake, energy = STARTS[unit]
    return Loop(
        kind="energy_saver", inputs={"state": f"{unit}/state"}, outputs={"standby": f"{unit}/standby"},
        settings={"idle_power": idle, "standby_power": 0.5 * idle, "start_energy": energy, "start_time": wake},
    )  # fmt: skip


UPGRADES = (
    Upgrade(
        key="reheat_optimiser", title="Reheating optimiser (level 2)", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="A model of every slab spreads the firing over the zones, so that slabs heated alike come out alike "
        "and less heat leaves with the flue gas; each soak zone is held to its set point by a predictive controller.",
        changes=(Change("discharge_sigma", 0.80, 0.65, 0.55), Change("furnace_efficiency", 1.015, 1.03, 1.045)),
        loops=tuple(_soak(number) for number in range(1, FURNACES + 1)),
        one_off=9_000_000, running=700_000, ramp=6,
        source="1.6: V26, V27; of its -2/-4/-6 % fuel three quarters by the flue gas (est.), the rest must be earned",
    ),
    Upgrade(
        key="oxygen_trim", title="Oxygen trim of the furnaces", paradigm=Paradigm.INTELLIGENT, function=Function.ENERGY,
        mechanism="The oxygen of each furnace is held by a predictive controller; as it wanders less its set point "
        "comes nearer to the least that burns clean, and less air is heated for nothing.",
        loops=tuple(_oxygen(number) for number in range(1, FURNACES + 1)),
        one_off=1_500_000, running=150_000, ramp=3, source="1.4: AI-103 0.6 to 0.35; the effect is earned by the loop",
    ),
    Upgrade(
        key="hot_charging", title="Slabs called hot from the caster", paradigm=Paradigm.NETWORKED,
        function=Function.PLANNING,
        mechanism="Caster and mill are planned together: more slabs come hot, and the yard runs empty less often.",
        changes=(Change("hot_charge", 42 / 35, 50 / 35, 60 / 35), Change("slab_interruptions", 0.90, 0.80, 0.65)),
        one_off=12_000_000, running=900_000, ramp=9, source="1.6: V22; waits 0.8 APS: est.",
    ),
    Upgrade(
        key="pacing", title="Pacing of the mill by prediction", paradigm=Paradigm.INTELLIGENT,
        function=Function.PLANNING,
        mechanism="The next slab is let in when the positions of all pieces allow it, with less of a gap for safety.",
        changes=(Change("pacing_gap", 0.95, 0.90, 0.80),),
        one_off=3_000_000, running=250_000, ramp=6, source="1.6 pacing MPC; 0.8 MES, waiting: est.",
    ),
    Upgrade(
        key="delay_strategy", title="Delay strategy of the furnaces", paradigm=Paradigm.INTELLIGENT,
        function=Function.ENERGY,
        mechanism="How long a stop will last is estimated, and the zones are set back further than by rule of thumb.",
        changes=(Change("delay_setback", 1.5, 2.0, 3.0),),
        one_off=800_000, running=80_000, ramp=4, source="1.6 delay strategy: est.",
    ),
    Upgrade(
        key="setup_learning", title="Learned set-up of temperature and gauge", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="The set-up learns from all strips rolled before: what remains of finishing and coiling temperature "
        "and gauge scatters less. From strip to strip it is chance, so that no feedback could see it coming.",
        changes=(Change("setup_scatter", 0.90, 0.80, 0.70),),
        one_off=8_000_000, running=900_000, ramp=9, source="1.6: V21",
    ),
    Upgrade(
        key="width_control", title="Width corrected from strip to strip", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="The width behind F7 strays in the same direction for some strips; the sizing press is corrected by "
        "what the last ones show.",
        loops=(
            Loop(kind="run_to_run", inputs={"measured": "finishing_mill/width_deviation"},
                 outputs={"offset": "descaler/width_offset"},
                 settings={"target": 4.0, "sigma": 2.5, "gain": 1.0, "weight": 0.5, "deadband": 0.0, "delay": 360.0,
                           "period": 60.0}),
        ),
        one_off=1_000_000, running=100_000, ramp=4, source="1.4: WI-404 2.5 to 1.7; the effect is earned by the loop",
    ),
    Upgrade(
        key="surface_inspection", title="Surface inspection that recognises roll marks", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Marks that repeat with the roll are recognised after fewer coils, and the roll is changed sooner.",
        changes=(Change("detection_delay", 0.70, 0.50, 2 / 12),),
        one_off=6_000_000, running=600_000, ramp=6, source="1.6: 12 coils to 2; low and mid 0.8 FDC: est.",
    ),
    Upgrade(
        key="pdm", title="Predictive maintenance of pumps, drives, shear and gearboxes",
        paradigm=Paradigm.INTELLIGENT, function=Function.MAINTENANCE,
        mechanism="The trend of the vibration tells how long a drive will live; what wears is renewed in the next roll "
        "change or maintenance instead of when it breaks.",
        loops=tuple(
            _service(unit, mode) for unit, mode in (
                ("finishing_mill", "gearbox"), ("roughing_mill", "drive"), ("descaler", "pump"),
                ("crop_shear", "shear"),
            )
        ),
        one_off=7_000_000, running=900_000, ramp=6, source="1.6: V23, V80; the effect is earned by the loop",
    ),
    Upgrade(
        key="coiler_monitoring", title="Condition monitoring of the coilers", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="Coilers fail in many ways, by chance as far as the data sheet tells: checks guided by data prevent "
        "a part of it.",
        changes=(Change("coiler_failures", 0.85, 0.70, 0.60),),
        one_off=1_500_000, running=200_000, ramp=6, source="1.6: V23, V80",
    ),
    Upgrade(
        key="guided_repair", title="Guided repair and spares at hand", paradigm=Paradigm.NETWORKED,
        function=Function.MAINTENANCE,
        mechanism="Fault finding is guided and spares are known to be there: repairs take less long.",
        changes=(Change("repair", 0.90, 0.75, 0.65),),
        one_off=2_000_000, running=400_000, ramp=4, source="1.6: V23, V80; 0.8 PDM-R",
    ),
    Upgrade(
        key="roll_change", title="Automatic roll change", paradigm=Paradigm.NETWORKED, function=Function.PLANNING,
        mechanism="Work rolls are prepared on the side shift and changed without hands: 10 min become 8.5, 7.5 or 6.5.",
        changes=(Change("roll_change", 0.85, 0.75, 0.65),),
        one_off=10_000_000, running=300_000, ramp=6, source="1.6: est.",
    ),
    Upgrade(
        key="roll_wear", title="Roll-wear model and shifting", paradigm=Paradigm.INTELLIGENT,
        function=Function.PLANNING,
        mechanism="The rolls are shifted so that wear spreads over the barrel; they last longer, and so does the "
        "campaign: 2,500 t become 2,900.",
        changes=(Change("roll_life", 1.08, 1.16, 1.22), Change("roll_campaign", 1.08, 1.16, 1.22)),
        one_off=2_500_000, running=200_000, ramp=6, source="1.6: 2,500 to 2,900 t; low and high est.",
    ),
    Upgrade(
        key="standby", title="Drives on standby in stops", paradigm=Paradigm.INTELLIGENT, function=Function.ENERGY,
        mechanism="Pumps and auxiliary drives of a unit that waits longer than it pays are let down, and run up while "
        "the next slab is on its way.",
        loops=tuple(_standby(unit) for unit in STARTS),
        one_off=1_200_000, running=100_000, ramp=3, source="1.6 idle power: the effect is earned by the loop",
    ),
    Upgrade(
        key="energy_management", title="Energy management of water and air", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="Cooling water, ventilation and light follow the need: the base load falls.",
        changes=(Change("base_load", 0.96, 0.92, 0.85),),
        one_off=2_000_000, running=200_000, ramp=6, source="0.8 EMS: V79",
    ),
    Upgrade(
        key="remote_operation", title="Central control room and unmanned cranes", paradigm=Paradigm.NETWORKED,
        function=Function.LABOUR,
        mechanism="Pulpits are brought together in one room and slab cranes run without drivers: fewer people a shift.",
        changes=(Change("staff", 0.96, 0.94, 0.85),),
        one_off=15_000_000, running=600_000, ramp=9, source="1.6: est.",
    ),
    Upgrade(
        key="grade_trials", title="Grade trials in a twin", paradigm=Paradigm.INTELLIGENT,
        function=Function.DEVELOPMENT,
        mechanism="Rolling and cooling of a new grade are tried in a twin: trial campaigns that would fail are found "
        "before they are rolled, and each is prepared and judged faster.",
        introduction=(
            Change("blindness", 0.862, 0.774, 0.667), Change("build", 0.95, 0.85, 0.75),
            Change("analyse", 0.95, 0.85, 0.75),
        ),
        one_off=3_000_000, running=500_000, ramp=9, source="1.6, 0.7 VC; blindness from its trials",
    ),
)  # fmt: skip

INTRODUCTION = Introduction(
    subject="grade", fixed=20.0, trials=8.0, build=1.5, run=1.0, analyse=1.5, recipe="sigma", spread=0.35,
    source="1.5: 52 weeks = 20 fixed + 8 trial campaigns x 4 weeks; split of a campaign and spread est.",
)  # fmt: skip
