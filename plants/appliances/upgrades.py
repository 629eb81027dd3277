"""What can be done to a refrigerator line: the measures of data sheet 10.6, and how a platform is introduced (10.5)."""

from twin.model.introduction import Introduction
from twin.model.loop import Loop
from twin.model.upgrade import Change, Function, Paradigm, Upgrade

_SHIFT_END = 20.0 * 3600.0  # s: the line runs through its breaks, and is closed once a day


def _corrected(
    measured: str, set_point: str, *, target: float, sigma: float, weight: float, period: float = 60.0
) -> Loop:
    """Bring what is measured back to `target` by its set point; `sigma` is what the sheet says it scatters by."""
    return Loop(
        kind="run_to_run", inputs={"measured": measured}, outputs={"offset": set_point},
        settings={"target": target, "sigma": sigma, "gain": 1.0, "weight": weight, "deadband": 0.5, "period": period},
    )  # fmt: skip


UPGRADES = (
    Upgrade(
        key="robots", title="Robots that load, screw and palletise", paradigm=Paradigm.NETWORKED,
        function=Function.LABOUR,
        mechanism="Robots take over loading, screwing and palletising: fewer people, manual cycles that scatter less, "
        "and fewer cabinets dented or scratched on the way.",
        changes=(
            Change("staff", 0.90, 0.80, 0.65),
            Change("manual_variation", 0.14 / 0.16, 0.12 / 0.16, 0.10 / 0.16),
            Change("handling", 0.90, 0.75, 0.50),
        ),
        one_off=18_000_000, running=1_200_000, ramp=9,
        source="10.6: V12, V11; CV 0.16 -> 0.10 at high, steps est.; handling 0.8 ROB; cost est.",
    ),
    Upgrade(
        key="agv_kits", title="Kits by AGV, checked part by part", paradigm=Paradigm.NETWORKED,
        function=Function.PLANNING,
        mechanism="AGVs are called before a kit is missed, and a scan of each part keeps wrong ones off the line: "
        "trips take less long, and fewer doors misfit.",
        changes=(Change("wrong_parts", 0.70, 0.40, 0.20), Change("kit_trip", 0.95, 0.90, 0.80)),
        one_off=4_000_000, running=400_000, ramp=6, source="10.6: est.; trips 0.8 MES: est.",
    ),
    Upgrade(
        key="balancing", title="Line balancing by a twin", paradigm=Paradigm.INTELLIGENT, function=Function.PROCESS,
        mechanism="Work is shared out anew for every mix of models, so that no segment has more of it than its takt.",
        changes=(Change("speed_loss", 0.85, 0.70, 0.55),),
        one_off=1_500_000, running=250_000, ramp=6, source="10.6: V12, V13",
    ),
    Upgrade(
        key="smed", title="Quick change of moulds, jigs and kits", paradigm=Paradigm.NETWORKED,
        function=Function.PLANNING,
        mechanism="Moulds and jigs are heated and set up outside the machine: every change takes less long.",
        changes=tuple(
            Change(name, 0.70, 0.55, 0.40) for name in ("mould_change", "shell_change", "jig_change", "kit_change")
        ),
        one_off=3_500_000, running=200_000, ramp=6, source="10.6: V66; cost est.",
    ),
    Upgrade(
        key="campaigns", title="Campaigns from a longer horizon", paradigm=Paradigm.INTELLIGENT,
        function=Function.PLANNING,
        mechanism="The planning system sees the next round of demand and makes a family's orders of it along where due "
        "dates allow: a tenth to three tenths fewer changes of family.",
        changes=(Change("horizon", 1 / 0.90, 1 / 0.80, 1 / 0.70),),
        one_off=1_200_000, running=200_000, ramp=4, source="10.6 APS: est.",
    ),
    Upgrade(
        key="vision", title="Vision and acoustic inspection", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Cameras miss fewer marks than people do (15 % becomes 7, 3 or 1 %) and reject fewer good cabinets.",
        changes=(
            Change("detection", 0.93 / 0.85, 0.97 / 0.85, 0.99 / 0.85),
            Change("false_rejects", 0.80, 0.60, 2.5 / 6.0),
        ),
        one_off=2_500_000, running=300_000, ramp=6, source="10.6: V12, V13; false rejects 6 -> 2.5 %, steps est.",
    ),
    Upgrade(
        key="reject_analytics", title="Analytics of leaks and rejects", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Leak rates, run tests and rejects are traced to the head, burner or valve that caused them: a "
        "special event is noticed after fewer cabinets.",
        changes=(Change("detection_delay", 0.70, 0.50, 0.20),),
        one_off=1_500_000, running=250_000, ramp=6, source="10.6 leak analytics: V12, V13; size 0.8 FDC: est.",
    ),
    Upgrade(
        key="foam_charge_control", title="Closed loops of foam and charge", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Mix ratio and charge are measured at every cabinet and brought back to their target by the set "
        "points of pumps and valve.",
        loops=(
            _corrected("foaming/mix_ratio", "foaming/ratio_offset", target=1.16, sigma=0.012, weight=0.3),
            _corrected("vacuum/charge_deviation", "vacuum/charge_offset", target=0.0, sigma=0.22, weight=0.2),
        ),
        one_off=1_800_000, running=200_000, ramp=6, source="10.6: est.; the effect is earned by the loops",
    ),
    Upgrade(
        key="heat_control", title="Closed loops of sheet and flame", paradigm=Paradigm.INTELLIGENT,
        function=Function.QUALITY,
        mechanism="Pyrometers see the sheet before forming and the joint while it is brazed; heaters and burners "
        "follow.",
        loops=(
            _corrected("liner/sheet_temperature", "liner/sheet_offset", target=162.5, sigma=3.5, weight=0.3),
            _corrected("brazing/braze_temperature", "brazing/flame_offset", target=710.0, sigma=14.0, weight=0.3),
        ),
        one_off=1_200_000, running=150_000, ramp=6, source="10.4 sigma base -> smart: est.; earned by the loops",
    ),
    Upgrade(
        key="pdm", title="Predictive maintenance of heads, formers and pumps", paradigm=Paradigm.INTELLIGENT,
        function=Function.MAINTENANCE,
        mechanism="The trend of the vacuum pumps' vibration asks for their service when the line closes. Breakdowns of "
        "heads and formers come by chance here and show nothing: their rate falls by monitoring as the sheet has it.",
        changes=(Change("breakdowns", 0.85, 0.70, 0.55),),
        loops=(
            Loop(kind="predictive_maintenance", inputs={"condition": "vacuum/pump_vibration"},
                 outputs={"service": "vacuum/service_pump"},
                 settings={"healthy": 1.8, "failed": 8.0, "noise": 0.03, "horizon": _SHIFT_END, "risk": 0.02}),
        ),
        one_off=2_500_000, running=350_000, ramp=6, source="10.6: V80; of the pumps earned by the loop",
    ),
    Upgrade(
        key="guided_repair", title="Guided repair and spares at hand", paradigm=Paradigm.NETWORKED,
        function=Function.MAINTENANCE,
        mechanism="Fault finding is guided and spares are known to be there: repairs take less long.",
        changes=(Change("repair", 0.90, 0.75, 0.65),),
        one_off=900_000, running=150_000, ramp=4, source="0.8 PDM-R: est.",
    ),
    Upgrade(
        key="ems", title="Energy management of hall, air and heat", paradigm=Paradigm.NETWORKED,
        function=Function.ENERGY,
        mechanism="Leaks of air are found, light, ventilation and heating follow the shifts: the base loads fall.",
        changes=(Change("base_load", 0.94, 0.88, 0.82), Change("base_heat", 0.94, 0.88, 0.82)),
        one_off=1_800_000, running=150_000, ramp=6, source="10.6: V12",
    ),
    Upgrade(
        key="standby", title="Standby of formers and foaming", paradigm=Paradigm.INTELLIGENT,
        function=Function.ENERGY,
        mechanism="A machine that waits longer than it pays to idle goes to standby, and wakes in time.",
        loops=tuple(
            Loop(kind="energy_saver", inputs={"state": f"{unit}/state"}, outputs={"standby": f"{unit}/standby"},
                 settings={"idle_power": idle, "standby_power": 0.3 * idle, "start_energy": start, "start_time": 20.0})
            for unit, idle, start in (("u_shell", 60.0, 0.5), ("liner", 230.0, 2.0), ("foaming", 210.0, 2.0))
        ),
        one_off=400_000, running=30_000, ramp=3, source="10.6 idle: V12; the effect is earned by the loops",
    ),
    Upgrade(
        key="digital_thread", title="Digital thread from design to line", paradigm=Paradigm.NETWORKED,
        function=Function.DEVELOPMENT,
        mechanism="One product structure from design to line: drawings, tools and recipes need no second entry, and "
        "what a build has shown is back the same day.",
        introduction=(Change("fixed", 0.85, 0.75, 0.70), Change("analyse", 0.95, 0.85, 0.75)),
        one_off=2_500_000, running=400_000, ramp=9, source="0.7: fixed x 0.70-0.75, trial x 0.85-0.90; low est.",
    ),
    Upgrade(
        key="virtual_build", title="Builds in the twin", paradigm=Paradigm.INTELLIGENT, function=Function.DEVELOPMENT,
        mechanism="Engineering and design builds are tried in a twin before moulds are cut: those that would fail are "
        "found there, and what is built needs less rework of its moulds.",
        introduction=(Change("blindness", 0.839, 0.632, 0.5), Change("build", 0.95, 0.85, 0.75)),
        one_off=2_000_000, running=300_000, ramp=9, source="10.6, 0.8 VC: V13; blindness from its trials",
    ),
)  # fmt: skip

INTRODUCTION = Introduction(
    subject="refrigerator on a new platform", fixed=30.0, trials=4.0, build=3.5, run=1.0, analyse=1.5, recipe="sigma",
    spread=0.35,
    source="10.5: 54 weeks = 30 fixed + 4 build loops x 6 weeks; split of a loop and spread est.",
)  # fmt: skip
