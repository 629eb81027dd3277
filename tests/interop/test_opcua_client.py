"""node-opcua as a client of a plant's OPC UA server: every policy, machines, units, states, history, methods."""

from pathlib import Path
from typing import Any

import pytest

from tests.interop.programs import node
from tests.wire.encrypted import Identity
from tests.wire.running import LINE, PASSWORD, running_beside
from twin.model.measure import measure_unit
from twin.wire.opcua_machinery import DI_URI, MACHINERY_URI

pytestmark = pytest.mark.nodejs

NAMESPACE = "urn:smart-factory-twin:toy"
READ, HISTORY_READ = 1, 4  # bits of AccessLevel


@pytest.fixture(scope="module")
def tours(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the client found over each endpoint that the server offers."""
    import asyncio

    folder = tmp_path_factory.mktemp("interop")
    client = Identity(folder, "interop")
    client.place(folder / "plant" / "secrets" / "certificates" / "trusted")
    with running_beside("opc.tcp://127.0.0.1:0", folder / "plant") as address:
        return list(asyncio.run(_tour(address, folder, client)))


async def _tour(address: str, folder: Path, client: Identity) -> Any:
    plant = {
        "uri": NAMESPACE, "line": LINE, "measure": f"{LINE}/mixer/temperature", "text": f"{LINE}/mixer/reason",
        "counter": f"{LINE}/line/power_on_duration", "setpoint": f"{LINE}/mixer/target_cycle",
    }  # fmt: skip
    return await node(
        "opcua_client.js",
        {
            "address": address, "folder": str(folder / "pki"), "certificate": str(client.cert), "key": str(client.key),
            "uri": client.uri, "user": "edge", "password": PASSWORD, "plant": plant,
        },
    )  # fmt: skip


def encrypted(tours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [tour for tour in tours if tour["policy"] != "None"]


def test_every_offered_policy_connects(tours: list[dict[str, Any]]) -> None:
    assert {tour["policy"]: tour.get("error") for tour in tours} == {tour["policy"]: None for tour in tours}
    assert {"None", "Basic256Sha256"} <= {tour["policy"] for tour in tours}
    assert {tour["mode"] for tour in encrypted(tours)} == {"SignAndEncrypt"}


def test_machines_are_found_by_the_entry_point(tours: list[dict[str, Any]]) -> None:
    for tour in tours:
        assert tour["machines"]["entry"].endswith(";i=1001")
        assert list(tour["machines"]["found"]) == ["mixer"]
        assert tour["machines"]["found"]["mixer"]["node"].endswith(f";s={LINE}/mixer")


def test_identification_has_its_mandatory_children(tours: list[dict[str, Any]]) -> None:
    for tour in tours:
        machine = tour["machines"]["found"]["mixer"]
        assert machine["type"].endswith(";i=1012")
        identity = machine["identity"]
        assert (
            identity[f"{DI_URI}ProductInstanceUri"] == "urn:smart-factory-twin:demo:toy:area_1:line_1:mixer"
        )
        assert identity[f"{DI_URI}Manufacturer"]
        assert identity[f"{DI_URI}SerialNumber"] == "toy-mixer"
        assert identity[f"{MACHINERY_URI}Location"] == LINE


def test_states_are_those_of_the_type(tours: list[dict[str, Any]]) -> None:
    """What CurrentState shows is the state of the type to which its Id points, with that state's number."""
    names = {
        "MachineryItemState": ("1002", ["NotAvailable", "OutOfService", "NotExecuting", "Executing"]),
        "MachineryOperationMode": ("1008", ["None", "Maintenance", "Setup", "Processing"]),
    }
    for tour in tours:
        states = tour["machines"]["found"]["mixer"]["states"]
        assert set(states) == set(names)
        for name, (type_id, texts) in names.items():
            assert states[name]["type"].endswith(f";i={type_id}")
            assert states[name]["typed"] == states[name]["number"]
            assert states[name]["text"] == texts[states[name]["number"]]
        assert states["MachineryItemState"]["text"] != "NotAvailable"


def test_a_measure_has_unit_and_range(tours: list[dict[str, Any]]) -> None:
    for tour in tours:
        measure = tour["measure"]
        assert measure["properties"]["EURange"] == {"low": 0.0, "high": 80.0}
        unit = measure["properties"]["EngineeringUnits"]
        assert unit["unitId"] == measure_unit("Cel").unit_id == 4408652
        assert unit["namespaceUri"] == "http://www.opcfoundation.org/UA/units/un/cefact"
        assert measure["properties"]["HighHighLimit"] == 70.0


def test_historized_variables_say_so(tours: list[dict[str, Any]]) -> None:
    for tour in tours:
        assert (tour["measure"]["access"], tour["measure"]["historizing"]) == (READ | HISTORY_READ, True)
        assert (tour["text"]["access"], tour["text"]["historizing"]) == (READ, False)


def test_a_subscription_brings_new_values(tours: list[dict[str, Any]]) -> None:
    for tour in tours:
        first, second = tour["subscribed"]
        assert second > first


def test_raw_history_rises_in_time_and_comes_in_parts(tours: list[dict[str, Any]]) -> None:
    for tour in tours:
        history, some = tour["history"], tour["some"]
        times = [time for time, _ in history["values"]]
        values = [value for _, value in history["values"]]
        assert len(times) >= 2
        assert times == sorted(set(times))
        assert values == sorted(values)
        assert set(tour["subscribed"]) <= set(values)
        assert not history["more"]
        assert len(some["values"]) == 2
        assert some["values"] == history["values"][:2]
        assert some["more"] == (len(times) > 2)


def test_a_method_is_called_by_its_user_only(tours: list[dict[str, Any]]) -> None:
    for tour in tours:
        if tour["policy"] == "None":
            assert tour["command"]["status"].startswith("BadUserAccessDenied")
        else:
            assert tour["command"]["status"].startswith("Good")
            assert tour["command"]["outputs"] == [""]


def test_the_server_says_which_build_it_is(tours: list[dict[str, Any]]) -> None:
    for tour in tours:
        build = tour["build"]["buildInfo"] if "buildInfo" in tour["build"] else tour["build"]
        assert build["manufacturerName"] == "smart factory twin"
        assert build["softwareVersion"] == build["buildNumber"] != "1.0pre"
