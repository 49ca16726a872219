"""The project's graph as tables: what stands in them, and what SQL may not do there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checked import folder, loaded
from headgate.analysis import Context
from headgate.diagnostics.pages import find_page
from headgate.verify.graph_rows import TABLES, GraphRows
from headgate.verify.graph_tables import GraphTables, WrongSql
from headgate.workflows.query import WRONG_SQL
from running import ACCEPTANCE, headgate
from streams import world_of

PROJECT = """
roles: [{name: support, clearance: internal}, {name: fraud, clearance: highly_sensitive}]
groups: [{name: finance, members: [team-pay]}]
sources:
  - name: payments
    owner: team-pay
    key: id
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: card, data_type: string, classification: highly_sensitive, tags: [pii]}
    security:
      policies:
        - mask: {column: card, method: hash, applied_in: [{roles: [support]}]}
        - allow: {roles: [fraud], purpose: scoring}
models:
  - name: cards
    materialized: flink_stream
    kafka: {partitions: 4}
    key: id
    tags: [hot]
    sql: SELECT id, card FROM {{ source("payments") }} WHERE card IS NOT NULL
    tests: [{not_null: {column: id}}]
exposures:
  - name: scoring
    type: application
    consumes: ['ref("cards")']
    access: {allowed_roles: [fraud], purpose: scoring}
unit_tests:
  - {name: empty, model: cards, given: [], expect: {rows: []}}
"""


def ask(sql: str, text: str = PROJECT) -> list[tuple[Any, ...]]:
    with GraphTables(GraphRows(world_of(text).context)) as tables:
        return [tuple(row.values()) for row in tables.ask(sql).rows]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT name, owner FROM models WHERE owner IS NULL", [("cards", None)]),
        ("SELECT partitions, key, tags, changelog FROM models", [(4, ["id"], ["hot"], "append")]),
        ("SELECT source_id, owner, line FROM sources", [("source.payments", "team-pay", 5)]),
        (
            "SELECT m.name, c.name FROM columns c JOIN models m USING (model_id) WHERE list_contains(c.tags, 'pii')",
            [("cards", "card")],
        ),
        (
            "SELECT name, nullable, classification, classified_here FROM columns WHERE source_id IS NOT NULL ORDER BY position",
            [("id", False, "internal", False), ("card", True, "highly_sensitive", True)],
        ),
        (
            "SELECT from_id, to_id FROM edges WHERE to_id LIKE 'model%' OR from_id LIKE 'model%' ORDER BY ALL",
            [
                ("model.cards", "exposure.scoring"),
                ("model.cards", "test.not_null_cards"),
                ("model.cards", "unit_test.empty"),
                ("source.payments", "model.cards"),
            ],
        ),
        (
            "SELECT from_column, to_column, kind, how FROM column_edges ORDER BY ALL",
            [
                ("card", "card", "direct", "identity"),
                ("card", None, "indirect", "filter"),
                ("id", "id", "direct", "identity"),
            ],
        ),
        ("SELECT allowed_roles, purpose, reads FROM exposures", [(["fraud"], "scoring", ["model.cards"])]),
        (
            "SELECT kind, column_name, method, roles, purpose FROM policies ORDER BY ALL",
            [("allow", None, None, ["fraud"], "scoring"), ("mask", "card", "hash", ["support"], None)],
        ),
        (
            "SELECT role, purpose, form, given FROM permissions WHERE node_id = 'model.cards' AND column_name = 'card' ORDER BY ALL",
            [
                ("fraud", "scoring", "clear", True),
                ("fraud", None, "denied", False),
                ("support", None, "hash", False),
            ],
        ),
        ("SELECT kind, assertion, node_id FROM tests ORDER BY ALL", [("assertion", "not_null", "model.cards"), ("unit_test", None, "model.cards")]),
        ("SELECT count(*) FROM nodes", [(5,)]),
    ],
)  # fmt: skip
def test_what_is_declared_and_derived_can_be_asked_for(sql: str, rows: list[tuple[Any, ...]]) -> None:
    assert ask(sql) == rows


def test_every_table_has_rows_in_the_acceptance_project() -> None:
    graph, _ = loaded(folder(ACCEPTANCE))
    assert graph is not None
    with GraphTables(GraphRows(Context(graph))) as tables:
        counts = {name: tables.ask(f"SELECT count(*) AS n FROM {name}").rows[0]["n"] for name in TABLES}
    assert all(counts.values()), counts


def test_the_columns_are_those_that_the_table_declares() -> None:
    for name, columns in TABLES.items():
        for row in GraphRows(world_of(PROJECT).context).of(name):
            assert set(row) <= set(columns), name


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT content FROM read_text('/etc/passwd')",
        "COPY models TO '/tmp/models.csv'",
        "ATTACH '/tmp/x.db' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "CREATE TABLE t (a INT)",
        "DELETE FROM models",
        "SELECT 1; SELECT 2",
        "",
    ],
)
def test_nothing_but_one_query_of_these_tables_runs(sql: str, tmp_path: Path) -> None:
    with pytest.raises(WrongSql):
        ask(sql)


def test_what_is_wrong_with_sql_is_told_with_its_place_and_what_may_be_meant() -> None:
    with pytest.raises(WrongSql) as caught:
        ask("SELECT nam FROM models")
    assert caught.value.position == len("SELECT ")
    assert "`name`" in caught.value.help
    with pytest.raises(WrongSql) as caught:
        ask("SELECT name FROM model")
    assert caught.value.position == len("SELECT name FROM ")
    assert "model" in caught.value.message


def test_a_query_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headgate.verify.graph_tables.SECONDS", 0.2)
    with pytest.raises(WrongSql, match="took longer"):
        ask("SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range % 7 = b.range % 11")


def test_more_rows_than_anybody_reads_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headgate.verify.graph_tables.ROWS", 3)
    with GraphTables(GraphRows(world_of(PROJECT).context)) as tables:
        answer = tables.ask("SELECT * FROM range(10)")
        assert (len(answer.rows), answer.truncated) == (3, True)
        assert not tables.ask("SELECT * FROM range(3)").truncated


def test_query_answers_as_show_does() -> None:
    sql = "SELECT name, materialized FROM models WHERE materialized = 'sink'"
    answer = headgate("query", sql, "--output", "json", project=ACCEPTANCE).json
    assert answer["command"] == "query" and answer["ok"]
    assert [c["name"] for c in answer["columns"]] == ["name", "materialized"]
    assert answer["rows"] == [{"name": "fraud_events_warehouse", "materialized": "sink"}]


def test_a_query_that_does_not_run_is_a_finding_on_the_command_line() -> None:
    ran = headgate("query", "SELECT nam FROM models", "--output", "json", project=ACCEPTANCE)
    assert ran.code == 1
    (found,) = ran.json["diagnostics"]
    assert (found["code"], found["line"], found["column"]) == ("HGV001", 1, 8)


def test_who_asks_for_records_is_told_where_they_are() -> None:
    ran = headgate("query", "SELECT * FROM payments_clean", project=ACCEPTANCE)
    assert ran.code == 1
    assert "`headgate show payments_clean` shows the records of a stream; the tables are nodes" in ran.err
    assert "pg_" not in ran.err


def test_tables_of_duckdbs_own_are_not_what_was_meant() -> None:
    with pytest.raises(WrongSql) as caught:
        ask("SELECT * FROM namespace_")
    assert "pg_" not in caught.value.help


def test_the_code_has_its_page() -> None:
    page = find_page(WRONG_SQL.id)
    assert page is not None
    assert page.startswith(f"# {WRONG_SQL.id} {WRONG_SQL.name}\n\n*{WRONG_SQL.severity.value}, since ")
    for sql in re.findall(r'(?:headgate query "|`)(SELECT .+?)["`]', page):
        ask(sql)


def test_duckdb_is_loaded_only_where_a_rule_is_sql() -> None:
    program = (
        "import sys\n"
        "from checked import loaded\n"
        "from headgate.analysis import Context\n"
        "from headgate.verify.sql_rules import run_sql_rules\n"
        "rule = 'rules: [{name: r, sql: \"SELECT 1 WHERE false\"}]\\n' if sys.argv[1] == 'sql' else ''\n"
        "graph, _ = loaded({'a.yml': 'models: []\\n' + rule})\n"
        "assert list(run_sql_rules(Context(graph))) == []\n"
        "print('duckdb' in sys.modules)\n"
    )
    for kind, there in (("none", "False"), ("sql", "True")):
        done = subprocess.run(
            [sys.executable, "-c", program, kind],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
        assert done.stdout.strip() == there
