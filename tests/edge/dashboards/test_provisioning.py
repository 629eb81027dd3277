"""What Grafana is given by file: data source, folders and alert rules that fit the dashboards and the store."""

import json
from pathlib import Path
from typing import Any

import yaml

from edge.dashboards.build import ALERTS
from edge.dashboards.built import FOLDER
from edge.dashboards.grafana import FOLDERS, TAG
from edge.dashboards.proof import prove
from edge.store.influxdb_schema import MEASUREMENTS, bucket_name
from edge.store.influxdb_setup import Layout

GIVEN = ALERTS.parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER.parent / "docker-compose.yml").read_text())


def _yaml(place: str) -> Any:
    return yaml.safe_load((GIVEN / place).read_text(encoding="utf-8"))


def test_data_source_is_the_one_that_dashboards_and_rules_name() -> None:
    """Address, organisation and bucket are those that the compose file gives the edge; the token comes from a file."""
    (source,) = _yaml("datasources/influxdb.yaml")["datasources"]
    edge = COMPOSE["services"]["edge"]["environment"]
    assert (source["uid"], source["type"], source["access"]) == ("smart-factory", "influxdb", "proxy")
    assert source["url"] == edge["EDGE_INFLUXDB_URL"]
    assert source["jsonData"]["version"] == "Flux"
    assert source["jsonData"]["organization"] == edge["EDGE_INFLUXDB_ORG"]
    assert source["jsonData"]["defaultBucket"] in {
        bucket_name(Layout().prefix, one.bucket) for one in MEASUREMENTS.values()
    }
    assert source["secureJsonData"] == {"token": "$__file{/run/secrets/token}"}
    for file in FOLDER.glob("*/*.json"):
        (asked,) = (
            one for one in json.loads(file.read_text())["templating"]["list"] if one["name"] == "datasource"
        )
        assert asked["current"]["value"] == source["uid"]


def test_folders_are_those_that_push_makes_and_their_files_are_mounted() -> None:
    mounts = dict(_mounts())
    for provider in _yaml("dashboards/smart-factory.yaml")["providers"]:
        name = provider["name"]
        assert provider["folder"] == FOLDERS[name]
        assert provider["folderUid"] == f"{TAG}-{name}"
        inside = Path(provider["options"]["path"])
        assert FOLDER.parent / mounts[str(inside.parent)] == FOLDER
        assert list((FOLDER / name).glob("*.json"))


def _mounts() -> list[tuple[str, str]]:
    found = (str(one).split(":") for one in COMPOSE["services"]["grafana"]["volumes"])
    return [(parts[1], parts[0]) for parts in found]


def test_rules_ask_for_what_the_store_writes_and_hold_nothing_that_is_expanded() -> None:
    """No `$`: provisioning would expand it. Every rule has its condition, its data source and a summary."""
    text = ALERTS.read_text(encoding="utf-8")
    assert "$" not in text
    (group,) = yaml.safe_load(text)["groups"]
    assert group["folder"] not in FOLDERS.values()  # made by name, before those that are made by uid
    uids = [rule["uid"] for rule in group["rules"]]
    assert uids == ["sf-no-data", "sf-low-oee", "sf-peak"]
    for rule in group["rules"]:
        question, *expressions = rule["data"]
        assert question["datasourceUid"] == "smart-factory"
        (stream,) = prove(question["model"]["query"])
        assert {"_time", "_value", "plant"} == stream.columns
        assert stream.key == {"plant"}
        letters = [one["refId"] for one in rule["data"]]
        assert rule["condition"] == letters[-1]
        for place, one in enumerate(expressions, 1):
            assert one["datasourceUid"] == "__expr__"
            assert one["model"]["expression"] == letters[place - 1]
        assert rule["annotations"]["summary"].endswith(".")
