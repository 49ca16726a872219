"""What the embedded engine is to hold and run for a project, and what it leaves out by name."""

from __future__ import annotations

from typing import Any

import pytest

from compiling import artifact, compiled, documents, said, world
from headgate.compile.embedded_queries import computed_query, stream_query, text_query
from headgate.compile.target import Compiled
from headgate.diagnostics import Severity
from headgate.resources.embedded import EngineQuery
from headgate.sql.duckdb import Refused

SOURCES = """
sources:
  - name: orders
    key: id
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: customer, data_type: string}
      - {name: cents, data_type: bigint}
      - {name: at, data_type: timestamp(3)}
      - {name: day, data_type: date, expression: "CAST(at AS DATE)"}
    event_time: {column: at, max_out_of_orderness: 5 seconds}
"""
MODELS = """
models:
  - name: large
    materialized: virtual_topic
    key: id
    sql: SELECT id, customer, cents, at FROM {{ source("orders") }} WHERE cents > 100
  - name: halves
    materialized: ephemeral
    sql: SELECT customer, cents / 2 AS half, at FROM {{ ref("large") }}
  - name: customers
    materialized: topic
    key: customer
    changelog: upsert
    columns: [{name: customer, data_type: string, constraints: [not_null]}, {name: country, data_type: string}]
  - name: french
    materialized: virtual_topic
    key: customer
    sql: SELECT customer, country FROM {{ ref("customers") }} WHERE country = 'FR'
  - name: totals
    key: customer
    sql: SELECT customer, SUM(half) AS total FROM {{ ref("halves") }} GROUP BY customer
"""


def fields(made: Compiled, id_: str) -> dict[str, Any]:
    found = {str(r.id): r for r in made.resources}
    assert id_ in found, sorted(found)
    return dict(found[id_].fields)


@pytest.fixture(scope="module")
def made() -> Compiled:
    return compiled("embedded", {"sources.yml": SOURCES, "models.yml": MODELS})


def test_topics_are_tables_virtual_ones_views_jobs_queries_and_what_is_inlined_nothing(
    made: Compiled,
) -> None:
    assert sorted(str(r.id) for r in made.resources) == [
        "embedded_query/totals",
        "embedded_table/customers",
        "embedded_table/orders",
        "embedded_table/totals",
        "embedded_view/french",
        "embedded_view/large",
    ]
    assert not made.diagnostics


def test_a_table_knows_its_columns_key_kind_and_time(made: Compiled) -> None:
    assert fields(made, "embedded_table/orders") == {
        "columns": [
            ["id", "STRING NOT NULL"],
            ["customer", "STRING"],
            ["cents", "BIGINT"],
            ["at", "TIMESTAMP(3)"],
            ["day", "DATE"],
        ],
        "mode": "append",
        "key": ["id"],
        "event_time": "at",
        "delay_ms": 5000,
    }
    assert fields(made, "embedded_table/totals")["mode"] == "upsert"


def test_a_query_reads_the_tables_under_what_it_inlines_and_runs_after_they_are_there(made: Compiled) -> None:
    query = fields(made, "embedded_query/totals")
    assert query["inputs"] == ["orders"] and query["output"] == "totals"
    after = next(r.after for r in made.resources if str(r.id) == "embedded_query/totals")
    assert [str(a) for a in after] == ["embedded_table/orders", "embedded_table/totals"]


def test_only_a_view_over_rows_has_a_history(made: Compiled) -> None:
    assert "history_sql" not in fields(made, "embedded_view/large")
    assert "customers__history" in fields(made, "embedded_view/french")["history_sql"]


def test_each_query_can_be_read_and_so_can_the_tables(made: Compiled) -> None:
    assert [a.path for a in made.artifacts] == [
        "embedded/french.sql",
        "embedded/large.sql",
        "embedded/policies.yml",
        "embedded/tables.yml",
        "embedded/totals.sql",
    ]
    assert artifact(made, "embedded/totals.sql").startswith("-- model.totals: ")
    (tables,) = documents(made, "embedded/tables.yml")
    assert {t["name"]: t["is"] for t in tables["tables"]} == {
        "orders": "topic",
        "customers": "topic",
        "large": "virtual topic",
        "french": "virtual topic",
        "totals": "topic of a job",
    }


SINK = """
models:
  - name: customers
    materialized: topic
    key: customer
    changelog: {changelog}
    columns: [{{name: customer, data_type: string, constraints: [not_null]}}, {{name: country, data_type: string}}]
  - name: out
    from: {{model: customers}}
    sink: {{type: jdbc, config: {{connection_url: "jdbc:x", table: t{config}}}}}
"""


@pytest.mark.parametrize(
    ("changelog", "config", "key"),
    [
        ("append", "", []),
        ("append", ", insert_mode: INSERT, key_columns: [customer]", []),
        ("append", ", insert_mode: UPSERT, key_columns: [country]", ["country"]),
        ("append", ", insert_mode: upsert", ["customer"]),
        ("upsert", "", ["customer"]),
        ("upsert", ", insert_mode: INSERT", []),
    ],
)
def test_a_sink_keeps_a_row_a_key_where_its_connector_would(
    changelog: str, config: str, key: list[str]
) -> None:
    made = compiled("embedded", {"m.yml": SINK.format(changelog=changelog, config=config)})
    sink = fields(made, "embedded_sink/out__sink")
    assert (sink["key"], sink["input"]) == (key, "customers")


def test_a_sink_with_a_query_has_a_topic_and_a_job_of_its_own() -> None:
    text = (
        SOURCES
        + """
models:
  - name: out
    sink: {type: jdbc, config: {connection_url: "jdbc:x", table: t}}
    sql: SELECT id FROM {{ source("orders") }}
"""
    )
    made = compiled("embedded", {"m.yml": text})
    assert fields(made, "embedded_sink/out__sink")["input"] == "out"
    assert fields(made, "embedded_query/out")["output"] == "out"


MATCHED = """
models:
  - name: pairs
    sql: |
      SELECT * FROM {{ source("orders") }}
      MATCH_RECOGNIZE (PARTITION BY customer ORDER BY at MEASURES A.id AS first_id, B.id AS second_id
        PATTERN (A B) DEFINE B AS B.cents > A.cents)
  - name: readers
    sql: SELECT first_id FROM {{ ref("pairs") }}
  - name: inlined
    materialized: ephemeral
    sql: |
      SELECT * FROM {{ source("orders") }}
      MATCH_RECOGNIZE (PARTITION BY customer ORDER BY at MEASURES A.id AS first_id, B.id AS second_id
        PATTERN (A B) DEFINE B AS B.cents > A.cents)
  - name: reads_inlined
    sql: SELECT first_id FROM {{ ref("inlined") }}
"""


def test_a_query_that_is_not_answered_is_left_out_and_named_once_at_its_place() -> None:
    files = {"sources.yml": SOURCES, "models.yml": MATCHED}
    made = compiled("embedded", files)
    ids = {str(r.id) for r in made.resources}
    assert {"embedded_table/pairs", "embedded_table/readers", "embedded_query/readers"} <= ids
    assert not ids & {"embedded_query/pairs", "embedded_query/inlined", "embedded_query/reads_inlined"}
    assert said(files, made.diagnostics) == [
        "HGC003 models.yml:6 the embedded engine cannot answer MATCH_RECOGNIZE as Flink would",
        "HGC003 models.yml:14 the embedded engine cannot answer MATCH_RECOGNIZE as Flink would",
    ]
    assert {d.severity for d in made.diagnostics} == {Severity.WARNING}


VERSIONED = """
models:
  - name: rates
    key: customer
    sql: |
      SELECT customer, at, cents FROM (SELECT customer, at, cents, ROW_NUMBER() OVER (
        PARTITION BY customer ORDER BY at DESC) AS nth FROM {{ source("orders") }}) WHERE nth = 1
    event_time: {column: at}
  - name: rated
    sql: |
      SELECT o.id, r.cents FROM {{ source("orders") }} AS o
      JOIN {{ ref("rates") }} FOR SYSTEM_TIME AS OF o.at AS r ON o.customer = r.customer
"""


def test_versions_that_the_engine_does_not_keep_are_not_asked_for() -> None:
    files = {"sources.yml": SOURCES, "models.yml": VERSIONED}
    made = compiled("embedded", files)
    (told,) = said(files, made.diagnostics)
    assert told.startswith(
        "HGC003 models.yml:12 the embedded engine cannot answer a temporal join with `rates`"
    )
    assert "embedded_query/rates" in {str(r.id) for r in made.resources}


POLICIES = """
roles: [{name: desk}, {name: lab}]
models:
  - name: cards
    materialized: topic
    columns: [{name: id, data_type: string}, {name: card, data_type: string, classification: confidential}]
    security:
      policies:
        - mask: {column: card, method: hash, applied_in: [{roles: [desk]}]}
        - allow: {roles: [lab], purpose: research}
  - name: open
    materialized: topic
    columns: [{name: id, data_type: string}]
"""


def test_policies_say_what_each_reader_does_not_see_in_clear() -> None:
    made = compiled("embedded", {"m.yml": POLICIES})
    (said_,) = documents(made, "embedded/policies.yml")
    assert said_["policies"] == [
        {
            "stream": "model.cards",
            "readers": {"desk": {"card": "hash"}, "lab": "denied", "lab for research": "clear"},
        }
    ]


def test_a_text_of_its_own_inlines_virtual_topics_and_has_types() -> None:
    made_of = world({"sources.yml": SOURCES, "models.yml": MODELS})
    query = text_query(made_of, "SELECT id, cents + 1 AS more FROM `large`")
    assert isinstance(query, EngineQuery)
    assert query.columns == (("id", "STRING NOT NULL"), ("more", "BIGINT"))
    assert "orders" in query.sql and '"large"' not in query.sql


def test_a_text_may_ask_of_a_sink_what_it_writes_out() -> None:
    made_of = world({"m.yml": SINK.format(changelog="append", config="")})
    query = text_query(made_of, "SELECT country FROM `out` WHERE customer = 'a'")
    assert isinstance(query, EngineQuery)
    assert query.columns == (("country", "STRING"),)
    assert "customers" in query.sql


def test_a_text_that_is_not_understood_is_refused() -> None:
    made_of = world({"sources.yml": SOURCES})
    assert isinstance(text_query(made_of, "SELECT nothing FROM `orders`"), Refused)
    assert isinstance(text_query(made_of, "SELECT 1 FROM `nowhere`"), Refused)


def test_computed_columns_are_one_query_over_the_others() -> None:
    made_of = world({"sources.yml": SOURCES, "models.yml": MODELS})
    streams = {s.name: s for s in made_of.project.streams.values()}
    query = computed_query(streams["orders"])
    assert isinstance(query, EngineQuery) and query.columns == (("day", "DATE"),)
    assert computed_query(streams["customers"]) is None


def test_without_a_flush_the_open_windows_of_a_query_are_named() -> None:
    text = (
        SOURCES
        + """
models:
  - name: hourly
    key: [customer, start]
    sql: |
      SELECT customer, TUMBLE_START(at, INTERVAL '1' HOUR) AS `start`, COUNT(*) AS n
      FROM {{ source("orders") }} GROUP BY customer, TUMBLE(at, INTERVAL '1' HOUR)
"""
    )
    made_of = world({"m.yml": text})
    (hourly,) = (s for s in made_of.project.streams.values() if s.name == "hourly")
    flushed, left = stream_query(made_of, hourly), stream_query(made_of, hourly, flush=False)
    assert isinstance(flushed, EngineQuery) and isinstance(left, EngineQuery)
    assert not flushed.open_windows and len(left.open_windows) == 1
