"""Passwords: made once, readable by their owner alone, and a clear word when they are not."""

import stat
from pathlib import Path

import pytest

from twin.secret import SecretError, make_secrets, read_secret, replace_secret


def test_passwords_are_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make_secrets(folder, ["edge", "stamping"])
    first = {user: read_secret(folder, user) for user in ("edge", "stamping")}
    make_secrets(folder, ["edge", "stamping", "aluminium"])
    assert {user: read_secret(folder, user) for user in first} == first
    assert len({*first.values(), read_secret(folder, "aluminium")}) == 3
    assert min(map(len, first.values())) >= 32


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets", ["edge"])
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "secrets" / "edge").stat().st_mode) == 0o600


def test_password_open_to_others_missing_or_empty_is_told(tmp_path: Path) -> None:
    make_secrets(tmp_path, ["edge"])
    (tmp_path / "edge").chmod(0o644)
    with pytest.raises(SecretError, match="chmod 600"):
        read_secret(tmp_path, "edge")
    with pytest.raises(SecretError, match="cannot be read"):
        read_secret(tmp_path, "nobody")
    (tmp_path / "empty").touch(0o600)
    with pytest.raises(SecretError, match="is empty"):
        read_secret(tmp_path, "empty")


def test_damaged_password_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "edge").write_bytes(b"\xff\xfe")
    with pytest.raises(SecretError, match=r"edge is damaged .*delete it"):
        make_secrets(tmp_path, ["edge"])


@pytest.mark.parametrize(
    "text", ["changeme", "Change-Me!", "edge", "password", "<token>", "${EDGE}", "12345678"]
)
def test_placeholder_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "edge").write_text(text)
    (tmp_path / "edge").chmod(0o600)
    with pytest.raises(SecretError, match=r"edge holds a placeholder.*delete it"):
        read_secret(tmp_path, "edge")
    with pytest.raises(SecretError, match="placeholder"):
        make_secrets(tmp_path, ["edge"])


def test_secrets_that_were_made_are_told_once(tmp_path: Path) -> None:
    assert make_secrets(tmp_path, ["edge", "viewer"]) == ["edge", "viewer"]
    assert make_secrets(tmp_path, ["edge", "viewer", "admin"]) == ["admin"]


def test_replaced_secret_is_another_one_in_a_file_of_its_owner(tmp_path: Path) -> None:
    make_secrets(tmp_path, ["viewer"])
    before = read_secret(tmp_path, "viewer")
    after = replace_secret(tmp_path, "viewer")
    assert before != after == read_secret(tmp_path, "viewer")
    assert [file.name for file in tmp_path.iterdir()] == ["viewer"]
