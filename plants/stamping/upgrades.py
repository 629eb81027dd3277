"""What can be done to a press line: the measures of data sheet 8.6, and how a new panel is introduced (8.5)."""

from twin.model.introduction import Introduction
from twin.model.loop import Loop
from twin.model.upgrade import Change, Function, Paradigm, Upgrade

PRESSES = ("op10", "op20", "op30", "op40")
_PAUSE = 3.0 * 3600.0  # s: a die change or a break comes at least so often (900 panels take two hours)


def _service(unit: str) -> Loop:
    """Watch the vibration of a drive (sheet.py: 2.8 mm/s when new, 11.5 at failure) and ask for its service in time."""
    return Loop(
        kind="predictive_maintenance", inputs={"condition": f"{unit}/vibration"},
        outputs={"service": f"{unit}/service_drive"},
        settings={"healthy": 2.8, "failed": 11.5, "noise": 0.05, "horizon": _PAUSE, "risk": 0.02},
    )  # fmt: skip


UPGRADES = (
    Upgrade(
        key="smed", title="Automatic die change", paradigm=Paradigm.NETWORKED, function=Function.PLANNING,
        mechanism="Dies are set up outside the line, changed automatically, and first-part settings recalled: 18 min "
        "become 13, 9 or 5.",
        changes=(Change("changeover", 13 / 18, 9 / 18, 5 / 18),),
        one_off=6_000_000, running=150_000, ramp=6, source="8.6: V63, V66, V67; cost est.",
    ),
    Upgrade(
        key="kitting", title="Die-ready tracking and called racks", paradigm=Paradigm.NETWORKED,
        function=Function.PLANNING,
        mechanism="Racks and blanks are called before they are missed, so that trips take less long.",
        changes=(Change("rack_trip", 0.90, 0.80, 0.70), Change("blank_trip", 0.90, 0.80, 0.70)),
        one_off=800_000, running=60_000, ramp=4, source="8.6 APS: est.",
    ),
    Upgrade(
        key="sequencing", title="Lots in a good sequence", paradigm=Paradigm.INTELLIGENT, function=Function.PLANNING,
        mechanism="The order book is sequenced so that dies of one family follow each other, which changes faster.",
        loops=(
            Loop(kind="sequencing", inputs={"order_book": "line/order_book"}, outputs={"next_order": "line/next_order"},
                 settings={"within": 0.7, "horizon": 12.0, "changeover": 1080.0}),
        ),
        one_off=600_000, running=80_000, ramp=3, source="8.6 APS: est.",
    ),
    Upgrade(
        key="pdm", title="Predictive maintenance of the drives", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="The trend of a drive's vibration tells how long it will live; what wears is renewed in the next die "
        "change or break instead of when it breaks.",
        loops=tuple(_service(unit) for unit in (*PRESSES, "transfer")),
        one_off=1_500_000, running=200_000, ramp=6, source="8.6: V80; the effect is earned by the loop",
    ),
    Upgrade(
        key="guided_repair", title="Guided repair and spares at hand", paradigm=Paradigm.NETWORKED,
        function=Function.MAINTENANCE,
        mechanism="Fault finding is guided and spares are known to be there: repairs take less long.",
        changes=(Change("repair", 0.90, 0.75, 0.65),),
        one_off=500_000, running=80_000, ramp=4, source="8.6, 0.8 PDM-R: est.",
    ),
    Upgrade(
        key="cushion_control", title="Closed-loop cushion control", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Draw-in cameras see a split or wrinkle begin, and the cushion force is corrected stroke by stroke: "
        "events in the draw die are rarer, and the force wanders less.",
        changes=(Change("draw_events", 0.80, 0.65, 0.50),),
        loops=(
            Loop(kind="run_to_run", inputs={"measured": "op10/cushion_deviation"},
                 outputs={"offset": "op10/cushion_offset"},
                 settings={"target": 0.0, "sigma": 2.2, "gain": 1.0, "weight": 0.5, "deadband": 0.0, "period": 20.0}),
        ),
        one_off=1_800_000, running=150_000, ramp=6, source="8.6: est.; scatter earned by the loop",
    ),
    Upgrade(
        key="vision", title="Vision at the end of the line", paradigm=Paradigm.INTELLIGENT, function=Function.QUALITY,
        mechanism="Cameras find more bad panels than people (escape 20 % becomes 10, 5 or 2 %) and tell of an event "
        "sooner; one inspector less, then two.",
        changes=(
            Change("detection", 0.90 / 0.80, 0.95 / 0.80, 0.98 / 0.80),
            Change("detection_delay", 0.70, 0.50, 0.20),
            Change("staff", 10 / 11, 9 / 11, 9 / 11),
        ),
        one_off=2_200_000, running=180_000, ramp=6, source="8.6: V81; delay 0.8 FDC: est.",
    ),
    Upgrade(
        key="micro_stops", title="Micro-stop analytics", paradigm=Paradigm.NETWORKED, function=Function.PROCESS,
        mechanism="Scrap chutes, double blanks and lost vacuum are traced to their causes, and stop the line less.",
        changes=(Change("micro_stops", 0.85, 0.65, 0.50),),
        one_off=400_000, running=60_000, ramp=5, source="8.6: est.",
    ),
    Upgrade(
        key="standby", title="Standby of presses", paradigm=Paradigm.INTELLIGENT, function=Function.ENERGY,
        mechanism="A press that waits longer than it pays to idle goes to standby, and wakes in time.",
        loops=tuple(
            Loop(kind="energy_saver", inputs={"state": f"{unit}/state"}, outputs={"standby": f"{unit}/standby"},
                 settings={"idle_power": idle, "standby_power": standby, "start_energy": start, "start_time": 10.0})
            for unit, idle, standby, start in (("op10", 38.0, 6.8, 0.5), ("op20", 20.4, 4.1, 0.3),
                                               ("op30", 20.4, 4.1, 0.3), ("op40", 20.4, 4.1, 0.3))
        ),
        one_off=350_000, running=20_000, ramp=3, source="8.6: V68, V69b; the effect is earned by the loop",
    ),
    Upgrade(
        key="base_load", title="Energy management of air, light and ventilation", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="Compressed-air leaks are found, light and ventilation follow the shifts: the base load falls.",
        changes=(Change("base_load", 0.96, 0.92, 0.85),),
        one_off=400_000, running=40_000, ramp=6, source="0.8 EMS: V79",
    ),
    Upgrade(
        key="feeder_twin", title="Feeder and press curves from a twin", paradigm=Paradigm.INTELLIGENT,
        function=Function.PROCESS,
        mechanism="Feeder and press curves are optimised together for each die: fewer dies run slower than they could.",
        changes=(Change("speed_loss", 0.85, 0.70, 0.55),),
        one_off=900_000, running=80_000, ramp=6, source="8.6: est.",
    ),
    Upgrade(
        key="digital_thread", title="Digital thread from part to die", paradigm=Paradigm.NETWORKED,
        function=Function.DEVELOPMENT,
        mechanism="One model from part to die: design, casting and machining need no second entry, and what a try-out "
        "has shown is back the same day.",
        introduction=(Change("fixed", 0.85, 0.75, 0.70), Change("analyse", 0.95, 0.85, 0.75)),
        one_off=900_000, running=150_000, ramp=9, source="0.7: fixed x 0.70-0.75, trial x 0.85-0.90; low est.",
    ),
    Upgrade(
        key="virtual_tryout", title="Virtual try-out", paradigm=Paradigm.INTELLIGENT, function=Function.DEVELOPMENT,
        mechanism="Springback is compensated in a twin before steel is cut: failing dies are found before they are "
        "tried, and a loop takes 2.1 weeks instead of 2.5.",
        introduction=(Change("blindness", 0.862, 0.754, 0.602), Change("build", 0.95, 0.85, 0.75)),
        one_off=1_200_000, running=200_000, ramp=9, source="8.6, 0.7 VC; blindness from its trials",
    ),
)  # fmt: skip

INTRODUCTION = Introduction(
    subject="panel with a new die", fixed=30.0, trials=8.0, build=1.5, run=0.5, analyse=0.5, recipe="sigma",
    spread=0.35,
    source="8.5: 50 weeks = 30 fixed + 8 try-out loops x 2.5 weeks; split of a loop and spread est.",
)  # fmt: skip
