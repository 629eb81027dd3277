"""The embedded broker, for machines without Mosquitto: amqtt as a process of its own, with the same rights.

`python -m twin.broker --port 1883 --secrets DIR --group demo --plants stamping,aluminium`
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
from twin.demo.port import is_free
from twin.secret import SecretError, read_secret


class Passwords(BaseAuthPlugin):  # type: ignore[misc] # amqtt ships no types
    """Lets in who knows a user's password."""

    @dataclass
    class Config:
        """`passwords` by user."""

        passwords: dict[str, str] = field(default_factory=dict)

    async def authenticate(self, *, session: Session) -> bool | None:
        """Compare in constant time."""
        known = self._get_config_option("passwords", {}).get(session.username or "")
        return known is not None and hmac.compare_digest(known.encode(), (session.password or "").encode())


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


def _configuration(port: int, passwords: dict[str, str], rights: dict[str, Rights]) -> BrokerConfig:
    plugins: dict[str, Any] = {
        "twin.broker.embedded.Passwords": {"passwords": passwords},
        "twin.broker.embedded.Topics": {
            "rights": {u: {"write": list(r.write), "read": list(r.read)} for u, r in rights.items()}
        },
    }
    return BrokerConfig(
        listeners={"default": ListenerConfig(bind=f"127.0.0.1:{port}", max_connections=200)}, plugins=plugins
    )


async def serve(port: int, passwords: dict[str, str], rights: dict[str, Rights]) -> None:
    """Run the embedded broker until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    broker = Broker(_configuration(port, passwords, rights), loop=loop)
    await broker.start()
    print(f"broker: amqtt on 127.0.0.1:{port}", flush=True)
    await stop.wait()
    await broker.shutdown()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the embedded broker; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m twin.broker", description="Run the embedded MQTT broker."
    )
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--secrets", type=Path, required=True, help="directory of the users' password files")
    parser.add_argument("--group", default="demo", help="Sparkplug group: the enterprise")
    parser.add_argument("--plants", default="", help="names, separated by commas")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if not is_free(options.port):
        print(f"broker: port {options.port} is taken; free it or give another with --port", file=sys.stderr)
        return 1
    plants = [name for name in options.plants.split(",") if name]
    try:
        passwords = {user: read_secret(options.secrets, user) for user in (EDGE, *plants)}
        asyncio.run(serve(options.port, passwords, all_rights(plants, options.group)))
    except (SecretError, OSError) as error:
        print(f"broker: {error}", file=sys.stderr)
        return 1
    except BrokerError as error:
        print(f"broker: cannot start on port {options.port}: {error}", file=sys.stderr)
        return 1
    return 0
