"""Every way to write times every identity: who may not has no effect, who may has one; judged by effect, not by reply.

`WRITE_MATRIX_JSON=file` keeps the tables.
"""

import base64
import json
import os
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from edge.api.access import Role
from edge.api.event_query import event_id
from edge.comparison import Asked, Stage
from edge.store import Event
from edge.training.drill import Drill, Phase, Plan
from edge.training.drills import _digest
from tests.edge.api_bench import TOKENS, tokens
from tests.edge.drifting import KEY
from tests.edge.waiting import until
from tests.robustness.mqtt_client import Listener
from tests.robustness.world import FAULT, GROUP, World, world
from twin.secret import read_secret
from twin.sparkplug import DEVICE_TYPES, NODE_TYPES, Metric, Payload, encode

pytestmark = [pytest.mark.timeout(300)]

Table = dict[str, dict[str, str]]
SAFE = {"GET", "HEAD", "OPTIONS"}


def keep(name: str, table: Table) -> None:
    """Add a table to the file that the environment names."""
    if not (place := os.environ.get("WRITE_MATRIX_JSON")):
        return
    file = Path(place)
    known = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(known | {name: table}, indent=1) + "\n")


def verdict(effect: bool, allowed: bool) -> str:
    return ("effect" if effect else "none") + ("" if effect == allowed else " (WRONG)")


def wrong(table: Table) -> list[str]:
    return [f"{path} by {who}" for path, row in table.items() for who, cell in row.items() if "WRONG" in cell]


# -- REST ------------------------------------------------------------------------------------------------------

PLANT = "/api/v1/plants/{plant}"
Body = Callable[[World, int], dict[str, Any] | None]


def other_mode(world: World, _: int) -> dict[str, Any]:
    return {"mode": "advisory" if ("alpha", KEY) in world.loops.modes._automatic else "automatic"}


def seen(world: World, turn: int) -> dict[str, Any]:
    """Let an alarm happen that can be acknowledged."""
    scope = world.alpha.process.declaration.unit("lathe").path
    event = Event(1_000 + turn, scope, "alarm", "warning", f"matrix {turn}", "dimension", 1.0)
    world.loops._store.record([event])
    return {"ids": [event_id(event)]}


def drill(world: World, turn: int) -> dict[str, Any]:
    return {
        "name": f"drill {turn}",
        "plant": "alpha",
        "length_s": 600,
        "surprise": {"count": 1, "seed": turn},
    }


def fresh_drill(world: World, turn: int) -> str:
    """Keep a drill that can be joined and started, and return its id; the one before has ended."""
    for one in world.drills.drills():
        if one.phase is not Phase.ENDED:
            world.drills.end(one.id, 1)
    made = Drill(id=f"d{turn}", name="drill", plant="alpha", by="test", created_ms=turn, length_s=600.0)
    world.drills.add(made, [Plan(key=FAULT, after_s=500.0, duration_s=10.0)])
    world.hear_alpha(turn)
    return made.id


def running_drill(world: World, turn: int) -> str:
    """Keep a drill that runs, and that whoever has TAKES_PART takes part in; return its id."""
    id_ = fresh_drill(world, turn)
    world.drills.start(id_, time.time_ns() // 1_000_000)
    who, _ = world.drills.join(id_, "somebody", 1)
    world.drills._db.execute(
        "UPDATE participants SET digest = ? WHERE number = ?", (_digest(TAKES_PART), who.number)
    )
    return id_


def planned_fault(world: World, turn: int) -> str:
    """Plan a fault that can be withdrawn, and return its number."""
    return str(world.drills.plan("alpha", Plan(key=FAULT, after_s=9000.0, duration_s=10.0), "test", 1).number)


TAKES_PART = "token-of-a-participant"
PARTICIPANT = "participant"
Place = str | Callable[[World, int], str]
DRILL = "/api/v1/drills/{drill_id}"

# What a valid request of each operation looks like, and who may make it: None is whoever may read.
ROWS: dict[tuple[str, str], tuple[Place, Role | str | None, Body]] = {
    ("POST", f"{PLANT}/commands"): (
        "", Role.OPERATOR, lambda _, turn: {"path": "lathe/offset", "value": float(turn), "reason": "matrix"},
    ),
    ("POST", f"{PLANT}/faults/{{key}}"): (FAULT, Role.OPERATOR, lambda _, turn: {"reason": f"matrix {turn}"}),
    ("DELETE", f"{PLANT}/faults/{{key}}"): (FAULT, Role.OPERATOR, lambda _, turn: None),
    ("POST", f"{PLANT}/upgrades/{{key}}"): (KEY, Role.OPERATOR, lambda _, turn: {"strength": turn % 4}),
    ("PUT", f"{PLANT}/upgrades/{{key}}/mode"): (KEY, Role.OPERATOR, other_mode),
    ("POST", "/api/v1/comparisons"): ("", Role.OPERATOR, lambda _, turn: {"plant": "alpha"}),
    ("DELETE", "/api/v1/comparisons/{key}"): ("", Role.OPERATOR, lambda _, turn: None),
    ("DELETE", f"{PLANT}/faults"): ("", Role.OPERATOR, lambda _, turn: None),
    ("POST", f"{PLANT}/schedule"): (
        "", Role.OPERATOR, lambda _, turn: {"key": FAULT, "after_s": 9000 + turn, "duration_s": 60},
    ),
    ("DELETE", f"{PLANT}/schedule/{{number}}"): (planned_fault, Role.OPERATOR, lambda _, turn: None),
    ("POST", "/api/v1/drills"): ("", Role.OPERATOR, drill),
    ("POST", f"{DRILL}/start"): (fresh_drill, Role.OPERATOR, lambda _, turn: None),
    ("DELETE", DRILL): (running_drill, Role.OPERATOR, lambda _, turn: None),
    ("POST", f"{DRILL}/participants"): (fresh_drill, None, lambda _, turn: {"name": f"team {turn}"}),
    ("POST", f"{DRILL}/marks"): (running_drill, PARTICIPANT, lambda _, turn: {"unit": "lathe"}),
    ("POST", f"{PLANT}/events/acknowledge"): ("", Role.OPERATOR, seen),
    ("POST", "/api/v1/tokens/{role}"): ("viewer", Role.ADMIN, lambda _, turn: None),
}  # fmt: skip


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def callers(world: World, revoked: str) -> dict[str, tuple[dict[str, str], Role | None]]:
    """Return headers and role of every identity."""

    def bearer(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    return {
        "anonymous": ({}, None),
        "empty token": (bearer(""), None),
        "wrong token": (bearer("0" * 32), None),
        "viewer": (bearer(TOKENS[Role.VIEWER]), Role.VIEWER),
        "operator": (bearer(TOKENS[Role.OPERATOR]), Role.OPERATOR),
        "admin": (bearer(TOKENS[Role.ADMIN]), Role.ADMIN),
        "revoked operator": (bearer(revoked), None),
        "plant with its password": (bearer(read_secret(world.secrets, "alpha")), None),
        "other plant": (bearer(read_secret(world.secrets, "beta")), None),
        "edge with its password": (bearer(read_secret(world.secrets, "edge")), None),
        "admin with any password": (basic("admin", "admin"), None),
        "admin's token as a browser sends it": (basic("admin", TOKENS[Role.ADMIN]), None),
        "cookie": ({"Cookie": f"token={TOKENS[Role.ADMIN]}"}, None),
        "participant": ({"Participant-Token": TAKES_PART}, None),
        "participant as a bearer": (bearer(TAKES_PART), None),
    }


REFUSED = {
    "empty token", "wrong token", "revoked operator", "plant with its password", "other plant",
    "edge with its password", "admin with any password", "participant as a bearer",
}  # fmt: skip


def may(who: str, role: Role | None, needed: Role | str | None) -> bool:
    """Tell whether an identity may make a request; whoever shows a wrong token is let in nowhere."""
    if needed is None:
        return who not in REFUSED
    return who == needed if isinstance(needed, str) else role is not None and role >= needed


def writing_operations(world: World) -> set[tuple[str, str]]:
    """Return what the description and the router itself know of operations that change something."""
    described = {
        (method.upper(), path)
        for path, operations in world.app.openapi()["paths"].items()
        for method in operations
        if method.upper() not in SAFE
    }
    routed = {
        (method, route.path)
        for route in world.app.routes
        for method in (getattr(route, "methods", None) or ())
        if method not in SAFE
    }
    return described | routed


async def compared(world: World, method: str) -> str:
    """Make room for a comparison, or start one to be cancelled; return its id."""
    running = next((one.id for one in world.comparisons.all() if one.stage is Stage.RUNNING), "")
    if method == "POST":
        await world.comparisons.cancel(running)
    elif not running:
        running = (await world.comparisons.start(Asked(plant="alpha", model="alpha"), "matrix")).id
    return running


@pytest.mark.mosquitto
async def test_api_write_paths_obey_nobody_but_who_may(tmp_path: Path) -> None:
    async with world(tmp_path, "mosquitto") as found:
        assert writing_operations(found) == set(ROWS), "give a new operation a row"
        revoked = found.tokens.rotate(Role.OPERATOR)
        tokens(found.secrets)
        table: Table = {}
        turn = 0
        for (method, path), (key, needed, body) in ROWS.items():
            row = table.setdefault(f"{method} {path}", {})
            for who, (headers, role) in callers(found, revoked).items():
                turn += 1
                last = key if isinstance(key, str) else key(found, turn)
                if "/comparisons" in path:
                    last = await compared(found, method)
                place = re.sub(r"{(\w+)}", lambda part: "alpha" if part[1] == "plant" else last, path)  # noqa: B023
                before = found.snapshot()
                answer = await found.client.request(
                    method, place, params={"token": TOKENS[Role.ADMIN]} if who == "anonymous" else None,
                    headers=headers, json=body(found, turn),
                )  # fmt: skip
                await found.fence()
                after = found.snapshot()
                allowed = may(who, role, needed)
                row[who] = verdict(before != after, allowed)
                if allowed:
                    assert answer.status_code < 300, answer.text
                    deeds = len(after["deeds"]) - len(before["deeds"])
                    assert deeds == isinstance(needed, Role), "a deed without a row in the audit"
                tokens(found.secrets)
        keep("REST", table)
        assert wrong(table) == []
        refused = [deed for deed in found.audit.page(limit=1000) if deed.action == "refused"]
        assert {deed.plant for deed in refused} == {"alpha", ""}


# -- MQTT ------------------------------------------------------------------------------------------------------

Attack = tuple[str, str, Callable[[World, int], bytes]]  # topic, who may, payload


def request(name: str, body: Callable[[World, int], dict[str, Any]]) -> Callable[[World, int], bytes]:
    def made(world: World, turn: int) -> bytes:
        metric = Metric(name=f"Frames/{name}", value=json.dumps(body(world, turn)))
        return encode(Payload(time_ms=1, metrics=(metric,)))

    return made


def command(world: World, turn: int) -> dict[str, Any]:
    path = f"{world.alpha.process.declaration.unit('lathe').path}/offset"
    return {
        "id": f"a{turn}",
        "command": {"id": f"c{turn}", "path": path, "value": turn, "expires_ms": 10**14},
    }


def forged_acknowledgement(world: World, _: int) -> dict[str, Any]:
    journal = world.alpha.process.journal
    return {"journal": journal.id.hex(), "upto": journal.acknowledged + 1}


def single(name: str, value: Any) -> Callable[[World, int], bytes]:
    return lambda world, turn: encode(Payload(time_ms=1, metrics=(Metric(name=name, value=value),)))


def offset(world: World, turn: int) -> bytes:
    return encode(Payload(time_ms=1, metrics=(Metric(name="offset", value=float(turn)),)))


def rubbish(world: World, turn: int) -> bytes:
    return b"\xff forged " + str(turn).encode()


def death(world: World, turn: int) -> bytes:
    return encode(Payload(time_ms=1, metrics=(world.alpha.node._bd_metric(1),)))


def state(world: World, turn: int) -> bytes:
    return json.dumps({"online": True, "timestamp": turn}).encode()


SPB = f"spBv1.0/{GROUP}"
ATTACKS: dict[str, Attack] = {
    "NCMD rebirth": (f"{SPB}/NCMD/alpha", "edge", single("Node Control/Rebirth", True)),
    "NCMD command": (f"{SPB}/NCMD/alpha", "edge", request("Command", command)),
    "NCMD acknowledge": (f"{SPB}/NCMD/alpha", "edge", request("Acknowledge", forged_acknowledgement)),
    "DCMD write": (f"{SPB}/DCMD/alpha/lathe", "edge", offset),
    "STATE": ("spBv1.0/STATE/edge", "edge", state),
    "NBIRTH": (f"{SPB}/NBIRTH/alpha", "alpha", rubbish),
    "NDATA": (f"{SPB}/NDATA/alpha", "alpha", rubbish),
    "NDEATH": (f"{SPB}/NDEATH/alpha", "alpha", death),
    "DBIRTH": (f"{SPB}/DBIRTH/alpha/lathe", "alpha", rubbish),
    "DDATA": (f"{SPB}/DDATA/alpha/lathe", "alpha", rubbish),
    "DDEATH": (f"{SPB}/DDEATH/alpha/lathe", "alpha", rubbish),
    "unified namespace": (f"umh/v1/{GROUP}/alpha/area_1/line_1/lathe/_raw/offset", "alpha", rubbish),
    "unknown topic": ("plant/alpha/anything", "nobody", rubbish),
}


def users(world: World) -> dict[str, tuple[str, str] | None]:
    """Return user and password of every identity."""
    secrets = world.secrets
    return {
        "anonymous": None,
        "wrong password": ("alpha", "guess"),
        "viewer": ("viewer", TOKENS[Role.VIEWER]),
        "operator": ("operator", TOKENS[Role.OPERATOR]),
        "admin": ("admin", TOKENS[Role.ADMIN]),
        "admin with any password": ("admin", "admin"),
        "revoked": ("gamma", "once right"),
        "other plant": ("beta", read_secret(secrets, "beta")),
        "own plant": ("alpha", read_secret(secrets, "alpha")),
        "edge with wrong password": ("edge", "guess"),
        "edge": ("edge", read_secret(secrets, "edge")),
    }


async def listener(found: World) -> tuple[list[str], Callable[[], Awaitable[None]]]:
    """Hear everything as the edge's user may; return topics with forged payloads, and what ends it."""
    ear = Listener(found.port, "edge", read_secret(found.secrets, "edge"), "#")
    await until(lambda: ear.subscribed)
    return ear.forged, ear.close


@pytest.mark.parametrize("kind", ["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def test_topics_obey_nobody_but_who_may(tmp_path: Path, kind: str) -> None:
    covered = {name.split()[0] for name in ATTACKS}
    assert NODE_TYPES | DEVICE_TYPES | {"STATE"} <= covered, "give a new kind of message a row"
    async with world(tmp_path, kind) as found:
        forged, close = await listener(found)
        table: Table = {}
        turn = 100
        try:
            for name, (topic, owner, payload) in ATTACKS.items():
                row = table.setdefault(name, {})
                for who, login in users(found).items():
                    turn += 1
                    allowed = owner == {"own plant": "alpha"}.get(who, who)
                    await found.online()
                    before = found.snapshot() | {"forged": len(forged)}
                    await found.publish(login, topic, payload(found, turn))
                    await found.fence()
                    if allowed:
                        await until(lambda: found.snapshot() | {"forged": len(forged)} != before)  # noqa: B023
                    row[who] = verdict(found.snapshot() | {"forged": len(forged)} != before, allowed)
        finally:
            await close()
        keep(f"MQTT {kind}", table)
        assert wrong(table) == []
