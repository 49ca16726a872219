"""Build output is replaced whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headgate.workflows.output import replace_folder
from running import tree


def test_it_holds_just_what_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "target" / "dev"
    replace_folder(folder, {"a.txt": b"1", "deep/er/b.txt": b"2"})
    replace_folder(folder, {"deep/c.txt": b"3"})
    assert tree(tmp_path) == {"target/dev/deep/c.txt": b"3"}


def test_nothing_can_be_all_of_it(tmp_path: Path) -> None:
    replace_folder(tmp_path / "dev", {"a": b"1"})
    replace_folder(tmp_path / "dev", {})
    assert (tmp_path / "dev").is_dir() and tree(tmp_path) == {}


@pytest.mark.parametrize("stopped_by", [KeyboardInterrupt, OSError])
def test_whoever_stops_the_writing_leaves_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_by: type[BaseException]
) -> None:
    folder = tmp_path / "dev"
    replace_folder(folder, {"a": b"old", "b": b"old"})
    written = Path.write_bytes

    def stop(path: Path, data: bytes) -> int:
        if path.name == "b":
            raise stopped_by
        return written(path, data)

    monkeypatch.setattr(Path, "write_bytes", stop)
    with pytest.raises(stopped_by):
        replace_folder(folder, {"a": b"new", "b": b"new"})
    assert tree(tmp_path) == {"dev/a": b"old", "dev/b": b"old"}


@pytest.mark.parametrize("at", [1, 2])
def test_whoever_stops_the_swap_leaves_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    folder = tmp_path / "dev"
    replace_folder(folder, {"a": b"old"})
    calls: list[Path] = []
    replace = os.replace

    def stop(source: Path, goal: Path) -> None:
        calls.append(goal)
        if len(calls) == at:
            raise KeyboardInterrupt
        replace(source, goal)

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        replace_folder(folder, {"a": b"new"})
    assert tree(tmp_path) == {"dev/a": b"old"}


def test_a_file_in_the_way_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("not a folder")
    with pytest.raises(FileExistsError):
        replace_folder(tmp_path / "target" / "dev", {"a": b"1"})
    assert (tmp_path / "target").read_text() == "not a folder"
