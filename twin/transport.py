"""Transports: how a plant reaches the edge, and which one it uses when nobody says."""

from urllib.parse import urlsplit

import simpy

from twin.model.plant import Plant
from twin.model.streams import Streams
from twin.mqtt_address import MqttAddress, MqttAddressError

SCHEMES = {"opcua": "opc.tcp", "sparkplug": "mqtt"}
DEFAULT_PORTS = {"opcua": 4840, "sparkplug": 1883}


class AddressError(ValueError):
    """A transport or address that cannot be used; the text shows the right form."""


class PlantBroken(RuntimeError):
    """A plant whose line cannot be built; the text names plant and cause."""


def line_kind(plant: Plant) -> str:
    """Return `discrete` or `process`; raises PlantBroken."""
    try:
        return plant.build(simpy.Environment(), Streams(1)).kind
    except Exception as error:
        raise PlantBroken(
            f"plant {plant.name} cannot be built: {type(error).__name__}: {error}; see: twin check {plant.name}"
        ) from error


def default_transport(kind: str) -> str:
    """Return `opcua` for a process line, `sparkplug` for any other (DESIGN: what each trade uses most)."""
    return "opcua" if kind == "process" else "sparkplug"


def checked_transport(transport: str) -> str:
    """Return `transport`; raises AddressError for an unknown one."""
    if transport not in SCHEMES:
        raise AddressError(f"there is no transport {transport!r}; transports: {', '.join(SCHEMES)}")
    return transport


def default_address(transport: str) -> str:
    """Return the address on loopback with the transport's registered port."""
    return f"{SCHEMES[transport]}://127.0.0.1:{DEFAULT_PORTS[transport]}"


def checked_address(transport: str, address: str) -> str:
    """Return `address`; raises AddressError unless it is one of `transport`."""
    scheme = SCHEMES[transport]
    form = f"{transport} wants {scheme}://HOST:PORT, e.g. {default_address(transport)}"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise AddressError(f"{address!r} is no address ({error}); {form}") from None
    encrypted = transport == "sparkplug" and parts.scheme == "mqtts"
    if (parts.scheme != scheme and not encrypted) or not parts.hostname or port == 0:
        raise AddressError(f"{address!r} is no {transport} address; {form}")
    if transport == "sparkplug":
        try:
            MqttAddress.parse(address)
        except MqttAddressError as error:
            raise AddressError(str(error)) from None
    if parts.password or parts.username:
        raise AddressError(
            f"the address of {parts.hostname} holds a user or password; they stand in --secrets"
        )
    return address
