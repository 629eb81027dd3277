"""A running toy plant behind its OPC UA server, in this process: a test sees both sides of the socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from asyncua import ua

from tests.wire.running import PASSWORD, eventually
from tests.wire.toy import Toy
from twin.model.tag import Kind
from twin.wire import PlantProcess
from twin.wire.opcua_server import OpcUaServer

_OURS = 2  # the plant's namespace


@dataclass
class ServedPlant:
    """The plant, its server, and what of both must not change without authority."""

    process: PlantProcess
    server: OpcUaServer
    address: str
    certificates: Path

    @property
    def core(self) -> Any:
        assert self.server._server is not None
        return self.server._server.iserver

    def variables(self) -> list[ua.NodeId]:
        return [
            key for key, node in self.core.aspace._nodes.items() if _node_class(node) is ua.NodeClass.Variable
        ]

    def methods(self) -> list[ua.NodeId]:
        return [
            key for key, node in self.core.aspace._nodes.items() if _node_class(node) is ua.NodeClass.Method
        ]

    def value(self, node: ua.NodeId) -> Any:
        found = self.core.aspace.read_attribute_value(node, ua.AttributeIds.Value)
        return found.Value.Value if found.Value is not None else None

    def state(self, moving: frozenset[ua.NodeId] = frozenset()) -> dict[str, Any]:
        """Return address space (the standard's: values alone, none of `moving`), commands, journal, subscriptions."""
        nodes = self.core.aspace._nodes
        subscriptions = self.core.subscription_service.subscriptions
        return {
            "nodes": frozenset(nodes),
            "references": sum(len(node.references) for node in nodes.values()),
            "attributes": {
                (key, attribute): found.value
                for key, node in nodes.items()
                for attribute, found in node.attributes.items()
                if (attribute == ua.AttributeIds.Value and key not in moving)
                or (attribute != ua.AttributeIds.Value and key.NamespaceIndex == _OURS)
            },
            "commands": self.process.journal.commands(),
            "oldest entry": self.process.journal.read(1, 1).entries[0][0],
            "applications": frozenset(self.core._known_servers),
            "subscriptions": {
                number: (
                    str(one.session_id),
                    one._publishing_enabled,
                    len(one.monitored_item_srv._monitored_items),
                )
                for number, one in subscriptions.items()
            },
        }

    async def moving(self) -> frozenset[ua.NodeId]:
        """Return the variables that may change by themselves; what a command sets is not among them."""
        first, head = self.state()["attributes"], self.process.status.head
        await eventually(lambda: _later(self.process, head + 2))
        second = self.state()["attributes"]
        seen = {node for (node, attribute), value in second.items() if first.get((node, attribute)) != value}
        alive = {
            ua.NodeId(f"{unit.path}/{tag.name}", _OURS)
            for unit in self.process.declaration.units
            for tag in unit.tags
            if tag.kind is not Kind.SETPOINT
            and not tag.name.startswith("fault_")
            and tag.name != "pending_commands"
        }
        shown = {
            node for node in self.variables() if ".CurrentState" in str(node.Identifier)
        }  # of the machines
        return frozenset(seen | alive | shown)


async def _later(process: PlantProcess, head: int) -> bool:
    return process.status.head > head


def _node_class(node: Any) -> Any:
    return node.attributes[ua.AttributeIds.NodeClass].value.Value.Value


@asynccontextmanager
async def served_plant(folder: Path) -> AsyncIterator[ServedPlant]:
    """Run the toy plant and serve it on a free port of loopback."""
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / "edge").write_text(PASSWORD)
    (secrets / "edge").chmod(0o600)
    process = await asyncio.to_thread(
        lambda: PlantProcess(Toy(), data=folder / "data", seed=1, since=timedelta(minutes=2))
    )
    server = OpcUaServer(process, "127.0.0.1", 0, data=folder / "data", secrets=secrets)
    stop = asyncio.Event()
    try:
        address = await server.start()
        running = asyncio.create_task(process.run(server, stop))
        try:
            plant = ServedPlant(process, server, address, secrets / "certificates")
            await eventually(lambda: _live(process))
            yield plant
        finally:
            stop.set()
            await running
            await server.stop()
    finally:
        process.close()


async def _live(process: PlantProcess) -> bool:
    return process.status.phase == "live"
