"""What one binding says beyond the facts of shapes: places, single faults, what the rewrite is told."""

from __future__ import annotations

import pickle

import pytest
from sqlglot import exp

from headgate.schema.types import parse_type
from headgate.sql import TypesOut, analyse, bind, parse, relations_of
from headgate.sql.facts import ColumnFacts, How, Mode, Relation


def relation(name: str, *columns: str, time: str = "", key: tuple[str, ...] = ()) -> Relation:
    parts = [c.split(" ", 1) for c in columns]
    facts = tuple(ColumnFacts(n, parse_type(t), (), "rowtime" if n == time else "") for n, t in parts)
    return Relation(name, facts, Mode.UPSERT if key else Mode.APPEND, key or None, time, 1000)


RELATIONS = {
    "orders": relation(
        "orders", "id string not null", "card string", "amount int", "ts timestamp(3)", time="ts"
    ),
    "people": relation(
        "people", "id string not null", "name string", "ts timestamp(3)", time="ts", key=("id",)
    ),
}


def faults(sql: str) -> list[tuple[str, str]]:
    return [(f.code, sql[f.start : f.end]) for f in analyse(sql, RELATIONS).faults]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id, crd FROM orders WHERE crd = 'x'", [("HGQ010", "crd"), ("HGQ010", "crd")]),
        (
            "WITH a AS (SELECT crd AS c FROM orders) SELECT UPPER(c) || c AS d FROM a WHERE c > 1",
            [("HGQ010", "crd")],
        ),
        ("SELECT SUM(nope) AS s, MAX(amount) AS m FROM orders", [("HGQ010", "nope")]),
        ("SELECT o.id FROM orders o JOIN poeple p ON o.id = p.id AND p.what = 1", [("HGQ011", "poeple")]),
        (
            "SELECT id FROM orders WHERE FOO(id) = 1 AND FOO(card) > 'x'",
            [("HGQ022", "FOO(id"), ("HGQ022", "FOO(card")],
        ),
    ],
)
def test_one_mistake_is_one_fault(sql: str, expected: list[tuple[str, str]]) -> None:
    assert faults(sql) == expected


def test_what_was_meant_is_suggested() -> None:
    (fault,) = analyse("SELECT crd FROM orders", RELATIONS).faults
    assert fault.help == "did you mean `card`?"


def test_a_renamed_column_is_found_wherever_it_was_used() -> None:
    sql = "SELECT id, old, UPPER(old) AS u FROM orders WHERE old IS NOT NULL"
    assert [at for _, at in faults(sql)] == ["old", "old", "old"]


def test_the_most_changing_way_is_kept_of_each_input() -> None:
    facts = analyse(
        "SELECT id, card || UPPER(card) AS c, COALESCE(card, id) AS d FROM orders", RELATIONS
    ).facts
    assert facts is not None
    assert [[(k.column, k.how) for k in c.links] for c in facts.columns] == [
        [("id", How.IDENTITY)],
        [("card", How.TRANSFORM)],
        [("card", How.TRANSFORM), ("id", How.TRANSFORM)],
    ]


def test_lineage_passes_through_every_level() -> None:
    sql = (
        "WITH a AS (SELECT card AS x, amount FROM orders), b AS (SELECT x AS y, amount FROM a) "
        "SELECT m FROM (SELECT MAX(y) AS m, SUM(amount) AS s FROM b GROUP BY amount)"
    )
    facts = analyse(sql, RELATIONS).facts
    assert facts is not None
    assert [(k.relation, k.column, k.how) for k in facts.columns[0].links] == [("orders", "card", How.PICK)]


def test_two_uses_of_one_table_are_told_apart() -> None:
    sql = "SELECT a.id, b.name FROM people a JOIN people b ON a.id = b.name"
    facts = analyse(sql, RELATIONS).facts
    assert facts is not None
    assert facts.mode is Mode.RETRACT


def test_an_outer_join_makes_the_other_side_nullable() -> None:
    facts = analyse(
        "SELECT o.id, p.id AS pid FROM orders o LEFT JOIN people p ON o.id = p.id", RELATIONS
    ).facts
    assert facts is not None
    assert [c.type.nullable for c in facts.columns] == [False, True]


def test_the_rewrite_is_told_types_columns_and_kinds() -> None:
    sql = "SELECT o.id, amount + 1 AS n FROM orders o JOIN people FOR SYSTEM_TIME AS OF o.ts AS p ON o.id = p.id"
    parsed = parse(sql)
    types = TypesOut()
    assert bind(parsed, RELATIONS, types=types).faults == ()
    ast = parsed.ast
    assert isinstance(ast, exp.Select)
    addition = ast.expressions[1].this
    assert str(types.types[id(addition)]) == "INT"
    assert types.columns[id(addition.this)] == ("o", "amount")
    assert types.kinds[id(ast.args["joins"][0])] == "temporal_join"
    assert [n.alias for n in types.sources[id(ast)]] == ["o"] * 4 + ["p"] * 3
    assert [n.name for n in types.outputs[id(ast)]] == ["id", "n"]


def test_every_expression_has_a_type() -> None:
    sql = "SELECT UPPER(card) AS u, COUNT(*) AS c FROM orders GROUP BY UPPER(card) HAVING UPPER(card) > 'a' AND COUNT(*) > 1"
    parsed = parse(sql)
    types = TypesOut()
    bind(parsed, RELATIONS, types=types)
    assert parsed.ast is not None
    missing = [
        n for n in parsed.ast.find_all(exp.Column, exp.Anonymous, exp.Literal) if id(n) not in types.types
    ]
    assert missing == []


def test_analyses_cross_process_boundaries() -> None:
    analysis = analyse("SELECT id, nope FROM orders", RELATIONS)
    assert pickle.loads(pickle.dumps(analysis)) == analysis


def test_relations_are_named_in_order_without_those_of_with() -> None:
    sql = "WITH a AS (SELECT * FROM people) SELECT * FROM orders JOIN a ON TRUE JOIN TABLE(TUMBLE(TABLE x, DESCRIPTOR(t), INTERVAL '1' DAY)) ON TRUE"
    assert relations_of(sql) == ("people", "orders", "x")


def test_the_time_of_a_window_is_the_event_time_even_when_the_end_comes_first() -> None:
    window = "TUMBLE(ts, INTERVAL '1' HOUR)"
    sql = f"SELECT TUMBLE_END(ts, INTERVAL '1' HOUR) AS e, TUMBLE_ROWTIME(ts, INTERVAL '1' HOUR) AS r FROM orders GROUP BY {window}"
    facts = analyse(sql, RELATIONS).facts
    assert facts is not None
    assert facts.event_time == "r"


@pytest.mark.parametrize(
    "sql", ["SELECT id FROM orders", "SELECT UPPER(card) AS c FROM orders AS o WHERE amount > 1"]
)
def test_projections_and_filters_of_one_input_are_plain(sql: str) -> None:
    facts = analyse(sql, RELATIONS).facts
    assert facts is not None
    assert facts.plain
