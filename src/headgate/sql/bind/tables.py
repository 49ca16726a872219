"""What stands in FROM: tables, nested queries, window functions, arrays, other table functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from headgate.schema.types import UNKNOWN, DataType
from headgate.sql.bind._model import (
    IDENTITY,
    NO_LINKS,
    PICK,
    PROCTIME,
    ROWTIME,
    TRANSFORM,
    Binder,
    Key,
    Links,
    Rows,
    Scope,
    Source,
    Value,
    Window,
    changed,
    joined,
    similar,
)
from headgate.sql.bind.expressions import value
from headgate.sql.bind.unions import one_of
from headgate.sql.facts import Exactness, Mode, Relation, Why
from headgate.sql.nodes import Windowing, function_name, interval_ms, windowing

_PARTS = frozenset(
    {
        "this",
        "db",
        "catalog",
        "alias",
        "version",
        "joins",
        "expressions",
        "offset",
        "ordinality",
        "with_",
        "order",
        "limit",
    }
)
_STAMP = DataType("TIMESTAMP", precision=3, nullable=False)


def source(node: exp.Expr, scope: Scope, named: Mapping[str, Rows]) -> Source:
    """The rows that an entry of FROM stands for, under the name it has there."""
    alias = node.args.get("alias")
    name = alias.name if alias is not None else ""
    scope.binder.only(node, _PARTS)
    if isinstance(node, exp.Table):
        rows, default = _table(node, scope, named)
        found = Source(name or default, rows)
    elif isinstance(node, exp.Subquery):
        rows = scope.binder.query(scope.binder, node, named, _outer(scope))
        found = Source(name, fresh(rows))
    elif isinstance(node, exp.Lateral):
        found = Source(name, _lateral(node, scope, named))
    elif isinstance(node, exp.Unnest):
        return Source(name, _unnest(node, scope))
    elif isinstance(node, exp.Values):
        found = Source(name, values(node, scope.binder))
    else:
        scope.binder.fault("HGQ007", f"{type(node).__name__} in FROM is not understood here yet", node)
        found = Source(name, Rows({}, open=True))
    if alias is not None and alias.columns:
        found.rows = _renamed(found.rows, [c.name for c in alias.columns], alias, scope.binder)
    return found


def _outer(scope: Scope) -> Scope | None:
    """A nested query of FROM sees what surrounds the SELECT, but not its neighbours."""
    return scope.parent


def _renamed(rows: Rows, names: list[str], node: exp.Expr, binder: Binder) -> Rows:
    if rows.open and not rows.columns:
        return replace(rows, columns={n: Value(UNKNOWN, rows.given) for n in names}, open=False)
    if len(names) != len(rows.columns):
        binder.fault("HGQ024", f"{len(names)} names for {len(rows.columns)} columns", node)
        return rows
    return replace(rows, columns=dict(zip(names, rows.columns.values(), strict=True)))


def _table(node: exp.Table, scope: Scope, named: Mapping[str, Rows]) -> tuple[Rows, str]:
    identifier = node.this
    if not isinstance(identifier, exp.Identifier):
        windows = windowing(node)
        if windows is not None:
            return windowed(windows, scope, named), ""
        return _called(node.this, scope, named), ""
    name = identifier.args["this"]
    for part in ("db", "catalog"):
        qualifier = node.args.get(part)
        if qualifier is not None:
            name = f"{qualifier.name}.{name}"
    rows = named.get(name)
    if rows is not None:
        return fresh(rows), name
    relation = scope.binder.relations.get(name)
    if relation is None:
        known = [*named, *scope.binder.relations]
        scope.binder.fault("HGQ011", f"no table `{name}`", identifier, similar(name, known))
        return Rows({}, open=True), identifier.name
    scope.binder.read[name] = None
    return relation_rows(relation), identifier.name


def relation_rows(relation: Relation) -> Rows:
    """An input's rows, as new values."""
    columns = {
        c.name: Value(c.type, {(relation.name, c.name): IDENTITY}, c.time or _time(relation, c.name))
        for c in relation.columns
    }
    keys: tuple[Key, ...] = ()
    if relation.key and all(k in columns for k in relation.key):
        keys = (tuple(columns[k] for k in relation.key),)
    updating = relation.mode is not Mode.APPEND
    return Rows(columns, updating, keys if updating else (), blame=relation.name if updating else "")


def _time(relation: Relation, column: str) -> str:
    return ROWTIME if relation.event_time == column else ""


def fresh(rows: Rows) -> Rows:
    """The same rows as new values, so that two uses of one query are told apart."""
    made = {id(v): v.copied() for v in rows.columns.values()}
    columns = {n: made[id(v)] for n, v in rows.columns.items()}
    keys = tuple(tuple(made[id(v)] for v in k) for k in rows.keys_within(set(made)))
    for ranking in rows.pending:
        ranking.partition = tuple(made.get(id(v), v) for v in ranking.partition)
        ranking.order = tuple((made.get(id(v), v), d) for v, d in ranking.order)
    return replace(rows, columns=columns, keys=keys)


def values(node: exp.Values, binder: Binder) -> Rows:
    """The rows that VALUES lists."""
    from_rows = [list(t.expressions) if isinstance(t, exp.Tuple) else [t] for t in node.expressions]
    scope = Scope(binder)
    widths = {len(r) for r in from_rows}
    if len(widths) != 1:
        binder.fault("HGQ024", "the rows of VALUES have different numbers of columns", node)
        return Rows({}, open=True)
    columns: dict[str, Value] = {}
    for at in range(widths.pop()):
        found = [value(r[at], scope) for r in from_rows]
        columns[f"EXPR${at}"] = one_of(found, node, binder, f"column {at + 1} of VALUES")
    return Rows(columns)


def _lateral(node: exp.Lateral, scope: Scope, named: Mapping[str, Rows]) -> Rows:
    inner = node.this
    if isinstance(inner, exp.Subquery):
        return fresh(scope.binder.query(scope.binder, inner, named, scope))
    call = inner.expressions[0] if function_name(inner) == "TABLE" else inner
    return _called(call, scope, named)


def _called(call: exp.Expr, scope: Scope, named: Mapping[str, Rows]) -> Rows:
    """The rows of a table function we know nothing of: all that it is given flows into all that it gives."""
    name = function_name(call)
    scope.binder.not_here(f"table function {name}" if name else "table function", call)
    given: Links = NO_LINKS
    for argument in call.expressions:
        inner = argument.expression if isinstance(argument, exp.Kwarg | exp.PropertyEQ) else argument
        if isinstance(inner, exp.Subquery):
            given = joined(given, _all_links(scope.binder.query(scope.binder, inner, named, scope)))
        elif isinstance(inner, exp.Table):
            given = joined(given, _all_links(source(inner, scope, named).rows))
        elif function_name(inner) not in ("DESCRIPTOR", "PARTITION_BY"):
            for column in inner.find_all(exp.Column):
                given = joined(given, value(column, scope).links)
    return Rows({}, open=True, given=changed(given, TRANSFORM))


def _all_links(rows: Rows) -> Links:
    links = rows.given
    for one in rows.columns.values():
        links = joined(links, one.links)
    return links


def _unnest(node: exp.Unnest, scope: Scope) -> Rows:
    columns: list[Value] = []
    for argument in node.expressions:
        whole = value(argument, scope)
        links = changed(whole.links, TRANSFORM)
        type_ = whole.type
        if type_.name == "MULTISET" or len(node.expressions) > 1:
            scope.binder.not_here("UNNEST of several arrays or of a multiset", node)
        if type_.name == "MAP":
            columns += [Value(type_.key or UNKNOWN, links), Value(type_.element or UNKNOWN, links)]
        elif type_.element is not None and type_.element.name == "ROW":
            columns += [Value(f.type.as_nullable(f.type.nullable), links) for f in type_.element.fields]
        elif type_.name == "UNKNOWN":
            names = [c.name for c in _unnest_names(node)]
            return Rows({n: Value(UNKNOWN, links) for n in names}, open=not names, given=links)
        elif type_.element is None:
            scope.binder.fault("HGQ020", f"UNNEST takes an array or a map, not {type_.text}", argument)
            return Rows({c.name: Value(UNKNOWN) for c in _unnest_names(node)}, open=True)
        else:
            columns.append(Value(type_.element, links))
    names = [c.name for c in _unnest_names(node)]
    default = [f"EXPR${i}" for i in range(len(columns))]
    if node.args.get("offset"):
        columns.append(Value(DataType("INT", nullable=False)))
        default.append("ORDINALITY")
    if not names:
        names = default
    if len(names) != len(columns):
        scope.binder.fault("HGQ024", f"{len(names)} names for the {len(columns)} columns of UNNEST", node)
        return Rows({n: Value(UNKNOWN) for n in names}, open=True)
    return Rows(dict(zip(names, columns, strict=True)))


def _unnest_names(node: exp.Unnest) -> list[exp.Expr]:
    alias = node.args.get("alias")
    names = list(alias.columns) if alias is not None else []
    offset = node.args.get("offset")
    if isinstance(offset, exp.Identifier) and names:
        names.append(offset)
    return names


def windowed(window: Windowing, scope: Scope, named: Mapping[str, Rows]) -> Rows:
    """The rows of a window function: those of its data, with the window's start, end and time."""
    binder = scope.binder
    inner = Scope(binder, parent=scope.parent, clause="DESCRIPTOR")
    inner.add(source(window.data, scope, named))
    rows = inner.sources[0].rows
    if window.column is None:
        binder.fault("HGQ021", f"{window.kind} needs DESCRIPTOR with one column", window.call)
        return replace(rows, open=True)
    time = value(window.column, inner)
    if time.time not in (ROWTIME, PROCTIME) and time.type.name != "UNKNOWN":
        times = [f"`{n}`" for n, v in rows.columns.items() if v.time == ROWTIME]
        binder.fault(
            "HGQ040",
            f"`{window.column.name}` is no time attribute here, so {window.kind} cannot follow it",
            window.column,
            f"use {' or '.join(times)}"
            if times
            else "say `event_time` where it comes from, and pass it on unchanged up to here",
        )
    if time.time == PROCTIME:
        binder.not_here(f"{window.kind} over processing time", window.call)
    binder.influence_of(time, Why.WINDOW)
    partition = tuple(value(p, inner) for p in window.partition)
    for one in partition:
        binder.influence_of(one, Why.PARTITION)
    made = _window(window, partition, binder)
    columns = dict(rows.columns)
    kind = time.time if time.time == PROCTIME else ROWTIME
    links = changed(time.links, TRANSFORM)
    stamp = time.type if time.type.name == "TIMESTAMP_LTZ" else _STAMP
    columns["window_start"] = Value(_STAMP, links, "", made, "start")
    columns["window_end"] = Value(_STAMP, links, "", made, "end")
    columns["window_time"] = Value(stamp.as_nullable(False), links, kind, made, "time")
    return Rows(columns, rows.updating, (), rows.pending, rows.blame, rows.open)


def _window(window: Windowing, partition: tuple[Value, ...], binder: Binder) -> Window:
    size, step = interval_ms(window.size), interval_ms(window.step)
    kind = window.kind
    detail = f"{kind} {duration(size)}"
    if kind in ("HOP", "CUMULATE"):
        detail = f"{kind} {duration(step)} of {duration(size)}"
        if size is not None and step is not None and (step <= 0 or size % step):
            binder.fault(
                "HGQ041",
                f"{kind} of {duration(size)} cannot go in steps of {duration(step)}",
                window.call,
                "choose a step that divides the size",
            )
    if size is None and window.size is None:
        binder.fault("HGQ021", f"{kind} needs a {'gap' if kind == 'SESSION' else 'size'}", window.call)
    waits = step if kind in ("HOP", "CUMULATE") else size
    offset = interval_ms(window.offset)
    return Window(kind, (kind, size, step, offset), detail, waits or 0, partition)


_UNITS = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1000, "second"), (1, "millisecond"))


def duration(millis: int | None) -> str:
    """A length of time for people."""
    if millis is None:
        return "a computed length"
    for size, unit in _UNITS:
        if millis and millis % size == 0:
            count = millis // size
            return f"{count} {unit}{'s' if abs(count) != 1 else ''}"
    return f"{millis} milliseconds"


def match_recognize(node: exp.Expr, found: Source, scope: Scope) -> Source:
    """The rows of MATCH_RECOGNIZE: its partition and its measures."""
    binder = scope.binder
    inner = Scope(binder, parent=scope.parent)
    inner.add(found)
    rows = found.rows
    if rows.updating:
        binder.fault("HGQ044", f"MATCH_RECOGNIZE cannot follow `{rows.blame}`, which updates its rows", node)
    columns: dict[str, Value] = {}
    for part in node.args.get("partition_by") or ():
        one = value(part, inner)
        binder.influence_of(one, Why.PARTITION)
        columns[part.name] = one
    order = node.args.get("order")
    for sort in order.expressions if order is not None else ():
        binder.influence_of(value(sort.this, inner), Why.SORT)
    pattern = Scope(binder, parent=scope.parent)
    pattern.add(found)
    for name in _variables(node):
        pattern.sources.append(Source(name, rows))
    for definition in node.args.get("define") or ():
        binder.influence_of(_measured(definition.this, pattern), Why.FILTER)
    for measure in node.args.get("measures") or ():
        alias = measure.this
        columns[alias.alias_or_name] = _measured(alias, pattern)
    binder.operator(
        "match",
        "MATCH_RECOGNIZE",
        node,
        unbounded=True,
        needs_watermark=True,
        exactness=Exactness.UNSUPPORTED,
    )
    binder.not_here("MATCH_RECOGNIZE", node)
    alias = node.args.get("alias")
    return Source(alias.name if alias is not None else found.alias, Rows(columns))


_NAVIGATION = ("FIRST", "LAST", "PREV", "NEXT", "MATCH_ROWTIME", "MATCH_PROCTIME")


def _measured(node: exp.Expr, scope: Scope) -> Value:
    """An expression over matched rows, where FIRST, LAST, PREV and NEXT only choose the row."""
    inner = node.this if isinstance(node, exp.Alias) else node
    name = function_name(inner)
    if name in ("MATCH_ROWTIME", "MATCH_PROCTIME"):
        return Value(DataType("TIMESTAMP_LTZ", precision=3, nullable=False), time=ROWTIME)
    if name in _NAVIGATION and inner.expressions:
        found = value(inner.expressions[0], scope)
        return Value(found.type.as_nullable(), changed(found.links, PICK))
    for call in list(inner.find_all(exp.Anonymous)):
        if function_name(call) in _NAVIGATION and call.expressions and call is not inner:
            call.replace(call.expressions[0])
    return value(inner, scope).copied(nullable=True, time="")


def _variables(node: exp.Expr) -> list[str]:
    pattern = node.args.get("pattern")
    text = pattern.name if pattern is not None else ""
    words = "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
    defined = [d.alias for d in node.args.get("define") or ()]
    return list(dict.fromkeys([*(w for w in words if not w[0].isdigit()), *defined]))
