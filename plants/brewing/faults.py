"""What a trainer can break: each fault changes a parameter of the physics, and says what is seen of it."""

from typing import TYPE_CHECKING

from plants.brewing.cellar import SHOWN
from plants.brewing.recipe import HOUR
from twin.model.fault import Effect, Fault
from twin.model.state import State

if TYPE_CHECKING:
    from plants.brewing.line import Brewery

GERMS = 10.0  # times the usual bacteria in the air behind a torn filter, est.
OVERDOSED = 4.0  # % of salt
BLINDED = 8.0  # times the resistance of a clean cloth
STUCK_VALVE = 0.85  # of the usual opening
DRIFT = 8.0  # mL
WARM = SHOWN[1]  # place of a fermenter in active fermentation at the start


def offer(line: "Brewery") -> None:
    """Give the units of `line` their faults."""
    _koji(line)
    _moromi(line)
    _sauce(line)


def _koji(line: "Brewery") -> None:
    beds, discs = line.beds, line.koji.discs

    def chill(share: float) -> None:
        beds.chill = share

    def germs(count: float) -> None:
        beds.germs = count

    line.air.unit.can_suffer(
        Fault(
            "koji_cooling", "Chilled water of the koji rooms fails",
            mechanism="The circulated air is no longer cooled; beds heat themselves by up to 4 K/h past 38 °C.",
            strike=lambda: chill(0.0), mend=lambda: chill(1.0),
            effects=(
                Effect(subject="koji_air/hottest_bed", change=5.0, begin=4 * HOUR, end=24 * HOUR),
                Effect(subject="quality_ratio", change=-0.15, begin=0, end=24 * HOUR),
            ),
        ),
        Fault(
            "air_filter", "Koji contaminated by a torn air filter",
            mechanism="Bacteria come in with the air and multiply in the beds until the koji is off grade.",
            strike=lambda: germs(GERMS), mend=lambda: germs(1.0),
            effects=(
                Effect(subject="koji_air/worst_contamination", change=1.5, begin=6 * HOUR, end=24 * HOUR),
                Effect(subject="quality_ratio", change=-0.15, begin=0, end=24 * HOUR),
            ),
        ),
    )  # fmt: skip
    line.koji.units[0].can_suffer(
        Fault(
            "disc_drive", "Drive of the disc broken",
            mechanism="The disc cannot be loaded, turned or emptied until its drive is repaired; the koji grows on.",
            strike=lambda: discs[0].hold("failure:broken_drive", State.ABORTED),
            mend=lambda: discs[0].restart("failure:broken_drive"),
            effects=(
                Effect(subject="availability", change=-0.10, begin=0, end=24 * HOUR),
                Effect(subject="line/capacity", change=-0.10, begin=0, end=24 * HOUR),
                Effect(subject="line/prod_processed_count", change=-20.0, begin=0, end=24 * HOUR),
            ),
        )
    )  # fmt: skip


def _moromi(line: "Brewery") -> None:
    moromi, cellar = line.moromi, line.cellar

    def jacket(share: float) -> None:
        moromi.jacket[WARM] = share

    def dosing(error: float) -> None:
        cellar.dosing = error

    tank = cellar.units[WARM]
    tank.can_suffer(
        Fault(
            "jacket_stuck", "Jacket valve of the fermenter stuck shut",
            mechanism="The warm moromi cools towards the cellar (time constant 30 h), and its enzymes slow down.",
            strike=lambda: jacket(0.0), mend=lambda: jacket(1.0),
            effects=(
                Effect(subject=f"{tank.name}/temperature", change=-2.5, begin=12 * HOUR, end=24 * HOUR),
                Effect(subject=f"{tank.name}/amino_nitrogen_rate", change=-0.0003, begin=12 * HOUR, end=24 * HOUR),
            ),
        )
    )  # fmt: skip
    cellar.unit.can_suffer(
        Fault(
            "brine_strong", "Brine dosed too strong",
            mechanism="The density meter reads low, the brine gets 4 % more salt; salt slows the release of nitrogen.",
            strike=lambda: dosing(OVERDOSED), mend=lambda: dosing(0.0),
            effects=(
                Effect(subject="cellar/brine_strength", change=3.5, begin=0.1 * HOUR, end=24 * HOUR),
                Effect(subject="cellar/fresh_nacl", change=1.0, begin=24 * HOUR, end=36 * HOUR),
            ),
        )
    )  # fmt: skip


def _sauce(line: "Brewery") -> None:
    press, refinery, filler = line.press, line.refinery, line.fillers[0]

    def blind(factor: float) -> None:
        press.blinding = factor

    def valve(position: float | None) -> None:
        refinery.valve_stuck = position

    def drift(error: float) -> None:
        filler.drift = error

    press.unit.can_suffer(
        Fault(
            "cloth_blinded", "Press cloths blinded",
            mechanism="Fines clog the cloths: their resistance rises, loads take longer and leave more in the cake.",
            strike=lambda: blind(BLINDED), mend=lambda: blind(1.0),
            effects=(
                Effect(subject="press/cloth_resistance", change=400.0, begin=0, end=24 * HOUR),
                Effect(subject="press/cake_nitrogen_loss", change=10.0, begin=12 * HOUR, end=24 * HOUR),
            ),
        )
    )  # fmt: skip
    refinery.unit.can_suffer(
        Fault(
            "steam_valve", "Steam valve of the pasteuriser stuck",
            mechanism="Steam does not follow the controller; sauce below 80 °C is sent back and pasteurised again.",
            strike=lambda: valve(STUCK_VALVE), mend=lambda: valve(None),
            effects=(
                Effect(subject="pasteuriser/temperature", change=-5.0, begin=600, end=8 * HOUR),
                Effect(subject="quality_ratio", change=-0.2, begin=0, end=8 * HOUR),
            ),
        )
    )  # fmt: skip
    filler.unit.can_suffer(
        Fault(
            "weigher_drift", "Weigher of the filler drifts",
            mechanism="The check weigher reads low, the dosing follows it: bottles are overfilled beyond +12 mL.",
            strike=lambda: drift(DRIFT), mend=lambda: drift(0.0),
            effects=(
                Effect(subject="filler_1/net_content", change=5.0, begin=0, end=24 * HOUR),
                Effect(subject="filler_1/rework_count", change=0.5, begin=0, end=24 * HOUR),
            ),
        )
    )  # fmt: skip
