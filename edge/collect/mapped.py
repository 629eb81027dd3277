"""Collection from somebody else's OPC UA server: its plain variables become frames by a mapping file."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from asyncua import ua
from asyncua.client.client import Client
from asyncua.common.node import Node
from asyncua.ua.object_ids import ObjectIds

from edge.collect import Inbox, LinkRefused, LinkStatus
from edge.collect.framing import SETTLE_MS, Framer
from edge.collect.mapping import CONNECTED, HEARTBEAT, LINE, Mapping, TagMap, split_node
from edge.collect.opcua import explain
from edge.collect.opcua_client import connected, soon
from edge.collect.supervision import supervise
from twin.model.command import Command
from twin.model.declaration import Declaration
from twin.model.state import State
from twin.model.tag import Kind, Value
from twin.packing import pack
from twin.trust import SERVERS, TrustList

_ROUND = 1.0  # s between two questions whether the server is there, and between two parcels of frames
_HEARTBEAT_MS = 5_000
_QUEUE = 1_000  # values of one variable that the server keeps for us
_WAITING = 600  # parcels that wait for an outbox that is full; the oldest go first and are counted
_FAR = 5_000  # ms that a server's clock may be ahead of ours
_LOST = "connection_lost"  # no published category: its time is unknown

_log = structlog.get_logger(__name__)


class MappedLink:
    """A plant behind somebody else's server; `mapping` tells which variable is which tag.

    The edge numbers the frames: a start of the link is an epoch, its journal is the outbox. While the server does not
    answer, the states of its units are unknown, and the tag `source_connected` of the line is 0. `data` and `trust` are
    those of OpcUaLink.
    """

    def __init__(
        self, mapping: Mapping, inbox: Inbox, *, password: str = "", data: Path, trust: Path
    ) -> None:
        self.status = LinkStatus(mapping.address, plant=mapping.plant)
        self._mapping = mapping
        self._inbox = inbox
        self._password = password
        self._data = data
        self._trust = TrustList(trust, SERVERS)
        self._journal = secrets.token_bytes(16)
        self._position = 0
        self._waiting: deque[tuple[int, bytes]] = deque()
        now = _now_ms()
        self._declaration = mapping.declare(now, now)
        self._framer = Framer(self._declaration)
        self._tags = _tag_places(self._declaration)
        self._counters: dict[tuple[int, int], _Counter] = {}
        self._beat = 0

    async def ledger(self) -> dict[str, Any]:
        """Raise ConnectionError: somebody else's server keeps no ledger of ours."""
        raise ConnectionError(
            f"plant {self.status.plant} is collected through a mapping file: it keeps no ledger"
        )

    async def write(self, command: Command) -> str:
        """Refuse: a mapping only reads."""
        return (
            f"{command.path}: plant {self.status.plant} is collected through a mapping file, which only reads"
        )

    # -- running -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Connect, subscribe, frame, commit; again and again."""
        await asyncio.to_thread(self._inbox.declare, self._declaration)
        self._constants()
        await supervise(self.status, self._session, explain)

    async def _session(self) -> None:
        try:
            async with connected(
                self.status.address, user=self._mapping.user, password=self._password, data=self._data,
                trust=self._trust,
            ) as client:  # fmt: skip
                await self._watch(client)
        finally:
            await self._gap()

    async def _watch(self, client: Client) -> None:
        watched = await self._resolve(client)
        begin = max(_now_ms(), self._framer.framed + 1)
        self._framer.silence(begin - 1)
        handler = _Values(lambda node, value: self._take(watched[node], value, begin))
        subscription = await soon(client.create_subscription(self._mapping.sampling_s * 1000, handler))
        results = await soon(subscription.subscribe_data_change(
            [client.get_node(node) for node in watched], queuesize=_QUEUE,
            sampling_interval=ua.Double(self._mapping.sampling_s * 1000),
        ))  # fmt: skip
        self._check(dict(zip(watched, results, strict=True)), watched)
        self._say(LINE, CONNECTED, 1.0, begin)
        self.status.connects += 1
        self.status.state, self.status.detail = "online", ""
        _log.info("link online", address=self.status.address, plant=self.status.plant, variables=len(watched))
        clock = client.get_node(ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_CurrentTime)))
        while True:
            await soon(clock.read_value())
            now = _now_ms()
            if now - self._beat >= _HEARTBEAT_MS:
                self._beat = now
                self._say(LINE, HEARTBEAT, (now - self._declaration.start_ms) / 1000.0, now - SETTLE_MS)
            await self._deliver(now - SETTLE_MS)
            await asyncio.sleep(_ROUND)

    async def _resolve(self, client: Client) -> dict[ua.NodeId, list[tuple[str, TagMap]]]:
        """Return the tags of each variable; raises LinkRefused for a namespace that the server has not."""
        spaces = [str(uri) for uri in await soon(client.get_namespace_array())]
        watched: dict[ua.NodeId, list[tuple[str, TagMap]]] = {}
        for unit, tag in self._mapping.tags():
            if tag.node:
                uri, rest = split_node(tag.node)
                if uri not in spaces:
                    raise LinkRefused(
                        f"{unit}/{tag.name}: the server has no namespace {uri}; it has {', '.join(spaces)}"
                    )
                node = ua.NodeId.from_string(f"ns={spaces.index(uri)};{rest}")
                watched.setdefault(node, []).append((unit, tag))
        return watched

    def _check(
        self, results: dict[ua.NodeId, Any], watched: dict[ua.NodeId, list[tuple[str, TagMap]]]
    ) -> None:
        wrong = [
            f"{watched[node][0][0]}/{watched[node][0][1].name} ({watched[node][0][1].node}): {result.name}"
            for node, result in results.items()
            if isinstance(result, ua.StatusCode) and not result.is_good()
        ]
        if wrong:
            raise LinkRefused(
                f"{len(wrong)} variables cannot be watched; correct the mapping file: {wrong[0]}"
            )

    # -- values --------------------------------------------------------------------------------------------

    def _take(self, tags: list[tuple[str, TagMap]], value: ua.DataValue, not_before: int) -> None:
        """Take what the server tells of one variable, at the time that it gives, but not before the connection."""
        now = _now_ms()
        moment = value.SourceTimestamp or value.ServerTimestamp
        told = now if moment is None else round(moment.replace(tzinfo=UTC).timestamp() * 1000)
        time_ms = max(told if told <= now + _FAR else now, not_before)
        self.status.last_data = time.monotonic()
        self.status.received += 1
        raw = value.Value.Value if value.Value is not None else None
        good = value.StatusCode is None or value.StatusCode.is_good()
        for unit, tag in tags:
            if tag.states:
                state, reason = tag.states.get(_text(raw), ("", "")) if good else ("", "")
                known = State[state] if state else State.STOPPED
                self._say(
                    unit,
                    "reason",
                    reason or f"unmapped:{_text(raw) if good else 'bad_quality'}"[:80],
                    time_ms,
                )
                self._say(unit, "state", float(known), time_ms)
            elif good:
                self._say_value(unit, tag, raw, time_ms)

    def _say_value(self, unit: str, tag: TagMap, raw: Any, time_ms: int) -> None:
        if tag.kind is Kind.TEXT:
            self._say(unit, tag.name, _text(raw), time_ms)
        elif isinstance(raw, bool | int | float):
            number = float(raw) * tag.factor + tag.offset
            if tag.kind is Kind.COUNT:
                number = self._counters.setdefault(self._tags[unit, tag.name], _Counter()).total(number)
            self._say(unit, tag.name, number, time_ms)
        else:
            self.status.detail = f"{unit}/{tag.name}: {type(raw).__name__} is no number; map it as kind text"

    def _say(self, unit: str, tag: str, value: Value, time_ms: int) -> None:
        self._framer.add(*self._tags[unit, tag], value, time_ms)
        if unit == self._mapping.pacing and tag in self._mapping.of_pacing():
            self._framer.add(*self._tags[LINE, tag], value, time_ms)

    def _constants(self) -> None:
        for unit, tag in self._mapping.tags():
            if tag.value is not None:
                self._say(unit, tag.name, tag.value, self._declaration.start_ms + 1)

    # -- frames --------------------------------------------------------------------------------------------

    async def _gap(self) -> None:
        """Mark that nothing is known from now on: every state is unknown, the server is not connected."""
        if self._framer.newest.get(self._tags[LINE, CONNECTED]) != 1.0:
            return
        now = max(_now_ms(), self._framer.framed + 1)
        for unit in self._declaration.units:
            if "state" in unit.tag_names and "reason" in unit.tag_names:
                self._framer.add(*self._tags[unit.name, "reason"], _LOST, now)
                self._framer.add(*self._tags[unit.name, "state"], float(State.STOPPED), now)
        self._framer.add(*self._tags[LINE, CONNECTED], 0.0, now)
        await self._deliver(now)

    async def _deliver(self, until_ms: int) -> None:
        """Frame what is settled and commit it to the outbox."""
        frames = self._framer.cut(until_ms)
        if frames:
            self._position += 1
            self._waiting.append((self._position, pack(frames, self._declaration.sources)))
            self.status.head = self._position
            if len(self._waiting) > _WAITING:
                self._waiting.popleft()
        if not self._waiting:
            return
        plant, entries = self._mapping.plant, list(self._waiting)
        if self._inbox.expected(plant, self._journal) < entries[0][0]:
            await asyncio.to_thread(self._inbox.skip, plant, self._journal, entries[0][0])
        upto = await asyncio.to_thread(self._inbox.accept, plant, self._journal, entries)
        self.status.committed = upto
        while self._waiting and self._waiting[0][0] <= upto:
            self._waiting.popleft()
        if self._waiting:
            self.status.detail = "outbox is full: waiting for the store"
        elif self.status.detail.startswith("outbox is full"):
            self.status.detail = ""


class _Values:
    """Hands over what a subscription brings; asyncua calls it from the event loop."""

    def __init__(self, take: Callable[[ua.NodeId, ua.DataValue], None]) -> None:
        self._take = take

    def datachange_notification(self, node: Node, _value: Any, data: Any) -> None:
        """Take a value with its times and quality."""
        self._take(node.nodeid, data.monitored_item.Value)


class _Counter:
    """A foreign counter that may begin anew, as a register of ours: from zero, never falling."""

    def __init__(self) -> None:
        self._total = 0.0
        self._before: float | None = None

    def total(self, count: float) -> float:
        """Return what was counted since the first value; a fall is a new beginning at zero."""
        if self._before is not None:
            self._total += count - self._before if count >= self._before else max(0.0, count)
        self._before = count
        return self._total


def _tag_places(declaration: Declaration) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (unit.name, tag.name): (place, number)
        for place, unit in enumerate(declaration.units)
        for number, tag in enumerate(unit.tags)
    }


def _text(value: Any) -> str:
    """Write a value as the keys of `states` do: whole numbers without a point, booleans in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, ua.LocalizedText):
        return str(value.Text or "")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(int(value)) if isinstance(value, int) else str(value)[:500]


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
