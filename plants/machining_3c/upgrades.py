"""What can be done to a CNC shop: the measures of data sheet 6.6, and how a new model is introduced (6.5)."""

from plants.machining_3c.sheet import EDGE, GROUPS, SIGMA_WIDTH, STATIONS, VIBRATION
from twin.model.introduction import Introduction
from twin.model.loop import Loop
from twin.model.upgrade import Change, Function, Paradigm, Upgrade

PROFILES = ("cnc2", "cnc3", "cnc4", "cnc5")
HOUR = 3600.0
# A machine is served between two frames: in half an hour at the latest, with loading and most of its stops.
_PAUSE = 0.5 * HOUR


def _machines(groups: tuple[str, ...]) -> list[tuple[str, int]]:
    return [(group, number) for group in groups for number in range(1, STATIONS[group].machines + 1)]


def _spindle(group: str, number: int) -> Loop:
    """Watch a bearing. A worn tool shakes the spindle too, by up to 0.5 mm/s: the exchange comes early, never late."""
    return Loop(
        kind="predictive_maintenance", inputs={"condition": f"{group}/vibration_{number}"},
        outputs={"service": f"{group}/service_spindle_{number}"},
        settings={"healthy": VIBRATION.healthy, "failed": VIBRATION.failed, "noise": 0.15, "horizon": _PAUSE + HOUR,
                  "risk": 0.02, "period": HOUR},
    )  # fmt: skip


def _edge(group: str, number: int) -> Loop:
    return Loop(
        kind="predictive_maintenance", inputs={"condition": f"{group}/edge_emission_{number}"},
        outputs={"service": f"{group}/service_tool_breakage_{number}"},
        settings={"healthy": EDGE.healthy, "failed": EDGE.failed, "noise": EDGE.scatter,
                  "horizon": _PAUSE + 0.25 * HOUR, "risk": 0.02, "period": 0.25 * HOUR},
    )  # fmt: skip


def _probing(group: str, number: int) -> Loop:
    """Correct the offset of a machine once a frame; the weight is small against what scatters from frame to frame."""
    return Loop(
        kind="run_to_run", inputs={"measured": f"{group}/width_{number}"},
        outputs={"offset": f"{group}/offset_correction_{number}"},
        settings={"target": 0.0, "sigma": SIGMA_WIDTH, "gain": 1.0, "weight": 0.2, "deadband": 0.0,
                  "period": 1.25 * STATIONS[group].cycle},
    )  # fmt: skip


UPGRADES = (
    Upgrade(
        key="robots", title="Robot loading", paradigm=Paradigm.NETWORKED, function=Function.LABOUR,
        mechanism="Gantries and robots load machines: 25 s become 22.5, 18.8 or 12; frames are scratched less often, "
        "and fewer people are needed. Nothing is measured that a loop could see.",
        changes=(
            Change("load_time", 0.90, 0.75, 12 / 25),
            Change("handling", 0.85, 0.70, 0.50),
            Change("staff", 0.90, 0.80, 0.60),
        ),
        one_off=900_000, running=60_000, ramp=9, source="6.6: V9, V10; steps to 12 s as 0.8 ROB: est.",
    ),
    Upgrade(
        key="kitting", title="Called trays, tools and fixtures", paradigm=Paradigm.NETWORKED,
        function=Function.PLANNING,
        mechanism="Tablets call trays and tools before they are missed: operators are away from their machines less.",
        changes=(Change("errands", 0.90, 0.80, 0.65),),
        one_off=150_000, running=20_000, ramp=4, source="6.6: starvation, est.",
    ),
    Upgrade(
        key="smed", title="Fixtures set up beside the machine", paradigm=Paradigm.NETWORKED,
        function=Function.PLANNING,
        mechanism="Fixtures on zero-point pallets are set up beside the machine and programs are called by the order: "
        "90 min become 70, 50 or 30.",
        changes=(Change("changeover", 70 / 90, 50 / 90, 30 / 90),),
        one_off=250_000, running=10_000, ramp=6, source="6.6: size as V66",
    ),
    Upgrade(
        key="tool_monitoring", title="Tool-condition monitoring", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="The sound of an edge that chips tells that it will break, and the tool is changed before it does. "
        "Tools are changed by their own wear: those that wear slowly, up to 20 % less than the mean, stay longer.",
        changes=(Change("tool_life", 1.07, 1.13, 1.20),),
        loops=tuple(_edge(*machine) for machine in _machines(GROUPS)),
        one_off=300_000, running=40_000, ramp=6,
        source="6.6, 6.4: growth of VB +-20 %: est.; breakages earned by the loops",
    ),
    Upgrade(
        key="pdm", title="Predictive maintenance of spindles", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="The trend of a spindle's vibration tells how long its bearing will live; it is exchanged between "
        "two frames instead of when it seizes.",
        loops=tuple(_spindle(*machine) for machine in _machines(GROUPS)),
        one_off=150_000, running=20_000, ramp=6, source="0.8 PDM; the effect is earned by the loops",
    ),
    Upgrade(
        key="stop_analytics", title="Machine data of all stops", paradigm=Paradigm.NETWORKED,
        function=Function.MAINTENANCE,
        mechanism="Stops of door, probe, gripper and coolant are collected from all machines, traced to their causes "
        "and designed out. They come by chance: there is no signal to foresee one.",
        changes=(Change("technical", 0.80, 0.65, 0.50),),
        one_off=120_000, running=25_000, ramp=6, source="6.6: unplanned stops, V55",
    ),
    Upgrade(
        key="guided_repair", title="Guided repair and spares at hand", paradigm=Paradigm.NETWORKED,
        function=Function.MAINTENANCE,
        mechanism="Fault finding is guided and spares are known to be there: repairs take less long.",
        changes=(Change("repair", 0.90, 0.75, 0.65),),
        one_off=80_000, running=15_000, ramp=4, source="0.8 PDM-R: est.",
    ),
    Upgrade(
        key="adaptive_feed", title="Programs optimised by a twin", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="The feed follows the engagement of the cutter: cycles are 3, 6 or 10 % shorter; tools wear faster "
        "with the cutting force.",
        changes=(Change("feed", 1 / 0.97, 1 / 0.94, 1 / 0.90),),
        one_off=200_000, running=40_000, ramp=6, source="6.6: V55b, weak",
    ),
    Upgrade(
        key="probing", title="In-process probing and statistical control", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Every frame is probed in its clamp, and the offset follows wear and temperature frame by frame "
        "instead of from trial to trial.",
        loops=tuple(_probing(*machine) for machine in _machines(PROFILES)),
        one_off=300_000, running=30_000, ramp=6, source="6.6; the effect is earned by the loops",
    ),
    Upgrade(
        key="fault_detection", title="Fault detection at the machine", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Signatures of load and clamping tell of chips under the frame before people see the marks: an event "
        "goes on for fewer frames.",
        changes=(Change("detection_delay", 0.70, 0.50, 0.20),),
        one_off=150_000, running=20_000, ramp=6, source="0.8 FDC: est.",
    ),
    Upgrade(
        key="vision", title="Surface inspection by cameras", paradigm=Paradigm.INTELLIGENT, function=Function.QUALITY,
        mechanism="Cameras find more bad frames than eyes (escape 15 % becomes 5, 3.5 or 2 %), and doubt fewer good "
        "ones (8 % become 6, 4.5 or 3 %).",
        changes=(
            Change("detection", 0.95 / 0.85, 0.965 / 0.85, 0.98 / 0.85),
            Change("false_reject", 6 / 8, 4.5 / 8, 3 / 8),
        ),
        one_off=350_000, running=30_000, ramp=6, source="6.6: V81; steps est.",
    ),
    Upgrade(
        key="standby", title="Standby of machines", paradigm=Paradigm.NETWORKED, function=Function.ENERGY,
        mechanism="A machine that waits switches hydraulics, spindle cooler and chip conveyor off by itself: 1.8 kW "
        "become 1.3, 0.9 or 0.6. Its own timer does it: the line sees groups, not the waits of one machine.",
        changes=(Change("idle_power", 1.3 / 1.8, 0.9 / 1.8, 0.6 / 1.8),),
        one_off=60_000, running=4_000, ramp=3, source="6.6: V54",
    ),
    Upgrade(
        key="energy_management", title="Energy management of air and ventilation", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="Leaks of compressed air are metered and mended, ventilation and light follow the shifts.",
        changes=(Change("base_load", 0.95, 0.88, 0.85), Change("air_leakage", 0.95, 0.88, 0.85)),
        one_off=80_000, running=8_000, ramp=6, source="6.6: V79",
    ),
    Upgrade(
        key="virtual_machining", title="Virtual machining", paradigm=Paradigm.INTELLIGENT,
        function=Function.DEVELOPMENT,
        mechanism="Programs and fixtures are tried in a twin: failing ones are found before frames are cut, and a loop "
        "takes less time.",
        introduction=(Change("blindness", 0.876, 0.737, 0.598), Change("build", 0.95, 0.85, 0.75)),
        one_off=250_000, running=40_000, ramp=9, source="6.6, 0.7, 0.8 VC; blindness from its trials",
    ),
)  # fmt: skip

INTRODUCTION = Introduction(
    subject="process of a new model", fixed=9.0, trials=7.0, build=0.5, run=0.2, analyse=0.3, recipe="sigma",
    spread=0.35,
    source="6.5: 16 weeks = 9 + 7 trial loops x 1 week; split of a loop and spread est.",
)  # fmt: skip
