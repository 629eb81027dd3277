"""Collection over OPC UA: one link a plant, with its own supervisor."""

import asyncio
import contextlib
import dataclasses
import json
import logging
import time
from collections import deque
from pathlib import Path
from typing import Any

import structlog
from asyncua import ua
from asyncua.client.client import Client
from asyncua.common.node import Node
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uaerrors import UaError

from edge.collect import Inbox, LinkRefused, LinkStatus
from edge.collect.opcua_client import connected, soon
from edge.collect.pull import Pull, keep_declaration
from edge.collect.supervision import supervise
from edge.outbox import OutboxError
from twin.model.command import Command
from twin.packing import DamagedFrames
from twin.patience import within
from twin.trust import SERVERS, TrustList

NAMESPACE = "urn:smart-factory-twin:"
_WATCHDOG = 1.0  # s without a wake-up: fetch all the same
_WAKE_MS = 50  # how often the server may tell of a new head
_BROWSE_LIMIT = 2000  # nodes looked at on the way to the frame channel
_REFUSED = (
    "BadUserAccessDenied", "BadIdentityTokenRejected", "BadIdentityTokenInvalid", "BadSecurityPolicyRejected",
)  # fmt: skip
_DISTRUSTED = (
    "BadCertificateUntrusted", "BadCertificateRevoked", "BadCertificateTimeInvalid", "BadCertificateInvalid",
    "BadCertificateUseNotAllowed", "BadCertificateUriInvalid", "BadSecurityChecksFailed",
)  # fmt: skip

_log = structlog.get_logger(__name__)
# asyncua logs whole tracebacks about connections that end; the link says it in one line.
logging.getLogger("asyncua").setLevel(logging.CRITICAL)


class _Head:
    """Wakes the link when the newest journal position changes; asyncua calls it from the event loop."""

    def __init__(self, status: LinkStatus, wake: asyncio.Event) -> None:
        self._status = status
        self._wake = wake

    def datachange_notification(self, _node: Node, value: Any, _data: Any) -> None:
        """Note the position."""
        if isinstance(value, int):
            self._status.head = max(self._status.head, value)
        self._wake.set()


class _Channel:
    """The frame channel's methods over one connection."""

    def __init__(self, client: Client, path: str, namespace: int) -> None:
        self._client = client
        self._path = path
        self._namespace = namespace

    def node(self, name: str = "") -> Node:
        """Return the channel's object, or what is called `name` in it."""
        path = f"{self._path}/{name}" if name else self._path
        return self._client.get_node(ua.NodeId(ua.String(path), ua.Int16(self._namespace)))

    async def call(self, name: str, *arguments: ua.Variant) -> Any:
        """Call a method of the channel."""
        return await soon(self.node().call_method(self.node(name).nodeid, *arguments))

    async def fetch(self, position: int, max_bytes: int) -> bytes:
        """Return the parcel of entries from `position` on."""
        kind = ua.VariantType.Int64
        return await self.call("fetch", ua.Variant(position, kind), ua.Variant(max_bytes, kind)) or b""

    async def acknowledge(self, journal: bytes, upto: int) -> None:
        """Let the plant forget entries up to `upto`."""
        await self.call(
            "acknowledge",
            ua.Variant(journal, ua.VariantType.ByteString),
            ua.Variant(upto, ua.VariantType.Int64),
        )

    async def declare(self, epoch: int) -> str:
        """Return the declaration of an epoch as JSON."""
        return await self.call("declare", ua.Variant(epoch, ua.VariantType.UInt64)) or ""

    async def read(self, name: str) -> Any:
        """Read a variable of the channel."""
        return await soon(self.node(name).read_value())


class OpcUaLink:
    """One plant at `address` (opc.tcp://host:port), known by nothing else.

    A fresh client for every attempt, a limit on every call, and a fetch at least each second: asyncua's own
    reconnect goes deaf without a sign. With `user` the connection is encrypted; a password goes
    out in clear on loopback only. `data` is the folder of the client certificate, `trust` the trust directory that
    knows the servers who may have the password.
    """

    def __init__(
        self, address: str, inbox: Inbox, *, user: str = "", password: str = "", data: Path, trust: Path
    ) -> None:
        self.status = LinkStatus(address)
        self._inbox = inbox
        self._user = user
        self._password = password
        self._data = data
        self._trust = TrustList(trust, SERVERS)
        self._channel: _Channel | None = None
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Connect, declare, fetch, deliver, acknowledge; again and again."""
        await supervise(self.status, self._session, explain)

    async def ledger(self) -> dict[str, Any]:
        """Ask the plant for its ledger marks; raises ConnectionError when offline."""
        marks: dict[str, Any] = json.loads(await self._ask("ledger"))
        return marks

    async def write(self, command: Command) -> str:
        """Send a command; return "" when accepted or the plant's reason for refusing it."""
        text = ua.Variant(json.dumps(dataclasses.asdict(command)), ua.VariantType.String)
        return str(await self._ask("command", text) or "")

    async def _ask(self, name: str, *arguments: ua.Variant) -> Any:
        if self._channel is None:
            raise ConnectionError(
                f"plant {self.status.plant or self.status.address} is offline: {self.status.detail}"
            )
        try:
            return await self._channel.call(name, *arguments)
        except UaError as error:
            raise ConnectionError(f"plant {self.status.plant}: {explain(error)[1]}") from error

    # -- one session ---------------------------------------------------------------------------------------

    async def _session(self) -> None:
        if self.status.state != "refused":
            self.status.state = "connecting"
        async with connected(
            self.status.address, user=self._user, password=self._password, data=self._data, trust=self._trust
        ) as client:
            try:
                await self._pull(client)
            finally:
                self._channel = None

    async def _pull(self, client: Client) -> None:
        channel = await self._find_channel(client)
        declaration = await keep_declaration(self._inbox, str(await channel.read("declaration") or ""))
        journal = bytes(await channel.read("journal") or b"")
        self.status.plant = declaration.plant
        self.status.head = int(await channel.read("head") or 0)
        self.status.connects += 1
        self.status.detail = ""
        self._channel = channel
        self._wake = asyncio.Event()
        subscription = await soon(client.create_subscription(_WAKE_MS, _Head(self.status, self._wake)))
        await soon(subscription.subscribe_data_change(channel.node("head")))
        _log.info("link online", address=self.status.address, plant=declaration.plant)
        pull = Pull(channel, self._inbox, self.status, plant=declaration.plant, journal=journal)
        self.status.last_data = time.monotonic()
        while True:
            self.status.state = "online"
            await pull.catch_up()
            with contextlib.suppress(TimeoutError):
                await within(_WATCHDOG, self._wake.wait())
            self._wake.clear()

    async def _find_channel(self, client: Client) -> _Channel:
        """Browse to the object `<line path>/frames` in a plant's namespace."""
        spaces = await soon(client.get_namespace_array())
        ours = {place for place, uri in enumerate(spaces) if str(uri).startswith(NAMESPACE)}
        if not ours:
            raise LinkRefused(f"no plant of ours: none of its namespaces begins with {NAMESPACE}")
        waiting = deque([client.nodes.objects])
        seen = 0
        while waiting and seen < _BROWSE_LIMIT:
            found = await soon(waiting.popleft().get_references(
                ObjectIds.HierarchicalReferences, ua.BrowseDirection.Forward, ua.NodeClass.Object, True
            ))  # fmt: skip
            for reference in found:
                node = reference.NodeId
                seen += 1
                if node.NamespaceIndex in ours and isinstance(node.Identifier, str):
                    if node.Identifier.endswith("/frames"):
                        return _Channel(client, node.Identifier, node.NamespaceIndex)
                    waiting.append(client.get_node(node))
        raise LinkRefused(
            "the server has a plant's namespace but no frame channel (an object named …/frames)"
        )


def explain(error: BaseException) -> tuple[str, str]:
    """Return state and detail of a link that ended with `error`, for people."""
    if isinstance(error, LinkRefused):
        return "refused", str(error)
    if isinstance(error, OutboxError | DamagedFrames):
        return "stale", str(error)
    if isinstance(error, UaError):
        name = type(error).__name__
        if name in _DISTRUSTED:
            remedy = "move it from certificates/rejected to certificates/trusted beside the plant's secrets"
            return "refused", f"the server does not accept our certificate ({name}); {remedy}"
        if name in _REFUSED:
            return "refused", f"the server refuses us ({name}); check user and password"
        return "stale", f"the server answers {name}" + (
            f": {error}" if name in {"UaError", "UaStatusCodeError"} else ""
        )
    if isinstance(error, ConnectionRefusedError):
        return "connecting", "nothing answers at this address; is the plant running?"
    if isinstance(error, TimeoutError | OSError | asyncio.IncompleteReadError):
        return "connecting", str(error) or "the connection was lost"
    return "stale", f"{type(error).__name__}: {error}"
