"""The parameters that can be changed while the casting shop runs, and what each of them turns."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from plants.casting.foundry import Fettling, InductionFurnace, Pouring
from plants.casting.mould import Design, Printers, Unpacking
from twin.model.line_unit import LineUnit
from twin.model.metered_group import MeteredGroup
from twin.model.supply import Supply

if TYPE_CHECKING:
    from plants.casting import Casting

Dial = Callable[[float], None]


def _ratio(value: float, built: float) -> float:
    """Return `value` against that at the start; from nothing it stays nothing."""
    return value / built if built else 1.0


def mould_dials(
    plant: "Casting", sand: Supply, design: Design, printing: Printers, unpacking: Unpacking
) -> dict[str, Dial]:
    """Return the dials from the design to the unpacked core, by parameter."""

    def nest(hours: float) -> None:
        design.known_part = hours

    def pack(percent: float) -> None:
        design.jobs.packing = percent

    def bring(hours: float) -> None:
        sand.usual = _ratio(hours, plant.sand_trip)

    def handle(percent: float) -> None:
        unpacking.rough = percent / 100.0

    return {
        "packing": pack,
        "nesting_time": nest,
        "sand_trip": bring,
        "misprints": lambda percent: printing.misprints.tune(rate=_ratio(percent, plant.misprints)),
        "purges": lambda rate: printing.tune(pace=rate / plant.purges, modes=("purge",)),
        "rough": handle,
    }


def metal_dials(
    plant: "Casting", furnaces: Sequence[InductionFurnace], pouring: Pouring, fettling: Fettling
) -> dict[str, Dial]:
    """Return the dials from the furnace to the fettled casting, by parameter."""

    def melt(energy: float) -> None:
        for furnace in furnaces:
            furnace.use(energy)

    def hold(power: float) -> None:
        for furnace in furnaces:
            furnace.scale_power("idle", _ratio(power, plant.holding))

    def fettle(hours: float) -> None:
        fettling.tempo = hours / plant.fettling_time

    return {
        "melt_energy": melt,
        "holding": hold,
        "slag": lambda percent: pouring.slag.tune(rate=_ratio(percent, plant.slag)),
        "fettling_time": fettle,
    }


def shop_dials(
    plant: "Casting",
    line_unit: LineUnit,
    groups: Sequence[MeteredGroup],
    furnaces: Sequence[InductionFurnace],
) -> dict[str, Dial]:
    """Return the dials of the whole shop, by parameter."""

    def mend(factor: float) -> None:
        for group in groups:
            group.tune(lasting=factor / plant.repair, modes=lambda mode: mode.name == "breakdown")
        for furnace in furnaces:
            furnace.mending = factor / plant.repair

    def condition(power: float) -> None:
        for label in ("execute", "idle", "standby", "off"):
            line_unit.scale_power(label, _ratio(power, plant.hall))

    return {"repair": mend, "hall": condition, "staff": line_unit.set_staff}
