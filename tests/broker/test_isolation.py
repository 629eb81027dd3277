"""Plants times plants on both brokers: what one says or hears of another is nothing, whatever it tries; and TLS."""

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509

from edge.collect.sparkplug import SparkplugHost
from tests.edge.plant_feed import Feed
from tests.edge.waiting import free_port, until
from twin.broker.access import EDGE
from twin.broker.certificate import broker_certificate
from twin.broker.mosquitto import find_mosquitto, write_mosquitto
from twin.demo.port import LOOPBACK, answers
from twin.mqtt_address import MqttAddress, MqttAddressError
from twin.secret import make_secrets, read_secret
from twin.wire.sparkplug_node import SparkplugNode

PLANTS = ("alpha", "beta", "gamma")
KINDS = ["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)]
COMMANDS = ("NCMD", "DCMD")
DATA = ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH")


@asynccontextmanager
async def serving(folder: Path, kind: str) -> AsyncIterator[tuple[int, int, Path]]:
    """Run a broker with both listeners; yields the plain port, the encrypted one, and the secrets."""
    port, tls_port, secrets = free_port(), free_port(), folder / "secrets"
    make_secrets(secrets, (EDGE, *PLANTS))
    if kind == "mosquitto":
        program = find_mosquitto()
        assert program is not None
        configuration = write_mosquitto(
            folder / "broker", port=port, tls_port=tls_port, secrets=secrets, group="demo", plants=PLANTS
        )
        command = [program, "-c", str(configuration)]
    else:
        command = [
            sys.executable, "-m", "twin.broker", "--port", str(port), "--tls-port", str(tls_port), "--secrets",
            str(secrets), "--data", str(folder / "broker"), "--plants", ",".join(PLANTS),
        ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await until(lambda: answers(port) and answers(tls_port))
        yield port, tls_port, secrets
    finally:
        process.kill()
        await process.wait()


class Ear:
    """A client in a thread of its own that remembers what it hears."""

    def __init__(
        self, port: int, user: str, password: str, topics: tuple[str, ...] = (), *, will: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self.heard: list[tuple[str, bytes]] = []
        self.refused = False
        self.waiting = len(topics)
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311,
            reconnect_on_failure=False,
        )  # fmt: skip
        self.client.username_pw_set(user, password)
        if tls is not None:
            self.client.tls_set_context(tls)
        if will:
            self.client.will_set(will, b"will", qos=1)
        self.connected = False

        def on_connect(
            client: mqtt.Client, _d: object, _f: object, code: mqtt.ReasonCode, _p: object
        ) -> None:  # type: ignore[name-defined]
            self.connected, self.refused = not code.is_failure, code.is_failure
            for topic in topics if self.connected else ():
                client.subscribe(topic)

        def on_subscribe(*_: object) -> None:
            self.waiting -= 1

        self.client.on_connect = on_connect
        self.client.on_subscribe = on_subscribe
        self.client.on_message = lambda _c, _d, message: self.heard.append((message.topic, message.payload))
        self.client.connect(LOOPBACK, port)
        self.client.loop_start()

    async def ready(self) -> "Ear":
        """Wait until it is let in and has subscribed, or is refused."""
        await until(lambda: self.refused or (self.connected and not self.waiting))
        return self

    async def say(self, topic: str, payload: bytes) -> None:
        """Publish and wait until the broker has it."""
        message = self.client.publish(topic, payload, qos=1)
        with contextlib.suppress(RuntimeError):
            await asyncio.to_thread(message.wait_for_publish, 10)

    def die(self) -> None:
        """Break the connection without a word, so that the Will is published."""
        sock = self.client.socket()
        assert isinstance(sock, socket.socket)
        sock.shutdown(socket.SHUT_RDWR)

    async def close(self) -> None:
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)


@pytest.mark.parametrize("kind", KINDS)
async def test_no_plant_hears_or_speaks_for_another(tmp_path: Path, kind: str) -> None:
    """Every plant says everything about every plant, and listens to everything; the edge commands every plant."""
    async with serving(tmp_path, kind) as (port, _, secrets):
        every = ("#", "spBv1.0/#", "spBv1.0/+/+/+/#", "umh/#", "$share/x/spBv1.0/#", "$SYS/#")
        plants = {
            name: await Ear(
                port, name, read_secret(secrets, name),
                (*every, *(f"spBv1.0/demo/{word}/{other}/#" for word in (*COMMANDS, *DATA) for other in PLANTS)),
            ).ready()
            for name in PLANTS
        }  # fmt: skip
        edge = await Ear(port, EDGE, read_secret(secrets, EDGE), ("spBv1.0/#", "umh/#")).ready()
        try:
            for speaker, ear in plants.items():
                for other in PLANTS:
                    for word in (*COMMANDS, *DATA):
                        await ear.say(f"spBv1.0/demo/{word}/{other}", speaker.encode())
                    await ear.say(f"umh/v1/demo/{other}/area_1/line_1/u/_raw/t", speaker.encode())
                await ear.say("spBv1.0/STATE/edge", speaker.encode())
            for other in PLANTS:
                for word in COMMANDS:
                    await edge.say(f"spBv1.0/demo/{word}/{other}", b"edge")
            await until(
                lambda: all(("spBv1.0/demo/DCMD/" + n, b"edge") in e.heard for n, e in plants.items())
            )
            await until(
                lambda: (
                    (f"umh/v1/demo/{PLANTS[-1]}/area_1/line_1/u/_raw/t", PLANTS[-1].encode()) in edge.heard
                )
            )
            for name, ear in plants.items():
                foreign = [one for one in ear.heard if one[1] != b"edge" or one[0].split("/")[3] != name]
                assert foreign == [], f"{name} heard what is not its own"
            said = [
                (topic.split("/"), payload.decode()) for topic, payload in edge.heard if payload != b"edge"
            ]
            for levels, speaker in said:
                assert levels[3] == speaker, f"{speaker} spoke as {levels}"
            assert len(said) == len(PLANTS) * (len(DATA) + 1)
        finally:
            for ear in (*plants.values(), edge):
                await ear.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_will_is_bound_by_the_same_rights(tmp_path: Path, kind: str) -> None:
    """A Will is published by the broker itself, when its client dies."""
    async with serving(tmp_path, kind) as (port, _, secrets):
        victim = await Ear(port, "beta", read_secret(secrets, "beta"), ("spBv1.0/demo/NCMD/beta",)).ready()
        edge = await Ear(port, EDGE, read_secret(secrets, EDGE), ("spBv1.0/#",)).ready()
        thief = await Ear(port, "alpha", read_secret(secrets, "alpha"), will="spBv1.0/demo/NCMD/beta").ready()
        if thief.connected:
            thief.die()
        honest = await Ear(
            port, "alpha", read_secret(secrets, "alpha"), will="spBv1.0/demo/NDEATH/alpha"
        ).ready()
        try:
            assert honest.connected
            honest.die()
            await until(lambda: ("spBv1.0/demo/NDEATH/alpha", b"will") in edge.heard)
            await edge.say("spBv1.0/demo/NCMD/beta", b"edge")
            await until(lambda: victim.heard)
            assert victim.heard == [("spBv1.0/demo/NCMD/beta", b"edge")]
        finally:
            for ear in (victim, edge, thief, honest):
                await ear.close()


def test_name_of_a_client_cannot_be_guessed(tmp_path: Path) -> None:
    """A broker lets the newer of two clients of one name take the place of the older, whoever it is."""
    make_secrets(tmp_path, [EDGE, "press"])
    hosts = [SparkplugHost("mqtt://127.0.0.1:1", object())._client_id for _ in range(2)]  # type: ignore[arg-type]
    feed = Feed()
    nodes = [
        SparkplugNode(feed, LOOPBACK, 1, journal=feed, secrets=tmp_path)._client_id  # type: ignore[arg-type]
        for _ in range(2)
    ]
    for first, second in (hosts, nodes):
        assert first != second
        assert len(first.rsplit("-", 1)[1]) == 16


# -- TLS -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
async def test_encrypted_listener_proves_who_it_is_and_speaks_nothing_old(tmp_path: Path, kind: str) -> None:
    async with serving(tmp_path, kind) as (_, port, secrets):
        context = MqttAddress.parse(f"mqtts://localhost:{port}").context(secrets)
        assert context is not None
        ear = await Ear(port, EDGE, read_secret(secrets, EDGE), ("spBv1.0/#",), tls=context).ready()
        plant = await Ear(port, "alpha", read_secret(secrets, "alpha"), tls=context).ready()
        try:
            await plant.say("spBv1.0/demo/NDATA/alpha", b"own")
            await plant.say("spBv1.0/demo/NDATA/beta", b"forged")
            await plant.say("spBv1.0/demo/NDATA/alpha", b"last")
            await until(lambda: len(ear.heard) >= 2)
            assert [payload for _, payload in ear.heard] == [b"own", b"last"]
            thief = await Ear(port, EDGE, "guessed", tls=context).ready()
            assert thief.refused
            await thief.close()
        finally:
            await ear.close()
            await plant.close()
        assert await shake(port, context) in {"TLSv1.2", "TLSv1.3"}
        with pytest.raises(ssl.SSLCertVerificationError):
            await shake(port, ssl.create_default_context())  # the system's authorities know nothing of ours
        with pytest.raises(ssl.SSLCertVerificationError):
            await shake(port, context, name="broker.example")
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await shake(port, old)


async def shake(port: int, context: ssl.SSLContext, name: str = "localhost") -> str:
    """Shake hands; return the version of TLS."""

    def attempt() -> str:
        with (
            socket.create_connection((LOOPBACK, port), timeout=10) as sock,
            context.wrap_socket(sock, server_hostname=name) as secured,
        ):
            return str(secured.version())

    return await asyncio.to_thread(attempt)


def test_certificate_is_made_once_and_anew_for_other_names(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets", [EDGE])
    first = broker_certificate(tmp_path / "tls", tmp_path / "secrets")
    texts = [file.read_bytes() for file in (first.certificate, first.key, first.authority)]
    assert broker_certificate(tmp_path / "tls", tmp_path / "secrets") == first
    assert [file.read_bytes() for file in (first.certificate, first.key, first.authority)] == texts
    assert {oct(file.stat().st_mode & 0o777) for file in (first.key, tmp_path / "tls" / "ca.key")} == {
        "0o600"
    }
    broker_certificate(tmp_path / "tls", tmp_path / "secrets", ["broker", "10.0.0.7"])
    assert first.authority.read_bytes() == texts[2]
    found = x509.load_pem_x509_certificate(first.certificate.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(one.value) for one in names} == {"broker", "10.0.0.7"}


def test_damaged_authority_is_made_anew_with_what_it_signed(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets", [EDGE])
    files = broker_certificate(tmp_path / "tls", tmp_path / "secrets")
    files.authority.write_text("damaged")
    broker_certificate(tmp_path / "tls", tmp_path / "secrets")
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    x509.load_pem_x509_certificate(files.certificate.read_bytes()).verify_directly_issued_by(authority)


@pytest.mark.parametrize(
    "text", ["mqtt://broker:1883", "mqtt://0.0.0.0", "http://127.0.0.1", "mqtts://", "mqtts://x:0"]
)
def test_address_that_would_send_passwords_in_the_clear_or_nowhere_is_refused(text: str) -> None:
    with pytest.raises(MqttAddressError):
        MqttAddress.parse(text)
