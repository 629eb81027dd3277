"""The parameters that can be changed while the brewery runs, and what each of them turns."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from plants.brewing import laws
from plants.brewing.costs import people_present
from plants.brewing.recipe import DAY, HOUR, MINUTE
from twin.model.outage import tune

if TYPE_CHECKING:
    from plants.brewing.line import Brewery

Dial = Callable[[float], None]


def mend(line: "Brewery", factor: float) -> None:
    """Let repairs that begin from now on take `factor` times as long as the data sheet says."""
    for equipment in (line.preparation.equipment, *line.koji.discs, *line.cellar.tanks, *line.press.presses):
        tune(equipment.clocks, "failure", lasting=factor)
    for machines in (line.refinery.machines, *(filler.machine for filler in line.fillers)):
        tune(machines.clocks, "failure", lasting=factor)


def dials(line: "Brewery") -> dict[str, Dial]:
    """Return the dials of `line` by parameter."""
    return _koji(line) | _sauce(line) | _whole(line)


def _koji(line: "Brewery") -> dict[str, Dial]:
    plant, verdict = line.plant, line.verdict
    made = {"nitrogen_utilisation": plant.nitrogen_utilisation, "moromi_time": plant.moromi_time}

    def lay_down() -> None:
        verdict.per_raw = laws.sauce_per_raw(made["nitrogen_utilisation"], made["moromi_time"])

    def ripen(days: float) -> None:
        # what ripens already follows the recipe that it began with
        made["moromi_time"] = days
        line.change_times(age=(days - 90.0) * DAY, longest_age=(days - 75.0) * DAY)
        lay_down()

    def use(utilisation: float) -> None:
        made["nitrogen_utilisation"] = line.moromi.utilisation = utilisation
        lay_down()

    def release(hours: float) -> None:
        line.koji.waiting = hours / plant.release_wait

    def detect(minutes: float) -> None:
        line.preparation.upsets.lasting = minutes / plant.detection_delay

    return {
        "fan_speed": line.koji.blow,
        "moromi_time": ripen,
        "nitrogen_utilisation": use,
        "release_wait": release,
        "detection_delay": detect,
        "cip": lambda hours: line.change_times(cip=hours * HOUR),
        "recipe_change": lambda minutes: line.change_times(recipe_change=minutes * MINUTE),
    }


def _sauce(line: "Brewery") -> dict[str, Dial]:
    plant, blending = line.plant, line.blending

    def wash(minutes: float) -> None:
        line.press.wash = minutes * MINUTE

    def spread(grams: float) -> None:
        blending.spread = grams

    def laboratory(percent: float) -> None:
        blending.laboratory_sigma = percent / 100.0

    def each_filler(reason: str, **factors: float) -> None:
        for filler in line.fillers:
            tune(filler.machine.clocks, reason, **factors)

    def cap(percent: float) -> None:
        for filler in line.fillers:
            filler.capping = percent / 100.0

    def clean(minutes: float) -> None:
        tune(line.refinery.machines.clocks, "changeover:cip", lasting=minutes / plant.pasteuriser_cip)

    return {
        "cloth_wash": wash,
        "pasteuriser_cip": clean,
        "blend_spread": spread,
        "laboratory_sigma": laboratory,
        "filler_failures": lambda rate: each_filler("failure", pace=rate / plant.filler_failures),
        "format_change": lambda minutes: each_filler("changeover", lasting=minutes / plant.format_change),
        "capping": cap,
    }


def _whole(line: "Brewery") -> dict[str, Dial]:
    plant, line_unit = line.plant, line.brewery_unit

    def heat(factor: float) -> None:
        line.preparation.take_steam(factor)
        line.refinery.steam = factor
        _scale(line, "steam", factor, plant.steam_demand)

    return {
        "repair": lambda factor: mend(line, factor),
        "steam_demand": heat,
        "base_load": lambda power: _scale(line, "electricity", power, plant.base_load),
        "staff": lambda people: line_unit.set_staff(people_present(people)),
    }


def _scale(line: "Brewery", carrier: str, value: float, built: float) -> None:
    """Scale the line's own power to `value`, which was `built` at the start; from nothing it stays nothing."""
    for label in ("execute", "idle", "standby"):
        line.line_unit.scale_power(label, value / built if built else 1.0, carrier)
