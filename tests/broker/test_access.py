"""Rights on the broker: a plant speaks for itself alone, the edge hears all and commands all."""

import asyncio
import base64
import hashlib
import sys
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.broker.access import all_rights, covers, mosquitto_acl, mosquitto_passwords
from twin.broker.mosquitto import find_mosquitto, write_mosquitto
from twin.demo.port import LOOPBACK, answers, choose_port
from twin.demo.supervisor import Child, Supervisor
from twin.secret import make_secrets, read_secret

RIGHTS = all_rights(["stamping", "aluminium"], "demo")


def may_write(user: str, topic: str) -> bool:
    return any(covers(allowed, topic) for allowed in RIGHTS[user].write)


def may_read(user: str, topic: str) -> bool:
    return any(covers(allowed, topic) for allowed in RIGHTS[user].read)


@pytest.mark.parametrize("word", ["NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDATA", "DDEATH"])
def test_plant_speaks_for_itself_alone(word: str) -> None:
    assert may_write("stamping", f"spBv1.0/demo/{word}/stamping")
    assert may_write("stamping", f"spBv1.0/demo/{word}/stamping/op10")
    assert not may_write("stamping", f"spBv1.0/demo/{word}/aluminium")
    assert not may_write("stamping", f"spBv1.0/demo/{word}/stamping2")
    assert not may_write("edge", f"spBv1.0/demo/{word}/stamping")


def test_plant_hears_its_own_commands_alone_and_gives_none() -> None:
    assert may_read("stamping", "spBv1.0/demo/NCMD/stamping")
    assert may_read("stamping", "spBv1.0/demo/DCMD/stamping/#")
    assert not may_read("stamping", "spBv1.0/demo/NCMD/+")
    assert not may_read("stamping", "spBv1.0/#")
    assert not may_write("stamping", "spBv1.0/demo/NCMD/aluminium")
    assert not may_write("stamping", "spBv1.0/STATE/edge")


def test_edge_hears_all_and_commands_all() -> None:
    assert may_read("edge", "spBv1.0/demo/#")
    assert may_write("edge", "spBv1.0/demo/NCMD/stamping")
    assert may_write("edge", "spBv1.0/STATE/edge")
    assert not may_read("edge", "$SYS/broker/uptime")


LEVELS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4)


@given(LEVELS, LEVELS)
def test_plain_filter_covers_itself_only(one: list[str], two: list[str]) -> None:
    assert covers("/".join(one), "/".join(two)) == (one == two)


@given(LEVELS, LEVELS)
def test_multilevel_wildcard_covers_what_lies_under_it(one: list[str], two: list[str]) -> None:
    assert covers("/".join([*one, "#"]), "/".join([*one, *two]))
    assert covers("/".join([*one, "#"]), "/".join(one))
    assert not covers("/".join([*one, "+"]), "/".join([*one, "#"]))


def test_mosquitto_passwords_verify_as_pbkdf2_sha512() -> None:
    user, _, entry = mosquitto_passwords({"edge": "s3cret"}).strip().partition(":")
    _, kind, iterations, salt, digest = entry.split("$")
    expected = hashlib.pbkdf2_hmac("sha512", b"s3cret", base64.b64decode(salt), int(iterations), 64)
    assert (user, kind, base64.b64decode(digest)) == ("edge", "7", expected)


def test_access_list_names_every_user() -> None:
    users = [line for line in mosquitto_acl(RIGHTS).splitlines() if line.startswith("user")]
    assert users == ["user edge", "user stamping", "user aluminium"]


class Client:
    """A client that remembers what it heard."""

    def __init__(self, port: int, user: str, password: str, topic: str) -> None:
        self.heard: list[str] = []
        self.connected: bool | None = None
        self.subscribed = False
        self._topic = topic
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        self.client.username_pw_set(user, password)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = lambda client, data, message: self.heard.append(message.topic)
        self.client.connect(LOOPBACK, port)

    def _on_connect(
        self, client: mqtt.Client, data: object, flags: object, reason: Any, props: object
    ) -> None:
        self.connected = not reason.is_failure
        if self.connected:
            client.subscribe(self._topic)

    def _on_subscribe(self, *_: object) -> None:
        self.subscribed = True


async def until(condition: object, clients: list[Client], seconds: float = 10.0) -> None:
    """Drive the clients until `condition()` holds."""
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            for client in clients:
                client.client.loop(0.01)
            await asyncio.sleep(0.01)


async def check_broker(port: int, folder: Path) -> None:
    """Prove on a running broker that rights and passwords hold."""
    edge = Client(port, "edge", read_secret(folder, "edge"), "spBv1.0/demo/#")
    plant = Client(port, "stamping", read_secret(folder, "stamping"), "spBv1.0/demo/NCMD/stamping/#")
    thief = Client(port, "edge", "guessed", "#")
    both = [edge, plant]
    await until(lambda: edge.subscribed and plant.subscribed, both)
    await until(lambda: thief.connected is not None, [thief])
    assert thief.connected is False
    plant.client.publish("spBv1.0/demo/NDATA/aluminium", b"forged")
    plant.client.publish("spBv1.0/demo/NDATA/stamping", b"own")
    edge.client.publish("spBv1.0/demo/NCMD/stamping", b"command")
    await until(lambda: "spBv1.0/demo/NDATA/stamping" in edge.heard and plant.heard, both)
    assert "spBv1.0/demo/NDATA/aluminium" not in edge.heard
    assert plant.heard == ["spBv1.0/demo/NCMD/stamping"]
    for client in both:
        client.client.disconnect()


async def check_program(command: list[str], port: int, folder: Path, log: Path) -> None:
    """Start the broker `command`, check it, stop it."""
    supervisor = Supervisor(print)
    supervisor.start(Child("broker", command, log))
    try:
        await until(lambda: answers(port), [])
        await check_broker(port, folder)
    finally:
        supervisor.stop()
    assert "Traceback" not in log.read_text()  # noqa: ASYNC240 - a test may wait


async def test_embedded_broker_holds_everybody_to_their_rights(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets", RIGHTS)
    port = choose_port(21_883)
    command = [
        sys.executable, "-m", "twin.broker", "--port", str(port), "--secrets", str(tmp_path / "secrets"),
        "--plants", "stamping,aluminium",
    ]  # fmt: skip
    await check_program(command, port, tmp_path / "secrets", tmp_path / "broker.log")


@pytest.mark.mosquitto
async def test_mosquitto_holds_everybody_to_their_rights(tmp_path: Path) -> None:
    program = find_mosquitto()
    assert program is not None, "the marker skips or fails this test where Mosquitto is missing"
    make_secrets(tmp_path / "secrets", RIGHTS)
    port = choose_port(22_883)
    configuration = write_mosquitto(
        tmp_path / "broker",
        port=port,
        secrets=tmp_path / "secrets",
        group="demo",
        plants=["stamping", "aluminium"],
    )
    await check_program(
        [program, "-c", str(configuration)], port, tmp_path / "secrets", tmp_path / "broker.log"
    )


async def test_embedded_broker_on_a_taken_port_says_so(tmp_path: Path) -> None:
    make_secrets(tmp_path, ["edge"])
    server = await asyncio.start_server(lambda reader, writer: None, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "twin.broker", "--port", str(port), "--secrets", str(tmp_path),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, errors = await program.communicate()
    server.close()
    await server.wait_closed()
    assert program.returncode == 1
    assert f"port {port}" in errors.decode()
    assert "Traceback" not in errors.decode()
