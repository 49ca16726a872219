"""An account with exactly the rights that `debug --grants` prints can do its work, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from confluent_kafka import Producer

from accounts import PASSWORD, account, admin, connection, local_stack
from headgate.local.connections import LocalStack
from headgate.ports import client_settings
from headgate.resources.grants import Grant, reading
from real.conftest import Stack
from running import Ran, headgate

pytestmark = [pytest.mark.real, pytest.mark.slow]

FILES = {
    "headgate.yml": "name: granted\nclassification: {default: internal}\n",
    "environments/live.yml": """\
engine: live
allow_destroy: true
state: {topic: granted-state}
clusters:
  dev:
    kafka:
      bootstrap_servers: '{{ env_var("BROKERS") }}'
      security_protocol: SASL_PLAINTEXT
      sasl_mechanism: SCRAM-SHA-256
      username: '{{ env_var("KAFKA_USER") }}'
      password: '{{ env_var("KAFKA_PASSWORD") }}'
    schema_registry: {url: '{{ env_var("REGISTRY") }}'}
""",
    "models.yml": """\
models:
  - name: granted_orders
    materialized: topic
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: amount, data_type: bigint}
""",
    "uses.yml": """\
roles:
  - {name: analyst, clearance: highly_sensitive, principals: ["User:granted-dashboard"]}
exposures:
  - name: dashboard
    type: dashboard
    owner: {name: team, email: team@example.com}
    depends_on: ["ref('granted_orders')"]
    principal: "User:granted-dashboard"
    access: {allowed_roles: [analyst]}
""",
}
PLANS, APPLIES, LOOKS = "granted-plans", "granted-applies", "granted-looks"
Run = Callable[..., Ran]
"""Runs a command as a user of the brokers."""


@pytest.fixture(scope="module")
def broker(stack: Stack) -> LocalStack:
    return local_stack(stack.project)


@pytest.fixture
def project(broker: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and accounts for planning, applying and looking at it with the rights that it prints."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for name, value in {
        "BROKERS": broker.kafka,
        "REGISTRY": broker.registry,
        "KAFKA_PASSWORD": PASSWORD,
    }.items():
        monkeypatch.setenv(name, value)
    printed = headgate(
        "debug", "--grants", "--plan-as", f"User:{PLANS}", "--apply-as", f"User:{APPLIES}",
        "--look-as", f"User:{LOOKS}", "--env", "live", "--output", "json", project=tmp_path,
    ).json["grants"]  # fmt: skip
    for user in (PLANS, APPLIES, LOOKS):
        account(broker, user, _rights(printed, user))
    return tmp_path


def _rights(printed: Iterable[dict[str, str]], user: str) -> list[Grant]:
    return [
        Grant(one["principal"], one["resource"], one["name"], one["operation"], one["pattern"])
        for one in printed
        if one["principal"] == f"User:{user}"
    ]


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(user: str, *words: str) -> Ran:
        monkeypatch.setenv("KAFKA_USER", user)
        return headgate(*words, "--env", "live", project=project)

    return run


def test_who_plans_can_plan_and_write_nothing_and_who_applies_can_apply(run: Run, broker: LocalStack) -> None:
    planned = run(PLANS, "plan", "--output", "json")
    assert planned.code == 0, planned.err
    assert {one["kind"] for one in planned.json["changes"]} == {"topic", "subject", "acl"}
    refused = run(PLANS, "apply", "--auto-approve", "--confirm", "live")
    assert refused.code != 0
    assert f"`{PLANS}` may not" in refused.err
    client = admin(broker)
    assert not {"granted_orders", "granted-state"} & set(client.list_topics(timeout=10).topics)

    applied = run(APPLIES, "apply", "--auto-approve", "--confirm", "live")
    assert applied.code == 0, applied.err
    assert "granted_orders" in client.list_topics(timeout=10).topics
    assert "topic/dev/granted_orders" in run(PLANS, "state", "ls").out
    assert "Nothing to change" in run(PLANS, "plan").out

    asked = run(PLANS, "debug", "--output", "json").json
    (kafka,) = [one for one in asked["connections"] if one["part"] == "kafka"]
    assert (kafka["answers"], kafka["user"]) == (True, PLANS)
    assert "apply: Alter on topic granted_orders" in kafka["missing"]
    assert "apply: Write on topic granted-state" in kafka["missing"]
    assert not [one for one in kafka["missing"] if one.startswith("plan:")]
    assert [one["name"] for one in asked["diagnostics"]] == ["rights-missing"]
    (kafka,) = [
        one for one in run(APPLIES, "debug", "--output", "json").json["connections"] if one["part"] == "kafka"
    ]
    assert kafka["missing"] == []

    destroyed = run(APPLIES, "destroy", "--auto-approve", "--confirm", "live")
    assert destroyed.code == 0, destroyed.err
    assert "Nothing is ours" in run(PLANS, "state", "ls").out


def test_who_looks_at_records_stands_in_the_history_and_sees_none_where_that_cannot_be_written(
    run: Run, broker: LocalStack
) -> None:
    assert run(APPLIES, "apply", "--auto-approve", "--confirm", "live").code == 0
    account(broker, "granted-unseen", reading("User:granted-unseen", "granted_orders"))
    producer = Producer(client_settings(connection(broker).kafka or {}))
    for _ in range(3):
        producer.produce("granted_orders", value=b"no record of it", partition=0)
    assert producer.flush(10) == 0
    assert run(LOOKS, "show", "granted_orders", "--as", "analyst").code == 0
    (newest, *_) = run(APPLIES, "history", "--output", "json").json["entries"]
    assert (newest["verb"], newest["outcome"]) == ("show", "done")
    assert newest["about"] == (
        "model.granted_orders as analyst: the first 20 records; partition 0: offsets 0 to 2"
    )
    for verb in ("show", "tail"):
        unseen = run("granted-unseen", verb, "granted_orders", "--as", "analyst")
        assert unseen.code == 2
        assert "[HGD040] the audit of `live` cannot be written: `granted-unseen` may not" in unseen.err
    assert run(APPLIES, "destroy", "--auto-approve", "--confirm", "live").code == 0


def test_who_has_no_rights_is_told_what_is_missing(run: Run, broker: LocalStack) -> None:
    account(broker, "granted-nothing")
    asked = run("granted-nothing", "debug", "--output", "json")
    (kafka,) = [one for one in asked.json["connections"] if one["part"] == "kafka"]
    assert "plan: Describe on the cluster" in kafka["missing"]
    assert PASSWORD not in asked.out + asked.err


def test_a_wrong_password_and_a_registry_that_is_down_are_told_at_their_lines(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY", "http://127.0.0.1:9")
    monkeypatch.setenv("KAFKA_PASSWORD", "wr0ng-and-secret")
    asked = run(PLANS, "debug", "--output", "json")
    assert asked.code == 2
    assert [(one["part"], one["answers"]) for one in asked.json["connections"]] == [
        ("kafka", False), ("schema_registry", False),
    ]  # fmt: skip
    told = {(one["name"], one["file"], one["line"]) for one in asked.json["diagnostics"]}
    assert told == {
        ("not-reached", "environments/live.yml", 7),
        ("not-reached", "environments/live.yml", 12),
    }
    assert "wr0ng-and-secret" not in asked.out
