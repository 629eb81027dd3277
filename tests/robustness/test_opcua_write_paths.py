"""Every way to change a plant over OPC UA, tried by everybody; what counts is what happened, not what was answered.

The paths come from the address space: a variable or method that is added is tried from then on. With OPCUA_TABLE=file
the table of identities and paths is written as Markdown.
"""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asyncua import Client, ua

from tests.robustness.identities import Somebody, ask, strangers, the_edge
from tests.robustness.served_plant import ServedPlant, served_plant
from tests.wire.running import LINE, eventually

_LONG = 1000  # characters of a value that is not worth sending back
LEAST_ATTEMPTS = 3_000  # a matrix that tried less has tried nothing
_NEW = {
    ua.VariantType.Boolean: lambda old: not old,
    ua.VariantType.String: lambda old: (old or "") + "x",
    ua.VariantType.ByteString: lambda old: (old or b"") + b"x",
    ua.VariantType.DateTime: lambda old: datetime(2001, 1, 1, tzinfo=UTC),
    ua.VariantType.LocalizedText: lambda old: ua.LocalizedText("x"),
}


def _other(value: Any) -> ua.Variant:
    """Return a value of the same type that is different; a null where we know none."""
    if value is None or isinstance(value.Value, list) or len(str(value.Value)) > _LONG:
        return ua.Variant(None)
    kind = value.VariantType
    if kind in _NEW:
        return ua.Variant(_NEW[kind](value.Value), kind)
    if isinstance(value.Value, int | float):
        return ua.Variant(type(value.Value)(value.Value + 1), kind)
    return ua.Variant(None)


def _write(node: ua.NodeId, attribute: ua.AttributeIds, value: ua.Variant) -> ua.WriteValue:
    return ua.WriteValue(NodeId=node, AttributeId=attribute, Value=ua.DataValue(value))


def _writes(plant: ServedPlant) -> Iterator[ua.WriteRequest]:
    """One request for all variables, and one for each of ours alone."""
    every = plant.variables()
    values = [
        _write(node, ua.AttributeIds.Value, _other(plant.core.aspace.read_attribute_value(node, 13).Value))
        for node in every
    ]
    ours = [value for value in values if value.NodeId.NamespaceIndex > 1]
    for group in [values[start : start + 200] for start in range(0, len(values), 200)] + [
        [one] for one in ours
    ]:
        yield ua.WriteRequest(Parameters=ua.WriteParameters(NodesToWrite=group))


def _attribute_writes(plant: ServedPlant) -> Iterator[ua.WriteRequest]:
    levels, names = ua.Variant(0xFF, ua.VariantType.Byte), ua.Variant(ua.LocalizedText("evil"))
    wanted = {
        ua.AttributeIds.AccessLevel: levels,
        ua.AttributeIds.UserAccessLevel: levels,
        ua.AttributeIds.DisplayName: names,
    }
    for node in (one for one in plant.variables() if one.NamespaceIndex > 1):
        changes = [_write(node, attribute, value) for attribute, value in wanted.items()]
        yield ua.WriteRequest(Parameters=ua.WriteParameters(NodesToWrite=changes))


def _arguments(plant: ServedPlant, name: str) -> list[ua.Variant]:
    """Return arguments with which the plant's own methods would do something."""
    text = ua.VariantType.String
    evil = json.dumps({"id": f"evil-{time.time_ns()}", "path": f"{LINE}/mixer/target_cycle", "value": 33.0,
                       "expires_ms": int(time.time() * 1000) + 60_000})  # fmt: skip
    journal = ua.Variant(plant.process.journal_id, ua.VariantType.ByteString)
    known = {
        "declare": [ua.Variant(0, ua.VariantType.UInt64)],
        "fetch": [ua.Variant(1, ua.VariantType.Int64), ua.Variant(1000, ua.VariantType.Int64)],
        "acknowledge": [journal, ua.Variant(1, ua.VariantType.Int64)],
        "command": [ua.Variant(evil, text)],
        "inject_fault": [ua.Variant("loose_belt", text), ua.Variant("", text), ua.Variant(0.0), ua.Variant("", text)],
        "reset_fault": [ua.Variant("loose_belt", text)],
    }  # fmt: skip
    return known.get(name, [])


def _calls(plant: ServedPlant) -> Iterator[ua.CallRequest]:
    """Each of ours alone; those of the standard by tens."""
    asked = []
    for method in plant.methods():
        path = str(method.Identifier)
        owner = ua.NodeId(path.rpartition("/")[0], method.NamespaceIndex) if "/" in path else ua.NodeId(2253)
        asked.append(ua.CallMethodRequest(owner, method, _arguments(plant, path.rpartition("/")[2])))
    ours = [one for one in asked if one.MethodId.NamespaceIndex > 1]
    others = [one for one in asked if one.MethodId.NamespaceIndex <= 1]
    for group in [[one] for one in ours] + [
        others[start : start + 10] for start in range(0, len(others), 10)
    ]:
        yield ua.CallRequest(Parameters=ua.CallParameters(MethodsToCall=group))


def _node_changes(plant: ServedPlant) -> Iterator[Any]:
    target = ua.NodeId(f"{LINE}/mixer/target_cycle", 2)
    unit = ua.NodeId(f"{LINE}/mixer", 2)
    attributes = ua.ObjectAttributes()
    added = ua.AddNodesItem(
        ParentNodeId=unit, ReferenceTypeId=ua.NodeId(47), RequestedNewNodeId=ua.NodeId("evil", 2),
        BrowseName=ua.QualifiedName("evil", 2), NodeClass=ua.NodeClass.Object, TypeDefinition=ua.NodeId(58),
        NodeAttributes=attributes,
    )  # fmt: skip
    yield ua.AddNodesRequest(Parameters=ua.AddNodesParameters(NodesToAdd=[added]))
    yield ua.DeleteNodesRequest(Parameters=ua.DeleteNodesParameters([ua.DeleteNodesItem(target, True)]))
    reference = ua.AddReferencesItem(unit, ua.NodeId(35), True, "", ua.NodeId(2253), ua.NodeClass.Object)
    yield ua.AddReferencesRequest(Parameters=ua.AddReferencesParameters([reference]))
    gone = ua.DeleteReferencesItem(unit, ua.NodeId(47), True, target, True)
    yield ua.DeleteReferencesRequest(Parameters=ua.DeleteReferencesParameters([gone]))


def _history_changes(plant: ServedPlant) -> Iterator[Any]:
    details = ua.DeleteRawModifiedDetails(NodeId=ua.NodeId(f"{LINE}/mixer/temperature", 2))
    wrapped = ua.ExtensionObject(ua.NodeId(688), ua.ua_binary.struct_to_binary(details))
    yield ua.HistoryUpdateRequest(Parameters=ua.HistoryUpdateParameters([wrapped]))


def _registrations(plant: ServedPlant) -> Iterator[Any]:
    server = ua.RegisteredServer(
        ServerUri="urn:evil", ServerNames=[ua.LocalizedText("evil")], DiscoveryUrls=["opc.tcp://evil:1"]
    )
    yield ua.RegisterServerRequest(Server=server)
    yield ua.RegisterServer2Request(Parameters=ua.RegisterServer2Parameters(Server=server))


def _others_subscriptions(plant: ServedPlant) -> Iterator[Any]:
    """Everything that one may do to a subscription, with the numbers of somebody else's."""
    for number in list(plant.core.subscription_service.subscriptions):
        item = ua.MonitoredItemCreateRequest(ua.ReadValueId(ua.NodeId(2258), ua.AttributeIds.Value))
        yield ua.CreateMonitoredItemsRequest(
            Parameters=ua.CreateMonitoredItemsParameters(SubscriptionId=number, ItemsToCreate=[item])
        )
        yield ua.DeleteMonitoredItemsRequest(
            Parameters=ua.DeleteMonitoredItemsParameters(number, [1, 2, 3, 111, 112])
        )
        yield ua.SetPublishingModeRequest(Parameters=ua.SetPublishingModeParameters(False, [number]))
        yield ua.TransferSubscriptionsRequest(Parameters=ua.TransferSubscriptionsParameters([number], True))
        yield ua.DeleteSubscriptionsRequest(Parameters=ua.DeleteSubscriptionsParameters([number]))


PATHS = {
    "write a variable": _writes,
    "write an attribute": _attribute_writes,
    "call a method": _calls,
    "add, delete nodes and references": _node_changes,
    "update history": _history_changes,
    "register a server": _registrations,
    "touch another's subscription": _others_subscriptions,
}


class _Handler:
    def datachange_notification(self, *_: Any) -> None:
        """Take whatever comes."""


async def _try(plant: ServedPlant, who: Somebody, path: str) -> tuple[int, int]:
    """Return how many requests were sent and how many of them reached the server in a session or not."""
    sent = answered = 0
    async with who.client(plant.address) as client:
        now = ua.ReadRequest(Parameters=ua.ReadParameters(NodesToRead=[ua.ReadValueId(ua.NodeId(2258), 13)]))
        assert (await ask(client, now) == "Good") == who.reads, (
            f"{who.name} got further than expected, or less far"
        )
        for request in PATHS[path](plant):
            sent += 1
            answered += await ask(client, request) != "no connection"
    return sent, answered


async def _subscribe(plant: ServedPlant, client: Client) -> None:
    subscription = await client.create_subscription(1000, _Handler())
    await subscription.subscribe_data_change(client.get_node(ua.NodeId(f"{LINE}/frames/head", 2)))
    await eventually(lambda: _there(plant))


async def _there(plant: ServedPlant) -> bool:
    return bool(plant.core.subscription_service.subscriptions)


async def test_nobody_changes_anything_on_any_path(tmp_path: Path) -> None:
    """Values, attributes, nodes, the command log, the journal and subscriptions are as before, after each attempt."""
    async with served_plant(tmp_path) as plant:
        edge = the_edge(plant, tmp_path)
        async with edge.client(plant.address) as working:
            await _subscribe(plant, working)
            sessions = [one for one in plant.core._external_sessions.values() if one.user.name == "edge"]
            everybody = strangers(plant, tmp_path, lambda: sessions[0].auth_token)
            moving = await plant.moving()
            assert ua.NodeId(f"{LINE}/mixer/target_cycle", 2) not in moving
            rows, attempts = [], 0
            before = plant.state(moving)
            for who in everybody:
                cells = []
                for path in PATHS:
                    sent, answered = await _try(plant, who, path)
                    after = plant.state(moving)
                    changed = [name for name in before if before[name] != after[name]]
                    assert not changed, f"{who.name}, {path}: changed {changed}"
                    attempts += sent
                    assert answered in (0, sent), f"{who.name}, {path}: only {answered} of {sent} were tried"
                    cells.append(f"0 of {sent}" if answered else f"0 of {sent}, not let in")
                rows.append((who.name, *cells))
            assert attempts >= LEAST_ATTEMPTS
            assert await working.get_node(ua.NodeId(2258)).read_value(), "the edge is still there"
            rows.append((edge.name, *await _by_the_edge(plant, edge, moving)))
    _publish(rows)


async def _by_the_edge(plant: ServedPlant, edge: Somebody, moving: frozenset[ua.NodeId]) -> list[str]:
    """Let the edge do it all: its methods work, and nothing else does."""
    cells = []
    for path in PATHS:
        before = plant.state(moving)
        sent, answered = await _try(plant, edge, path)
        assert answered == sent
        after = plant.state(moving)
        changed = [name for name in before if before[name] != after[name]]
        if path == "call a method":
            assert {"commands", "oldest entry"} <= set(changed), "the paths are ways that work"
            cells.append(f"its {len(_arguments_known(plant))} methods of {sent}")
            await eventually(lambda: _commanded(plant))
        else:
            assert not changed, f"{path}: the edge changed {changed}"
            cells.append(f"0 of {sent}")
    return cells


def _arguments_known(plant: ServedPlant) -> list[ua.NodeId]:
    return [method for method in plant.methods() if method.NamespaceIndex == 2]


async def _commanded(plant: ServedPlant) -> bool:
    """Tell whether the command has come to be in the plant."""
    return bool(plant.value(ua.NodeId(f"{LINE}/mixer/target_cycle", 2)) == 33.0)


def _publish(rows: list[tuple[str, ...]]) -> None:
    heads = ("identity", *PATHS)
    lines = [" | ".join(heads), " | ".join("---" for _ in heads), *(" | ".join(row) for row in rows)]
    table = "\n".join(f"| {line} |" for line in lines)
    print(f"\n{table}")
    if place := os.environ.get("OPCUA_TABLE"):
        Path(place).write_text(f"Effects of attempts to change a plant over OPC UA\n\n{table}\n")
