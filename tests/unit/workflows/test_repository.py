"""The commit of a project, from git's own files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from headgate.workflows.repository import commit_of


def git(folder: Path, *words: str) -> str:
    settings = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *settings, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    (tmp_path / "shop").mkdir()
    return tmp_path


def test_it_is_what_git_says_on_a_branch_packed_and_detached(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    assert len(head) == 40
    assert commit_of(repository / "shop") == commit_of(repository) == head
    git(repository, "pack-refs", "--all")
    assert commit_of(repository) == head
    git(repository, "checkout", "-q", "--detach")
    assert commit_of(repository) == head


def test_where_there_is_no_repository_or_no_commit_there_is_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert commit_of(tmp_path) == ""
