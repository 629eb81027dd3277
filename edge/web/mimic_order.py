"""In which order the units of a mimic follow each other: layers along the flows, and what stands beside them."""

from collections.abc import Collection
from dataclasses import dataclass

from twin.model.declaration import Declaration


@dataclass(frozen=True, slots=True)
class Order:
    """The layers of a line, each behind all that feed it.

    `hanging` are units of a layer that the line does not run through: they stand below it. No flow touches `rest`.
    """

    layers: list[list[str]]
    hanging: frozenset[str]
    rest: list[str]

    @property
    def depth(self) -> dict[str, int]:
        """The place of each unit's layer."""
        return {name: place for place, layer in enumerate(self.layers) for name in layer}


def order(declaration: Declaration) -> Order:
    """Sort the units into layers along the flows; loops are cut where the fewest flows have to run back.

    Two rules keep what belongs together in one layer: a unit that gives back to those that feed it (rework) stands
    with the first of them, and two units that feed each other and have all other neighbours in common stand together.
    """
    names = [unit.name for unit in declaration.units if unit.role != "line"]
    pairs = {
        (flow.source, flow.target): flow.label
        for flow in declaration.flows
        if flow.source in names and flow.target in names and flow.source != flow.target
    }
    into = {name: {source for source, target in pairs if target == name} for name in names}
    onward = {name: {target for source, target in pairs if source == name} for name in names}
    home, sides = _homes(names, pairs, into, onward)
    edges = {(home[source], home[target]) for source, target in pairs if home[source] != home[target]}
    heads = [name for name in names if home[name] == name and (into[name] or onward[name])]
    place = {name: at for at, name in enumerate(_sequence(heads, edges))}
    forward = [(source, target) for source, target in edges if place[source] < place[target]]
    depth = dict.fromkeys(heads, 0)
    for _ in heads:
        for source, target in forward:
            depth[target] = max(depth[target], depth[source] + 1)
    # What only feeds stands right before the first that it feeds.
    served = {name: {depth[target] for source, target in forward if source == name} for name in heads}
    feeders = {name for name in heads if not into[name]}
    for name in feeders:
        depth[name] = max(depth[name], min(served[name], default=1) - 1)
    found: dict[int, list[str]] = {}
    for name in names:
        if home[name] in depth:
            found.setdefault(depth[home[name]], []).append(name)
    layers, hanging = [], set(sides)
    for at in sorted(found):
        through = [
            name
            for name in found[at]
            if name not in sides and not (name in feeders and (at > 0 or len(served[name]) > 1))
        ]
        through = through or [name for name in found[at] if name not in sides]
        # Where the line runs through several, what feeds them may stand among them.
        if len(through) == 1 or any(name in sides for name in found[at]):
            hanging.update(name for name in found[at] if name not in through)
        layers.append(through + [name for name in found[at] if name not in through])
    return Order(layers, frozenset(hanging), [name for name in names if not into[name] | onward[name]])


def _homes(
    names: list[str],
    pairs: dict[tuple[str, str], str],
    into: dict[str, set[str]],
    onward: dict[str, set[str]],
) -> tuple[dict[str, str], set[str]]:
    """Return with which unit each shares its layer (itself for most), and which of them stand beside the line."""
    home = {name: name for name in names}
    sides: set[str] = set()
    for name in names:
        partners = [other for other in names if other in into[name] | onward[name] and home[other] == other]
        labels = {label for pair, label in pairs.items() if name in pair}
        if into[name] and partners and (into[name] == onward[name] or labels == {"rework"}):
            home[name] = partners[0]
            sides.add(name)
    for one, other in sorted(pairs, key=lambda pair: (names.index(pair[0]), names.index(pair[1]))):
        before, after = into[one] - {other}, onward[one] - {other}
        alike = before == into[other] - {one} and after == onward[other] - {one}
        if before and after and alike and home[one] == one and home[other] == other:
            home[other] = one
    return home, sides


def _sequence(names: list[str], edges: Collection[tuple[str, str]]) -> list[str]:
    """Return the names so that few edges point backwards.

    The heuristic of Eades, Lin and Smyth (1993): ends last, beginnings first, then what gives more than it takes.
    """
    left = list(names)
    first: list[str] = []
    last: list[str] = []

    def balance(name: str) -> tuple[int, int]:
        gives = sum(source == name and target in left for source, target in edges)
        takes = sum(target == name and source in left for source, target in edges)
        return gives, takes

    while left:
        balances = {name: balance(name) for name in left}
        end = next((name for name in reversed(left) if not balances[name][0]), None)
        start = next((name for name in left if not balances[name][1]), None)
        if end is not None:
            last.insert(0, end)
            left.remove(end)
            continue
        chosen = start or max(left, key=lambda name: balances[name][0] - balances[name][1])
        first.append(chosen)
        left.remove(chosen)
    return first + last
