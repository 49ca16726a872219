"""Statements that are no queries."""

from __future__ import annotations

import pytest

from headgate.schema.types import parse_type
from headgate.sql.ddl import (
    CreateFunction,
    CreateTable,
    CreateView,
    DdlSyntaxError,
    Insert,
    Other,
    Query,
    Set,
    StatementSet,
    TableColumn,
    Watermark,
    read_statement,
    statements,
)

FULL = """CREATE TABLE IF NOT EXISTS cat.orders (
  order_id BIGINT NOT NULL COMMENT 'pk',
  item ROW<sku STRING, dims ROW<w DOUBLE>>,
  total AS amount * (2 + 1),
  kts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  headers MAP<STRING, BYTES> METADATA,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND,
  PRIMARY KEY (order_id) NOT ENFORCED
) COMMENT 'all of it' DISTRIBUTED BY HASH (order_id) INTO 4 BUCKETS PARTITIONED BY (day)
WITH ('connector' = 'kafka', 'note' = 'a, b')"""


def test_a_table_is_read_whole() -> None:
    table = read_statement(FULL)
    assert isinstance(table, CreateTable)
    assert table.name == "cat.orders"
    assert table.columns == (
        TableColumn("order_id", "physical", parse_type("bigint not null"), comment="pk"),
        TableColumn("item", "physical", parse_type("row<sku string, dims row<w double>>")),
        TableColumn("total", "computed", expression="amount * (2 + 1)"),
        TableColumn("kts", "metadata", parse_type("timestamp_ltz(3)"), metadata="timestamp", virtual=True),
        TableColumn("headers", "metadata", parse_type("map<string, bytes>"), metadata="headers"),
    )
    assert table.watermark == Watermark("ts", "ts - INTERVAL '5' SECOND")
    assert table.primary_key == ("order_id",)
    assert table.options == (("connector", "kafka"), ("note", "a, b"))
    assert (table.distributed_by, table.buckets, table.partitioned_by) == (("order_id",), 4, ("day",))
    assert (table.comment, table.if_not_exists) == ("all of it", True)


@pytest.mark.parametrize(
    ("sql", "statement"),
    [
        ("CREATE TEMPORARY VIEW v AS SELECT 1", CreateView("v", "SELECT 1", (), True)),
        ("CREATE TEMPORARY FUNCTION f AS 'a.F' LANGUAGE JAVA", CreateFunction("f", "a.F", "JAVA", True)),
        ("INSERT INTO s /*+ OPTIONS('a'='b') */ (a, b) SELECT 1, 2", Insert("s", "SELECT 1, 2", ("a", "b"))),
        ("INSERT OVERWRITE s (SELECT 1)", Insert("s", "(SELECT 1)", (), True)),
        ("SET 'a' = 'b'", Set("a", "b")),
        ("RESET 'a';", Set("a", None)),
        ("SELECT 1", Query("SELECT 1")),
        ("EXPLAIN CHANGELOG_MODE SELECT 1", Other("EXPLAIN", "EXPLAIN CHANGELOG_MODE SELECT 1")),
        (
            "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END",
            StatementSet((Insert("a", "SELECT 1"), Insert("b", "SELECT 2"))),
        ),
        ("CREATE TABLE t LIKE u (EXCLUDING OPTIONS)", CreateTable(name="t", like="u")),
        (
            "CREATE TABLE t WITH ('a'='b') AS SELECT 1",
            CreateTable(name="t", options=(("a", "b"),), query="SELECT 1"),
        ),
        (
            "CREATE MATERIALIZED TABLE m FRESHNESS = INTERVAL '1' MINUTE REFRESH_MODE = CONTINUOUS AS SELECT 1",
            CreateTable(
                name="m",
                materialized=True,
                freshness="INTERVAL '1' MINUTE",
                refresh_mode="CONTINUOUS",
                query="SELECT 1",
            ),
        ),
    ],
)
def test_a_statement_is_read(sql: str, statement: object) -> None:
    assert read_statement(sql) == statement


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE",
        "CREATE TABLE t (a",
        "CREATE TABLE t (a MONEY)",
        "CREATE TABLE t WITH ('a')",
        "INSERT s",
        "",
    ],
)
def test_a_broken_statement_says_where(sql: str) -> None:
    with pytest.raises(DdlSyntaxError) as error:
        read_statement(sql)
    assert 0 <= error.value.start <= error.value.end <= len(sql)


def test_a_script_is_split_where_statements_end() -> None:
    one = "SET 'a'='b;c'"
    two = "EXECUTE STATEMENT SET BEGIN INSERT INTO s SELECT CASE WHEN a THEN 1 END FROM o; INSERT INTO t SELECT 1; END"
    script = f"{one};\n-- a; comment\n{two};\nSELECT 1"
    assert statements(script) == ((one, 0), (two, script.index(two)), ("SELECT 1", script.rindex("SELECT 1")))
