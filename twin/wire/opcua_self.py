"""What a plant's OPC UA server says of itself: its build, and that history can be read."""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

from asyncua import Server, ua

from twin.wire.opcua_history import capabilities


def version() -> str:
    """Return the installed version."""
    try:
        return version_of("smart-factory-twin")
    except PackageNotFoundError:
        return "0 (not installed)"


_BUILT = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)


async def describe_server(server: Server) -> None:
    """Fill in BuildInfo (the build's date is that of this program's file) and the capabilities of history."""
    await server.set_build_info(
        server.product_uri, server.manufacturer_name, server.name, version(), version(), _BUILT
    )
    for variable, value in capabilities().items():
        await server.write_attribute_value(ua.NodeId(variable), ua.DataValue(value))
