"""The OPC UA side of docs/telemetry.md, against asyncua's client."""

import contextlib
import json
import socket
import stat
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncua import Client, ua
from asyncua.crypto.security_policies import (
    SecurityPolicyAes128Sha256RsaOaep,
    SecurityPolicyAes256Sha256RsaPss,
    SecurityPolicyBasic256Sha256,
)
from cryptography import x509

from tests.wire.encrypted import Identity
from tests.wire.running import LINE, PASSWORD, eventually, running, running_beside
from twin.model.declaration import Declaration
from twin.model.measure import measure_unit
from twin.packing import Parcel, unpack
from twin.secret import SecretError
from twin.wire import WireError

FRAMES = f"{LINE}/frames"
TARGET = f"{LINE}/mixer/target_cycle"
NAMESPACE = "urn:smart-factory-twin:toy"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plant")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """One server for the module: no test takes more than it leaves to the next."""
    with running_beside("opc.tcp://127.0.0.1:0", folder) as answered:
        yield answered


@pytest.fixture(scope="module")
def me(folder: Path) -> Identity:
    """A certificate that the plant trusts."""
    made = Identity(folder, "me")
    made.place(folder / "secrets" / "certificates" / "trusted")
    return made


class Peer:
    """A connected client that speaks of paths."""

    def __init__(self, client: Client, index: int) -> None:
        self.client, self.index = client, index

    def node(self, path: str) -> Any:
        return self.client.get_node(ua.NodeId(path, self.index))

    async def value(self, path: str) -> Any:
        return await self.node(path).read_value()

    async def call(self, name: str, *arguments: ua.Variant) -> Any:
        return await self.node(FRAMES).call_method(f"{self.index}:{name}", *arguments)


@contextlib.asynccontextmanager
async def connected(address: str, me: Identity | None = None) -> AsyncIterator[Peer]:
    """Connect as the user `edge` with the certificate `me`, else as anybody."""
    client = await me.client(address, "edge", PASSWORD) if me else Client(address)
    async with client:
        yield Peer(client, await client.get_namespace_index(NAMESPACE))


def whole(value: int) -> ua.Variant:
    return ua.Variant(value, ua.VariantType.Int64)


def text(value: str) -> ua.Variant:
    return ua.Variant(value, ua.VariantType.String)


def command(identity: str, value: float) -> str:
    expires = int(time.time() * 1000) + 60_000
    return json.dumps({"id": identity, "path": TARGET, "value": value, "expires_ms": expires})


async def live(peer: Peer) -> bool:
    return bool(json.loads(await peer.value(f"{FRAMES}/status"))["phase"] == "live")


async def test_frame_channel_declares_fetches_and_acknowledges(address: str, me: Identity) -> None:
    async with connected(address, me) as peer:
        await eventually(lambda: live(peer))
        declaration = Declaration.from_json(await peer.value(f"{FRAMES}/declaration"))
        epoch = ua.Variant(declaration.epoch, ua.VariantType.UInt64)
        assert await peer.call("declare", epoch) == declaration.to_json()
        assert await peer.call("declare", ua.Variant(3, ua.VariantType.UInt64)) == ""
        head = await peer.value(f"{FRAMES}/head")
        parcel = Parcel.from_bytes(await peer.call("fetch", whole(1), whole(1_000_000)))
        assert parcel.journal == await peer.value(f"{FRAMES}/journal")
        assert [position for position, _ in parcel.entries][:head] == list(range(1, head + 1))
        frames = [frame for _, blob in parcel.entries for frame in unpack(blob).frames(declaration.sources)]
        assert {frame.epoch for frame in frames} == {declaration.epoch}
        for source in declaration.sources:
            numbers = [frame.seq for frame in frames if frame.source == source]
            assert numbers == list(range(1, len(numbers) + 1))
        journal = ua.Variant(parcel.journal, ua.VariantType.ByteString)
        await peer.call("acknowledge", journal, whole(2))
        rest = Parcel.from_bytes(await peer.call("fetch", whole(1), whole(10)))
        assert [position for position, _ in rest.entries] == [3]
        beyond = Parcel.from_bytes(await peer.call("fetch", whole(10**9), whole(10)))
        assert beyond.entries == ()
        ledger = json.loads(await peer.call("ledger"))
        assert ledger["epoch"] == declaration.epoch
        assert ledger["marks"][0]["time_ms"] == declaration.start_ms


async def test_every_tag_is_a_described_variable(address: str) -> None:
    """The browse path, the NodeId and the declaration agree; unit, range, limits and description are there."""
    async with connected(address) as peer:
        await eventually(lambda: live(peer))
        declaration = Declaration.from_json(await peer.value(f"{FRAMES}/declaration"))
        for unit in declaration.units:
            tags = await peer.node(unit.path).get_children(nodeclassmask=ua.NodeClass.Variable)
            names = [(await child.read_browse_name()).Name for child in tags]
            assert tuple(names) == unit.tag_names
            for tag in unit.tags:
                node = peer.node(f"{unit.path}/{tag.name}")
                assert (await node.read_description()).Text == (tag.description or None)
                data = await node.read_data_value(raise_on_bad_status=False)
                if data.Value.Value is not None:
                    assert data.SourceTimestamp <= datetime.now(UTC)
        temperature = peer.node(f"{LINE}/mixer/temperature")
        properties = {
            (await each.read_browse_name()).Name: await each.read_value()
            for each in await temperature.get_properties()
        }
        assert properties["EngineeringUnits"].UnitId == measure_unit("Cel").unit_id == 4408652
        assert (properties["EURange"].Low, properties["EURange"].High) == (0.0, 80.0)
        assert (properties["LowLimit"], properties["HighLimit"], properties["HighHighLimit"]) == (
            5.0,
            60.0,
            70.0,
        )
        path = ["Objects", *(f"{peer.index}:{segment}" for segment in f"{LINE}/mixer/temperature".split("/"))]
        found = await peer.client.nodes.root.get_child(["0:Objects", *path[1:]])
        assert found == temperature


async def test_command_reaches_the_model_and_its_variable(address: str, me: Identity) -> None:
    async with connected(address, me) as peer:
        await eventually(lambda: live(peer))
        assert await peer.call("command", text(command("a", 9.0))) == ""
        assert "outside" in await peer.call("command", text(command("b", 900.0)))
        assert "not a command" in await peer.call("command", text("nonsense"))

        async def written() -> bool:
            return bool(await peer.value(TARGET) == 9.0)

        await eventually(written)


async def test_fault_is_injected_and_reset_by_methods(address: str, me: Identity) -> None:
    """Two scans later the fault's own variable says so; a pending one is withdrawn by the reset."""

    def number(value: float) -> ua.Variant:
        return ua.Variant(value, ua.VariantType.Double)

    async with connected(address, me) as peer:
        await eventually(lambda: live(peer))
        faults = peer.node(f"{LINE}/faults")

        async def call(name: str, *arguments: ua.Variant) -> Any:
            return await faults.call_method(f"{peer.index}:{name}", *arguments)

        async def inject(key: str, at: str = "", after: float = 0.0, when: str = "") -> Any:
            return await call("inject_fault", text(key), text(at), number(after), text(when))

        async def becomes(tag: str, expected: Any) -> None:
            async def probe() -> bool:
                return bool(expected(await peer.value(f"{LINE}/{tag}")))

            await eventually(probe)

        assert await inject("loose_belt", when="mixer/temperature > -300") == ""
        await becomes("mixer/fault_loose_belt", lambda value: value == 1.0)
        assert await call("reset_fault", text("loose_belt")) == ""
        await becomes("mixer/fault_loose_belt", lambda value: value == 0.0)
        assert await inject("loose_belt", after=3600.0) == ""
        await becomes("line/pending_commands", lambda value: "fault_loose_belt" in value)
        assert await call("reset_fault", text("loose_belt")) == ""
        await becomes("line/pending_commands", lambda value: value == "")
        assert "it has: loose_belt" in await inject("rust")
        assert "is no condition" in await inject("loose_belt", when="soon")
        assert "next 366 days" in await inject("loose_belt", at="2020-01-01T00:00:00Z")
        assert "with its zone" in await inject("loose_belt", at="2036-01-01T00:00:00")
        assert "at: 'tomorrow' is no moment" in await inject("loose_belt", at="tomorrow")


async def test_head_and_values_are_subscribed(address: str) -> None:
    heads: list[int] = []

    class Handler:
        def datachange_notification(self, _node: Any, value: int, _data: Any) -> None:
            heads.append(value)

    async with connected(address) as peer:
        await eventually(lambda: live(peer))
        subscription = await peer.client.create_subscription(50, Handler())
        await subscription.subscribe_data_change(peer.node(f"{FRAMES}/head"))

        async def moved() -> bool:
            return len(set(heads)) >= 2

        await eventually(moved)
        await subscription.delete()
    assert heads == sorted(heads)


async def test_nobody_but_edge_changes_anything(address: str, me: Identity) -> None:
    """By effect, not by reply: after every refused attempt the plant is as before."""
    async with connected(address, me) as edge, connected(address) as anonymous:
        await eventually(lambda: live(edge))
        journal = ua.Variant(await edge.value(f"{FRAMES}/journal"), ua.VariantType.ByteString)
        before = await edge.value(TARGET)
        oldest = Parcel.from_bytes(await edge.call("fetch", whole(1), whole(10))).entries[0]
        attempts = [
            lambda: anonymous.call("fetch", whole(1), whole(1000)),
            lambda: anonymous.call("acknowledge", journal, whole(oldest[0])),
            lambda: anonymous.call("command", text(command("evil", 33.0))),
            lambda: anonymous.call("ledger"),
            lambda: anonymous.node(f"{LINE}/faults").call_method(
                f"{anonymous.index}:reset_fault", text("loose_belt")
            ),
            lambda: edge.node(f"{LINE}/mixer/fault_loose_belt").write_value(1.0),
            lambda: anonymous.node(TARGET).write_value(33.0),
            lambda: edge.node(TARGET).write_value(33.0),
            lambda: edge.node(f"{FRAMES}/head").write_value(whole(0)),
            lambda: anonymous.client.nodes.objects.add_object(anonymous.index, "evil"),
            lambda: edge.client.nodes.objects.add_object(edge.index, "evil"),
            lambda: edge.client.delete_nodes([edge.node(TARGET)]),
        ]
        for attempt in attempts:
            with pytest.raises(ua.UaError):
                await attempt()
        first = Parcel.from_bytes(await edge.call("fetch", whole(1), whole(10)))
        assert first.entries == (oldest,), "nothing was acknowledged"
        assert await edge.call("command", text(command("probe", before))) == ""
        head = await edge.value(f"{FRAMES}/head")

        async def two_scans_later() -> bool:
            return bool(await edge.value(f"{FRAMES}/head") > head)

        await eventually(two_scans_later)
        assert await edge.value(TARGET) == before
        names = [
            (await child.read_browse_name()).Name for child in await edge.client.nodes.objects.get_children()
        ]
        assert "evil" not in names


async def test_wrong_user_or_password_is_refused(address: str, me: Identity) -> None:
    for user, password in (("edge", "wrong"), ("admin", "x"), ("toy", PASSWORD), ("edge", "")):
        client = await me.client(address, user, password)
        with pytest.raises((ua.UaError, ConnectionError)):
            await client.connect()
        client.disconnect_socket()


async def test_wrong_arguments_are_refused_and_the_server_goes_on(address: str, me: Identity) -> None:
    one = whole(1)
    async with connected(address, me) as peer:
        for arguments in ((), (one,), (text("1"), one), (one, one, one), (ua.Variant([1, 2]), one)):
            with pytest.raises(ua.UaError):
                await peer.call("fetch", *arguments)
        assert Parcel.from_bytes(await peer.call("fetch", whole(-5), whole(-5))).journal


async def test_encrypted_connection_with_the_generated_certificate(
    address: str, folder: Path, me: Identity
) -> None:
    data = folder / "data"
    assert stat.S_IMODE((data / "toy.key.pem").stat().st_mode) == 0o600
    made = x509.load_der_x509_certificate((data / "toy.certificate.der").read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"{NAMESPACE}:server"]
    for policy in (
        SecurityPolicyAes256Sha256RsaPss,
        SecurityPolicyAes128Sha256RsaOaep,
        SecurityPolicyBasic256Sha256,
    ):
        client = await me.client(address, "edge", PASSWORD, policy)
        async with client:
            index = await client.get_namespace_index(NAMESPACE)
            assert len(await client.get_node(ua.NodeId(f"{FRAMES}/journal", index)).read_value()) == 16


async def test_offered_are_strong_policies_and_reading_in_plain(address: str) -> None:
    """Signed and encrypted with one of three policies and a password, or in plain for anonymous readers here."""
    offered = {
        (
            one.SecurityPolicyUri.rpartition("#")[2],
            one.SecurityMode.name,
            *(each.PolicyId for each in one.UserIdentityTokens),
        )
        for one in await Client(address).connect_and_get_server_endpoints()
    }
    both = ("anonymous", "username")
    assert offered == {
        ("Aes256_Sha256_RsaPss", "SignAndEncrypt", *both),
        ("Aes128_Sha256_RsaOaep", "SignAndEncrypt", *both),
        ("Basic256Sha256", "SignAndEncrypt", *both),
        ("None", "None_", "anonymous"),
    }


async def test_port_in_use_names_cause_and_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(WireError, match="choose another port"):
            async with running(f"opc.tcp://127.0.0.1:{taken.getsockname()[1]}", tmp_path):
                pass


async def test_missing_secret_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="nowhere/edge"):
        async with running(
            "opc.tcp://127.0.0.1:0", tmp_path, secrets=tmp_path / "nowhere", since=timedelta(0)
        ):
            pass


async def test_request_that_is_too_large_is_refused_and_the_session_goes_on(address: str) -> None:
    async with connected(address) as peer:
        now = ua.ReadValueId(ua.NodeId(2258), ua.AttributeIds.Value)
        for count in (1_001, 5_000):
            with pytest.raises(ua.uaerrors.BadTooManyOperations):
                await peer.client.uaclient.read(ua.ReadParameters(NodesToRead=[now] * count))
        answers = await peer.client.uaclient.read(ua.ReadParameters(NodesToRead=[now] * 1_000))
        assert len(answers) == 1_000
