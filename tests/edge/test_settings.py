"""Settings: who wins, and errors that name place, cause and remedy."""

from pathlib import Path

import pytest

from edge.settings import SettingsError, load


def test_command_line_wins_over_environment_over_file_over_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "edge.toml"
    file.write_text('port = 1\nhost = "::1"\nutc_offset = 2.0\nsource = ["mqtts://a:1883"]\n')
    monkeypatch.setenv("EDGE_PORT", "2")
    monkeypatch.setenv("EDGE_HOST", "localhost")
    settings = load(file, port=3, host=None, source=())
    assert (settings.port, settings.host, settings.utc_offset, settings.log_level) == (
        3,
        "localhost",
        2.0,
        "info",
    )
    assert settings.source == ("mqtts://a:1883",)


def test_environment_lists_sources_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_SOURCE", "opc.tcp://127.0.0.1:4840, mqtts://broker")
    assert load().source == ("opc.tcp://127.0.0.1:4840", "mqtts://broker")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prot = 8000", "unknown key 'prot'"),
        ("port = 70000", "key 'port'"),
        ("port = ", "not valid TOML"),
        ("source = 7", "key 'source': no list of addresses; write for example"),
        ('source = "modbus://a"', "key 'source': 'modbus://a' is no plant address"),
        ('log_level = "loud"', "key 'log_level'"),
        ('store = "excel"', "key 'store'"),
        ('influxdb_url = "127.0.0.1:8086"', "key 'influxdb_url': no address of a server"),
        ('influxdb_url = "http://me:secret@a:8086"', "the address holds a password"),
        ('influxdb_prefix = "My Bucket"', "key 'influxdb_prefix'"),
    ],
)
def test_mistake_in_file_names_file_and_key(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "edge.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert str(file) in str(caught.value)
    assert expected in str(caught.value)


def test_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load(tmp_path / "none.toml")


def test_unknown_environment_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_PROT", "1")
    with pytest.raises(SettingsError, match="environment variable EDGE_PROT: unknown setting"):
        load()


def test_bad_environment_value_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_PORT", "many")
    with pytest.raises(SettingsError, match="environment variable EDGE_PORT"):
        load()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (("http://x:1",), "is no plant address"),
        (("mqtt://x:port",), "is no plant address"),
        (("mqtts://user:secret@x:1",), "holds a password"),
        (("mqtts://x:1", "mqtts://x:1"), "named twice"),
        (("mqtt://broker:1883",), "leaves this machine"),
    ],
)
def test_bad_address_is_refused_with_the_option(source: tuple[str, ...], expected: str) -> None:
    with pytest.raises(SettingsError, match=expected) as caught:
        load(source=source)
    assert str(caught.value).startswith("option --source")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"host": "0.0.0.0"}, "is not loopback, where tokens need TLS"),
        ({"host": "edge.example", "tls_certificate": Path("a.pem")}, "belong together"),
        (
            {"influxdb_url": "http://influxdb:8086"},
            "leaves this machine, where the token needs TLS; use https://, or influxdb_plain_http",
        ),
    ],
)
def test_what_leaves_the_machine_needs_tls(options: dict[str, object], expected: str) -> None:
    with pytest.raises(SettingsError, match=expected):
        load(**options)


def test_plain_http_to_influxdb_stays_on_loopback_unless_it_is_allowed() -> None:
    for url in ("http://127.0.0.1:8086", "http://localhost:8086", "https://influxdb.example"):
        assert load(influxdb_url=url).influxdb_url == url
    assert load(influxdb_url="http://influxdb:8086", influxdb_plain_http=True).influxdb_plain_http


def test_service_off_loopback_with_tls_or_behind_a_proxy_is_taken_and_not_local() -> None:
    assert not load(host="0.0.0.0", tls_certificate=Path("a.pem"), tls_key=Path("b.pem")).local
    assert not load(host="0.0.0.0", behind_proxy=True).local
    assert load(host="::1").local
