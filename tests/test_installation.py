"""Secrets for roles that share no folder: each its own, made once."""

from pathlib import Path

import pytest

from twin.installation import main


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert main(["--folder", str(tmp_path), "--sparkplug", "stamping", "--opcua", "aluminium"]) == 0
    return tmp_path


def test_each_role_has_its_own_secrets_and_no_others(folder: Path) -> None:
    authority = folder / "authority"
    files = {
        name: sorted(one.name for one in (folder / name).iterdir())
        for name in ("edge", "stamping", "aluminium")
    }
    assert files == {
        "edge": ["ca.crt", "certificates", "edge", "influxdb"],
        "stamping": ["ca.crt", "stamping"],
        "aluminium": ["certificates", "edge"],
    }
    assert (folder / "edge" / "edge").read_text() == (folder / "aluminium" / "edge").read_text()
    assert (folder / "influxdb" / "token").read_text() == (folder / "edge" / "influxdb").read_text()
    secrets = {file.read_text() for file in authority.iterdir() if file.is_file()}
    assert len(secrets) == len([file for file in authority.iterdir() if file.is_file()])
    assert (authority / "stamping").read_text() not in (folder / "broker" / "passwords").read_text()
    assert "ca.key" not in {file.name for file in (folder / "broker").iterdir()}


def test_only_the_owner_reads(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.name not in ("ca.crt", "server.crt"):
            assert file.stat().st_mode & 0o077 == 0, file


def test_second_start_changes_no_secret_and_leaves_what_others_put_there(folder: Path) -> None:
    (folder / "edge" / "operator").write_text("made by the edge")
    (folder / "trust" / "trusted" / "edge.der").write_bytes(b"certificate")
    before = contents(folder)
    assert main(["--folder", str(folder), "--sparkplug", "stamping", "--opcua", "aluminium"]) == 0
    after = contents(folder)
    del before["broker/passwords"], after["broker/passwords"]  # salted anew
    assert after == before


def test_secret_that_was_replaced_is_handed_out(folder: Path) -> None:
    (folder / "authority" / "stamping").unlink()
    assert main(["--folder", str(folder), "--sparkplug", "stamping", "--opcua", "aluminium"]) == 0
    assert (folder / "authority" / "stamping").read_text() == (folder / "stamping" / "stamping").read_text()


def test_folder_that_cannot_be_used_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["--folder", str(tmp_path / "file")]) == 1
    assert "file" in capsys.readouterr().err
