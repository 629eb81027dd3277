"""docker-compose.yml: what a container would run is run here as far as it can be; every name in it leads somewhere."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import joblib
import pytest
import yaml
from typer.testing import CliRunner

from edge.cli import app as edge
from edge.settings import Settings
from tests.edge.influx.bench import Bench, bench
from tools.containers import COMPOSE, DOCKERFILE
from tools.programs import ROOT
from twin.cli import app as twin
from twin.discovery import discover
from twin.installation import main as installation

SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
OURS = {name: one for name, one in SERVICES.items() if "build" in one}
PLANTS = {name: one for name, one in OURS.items() if one["command"][:2] == ["twin", "run"]}
_PREPARE = SERVICES["prepare"]["command"]


def _volumes(service: str) -> dict[str, str]:
    """Return the named volumes of a service by where they are mounted."""
    parts = [str(one).split(":") for one in SERVICES[service]["volumes"]]
    return {target: source for source, target, *_ in parts if not source.startswith(".")}


def test_every_plant_of_ours_is_a_service() -> None:
    """All ten with the profile `all`, two with `core`; without another word .env chooses all."""
    ours = {name for name, found in discover().items() if (ROOT / "plants" / name).is_dir() and found}
    assert set(PLANTS) == ours
    assert len(ours) == 10
    assert {name for name, one in PLANTS.items() if "core" in one["profiles"]} == {"aluminium", "stamping"}
    assert all("all" in one["profiles"] for one in PLANTS.values())
    assert [name for name in SERVICES if name not in PLANTS and "profiles" in SERVICES[name]] == []
    settings = [line for line in (ROOT / ".env").read_text().splitlines() if not line.startswith("#")]
    assert settings == ["COMPOSE_PROFILES=all"]


def test_plants_run_under_their_own_name_with_secrets_and_data_of_their_own() -> None:
    """Transport and address fit what is prepared, and what the edge collects from."""
    for name, service in PLANTS.items():
        asked = service["command"]
        transport, address = asked[asked.index("--transport") + 1], asked[asked.index("--address") + 1]
        assert asked[2] == name
        assert _volumes(name)["/run/secrets"] == f"{name}-secrets"
        assert _volumes(name)["/data"] == f"{name}-data"
        assert f"--{transport}={name}" in _PREPARE
        assert _volumes("prepare")[f"/prepare/{name}"] == f"{name}-secrets"
        assert address in SERVICES["edge"]["environment"]["EDGE_SOURCE"].split(",")


@pytest.mark.parametrize("name", sorted(OURS))
def test_commands_are_understood(name: str) -> None:
    """The command's options exist: its own parser reads them, then shows help instead of running."""
    program, *arguments = OURS[name]["command"]
    if program == "python":
        assert importlib.util.find_spec(arguments[1]) is not None
        return
    done = CliRunner().invoke({"twin": twin, "edge": edge}[program], [*arguments, "--help"])
    assert done.exit_code == 0, done.output
    for option in [one for one in arguments if one.startswith("--")]:
        assert option in done.output


def test_variables_are_settings_of_the_edge() -> None:
    for service in ("edge", "reader"):
        for name in SERVICES[service]["environment"].keys() - {"LOKY_MAX_CPU_COUNT"}:
            assert name.removeprefix("EDGE_").lower() in Settings.model_fields, name
    same = ("EDGE_STORE", "EDGE_INFLUXDB_URL", "EDGE_INFLUXDB_ORG")
    assert (
        len({tuple(SERVICES[one]["environment"][name] for name in same) for one in ("edge", "reader")}) == 1
    )


def test_a_comparison_starts_no_more_workers_than_the_memory_of_the_edge_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many cores the machine has: the lab asks joblib how many, and joblib asks this variable."""
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert joblib.cpu_count() > 2
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", SERVICES["edge"]["environment"]["LOKY_MAX_CPU_COUNT"])
    assert joblib.cpu_count() == 2


def test_influxdb_collects_its_garbage_and_refuses_a_question_before_the_kernel_kills_it() -> None:
    """Without both bounds a task of its own took more than mem_limit, at every restart again."""
    service = SERVICES["influxdb"]
    assert service["mem_limit"] == "1g"
    collected = int(service["environment"]["GOMEMLIMIT"].removesuffix("MiB")) << 20
    question = int(service["environment"]["INFLUXD_QUERY_MEMORY_BYTES"])
    assert 2 * question < collected < 0.8 * 2**30


def test_mount_points_are_in_the_image_and_belong_to_its_user() -> None:
    """An empty volume takes over owner and mode of its mount point; one that the image lacks would belong to root."""
    line = next(
        one for one in DOCKERFILE.read_text().replace("\\\n", " ").splitlines() if "install -d" in one
    )
    made = set(re.findall(r"(?<=\s)/\S+", line.partition("0700")[2]))
    for name, service in OURS.items():
        for volume in service["volumes"]:
            source, target, *mode = str(volume).split(":")
            if not mode and not source.startswith("."):
                below = ("/run/secrets/certificates", "/run/secrets/certificates/servers")  # made by prepare
                assert target in made or target in below, (name, target)


def test_everything_mounted_from_the_tree_is_there_and_packed_into_the_image_where_needed() -> None:
    for service in SERVICES.values():
        for volume in service["volumes"]:
            source = str(volume).split(":")[0]
            assert not source.startswith(".") or (ROOT / source).exists()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE):
        for name in copied.split():
            assert (ROOT / name).exists()
            assert f"!{name}" in ignored


@pytest.fixture(scope="module")
def influx() -> Any:
    with bench() as made:
        yield made


def test_grafana_finds_every_secret_that_it_is_told_of(
    influx: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`prepare`, then `reader`, with the commands of the compose file; only their folders and the server are others."""
    if influx.double is None:
        pytest.skip("the token of a real server cannot be chosen")
    folder = tmp_path / "prepare"
    assert installation([one.replace("/prepare", str(folder)) for one in _PREPARE[3:]]) == 0
    assert _volumes("prepare")["/prepare/grafana"] == _volumes("grafana")["/run/secrets"]
    assert _volumes("prepare")["/prepare/reader"] == _volumes("reader")["/run/secrets"]
    assert _volumes("reader")["/grafana"] == _volumes("grafana")["/run/secrets"]
    assert (folder / "reader" / "influxdb").read_text() == (folder / "influxdb" / "token").read_text()
    (folder / "reader" / "influxdb").write_text(influx.address.token)
    environment = {
        **SERVICES["reader"]["environment"], "EDGE_INFLUXDB_URL": influx.address.url,
        "EDGE_INFLUXDB_ORG": influx.address.org, "EDGE_INFLUXDB_PREFIX": influx.layout().prefix,
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    places = {"/grafana/token": str(folder / "grafana" / "token"), "/run/secrets": str(folder / "reader")}
    command = [places.get(one, one) for one in SERVICES["reader"]["command"][1:]]
    done = CliRunner().invoke(edge, command)
    assert done.exit_code == 0, done.output
    given = [value for name, value in SERVICES["grafana"]["environment"].items() if name.endswith("__FILE")]
    source = (ROOT / "containers" / "grafana" / "datasources" / "influxdb.yaml").read_text()
    given += re.findall(r"\$__file\{([^}]+)\}", source)
    assert {Path(file).parent for file in given} == {Path("/run/secrets")}
    assert {Path(file).name for file in given} == {one.name for one in (folder / "grafana").iterdir()}
    secrets = [(folder / "grafana" / Path(file).name).read_text() for file in given]
    assert len(set(secrets)) == len(secrets) == 3
    assert all(len(one) >= 8 for one in secrets)
    influx.double.tokens.clear()
