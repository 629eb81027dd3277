"""One Sparkplug edge node as a link: its birth, its frame channel, its answers."""

import asyncio
import dataclasses
import itertools
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import structlog

from edge.collect import Inbox, LinkRefused, LinkStatus
from edge.collect.pull import Pull, keep_declaration
from edge.collect.supervision import supervise
from edge.outbox import OutboxError
from twin.model.command import Command
from twin.packing import DamagedFrames, Parcel
from twin.patience import within
from twin.sparkplug import Metric, Payload

_ANSWER = 3.0  # s, for one try of a request: commands and data are QoS 0 and may be lost
_TRIES = 3
_LEDGER_ANSWER = 10.0
_WATCHDOG = 1.0  # s without a live entry: fetch all the same
_REBIRTH_PAUSE = 10.0  # s between two requests for a birth of one node
_REFUSED_PAUSE = 600.0  # the same, of a node that is no plant of ours
_LIVE_WAITING = 64  # live parcels that wait to be taken; what overflows is fetched

_log = structlog.get_logger(__name__)


class SparkplugLink:
    """One edge node behind a broker; made by the host when it first hears of the node.

    `send` publishes a node command's metrics; it raises ConnectionError while there is no broker.
    """

    def __init__(self, address: str, inbox: Inbox, node: str, send: Callable[[list[Metric]], None]) -> None:
        self.status = LinkStatus(address, plant=node, detail="waiting for the plant's birth")
        self._inbox = inbox
        self._node = node
        self._send = send
        # Another edge at the same broker sees its answers here and ours there: ids must differ.
        self._ids = map(f"{secrets.token_hex(4)}-{{}}".format, itertools.count(1))
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._birth: Payload | None = None
        self._changed = asyncio.Event()  # born or dead
        self._live: asyncio.Queue[bytes] = asyncio.Queue(_LIVE_WAITING)
        self._rebirth_asked = -_REBIRTH_PAUSE
        self._bd: object = None
        self._served: Payload | None = None  # the birth that the running session began with

    # -- what the host hands over --------------------------------------------------------------------------

    def receive(self, kind: str, payload: Payload) -> None:
        """Take a message of the node."""
        if kind == "NBIRTH":
            self._bd = payload.get("bdSeq")
            self._birth = payload
            self._changed.set()
        elif kind == "NDEATH":
            if self._birth is not None and payload.get("bdSeq") == self._bd:
                self.offline("the plant is gone from the broker")
        else:
            self._receive_data(payload)

    def offline(self, cause: str) -> None:
        """Note that node or broker is gone: what waits for an answer need not wait on."""
        self._birth = None
        self.status.state, self.status.detail = "stale", cause
        self._rebirth_asked = time.monotonic() - _REBIRTH_PAUSE + 1.0
        self._changed.set()
        for future in self._answers.values():
            if not future.done():
                future.set_exception(ConnectionError(cause))

    def _receive_data(self, payload: Payload) -> None:
        for metric in payload.metrics:
            value = metric.value
            if metric.name == "Frames/Head" and isinstance(value, int):
                self.status.head = max(self.status.head, value)
            elif metric.name == "Frames/Live" and isinstance(value, bytes):
                if not self._live.full():
                    self._live.put_nowait(value)
            elif metric.name == "Frames/History" and isinstance(value, bytes):
                self._answer(payload.get("Frames/Request"), value)
            elif metric.name == "Frames/Answer" and isinstance(value, str):
                self._receive_answer(value)

    def _receive_answer(self, text: str) -> None:
        try:
            answer = json.loads(text)
            self._answer(answer["id"], answer["result"])
        except (ValueError, TypeError, KeyError):
            return

    def _answer(self, request: object, result: Any) -> None:
        future = self._answers.get(str(request))
        if future is not None and not future.done():
            future.set_result(result)

    # -- the frame channel ---------------------------------------------------------------------------------

    def _command(self, name: str, body: dict[str, Any]) -> None:
        text = json.dumps(body, separators=(",", ":"))
        self._send([Metric(name=f"Frames/{name}", value=text, time_ms=time.time_ns() // 1_000_000)])

    async def _ask(
        self, name: str, body: dict[str, Any], *, seconds: float = _ANSWER, tries: int = _TRIES
    ) -> Any:
        number = next(self._ids)
        # One id for all tries: an answer to an earlier try is an answer.
        future = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            for _ in range(tries):
                self._command(name, {"id": number, **body})
                done, _ = await asyncio.wait([future], timeout=seconds)
                if done:
                    return future.result()
            raise ConnectionError(f"the plant does not answer {name} within {seconds * tries:g} s")
        finally:
            future.cancel()
            del self._answers[number]

    async def fetch(self, position: int, max_bytes: int) -> bytes:
        """Return the parcel of entries from `position` on; raises ConnectionError when the plant was born anew."""
        if self._served is not self._birth:
            raise ConnectionError("the plant was born anew")
        parcel = await self._ask("Fetch", {"position": position, "max_bytes": max_bytes})
        return parcel if isinstance(parcel, bytes) else b""

    async def acknowledge(self, journal: bytes, upto: int) -> None:
        """Let the plant forget entries up to `upto`; one that is lost is made good by the next."""
        self._command("Acknowledge", {"journal": journal.hex(), "upto": upto})

    async def declare(self, epoch: int) -> str:
        """Return the declaration of an epoch as JSON."""
        return str(await self._ask("Declare", {"epoch": epoch}) or "")

    async def ledger(self) -> dict[str, Any]:
        """Ask the plant for its ledger marks; raises ConnectionError when offline."""
        self._need_online()
        marks: dict[str, Any] = json.loads(await self._ask("Ledger", {}, seconds=_LEDGER_ANSWER, tries=2))
        return marks

    async def write(self, command: Command) -> str:
        """Send a command; return "" when accepted or the plant's reason for refusing it."""
        self._need_online()
        return str(await self._ask("Command", {"command": dataclasses.asdict(command)}) or "")

    def _need_online(self) -> None:
        if self._birth is None:
            raise ConnectionError(f"plant {self.status.plant} is offline: {self.status.detail}")

    # -- running -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Pull for as long as the node is there; wait for its birth, or ask for it, when it is not."""
        await supervise(self.status, self._live_through, _explain)

    async def _live_through(self) -> None:
        birth = await self._born()
        try:
            await self._session(birth)
        except Exception as error:
            if isinstance(error, LinkRefused):  # somebody else's node: its next birth is early enough
                self._rebirth_asked = time.monotonic() + _REFUSED_PAUSE - _REBIRTH_PAUSE
            if self._birth is birth:
                self._birth = None  # whatever went wrong, the next birth tells how things are
            raise

    async def _born(self) -> Payload:
        while self._birth is None:
            self._changed.clear()
            if time.monotonic() - self._rebirth_asked >= _REBIRTH_PAUSE:
                self._ask_for_birth()
            try:
                await within(1.0, self._changed.wait())
            except TimeoutError:
                continue
        return self._birth

    def _ask_for_birth(self) -> None:
        try:
            self._send([Metric(name="Node Control/Rebirth", value=True, time_ms=time.time_ns() // 1_000_000)])
            self._rebirth_asked = time.monotonic()
        except ConnectionError:
            pass  # no broker now: asked again when there is one

    async def _session(self, birth: Payload) -> None:
        while not self._live.empty():
            self._live.get_nowait()  # of an earlier session
        journal, head, text = (birth.get(f"Frames/{name}") for name in ("Journal", "Head", "Declaration"))
        if not isinstance(journal, bytes) or not isinstance(text, str):
            raise LinkRefused(
                "the node's birth names no frame channel (Frames/Journal, Frames/Declaration): no plant of ours"
            )
        # A node speaks for itself alone: the broker lets it publish under its own name, and nothing else proves it.
        declaration = await keep_declaration(self._inbox, text, self._node)
        self.status.plant = declaration.plant
        self.status.head = head if isinstance(head, int) else 0
        self.status.connects += 1
        self.status.detail = ""
        self.status.last_data = time.monotonic()
        _log.info("link online", address=self.status.address, plant=declaration.plant)
        pull = Pull(self, self._inbox, self.status, plant=declaration.plant, journal=journal)
        self._served = birth
        complete = False
        while self._birth is birth:
            self.status.state = "online"
            if not complete:
                await pull.catch_up()
            try:
                data = await within(_WATCHDOG, self._live.get())
            except TimeoutError:
                complete = False
            else:
                complete = await pull.push(Parcel.from_bytes(data))
        if self._birth is None:
            raise ConnectionError(self.status.detail or "the plant is gone")


def _explain(error: Exception) -> tuple[str, str]:
    """Return state and detail of a link that ended with `error`, for people."""
    known = isinstance(error, OSError | DamagedFrames | OutboxError)
    cause = (str(error) if known else repr(error)) or type(error).__name__
    return "refused" if isinstance(error, LinkRefused) else "stale", cause
