"""What an edge asks of a plant over Sparkplug: the frame channel, in metrics of NCMD and NDATA."""

import json
from typing import Any

from twin.sparkplug import Metric
from twin.wire.channel import Channel

REQUESTS = ("Fetch", "Acknowledge", "Ledger", "Command", "Declare")
_LEDGER_BYTES = 1_500_000  # Mosquitto's default packet limit is 2,000,000


async def answer(channel: Channel, name: str, request: dict[str, Any]) -> list[Metric]:
    """Do what the request `name` asks; return the metrics of its answer, none where it has none.

    Raises KeyError, TypeError or ValueError for a request that is not whole.
    """
    if name == "Acknowledge":
        await channel.acknowledge(bytes.fromhex(request["journal"]), int(request["upto"]))
        return []
    if name == "Fetch":
        parcel = await channel.fetch(int(request["position"]), int(request["max_bytes"]))
        now = channel.now_ms()
        return [
            Metric(name="Frames/History", value=parcel, time_ms=now, is_historical=True),
            Metric(name="Frames/Request", value=str(request["id"]), time_ms=now),
        ]
    if name == "Ledger":
        result = await channel.ledger(_LEDGER_BYTES)
    elif name == "Declare":
        result = await channel.declare(int(request["epoch"]))
    else:
        result = await channel.command(json.dumps(request["command"]))
    told = json.dumps({"id": request["id"], "result": result})
    return [Metric(name="Frames/Answer", value=told, time_ms=channel.now_ms())]
