"""Attack an OPC UA server: the known classes with `--classes`, else messages damaged at random.

Half of the damaged messages come before a session and half within one, over 8 sockets. Prints what was sent as JSON.
"""

import argparse
import asyncio
import json
import logging
import random  # noqa: TID251 (damage is no part of the model)
import struct
import time

from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from tests.robustness.opcua_attacks import CLASSES, Line
from tests.robustness.opcua_bytes import chunk, hello, message, mutate, open_channel, recorded

SOCKETS = 8


async def before_session(address: str, count: int, chance: random.Random) -> int:
    """Send `count` damaged first messages, several a connection until it is closed; return how many connections."""
    body = struct_to_binary(ua.CreateSessionRequest())
    plain = [
        hello(),
        open_channel(),
        message(1, 13, 2, body),
        chunk(b"CLOF", 1, struct.pack("<III", 13, 3, 3) + body),
    ]
    sent = connections = 0
    while sent < count:
        connections += 1
        line = await Line.to(address)
        try:
            channel, token = 0, 0
            if chance.random() < 0.7:
                channel, token = await line.open()
            for number in range(2, 12):
                if channel and chance.random() < 0.7:
                    data = message(channel, token, number, mutate(body, chance, [body]))
                else:
                    data = mutate(chance.choice(plain), chance, plain)
                sent += 1
                await line.send(data)
                if sent % 7 == 0:
                    await asyncio.sleep(0)
        except (ConnectionError, TimeoutError, struct.error):
            pass
        finally:
            line.end()
    return connections


async def within_session(address: str, count: int, chance: random.Random) -> int:
    """Send `count` damaged requests of an anonymous client in its session; return how many sessions it took."""
    sent = sessions = 0
    while sent < count:
        try:
            async with recorded(address) as made:
                sessions += 1
                while sent < count:
                    sent += 1
                    made.send(mutate(chance.choice(made.bodies), chance, made.bodies))
                    await asyncio.sleep(0.002 if sent % 5 == 0 else 0)
        except (ConnectionError, TimeoutError, ua.UaError):
            await asyncio.sleep(0.01)
    return sessions


async def damaged(address: str, messages: int, seed: int) -> dict[str, float]:
    """Send damaged messages over 8 sockets; return what was sent."""
    start, each = time.monotonic(), messages // SOCKETS
    work = [
        (before_session if number % 2 else within_session)(address, each, random.Random(f"{seed}/{number}"))
        for number in range(SOCKETS)
    ]
    connections = await asyncio.gather(*work)
    return {"sent": each * SOCKETS, "connections": sum(connections), "seconds": time.monotonic() - start}


async def every_class(address: str) -> dict[str, float]:
    """Run the classes one after the other; return the seconds that each took."""
    spent = {}
    for attack in CLASSES:
        start = time.monotonic()
        await attack(address)
        spent[attack.__name__] = round(time.monotonic() - start, 2)
    return spent


def main() -> None:
    """Attack the server at an address."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--classes", action="store_true")
    given = parser.parse_args()
    logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)
    work = every_class(given.address) if given.classes else damaged(given.address, given.messages, given.seed)
    print(json.dumps(asyncio.run(work)))


if __name__ == "__main__":
    main()
