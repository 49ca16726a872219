"""Connector configurations: friendly keys checked and mapped, converters by format, and what is served beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from compiling import artifact, codes, compiled
from headgate.compile.target import Compiled
from headgate.diagnostics import Severity

LIVE = """
default: true
engine: live
fail_closed: false
clusters:
  main:
    kafka: {bootstrap_servers: "kafka:9092"}
    schema_registry: {url: "http://registry"}
    connect: {main: {url: "http://connect"}}
    identities: {connect: {principal: "User:connect"}}
"""


def files(
    sink: str, *, format_: str = "avro", key: str = "id", type_: str = "string", more: str = ""
) -> dict[str, str]:
    return {
        "environments/live.yml": LIVE,
        "models.yml": f"""
sources:
  - name: orders
    format: {format_}
    key: {key}
    columns:
      - {{name: id, data_type: {type_}, constraints: [not_null]}}
      - {{name: amount, data_type: int}}
models:
  - name: out
    materialized: sink
    from: {{source: orders}}
{more}    sink: {sink}
""",
    }


def config(sink: str, **options: Any) -> dict[str, str]:
    made = compiled("connect", files(sink, **options))
    assert codes(made) == []
    value: dict[str, str] = json.loads(artifact(made, "connect/shop.out.json"))["config"]
    return value


def told(sink: str, **options: Any) -> list[str]:
    made = compiled("connect", files(sink, **options))
    return [d.message for d in made.diagnostics if d.severity is Severity.ERROR]


FILE = "{type: file, config: {file: /tmp/x}}"
JDBC = 'connection_url: "jdbc:postgresql://db/shop"'


@pytest.mark.parametrize(
    ("sink", "message"),
    [
        ("{type: flie, config: {file: /x}}", "the connector library has no type `flie`"),
        ("{type: file, config: {}}", "`file` needs `file`"),
        (
            "{type: file, connector: 'a/b%', config: {file: /x}}",
            "Connect takes no `%` or `/` in the name of a connector",
        ),
        ("{type: file, config: {file: /x, tasks_max: two}}", "`tasks_max` takes a whole number"),
        ("{type: file, config: {file: [a, b]}}", "`file` takes a text"),
        ("{type: file, config: {file: /x, file_name: y}}", "`file` has no setting `file_name`"),
        (
            f"{{type: jdbc, config: {{{JDBC}, insert_mode: MERGE}}}}",
            "`insert_mode` takes one of INSERT, UPSERT, UPDATE",
        ),
        (f"{{type: jdbc, config: {{{JDBC}, key_columns: [nope]}}}}", "the sink's input has no column `nope`"),
        (f"{{type: jdbc, config: {{{JDBC}, delete_enabled: 1}}}}", "`delete_enabled` takes true or false"),
    ],
)
def test_a_setting_that_is_wrong_is_found_before_anything_is_deployed(sink: str, message: str) -> None:
    assert message in told(sink)


def test_a_friendly_key_and_the_connectors_own_for_one_setting_are_an_error() -> None:
    (message,) = told('{type: file, config: {file: /x, tasks_max: 2, "tasks.max": 3}}')
    assert "tasks_max" in message and "tasks.max" in message


def test_a_type_that_is_close_is_suggested() -> None:
    made = compiled("connect", files("{type: snowflake, config: {}}"))
    (found,) = made.diagnostics
    assert found.help is not None and found.help.startswith("did you mean `snowflake_table`?")


def test_a_key_with_a_dot_passes_as_it_is() -> None:
    value = config('{type: file, config: {file: /x, "errors.retry.timeout": 5000, "some.flag": true}}')
    assert (value["errors.retry.timeout"], value["some.flag"]) == ("5000", "true")


@pytest.mark.parametrize(
    ("type_", "converter"),
    [
        ("string", "storage.StringConverter"),
        ("bigint", "converters.LongConverter"),
        ("int", "converters.IntegerConverter"),
        ("double", "converters.DoubleConverter"),
        ("bytes", "converters.ByteArrayConverter"),
    ],
)
def test_raw_keys_are_read_as_what_they_are(type_: str, converter: str) -> None:
    assert config(FILE, type_=type_)["key.converter"] == f"org.apache.kafka.connect.{converter}"


def test_values_are_read_by_their_format() -> None:
    avro, plain = config(FILE), config(FILE, format_="json")
    assert avro["value.converter"] == "io.confluent.connect.avro.AvroConverter"
    assert avro["value.converter.schema.registry.url"] == "${cluster.main.schema_registry.url}"
    assert plain["value.converter"] == "org.apache.kafka.connect.json.JsonConverter"
    assert plain["value.converter.schemas.enable"] == "false"


def test_two_key_columns_are_read_by_the_format_of_the_key() -> None:
    assert config(FILE, key="[id, amount]")["key.converter"] == "io.confluent.connect.avro.AvroConverter"


def test_a_table_takes_plain_json_by_the_columns_of_its_contract() -> None:
    value = config(f"{{type: jdbc, config: {{{JDBC}}}}}", format_="json", key="[id, amount]")
    assert value["value.converter"] == "dev.headgate.connect.ContractJsonConverter"
    assert value["value.converter.columns"] == "id:STRING!,amount:INT"
    assert value["key.converter"] == "dev.headgate.connect.ContractJsonConverter"
    assert value["key.converter.columns"] == "id:STRING!,amount:INT"


def test_the_environment_says_which_converter_reads_avro() -> None:
    text = files(FILE)
    text["environments/live.yml"] = LIVE.replace(
        'url: "http://connect"', 'url: "http://connect", avro_converter: com.example.Avro'
    )
    made = json.loads(artifact(compiled("connect", text), "connect/shop.out.json"))["config"]
    assert made["value.converter"] == "com.example.Avro"
    assert made["value.converter.schema.registry.url"] == "${cluster.main.schema_registry.url}"


def test_what_is_looked_up_or_secret_stays_out() -> None:
    value = config(f"{{type: jdbc, config: {{{JDBC}, connection_user: me, connection_password: hush}}}}")
    assert value["connection.username"] == "me"
    assert value["connection.password"] == "${sink.out.config.connection_password}"
    looked_up = "'{{ env_var(\"DB\") }}'"
    value = config(f"{{type: jdbc, config: {{{JDBC}, connection_password: {looked_up}}}}}")
    assert value["connection.password"] == "${sink.out.config.connection_password}"


def test_dead_letters_go_to_their_topic_without_headers() -> None:
    value = config(FILE, more="    dead_letter: {topic: out.dlq}\n")
    assert value["errors.tolerance"] == "all" and value["errors.deadletterqueue.topic.name"] == "out.dlq"
    assert value["errors.deadletterqueue.context.headers.enable"] == "false"


def test_a_connector_may_not_log_what_few_may_read() -> None:
    assert [
        d.code.id
        for d in compiled(
            "connect", files('{type: file, config: {file: /x, "errors.log.include.messages": true}}')
        ).diagnostics
    ] == ["HGC133"]


def snowflake(more: str, changelog: str = "append", key: str = "id") -> Compiled:
    config_ = f"{{snowflake_database: DB, snowflake_table: T, insert_mode: UPSERT, {more}}}"
    text = files(f"{{type: snowflake_table, config: {config_}}}", key=key)
    text["models.yml"] = text["models.yml"].replace(
        "format: avro", f"format: avro\n    changelog: {changelog}", 1
    )
    return compiled("connect", text)


def test_snowflake_keeps_the_last_record_of_a_key_in_a_view() -> None:
    made = snowflake("key_columns: [id]")
    assert codes(made, least=Severity.INFO) == ["HGC132"]
    view = artifact(made, "connect/shop.out.view.sql")
    assert 'PARTITION BY "ID"\n  ORDER BY RECORD_METADATA:"offset"::NUMBER DESC\n) = 1;' in view


def test_records_of_a_key_that_is_not_their_own_are_told_apart_by_time_first() -> None:
    view = artifact(snowflake("key_columns: [amount]"), "connect/shop.out.view.sql")
    assert 'RECORD_METADATA:"CreateTime"::NUMBER DESC, RECORD_METADATA:"offset"::NUMBER DESC' in view


def test_a_deleted_key_is_not_in_the_view() -> None:
    view = artifact(snowflake("key_columns: [id]", "upsert"), "connect/shop.out.view.sql")
    assert 'PARTITION BY RECORD_METADATA:"key"' in view and 'AND "ID" IS NOT NULL' in view


def test_any_connector_goes_by_its_class() -> None:
    value = config(
        '{type: mongo, config: {"connector.class": com.example.Mongo, "connection.uri": "mongodb://db"}}'
    )
    assert value["connector.class"] == "com.example.Mongo" and value["topics"] == "orders"


def test_a_connector_that_goes_by_its_class_takes_every_key_of_its_own() -> None:
    class_ = "com.wepay.kafka.connect.bigquery.BigQuerySinkConnector"
    value = config(
        f'{{type: bigquery, config: {{"connector.class": {class_}, project: p, upsertEnabled: true}}}}'
    )
    assert (value["project"], value["upsertEnabled"]) == ("p", "true")


LOCALLY = "default: true\nengine: local\n"


def locally(sink: str, **options: Any) -> tuple[dict[str, str], list[str]]:
    text = files(sink, **options)
    text["environments/live.yml"] = LOCALLY
    made = compiled("connect", text)
    value: dict[str, str] = json.loads(artifact(made, "connect/shop.out.json"))["config"]
    return value, codes(made, least=Severity.INFO)


def test_on_the_local_stack_a_table_of_its_postgresql_stands_in_for_snowflake() -> None:
    sink = (
        "{type: snowflake_table, config: {snowflake_database: DB, snowflake_table: T, insert_mode: UPSERT,"
        " key_columns: [id]}}"
    )
    value, found = locally(sink, format_="json")
    assert found == ["HGC134"]
    assert value["connector.class"] == "io.debezium.connector.jdbc.JdbcSinkConnector"
    assert value["headgate.stands_in_for"] == "snowflake_table"
    assert value["connection.password"] == "${cluster.main.warehouse.password}"
    assert (value["collection.name.format"], value["insert.mode"]) == ("t", "upsert")
    assert (value["primary.key.mode"], value["primary.key.fields"]) == ("record_key", "id")
    assert value["transforms.headgate.type"] == "org.apache.kafka.connect.transforms.HoistField$Key"
    assert value["transforms.headgate.field"] == "id"
    assert value["value.converter.columns"] == "id:STRING!,amount:INT"


def test_on_the_local_stack_no_sample_reaches_the_database_that_a_sink_names() -> None:
    sink = (
        "{type: jdbc, config: {connection_url: 'jdbc:mysql://prod/shop', connection_user: me, insert_mode: UPSERT,"
        " connection_password: '{{ env_var(\"SHOP\") }}', table: Shop.Orders, key_columns: [id], batch_size: 7,"
        " schema_evolution: NONE, hibernate.dialect: x, 'connection.pool.max_size': 3}}"
    )
    value, found = locally(sink, format_="json")
    assert found == ["HGC134"]
    assert value["connection.url"] == "${cluster.main.warehouse.url}"
    assert value["connection.username"] == "${cluster.main.warehouse.username}"
    assert value["connection.password"] == "${cluster.main.warehouse.password}"
    assert (value["collection.name.format"], value["schema.evolution"]) == ("orders", "basic")
    assert (value["insert.mode"], value["batch.size"]) == ("upsert", "7")
    assert not {"hibernate.dialect", "connection.pool.max_size"} & value.keys()


def test_a_table_that_is_named_for_its_topic_is_so_where_it_stands_in() -> None:
    value, _ = locally(f"{{type: jdbc, config: {{{JDBC}, table: '${{topic}}'}}}}")
    assert value["collection.name.format"] == "${topic}"


@pytest.mark.parametrize(
    ("said", "fields", "by"),
    [
        ("id", "id", '"ID"'),
        ("'amount, id'", "amount,id", '"AMOUNT", "ID"'),
        ("[amount]", "amount", '"AMOUNT"'),
    ],
)
def test_columns_to_tell_rows_apart_by_may_be_one_text(said: str, fields: str, by: str) -> None:
    sink = f"{{type: jdbc, config: {{{JDBC}, insert_mode: UPSERT, key_columns: {said}}}}}"
    assert config(sink)["primary.key.fields"] == fields
    assert f"PARTITION BY {by}\n" in artifact(snowflake(f"key_columns: {said}"), "connect/shop.out.view.sql")


def test_transformations_of_a_sink_come_before_the_one_that_its_connector_needs() -> None:
    drop = '"transforms.drop.type": org.apache.kafka.connect.transforms.DropHeaders'
    value = config(
        f"{{type: jdbc, config: {{{JDBC}, insert_mode: UPSERT, key_mode: RECORD_KEY, transforms: drop, {drop}}}}}"
    )
    assert value["transforms"] == "drop,headgate"
    assert value["transforms.drop.type"].endswith("DropHeaders")
    assert value["transforms.headgate.field"] == "id"


def test_a_key_that_is_a_record_already_stays_as_it_is() -> None:
    sink = "{type: snowflake_table, config: {snowflake_database: DB, insert_mode: UPSERT}}"
    value, _ = locally(sink, format_="json", key="[id, amount]")
    assert value["primary.key.mode"] == "record_key" and "transforms" not in value


def test_what_only_appends_to_snowflake_only_appends_to_its_stand_in() -> None:
    value, _ = locally("{type: snowflake_table, config: {snowflake_database: DB}}")
    assert (value["insert.mode"], value["primary.key.mode"]) == ("insert", "none")
    assert value["collection.name.format"] == "out"


def test_the_local_stack_reads_avro_through_its_own_registry() -> None:
    value, found = locally(FILE)
    assert found == []
    assert value["value.converter"] == "io.apicurio.registry.utils.converter.AvroConverter"
    assert value["value.converter.apicurio.registry.url"] == "${cluster.main.schema_registry.apicurio_url}"


def test_a_table_whose_rows_are_keyed_otherwise_than_its_records_keeps_what_is_deleted() -> None:
    sink = f"{{type: jdbc, config: {{{JDBC}, insert_mode: UPSERT, key_columns: [amount]}}}}"
    text = files(sink)
    text["models.yml"] = text["models.yml"].replace("format: avro", "format: avro\n    changelog: upsert", 1)
    made = json.loads(artifact(compiled("connect", text), "connect/shop.out.json"))["config"]
    assert made["primary.key.mode"] == "record_value" and "delete.enabled" not in made


def test_a_connector_waits_for_its_topic_its_schema_its_grants_and_its_dead_letters() -> None:
    (made,) = compiled("connect", files(FILE, more="    dead_letter: {topic: out.dlq}\n")).resources
    assert [str(one) for one in made.after] == [
        "topic/main/orders",
        "subject/main/orders-value",
        "topic/main/out.dlq",
        "job_acl/main/User:connect/READ/topic:orders",
        "job_acl/main/User:connect/DESCRIBE/topic:orders",
        "job_acl/main/User:connect/READ/group:connect-shop.out",
        "job_acl/main/User:connect/WRITE/topic:out.dlq",
        "job_acl/main/User:connect/DESCRIBE/topic:out.dlq",
    ]


SECURED = LIVE.replace(
    '{bootstrap_servers: "kafka:9092"}', '{bootstrap_servers: "kafka:9092", security_protocol: SASL_SSL}'
)


def of_a_role(identities: str) -> dict[str, str]:
    """A sink that reads as a role, with dead letters."""
    text = files("{type: file, role: shelf, config: {file: /x}}", more="    dead_letter: {topic: out.dlq}\n")
    text["roles.yml"] = 'roles:\n  - {name: shelf, principals: ["User:shelf"]}\n'
    text["environments/live.yml"] = SECURED.replace('{connect: {principal: "User:connect"}}', identities)
    return text


def test_dead_letters_are_written_as_connect_whoever_the_sink_reads_as() -> None:
    made = compiled(
        "connect", of_a_role('{connect: {principal: "User:connect"}, shelf: {principal: "User:shelf"}}')
    )
    value = json.loads(artifact(made, "connect/shop.out.json"))["config"]
    logs_in = "{}.override.sasl.jaas.config"
    assert "identities.shelf.username" in value[logs_in.format("consumer")]
    for client in ("producer", "admin"):
        assert "identities.connect.username" in value[logs_in.format(client)]
        assert value[f"{client}.override.security.protocol"] == "SASL_SSL"
        assert f"{client}.override.bootstrap.servers" not in value


def test_who_writes_dead_letters_must_be_in_the_environment() -> None:
    made = compiled("kafka", of_a_role('{shelf: {principal: "User:shelf"}}'))
    assert [(d.code.id, d.message) for d in made.diagnostics if d.severity is Severity.ERROR] == [
        ("HGD101", "main has no identity `connect`, as which the writer of dead letters of `out` runs")
    ]
