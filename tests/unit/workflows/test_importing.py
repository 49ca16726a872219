"""What `import` and `init --from-cluster` write of a cluster, and what a second import leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from contracts.fakes.kafka_cluster import FakeCluster
from contracts.fakes.registry import FakeRegistry
from headgate.ports import Listing, LiveConnector, LiveGroup
from headgate.workflows.systems import LiveSystems
from imported import MAIN, acl, files, hold, play, record, subject, topic
from running import Ran, headgate

ORDERS = record(
    ("id", "string"),
    ("total", ["null", {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}]),
)
SHOP = Listing(
    topics=(
        topic("shop.orders.v1", retention_ms="3600000"),
        topic("shop.customers", cleanup_policy="compact"),
        topic("audit"),
        topic("_schemas"),
    ),
    subjects=(
        subject("shop.orders.v1-value", ORDERS),
        subject("shop.customers-value", record(("id", "string"), ("name", ["null", "string"]))),
        subject("shop.customers-key", record(("id", "string"), name="K")),
        subject("nothing-of-a-topic", ORDERS),
    ),
    acls=(
        acl("billing", "READ", "shop.", pattern="prefixed"),
        acl("billing", "READ", "billing-", "group", pattern="prefixed"),
        acl("billing", "DESCRIBE", "shop.", pattern="prefixed"),
        acl("web", "WRITE", "shop.orders.v1"),
        acl("*", "READ", "audit"),
        acl("root", "ALTER", "kafka-cluster", "cluster"),
        acl("root", "READ", "*"),
        acl("root", "READ", "shop.customers", deny=True),
    ),
    groups=(
        LiveGroup(cluster=MAIN, name="billing-1", state="stable", topics=("shop.orders.v1",)),
        LiveGroup(cluster=MAIN, name="whose", state="empty", topics=("audit", "gone")),
    ),
)
FLAGS = (
    "--from-cluster", "--bootstrap-servers", "broker.test:9092", "--username", "looks", "--registry-url", "http://registry.test",
)  # fmt: skip


class Cluster:
    """What there is to import, and a folder to write it to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.kafka = FakeCluster()
        self.registry = FakeRegistry()

    def init(self, *flags: str) -> Ran:
        return headgate("init", str(self.root), *FLAGS, *flags)

    def plan(self) -> Ran:
        """The plan, with a state that needs no broker."""
        environment = self.root / "environments/live.yml"
        environment.write_text(environment.read_text() + "state: {file: state.jsonl}\n")
        return headgate("plan", "--exit-code", "--output", "json", project=self.root)

    def imports(self, *words: str) -> Ran:
        return headgate("import", *words, project=self.root)

    def text(self, name: str) -> str:
        return (self.root / name).read_text("utf-8")

    def wrong(self) -> list[str]:
        found = headgate("check", "--output", "json", project=self.root).json["diagnostics"]
        return [f"{one['code']} {one['message']}" for one in found if one["severity"] != "info"]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = Cluster(tmp_path / "shop")
    play(monkeypatch, made.kafka, made.registry)
    hold(made.kafka, made.registry, SHOP)
    return made


def body(text: str) -> str:
    """A file without its first line, which has its digest."""
    head, _, rest = text.partition("\n")
    assert head.startswith("# Written by `headgate import` for `live`, digest ")
    return rest


def test_topics_become_sources_with_what_is_known_of_them(cluster: Cluster) -> None:
    assert cluster.init().code == 0
    assert (
        body(cluster.text("sources/shop.yml"))
        == """\
sources:
  - name: shop_customers
    topic: shop.customers
    format: avro
    key: id
    key_format: avro
    changelog: upsert
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: name, data_type: string}
    security:
      policies:
        - allow: {roles: [billing]}
    meta: {partitions: 3, replication_factor: 1, config: {cleanup.policy: compact}}
  - name: shop_orders_v1
    topic: shop.orders.v1
    format: avro
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: total, data_type: "decimal(9, 2)"}
    security:
      policies:
        - allow: {roles: [billing, root]}
    meta: {partitions: 3, replication_factor: 1, config: {retention.ms: "3600000"}}
"""
    )
    assert (
        body(cluster.text("sources/other.yml"))
        == """\
sources:
  - name: audit
    # format and columns: no schema is registered; `json` is only the default
    # whoever connects may read it: its columns are classed by that; raise them once it is closed
    meta: {partitions: 3, replication_factor: 1}
"""
    )


def test_principals_become_roles_and_exposures_that_others_keep_the_grants_of(cluster: Cluster) -> None:
    cluster.init()
    assert yaml.safe_load(cluster.text("roles.yml"))["roles"] == [
        {"name": "billing", "principals": ["User:billing"], "clearance": "public"},
        {"name": "everybody", "principals": ["User:*"], "clearance": "public"},
        {"name": "root", "principals": ["User:root"], "clearance": "public"},
    ]
    assert "    # it may ALTER the cluster main: it can give itself any right there\n" in cluster.text(
        "roles.yml"
    )
    exposures = {one["name"]: one for one in yaml.safe_load(cluster.text("exposures.yml"))["exposures"]}
    assert exposures["billing"] == {
        "name": "billing",
        "type": "application",
        "description": "What the ACLs let User:billing do.",
        "managed_by": "other",
        "principal": "User:billing",
        "consumes": ['source("shop_customers")', 'source("shop_orders_v1")'],
        "access": {"allowed_roles": ["billing"]},
        "consumer_config": {"consumer_group": "billing-1"},
    }
    assert exposures["web"]["produces"] == ['source("shop_orders_v1")']
    assert exposures["whose"] == {
        "name": "whose",
        "type": "application",
        "description": "The consumer group whose, seen reading; nothing says whose it is.",
        "managed_by": "other",
        "consumes": ['source("audit")'],
        "consumer_config": {"consumer_group": "whose"},
    }
    assert sorted(exposures) == ["billing", "root", "web", "whose"]


def test_a_new_project_is_clean_its_plan_is_empty_and_its_access_table_is_true(cluster: Cluster) -> None:
    cluster.init()
    assert cluster.wrong() == []
    planned = cluster.plan()
    assert planned.code == 0
    assert {change["action"] for change in planned.json["changes"]} == {"handed over"}
    told = [change["name"] for change in planned.json["changes"] if "as declared" not in change["reason"]]
    assert told == ["main/User:root/READ/group:root*"]
    grants = headgate("access", "--output", "json", project=cluster.root).json["grants"]
    given = {(one["role"], one["node"]) for one in grants if one["given"]}
    assert given == {
        ("billing", "source.shop_customers"),
        ("billing", "source.shop_orders_v1"),
        ("root", "source.shop_orders_v1"),
    }
    assert {one["form"] for one in grants if (one["role"], one["node"]) not in given} == {"denied"}


def test_the_summary_says_what_was_declared_left_out_and_has_to_be_set(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = cluster.init()
    assert "Declared: 4 exposures, 3 roles, 3 sources.\n" in ran.out
    assert "Left out: 1 topic of systems, whose names begin with `_`: _schemas\n" in ran.out
    assert "Left out: 1 subject named for no topic: nothing-of-a-topic\n" in ran.out
    assert "To be set" not in ran.out


def test_what_no_declaration_can_say_is_left_out_and_told(cluster: Cluster) -> None:
    more = Listing(
        topics=(*SHOP.topics, topic("by-record"), topic("select")),
        subjects=(*SHOP.subjects, subject("by-record-shop.Order", ORDERS)),
        acls=(
            *SHOP.acls,
            acl("{{ odd }}", "READ", "audit"),
            acl("web", "READ", "{{ x }}", "group"),
            acl("hr", "ALL", "kafka-cluster", "cluster"),
            acl("pay", "ALL", "kafka-cluster", "cluster"),
            acl("pay", "WRITE", "shop.orders.v1"),
        ),
        groups=(*SHOP.groups, LiveGroup(cluster=MAIN, name="{{ why }}", state="empty", topics=("audit",))),
    )
    hold(cluster.kafka, cluster.registry, more)
    ran = cluster.init()
    assert "would be a template here: User:{{ odd }}, {{ why }}, {{ x }}\n" in ran.out
    assert "named for no topic: nothing-of-a-topic\n" in ran.out
    assert "User:hr, of no use here: it may ALTER the cluster main" in ran.out
    assert "    # it may ALTER the cluster main: it can give itself any right there\n" in cluster.text(
        "exposures.yml"
    )
    assert (
        "registered by record rather than by topic, so that none is for all: by-record-shop.Order\n"
        in "".join(path.read_text() for path in (cluster.root / "sources").iterdir())
    )
    assert cluster.wrong() == []
    assert cluster.plan().code == 0


def test_no_secret_is_written(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_PASSWORD")
    properties = tmp_path / "client.properties"
    properties.write_text(
        "bootstrap.servers=broker.test:9092\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n"
        "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\\n"
        '  username="looks" password="s3cr3t-of-jaas";\nssl.truststore.location=/x.jks\nssl.ca.location=/ca.pem\n'
    )
    ran = headgate("init", str(cluster.root), "--from-cluster", "--command-config", str(properties))
    assert ran.code == 0
    assert "s3cr3t" not in "".join(files(cluster.root).values()) + ran.out + ran.err
    assert yaml.safe_load(cluster.text("environments/live.yml"))["clusters"] == {
        "main": {
            "kafka": {
                "bootstrap_servers": "broker.test:9092",
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "PLAIN",
                "username": "looks",
                "password": '{{ env_var("KAFKA_PASSWORD") }}',
                "options": {"ssl.ca.location": "/ca.pem"},
            }
        }
    }
    assert "Left out: the property ssl.truststore.location, which this client does not have\n" in ran.out
    assert "To be set: KAFKA_PASSWORD\n" in ran.out


def test_a_login_in_an_address_is_taken_apart(cluster: Cluster) -> None:
    there = (
        "--registry-url",
        "http://me:s3cr3t@registry.test",
        "--connect-url",
        "http://you:s3cr3t2@connect.test",
    )
    ran = cluster.init(*there)
    assert ran.code == 0, ran.err
    assert "s3cr3t" not in "".join(files(cluster.root).values()) + ran.out + ran.err
    main = yaml.safe_load(cluster.text("environments/live.yml"))["clusters"]["main"]
    assert main["schema_registry"] == {
        "url": "http://registry.test", "username": "me", "password": '{{ env_var("SCHEMA_REGISTRY_PASSWORD") }}',
    }  # fmt: skip
    assert main["connect"]["main"] == {
        "url": "http://connect.test", "username": "you", "password": '{{ env_var("CONNECT_PASSWORD") }}',
    }  # fmt: skip
    assert "To be set: SCHEMA_REGISTRY_PASSWORD, CONNECT_PASSWORD\n" in ran.out


def test_a_password_that_nobody_gave_is_asked_for_and_nothing_is_written(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_PASSWORD")
    ran = cluster.init()
    assert ran.code == 2
    assert "the variable `KAFKA_PASSWORD` is not set" in ran.err
    assert not cluster.root.exists()


def test_a_cluster_that_does_not_answer_leaves_nothing_behind(cluster: Cluster) -> None:
    cluster.kafka.down = True
    ran = cluster.init()
    assert ran.code == 2
    assert "does not answer at broker.test:9092" in ran.err
    assert not cluster.root.exists()


def test_nothing_is_written_over(cluster: Cluster) -> None:
    cluster.init()
    before = files(cluster.root)
    ran = cluster.init()
    assert (ran.code, files(cluster.root)) == (2, before)
    assert "is there already; nothing was written" in ran.err


@pytest.mark.parametrize(
    "flags",
    [
        ("--bootstrap-servers", "x:1"),
        ("--from-cluster",),
        ("--from-cluster", "--bootstrap-servers", "x:1", "--env", "embedded"),
        ("--from-cluster", "--bootstrap-servers", "x:1", "--cluster", "a b"),
    ],
)
def test_flags_that_make_no_sense_are_refused(flags: tuple[str, ...], tmp_path: Path) -> None:
    assert headgate("init", str(tmp_path / "x"), *flags).code == 2
    assert not (tmp_path / "x").exists()


def test_where_acls_may_not_be_seen_nothing_is_said_of_who_reads(cluster: Cluster) -> None:
    cluster.kafka.denied = {"DESCRIBE cluster"}
    ran = cluster.init()
    assert ran.code == 0
    assert (
        "Not seen: cluster `main`: `looks` may not look at ACLs: it needs DESCRIBE on the cluster" in ran.out
    )
    assert "security" not in cluster.text("sources/shop.yml")
    assert not (cluster.root / "roles.yml").exists()
    assert cluster.wrong() == []
    assert yaml.safe_load(cluster.text("exposures.yml"))["exposures"][0]["name"] == "billing_1"


def test_who_may_read_is_not_forgotten_where_it_cannot_be_seen_again(cluster: Cluster) -> None:
    cluster.init()
    before = files(cluster.root)
    cluster.kafka.denied = {"DESCRIBE cluster"}
    ran = cluster.imports()
    assert (ran.code, files(cluster.root)) == (2, before)
    assert "error[HGD071]" in ran.err


def test_a_second_import_of_the_same_changes_nothing(cluster: Cluster) -> None:
    cluster.init()
    before = files(cluster.root)
    ran = cluster.imports()
    assert (ran.code, files(cluster.root)) == (0, before)
    assert ran.out.startswith("Nothing new: the files are as an import writes them.\n")


def test_what_is_new_is_written_and_what_is_gone_goes(cluster: Cluster) -> None:
    cluster.init()
    hold(cluster.kafka, cluster.registry, Listing(topics=(topic("shop.returns"),)))
    del cluster.kafka.topics["audit"]
    ran = cluster.imports("--output", "json")
    assert ran.json["written"] == ["exposures.yml", "roles.yml", "sources/shop.yml"]
    assert ran.json["removed"] == ["sources/other.yml"]
    assert "name: shop_returns\n" in cluster.text("sources/shop.yml")
    assert cluster.wrong() == []


def test_a_file_that_somebody_changed_is_theirs(cluster: Cluster) -> None:
    cluster.init()
    theirs = cluster.text("sources/shop.yml").replace(
        "name: shop_orders_v1", "name: orders\n    owner: team-shop"
    )
    (cluster.root / "sources/shop.yml").write_text(theirs)
    hold(cluster.kafka, cluster.registry, Listing(topics=(topic("shop.returns"), topic("shop.refunds"))))
    assert cluster.imports().code == 0
    assert cluster.text("sources/shop.yml") == theirs
    new = yaml.safe_load(cluster.text("sources/shop_2.yml"))["sources"]
    assert [one["name"] for one in new] == ["shop_refunds", "shop_returns"]
    assert 'source("orders")' in cluster.text("exposures.yml")


def test_names_stay_when_topics_come_that_would_take_them(cluster: Cluster) -> None:
    cluster.init()
    hold(cluster.kafka, cluster.registry, Listing(topics=(topic("shop-customers"),)))
    cluster.imports()
    names = {one["topic"]: one["name"] for one in yaml.safe_load(cluster.text("sources/shop.yml"))["sources"]}
    assert (names["shop.customers"], names["shop-customers"]) == ("shop_customers", "shop_customers_2")


def test_sources_stand_with_their_like_a_hundred_in_a_file(cluster: Cluster) -> None:
    many = [
        *(f"shop.a.{i}" for i in range(60)),
        *(f"shop.b.{i}" for i in range(60)),
        "shop.c",
        "web.x",
        "web.y",
        "one",
    ]
    hold(cluster.kafka, cluster.registry, Listing(topics=tuple(topic(name) for name in many)))
    cluster.init()
    found = {
        path.stem: len(yaml.safe_load(path.read_text())["sources"])
        for path in (cluster.root / "sources").iterdir()
    }
    assert found == {"shop_a": 60, "shop_b": 60, "shop": 3, "web": 2, "other": 2}


def test_what_is_declared_by_hand_is_not_declared_again(cluster: Cluster) -> None:
    cluster.root.mkdir()
    (cluster.root / "environments").mkdir()
    (cluster.root / "environments/prod.yml").write_text(
        'clusters: {main: {kafka: {bootstrap_servers: "b:1"}, schema_registry: {url: "http://registry.test"}}}\n'
    )
    (cluster.root / "headgate.yml").write_text(
        "name: shop\nclassification: {default: internal}\n"
        "roles:\n  - {name: finance, principals: ['User:billing']}\n"
        "sources:\n  - {name: orders, topic: shop.orders.v1, format: avro}\n"
    )
    ran = cluster.imports("--env", "prod", "--into", "seen")
    assert ran.code == 0, ran.err
    assert sorted(files(cluster.root / "seen")) == [
        "contracts.yml", "exposures.yml", "roles.yml", "sources/other.yml",
    ]  # fmt: skip
    assert [one["name"] for one in yaml.safe_load(cluster.text("seen/roles.yml"))["roles"]] == [
        "everybody",
        "root",
    ]
    assert "roles: [finance]" in cluster.text("seen/sources/other.yml")
    contract = yaml.safe_load(cluster.text("seen/contracts.yml"))["models"]
    assert contract == [
        {
            "name": "orders",
            "columns": [
                {"name": "id", "data_type": "string", "constraints": ["not_null"]},
                {"name": "total", "data_type": "decimal(9, 2)"},
            ],
        }
    ]
    checked = headgate("check", "--env", "prod", project=cluster.root)
    assert checked.code == 0, checked.err
    again = cluster.imports("--env", "prod", "--into", "seen", "--output", "json")
    assert (again.json["written"], again.json["removed"]) == ([], [])


@pytest.mark.parametrize(
    ("part", "written"),
    [
        ("topics", ["roles.yml", "sources/other.yml", "sources/shop.yml"]),
        ("groups", ["exposures.yml", "roles.yml", "sources/other.yml", "sources/shop.yml"]),
        ("connectors", []),
        ("schemas", []),
    ],
)
def test_a_part_comes_with_what_it_refers_to(cluster: Cluster, part: str, written: list[str]) -> None:
    cluster.init()
    for name in ("exposures.yml", "roles.yml", "sources/other.yml", "sources/shop.yml"):
        (cluster.root / name).unlink()
    ran = cluster.imports(part, "--output", "json")
    assert ran.json["written"] == written
    assert cluster.wrong() == []


def test_the_embedded_engine_has_nothing_to_import(cluster: Cluster) -> None:
    headgate("init", str(cluster.root))
    ran = cluster.imports("--env", "embedded")
    assert ran.code == 2
    assert "error[HGD070]" in ran.err


JDBC = {
    "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
    "topics": "shop.customers",
    "connection.url": "jdbc:postgresql://db/shop",
    "connection.username": "sink",
    "connection.password": "(hidden)",
    "insert.mode": "upsert",
    "primary.key.fields": "id",
    "primary.key.mode": "record_key",
    "value.converter": "io.confluent.connect.avro.AvroConverter",
}


def connector(name: str, type_: str = "sink", **config: str) -> LiveConnector:
    settings = {key.replace("_", "."): value for key, value in config.items()}
    return LiveConnector(cluster=MAIN, connect="main", name=name, type=type_, config=settings)


Seen = Callable[..., Ran]


@pytest.fixture
def seen(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Seen:
    def with_connectors(*connectors: LiveConnector) -> Ran:
        groups = (LiveGroup(cluster=MAIN, name="connect-to-db", state="stable", topics=("shop.customers",)),)
        there = Listing(topics=SHOP.topics, subjects=SHOP.subjects, groups=groups, connectors=connectors)
        monkeypatch.setattr(LiveSystems, "list_all", lambda _: there)
        return cluster.init("--connect-url", "http://connect.test")

    return with_connectors


def test_a_connector_of_a_known_class_is_a_sink_by_friendly_keys(cluster: Cluster, seen: Seen) -> None:
    ran = seen(LiveConnector(cluster=MAIN, connect="main", name="to-db", type="sink", config=JDBC))
    assert yaml.safe_load(cluster.text("sinks.yml"))["models"] == [
        {
            "name": "to_db",
            "materialized": "sink",
            "managed_by": "other",
            "from": {"source": "shop_customers"},
            "sink": {
                "type": "jdbc",
                "connector": "to-db",
                "config": {
                    "connection_password": '{{ env_var("TO_DB_CONNECTION_PASSWORD") }}',
                    "connection_url": "jdbc:postgresql://db/shop",
                    "connection_user": "sink",
                    "insert_mode": "UPSERT",
                    "key_columns": ["id"],
                    "key_mode": "RECORD_KEY",
                    "value.converter": "io.confluent.connect.avro.AvroConverter",
                },
            },
        }
    ]
    assert "To be set: TO_DB_CONNECTION_PASSWORD\n" in ran.out
    assert not (cluster.root / "exposures.yml").exists(), "the connector's own group is the sink's"
    assert cluster.wrong() == []
    planned = cluster.plan()
    assert (planned.code, planned.json["changes"]) == (0, [])


def test_any_other_connector_keeps_its_own_keys(cluster: Cluster, seen: Seen) -> None:
    seen(connector("s3", connector_class="io.aws.S3SinkConnector", topics="audit", s3_bucket="b", hosts="x"))
    (model,) = yaml.safe_load(cluster.text("sinks.yml"))["models"]
    assert model["sink"] == {
        "type": "s3_sink_connector",
        "connector": "s3",
        "config": {"connector.class": "io.aws.S3SinkConnector", "s3.bucket": "b", "hosts": "x"},
    }
    assert cluster.wrong() == []


def test_connectors_that_are_no_sinks_are_told_or_are_uses(cluster: Cluster, seen: Seen) -> None:
    ran = seen(
        connector("both", connector_class="a.B", topics="audit,shop.customers"),
        connector("some", connector_class="a.B", topics_regex="shop[.].*"),
        connector("cdc", "source", connector_class="a.C"),
    )
    exposures = {one["name"]: one for one in yaml.safe_load(cluster.text("sinks.yml"))["exposures"]}
    assert exposures["both"]["consumes"] == ['source("audit")', 'source("shop_customers")']
    assert exposures["some"]["consumes"] == ['source("shop_customers")', 'source("shop_orders_v1")']
    assert (
        exposures["some"]["description"]
        == "The connector some, which reads the topics that shop[.].* matches."
    )
    assert "Left out: 1 connector that writes topics: cdc\n" in ran.out
    assert cluster.wrong() == []


@pytest.mark.parametrize(
    "folder", ["../elsewhere", "/tmp/x", "environments", "target/x", ".hidden", "a/../../b"]
)
def test_files_stand_where_declarations_are_read_from(cluster: Cluster, folder: str) -> None:
    cluster.init()
    before = files(cluster.root.parent)
    assert cluster.imports("--into", folder).code == 2
    assert files(cluster.root.parent) == before


def test_what_the_project_itself_runs_is_not_imported(cluster: Cluster) -> None:
    folder = cluster.root / "environments"
    folder.mkdir(parents=True)
    (folder / "prod.yml").write_text(
        'clusters: {main: {kafka: {bootstrap_servers: "b:1"}, schema_registry: {url: "http://registry.test"},'
        ' flink: {type: sql_gateway, url: "http://f", jobmanager_url: "http://j"},'
        " identities: {flink: {principal: 'User:shop-flink', username: shop-flink, password: '{{ env_var(\"KAFKA_PASSWORD\") }}'}}}}\n"
    )
    (cluster.root / "headgate.yml").write_text(
        "name: shop\nclassification: {default: internal}\n"
        "sources:\n  - {name: orders, topic: shop.orders.v1, columns: [{name: id, data_type: string}]}\n"
        "models:\n  - {name: clean, topic: shop.customers, sql: 'SELECT id FROM {{ source(\"orders\") }}'}\n"
    )
    own = Listing(
        acls=(
            acl("shop-flink", "READ", "shop.orders.v1"),
            acl("shop-flink", "WRITE", "shop.customers"),
            acl("web", "WRITE", "shop.customers"),
        ),
        groups=(LiveGroup(cluster=MAIN, name="shop.clean", state="stable", topics=("shop.orders.v1",)),),
    )
    hold(cluster.kafka, cluster.registry, own)
    ran = cluster.imports("--env", "prod")
    assert ran.code == 0, ran.err
    written = "".join(files(cluster.root).values())
    assert "shop_flink" not in written
    assert "shop.clean" not in written
    assert (
        "Left out: what User:shop-flink may read and write: the environment itself connects as it\n"
        in ran.out
    )
    assert "Left out: User:web may write what a job makes: shop.customers\n" in ran.out
    assert '  - ref("clean")\n' in cluster.text("exposures.yml")
    checked = headgate("check", "--env", "prod", "--output", "json", project=cluster.root).json
    assert [one["message"] for one in checked["diagnostics"] if one["severity"] == "warning"] == []
    assert checked["summary"]["errors"] == 0, checked["diagnostics"]


def test_that_nobody_has_classified_anything_is_told_where_it_is_an_error(cluster: Cluster) -> None:
    cluster.init()
    told = "Left out: classes, which nobody has said of what is imported"
    assert told not in cluster.imports().out
    (cluster.root / "headgate.yml").write_text("name: shop\n")
    assert told in cluster.imports().out
    assert [one.partition(" ")[0] for one in cluster.wrong()] == ["HGS022", "HGS022"]
