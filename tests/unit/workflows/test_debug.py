"""What accounts need, derived from what is compiled, in the words of three tools; and connections that are not there."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from headgate.diagnostics import Code
from headgate.resources.grants import CLUSTER, KAFKA_CLUSTER, PREFIXED, TOPIC, TRANSACTIONAL_ID, Grant
from headgate.workflows import debug
from headgate.workflows.grant_text import FORMATS
from headgate.workflows.needs import APPLY, JOBS, PLAN, Need
from running import ACCEPTANCE, REPOSITORY, headgate

FILES = {
    "headgate.yml": "name: shop\nclassification: {default: internal}\n",
    "environments/prod.yml": """\
engine: live
virtual_topics: flink
{more}clusters:
  eu:
    kafka: {{bootstrap_servers: 'broker:9092', username: '{{{{ env_var("NOBODY_SET_THIS") }}}}', password: '{{{{ env_var("NOR_THIS") }}}}'}}
    flink: {{type: sql_gateway, url: 'http://flink:8083', jobmanager_url: 'http://flink:8081'}}
    schema_registry: {{url: 'http://registry:8081'}}
    identities:
      flink: {{principal: "User:shop-flink", username: shop-flink, password: '{{{{ env_var("NOR_THIS") }}}}'}}
""",
    "sources.yml": """\
sources:
  - name: orders
    topic: orders.v1
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: amount, data_type: bigint}
""",
    "models.yml": """\
models:
  - name: large
    materialized: flink_stream
    sql: "SELECT id, amount FROM {{ source('orders') }} WHERE amount > 10"
""",
}


def project(folder: Path, more: str = "") -> Path:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text.format(more=more) if name.startswith("env") else text)
    return folder


def needed(folder: Path, *words: str) -> list[dict[str, Any]]:
    ran = headgate("debug", "--grants", "--env", "prod", "--output", "json", *words, project=folder)
    assert ran.code == 0, ran.out
    found: list[dict[str, Any]] = ran.json["grants"]
    return found


def rights(grants: Iterable[dict[str, Any]], account: str) -> set[tuple[str, str]]:
    return {(one["operation"], one["name"]) for one in grants if one["account"] == account}


def test_who_plans_describes_and_reads_the_state_and_nothing_else(tmp_path: Path) -> None:
    assert rights(needed(project(tmp_path)), "plan") == {
        ("Describe", "*"),
        ("DescribeConfigs", "*"),
        ("Describe", "kafka-cluster"),
        ("DescribeConfigs", "kafka-cluster"),
        ("Describe", "_headgate_state"),
        ("Read", "_headgate_state"),
    }


def test_who_applies_changes_the_projects_topics_and_no_others(tmp_path: Path) -> None:
    found = rights(needed(project(tmp_path)), "apply")
    assert {name for operation, name in found if operation in ("Create", "Alter", "AlterConfigs", "Delete")} == {
        "large", "_headgate_state", "_headgate_audit", "kafka-cluster",
    }  # fmt: skip
    assert {name for operation, name in found if operation == "Write"} == {
        "_headgate_state", "_headgate_audit", "headgate-shop-prod",
    }  # fmt: skip
    assert ("Alter", "kafka-cluster") in found


def test_what_jobs_need_is_what_is_compiled_for_them(tmp_path: Path) -> None:
    grants = needed(project(tmp_path))
    assert {one["principal"] for one in grants if one["account"] == "jobs"} == {"User:shop-flink"}
    assert rights(grants, "jobs") >= {("Read", "orders.v1"), ("Write", "large")}


def test_what_another_tool_writes_nobody_here_needs_to_change(tmp_path: Path) -> None:
    found = rights(needed(project(tmp_path, "managed_by: {topics: strimzi, acls: terraform}\n")), "apply")
    assert not {one for one in found if one[1] == "large"}
    assert ("Alter", "kafka-cluster") not in found


def test_a_state_in_a_file_needs_no_rights(tmp_path: Path) -> None:
    found = needed(project(tmp_path, "state: {file: state.jsonl}\n"))
    assert not {one["name"] for one in found} & {"_headgate_state", "_headgate_audit", "headgate-shop-prod"}


def test_the_accounts_are_called_what_they_are_said_to_be(tmp_path: Path) -> None:
    found = needed(project(tmp_path), "--plan-as", "User:ci", "--apply-as", "User:deploy")
    by_account = {one["account"]: one["principal"] for one in found}
    assert (by_account["plan"], by_account["apply"]) == ("User:ci", "User:deploy")


def test_who_looks_reads_what_is_stored_and_writes_of_it_in_the_audit_alone(tmp_path: Path) -> None:
    looks = rights(needed(project(tmp_path)), "look")
    assert {name for operation, name in looks if operation == "Read"} >= {"orders.v1", "large"}
    assert {name for operation, name in looks if operation == "Write"} == {"_headgate_audit"}
    assert {operation for operation, _ in looks} == {"Describe", "DescribeConfigs", "Read", "Write"}


def test_where_the_brokers_address_is_not_known_the_commands_leave_it_to_the_shell(tmp_path: Path) -> None:
    ran = headgate("debug", "--grants", "--env", "prod", project=project(tmp_path))
    assert ran.code == 0
    commands = [line for line in ran.out.splitlines() if line and not line.startswith("#")]
    assert all(
        one.startswith('kafka-acls.sh --bootstrap-server "$BOOTSTRAP_SERVERS_OF_EU" --add ')
        for one in commands
    )
    assert [line for line in ran.out.splitlines() if line.startswith("#")] == [
        "# plan on eu", "# apply on eu", "# look on eu", "# jobs on eu",
    ]  # fmt: skip


NEEDS = [
    Need("eu", APPLY, Grant("User:it's", CLUSTER, KAFKA_CLUSTER, "Alter")),
    Need("eu", JOBS, Grant("User:flink", TRANSACTIONAL_ID, "shop.${x}", "Write", PREFIXED)),
    Need("eu", PLAN, Grant("User:it's", TOPIC, "a.b", "Describe")),
    Need("eu", PLAN, Grant("User:it's", TOPIC, "a-b", "Describe")),
]


def test_commands_are_quoted_for_the_shell() -> None:
    lines = FORMATS["commands"](NEEDS, {"eu": "b:1"}).splitlines()
    words = [shlex.split(line) for line in lines if line and not line.startswith("#")]
    start = ["kafka-acls.sh", "--bootstrap-server", "b:1", "--add", "--allow-principal"]
    assert words == [
        [*start, "User:it's", "--topic", "a-b", "--operation", "Describe"],
        [*start, "User:it's", "--topic", "a.b", "--operation", "Describe"],
        [*start, "User:it's", "--cluster", "--operation", "Alter"],
        [*start, "User:flink", "--transactional-id", "shop.${x}", "--resource-pattern-type", "prefixed", "--operation", "Write"],
    ]  # fmt: skip


def test_terraform_has_a_resource_for_each_right_each_with_a_name_of_its_own() -> None:
    text = FORMATS["terraform"](NEEDS, {})
    heads = [line for line in text.splitlines() if line.startswith("resource ")]
    assert len(set(heads)) == len(heads) == 4
    assert '  resource_name                = "shop.$${x}"\n' in text
    assert '  resource_type                = "TransactionalID"\n' in text
    assert '  resource_pattern_type_filter = "Prefixed"\n' in text
    assert text.count("  provider                     = kafka.eu\n") == 4


def test_strimzi_has_a_user_for_each_account() -> None:
    users = list(yaml.safe_load_all(FORMATS["strimzi"](NEEDS, {})))
    assert [one["metadata"] for one in users] == [
        {"name": "flink", "labels": {"strimzi.io/cluster": "eu"}},
        {"name": "it's", "labels": {"strimzi.io/cluster": "eu"}},
    ]
    (flink,), mine = (one["spec"]["authorization"]["acls"] for one in users)
    assert flink == {
        "resource": {"type": "transactionalId", "name": "shop.${x}", "patternType": "prefix"},
        "operations": ["Write"],
        "host": "*",
    }
    assert {"resource": {"type": "cluster"}, "operations": ["Alter"], "host": "*"} in mine


def test_the_embedded_engine_has_no_connections_and_needs_no_rights() -> None:
    assert headgate("debug", project=ACCEPTANCE).out == "`embedded` has no connections.\n"
    assert headgate("debug", "--grants", "--output", "json", project=ACCEPTANCE).json["grants"] == []


def test_what_does_not_answer_is_told_at_its_line_in_bounded_time(tmp_path: Path) -> None:
    folder = project(tmp_path)
    environment = folder / "environments" / "prod.yml"
    text = environment.read_text()
    for host in ("broker:9092", "flink:8083", "flink:8081", "registry:8081"):
        text = text.replace(host, "127.0.0.1:9")
    environment.write_text(
        text.replace('{{ env_var("NOBODY_SET_THIS") }}', "me").replace('{{ env_var("NOR_THIS") }}', "s3cret")
    )
    ran = headgate("debug", "--env", "prod", "--output", "json", project=folder)
    assert ran.code == 2
    assert {(one["part"], one["answers"]) for one in ran.json["connections"]} == {
        ("kafka", False), ("flink", False), ("flink.jobmanager", False), ("schema_registry", False),
    }  # fmt: skip
    told = [(one["line"], one["message"]) for one in ran.json["diagnostics"] if one["code"] == "HGD044"]
    assert (5, "`kafka` of `eu` does not answer") in told
    assert (7, "`schema_registry` of `eu` does not answer") in told
    assert "s3cret" not in ran.out + ran.err


CODES = [value for value in vars(debug).values() if isinstance(value, Code)]


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_the_page_says_what_it_is_and_why_it_matters(code: Code) -> None:
    text = (REPOSITORY / "docs" / "codes" / f"{code.id}.md").read_text()
    assert text.startswith(f"# {code.id} {code.name}\n\n*{code.severity.value}, since {code.since}*\n\n")
    assert "\n## Why it matters\n" in text
    assert "\n*not runnable: " in text
