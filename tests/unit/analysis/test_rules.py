"""Rules on small projects: what the pages of their codes do not show."""

from __future__ import annotations

import textwrap

import pytest

from checked import checked, places
from headgate.diagnostics import Diagnostic, Severity

ORDERS = """
sources:
  - name: orders
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: customer, data_type: string}
      - {name: amount, data_type: int}
      - {name: at, data_type: timestamp(3)}
    event_time: {column: at, max_out_of_orderness: 5 seconds}
"""


def project(models: str, sources: str = ORDERS, **files: str) -> dict[str, str]:
    return {"sources.yml": sources, "models.yml": textwrap.dedent(models), **files}


def said(models: str, sources: str = ORDERS, least: Severity = Severity.WARNING) -> list[str]:
    files = project(models, sources)
    return places(files, checked(files), least=least)


def found(models: str, code: str, sources: str = ORDERS) -> list[Diagnostic]:
    return [d for d in checked(project(models, sources)) if d.code.id == code]


CONTRACT = """
models:
  - name: paid
    materialized: flink_stream
    config: {{contract: {{enforced: true}}}}
    columns:
{columns}
    sql: |
      SELECT {select} FROM {{{{ source("orders") }}}}
"""


def contract(select: str, **columns: str) -> str:
    lines = "\n".join(f"      - {{name: {n}, data_type: {t}}}" for n, t in columns.items())
    return CONTRACT.format(columns=lines, select=select)


@pytest.mark.parametrize(
    ("select", "columns"),
    [
        ("amount, id", {"id": "string", "amount": "int"}),
        ("id, 'x' AS kind", {"id": "string", "kind": "string"}),
        ("id, 'x' AS kind", {"id": "string", "kind": "varchar(5)"}),
        ("id, amount", {"id": "string, constraints: [not_null]", "amount": "integer"}),
        ("CAST(amount AS DECIMAL(9, 2)) AS amount", {"amount": '"decimal(9,2)"'}),
    ],
)
def test_a_contract_is_kept_whatever_the_order_and_spelling(select: str, columns: dict[str, str]) -> None:
    assert said(contract(select, **columns)) == []


@pytest.mark.parametrize(
    ("select", "columns", "expected"),
    [
        ("id", {"id": "string", "amount": "int"}, ["HGT001 models.yml:8"]),
        ("id, amount", {"id": "string"}, ["HGT002 models.yml:5"]),
        ("id, amount AS amnt", {"id": "string", "amount": "int"}, ["HGT001 models.yml:8"]),
        ("id, amount", {"id": "string", "amount": "bigint"}, ["HGT003 models.yml:8"]),
        (
            "id, CAST(amount AS DECIMAL(9, 2)) AS amount",
            {"id": "string", "amount": '"decimal(9,3)"'},
            ["HGT003 models.yml:8"],
        ),
        ("CAST(id AS VARCHAR(9)) AS id", {"id": "varchar(5)"}, ["HGT003 models.yml:7"]),
        ("id, amount", {"id": "string", "amount": "int, constraints: [not_null]"}, ["HGT004 models.yml:8"]),
        ("nothing AS id", {"id": "int"}, ["HGQ010 models.yml:9"]),
    ],
)
def test_each_difference_from_a_contract_is_one_finding_at_its_column(
    select: str, columns: dict[str, str], expected: list[str]
) -> None:
    assert said(contract(select, **columns)) == expected


def test_what_reads_a_broken_stream_is_checked_against_its_contract() -> None:
    models = contract("nothing AS id, amount", id="string", amount="int") + textwrap.indent(
        textwrap.dedent("""
        - name: big
          materialized: flink_stream
          sql: SELECT id, amount, other FROM {{ ref("paid") }}
        """),
        "  ",
    )
    assert said(models) == ["HGQ010 models.yml:10", "HGQ010 models.yml:14"]


def test_what_reads_a_stream_that_does_not_parse_is_left_alone() -> None:
    models = """
    models:
      - name: paid
        materialized: flink_stream
        sql: SELECT id,, amount FROM {{ source("orders") }}
      - name: big
        materialized: flink_stream
        sql: SELECT whatever FROM {{ ref("paid") }}
    """
    assert [place.split(":")[1] for place in said(models)] == ["5"]


def test_a_table_named_without_ref_is_told_how_to_write_it() -> None:
    models = """
    models:
      - name: paid
        materialized: flink_stream
        sql: SELECT id FROM orders
    """
    (finding,) = [d for d in checked(project(models)) if d.severity is Severity.ERROR]
    assert finding.code.id == "HGQ011"
    assert finding.help == 'write {{ source("orders") }}: a name alone makes no edge'


def test_a_computed_column_has_the_type_of_its_expression() -> None:
    sources = ORDERS.replace(
        "    event_time", '      - {name: day, expression: "CAST(at AS DATE)"}\n    event_time'
    )
    assert said(contract("id, day", id="string", day="date"), sources) == []
    assert said(contract("id, day", id="string", day="string"), sources) == ["HGT003 models.yml:8"]


def test_a_fault_in_a_computed_column_is_at_its_place() -> None:
    sources = ORDERS.replace(
        "    event_time", '      - {name: day, expression: "CAST(nothing AS DATE)"}\n    event_time'
    )
    files = project("models: []\n", sources)
    (finding,) = checked(files)
    assert sources[finding.span.start : finding.span.end] == "nothing"


DEAD = """
models:
  - name: paid
    materialized: flink_stream
    sql: SELECT id FROM {{ source("orders") }}
"""
LIVE = """
engine: live
default: true
clusters:
  main: {kafka: {bootstrap_servers: "broker:9092"}}
"""


def test_dead_letters_of_a_flink_reader_are_an_error_on_a_live_engine_alone() -> None:
    sources = ORDERS.replace("    columns:", "    on_malformed: dead_letter\n    columns:")
    files = {**project(DEAD, sources), "environments/prod.yml": LIVE}
    assert "HGC002 sources.yml:4" in places(files, checked(files, "prod"))
    assert "HGC002" not in " ".join(places(files, checked(files, "embedded")))


STATE = """
models:
  - name: open
    materialized: ephemeral
    sql: SELECT customer, COUNT(*) AS orders FROM {{ source("orders") }} GROUP BY customer
  - name: counted
    materialized: flink_stream
    key: customer
    flink: {state_ttl: 7 days}
    sql: SELECT customer, orders FROM {{ ref("open") }}
"""


def test_state_of_an_ephemeral_query_is_bounded_by_the_jobs_it_becomes_a_part_of() -> None:
    assert said(STATE) == []
    (finding,) = found(STATE.replace("    flink: {state_ttl: 7 days}\n", ""), "HGQ201")
    assert "one entry for every group there has ever been" in finding.message


def test_a_join_that_loses_the_key_blames_the_input() -> None:
    models = """
    models:
      - name: customers
        materialized: topic
        changelog: upsert
        key: id
        columns: [{name: id, data_type: string, constraints: [not_null]}, {name: country, data_type: string}]
      - name: by_country
        materialized: flink_stream
        flink: {state_ttl: 1 day}
        key: order_id
        sql: |
          SELECT o.id AS order_id, c.country FROM {{ source("orders") }} AS o
          LEFT JOIN {{ ref("customers") }} AS c ON o.customer = c.id
    """
    (finding,) = found(models, "HGT009")
    notes = " ".join(n.message for n in finding.notes)
    assert "`orders`" in notes or "`customers`" in notes
    assert finding.help


def test_what_nothing_here_enforces_is_told_once_a_kind() -> None:
    models = """
    exposures:
      - {name: a, type: application, consumes: ['source("orders")'], sla: {max_error_rate: 0.1}}
      - {name: b, type: application, consumes: ['source("orders")'], sla: {max_error_rate: 0.2}}
    """
    told = found(models, "HGC901")
    assert [(d.severity, d.message) for d in told] == [
        (Severity.INFO, "what exposures promise is not watched here (2 declared)")
    ]


def test_an_ephemeral_stream_cannot_be_taken_out_by_a_sink() -> None:
    models = """
    models:
      - name: open
        materialized: ephemeral
        sql: SELECT id FROM {{ source("orders") }}
      - name: out
        materialized: sink
        from: {model: open}
        sink: {type: file, connector: out, config: {file: /tmp/out.txt}}
    """
    assert len(found(models, "HGT013")) == 1
