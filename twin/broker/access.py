"""Who may say what on the broker: one list of rights, written for Mosquitto and checked by the embedded broker."""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PLANT_SAYS = ("NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA")
_EDGE_SAYS = ("NCMD", "DCMD")
_ITERATIONS = 101  # Mosquitto's own default; the passwords are 192 random bits
EDGE = "edge"


@dataclass(frozen=True, slots=True)
class Rights:
    """Topic filters that one user may publish to (`write`) and subscribe to (`read`)."""

    write: tuple[str, ...]
    read: tuple[str, ...]


def plant_rights(plant: str, group: str) -> Rights:
    """Return what a plant may do: speak for itself, hear its own commands and whether the host is there."""
    return Rights(
        write=(*(f"spBv1.0/{group}/{word}/{plant}/#" for word in _PLANT_SAYS), f"umh/v1/{group}/{plant}/#"),
        read=(*(f"spBv1.0/{group}/{word}/{plant}/#" for word in _EDGE_SAYS), "spBv1.0/STATE/#"),
    )


def edge_rights(group: str) -> Rights:
    """Return what the edge may do: hear everything, command every plant, tell that it is there."""
    return Rights(
        write=(*(f"spBv1.0/{group}/{word}/#" for word in _EDGE_SAYS), "spBv1.0/STATE/#"), read=("#",)
    )


def all_rights(plants: Sequence[str], group: str) -> dict[str, Rights]:
    """Return the rights of every user by name."""
    return {EDGE: edge_rights(group)} | {plant: plant_rights(plant, group) for plant in plants}


def covers(allowed: str, wanted: str) -> bool:
    """Tell whether the filter `allowed` holds every topic of the topic or filter `wanted`.

    >>> covers("spBv1.0/demo/NCMD/stamping/#", "spBv1.0/demo/NCMD/stamping")
    True
    >>> covers("spBv1.0/demo/NCMD/stamping/#", "spBv1.0/demo/NCMD/+")
    False
    """
    allowed_levels, wanted_levels = allowed.split("/"), wanted.split("/")
    for place, level in enumerate(allowed_levels):
        if level == "#":
            # wildcards at the start do not reach the broker's own topics (MQTT 3.1.1, 4.7.2)
            return place > 0 or not wanted.startswith("$")
        if place >= len(wanted_levels) or wanted_levels[place] == "#":
            return False
        if level != wanted_levels[place] and (level != "+" or wanted_levels[place].startswith("$")):
            return False
    return len(allowed_levels) == len(wanted_levels)


def mosquitto_acl(rights: Mapping[str, Rights]) -> str:
    """Return the text of Mosquitto's access list."""
    lines = []
    for user, right in rights.items():
        lines.append(f"user {user}")
        lines += [f"topic write {topic}" for topic in right.write]
        lines += [f"topic read {topic}" for topic in right.read]
        lines.append("")
    return "\n".join(lines)


def mosquitto_passwords(passwords: Mapping[str, str]) -> str:
    """Return the text of Mosquitto's password file: salted PBKDF2-SHA512, as `mosquitto_passwd` writes it."""
    lines = []
    for user, password in passwords.items():
        salt = secrets.token_bytes(12)
        digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, 64)
        lines.append(
            f"{user}:$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"
        )
    return "".join(lines)
