"""`headgate state` and `headgate history` on a state in a topic."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from accounts import connection, local_stack
from headgate.ports import StateLost
from headgate.state import LoggedState, open_topic_state
from real.conftest import Stack
from running import Ran, headgate, headgate_process

pytestmark = [pytest.mark.real, pytest.mark.slow]

TOPIC = "verbs-state"
FILES = {
    "headgate.yml": "name: verbs\nclassification: {default: internal}\n",
    "environments/local.yml": f"engine: local\nstate: {{topic: {TOPIC}}}\nallow_destroy: true\n",
    "models.yml": """\
models:
  - name: verbs_orders
    materialized: topic
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
""",
}


@pytest.fixture
def project(stack: Stack, tmp_path: Path) -> Iterator[Path]:
    """A project that is applied, and taken down again."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    stack.lend(tmp_path)
    applied = run(tmp_path, "apply", "--auto-approve")
    assert applied.code == 0, applied.err
    yield tmp_path
    run(tmp_path, "destroy", "--auto-approve", "--confirm", "local")


@pytest.fixture
def other(stack: Stack, project: Path) -> Iterator[LoggedState]:
    """Another apply of the same project, which has the lock."""
    cluster = connection(local_stack(stack.project))
    with closing(
        open_topic_state(
            cluster, TOPIC, project="verbs", environment="local", version="0.1", backups=Path("nowhere")
        )
    ) as state:
        state.begin()
        yield state


def run(project: Path, *words: str) -> Ran:
    return headgate(*words, "--env", "local", project=project)


def things(project: Path) -> set[str]:
    listed = run(project, "state", "ls", "--output", "json").json["things"]
    return {f"{one['kind']}/{one['name']}" for one in listed}


def test_a_state_is_pulled_changed_and_pushed_back(project: Path) -> None:
    before = things(project)
    (topic,) = (one for one in before if one.startswith("topic/"))
    document = project / "state.json"
    document.write_text(run(project, "state", "pull").out)
    assert json.loads(document.read_text())["project"] == "verbs"
    assert run(project, "state", "rm", topic, "--auto-approve").code == 0
    assert things(project) == before - {topic}
    assert "HGD001" in run(project, "plan").err
    assert run(project, "state", "push", str(document)).code == 1
    assert run(project, "state", "push", str(document), "--force").code == 0
    assert things(project) == before
    assert "Nothing to change" in run(project, "plan").out


def test_a_lock_is_taken_away_by_its_id_and_its_holder_touches_nothing_more(
    project: Path, other: LoggedState
) -> None:
    lock = other.lock
    assert lock is not None
    (project / "models.yml").write_text(FILES["models.yml"].replace("verbs_orders", "verbs_others"))
    refused = run(project, "apply", "--auto-approve")
    assert refused.code == 2
    assert f"process {lock.pid}, since {lock.since}" in refused.err
    assert f"`headgate state unlock {lock.id}`" in refused.err
    assert f"its id is {lock.id}." in run(project, "state", "ls").out
    assert run(project, "state", "unlock", "cafe0001").code == 1
    assert run(project, "state", "unlock", lock.id).code == 0
    with pytest.raises(StateLost, match="taken away"):
        other.intend([next(iter(other.read()))])
    assert run(project, "apply", "--auto-approve").code == 0
    verbs = [one["verb"] for one in run(project, "history", "--output", "json").json["entries"]]
    assert verbs[:2] == ["apply", "state unlock"]


def test_every_connection_of_the_stack_answers_with_its_version_and_lacks_no_right(project: Path) -> None:
    asked = run(project, "debug", "--output", "json")
    assert asked.code == 0, asked.out
    answered = {one["part"]: one["version"] for one in asked.json["connections"]}
    assert {"kafka", "schema_registry", "flink", "flink.jobmanager", "connect.main"} <= set(answered)
    assert all(answered[part] for part in ("kafka", "flink", "flink.jobmanager", "connect.main"))
    assert all(one["answers"] and not one["missing"] for one in asked.json["connections"])
    assert local_stack(project).password not in asked.out


def test_of_two_applies_at_once_one_does_it_and_the_other_refuses_or_finds_it_done(project: Path) -> None:
    more = "".join(
        f"  - name: verbs_{number}\n    materialized: topic\n    columns: [{{name: id, data_type: string}}]\n"
        for number in range(20)
    )
    (project / "models.yml").write_text(FILES["models.yml"] + more)
    words = ("apply", "--auto-approve", "--env", "local")
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: headgate_process(*words, project=project), range(2))
    assert 0 in (one.code, other.code), one.err + other.err
    for ran in (one, other):
        assert ran.code == 0 or re.search(r"\[HGD01[23]\]", ran.err), ran.err
    assert "Nothing to change" in run(project, "plan").out
    assert "Held by" not in run(project, "state", "ls").out
    assert len([one for one in things(project) if one.startswith("topic/")]) == 21
