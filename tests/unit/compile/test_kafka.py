"""Topics and ACLs: what is made, who is given what, and who is not, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compiling import codes, compiled, documents, world
from headgate.compile.discovery import target
from headgate.compile.grants import all_grants
from headgate.compile.planes import Plane
from headgate.compile.target import Compiled
from headgate.diagnostics import Severity
from headgate.resources import Resource

PEOPLE = """
groups: [{name: finance, owner: {name: Finance}, members: [team-pay]}]
roles:
  - {name: clerk, group: finance, principals: ["User:clerk"], clearance: confidential}
  - {name: guest, principals: ["User:guest"], clearance: public}
"""
STREAMS = """
sources:
  - {name: raw, owner: team-pay, key: id, columns: [{name: id, data_type: string, constraints: [not_null]}]}
  - {name: foreign, owner: team-else, producers: [listed], columns: [{name: id, data_type: string}]}
models:
  - name: paid
    materialized: topic
    owner: team-pay
    group: finance
    key: id
    columns:
      - {name: id, data_type: string, constraints: [not_null], classification: public}
      - {name: amount, data_type: int, classification: confidential}
"""


def files(uses: str, more: str = "", environment: str = "") -> dict[str, str]:
    listed = "" if "name: listed," in uses else use("listed", "owner: nobody")
    found = {"people.yml": PEOPLE, "streams.yml": STREAMS + more, "uses.yml": "exposures:\n" + listed + uses}
    return {**found, "environments/e.yml": environment} if environment else found


def use(name: str, what: str, more: str = "") -> str:
    return f"  - {{name: {name}, type: application, {what}{', ' + more if more else ''}}}\n"


READS = "consumes: ['ref(\"paid\")']"
WRITES = "produces: ['ref(\"paid\")']"


def bindings(made: Compiled, principal: str) -> list[str]:
    return sorted(
        f"{r.fields['operation']} {r.fields['resource_type']} {r.fields['name']} {r.fields['pattern']}"
        for r in made.resources
        if r.id.kind in ("acl", "job_acl") and r.fields["principal"] == principal
    )


def test_a_reader_is_given_its_topic_and_its_group() -> None:
    made = compiled("kafka", files(use("app", READS, "access: {allowed_roles: [clerk]}")))
    assert bindings(made, "User:clerk") == [
        "DESCRIBE topic paid literal",
        "READ group app prefixed",
        "READ topic paid literal",
    ]


def test_a_group_that_is_said_is_that_group_alone() -> None:
    more = "access: {allowed_roles: [clerk]}, consumer_config: {consumer_group: g1}"
    made = compiled("kafka", files(use("app", READS, more)))
    assert "READ group g1 literal" in bindings(made, "User:clerk")


def test_a_writer_of_transactions_is_given_them() -> None:
    more = "owner: team-pay, principal: 'User:w', producer_config: {transactional_id: tx-, idempotent: true}"
    made = compiled("kafka", files(use("app", WRITES, more)))
    assert bindings(made, "User:w") == [
        "DESCRIBE topic paid literal",
        "DESCRIBE transactional_id tx- prefixed",
        "IDEMPOTENT_WRITE cluster kafka-cluster literal",
        "WRITE topic paid literal",
        "WRITE transactional_id tx- prefixed",
    ]


def not_given(project: dict[str, str]) -> Iterator[tuple[str, str]]:
    _, refused = all_grants(world(project))
    yield from ((one.by.name, one.why) for one in refused)


@pytest.mark.parametrize(
    ("what", "more", "why"),
    [
        (READS, "", "it says no `access.allowed_roles`"),
        (READS, "access: {allowed_roles: [clerk, guest]}", "it says no `principal`"),
        (
            READS,
            "access: {allowed_roles: [clerk]}, principal: 'User:other'",
            "`User:other` is a principal of none of its roles",
        ),
        (WRITES, "owner: team-else", "it may not write that stream"),
        (WRITES, "owner: team-pay", "it says no `principal`"),
    ],
)
def test_who_is_given_nothing_is_told_why(what: str, more: str, why: str) -> None:
    assert list(not_given(files(use("app", what, more)))) == [("app", why)]


@pytest.mark.parametrize(
    ("name", "owner", "stream", "may"),
    [
        ("app", "team-pay", 'source("raw")', True),
        ("app", "team-else", 'source("raw")', False),
        ("listed", "team-pay", 'source("foreign")', True),
        ("app", "team-else", 'source("foreign")', True),
        ("app", "team-pay", 'source("foreign")', False),
    ],
)
def test_a_stream_is_written_by_its_own_and_by_those_it_lists(
    name: str, owner: str, stream: str, may: bool
) -> None:
    made = compiled(
        "kafka", files(use(name, f"produces: ['{stream}']", f"owner: {owner}, principal: 'User:w'"))
    )
    assert bool(bindings(made, "User:w")) is may


def test_a_topic_is_given_only_where_it_is_stored_as_it_may_be_seen() -> None:
    made = compiled("kafka", files(use("app", READS, "access: {allowed_roles: [guest]}")))
    assert bindings(made, "User:guest") == []
    # With a proxy that may be there, the reader is served by it.
    planes = [
        one.plane
        for _, one in all_grants(world(files(use("app", READS, "access: {allowed_roles: [guest]}"))))[0]
    ]
    assert planes == [Plane.PROXY]


NO_PROXY = """
default: true
engine: live
fail_closed: false
clusters: {main: {kafka: {bootstrap_servers: "k:9092"}}}
"""


def test_a_reader_whom_only_a_proxy_could_serve_is_an_error_where_there_is_none() -> None:
    made = compiled(
        "kafka", files(use("app", READS, "access: {allowed_roles: [guest]}"), environment=NO_PROXY)
    )
    (found,) = [d for d in made.diagnostics if d.severity is Severity.ERROR]
    assert found.code.id == "HGC142" and found.message.endswith("main has no proxy")


def test_what_a_reader_of_another_tools_grants_may_read_is_no_fault_of_this_project() -> None:
    other = use("app", READS, "access: {allowed_roles: [guest]}, managed_by: other")
    made = compiled("kafka", files(other, environment=NO_PROXY))
    assert [d for d in made.diagnostics if d.severity is Severity.ERROR] == []


def test_what_is_deployed_needs_an_identity_of_its_own() -> None:
    job = "  - {name: copy, sql: 'SELECT id FROM {{ ref(\"paid\") }}'}\n"
    made = compiled("kafka", files("", job, NO_PROXY))
    assert [(d.code.id, d.message) for d in made.diagnostics] == [
        ("HGD101", "main has no identity `flink`, as which the job of `copy` runs")
    ]
    named = NO_PROXY.replace(
        '{bootstrap_servers: "k:9092"}',
        '{bootstrap_servers: "k:9092"}, identities: {flink: {principal: "User:f"}}',
    )
    made = compiled("kafka", files("", job, named))
    assert codes(made) == [] and "READ group shop.copy literal" in bindings(made, "User:f")


@pytest.mark.parametrize(
    ("model", "config"),
    [
        ("", {"cleanup.policy": "delete", "retention.ms": "604800000"}),
        ("changelog: upsert", {"cleanup.policy": "compact"}),
        (
            "changelog: upsert\n    kafka: {retention: 1 day, config: {cleanup.policy: 'compact,delete'}}",
            {"cleanup.policy": "compact,delete", "retention.ms": "86400000"},
        ),
        (
            "kafka: {retention: 1 day, config: {max.message.bytes: 10, cleanup.policy: 'delete'}}",
            {"cleanup.policy": "delete", "retention.ms": "86400000", "max.message.bytes": "10"},
        ),
    ],
)
def test_a_topic_is_configured_for_what_it_holds(model: str, config: dict[str, str]) -> None:
    more = f"""
  - name: held
    materialized: topic
    key: id
    columns: [{{name: id, data_type: string, constraints: [not_null]}}]
    {model}
"""
    made = compiled("kafka", files("", more))
    topics = documents(made, "kafka/topics.yml")[0]["topics"]
    assert next(t["config"] for t in topics if t["topic"] == "held") == config


def test_records_that_only_append_are_not_compacted() -> None:
    more = """
  - name: held
    materialized: topic
    columns: [{name: id, data_type: string}]
    kafka: {config: {cleanup.policy: compact}}
"""
    assert codes(compiled("kafka", files("", more))) == ["HGC140"]


def test_of_a_selection_only_its_own_is_made() -> None:
    project = world(files(use("app", READS, "access: {allowed_roles: [clerk]}")))
    selected = type(project)(project.context, frozenset())
    made = target("kafka").compile(selected)
    assert made.resources == () and made.artifacts == ()


def test_a_quota_that_is_asked_for_is_the_users_and_those_who_share_one_add_up() -> None:
    limit = "quota: {produce: 2 MB/s, consume: 1 MB/s}, access: {allowed_roles: [clerk]}"
    uses = (
        use("app", READS, limit)
        + use("other", READS, limit)
        + use("guest", READS, "quota: {consume: 1 MB/s}")
    )
    made = compiled("kafka", files(uses))
    (quota,) = (r for r in made.resources if r.id.kind == "quota")
    assert quota.id.name == "main/clerk"
    assert dict(quota.fields) == {"cluster": "main", "user": "clerk", "consumer_byte_rate": 2 * 1_000_000}


def test_a_local_stack_gets_a_user_for_everybody_named_and_no_other_environment_does() -> None:
    def users(environment: str) -> dict[str, Resource]:
        uses = use("app", READS, "access: {allowed_roles: [clerk]}")
        made = compiled("kafka", files(uses, environment=environment), env="e")
        return {r.id.name: r for r in made.resources if r.id.kind == "scram_user"}

    local = users("engine: local\n")
    assert set(local) == {"main/clerk", "main/shop-connect", "main/shop-flink"}
    assert local["main/clerk"].fields["password"] == "${cluster.main.users.clerk.password}"
    assert users("engine: live\nclusters: {main: {kafka: {bootstrap_servers: 'k:1'}}}\n") == {}
