"""The demo as a visitor runs it: both plants, both transports, one Ctrl-C."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]

SWAPPED = ("--transport", "stamping=opcua", "--transport", "aluminium=sparkplug")


@pytest.mark.parametrize("options", [(), SWAPPED], ids=["default", "swapped"])
def test_demo_becomes_live_agrees_with_its_ledgers_and_ends_cleanly(
    demo_program: Any, tmp_path: Path, options: tuple[str, ...]
) -> None:
    with demo_program(tmp_path / "var", *options) as demo:
        for plant in demo.plants:
            status = demo.status()[plant]
            assert status["link"]["state"] == "online"
            assert status["missing_frames"] == 0
            assert status["last_ms"] <= status["now_ms"], "a sample lies in the future"
            assert status["now_ms"] - status["start_ms"] >= 2 * 3_600_000 - 60_000, "the history is too short"
            assert demo.verify(plant) == ""
        plants = {plant["plant"]: plant for plant in demo.get("/api/v1/plants")["items"]}
        assert set(plants) == set(demo.plants)
        for plant in plants.values():
            figures = {figure["name"]: figure["value"] for figure in plant["headline"]}
            assert figures["oee_index"] is not None
        assert set(demo.listeners()) <= {"127.0.0.1", "::1"}, demo.listeners()
        assert len(demo.listeners()["127.0.0.1"]) >= 3, "broker, OPC UA server and edge listen"
        use_every_secret(demo)
        assert demo.passwords_told() == []


def use_every_secret(demo: Any) -> None:
    """Show each token and password to the API, right or wrong there: none of them may be kept where others read."""
    for user, secret in demo.secrets().items():
        body = {"strength": 1, "reason": "test of the whole"}
        found = demo.ask("POST", "/api/v1/plants/stamping/upgrades/smed", secret, body)
        assert (found.status_code == 202) is (user in {"operator", "admin"}), (user, found.text)
        assert demo.ask("GET", f"/api/v1/plants?token={secret}").status_code == 200
        assert demo.ask("GET", "/api/v1/audit", secret).status_code in {200, 401, 403}
    deeds = demo.ask("GET", "/api/v1/audit", demo.secrets()["admin"]).json()["items"]
    assert {deed["who"] for deed in deeds if deed["status"] == 202} == {"operator", "admin"}


def test_demo_continues_where_it_was_and_starts_anew_on_request(demo_program: Any, tmp_path: Path) -> None:
    with demo_program(tmp_path / "var", since="10min", plants=("stamping",)) as demo:
        first = demo.status()["stamping"]
    with demo_program(tmp_path / "var", since="10min", plants=("stamping",)) as demo:
        demo.until(lambda: demo.status()["stamping"]["frames"] > first["frames"], 30, "no new frames")
        second = demo.status()["stamping"]
        assert (second["epoch"], second["start_ms"]) == (first["epoch"], first["start_ms"])
        assert second["missing_frames"] == 0
        assert "continued; --fresh starts anew" in demo.text
        assert demo.verify("stamping") == ""
    with demo_program(tmp_path / "var", "--fresh", since="10min", plants=("stamping",)) as demo:
        assert demo.status()["stamping"]["epoch"] != first["epoch"]


def test_embedded_broker_serves_where_mosquitto_is_missing(demo_program: Any, tmp_path: Path) -> None:
    without = "import twin.broker.mosquitto as m; m.find_mosquitto = lambda: None; from twin.cli import main; main()"
    demo = demo_program(tmp_path / "var", since="10min", plants=("stamping",))
    demo.command[1:3] = ["-c", without]
    with demo:
        assert "broker: amqtt" in demo.text
        assert demo.verify("stamping") == ""
