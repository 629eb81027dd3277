"""Faults over OPC UA: two methods that a client of others understands without our JSON."""

import json
import secrets as random
from dataclasses import asdict

from twin.model.trigger import Trigger, fault_command, parse_moment
from twin.wire.channel import Channel

_SOURCE = "opcua"


async def inject_fault(channel: Channel, key: str, at: str, after: float, when: str) -> str:
    """Let the fault `key` strike; return "" when accepted, else the reason.

    `at` is RFC 3339, `after` seconds from now, `when` a condition such as `op10/tonnage > 12000`; empty and 0 are
    not given.
    """
    try:
        moment = parse_moment(at) if at else None
        return await _send(channel, key, strike=True, trigger=Trigger(at=moment, after=after, when=when))
    except ValueError as error:
        return str(error)


async def reset_fault(channel: Channel, key: str) -> str:
    """Mend the fault `key` and take back what is pending for it; return "" when accepted, else the reason."""
    try:
        return await _send(channel, key, strike=False, trigger=Trigger())
    except ValueError as error:
        return str(error)


async def _send(channel: Channel, key: str, *, strike: bool, trigger: Trigger) -> str:
    command = fault_command(
        channel.declaration, key, strike=strike, id_=f"opcua-{random.token_hex(8)}", now_ms=channel.now_ms(),
        trigger=trigger, source=_SOURCE,
    )  # fmt: skip
    return await channel.command(json.dumps(asdict(command)))
