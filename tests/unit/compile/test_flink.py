"""Scripts for Flink: tables, views in the place of virtual topics, and what no job could run."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from checked import folder
from compiling import artifact, codes, compiled, world
from headgate.compile.discovery import target
from headgate.compile.flink import kubernetes
from headgate.compile.target import Compiled
from headgate.sql.intervals import interval
from running import REPOSITORY

ORDERS = """
sources:
  - name: orders
    key: id
    format: {format}
{more}    columns:
      - {{name: id, data_type: {key}, constraints: [not_null]}}
      - {{name: amount, data_type: int}}
      - {{name: at, data_type: "{time}"}}
    event_time: {{column: at, max_out_of_orderness: 5 seconds}}
"""


def orders(*, format_: str = "json", key: str = "string", time: str = "timestamp(3)", more: str = "") -> str:
    return ORDERS.format(format=format_, key=key, time=time, more=more)


def script(models: str, name: str, sources: str | None = None) -> str:
    made = compiled("flink", {"sources.yml": sources or orders(), "models.yml": "models:\n" + models})
    assert codes(made) == []
    return artifact(made, f"flink/shop.{name}.sql")


VIRTUAL = "  - {name: paid, materialized: virtual_topic, sql: 'SELECT id, amount, `at` FROM {{ source(\"orders\") }}'}\n"


def test_a_virtual_topic_is_a_view_over_what_is_stored() -> None:
    text = script(
        VIRTUAL + "  - {name: big, sql: 'SELECT id FROM {{ ref(\"paid\") }} WHERE amount > 9'}\n", "big"
    )
    assert "CREATE TEMPORARY VIEW `paid` AS\nSELECT id, amount, `at` FROM orders\n;" in text
    assert "'topic' = 'orders'" in text and "'topic' = 'paid'" not in text


def test_it_is_read_through_the_proxy_where_the_reader_says_so() -> None:
    text = script(
        VIRTUAL
        + "  - {name: big, flink: {read_via: proxy}, sql: 'SELECT id FROM {{ ref(\"paid\") }} WHERE amount > 9'}\n",
        "big",
    )
    assert "VIEW" not in text and "'topic' = 'paid'" in text
    assert "'properties.bootstrap.servers' = '${cluster.main.proxy.bootstrap_servers}'" in text


def test_the_users_text_is_kept_to_the_letter() -> None:
    query = "SELECT id, 'two  spaces -- no comment' AS note\n      /* why */ FROM {{ source(\"orders\") }}"
    text = script(f"  - name: noted\n    sql: |\n      {query}\n", "noted")
    assert "SELECT id, 'two  spaces -- no comment' AS note\n/* why */ FROM orders" in text


def test_times_but_one_go_on_as_plain_times() -> None:
    models = """
  - name: joined
    sql: |
      SELECT a.id, a.`at`, b.`at` AS other
      FROM {{ source("orders") }} AS a JOIN {{ source("orders") }} AS b
        ON a.id = b.id AND a.`at` BETWEEN b.`at` AND b.`at` + INTERVAL '1' HOUR
"""
    text = script(models, "joined")
    assert "  `at`,\n  CAST(`other` AS TIMESTAMP(3)) AS `other`\n" in text


def test_settings_say_what_the_model_says() -> None:
    text = script(
        "  - {name: copy, flink: {parallelism: 4, checkpoint_interval: 1 minute, state_ttl: 36 hours},"
        " sql: 'SELECT id FROM {{ source(\"orders\") }}'}\n",
        "copy",
    )
    for line in (
        "SET 'parallelism.default' = '4';",
        "SET 'execution.checkpointing.interval' = '1 min';",
        "SET 'table.exec.state.ttl' = '36 h';",
        "SET 'table.exec.sink.require-on-conflict' = 'false';",
        "SET 'table.local-time-zone' = 'UTC';",
    ):
        assert line in text


@pytest.mark.parametrize(
    ("sources", "models", "code", "message"),
    [
        (
            orders(more="    timestamps: epoch_millis\n"),
            "",
            "HGC900",
            "times in epoch milliseconds cannot be compiled for Flink yet (`orders`)",
        ),
        (
            orders(format_="avro", more="    on_malformed: skip\n"),
            "",
            "HGC112",
            "Flink cannot skip malformed Avro records of `orders`",
        ),
        (
            orders(key="date", more="    changelog: upsert\n"),
            "",
            "HGC110",
            "a raw key of `orders` cannot be DATE",
        ),
        (
            orders(format_="avro"),
            "CAST(`at` AS TIMESTAMP(6)) AS `at6`, ",
            "HGC110",
            "`copy`: Avro cannot carry TIMESTAMP(6) here",
        ),
    ],
)
def test_what_its_formats_cannot_do_is_an_error(sources: str, models: str, code: str, message: str) -> None:
    copy = f"  - {{name: copy, format: avro, sql: 'SELECT {models}id FROM {{{{ source(\"orders\") }}}}'}}\n"
    project = world({"sources.yml": sources, "models.yml": "models:\n" + copy}, sound=False)
    made = target("flink").compile(project)
    assert (code, message) in [(d.code.id, d.message) for d in made.diagnostics]
    assert made.artifacts == () and made.resources == ()


def test_how_others_write_their_keys_is_nothing_to_who_reads_records_that_append() -> None:
    copy = "  - {name: copy, sql: 'SELECT amount FROM {{ source(\"orders\") }}'}\n"
    assert "key." not in script(copy, "copy", orders(key="date"))


def test_a_view_does_not_change_the_time_of_what_it_is_made_from() -> None:
    models = """models:
  - name: paid
    materialized: virtual_topic
    sql: SELECT id, amount, `at` FROM {{ source("orders") }}
    event_time: {column: at, max_out_of_orderness: 1 minute}
  - {name: big, sql: 'SELECT id FROM {{ ref("paid") }}'}
"""
    files = {"sources.yml": orders(), "models.yml": models}
    made = compiled("flink", files)
    assert codes(made) == ["HGC113"]
    assert files["models.yml"][made.diagnostics[0].span.start :].startswith("{column: at")
    same = {**files, "models.yml": models.replace("1 minute", "5 seconds")}
    assert codes(compiled("flink", same)) == []


def test_a_job_is_submitted_when_its_topics_schema_and_grants_are_there() -> None:
    made = compiled(
        "flink",
        {
            "sources.yml": orders(),
            "models.yml": "models:\n  - {name: copy, sql: 'SELECT id FROM {{ source(\"orders\") }}'}\n",
        },
    )
    (job,) = made.resources
    assert {a.kind for a in job.after} == {"subject", "topic", "job_acl"}
    assert job.fields["upgrade"] == "savepoint" and job.fields["output"] == "copy"


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [(86_400_000, "'1' DAY"), (5_400_000, "'90' MINUTE"), (1, "'0.001' SECOND"), (61_500, "'61.500' SECOND")],
)
def test_intervals_are_exact(milliseconds: int, expected: str) -> None:
    assert interval(milliseconds) == f"INTERVAL {expected}"


CLOUD = """\
engine: live
default: true
clusters:
  main:
    kafka: {bootstrap_servers: "kafka:9092"}
    flink: {type: confluent_cloud, organization: o, environment: env-1, database: shop, compute_pool: p, principal: sa-1}
    identities: {flink: {principal: "User:shop"}}
"""


def in_cloud(sql: str, format_: str = "avro", **more: str) -> Compiled:
    model = f"  - {{name: copy, cluster: main, format: avro, sql: {json.dumps(sql)}}}\n"
    files = {"sources.yml": orders(format_=format_), "models.yml": f"models:\n{model}", **more}
    return target("flink").compile(world({**files, "environments/prod.yml": CLOUD}, sound=False))


def test_confluent_cloud_reads_topics_through_the_registry_alone() -> None:
    made = in_cloud('SELECT id FROM {{ source("orders") }}', format_="json")
    assert [(d.code.id, d.message) for d in made.diagnostics] == [
        ("HGC114", "`orders` is json without a schema, which Confluent Cloud cannot read")
    ]
    assert made.artifacts == ()


def test_confluent_cloud_has_windows_as_table_functions_alone() -> None:
    window = "TUMBLE(`at`, INTERVAL '1' HOUR)"
    made = in_cloud(f'SELECT id, COUNT(*) AS n FROM {{{{ source("orders") }}}} GROUP BY id, {window}')
    assert codes(made) == ["HGC114"]
    function = "TABLE(TUMBLE(TABLE {{ source(\"orders\") }}, DESCRIPTOR(`at`), INTERVAL '1' HOUR))"
    made = in_cloud(
        f"SELECT id, window_start, COUNT(*) AS n FROM {function} GROUP BY id, window_start, window_end"
    )
    assert codes(made) == [] and len(made.artifacts) == 1


def test_what_others_deploy_is_no_resource() -> None:
    made = in_cloud('SELECT id FROM {{ source("orders") }}')
    assert made.resources == () and [a.path for a in made.artifacts] == ["flink/shop.copy.json"]


def test_names_in_kubernetes_are_short_and_of_one_job_alone() -> None:
    names = [
        kubernetes.resource_name(name) for name in ("shop.a_b", "shop.a.b", "Shop.A.b", "shop." + "x" * 90)
    ]
    assert len(set(names)) == 4 and all(len(name) <= 45 for name in names)
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", name) for name in names)


def test_the_script_in_a_config_map_is_the_jobs_own() -> None:
    files = folder(REPOSITORY / "tests" / "golden" / "compile" / "on_kubernetes" / "project")
    (job,) = [a for a in target("flink").compile(world(files)).artifacts if "spent" in a.path]
    held, deployment = yaml.safe_load_all(job.text)
    variables = re.findall(r"#   (\w+): (\S+)", job.text)
    text = held["data"]["model.sql"]
    for variable, value in variables:
        text = text.replace(f"${{{variable}}}", f"${{{value}}}")
    there = {
        **files,
        "environments/prod.yml": files["environments/prod.yml"].replace(
            "type: kubernetes", "type: sql_gateway"
        ),
    }
    (script_,) = [a for a in target("flink").compile(world(there)).artifacts if "spent" in a.path]
    assert text == "".join(
        line
        for line in script_.text.splitlines(keepends=True)
        if "pipeline.name" not in line and "parallelism" not in line
    )
    (fills,) = deployment["spec"]["jobManager"]["podTemplate"]["spec"]["initContainers"]
    assert all(f"${{{variable}}}" in fills["command"][2] for variable, _ in variables)


def test_what_nothing_fills_in_on_kubernetes_is_told() -> None:
    files = folder(REPOSITORY / "tests" / "golden" / "compile" / "on_kubernetes" / "project")
    said = files["environments/prod.yml"]
    image = next(line for line in said.splitlines() if "image:" in line)
    looked_up = image.partition("image:")[0] + "image: '{{ env_var(\"IMAGE\") }}'"
    there = {**files, "environments/prod.yml": said.replace(image, looked_up)}
    (job,) = [a for a in target("flink").compile(world(there)).artifacts if "spent" in a.path]
    assert "\n# Whoever deploys it fills in ${cluster.main.flink.image}\n" in job.text
