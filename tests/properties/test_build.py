"""What a build promises whatever the project: the same bytes twice, nothing to do afterwards, no secret anywhere."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

from running import ACCEPTANCE, EXAMPLE, headgate, headgate_process, tree

SECRET = "s3cr3t-value-that-must-not-leak"


@pytest.fixture(params=["acceptance", "example"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    source = ACCEPTANCE if request.param == "acceptance" else EXAMPLE
    return Path(shutil.copytree(source, tmp_path / "project"))


def rows_of(project: Path) -> dict[str, str]:
    """Every stream's rows, as shown to their owner."""
    nodes = headgate("ls", "--output", "json", project=project).json["nodes"]
    names = [n["name"] for n in nodes if n["kind"] in ("model", "source")]
    return {
        name: json.dumps(
            headgate("show", name, "--limit", "10000", "--output", "json", project=project).json["rows"]
        )
        for name in names
    }


@pytest.mark.slow
def test_building_twice_gives_the_same_bytes_and_an_empty_plan(project: Path) -> None:
    first = headgate("build", "--output", "json", project=project)
    rows = rows_of(project)
    second = headgate("build", "--output", "json", project=project)
    assert rows_of(project) == rows
    assert [c for c in first.json["changes"] if c["action"] != "no-op"]
    assert [c for c in second.json["changes"] if c["action"] != "no-op"] == []
    assert {k: v for k, v in first.json.items() if k not in ("changes", "unit_tests")} == {
        k: v for k, v in second.json.items() if k not in ("changes", "unit_tests")
    }
    plan = headgate("plan", "--exit-code", "--output", "json", project=project)
    assert plan.code == 0
    assert [c for c in plan.json["changes"] if c["action"] != "no-op"] == []


@pytest.mark.slow
def test_files_shuffled_and_any_hash_seed_give_the_same_artifacts(project: Path, tmp_path: Path) -> None:
    outputs = []
    for seed in ("0", "1", "4242"):
        copy = tmp_path / f"copy{seed}"
        names = sorted(p.relative_to(project) for p in project.rglob("*") if p.is_file())
        random.Random(seed).shuffle(names)
        for name in names:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project / name, copy / name)
        ran = headgate_process(
            "compile",
            "--target",
            "kafka,flink,connect,schemas",
            project=copy,
            environ={"PYTHONHASHSEED": seed},
        )
        assert ran.code == 0, ran.err + ran.out
        outputs.append(tree(copy / "target"))
    assert outputs[0]
    assert outputs[0] == outputs[1] == outputs[2]


@pytest.mark.slow
def test_no_secret_reaches_any_output(project: Path) -> None:
    environments = project / "environments"
    environments.mkdir(exist_ok=True)
    (environments / "live.yml").write_text(
        """\
engine: live
clusters:
  prod-eu:
    kafka:
      bootstrap_servers: "127.0.0.1:9092"
      security_protocol: SASL_SSL
      sasl_mechanism: SCRAM-SHA-512
      username: '{{ env_var("HG_USER") }}'
      password: '{{ env_var("HG_PASSWORD") }}'
    identities:
      flink: {principal: "User:payments-flink", username: flink, password: '{{ env_var("HG_PASSWORD") }}'}
      connect: {principal: "User:payments-connect", username: connect, password: '{{ env_var("HG_PASSWORD") }}'}
    schema_registry: {url: "http://127.0.0.1:8081", username: registry, password: '{{ env_var("HG_PASSWORD") }}'}
    flink: {type: sql_gateway, url: "http://127.0.0.1:8083", jobmanager_url: "http://127.0.0.1:8082"}
    connect: {main: {url: "http://127.0.0.1:8084"}}
    proxy: {type: conduktor, url: "http://127.0.0.1:8888"}
masking: {key: '{{ env_var("HG_PASSWORD") }}'}
"""
    )
    environ = {"HG_USER": "someone", "HG_PASSWORD": SECRET, "HEADGATE_MASKING_KEY": SECRET}
    printed = []
    for words in (
        ["check", "--env", "live", "-v"],
        ["compile", "--env", "live"],
        ["access", "--env", "live"],
        ["build", "--env", "embedded"],
        ["show", "payments_clean", "--env", "embedded", "--as", "support"],
        ["status", "--env", "embedded"],
    ):
        ran = headgate_process(*words, project=project, environ=environ)
        assert "Traceback" not in ran.err
        printed.append(ran.out + ran.err)
    assert SECRET not in "".join(printed)
    for name, content in tree(project).items():
        assert SECRET.encode() not in content, name


@pytest.mark.slow
def test_show_gives_each_column_in_the_form_that_access_says(project: Path) -> None:
    assert headgate("build", project=project).code in (0, 1)
    grants = headgate("access", "--output", "json", project=project).json["grants"]
    streams: dict[tuple[str, str | None, str], dict[str, str]] = {}
    for row in grants:
        if row["plane"] == "embedded":
            streams.setdefault((row["role"], row["purpose"], row["node"]), {})[row["column"]] = row["form"]
    assert streams
    for (role, purpose, node), forms in sorted(streams.items(), key=str):
        name = node.split(".", 1)[1]
        words = ["show", name, "--as", role, *(["--purpose", purpose] if purpose else [])]
        ran = headgate(*words, "--output", "json", project=project)
        if set(forms.values()) == {"denied"}:
            assert ran.code == 1 and ran.json["rows"] == [], (role, node)
            continue
        shown = {c["name"]: c["form"] for c in ran.json["columns"]}
        assert shown == forms, (role, purpose, node)
