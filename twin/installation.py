"""Secrets of an installation whose roles share no folder: made once in one place, each role given its own.

`python -m twin.installation --folder DIR --sparkplug stamping --opcua aluminium` fills the folders `broker`, `edge`,
`influxdb`, `reader` (who makes the token that Grafana reads with), `grafana`, `trust` and one a plant in DIR from
`authority`, which nobody else needs to see. A second start changes no secret.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from twin.broker.access import EDGE, all_rights, mosquitto_acl, mosquitto_passwords
from twin.broker.certificate import broker_certificate
from twin.model.simulation import ENTERPRISE
from twin.mqtt_address import CA_FILE
from twin.private_file import write_private
from twin.secret import SecretError, make_secrets, read_secret
from twin.trust import TrustList

BROKER_NAMES = ("broker", "localhost", "127.0.0.1")
_DATABASE = ("influxdb", "influxdb-password")
_GRAFANA = ("grafana-password", "grafana-key")


def prepare(folder: Path, sparkplug: Sequence[str], opcua: Sequence[str]) -> None:
    """Make what is missing and hand it out; raises SecretError, OSError."""
    authority = folder / "authority"
    make_secrets(authority, (EDGE, *_DATABASE, *_GRAFANA, *sparkplug))
    files = broker_certificate(authority / "tls", authority, BROKER_NAMES)
    rights = all_rights(sparkplug, ENTERPRISE)
    _hand_out(folder / "broker", {
        "passwords": mosquitto_passwords({user: read_secret(authority, user) for user in rights}).encode(),
        "access": mosquitto_acl(rights).encode(),
        "server.crt": files.certificate.read_bytes(),
        "server.key": files.key.read_bytes(),
    })  # fmt: skip
    edge = (authority / EDGE).read_bytes()
    broker_authority = files.authority.read_bytes()
    token, password = ((authority / name).read_bytes() for name in _DATABASE)
    _hand_out(folder / "edge", {EDGE: edge, "influxdb": token, CA_FILE: broker_authority})
    _hand_out(folder / "influxdb", {"token": token, "password": password})
    _hand_out(folder / "reader", {"influxdb": token})
    password, key = ((authority / name).read_bytes() for name in _GRAFANA)
    _hand_out(folder / "grafana", {"password": password, "key": key})
    for plant in sparkplug:
        _hand_out(folder / plant, {plant: (authority / plant).read_bytes(), CA_FILE: broker_authority})
    for plant in opcua:
        _hand_out(folder / plant, {EDGE: edge})
        (folder / plant / "certificates").mkdir(mode=0o700, exist_ok=True)  # where the trust list is mounted
    (folder / "edge" / "certificates").mkdir(mode=0o700, exist_ok=True)
    trust = folder / "trust"
    trust.mkdir(mode=0o700, exist_ok=True)
    TrustList(trust).prepare()


def _hand_out(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files (mode 0600) that are missing or differ; what else lies there stays."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, content in contents.items():
        file = folder / name
        if file.exists() and file.read_bytes() == content:
            continue
        write_private(file, content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m twin.installation", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument(
        "--sparkplug", action="append", default=[], metavar="PLANT", help="at the broker; repeatable"
    )
    parser.add_argument(
        "--opcua", action="append", default=[], metavar="PLANT", help="with its own server; repeatable"
    )
    options = parser.parse_args(arguments)
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        prepare(options.folder, options.sparkplug, options.opcua)
    except (SecretError, OSError) as error:
        print(f"installation: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
