"""Whole commands on live clusters: the project that is measured is as large as the page says, and has nothing wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.live_project import ACLS_A_TOPIC, write_live_project
from bench.whole import Looked, Whole, page

from headgate.compile.discovery import compile_project, targets_of
from headgate.compile.target import World
from headgate.workflows.request import Request
from headgate.workflows.session import open_session
from running import headgate


def test_each_topic_has_a_subject_and_five_acls(tmp_path: Path) -> None:
    write_live_project(tmp_path / "p", 25, kafka="b:1", registry="http://r", user="admin")
    assert headgate("check", "--strict", project=tmp_path / "p").code == 0
    session = open_session(Request(root=tmp_path / "p"))
    assert session.context is not None
    made = compile_project(World(session.context), targets_of(session.project.environment)).resources
    assert Counter(one.id.kind for one in made) == {"topic": 25, "subject": 25, "acl": 25 * ACLS_A_TOPIC}


def test_the_page_has_each_command_and_what_looking_at_one_thing_at_a_time_costs() -> None:
    text = page(
        [Whole("`plan`, nothing to be done", 4.0, 3.0)],
        [Looked("topics", 1000, 0.002), Looked("ACLs", 5000, 0.002)],
    )
    assert "| `plan`, nothing to be done | 4.0 | 3.0 |" in text
    assert "| ACLs | 5,000 | 2.0 | 10.0 |" in text
    assert "12.0 s for the looking alone, 3.0 times as long" in text
