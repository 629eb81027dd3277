"""The embedded broker, for machines without Mosquitto: amqtt as a process of its own, with the same rights.

`python -m twin.broker --port 1883 --tls-port 8883 --secrets DIR --data DIR --plants stamping,aluminium`
"""

import argparse
import asyncio
import hmac
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext, BrokerConfig, ListenerConfig
from amqtt.errors import BrokerError
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from twin.broker.access import EDGE, Rights, all_rights, covers
from twin.broker.certificate import BrokerFiles, broker_certificate
from twin.demo.port import is_free
from twin.secret import SecretError, read_secret


class Passwords(BaseAuthPlugin):  # type: ignore[misc] # amqtt ships no types
    """Lets in who knows a user's password, with a Will that the user may publish."""

    @dataclass
    class Config:
        """`passwords` and `wills` (topic filters that may be written) by user."""

        passwords: dict[str, str] = field(default_factory=dict)
        wills: dict[str, list[str]] = field(default_factory=dict)

    async def authenticate(self, *, session: Session) -> bool | None:
        """Compare in constant time; amqtt asks nobody else about a Will."""
        user = session.username or ""
        known = self._get_config_option("passwords", {}).get(user)
        if known is None or not hmac.compare_digest(known.encode(), (session.password or "").encode()):
            return False
        allowed = self._get_config_option("wills", {}).get(user, [])
        return not session.will_flag or any(covers(one, session.will_topic or "") for one in allowed)


class Topics(BaseTopicPlugin):  # type: ignore[misc] # amqtt ships no types
    """Holds every user to its rights."""

    @dataclass
    class Config:
        """`rights` by user: `write` and `read` filters."""

        rights: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._decided: dict[tuple[str, str, bool], bool] = {}

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        """Allow what some filter of the user's covers."""
        user = (session.username or "") if session else ""
        key = (user, topic or "", action is Action.PUBLISH)
        decided = self._decided.get(key)
        if decided is None:
            rights = self._get_config_option("rights", {}).get(user, {})
            filters = rights.get("write" if action is Action.PUBLISH else "read", [])
            decided = any(covers(allowed, topic or "") for allowed in filters)
            if len(self._decided) < 10_000:
                self._decided[key] = decided
        return decided


def _configuration(
    port: int, passwords: dict[str, str], rights: dict[str, Rights], tls: tuple[int, BrokerFiles] | None
) -> BrokerConfig:
    plugins: dict[str, Any] = {
        "twin.broker.embedded.Passwords": {
            "passwords": passwords,
            "wills": {user: list(right.write) for user, right in rights.items()},
        },
        "twin.broker.embedded.Topics": {
            "rights": {u: {"write": list(r.write), "read": list(r.read)} for u, r in rights.items()}
        },
    }
    listeners = {"default": ListenerConfig(bind=f"127.0.0.1:{port}", max_connections=200)}
    if tls is not None:
        # OpenSSL's default context: TLS 1.2 or newer
        listeners["tls"] = ListenerConfig(
            bind=f"127.0.0.1:{tls[0]}",
            max_connections=200,
            ssl=True,
            certfile=tls[1].certificate,
            keyfile=tls[1].key,
        )
    return BrokerConfig(listeners=listeners, plugins=plugins)


async def serve(
    port: int,
    passwords: dict[str, str],
    rights: dict[str, Rights],
    tls: tuple[int, BrokerFiles] | None = None,
) -> None:
    """Run the embedded broker until SIGINT or SIGTERM; `tls` is port and files of the encrypted listener."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    broker = Broker(_configuration(port, passwords, rights, tls), loop=loop)
    await broker.start()
    print(f"broker: amqtt on 127.0.0.1:{port}" + (f" and, with TLS, {tls[0]}" if tls else ""), flush=True)
    await stop.wait()
    await broker.shutdown()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the embedded broker; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m twin.broker", description="Run the embedded MQTT broker."
    )
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--tls-port", type=int, help="port of the encrypted listener; none without")
    parser.add_argument("--data", type=Path, default=Path("broker"), help="directory of its certificate")
    parser.add_argument("--secrets", type=Path, required=True, help="directory of the users' password files")
    parser.add_argument("--group", default="demo", help="Sparkplug group: the enterprise")
    parser.add_argument("--plants", default="", help="names, separated by commas")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name, port in (("--port", options.port), ("--tls-port", options.tls_port)):
        if port is not None and not is_free(port):
            print(f"broker: port {port} is taken; free it or give another with {name}", file=sys.stderr)
            return 1
    plants = [name for name in options.plants.split(",") if name]
    try:
        passwords = {user: read_secret(options.secrets, user) for user in (EDGE, *plants)}
        tls = None
        if options.tls_port is not None:
            tls = options.tls_port, broker_certificate(options.data / "tls", options.secrets)
        asyncio.run(serve(options.port, passwords, all_rights(plants, options.group), tls))
    except (SecretError, OSError) as error:
        print(f"broker: {error}", file=sys.stderr)
        return 1
    except BrokerError as error:
        print(f"broker: cannot start on port {options.port}: {error}", file=sys.stderr)
        return 1
    return 0
