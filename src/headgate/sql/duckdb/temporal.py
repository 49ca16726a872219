"""Joins with versions: FOR SYSTEM_TIME AS OF event time (Flink docs, "Joins", "Event Time Temporal Join")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from headgate.sql.duckdb._model import Column, Form, Role, Rows, Unsupported
from headgate.sql.duckdb.scope import Scope, Side
from headgate.sql.duckdb.sides import Sides, add_probe, columns_of_both
from headgate.sql.duckdb.time import both, in_order, under
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import physical


def temporal(one: Sides) -> Rows:
    """Each row with the version of the other side that was valid at its event time.

    TemporalRowTimeJoinOperator emits a row when the watermark reaches it, and of the versions behind the watermark keeps the
    last alone: a late row finds only that one, and a late version counts only if it became that one.
    """
    work = one.work
    versions = one.right.read(Form.VERSIONS)
    time = one.right.role(Role.ROWTIME) or one.right.role(Role.TIME)
    if versions is None or time is None:
        raise Unsupported("versions of rows that come from more than a table and a projection", one.join)
    if versions.filtered:
        raise Unsupported("versions of which a filter takes some", one.join)
    work.found.late += versions.late
    clock = both(one.left.clock, one.right.clock)
    left = under(work, in_order(work, work.use(one.left)), clock)
    right = under(work, replace(one.right, step=versions.step), clock)
    one = replace(one, left=left, right=right)
    version = one.join.this.args["version"].expression
    asked = Scope(work, (Side("", left),)).find(version)
    if asked is None:
        raise Unsupported("versions as of a computed time", version)
    add_probe(one, left, asked, "temporal_join")
    add_probe(one, right, time, "temporal_join")
    equal, rest = _split(one)
    if not equal:
        raise Unsupported("a temporal join without an equality", one.join)
    a, b = work.place(), work.place()
    scope = Scope(work, (Side(a, left), Side(b, right)))
    moment = physical(asked.physical, a)
    on = [f"({scope.sql(ours)} = {scope.sql(theirs)})" for ours, theirs in equal]
    on.append(f"greatest({moment}, {a}.__wm) >= {b}.__from")
    hits = [
        f"{b}.__op <> '-D'",
        f"{physical(time.physical, b)} <= {moment}",
        *(f"({scope.sql(r)})" for r in rest),
    ]
    hit = " AND ".join(hits)
    columns = columns_of_both(one)
    cells = [physical(column.physical, a) for column in left.columns]
    cells += [f"CASE WHEN {hit} THEN {physical(column.physical, b)} END" for column in right.columns]
    text = (
        f"SELECT {', '.join(f'{sql} AS {quoted(column.physical)}' for sql, column in zip(cells, columns, strict=True))}, "
        f"{a}.__seq, {a}.__wm FROM {left.step} AS {a} "
        f"ASOF LEFT JOIN {_valid(one, [theirs for _, theirs in equal], time)} AS {b} ON {' AND '.join(on)}"
    )
    if not one.side:
        text += f" WHERE {hit}"
    step = work.step(text, "temporal")
    return Rows(step=step, columns=columns, clock=clock, fired=left.fired, inputs=left.inputs | right.inputs)


def _valid(one: Sides, key: Sequence[exp.Expr], time: Column) -> str:
    """A step of versions, each from the moment `__from` that rows can find it at."""
    work, right, a, b = one.work, one.right, one.work.place(), one.work.place()
    mine, other = Scope(work, (Side(a, right),)), Scope(work, (Side(b, right),))
    at, than = physical(time.physical, a), physical(time.physical, b)
    same = " AND ".join(f"{mine.sql(part)} = {other.sql(part)}" for part in key)
    passed = work.step(
        f"SELECT {a}.__seq FROM {right.step} AS {a} JOIN {right.step} AS {b} ON {same} AND {b}.__seq < {a}.__seq "
        f"AND {than} > {at} AND {than} <= {a}.__wm WHERE {at} <= {a}.__wm",
        "passed",
    )
    by = ", ".join([*(mine.sql(part) for part in key), "__from"])
    return work.step(
        f"SELECT {a}.*, greatest({at}, {a}.__wm + to_milliseconds(1)) AS __from FROM {right.step} AS {a} "
        f"WHERE {at} IS NOT NULL AND {a}.__seq NOT IN (FROM {passed}) "
        f"QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY {at} DESC, {a}.__seq DESC) = 1",
        "versions",
    )


def _split(one: Sides) -> tuple[list[tuple[exp.Expr, exp.Expr]], list[exp.Expr]]:
    """The equalities of one side with the other, and the other conditions."""
    equal: list[tuple[exp.Expr, exp.Expr]] = []
    rest: list[exp.Expr] = []
    for part in one.conditions():
        if isinstance(part, exp.EQ):
            for a, b in ((part.this, part.expression), (part.expression, part.this)):
                if one.of_one(one.left, a) and one.of_one(one.right, b):
                    equal.append((a, b))
                    break
            else:
                rest.append(part)
        else:
            rest.append(part)
    return equal, rest
