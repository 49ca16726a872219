"""Facts of one query of every shape, beside the query; `python tests/unit/sql/test_shapes.py` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headgate.compile.embedded_queries import engine_query
from headgate.ports import EngineInput
from headgate.providers.embedded import open_engine
from headgate.schema.types import parse_type
from headgate.sql import analyse, relations_of
from headgate.sql.duckdb import DuckDbQuery, Refused, rewrite
from headgate.sql.facts import Analysis, ColumnFacts, Mode, Relation

ENGINE = open_engine(None)
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures/flink"


def relation(name: str, columns: str, time: str = "", key: str = "") -> Relation:
    parts = re.split(r",(?![^<(]*[>)])\s*", columns)
    found = []
    for part in parts:
        column, _, type_ = part.strip().partition(" ")
        found.append(ColumnFacts(column, parse_type(type_), (), "rowtime" if column == time else ""))
    return Relation(
        name, tuple(found), Mode.UPSERT if key else Mode.APPEND, (key,) if key else None, time, 5000
    )


RELATIONS = {
    r.name: r
    for r in (
        relation(
            "orders",
            "order_id bigint, user_id string, amount decimal(10,2), status string, currency string,"
            "tags array<string>, items array<row<sku string, qty int>>, attrs map<string, int>,"
            "addr row<city string, zip int>, ts timestamp(3)",
            "ts",
        ),
        relation("payments", "pay_id bigint, order_id bigint, paid decimal(10,2), ts timestamp(3)", "ts"),
        relation(
            "rates", "currency varchar(3) not null, rate decimal(10,4), ts timestamp(3)", "ts", "currency"
        ),
        relation("customers", "id string not null, name string, tier string, ts timestamp(3)", "ts", "id"),
    )
}


def shown(analysis: Analysis) -> list[str]:
    """Facts as lines of comment."""
    lines = [f"fault {f.code} {f.message}" for f in analysis.faults]
    facts = analysis.facts
    if facts is None:
        return [*lines, "no facts"]
    for column in facts.columns:
        links = ", ".join(f"{k.relation}.{k.column} {k.how}" for k in column.links)
        time = f" *{column.time}*" if column.time else ""
        lines.append(f"{column.name}: {column.type}{time}" + (f" <- {links}" if links else ""))
    key = f" by {', '.join(facts.key)}" if facts.key is not None else ""
    lines.append(f"{facts.mode}{key}" + (f", event time {facts.event_time}" if facts.event_time else ""))
    if facts.influences:
        lines.append("decided by " + ", ".join(f"{i.relation}.{i.column} {i.why}" for i in facts.influences))
    for one in facts.operators:
        more = [f"waits {one.waits_ms} ms"] * bool(one.waits_ms) + ["needs watermark"] * one.needs_watermark
        more += ["unbounded"] * one.unbounded + [str(one.exactness)] * (one.exactness != "exact")
        lines.append(" ".join([f"{one.kind} ({one.detail})", *more]))
    lines += [f"not here: {what}" for what, _, _ in facts.unsupported]
    lines += ["plain"] * facts.plain
    return lines


def blocks(path: Path) -> list[tuple[str, str, list[str]]]:
    found = []
    for part in re.split(r"^-- name: ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        name, _, rest = part.partition("\n")
        lines = rest.strip().split("\n")
        sql = "\n".join(line for line in lines if not line.startswith("--> ")).strip()
        found.append((name.strip(), sql, [line[4:] for line in lines if line.startswith("--> ")]))
    return found


CASES = [(n, s, e) for path in sorted(FIXTURES.glob("*.sql")) for n, s, e in blocks(path)]


@pytest.mark.parametrize(("sql", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_query_has_the_facts_written_beside_it(sql: str, expected: list[str]) -> None:
    assert shown(analyse(sql, RELATIONS)) == expected


@pytest.mark.parametrize("sql", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_operators_and_faults_stand_inside_the_text(sql: str) -> None:
    analysis = analyse(sql, RELATIONS)
    places = [(f.start, f.end) for f in analysis.faults]
    if analysis.facts is not None:
        places += [(o.start, o.end) for o in analysis.facts.operators]
    assert all(0 <= start < end <= len(sql) for start, end in places)


@pytest.mark.parametrize("sql", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_the_relations_read_are_those_named(sql: str) -> None:
    facts = analyse(sql, RELATIONS).facts
    assert facts is not None
    assert sorted(facts.relations) == sorted(relations_of(sql))


@pytest.mark.parametrize("sql", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_a_query_runs_on_the_embedded_engine_unless_its_facts_say_otherwise(sql: str) -> None:
    analysis = analyse(sql, RELATIONS)
    assert analysis.facts is not None
    query = rewrite(sql, RELATIONS)
    if analysis.faults or analysis.facts.unsupported:
        assert isinstance(query, Refused)
        return
    assert isinstance(query, DuckDbQuery), query
    inputs = [
        EngineInput(
            relation=one.name,
            columns=tuple((c.name, str(c.type)) for c in one.columns),
            rows=(),
            event_time=one.event_time,
            delay_ms=one.delay_ms,
            mode="upsert" if one.key else "append",
            key=one.key or (),
        )
        for one in RELATIONS.values()
    ]
    columns = tuple((c.name, str(c.type)) for c in analysis.facts.columns)
    assert ENGINE.run(engine_query(query, columns), inputs).late == ()


def write() -> None:
    for path in sorted(FIXTURES.glob("*.sql")):
        made = []
        for name, sql, _ in blocks(path):
            facts = "\n".join(f"--> {line}" for line in shown(analyse(sql, RELATIONS)))
            made.append(f"-- name: {name}\n{sql}\n{facts}\n")
        path.write_text("\n".join(made), "utf-8")


if __name__ == "__main__":
    write()
