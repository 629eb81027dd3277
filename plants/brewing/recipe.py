"""The recipe "Brew lot": unit procedures, operations and phases of section 5.2 of the data sheet."""

from collections.abc import Callable
from dataclasses import dataclass

from twin.model.batch import Batch, Operation, Phase, Recipe, Recurrence, UnitProcedure
from twin.model.state import Reason, State

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
SETTLING = 6 * DAY  # 5.2: 5-7 d

Condition = Callable[[Batch], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """When the phases end that have no fixed time."""

    mixed: Condition  # the charge has gone through the mixer
    loaded: Condition  # the disc has its charge
    enzyme: Condition  # the koji has its protease
    brine_ready: Condition  # a fermenter has room
    filled: Condition  # the fermenter has its koji
    mature: Condition  # amino nitrogen is what it should be
    harvested: Condition  # the fermenter is empty
    pressed: Condition  # the filtrate is out
    blended_out: Condition  # the blend tank is empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Times of the recipe that plant parameters set, in s."""

    recipe_change: float
    preheating: float
    cip: float
    cold: float
    ramp: float
    active: float
    age: float
    longest_age: float
    wash: float
    laboratory: float


def _sequence(name: str, *phases: Phase) -> Operation:
    return Operation(name=name, phases=phases)


def brew_lot(ends: Conditions, times: Times) -> Recipe:
    """Return the recipe. Phases of UP1 overlap in the plant; each is named when its step begins."""

    def set_up(name: str, duration: float) -> Phase:
        return Phase(
            name=name, duration=duration, state=State.RESETTING, reason=f"{Reason.CHANGEOVER}:{name.lower()}"
        )

    preparation = UnitProcedure(
        name="RawPrep",
        operations=(
            _sequence("SET-UP", set_up("RECIPE", times.recipe_change)),
            _sequence(
                "COOK",
                Phase(name="SOAK", duration=0.4 * times.preheating),
                Phase(name="STEAM", duration=0.25 * times.preheating),
                Phase(name="COOL", duration=0.15 * times.preheating),
                Phase(name="ROAST", duration=0.15 * times.preheating),
                Phase(name="CRUSH", duration=0.05 * times.preheating),
            ),
            _sequence(
                "MIX", Phase(name="MIX", ends=ends.mixed), Phase(name="INOCULATE", duration=5 * MINUTE)
            ),
        ),
    )  # fmt: skip
    # 3 h of LOAD and 41 h after it are the 44 h of the sheet.
    koji = UnitProcedure(
        name="Koji",
        operations=(
            _sequence("LOAD", Phase(name="LOAD", duration=MINUTE, ends=ends.loaded)),
            _sequence(
                "GROW",
                Phase(name="GERMINATE", duration=8 * HOUR),
                Phase(name="GROW", duration=8 * HOUR),
                Phase(name="TURN-1", duration=1 * HOUR),
            ),
            _sequence(
                "ENZYME",
                Phase(name="ENZYME", duration=6 * HOUR),
                Phase(name="TURN-2", duration=1 * HOUR),
                Phase(name="ENZYME-2", duration=12 * HOUR, ends=ends.enzyme, longest=18 * HOUR),
            ),
            _sequence(
                "DISCHARGE",
                Phase(name="COOL", duration=2.5 * HOUR, ends=ends.brine_ready),
                Phase(name="DISCHARGE", duration=2.5 * HOUR),
            ),
            _sequence("CIP", set_up("CIP", times.cip)),
        ),
    )
    agitate = Phase(name="AGITATE", duration=20 * MINUTE)
    sample = Phase(name="SAMPLE")
    weekly = (Recurrence(phase=agitate, every=7 * DAY), Recurrence(phase=sample, every=7 * DAY))
    daily = (Recurrence(phase=agitate, every=DAY), Recurrence(phase=sample, every=7 * DAY))
    moromi = UnitProcedure(
        name="Moromi",
        operations=(
            _sequence("FILL", Phase(name="BRINE-MIX", duration=HOUR, ends=ends.filled)),
            Operation(
                name="FERMENT",
                phases=(
                    Phase(name="COLD-HOLD", duration=times.cold),
                    Phase(name="RAMP", duration=times.ramp),
                    Phase(name="YEAST-DOSE", duration=2 * HOUR),
                    Phase(name="ACTIVE", duration=times.active - 2 * HOUR),
                ),
                recurring=daily,
            ),
            Operation(
                name="AGE",
                phases=(Phase(name="AGE", duration=times.age, ends=ends.mature, longest=times.longest_age),),
                recurring=weekly,
            ),
            _sequence("HARVEST", Phase(name="HARVEST", ends=ends.harvested)),
            _sequence("WASH", set_up("WASH", times.wash)),
        ),
    )
    press = UnitProcedure(
        name="Press",
        operations=(
            _sequence(
                "PRESS",
                Phase(name="DRAIN", duration=0.75 * HOUR),
                Phase(name="PRESS-LO", duration=2 * HOUR),
                Phase(name="PRESS-HI", duration=MINUTE, ends=ends.pressed, longest=4 * HOUR),
                Phase(name="CAKE-DUMP", duration=0.75 * HOUR),
            ),
        ),
    )
    refine = UnitProcedure(
        name="Refine",
        operations=(
            _sequence(
                "REFINE",
                Phase(name="PASTEURISE"),
                Phase(name="SETTLE", duration=SETTLING),
                Phase(name="FILTER"),
            ),
        ),
    )
    blend = UnitProcedure(
        name="Blend-Fill",
        operations=(
            _sequence("BLEND", set_up("GRADE", 45 * MINUTE), Phase(name="BLEND", duration=3 * HOUR)),
            _sequence("TEST", Phase(name="TEST", duration=times.laboratory, state=State.HELD, reason=Reason.QUALITY)),
            _sequence("FILL", Phase(name="FILL", ends=ends.blended_out), Phase(name="PACK", duration=10 * MINUTE)),
        ),
    )  # fmt: skip
    return Recipe("brew_lot", (preparation, koji, moromi, press, refine, blend))
