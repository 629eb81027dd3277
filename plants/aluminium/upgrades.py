"""What can be done to a potline: the measures of data sheet 2.6, and how a lining or process window is introduced."""

from plants.aluminium.cells import SECTIONS
from twin.model.introduction import Introduction
from twin.model.loop import Loop
from twin.model.upgrade import Change, Function, Paradigm, Upgrade

HOUR, DAY = 3600.0, 86_400.0


def _squeeze(section: str) -> Loop:
    """Hold the coldest cells of a section at the low limit of their superheat by the voltage.

    10 mV are 0.6 K, with the six hours of a bath (laws.py). The coldest 5 % usually stand 5.7 K above their liquidus
    and wander by 0.6 K; Lo is 5 K, LoLo 3 K.
    """
    return Loop(
        kind="model_predictive", inputs={"measured": f"{section}/superheat_p05"},
        outputs={"setpoint": f"{section}/voltage_setpoint"},
        settings={"gain": 60.0, "tau": 6 * HOUR, "delay": 0.0, "step": 2 * HOUR, "baseline": 5.0, "constraint": 3.0,
                  "sigmas": 3.0, "bias": 4.01, "spread": 0.6, "rate": 0.005},
    )  # fmt: skip


def _acidify(section: str) -> Loop:
    """Hold the coldest baths of a section where they usually are, 951.4 ± 1.0 °C, by their fluoride.

    1 % is -3.8 K, after 2.5 days and the bath's six hours (laws.py). Where the baths scatter less, their mean
    comes down to that. Lo is 945 °C.
    """
    return Loop(
        kind="model_predictive", inputs={"measured": f"{section}/bath_temperature_p05"},
        outputs={"setpoint": f"{section}/alf3_target"},
        settings={"gain": -3.8, "tau": 2.5 * DAY, "delay": 8 * HOUR, "step": 4 * HOUR, "baseline": 951.4,
                  "constraint": 945.0, "sigmas": 3.0, "bias": 10.5, "spread": 1.0, "rate": 0.1},
    )  # fmt: skip


_SECTIONS = [f"section_{number + 1}" for number in range(SECTIONS)]

UPGRADES = (
    Upgrade(
        key="soft_sensor", title="Alumina soft sensor and demand feed", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="The pot controller learns a cell's alumina from its voltage and feed: what it believes errs less. "
        "No tag carries the belief of 288 cells, hence a change.",
        changes=(Change("alumina_sigma", 0.80, 0.60, 0.20),),
        one_off=20_000_000, running=3_000_000, ramp=6, source="2.6: V30; cost est.",
    ),
    Upgrade(
        key="anode_currents", title="Current of every anode measured", paradigm=Paradigm.NETWORKED,
        function=Function.QUALITY,
        mechanism="The currents of 48 anodes show a blocked feeder hole and a set that exposes its iron long before "
        "the alarm or the laboratory does.",
        changes=(Change("blockage_time", 0.70, 0.45, 0.30), Change("detection_delay", 0.70, 0.50, 0.20)),
        one_off=60_000_000, running=5_000_000, ramp=9, source="2.6: est.; delay 0.8 FDC: est.; cost est.",
    ),
    Upgrade(
        key="alf3_control", title="Fluoride and heat balance from data", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="Fluoride is dosed and heat trimmed cell by cell from an estimated temperature instead of a sample "
        "every few days: baths scatter less (no tag carries 288 cells). A loop a section then lowers the mean until "
        "the coldest baths are where they were.",
        changes=(Change("alf3_sigma", 0.80, 0.70, 0.60), Change("heat_sigma", 0.80, 0.70, 0.60)),
        loops=tuple(_acidify(section) for section in _SECTIONS),
        one_off=25_000_000, running=4_000_000, ramp=6, source="2.6: V37b; set point earned by the loop; cost est.",
    ),
    Upgrade(
        key="voltage_control", title="Voltage at the limit of the coldest cells", paradigm=Paradigm.INTELLIGENT,
        function=Function.ENERGY,
        mechanism="Each section's voltage is lowered until its coldest cells reach the low limit of their superheat. "
        "The anodes come nearer to the metal: it sways more, which costs some current efficiency.",
        loops=tuple(_squeeze(section) for section in _SECTIONS),
        one_off=15_000_000, running=3_000_000, ramp=6, source="2.6: est.; the effect is earned by the loop; cost est.",
    ),
    Upgrade(
        key="sick_pots", title="Early warning of sick pots", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="Noise, temperature and anode currents tell that a cell is falling sick: fewer do, and they recover "
        "sooner. Sickness strikes by chance here, without a sign before it, hence a change.",
        changes=(Change("sick_pot_interval", 1 / 0.80, 1 / 0.65, 1 / 0.50), Change("sick_pot_time", 0.80, 0.65, 0.50)),
        one_off=12_000_000, running=2_500_000, ramp=6, source="2.6: V92; cost est.",
    ),
    Upgrade(
        key="unmanned_cranes", title="Assisted anode change and unmanned tapping", paradigm=Paradigm.NETWORKED,
        function=Function.LABOUR,
        mechanism="Cranes set anodes and tap by remote control: fewer people on the floor, and fewer sets that stand "
        "askew and expose iron.",
        changes=(Change("staff", 0.92, 0.88, 0.80), Change("bad_anode_sets", 0.90, 0.75, 0.50)),
        one_off=90_000_000, running=6_000_000, ramp=9, source="2.6: V93; bad sets 0.8 ROB: est.; cost est.",
    ),
    Upgrade(
        key="tap_planning", title="Tap weights and blending planned", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Weights and order of the taps are planned by a forecast of each cell's iron: the metal drawn is "
        "nearer to the pad's mean, less bath is carried over. The plan is one of 288 cells, hence a change.",
        changes=(
            Change("tap_error", 0.75, 0.55, 30 / 80),
            Change("tap_iron_sigma", 0.80, 0.70, 0.60),
            Change("handling_off_grade", 0.80, 0.70, 0.60),
        ),
        one_off=10_000_000, running=1_500_000, ramp=4, source="2.6, 2.2: est.; cost est.",
    ),
    Upgrade(
        key="power_trading", title="Load shifted to cheap hours", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="The line's 1 % of modulation is sold to the grid, and power is bought where it is cheap: the price "
        "falls, not the kWh.",
        changes=(Change("price", 0.99, 0.97, 0.95),),
        one_off=5_000_000, running=1_000_000, ramp=4, source="2.6: est.; cost est.",
    ),
    Upgrade(
        key="energy_management", title="Metering of fans, air and cranes", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="Scrubber fans follow the gas, air leaks are found: auxiliaries draw less.",
        changes=(Change("auxiliary_energy", 0.96, 0.92, 0.85),),
        one_off=15_000_000, running=1_500_000, ramp=6, source="0.8 EMS: V79; cost est.",
    ),
    Upgrade(
        key="digital_thread", title="One record from design to potroom", paradigm=Paradigm.NETWORKED,
        function=Function.DEVELOPMENT,
        mechanism="Drawings, trial plans and readings are in one record: less waiting before and after the trials.",
        introduction=(Change("fixed", 0.90, 0.75, 0.70), Change("analyse", 0.95, 0.85, 0.75)),
        one_off=4_000_000, running=1_000_000, ramp=6, source="0.7; low est.; cost est.",
    ),
    Upgrade(
        key="cell_twin", title="Trials on a twin of the cell", paradigm=Paradigm.INTELLIGENT,
        function=Function.DEVELOPMENT,
        mechanism="Linings and process windows are tried on a twin: those that would fail are found before cells are "
        "built or changed for them.",
        introduction=(Change("blindness", 0.875, 0.76, 0.613), Change("build", 0.95, 0.85, 0.75)),
        one_off=8_000_000, running=2_000_000, ramp=9, source="0.7, 0.8 VC; blindness from its trials; cost est.",
    ),
)  # fmt: skip

INTRODUCTION = Introduction(
    subject="lining or process window", fixed=36.0, trials=6.0, build=3.0, run=5.0, analyse=2.0, recipe="iron",
    spread=0.25,
    source="2.5: 96 weeks = 36 fixed + 6 trial groups x 10 weeks; split of a group, iron as its mark and spread est.",
)  # fmt: skip
