"""What can be done to a cracker: the measures of data sheet 3.6, and how a new feed slate is introduced (3.5)."""

from plants.petrochemicals.care import WEARS
from plants.petrochemicals.furnaces import COUNT
from twin.model.introduction import Introduction
from twin.model.loop import Loop
from twin.model.upgrade import Change, Function, Paradigm, Upgrade

FURNACES = [f"furnace_{place + 1}" for place in range(COUNT)]


def _steady(furnace: str) -> Loop:
    """Steady a coil outlet by trimming its firing controller, then go nearer to Hi (858 °C, 18 K above 840).

    The firing controller brings a step of its set point into the coil outlet with 320 s (furnaces.py: gain 0.75, its
    reset cancels the lag), after the dead time of 40 s and its own period of 20 s.
    """
    return Loop(
        kind="model_predictive", inputs={"measured": f"{furnace}/coil_outlet_deviation"},
        outputs={"setpoint": f"{furnace}/coil_outlet_trim"},
        settings={"gain": 1.0, "tau": 320.0, "delay": 60.0, "step": 30.0, "baseline": 0.0, "constraint": 18.0,
                  "sigmas": 3.0, "spread": 2.5, "rate": 10.0},
    )  # fmt: skip


def _sever(furnace: str) -> Loop:
    """Hold the severity that the optimiser wants: Lo (0.45) and three usual sigmas of 0.012, by -0.0042 for 1 K."""
    return Loop(
        kind="run_to_run", inputs={"measured": f"{furnace}/severity"},
        outputs={"offset": f"{furnace}/severity_correction"},
        settings={"target": 0.486, "sigma": 0.012, "gain": -0.0042, "weight": 0.1, "deadband": 0.25, "delay": 900.0,
                  "period": 900.0, "rate": 1.0},
    )  # fmt: skip


def _trim_air(furnace: str) -> Loop:
    """Steady the arch's O2 about 2.4 %, then lower it towards Lo (1.4 %) by the spread saved."""
    return Loop(
        kind="model_predictive", inputs={"measured": f"{furnace}/arch_oxygen"},
        outputs={"setpoint": f"{furnace}/arch_oxygen_setpoint"},
        settings={"gain": 1.0, "tau": 20.0, "delay": 0.0, "step": 60.0, "baseline": 2.4, "constraint": 1.4,
                  "sigmas": 3.0, "spread": 0.5},
    )  # fmt: skip


UPGRADES = (
    Upgrade(
        key="coil_control", title="Coil outlets under predictive control", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="A model of lag and dead time trims the firing before the coil outlet has strayed; what scatter is "
        "saved moves the coils nearer to their limit, where they make more ethylene.",
        loops=tuple(_steady(furnace) for furnace in FURNACES),
        one_off=12_000_000, running=2_000_000, ramp=6, source="3.6: V38; the effect is earned by the loop; cost est.",
    ),
    Upgrade(
        key="severity_control", title="Severity at the optimiser's target", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="The analyser's propylene to ethylene is held at the value that pays best by the coil outlet set "
        "point: a drifting thermocouple or another naphtha no longer shifts the cracking.",
        loops=tuple(_sever(furnace) for furnace in FURNACES),
        one_off=10_000_000, running=2_500_000, ramp=6, source="3.6: V39, V42; target and cost est.",
    ),
    Upgrade(
        key="coke_model", title="Decokes scheduled by a model of the coke", paradigm=Paradigm.INTELLIGENT,
        function=Function.PLANNING,
        mechanism="A twin of each coil knows its coke, so that runs end when the exchanger is fouled and not by the "
        "calendar: 50 d become 55, 58 or 62, unless a tube is at its limit first. The campaign looks by itself.",
        changes=(Change("run_length", 1.10, 1.16, 1.24),),
        one_off=5_000_000, running=1_000_000, ramp=6, source="3.6: V39b; est.; cost est.",
    ),
    Upgrade(
        key="compressor_pdm", title="Predictive maintenance of the compressor", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="Efficiency and vibration tell of fouled wheels and worn bearings; they are washed or attended to "
        "on line, at a somewhat reduced rate, before the compressor surges or trips.",
        loops=tuple(
            Loop(kind="predictive_maintenance", inputs={"condition": f"compressor/{wear.symptom.signal.name}"},
                 outputs={"service": f"compressor/service_{wear.name}"},
                 settings={"healthy": wear.symptom.healthy, "failed": wear.symptom.failed,
                           "noise": wear.symptom.scatter, "horizon": 2.0 * 3600.0, "risk": 0.05})
            for wear in WEARS
        ),
        one_off=9_000_000, running=1_500_000, ramp=6, source="3.6: V80; the effect is earned by the loop; cost est.",
    ),
    Upgrade(
        key="cold_end_control", title="Cold end under predictive control", paradigm=Paradigm.INTELLIGENT,
        function=Function.ENERGY,
        mechanism="The demethaniser's top is steadied and then run colder, so that less ethylene goes to the fuel; the "
        "C2 splitter is held at 99.95 % instead of better, with less reflux to condense and boil.",
        loops=(
            Loop(kind="model_predictive", inputs={"measured": "cold_box/demethaniser_top"},
                 outputs={"setpoint": "cold_box/demethaniser_top_setpoint"},
                 settings={"gain": 1.0, "tau": 600.0, "delay": 0.0, "step": 60.0, "baseline": -96.0,
                           "constraint": -100.0, "sigmas": 3.0, "spread": 0.8}),
            Loop(kind="model_predictive", inputs={"measured": "splitters/ethylene_purity"},
                 outputs={"setpoint": "splitters/reflux_setpoint"},
                 settings={"gain": 0.33, "tau": 1200.0, "delay": 0.0, "step": 300.0, "baseline": 99.95,
                           "constraint": 99.92, "sigmas": 3.0, "bias": 1.0, "spread": 0.006, "rate": 0.01}),
        ),
        one_off=8_000_000, running=1_500_000, ramp=6, source="3.6: V38b; the effect is earned by the loop; cost est.",
    ),
    Upgrade(
        key="air_control", title="Combustion air by the arch's O2", paradigm=Paradigm.INTELLIGENT,
        function=Function.ENERGY,
        mechanism="Registers and draught are trimmed furnace by furnace: O2 wanders less, and can be lower without "
        "coming near to its low limit. Less air is heated and sent up the stack.",
        loops=tuple(_trim_air(furnace) for furnace in FURNACES),
        one_off=6_000_000, running=800_000, ramp=4,
        source="3.6 fuel network: est.; the effect is earned by the loop; cost est.",
    ),
    Upgrade(
        key="steam_network", title="Steam network optimised", paradigm=Paradigm.INTELLIGENT,
        function=Function.ENERGY,
        mechanism="Turbines, let-downs and boilers are balanced by a model: less steam is let down or vented without "
        "work. No tag of the line shows the network's valves, hence a change.",
        changes=(Change("letdown", 0.80, 0.50, 0.30),),
        one_off=7_000_000, running=1_000_000, ramp=6, source="3.6: est. for -0.5 to -2 % energy; cost est.",
    ),
    Upgrade(
        key="energy_metering", title="Metering of the time-based load", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="Cooling water, light and tank heating are metered and follow the need: the base load falls.",
        changes=(Change("base_load", 0.96, 0.92, 0.85),),
        one_off=3_000_000, running=400_000, ramp=6, source="0.8 EMS: V79; cost est.",
    ),
    Upgrade(
        key="operator_training", title="Alarms rationalised, operators trained on a twin",
        paradigm=Paradigm.NETWORKED, function=Function.LABOUR,
        mechanism="Operators cause fewer upsets (those are four tenths of all), correct excursions sooner and bring "
        "the rate back sooner after a trip.",
        changes=(
            Change("operator_upsets", 0.85, 0.70, 0.60),
            Change("correction_time", 0.90, 0.80, 0.70),
            Change("recovery", 0.90, 0.80, 0.70),
        ),
        one_off=6_000_000, running=1_200_000, ramp=6, source="3.6: est.; the rest 0.8 SKILL: est.; cost est.",
    ),
    Upgrade(
        key="soft_sensors", title="Acetylene and purity inferred", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Acetylene and purity are inferred from temperatures minutes before the analysers tell: an "
        "excursion is corrected sooner. It strikes by chance, hence a change.",
        changes=(Change("correction_time", 0.70, 0.50, 0.20),),
        one_off=3_000_000, running=500_000, ramp=4, source="0.8 FDC: est.; cost est.",
    ),
    Upgrade(
        key="guided_repair", title="Guided repair and spares at hand", paradigm=Paradigm.NETWORKED,
        function=Function.MAINTENANCE,
        mechanism="Fault finding is guided and spares are known to be there: a unit that tripped stands less long.",
        changes=(Change("repair", 0.90, 0.75, 0.65),),
        one_off=2_500_000, running=500_000, ramp=4, source="0.8 PDM-R: est.; cost est.",
    ),
    Upgrade(
        key="mobile_rounds", title="Inspection robots and mobile rounds", paradigm=Paradigm.NETWORKED,
        function=Function.LABOUR,
        mechanism="Robots and mobile devices take rounds over: fewer people in the field.",
        changes=(Change("staff", 0.94, 0.90, 0.85),),
        one_off=8_000_000, running=1_500_000, ramp=9, source="3.6: V16; cost est.",
    ),
    Upgrade(
        key="digital_thread", title="One record from plan to plant test", paradigm=Paradigm.NETWORKED,
        function=Function.DEVELOPMENT,
        mechanism="Feed analyses, test plans and readings are in one record: less waiting before and after the tests.",
        introduction=(Change("fixed", 0.90, 0.75, 0.70), Change("analyse", 0.95, 0.85, 0.75)),
        one_off=2_000_000, running=500_000, ramp=6, source="0.7; low est.; cost est.",
    ),
    Upgrade(
        key="cracker_twin", title="Plant tests on a twin", paradigm=Paradigm.INTELLIGENT,
        function=Function.DEVELOPMENT,
        mechanism="Feed slates and modes are tried on a twin: those that would fail are found before the plant is "
        "changed over for them.",
        introduction=(Change("blindness", 0.875, 0.76, 0.613), Change("build", 0.95, 0.85, 0.75)),
        one_off=5_000_000, running=1_000_000, ramp=9, source="0.7, 0.8 VC; blindness from its trials; cost est.",
    ),
)  # fmt: skip

INTRODUCTION = Introduction(
    subject="feed slate or operating mode", fixed=14.0, trials=6.0, build=0.5, run=1.0, analyse=0.5,
    recipe="acetylene_slips", spread=0.5,
    source="3.5: 26 weeks = 14 fixed + 6 plant tests x 2 weeks; split of a test, slips as its mark and spread est.",
)  # fmt: skip
