"""What a plant says of its upgrades, tried: parameters, ranges, loops and their tags."""

from collections.abc import Callable

from twin.control.catalogue import build
from twin.model.plant import ParameterError, Plant
from twin.model.simulation import Simulation
from twin.model.upgrade import LEVELS

Say = Callable[[str, str, str], None]


def check_upgrades(plant: Plant, simulation: Simulation, say: Say) -> None:
    """Tell with `say` (field, problem, remedy) what does not fit of the upgrades of `plant`."""
    keys = [upgrade.key for upgrade in plant.upgrades()]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        say("upgrades()", f"two upgrades are called {key!r}", "rename one")
    for key in dict.fromkeys(keys):
        for name, strength in LEVELS.items():
            try:
                plant.in_force({key: strength})
                plant.introduction_in_force({key: strength})
            except ParameterError as error:
                say(f"upgrade {key} at {name}", str(error), "change a parameter it has, within its range")
                break
    try:
        plant.in_force(dict.fromkeys(keys, max(LEVELS.values())))
    except ParameterError as error:
        say("upgrades() all at high", str(error), "widen the parameter's range, or weaken one of them")
    _check_loops(plant, simulation, say)


def _check_loops(plant: Plant, simulation: Simulation, say: Say) -> None:
    prefix = len(simulation.line_path) + 1
    tags = {
        f"{unit.path}/{tag.name}"[prefix:]: tag for unit in simulation.declaration.units for tag in unit.tags
    }
    for upgrade in plant.upgrades():
        for loop in upgrade.loops:
            field = f"upgrade {upgrade.key}, loop {loop.kind}"
            try:
                build(loop, key=upgrade.key, line_path=simulation.line_path)
            except ValueError as error:
                say(field, str(error), "correct the loop")
            for tag in (*loop.inputs.values(), *loop.outputs.values()):
                if tag not in tags:
                    say(field, f"the line has no tag {tag}", "name unit and tag as they are declared")
            for tag in loop.outputs.values():
                if tag in tags and not tags[tag].writable:
                    say(field, f"{tag} cannot be written", "give it a `write`, with low and high")
