"""A plant as an OPC UA server: every tag a variable, the frame channel as variables and methods."""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

import asyncio
import errno
import ipaddress
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asyncua import Server, ua

from twin.collector import paused_collector
from twin.model.tag import Kind
from twin.patience import within
from twin.secret import read_secret
from twin.trust import CERTIFICATES, SERVERS, TrustList
from twin.wire.channel import Change, Channel, Update, WireError
from twin.wire.log import logger
from twin.wire.opcua_access import EDGE, Rights
from twin.wire.opcua_certificate import certificate
from twin.wire.opcua_history import History, Storage
from twin.wire.opcua_listener import GuardedServer
from twin.wire.opcua_log import forward_complaints
from twin.wire.opcua_machinery import DI_URI, MACHINERY_URI, Machines
from twin.wire.opcua_methods import Methods
from twin.wire.opcua_self import describe_server, version
from twin.wire.opcua_session import GuardedCore, operation_limits
from twin.wire.opcua_space import Space, describe_plant

# The strongest first: a client takes the first that it knows. The last one is for clients that know no other.
_POLICIES = (
    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
    ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
)
_STOP_S = 10.0


class OpcUaServer:
    """One endpoint that serves one plant; a Transport.

    Anonymous clients may read when `host` is loopback. Everybody else needs an encrypted channel with a certificate
    that the trust directory `certificates` in `secrets` knows; the user `edge` may then also call the methods.
    """

    def __init__(self, channel: Channel, host: str, port: int, *, data: Path, secrets: Path | None) -> None:
        self.channel = channel
        self.host = host
        self.port = port
        self._data = data
        self._secrets = secrets
        self._plant = channel.declaration.plant
        self._server: Server | None = None
        self._nodes: list[list[tuple[ua.NodeId, bool]]] = []

    async def start(self) -> str:
        """Begin to serve and return the address; raises WireError or SecretError."""
        with paused_collector():
            return await self._start()

    async def _start(self) -> str:
        if self._secrets is None:
            raise WireError(f"an OPC UA plant needs a secrets folder with the password of user {EDGE!r}")
        loopback = _is_loopback(self.host)
        core = GuardedCore(read_secret(self._secrets, EDGE), anonymous=loopback)
        trust = self._trust_list(self._secrets)
        server = GuardedServer(core, trust)
        server.name = f"{self.channel.declaration.title or self._plant} twin"
        server.product_uri = "urn:smart-factory-twin"
        server.manufacturer_name = "smart factory twin"
        server.application_type = ua.ApplicationType.Server
        forward_complaints(self._plant)
        await server.init()
        uri = f"urn:smart-factory-twin:{self._plant}:server"
        await server.set_application_uri(uri)
        cert, key = await certificate(self._data, self._plant, uri, self.host)
        self._publish(cert, trust)
        await server.load_certificate(cert)
        await server.load_private_key(key)
        server.set_security_policy([*_POLICIES, *[ua.SecurityPolicyType.NoSecurity] * loopback], Rights())
        space = Space(await server.register_namespace(f"urn:smart-factory-twin:{self._plant}"))
        describe_plant(space, self.channel.declaration)
        self._machines = Machines(
            space, await server.register_namespace(DI_URI), await server.register_namespace(MACHINERY_URI)
        )
        self._machines.add_types()
        self._machines.add_machines(self.channel.declaration, version())
        await space.add_to(core)
        self._history = Storage(space.historized)
        core.history_manager = History(core, self._history)
        await describe_server(server)
        await Methods(self.channel).add_to(server, space)
        for variable, limit in operation_limits().items():
            told = ua.DataValue(ua.Variant(limit, ua.VariantType.UInt32))
            await server.write_attribute_value(ua.NodeId(variable), told)
        self._server = server
        self._nodes = [
            [(space.node_id(f"{unit.path}/{tag.name}"), tag.kind is Kind.TEXT) for tag in unit.tags]
            for unit in self.channel.declaration.units
        ]
        frames = f"{self.channel.declaration.line_path}/frames"
        self._head, self._status = space.node_id(f"{frames}/head"), space.node_id(f"{frames}/status")
        await self._write(
            space.node_id(f"{frames}/journal"), self.channel.journal_id, ua.VariantType.ByteString
        )
        declared = self.channel.declaration.to_json()
        await self._write(space.node_id(f"{frames}/declaration"), declared, ua.VariantType.String)
        await self._show(self.channel.status.head, self.channel.newest())
        server.set_endpoint(f"opc.tcp://{self.host}:{self.port}")
        try:
            await server.start()
        except OSError as error:
            self._server = None
            taken = error.errno == errno.EADDRINUSE
            remedy = (
                "stop the program that uses it or choose another port"
                if taken
                else "write an address of this machine, e.g. opc.tcp://127.0.0.1:4840"
            )
            raise WireError(
                f"address opc.tcp://{self.host}:{self.port} cannot be served: {error.strerror or error}; {remedy}"
            ) from error
        assert server.bserver is not None
        self.port = server.bserver.port
        self.channel.status.transport = "serving"
        return f"opc.tcp://{self.host}:{self.port}"

    def _trust_list(self, secrets: Path) -> TrustList:
        trust, log = TrustList(secrets / CERTIFICATES), logger(self._plant)
        try:
            trust.prepare()
        except OSError as error:
            cause = f"{error.filename}: {error.strerror}"
            log.warning("opcua", cause=cause, effect="no certificate of a stranger is kept for you to trust")
        for name in trust.unreadable():
            log.warning("opcua", cause=f"{trust.folder / name} is no certificate and no revocation list")
        return trust

    def _publish(self, cert: Path, trust: TrustList) -> None:
        """Let an edge that shares our secrets trust our certificate."""
        servers = TrustList(trust.folder, SERVERS)
        try:
            servers.publish(cert)
        except OSError as error:
            cause = f"certificate not published: {error.filename}: {error.strerror}"
            remedy = f"copy {cert} into certificates/{SERVERS} of the edge's secrets"
            logger(self._plant).warning("opcua", cause=cause, remedy=remedy)

    async def publish(self, update: Update) -> None:
        """Write what changed; clients' subscriptions see it."""
        await self._show(update.position, update.changes)

    async def stop(self) -> None:
        """Close sessions and the port."""
        server, self._server = self._server, None
        if server is not None:
            self.channel.status.transport = "stopped"
            try:
                await within(_STOP_S, _end(server))
            except TimeoutError:
                logger(self._plant).warning("opcua", cause=f"the server did not stop within {_STOP_S:g} s")

    # -- values --------------------------------------------------------------------------------------------

    async def _write(
        self, node: ua.NodeId, value: Any, kind: ua.VariantType, time: datetime | None = None
    ) -> None:
        assert self._server is not None
        moment = time or datetime.now(UTC)
        fresh = ua.DataValue(
            ua.Variant(value, kind), SourceTimestamp=moment, ServerTimestamp=datetime.now(UTC)
        )
        await self._server.write_attribute_value(node, fresh)

    async def _show(self, head: int, changes: Sequence[Change]) -> None:
        units = self.channel.declaration.units
        moved: dict[int, int] = {}  # machines whose state or mode may be another one, and since when
        for change in changes:
            node, is_text = self._nodes[change.unit][change.tag]
            if not is_text:
                self._history.keep(node, change.time_ms, float(change.value))
            if self._machines.note(change.unit, units[change.unit].tags[change.tag].name, change.value):
                moved[change.unit] = max(change.time_ms, moved.get(change.unit, 0))
            time = datetime.fromtimestamp(change.time_ms / 1000.0, UTC)
            await self._write(
                node, change.value, ua.VariantType.String if is_text else ua.VariantType.Double, time
            )
        for place, time_ms in moved.items():
            time = datetime.fromtimestamp(time_ms / 1000.0, UTC)
            for node, shown in self._machines.current(units[place], place):
                await self._write(node, shown.Value, shown.VariantType, time)
        await self._write(self._status, json.dumps(self.channel.status.to_dict()), ua.VariantType.String)
        await self._write(self._head, head, ua.VariantType.Int64)


async def _end(server: Server) -> None:
    """Stop so that no connection, session or task is left: asyncua forgets those whose client is still there."""
    listener, core = server.bserver, server.iserver
    if listener is not None and listener._server is not None:  # noqa: SLF001
        listener._server.close()  # noqa: SLF001 - nobody may come in while the others are sent away
        while core.asyncio_transports:
            for transport in core.asyncio_transports:
                transport.abort()
            await asyncio.sleep(0)
    for session in list(core._external_sessions.values()):  # noqa: SLF001
        await session.close_session(True)
    if core.time_task is not None:  # it would sleep out its second before it sees that it is to end
        core.time_task.cancel()
        await asyncio.wait([core.time_task])
        core.time_task = None
    await server.stop()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
