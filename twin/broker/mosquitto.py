"""Mosquitto, the broker of choice: where it is, and the configuration it is started with."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from twin.broker.access import all_rights, mosquitto_acl, mosquitto_passwords
from twin.broker.certificate import broker_certificate
from twin.private_file import write_private
from twin.secret import read_secret

MAX_PACKET = 2_000_000  # bytes: a bound for every message; the largest, a ledger, stays below 1,500,000
# Debian keeps daemons where the PATH of ordinary users does not look.
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")


def find_mosquitto() -> str | None:
    """Return the path of the Mosquitto broker, None where it is not installed."""
    return shutil.which("mosquitto", path=os.pathsep.join((os.environ.get("PATH", os.defpath), *_PLACES)))


def write_mosquitto(
    folder: Path, *, port: int, secrets: Path, group: str, plants: Sequence[str], tls_port: int | None = None
) -> Path:
    """Write configuration, password file and access list for Mosquitto into `folder`; return the configuration.

    With `tls_port` it listens encrypted there too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    rights = all_rights(plants, group)
    passwords = mosquitto_passwords({user: read_secret(secrets, user) for user in rights})
    write_private(folder / "passwords", passwords.encode())
    write_private(folder / "access", mosquitto_acl(rights).encode())
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous false",
        f"password_file {(folder / 'passwords').resolve()}",
        f"acl_file {(folder / 'access').resolve()}",
        # The journal of each plant keeps what matters; a broker that remembers nothing is faster and simpler.
        "persistence false",
        f"max_packet_size {MAX_PACKET}",
        "max_keepalive 60",
        "set_tcp_nodelay true",  # else a message may wait 40 ms for the acknowledgement of the one before it
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "connection_messages true",
    ]
    if tls_port is not None:
        files = broker_certificate(folder / "tls", secrets)
        lines += [
            f"listener {tls_port} 127.0.0.1",
            f"certfile {files.certificate.resolve()}",
            f"keyfile {files.key.resolve()}",
            "tls_version tlsv1.2",  # or newer
        ]
    if os.geteuid() == 0:
        # started by root it would become user `mosquitto`, who may not read these files
        lines.append("user root")
    write_private(folder / "mosquitto.conf", ("\n".join(lines) + "\n").encode())
    return folder / "mosquitto.conf"
