"""Virtual topics as SQL topics of Conduktor Gateway: what its few words can say, and what is refused at its place."""

from __future__ import annotations

import pytest

from compiling import artifact, compiled, documents

SOURCE = """
sources:
  - name: orders
    topic: orders.v1
    key: id
    format: {format}
    columns:
      - {{name: id, data_type: string, constraints: [not_null]}}
      - {{name: status, data_type: string}}
      - {{name: amount, data_type: int}}
      - {{name: address, data_type: "row<city string, zip string>"}}
      - {{name: at, data_type: timestamp_ltz(3), from: timestamp}}
      - {{name: head, data_type: "map<string, bytes>", from: headers}}
      - {{name: day, data_type: date, expression: "CAST(`at` AS DATE)"}}
"""


SIZE = "CASE WHEN amount > 9 AND status = 'A' THEN 'big' WHEN amount < 0 THEN status ELSE 'x' END AS size"


def files(select: str, where: str = "", format_: str = "json") -> dict[str, str]:
    query = f'SELECT {select} FROM {{{{ source("orders") }}}}' + (f" WHERE {where}" if where else "")
    model = "models:\n  - name: paid\n    materialized: virtual_topic\n    sql: |\n      " + query + "\n"
    return {"sources.yml": SOURCE.format(format=format_), "models.yml": model}


def statement(select: str, where: str = "", format_: str = "json") -> str:
    made = compiled("conduktor", files(select, where, format_))
    assert made.diagnostics == ()
    (interceptor,) = documents(made, "conduktor/topics/paid.yml")
    text = interceptor["spec"]["config"]["statement"]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("status = 'PAID'", "status = 'PAID'"),
        ("status <> 'PAID' AND amount >= 10", "status <> 'PAID' AND amount >= 10"),
        ("10 < amount", "amount > 10"),
        ("-1 <= amount", "amount >= -1"),
        ("amount BETWEEN 1 AND 9", "amount >= 1 AND amount <= 9"),
        ("status IN ('A', 'B')", "status REGEXP '^(?:A|B)$'"),
        ("status IN ('A.B', 'C+')", "status REGEXP '^(?:A[.]B|C[+])$'"),
        ("status IN ('A')", "status = 'A'"),
        ("status LIKE 'P_ID%'", "status REGEXP '(?s)^P.ID.*$'"),
        ("status LIKE '100.%'", "status REGEXP '(?s)^100[.].*$'"),
        ("(status = 'A' AND (amount > 1 AND amount < 5))", "status = 'A' AND amount > 1 AND amount < 5"),
        ("address.city = 'Rome'", "address.city = 'Rome'"),
    ],
)
def test_a_filter_is_said_in_its_words(where: str, expected: str) -> None:
    assert statement("id", where) == f'SELECT id FROM "orders.v1" WHERE {expected}'


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("id, status, amount, address", 'SELECT * FROM "orders.v1"'),
        ("amount AS cents, id", 'SELECT amount AS cents, id FROM "orders.v1"'),
        ("id, `at` AS seen", 'SELECT id, record.timestamp AS seen FROM "orders.v1"'),
        ("id, address.city AS city", 'SELECT id, address.city AS city FROM "orders.v1"'),
        (f"id, {SIZE}", f'SELECT id, {SIZE} FROM "orders.v1"'),
    ],
)
def test_a_list_of_columns_is_said_in_its_words(select: str, expected: str) -> None:
    assert statement(select) == expected


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("*", "a SQL topic cannot read the headers of a record"),
        ("id, `day`", "`day` is computed, and no part of the record"),
        ("id, 'x' AS kind", "a SQL topic selects columns, not constants"),
        ("id, amount AS `the amount`", "`the amount` is no name for a column of a SQL topic"),
    ],
)
def test_a_column_that_it_cannot_serve_is_refused(select: str, message: str) -> None:
    assert message in [d.message for d in compiled("conduktor", files(select)).diagnostics]


@pytest.mark.parametrize(
    ("where", "message", "place"),
    [
        ("status = 'A' OR amount = 1", "SQL topics have no OR", "status = 'A' OR amount = 1"),
        ("amount > 1 AND NOT status = 'A'", "SQL topics have no NOT", "NOT status = 'A'"),
        ("status IS NULL", "SQL topics have no IS NULL", "status IS NULL"),
        ("status IS NOT NULL", "SQL topics have no NOT", "status IS NOT NULL"),
        ("amount IN (1, 2)", "SQL topics have IN for texts only", "amount IN (1, 2)"),
        ("UPPER(status) = 'A'", "SQL topics have no UPPER", "UPPER(status)"),
        ("amount + 1 > 2", "SQL topics have no +", "amount + 1"),
        ("CAST(amount AS STRING) = '1'", "SQL topics have no CAST", "CAST(amount AS STRING)"),
        (
            "amount = CHAR_LENGTH(status)",
            "SQL topics compare a column with a constant",
            "CHAR_LENGTH(status)",
        ),
        ("amount > 1 AND status = 'it''s'", "how SQL topics read a quote or a backslash", "'it''s'"),
        ("status IN ('a^', 'b')", "a text with quotes, brackets, `^`", "'a^'"),
        (
            "status LIKE 'a!%' ESCAPE '!'",
            "SQL topics have LIKE with a plain pattern only",
            "status LIKE 'a!%'",
        ),
    ],
)
def test_what_it_has_no_words_for_is_refused_at_its_place(where: str, message: str, place: str) -> None:
    project = files("id", where)
    made = compiled("conduktor", project)
    (found,) = made.diagnostics
    assert found.code.id == "HGC160" and found.message.startswith(message)
    assert project["models.yml"][found.span.start : found.span.end] == place
    assert found.help == "rewrite it, or make `paid` a flink_stream"
    assert made.artifacts == ()


def test_every_fault_of_a_query_is_said_at_once() -> None:
    project = files(
        "id, UPPER(status) AS s", "amount = 1 AND (status = 'A' OR status = 'B') AND status IS NULL"
    )
    made = compiled("conduktor", project)
    assert [d.message for d in made.diagnostics] == [
        "SQL topics have no UPPER",
        "SQL topics have no OR",
        "SQL topics have no IS NULL",
    ]


@pytest.mark.parametrize(
    ("select", "faults"),
    [("id, status, amount, address", 0), ("id, status", 1), ("id, status, amount AS a, address", 1)],
)
def test_records_with_a_schema_are_served_whole_or_not_at_all(select: str, faults: int) -> None:
    made = compiled("conduktor", files(select, "amount > 1", "avro"))
    assert len(made.diagnostics) == faults
    if not faults:
        text = artifact(made, "conduktor/topics/paid.yml")
        assert 'SELECT * FROM "orders.v1" WHERE amount > 1' in text
        assert "host: ${cluster.main.schema_registry.url}" in text


def test_virtual_topics_over_virtual_topics_are_one_query_over_what_is_stored() -> None:
    project = files("id, amount AS cents, status", "status = 'PAID'")
    project["more.yml"] = """
models:
  - {name: large, materialized: virtual_topic, sql: 'SELECT cents AS value_cents, id FROM {{ ref("paid") }} WHERE cents > 99'}
"""
    made = compiled("conduktor", project)
    (interceptor,) = documents(made, "conduktor/topics/large.yml")
    assert interceptor["spec"]["config"] == {
        "virtualTopic": "large",
        "statement": "SELECT amount AS value_cents, id FROM \"orders.v1\" WHERE status = 'PAID' AND amount > 99",
    }


def test_a_column_that_a_topic_below_computes_cannot_be_filtered_by() -> None:
    project = files("id, CASE WHEN amount > 9 THEN 'big' ELSE 'small' END AS size")
    project["more.yml"] = """
models:
  - {name: large, materialized: virtual_topic, sql: "SELECT id FROM {{ ref('paid') }} WHERE size = 'big'"}
"""
    made = compiled("conduktor", project)
    assert [d.message for d in made.diagnostics] == ["`size` is computed by the topic below"]


def test_a_join_is_too_much_for_a_virtual_topic() -> None:
    project = files("id")
    project["models.yml"] = """
models:
  - name: paid
    materialized: virtual_topic
    sql: SELECT a.id FROM {{ source("orders") }} AS a JOIN {{ source("orders") }} AS b ON a.id = b.id
"""
    made = compiled("conduktor", project)
    assert [d.message for d in made.diagnostics] == ["`paid` does more than project and filter one input"]
