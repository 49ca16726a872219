"""From the text of a query to what runs: views inlined, steps put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from headgate.resources.embedded import HIDDEN
from headgate.sql.bind import TypesOut, bind
from headgate.sql.duckdb._model import DuckDbQuery, Refused, Role, Rows, Unsupported
from headgate.sql.duckdb.nested import nested
from headgate.sql.duckdb.projection import cells, written
from headgate.sql.duckdb.queries import query, watermark
from headgate.sql.duckdb.scope import Scope, Side
from headgate.sql.duckdb.sources import source
from headgate.sql.duckdb.time import in_order
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Findings, Work, stored
from headgate.sql.facts import Fault, Relation
from headgate.sql.nodes import span
from headgate.sql.parse import parse

NOW = "2026-01-01 00:00:00"


def rewrite(
    text: str,
    relations: Mapping[str, Relation],
    *,
    views: Sequence[tuple[str, str]] = (),
    now: str = NOW,
    flush: bool = True,
) -> DuckDbQuery | Refused:
    """The query in DuckDB's SQL over tables named as the relations; refused by name where the answer would differ.

    `views` are queries by name, the earlier usable by the later, that are put in the place of their names. Without `flush`
    windows that the inputs' last watermark does not reach stay open.
    """
    named: dict[str, Rows] = {}
    found = Findings()
    for name, view in views:
        rows = _rows(view, relations, named, now, flush, found)
        if isinstance(rows, Refused):
            return Refused(f"{rows.what} in `{name}`", 0, len(text))
        named[name] = _as_relation(rows, relations.get(name))
    rows = _rows(text, relations, named, now, flush, found)
    if isinstance(rows, Refused):
        return rows
    work = _work(relations, TypesOut(), named, now, flush, found)
    rows = in_order(work, work.use(rows))
    cells = ", ".join(f"{quoted(c.physical)} AS {quoted(c.name)}" for c in rows.columns)
    return DuckDbQuery(
        sql=found.steps.query(f"SELECT {cells}, __seq FROM {rows.step}"),
        columns=tuple(column.name for column in rows.columns),
        late=tuple(dict.fromkeys(found.late)),
        open_windows=tuple(found.open_windows),
    )


def rewrite_view(
    text: str, relations: Mapping[str, Relation], *, history: bool = False, now: str = NOW
) -> DuckDbQuery | Refused:
    """The query in DuckDB's SQL with all hidden columns of its one input; refused where it does more than project and filter.

    With `history` it gives every record of an upsert input. There a record that the filter does not let through is a delete,
    since it takes the place of the one before it.
    """
    types = TypesOut()
    parsed = parse(text)
    analysis = bind(parsed, relations, types=types)
    if analysis.facts is None or analysis.faults or parsed.ast is None:
        return _faulty(analysis.faults, text)
    if not analysis.facts.plain or not isinstance(parsed.ast, exp.Select):
        return Refused("more than a projection and a filter of one input", 0, len(text))
    relation = relations[analysis.facts.relations[0]]
    work = _work(relations, types, {}, now, True, Findings())
    try:
        return _view(work, parsed.ast, relation, history)
    except Unsupported as unsupported:
        return _refused(unsupported, text)


def _view(work: Work, node: exp.Select, relation: Relation, history: bool) -> DuckDbQuery:
    place = work.place()
    rows = source(work, node.args["from_"].this)
    scope = Scope(work, (Side(place, rows),), None, watermark(work, node, place))
    where = node.args.get("where")
    condition = scope.sql(where.this) if where is not None else ""
    hidden = [f"{place}.{name}" for name in HIDDEN]
    if history and condition:
        hidden[-1] = f"CASE WHEN {condition} THEN {place}.__op ELSE '-D' END AS __op"
    table = stored(relation) if history else quoted(relation.name)
    text = written(scope, node, table, hidden)
    if condition and not history:
        text += f" WHERE {condition}"
    columns = tuple(cell.column.name for cell in cells(scope, node))
    return DuckDbQuery(work.found.steps.query(text), columns)


def _rows(
    text: str,
    relations: Mapping[str, Relation],
    named: Mapping[str, Rows],
    now: str,
    flush: bool,
    found: Findings,
) -> Rows | Refused:
    types = TypesOut()
    parsed = parse(text)
    analysis = bind(parsed, relations, types=types)
    if analysis.facts is None or analysis.faults or parsed.ast is None:
        return _faulty(analysis.faults, text)
    if analysis.facts.unsupported:
        return Refused(*analysis.facts.unsupported[0])
    try:
        return query(_work(relations, types, named, now, flush, found), parsed.ast)
    except Unsupported as unsupported:
        return _refused(unsupported, text)
    except RecursionError:
        return Refused("a query nested as deeply as this", 0, len(text))


def _work(
    relations: Mapping[str, Relation],
    types: TypesOut,
    named: Mapping[str, Rows],
    now: str,
    flush: bool,
    found: Findings,
) -> Work:
    return Work(relations, types, named, now, flush, found, query, nested)


def _as_relation(rows: Rows, relation: Relation | None) -> Rows:
    """The rows of a view; what is time in them is as the view is declared."""
    if relation is None:
        return rows
    times = {column.name for column in relation.columns if column.time == Role.ROWTIME} | {
        relation.event_time
    }
    columns = tuple(
        replace(column, role=Role.ROWTIME) if column.name in times and column.role is Role.PLAIN else column
        for column in rows.columns
    )
    return replace(rows, columns=columns)


def _faulty(faults: Sequence[Fault], text: str) -> Refused:
    if not faults:
        return Refused("a query without known columns", 0, len(text))
    return Refused(faults[0].message, faults[0].start, faults[0].end)


def _refused(unsupported: Unsupported, text: str) -> Refused:
    start, end = span(unsupported.node) if unsupported.node is not None else (0, 0)
    return Refused(unsupported.what, start, end or len(text))
