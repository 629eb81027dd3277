"""A demo's directory: never somebody else's, never shared, emptied only when it is ours."""

from pathlib import Path

import pytest

from twin.demo.data_directory import MARKER, DataDirectory, DataDirectoryError


def test_run_is_remembered_and_forgotten_on_request(tmp_path: Path) -> None:
    root = tmp_path / "var"
    first = DataDirectory(root)
    first.plant("toy").mkdir(parents=True)
    first.release()
    again = DataDirectory(root)
    assert again.plant("toy").exists()
    again.release()
    fresh = DataDirectory(root, fresh=True)
    assert sorted(entry.name for entry in root.iterdir()) == ["lock", MARKER]
    fresh.release()


def test_foreign_directory_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("irreplaceable")
    with pytest.raises(DataDirectoryError, match="was not made by `twin demo`"):
        DataDirectory(tmp_path, fresh=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_link_to_a_foreign_directory_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("irreplaceable")
    root = tmp_path / "var"
    DataDirectory(root).release()
    (root / "edge").symlink_to(tmp_path / "work")
    DataDirectory(root, fresh=True).release()
    assert (tmp_path / "work" / "thesis.txt").exists()


def test_second_demo_on_one_directory_is_refused(tmp_path: Path) -> None:
    first = DataDirectory(tmp_path / "var")
    with pytest.raises(DataDirectoryError, match="another demo runs with the data in"):
        DataDirectory(tmp_path / "var")
    first.release()


def test_file_in_place_of_the_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(DataDirectoryError, match="cannot be used"):
        DataDirectory(tmp_path / "var")
