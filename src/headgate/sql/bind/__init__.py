"""Queries bound to their inputs: what comes out, of which type, from where, and how it changes over time."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from headgate.sql.bind._model import (
    LEVELS,
    PROCTIME,
    ROWTIME,
    Binder,
    Bounds,
    Named,
    Rows,
    Scope,
    TypesOut,
    Value,
)
from headgate.sql.bind.joins import State
from headgate.sql.bind.queries import query
from headgate.sql.bind.rankings import over_of_rank
from headgate.sql.facts import Analysis, ColumnFacts, Fault, Link, Mode, QueryFacts, Relation
from headgate.sql.parse import Parsed

__all__ = ["Bounds", "Named", "TypesOut", "bind"]


def bind(parsed: Parsed, relations: Mapping[str, Relation], *, types: TypesOut | None = None) -> Analysis:
    """The facts of a parsed query over its inputs, and all that is wrong with it.

    One mistake is one fault: what follows from an unknown name is of an unknown type and says nothing more. With faults
    there are facts still where the columns' names are known.
    """
    ast = parsed.ast
    if ast is None:
        return Analysis(None, parsed.faults)
    binder = Binder(parsed.text, relations, types, query)
    binder.outermost = ast
    try:
        rows = query(binder, ast, {}, None)
    except RecursionError:
        return Analysis(None, (Fault("HGQ007", "the query is nested too deeply", 0, len(parsed.text)),))
    state = State(rows.updating, rows.keys, rows.blame)
    for rank in rows.pending:
        if not rank.used:
            over_of_rank(rank, Scope(binder), state)
    faults = _in_order(parsed.faults, binder.faults)
    if rows.open or not rows.columns:
        return Analysis(None, faults)
    return Analysis(_facts(ast, rows, state, binder), faults)


def _in_order(first: tuple[Fault, ...], found: list[Fault]) -> tuple[Fault, ...]:
    unique = dict.fromkeys((*first, *found))
    return tuple(sorted(unique, key=lambda f: (f.start, f.end, f.code, f.message)))


def _facts(ast: exp.Query, rows: Rows, state: State, binder: Binder) -> QueryFacts:
    names = {id(v): n for n, v in rows.columns.items()}
    keys = [tuple(names[id(v)] for v in k) for k in state.keys if all(id(v) in names for v in k)]
    key = min(keys, key=len) if keys else None
    mode = Mode.APPEND
    if state.updating:
        mode = Mode.UPSERT if key is not None else Mode.RETRACT
    if len({name.lower() for name in rows.columns}) < len(rows.columns):
        binder.not_here("names that differ only in the case of their letters", ast)
    operators = tuple(sorted(dict.fromkeys(binder.operators), key=lambda o: (o.start, o.end, o.kind)))
    return QueryFacts(
        columns=tuple(_column(n, v) for n, v in rows.columns.items()),
        relations=tuple(binder.read),
        influences=binder.found_influences(),
        mode=mode,
        key=_in_column_order(key, rows),
        event_time=_event_time(rows),
        operators=operators,
        unsupported=tuple(dict.fromkeys(binder.unsupported)),
        plain=_plain(ast, binder, operators, rows),
    )


def _in_column_order(key: tuple[str, ...] | None, rows: Rows) -> tuple[str, ...] | None:
    if key is None:
        return None
    wanted = set(key)
    return tuple(n for n in rows.columns if n in wanted)


def _column(name: str, one: Value) -> ColumnFacts:
    links = tuple(
        Link(relation, column, LEVELS[how]) for (relation, column), how in sorted(one.links.items())
    )
    time = one.time if one.time in (ROWTIME, PROCTIME) else ""
    return ColumnFacts(name, one.type, links, time, one.constant and not links)


def _event_time(rows: Rows) -> str:
    for name, one in rows.columns.items():
        if one.time == ROWTIME:
            return name
    for part in ("end", "start"):
        for name, one in rows.columns.items():
            if one.part == part:
                return name
    return ""


_MORE_THAN_PLAIN = (
    "with_",
    "joins",
    "laterals",
    "group",
    "having",
    "qualify",
    "distinct",
    "order",
    "limit",
    "offset",
    "windows",
)


def _plain(ast: exp.Query, binder: Binder, operators: tuple[object, ...], rows: Rows) -> bool:
    if not isinstance(ast, exp.Select) or operators or rows.pending or len(binder.read) != 1:
        return False
    if any(ast.args.get(name) for name in _MORE_THAN_PLAIN) or binder.unsupported:
        return False
    table = ast.args["from_"].this if ast.args.get("from_") is not None else None
    return (
        isinstance(table, exp.Table)
        and isinstance(table.this, exp.Identifier)
        and not table.args.get("version")
        and not table.args.get("joins")
        and len(binder.nested) == 1
    )
