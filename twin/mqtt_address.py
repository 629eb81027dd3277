"""Addresses of brokers, plain on this machine and encrypted everywhere, and what a client needs to believe one."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from twin.loopback import is_loopback

PORT, TLS_PORT = 1883, 8883
CA_FILE = "ca.crt"  # in the secrets directory: the authority that signed the broker's certificate


class MqttAddressError(ValueError):
    """An address that is none, or that would send passwords over a network in the clear."""


@dataclass(frozen=True, slots=True)
class MqttAddress:
    """A broker: `mqtt://` on loopback, `mqtts://` anywhere."""

    host: str
    port: int
    encrypted: bool

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.encrypted else 'mqtt'}://{host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> "MqttAddress":
        """Read an address; raises MqttAddressError.

        >>> str(MqttAddress.parse("mqtts://broker"))
        'mqtts://broker:8883'
        """
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise MqttAddressError(f"{text!r} is no address: {error}") from None
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or port == 0:
            raise MqttAddressError(f"{text!r} is no broker's address; use mqtts://HOST:PORT")
        encrypted = parts.scheme == "mqtts"
        if not encrypted and not is_loopback(parts.hostname):
            raise MqttAddressError(
                f"{text!r} leaves this machine, where MQTT needs TLS; use mqtts://{parts.hostname}:PORT"
            )
        return cls(parts.hostname, port or (TLS_PORT if encrypted else PORT), encrypted)

    def context(self, secrets: Path | None) -> ssl.SSLContext | None:
        """Return what checks the broker's certificate and name: the installation's authority, else the system's.

        None for a plain address. Raises OSError (ssl.SSLError is one) for an authority that cannot be read.
        """
        if not self.encrypted:
            return None
        own = None if secrets is None else secrets / CA_FILE
        found = ssl.create_default_context(cafile=str(own) if own is not None and own.exists() else None)
        found.minimum_version = ssl.TLSVersion.TLSv1_2
        return found
