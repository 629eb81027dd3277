"""`edge dashboards push|check` against a strict double of Grafana's API, `token` against one of InfluxDB's."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from edge.cli import app
from edge.dashboards.built import dashboards
from edge.store import StoreUnavailable
from edge.store.influxdb_link import Address, InfluxLink
from edge.store.influxdb_schema import Bucket
from edge.store.refused import Refused
from tests.edge.dashboards.grafana_double import EDITOR, VIEWER, GrafanaDouble, serving
from tests.edge.influx.bench import Bench
from tests.edge.influx.state import Double

OURS = [board["uid"] for folder in dashboards().values() for board in folder]


@pytest.fixture
def grafana() -> Iterator[GrafanaDouble]:
    with serving() as double:
        yield double


def run(grafana: GrafanaDouble, folder: Path, command: str, *more: str, token: str = EDITOR) -> Result:
    file = folder / "token"
    file.write_text(token + "\n")
    return CliRunner().invoke(
        app, ["dashboards", command, "--url", grafana.url, "--token-file", str(file), *more]
    )


def test_push_puts_every_dashboard_in_its_folder_and_a_repeat_changes_nothing(
    grafana: GrafanaDouble, tmp_path: Path
) -> None:
    """Data source and prefix are filled in; what was there and the same is left alone; check agrees, also as JSON."""
    done = run(grafana, tmp_path, "push", "--prefix", "plant_a", "--json")
    assert done.exit_code == 0, done.output
    assert [(one["uid"], one["state"]) for one in json.loads(done.stdout)] == [(uid, "new") for uid in OURS]
    assert list(grafana.boards) == OURS
    assert set(grafana.folders) == {"smart-factory-figures", "smart-factory-roles"}
    for folder, boards in dashboards().items():
        assert {grafana.places[board["uid"]] for board in boards} == {f"smart-factory-{folder}"}
    for board in grafana.boards.values():
        values = {one["name"]: one["current"] for one in board["templating"]["list"] if "current" in one}
        assert values["datasource"]["value"] == "influx"
        assert values["prefix"]["value"] == "plant_a"
    again = run(grafana, tmp_path, "push", "--prefix", "plant_a", "--json")
    assert {one["state"] for one in json.loads(again.stdout)} == {"unchanged"}
    assert {board["version"] for board in grafana.boards.values()} == {1}
    seen = run(grafana, tmp_path, "check", "--prefix", "plant_a", "--json", token=VIEWER)
    assert seen.exit_code == 0, seen.output
    assert {one["state"] for one in json.loads(seen.stdout)} == {"same"}


def test_check_tells_what_differs_and_what_is_missing_and_push_mends_it(
    grafana: GrafanaDouble, tmp_path: Path
) -> None:
    run(grafana, tmp_path, "push")
    grafana.boards["sf-fleet"]["panels"][0]["title"] = "changed by hand"
    del grafana.boards["sf-plant"]
    seen = run(grafana, tmp_path, "check", "--json")
    assert seen.exit_code == 1
    states = {one["uid"]: one["state"] for one in json.loads(seen.stdout)}
    assert {uid: state for uid, state in states.items() if state != "same"} == {
        "sf-fleet": "differs",
        "sf-plant": "missing",
    }
    run(grafana, tmp_path, "push")
    assert run(grafana, tmp_path, "check").exit_code == 0


def test_own_pages_go_into_a_folder_of_their_own_and_nothing_else_does(
    grafana: GrafanaDouble, tmp_path: Path
) -> None:
    """Pushed, checked and changed alone; a file that is none of them, or has an address of ours, is refused."""
    mine = {**dashboards()["figures"][0], "uid": "mine", "title": "Mine"}
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(mine))
    assert "new       Mine" in run(grafana, tmp_path, "push", str(file)).output
    assert grafana.places == {"mine": "smart-factory-own"}
    assert "same      Mine" in run(grafana, tmp_path, "check", str(file)).output
    file.write_text(json.dumps(mine | {"title": "Mine again"}))
    assert run(grafana, tmp_path, "check", str(file)).exit_code == 1
    assert "changed   Mine again" in run(grafana, tmp_path, "push", str(file)).output
    for wrong, words in (
        (mine | {"uid": "sf-plant"}, "that comes along"), (mine | {"tags": []}, "no tag smart-factory"),
        (mine | {"uid": ""}, "no uid"), ({}, "is no dashboard"), ([], "is no dashboard"),
    ):  # fmt: skip
        file.write_text(json.dumps(wrong))
        done = run(grafana, tmp_path, "push", str(file))
        assert done.exit_code == 2
        assert words in done.output
    assert list(grafana.boards) == ["mine"]


def test_dashboard_of_somebody_else_is_never_touched(grafana: GrafanaDouble, tmp_path: Path) -> None:
    theirs = {"uid": "sf-fleet", "title": "My fleet", "tags": ["mine"], "version": 7}
    grafana.boards["sf-fleet"], grafana.places["sf-fleet"] = theirs, "elsewhere"
    done = run(grafana, tmp_path, "push")
    assert done.exit_code == 2
    assert "somebody else ('My fleet')" in done.output
    assert grafana.boards["sf-fleet"] == theirs


@pytest.mark.parametrize(
    ("change", "more", "words"),
    [
        ("viewer", (), "role Editor"),
        ("stranger", (), "Invalid API key"),
        ("no source", (), "--datasource UID"),
        ("two sources", (), "influx (InfluxDB), other (Other)"),
        ("", ("--datasource", "prom"), "no Flux data source 'prom'"),
        ("provisioned", (), "Cannot save provisioned dashboard"),
        ("html", (), "is no Grafana"),
        ("", ("--url", "http://127.0.0.1:1"), "no Grafana answers"),
        ("", ("--url", "http://grafana.example.org"), "use https"),
        ("", ("--url", "ftp://127.0.0.1"), "no address of a server"),
        ("", ("--token-file", "/nowhere"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_remedy(
    grafana: GrafanaDouble, tmp_path: Path, change: str, more: tuple[str, ...], words: str
) -> None:
    """Exit code 2, and nothing of the server is changed."""
    if change == "no source":
        grafana.sources = grafana.sources[1:]
    if change == "two sources":
        grafana.sources.append({**grafana.sources[0], "uid": "other", "name": "Other"})
    grafana.html = change == "html"
    if change == "provisioned":
        grafana.provisioned = set(OURS)
    token = {"viewer": VIEWER, "stranger": "nobody"}.get(change, EDITOR)
    done = run(grafana, tmp_path, "push", *more, token=token)
    assert done.exit_code == 2, done.output
    assert words in done.output
    assert grafana.boards == {}


def test_check_asks_the_data_source(grafana: GrafanaDouble, tmp_path: Path) -> None:
    run(grafana, tmp_path, "push")
    grafana.healthy = False
    done = run(grafana, tmp_path, "check")
    assert done.exit_code == 2
    assert "unauthorized access" in done.output


# -- the token that Grafana reads with ---------------------------------------------------------------------------


def test_token_reads_our_buckets_and_nothing_else(
    influx: Bench, double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made once, kept while it works, and made anew where it was lost; the old one is taken back."""
    layout = influx.layout()
    for name, value in (("URL", influx.address.url), ("ORG", influx.address.org), ("PREFIX", layout.prefix)):
        monkeypatch.setenv(f"EDGE_INFLUXDB_{name}", value)
    monkeypatch.setenv("EDGE_INFLUXDB_RAW_DAYS", "0")
    (tmp_path / "influxdb").write_text(influx.address.token)
    (tmp_path / "influxdb").chmod(0o600)
    file = tmp_path / "token"
    command = ["dashboards", "token", str(file), "--secrets", str(tmp_path)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = file.read_text()
    assert first not in done.output
    (kept,) = double.tokens.values()
    ours = {double.buckets[layout.bucket(role)].id for role in Bucket}
    assert {(one["action"], one["resource"]["id"]) for one in kept["permissions"]} == {
        ("read", one) for one in ours
    }
    reader = InfluxLink(Address(influx.address.url, influx.address.org, first), Refused(tmp_path / "refused"))
    for role in Bucket:
        assert reader.ask(f'from(bucket: "{layout.bucket(role)}") |> range(start: -1m)') == []
        with pytest.raises(StoreUnavailable, match="the token is refused"):
            reader.write(layout.bucket(role), [b"m a=1"], "ns")
    reader.close()
    assert CliRunner().invoke(app, command).exit_code == 0
    assert file.read_text() == first
    file.write_text("lost")
    assert CliRunner().invoke(app, command).exit_code == 0
    assert file.read_text() != first
    assert list(double.tokens) == [file.read_text()]


def test_token_needs_a_server_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_INFLUXDB_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("EDGE_INFLUXDB_ORG", "demo")
    (tmp_path / "influxdb").write_text("a-token-that-is-long-enough")
    (tmp_path / "influxdb").chmod(0o600)
    done = CliRunner().invoke(
        app, ["dashboards", "token", str(tmp_path / "token"), "--secrets", str(tmp_path)]
    )
    assert done.exit_code == 2
    assert "cannot be" in done.output
    assert not (tmp_path / "token").exists()
