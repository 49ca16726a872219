"""The tables of FROM: relations, queries by name, derived tables, VALUES, and arrays beside the rows that hold them."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from headgate.schema.types import UNKNOWN, DataType
from headgate.sql.duckdb import windows
from headgate.sql.duckdb._model import Column, Form, Reading, Role, Rows, Unsupported
from headgate.sql.duckdb.scope import Scope, Side
from headgate.sql.duckdb.time import NEVER, numbered
from headgate.sql.duckdb.types import quoted, text
from headgate.sql.duckdb.work import Work, is_upsert, listed, stored
from headgate.sql.facts import Relation
from headgate.sql.nodes import windowing


def source(work: Work, node: exp.Expr) -> Rows:
    """The rows that an entry of FROM stands for, their columns under the name it has there."""
    if isinstance(node, exp.Table):
        rows, default = _table(work, node)
    elif isinstance(node, exp.Subquery):
        rows, default = work.query(work, node), ""
    elif isinstance(node, exp.Values):
        rows, default = values(work, node), ""
    else:
        raise Unsupported(f"{type(node).__name__.upper()} in FROM", node)
    return called(rows, node.args.get("alias"), default)


def called(rows: Rows, alias: exp.TableAlias | None, default: str) -> Rows:
    """The rows under a table's alias, and its names for columns."""
    qualifier = (alias.name if alias is not None else "") or default
    names = [c.name for c in alias.columns] if alias is not None else []
    if len(names) != len(rows.columns):
        names = [c.name for c in rows.columns]
    columns = tuple(replace(c, qualifier=qualifier, name=n) for c, n in zip(rows.columns, names, strict=True))
    return replace(rows, columns=columns)


def _table(work: Work, node: exp.Table) -> tuple[Rows, str]:
    windowed = windowing(node)
    if windowed is not None:
        return windows.windowed(work, windowed, source(work, windowed.data)), ""
    if not isinstance(node.this, exp.Identifier):
        raise Unsupported("table function", node)
    name = ".".join(part.name for part in node.parts)
    rows = work.named.get(name)
    if rows is None:
        rows = base(work.relations[name])
    return rows, node.name


def base(relation: Relation) -> Rows:
    """The rows of an input."""
    columns = tuple(
        Column("", c.name, c.name, c.type, _role(relation, c.name, c.time)) for c in relation.columns
    )
    return Rows(
        step=quoted(relation.name),
        columns=columns,
        clock=((relation.name, 0),) if relation.event_time else (),
        inputs=frozenset({relation.name}),
        read=lambda form: _versions(relation) if form is Form.VERSIONS else None,
    )


def _role(relation: Relation, column: str, time: str) -> Role:
    if time == Role.PROCTIME:
        return Role.PROCTIME
    return Role.ROWTIME if time or relation.event_time == column else Role.PLAIN


def _versions(relation: Relation) -> Reading | None:
    """Every record of an upsert relation.

    A delete that comes with nothing but its key takes place at its record's time.
    """
    if not is_upsert(relation) or not relation.key:
        return None
    key = ", ".join(map(quoted, relation.key))
    window = f"OVER (PARTITION BY {key} ORDER BY __seq)"
    columns = [quoted(c.name) for c in relation.columns if c.name != relation.event_time]
    if relation.event_time:
        time = quoted(relation.event_time)
        columns.append(f"coalesce({time}, CASE WHEN __op = '-D' THEN __timestamp END) AS {time}")
    records = (
        f"SELECT {listed(columns)}, __seq, __wm, __op, lead(__seq) {window} AS __next, lead(__wm) {window} AS __next_wm "
        f"FROM {stored(relation)}"
    )
    return Reading(f"({records})")


def values(work: Work, node: exp.Values) -> Rows:
    """The rows that VALUES lists, which are there before any other."""
    scope = Scope(work, ())
    listed_rows = [list(t.expressions) if isinstance(t, exp.Tuple) else [t] for t in node.expressions]
    types = [_common(scope, [row[at] for row in listed_rows]) for at in range(len(listed_rows[0]))]
    columns = tuple(Column("", f"EXPR${at}", f"EXPR${at}", type_) for at, type_ in enumerate(types))
    selects = []
    for number, row in enumerate(listed_rows, start=1):
        cells = [f"{scope.sql(cell)} AS {quoted(c.physical)}" for cell, c in zip(row, columns, strict=True)]
        selects.append(f"SELECT {', '.join(cells)}, {number} AS __seq, {NEVER} AS __wm")
    return Rows(step=work.step(" UNION ALL ".join(selects), "values"), columns=columns, inputs=_NO_INPUT)


def _common(scope: Scope, cells: list[exp.Expr]) -> DataType:
    return next((t for t in map(scope.type, cells) if t.name not in ("NULL", "UNKNOWN")), UNKNOWN)


def one_row(work: Work) -> Rows:
    """What a SELECT without FROM selects from."""
    return Rows(step=work.step(f"SELECT 0 AS __seq, {NEVER} AS __wm", "one"), columns=(), inputs=_NO_INPUT)


_NO_INPUT = frozenset({""})
"""Where the numbers of rows come from that no input has."""


def unnested(work: Work, left: Rows, node: exp.Unnest, side: str) -> Rows:
    """Rows with the elements of an array or a map beside them, one at a time."""
    place = work.place()
    argument = node.expressions[0]
    scope = Scope(work, (Side(place, left),))
    whole, type_ = scope.sql(argument), scope.type(argument)
    if len(node.expressions) > 1 or type_.name == "MULTISET":
        raise Unsupported("UNNEST of several arrays or of a multiset", node)
    if type_.name == "MAP":
        whole = f"map_entries({whole})"
    parts = _elements(type_)
    if node.args.get("offset"):
        parts.append(("CAST(__at AS INTEGER)", DataType("INT", nullable=False)))
    alias = node.args.get("alias")
    qualifier = alias.name if alias is not None else ""
    taken = {c.physical.lower() for c in left.columns}
    columns = [
        Column(qualifier, name, free(name, taken), part_type)
        for name, (_, part_type) in zip(_element_names(node, len(parts)), parts, strict=True)
    ]
    places = f"range(1, len({whole}) + 1)"
    if side == "LEFT":
        places = f"CASE WHEN len({whole}) > 0 THEN {places} ELSE [NULL] END"
    each = f"SELECT {place}.*, {whole} AS __list, unnest({places}) AS __at FROM {left.step} AS {place}"
    cells = [quoted(c.physical) for c in left.columns]
    cells += [f"{sql} AS {quoted(c.physical)}" for (sql, _), c in zip(parts, columns, strict=True)]
    step = work.step(f"SELECT {', '.join(cells)}, __seq, __wm, __at FROM ({each})", "unnested")
    rows = replace(left, step=step, columns=(*left.columns, *columns))
    return numbered(work, rows, ["__at"])


def _elements(type_: DataType) -> list[tuple[str, DataType]]:
    """What an element of `__list` is in columns."""
    element = "__list[__at]"
    if type_.name == "MAP":
        return [(f"{element}.key", type_.key or UNKNOWN), (f"{element}.value", type_.element or UNKNOWN)]
    if type_.element is not None and type_.element.name == "ROW":
        return [(f"struct_extract({element}, {text(f.name)})", f.type) for f in type_.element.fields]
    return [(element, type_.element or UNKNOWN)]


def _element_names(node: exp.Unnest, count: int) -> list[str]:
    alias, offset = node.args.get("alias"), node.args.get("offset")
    names = [c.name for c in alias.columns] if alias is not None else []
    if isinstance(offset, exp.Identifier) and names:
        names.append(offset.name)
    if names:
        return names
    names = [f"EXPR${at}" for at in range(count)]
    return [*names[:-1], "ORDINALITY"] if offset else names


def free(name: str, taken: set[str]) -> str:
    """A name for a step's column that the step has not yet; DuckDB's names are one in any case."""
    made, number = name, 1
    while made.lower() in taken:
        number += 1
        made = f"{name}_{number}"
    taken.add(made.lower())
    return made
