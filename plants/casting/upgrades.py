"""What can be done to a casting shop: the measures of data sheet 9.6, and how a new casting is introduced (9.5)."""

from twin.model.introduction import Introduction
from twin.model.loop import Loop
from twin.model.upgrade import Change, Function, Paradigm, Upgrade

FURNACES = ("furnace_1", "furnace_2")


def _box(measured: str, offset: str, target: float, sigma: float) -> Loop:
    """Correct the boxes to come by what was measured of the last ones; one is finished every 25 min."""
    return Loop(
        kind="run_to_run", inputs={"measured": f"printing/{measured}"}, outputs={"offset": f"printing/{offset}"},
        settings={"target": target, "sigma": sigma, "gain": 1.0, "weight": 0.7, "deadband": 0.2, "period": 600.0},
    )  # fmt: skip


def _charge(furnace: str, measured: str, offset: str, target: float, sigma: float, deadband: float) -> Loop:
    """Correct the charge that is held by what was measured of it."""
    return Loop(
        kind="run_to_run", inputs={"measured": f"{furnace}/{measured}"}, outputs={"offset": f"{furnace}/{offset}"},
        settings={"target": target, "sigma": sigma, "gain": 1.0, "weight": 0.7, "deadband": deadband, "period": 300.0},
    )  # fmt: skip


UPGRADES = (
    Upgrade(
        key="print_monitoring", title="Print-quality monitoring", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="A camera looks at every layer and nozzles are changed before they fail: misprints begin less often "
        "and heads are purged less often; binder and sand temperature of the next boxes follow those of the last.",
        changes=(Change("misprints", 0.75, 0.55, 0.40), Change("purges", 0.75, 0.55, 0.40)),
        loops=(
            _box("binder_dosage", "binder_offset", 1.8, 0.09),
            _box("sand_temperature", "sand_offset", 25.0, 1.5),
        ),
        one_off=1_400_000, running=120_000, ramp=6, source="9.6: est.; 9.4 scatter earned by the loops",
    ),
    Upgrade(
        key="nesting", title="Optimised nesting", paradigm=Paradigm.INTELLIGENT, function=Function.PLANNING,
        mechanism="Boxes are packed by an optimiser: 45 % of the box become 48, 52 or 56 % cores, and a nest is there "
        "sooner. Every job is one of a kind: there is no order of jobs that would save a changeover.",
        changes=(Change("packing", 48 / 45, 52 / 45, 56 / 45), Change("nesting_time", 0.90, 0.80, 0.70)),
        one_off=600_000, running=120_000, ramp=4, source="9.6: est.",
    ),
    Upgrade(
        key="called_sand", title="Planning across print, melt and pour", paradigm=Paradigm.NETWORKED,
        function=Function.PLANNING,
        mechanism="Printers, melt shop and logistics see one plan: sand is brought sooner, as much as takes 10, 20 or "
        "30 % of the 15 % of their time that printers wait (they get 1.7 boxes of sand an hour, and could print 2.3).",
        changes=(Change("sand_trip", 0.76 / 0.775, 0.76 / 0.79, 0.76 / 0.805),),
        one_off=500_000, running=80_000, ramp=5, source="9.6, wait -10/-20/-30 %: est.",
    ),
    Upgrade(
        key="transport", title="AGV, gantry robots and high-bay store", paradigm=Paradigm.NETWORKED,
        function=Function.LABOUR,
        mechanism="Boxes, cores and moulds are carried and stacked by machines: fewer castings are lost in handling, "
        "and fewer people are needed. Neither shows a signal to close a loop over.",
        changes=(Change("rough", 0.85, 0.70, 0.50), Change("staff", 0.90, 0.82, 0.70)),
        one_off=2_000_000, running=200_000, ramp=9, source="9.6: V18",
    ),
    Upgrade(
        key="auto_pouring", title="Defect model and automatic pouring", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Slag and gas begin less often at moulds that are poured as a learned model says; temperature, "
        "carbon and magnesium of a charge that is held are brought to their targets before it is poured.",
        changes=(Change("slag", 0.85, 0.70, 0.55),),
        loops=tuple(
            loop
            for furnace in FURNACES
            for loop in (
                _charge(furnace, "bath_temperature", "bath_offset", 1505.0, 12.0, 0.25),
                _charge(furnace, "bath_carbon_equivalent", "carbon_offset", 4.35, 0.055, 0.25),
                _charge(furnace, "magnesium", "magnesium_offset", 0.0425, 0.0045, 0.5),
            )
        ),
        one_off=1_500_000, running=150_000, ramp=6, source="9.6: V76b, V76c; 9.4 scatter earned by the loops",
    ),
    Upgrade(
        key="melt_energy", title="Melt energy manager", paradigm=Paradigm.INTELLIGENT, function=Function.ENERGY,
        mechanism="Lids stay shut, the power follows the charge, and what is held is held no hotter than it must be.",
        changes=(Change("melt_energy", 0.97, 0.95, 0.92), Change("holding", 0.85, 0.70, 0.50)),
        one_off=500_000, running=40_000, ramp=5, source="9.6: est.",
    ),
    Upgrade(
        key="robotic_fettling", title="Robotic fettling with a scanned path", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="Robots grind along the scanned casting: 1.2 h a tonne become 1.05, 0.85 or 0.65.",
        changes=(Change("fettling_time", 1.05 / 1.2, 0.85 / 1.2, 0.65 / 1.2),),
        one_off=1_800_000, running=120_000, ramp=6, source="9.6: est.",
    ),
    Upgrade(
        key="hall_energy", title="Energy management of the halls", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="Air, climate and dust extraction of the halls follow the work in them: the base load falls.",
        changes=(Change("hall", 0.95, 0.90, 0.85),),
        one_off=250_000, running=25_000, ramp=6, source="9.6: V79",
    ),
    Upgrade(
        key="pouring_standby", title="Standby of the pouring lines", paradigm=Paradigm.INTELLIGENT,
        function=Function.ENERGY,
        mechanism="Pouring lines wait for metal most of the time; extraction and conveyors stand by while it pays.",
        loops=(
            Loop(kind="energy_saver", inputs={"state": "pouring/state"}, outputs={"standby": "pouring/standby"},
                 settings={"idle_power": 127.0, "standby_power": 38.0, "start_energy": 2.0, "start_time": 60.0}),
        ),
        one_off=150_000, running=10_000, ramp=3, source="0.8 IDLE: est.; the effect is earned by the loop",
    ),
    Upgrade(
        key="guided_repair", title="Guided repair and spares at hand", paradigm=Paradigm.NETWORKED,
        function=Function.MAINTENANCE,
        mechanism="Fault finding is guided and spares are known to be there: repairs take less long. Breakdowns come "
        "by chance here, without a signal that leads them.",
        changes=(Change("repair", 0.90, 0.75, 0.65),),
        one_off=300_000, running=50_000, ramp=4, source="0.8 PDM-R: est.",
    ),
    Upgrade(
        key="trial_pours", title="Casting simulation and digital trial pours", paradigm=Paradigm.INTELLIGENT,
        function=Function.DEVELOPMENT,
        mechanism="Gating and risers are tried in a twin before they are printed: castings that would fail are seldom "
        "poured.",
        introduction=(Change("blindness", 0.839, 0.569, 0.339),),
        one_off=600_000, running=120_000, ramp=9, source="9.6: V18; blindness from its trials",
    ),
)  # fmt: skip

INTRODUCTION = Introduction(
    subject="new casting", fixed=6.0, trials=4.0, build=0.8, run=0.4, analyse=0.8, recipe="slag", spread=0.5,
    source="9.5: 14 weeks = 6 fixed + 4 trial pours x 2 weeks; split of a trial and spread est.",
)  # fmt: skip
