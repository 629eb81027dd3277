"""Questions about upgrades: which there are, how far each is in effect, what their loops do."""

from typing import Any

from edge.api.problem import Problem
from edge.api.query import Query
from edge.api.time_range import TimeRange, rfc3339
from edge.loops import Loops, loop_status, scope
from edge.store import Event
from twin.model.declaration import Declaration, UpgradeDeclaration
from twin.model.loop import Loop

_MOST = 500  # actions in one answer
KINDS = ("action", "proposal", "effect", "system")


class UpgradeQuery:
    """What can be asked about a plant's upgrades. Methods block on the store: call them from a thread."""

    def __init__(self, query: Query, loops: Loops) -> None:
        self.query = query
        self.loops = loops

    def upgrade(self, declaration: Declaration, key: str) -> UpgradeDeclaration:
        """Return a declared upgrade; raises Problem that names those that there are."""
        for upgrade in declaration.upgrades:
            if upgrade.key == key:
                return upgrade
        known = ", ".join(upgrade.key for upgrade in declaration.upgrades) or "none"
        raise Problem(404, f"plant {declaration.plant} has no upgrade {key!r}; it has: {known}")

    def path(self, declaration: Declaration, upgrade: UpgradeDeclaration) -> str:
        """Return the path of the tag that switches it."""
        return f"{declaration.units[0].path}/{upgrade.tag}"

    def upgrades(self, declaration: Declaration) -> list[dict[str, Any]]:
        """Return every upgrade with its state and its loops."""
        paths = [self.path(declaration, upgrade) for upgrade in declaration.upgrades]
        newest = self.query.store.last([*paths, *(f"{path}_effect" for path in paths)])

        def value(path: str) -> float | None:
            return float(newest[path].value) if path in newest else None

        return [
            {
                "key": upgrade.key, "title": upgrade.title, "paradigm": upgrade.paradigm,
                "function": upgrade.function, "mechanism": upgrade.mechanism,
                "changes": [
                    {"parameter": change.parameter, "low": change.low, "mid": change.mid, "high": change.high,
                     "baseline": declaration.configuration.get(change.parameter)}
                    for change in upgrade.changes
                ],
                "loops": self._loops(declaration, upgrade), "one_off": upgrade.one_off, "running": upgrade.running,
                "ramp_months": upgrade.ramp, "source": upgrade.source, "live": upgrade.live, "wanted": value(path),
                "effect": value(f"{path}_effect"), "mode": self.loops.modes[declaration.plant, upgrade.key],
            }
            for upgrade, path in zip(declaration.upgrades, paths, strict=True)
        ]  # fmt: skip

    def actions(self, declaration: Declaration, key: str, span: TimeRange) -> list[dict[str, Any]]:
        """Return what loops did, proposed and effected in a range, newest first; of all upgrades without a `key`."""
        events = self.query.store.events(scope(declaration.plant, key), span.start_ms, span.end_ms, _MOST)
        return [_action(event) for event in events if event.kind in KINDS]

    def _loops(self, declaration: Declaration, upgrade: UpgradeDeclaration) -> list[dict[str, Any]]:
        running = list(self.loops.loops_of(declaration, upgrade.key))
        found = []
        for place, loop in enumerate(upgrade.loops):
            status = loop_status(running[place]) if place < len(running) else _IDLE
            found.append(_declared(loop) | {name: status[name] for name in _IDLE})
        return found


_IDLE: dict[str, Any] = {
    "status": "", "value": None, "baseline": None, "objective": None, "fallbacks": 0, "proposals": []
}  # fmt: skip


def _declared(loop: Loop) -> dict[str, Any]:
    return {"kind": loop.kind, "inputs": list(loop.inputs.values()), "outputs": list(loop.outputs.values())}


def _action(event: Event) -> dict[str, Any]:
    return {
        "time": rfc3339(event.time_ms), "key": event.scope.rpartition("/")[2], "kind": event.kind,
        "severity": event.severity, "tag": event.tag, "value": event.value, "text": event.text,
    }  # fmt: skip
