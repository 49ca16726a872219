"""Joins: which kind each is, what it makes of time, keys and changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from headgate.sql.bind._model import (
    MARKED,
    PROCTIME,
    ROWTIME,
    UNKNOWN_VALUE,
    Binder,
    Bounds,
    Key,
    Rows,
    Scope,
    Source,
    Value,
    Window,
)
from headgate.sql.bind.columns import resolve
from headgate.sql.bind.expressions import condition, value
from headgate.sql.bind.tables import duration, source
from headgate.sql.facts import Exactness, Why
from headgate.sql.nodes import interval_ms

MIRRORED: dict[type, type] = {
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.EQ: exp.EQ,
}


_PARTS = frozenset({"this", "on", "using", "side", "kind", "method"})


@dataclass(slots=True)
class State:
    """What a chain of joins has come to: whether its rows update, their keys, and who is to blame."""

    updating: bool = False
    keys: tuple[Key, ...] = ()
    blame: str = ""


@dataclass(slots=True)
class Conditions:
    """What a join's conditions say about its two sides."""

    equal: list[tuple[Value, Value]] = field(default_factory=list)
    matched: set[int] = field(default_factory=set)
    """The values of the right side that are compared with any expression of the left."""
    lower: int | None = None
    upper: int | None = None
    time: str = ""
    times: tuple[Value, Value] = (UNKNOWN_VALUE, UNKNOWN_VALUE)

    @property
    def bounded(self) -> bool:
        return self.lower is not None and self.upper is not None


def from_clause(node: exp.Expr, scope: Scope, named: Mapping[str, Rows]) -> State:
    """Bind FROM and its joins into `scope`."""
    first = node.args.get("from_")
    state = State()
    if first is None:
        return state
    table = first.this
    state = _first(table, scope, named)
    for join in (*(table.args.get("joins") or ()), *(node.args.get("joins") or ())):
        state = _join(join, node, scope, named, state)
    for lateral in node.args.get("laterals") or ():
        scope.add(source(lateral, scope, named))
    return state


def _first(table: exp.Expr, scope: Scope, named: Mapping[str, Rows]) -> State:
    found = source(table, scope, named)
    scope.add(found)
    rows = found.rows
    return State(rows.updating, rows.keys, rows.blame)


def _join(join: exp.Expr, select: exp.Expr, scope: Scope, named: Mapping[str, Rows], left: State) -> State:
    before = list(scope.sources)
    scope.binder.only(join, _PARTS)
    kind = f"{join.args.get('method') or ''} {join.args.get('kind') or ''}".strip().upper()
    known = kind in ("", "INNER", "CROSS", "OUTER")
    if not known:
        scope.binder.fault("HGQ007", f"{kind} JOIN is not understood here yet", join)
    table = join.args["this"]
    right = source(table, scope, named)
    side = (join.args.get("side") or "").upper()
    scope.add(right)
    if not known:
        shared = {n: v for one in before for n, v in one.rows.columns.items()}
        scope.names.update({n: v for n, v in shared.items() if scope.names.get(n) is None})
    for nested in table.args.get("joins") or ():
        left = _join(nested, select, scope, named, left)
    conditions = _conditions(join, select, before, right, scope, side)
    if isinstance(table, exp.Unnest | exp.Lateral):
        return _beside(join, table, right, side, scope, left)
    version = table.args.get("version") if isinstance(table, exp.Table) else None
    if version is not None:
        return _temporal(join, version, right, side, conditions, scope, left)
    return _plain(join, before, right, side, conditions, scope, left)


def _conditions(
    join: exp.Expr, select: exp.Expr, before: list[Source], right: Source, scope: Scope, side: str
) -> Conditions:
    """Bind ON or USING, and read it together with the WHERE of an inner join."""
    found = Conditions()
    left_values = {id(v) for s in before for v in s.rows.columns.values()}
    right_values = {id(v) for v in right.rows.columns.values()}
    on = join.args.get("on")
    if on is not None:
        clause, scope.clause = scope.clause, "ON"
        scope.binder.influence_of(condition(on, scope), Why.JOIN)
        scope.clause = clause
        for part in conjuncts(on):
            _read(part, found, left_values, right_values, scope)
    for name in join.args.get("using") or ():
        _using(name, found, before, right, scope)
    where = select.args.get("where")
    # Flink looks for the key of versions in ON alone.
    if not side and where is not None and not join.this.args.get("version"):
        for part in conjuncts(where.this):
            _read(part, found, left_values, right_values, scope)
    return found


def _using(node: exp.Expr, found: Conditions, before: list[Source], right: Source, scope: Scope) -> None:
    name = node.name
    a = next((s.rows.columns[name] for s in before if name in s.rows.columns), None)
    b = right.rows.columns.get(name)
    if a is None or b is None:
        scope.binder.fault("HGQ010", f"no column `{name}` on both sides", node)
        return
    found.equal.append((a, b))
    for one in (a, b):
        scope.binder.influence_of(one, Why.JOIN)
    scope.names[name] = a


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The parts of a condition that must all hold."""
    if isinstance(node, exp.And):
        yield from conjuncts(node.this)
        yield from conjuncts(node.expression)
    elif isinstance(node, exp.Paren):
        yield from conjuncts(node.this)
    else:
        yield node


def plain_value(node: exp.Expr, scope: Scope) -> Value | None:
    """The value of a column, found without noting anything; None for any other expression."""
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
        return None
    parts = [p.name for p in reversed(node.parts)][::-1]
    known = len(scope.binder.faults)
    grouping, scope.grouping = scope.grouping, None
    found = resolve(parts, scope, node)
    scope.grouping = grouping
    del scope.binder.faults[known:]
    return None if found is UNKNOWN_VALUE else found


def _moved(node: exp.Expr, scope: Scope) -> tuple[Value, int] | None:
    """A time column and the constant added to it."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Add | exp.Sub):
        inner = _moved(node.this, scope)
        by = interval_ms(node.expression)
        if inner is None or by is None:
            return None
        return inner[0], inner[1] + (by if isinstance(node, exp.Add) else -by)
    found = plain_value(node, scope)
    return (found, 0) if found is not None else None


def _read(part: exp.Expr, found: Conditions, left: set[int], right: set[int], scope: Scope) -> None:
    if isinstance(part, exp.Between):
        _bound(exp.GTE, part.this, part.args["low"], found, left, right, scope)
        _bound(exp.LTE, part.this, part.args["high"], found, left, right, scope)
        return
    if isinstance(part, exp.EQ):
        a, b = plain_value(part.this, scope), plain_value(part.expression, scope)
        if a is not None and b is not None:
            if id(a) in left and id(b) in right:
                found.equal.append((a, b))
            elif id(b) in left and id(a) in right:
                found.equal.append((b, a))
        for one, other in ((a, part.expression), (b, part.this)):
            if one is not None and id(one) in right and _of(left, other, scope):
                found.matched.add(id(one))
        _bound(exp.EQ, part.this, part.expression, found, left, right, scope)
    elif isinstance(part, exp.GT | exp.GTE | exp.LT | exp.LTE):
        _bound(type(part), part.this, part.expression, found, left, right, scope)


def _of(side: set[int], node: exp.Expr, scope: Scope) -> bool:
    """Whether an expression is of one side's columns alone."""
    values = [plain_value(column, scope) for column in node.find_all(exp.Column)]
    return bool(values) and all(one is not None and id(one) in side for one in values)


def _place(value: Value, sources: list[Source]) -> tuple[str, str]:
    """The alias and name of a value's column."""
    for table in sources:
        for name, one in table.rows.columns.items():
            if one is value:
                return table.alias, name
    return "", ""


def _bound(
    kind: type, a: exp.Expr, b: exp.Expr, found: Conditions, left: set[int], right: set[int], scope: Scope
) -> None:
    """A limit on right time minus left time, where `a kind b` is one."""
    first, second = _moved(a, scope), _moved(b, scope)
    if first is None or second is None:
        return
    (one, plus), (other, minus) = first, second
    if not (one.time and one.time == other.time and one.time in (ROWTIME, PROCTIME)):
        return
    by = minus - plus
    if id(one) in left and id(other) in right:
        kind = MIRRORED.get(kind, kind)
        by = -by
    elif not (id(one) in right and id(other) in left):
        return
    found.time = one.time
    found.times = (one, other) if id(one) in left else (other, one)
    strict = 1 if kind in (exp.GT, exp.LT) else 0
    if kind in (exp.GT, exp.GTE, exp.EQ):
        found.lower = max(by + strict, found.lower) if found.lower is not None else by + strict
    if kind in (exp.LT, exp.LTE, exp.EQ):
        found.upper = min(by - strict, found.upper) if found.upper is not None else by - strict


def _nullable(sources: list[Source], scope: Scope, keys: tuple[Key, ...] = ()) -> tuple[Key, ...]:
    """Make all columns of an outer join's other side nullable."""
    made: dict[int, Value] = {}
    for one in sources:
        columns = {}
        for name, known in one.rows.columns.items():
            made[id(known)] = known.copied(nullable=True)
            columns[name] = made[id(known)]
        pending = one.rows.pending
        one.rows = Rows(columns, one.rows.updating, (), pending, one.rows.blame, one.rows.open)
    named = dict(scope.names)
    scope.resume()
    for name, known_value in named.items():
        if known_value is not None and scope.names.get(name) is None:
            scope.names[name] = made.get(id(known_value), known_value)
    return tuple(tuple(made.get(id(v), v) for v in k) for k in keys)


def _outer(side: str, before: list[Source], right: Source, scope: Scope) -> None:
    if side in ("LEFT", "FULL"):
        _nullable([right], scope)
    if side in ("RIGHT", "FULL"):
        _nullable(before, scope)


def _marked(sources: list[Source]) -> None:
    """Take the time attribute from rows that reach a join without order in time."""
    for one in sources:
        for known in one.rows.columns.values():
            if known.time in (ROWTIME, PROCTIME):
                known.time = MARKED
            known.window, known.part = None, ""


def _plain(
    join: exp.Expr,
    before: list[Source],
    right: Source,
    side: str,
    found: Conditions,
    scope: Scope,
    left: State,
) -> State:
    binder = scope.binder
    window = _same_window(found)
    rows = right.rows
    name = f"{side} JOIN".strip()
    if window is not None:
        _refuse_updates("a window join", join, left, rows, binder)
        binder.operator(
            "window_join",
            f"{name} on {window.detail}",
            join,
            waits_ms=0 if window.aggregated else window.waits_ms,
            needs_watermark=True,
            exactness=Exactness.EXACT_UNLESS_LATE,
        )
        _kind(binder, join, "window_join")
        _outer(side, before, right, scope)
        return State()
    if found.bounded and found.time:
        _refuse_updates("an interval join", join, left, rows, binder)
        assert found.lower is not None
        assert found.upper is not None
        waits = {"LEFT": max(0, found.upper), "RIGHT": max(0, -found.lower)}.get(side, 0)
        if side == "FULL":
            waits = max(0, found.upper, -found.lower)
        binder.operator(
            "interval_join",
            f"{name}, {duration(found.lower)} to {duration(found.upper)}",
            join,
            waits_ms=waits,
            needs_watermark=bool(side) and found.time == ROWTIME,
            exactness=Exactness.EXACT_UNLESS_LATE,
        )
        _kind(binder, join, "interval_join")
        if found.time == PROCTIME:
            binder.not_here("an interval join in processing time", join)
        if binder.types is not None:
            binder.types.bounds[id(join)] = Bounds(
                _place(found.times[0], before),
                _place(found.times[1], [right]),
                found.lower,
                found.upper,
                found.time,
            )
        _outer(side, before, right, scope)
        return State()
    return _regular(join, before, right, side, found, scope, left, name)


def _regular(
    join: exp.Expr,
    before: list[Source],
    right: Source,
    side: str,
    found: Conditions,
    scope: Scope,
    left: State,
    name: str,
) -> State:
    binder = scope.binder
    rows = right.rows
    binder.operator("regular_join", name, join, unbounded=True)
    _kind(binder, join, "regular_join")
    _marked([*before, right])
    updating = left.updating or rows.updating or bool(side)
    blame = left.blame or rows.blame or (name if side else "")
    keys = _join_keys(found, left.keys, rows.keys, side)
    if side in ("LEFT", "FULL"):
        keys = _nullable([right], scope, keys)
    if side in ("RIGHT", "FULL"):
        keys = _nullable(before, scope, keys)
    return State(updating, keys, blame)


def _join_keys(
    found: Conditions, left: tuple[Key, ...], right: tuple[Key, ...], side: str
) -> tuple[Key, ...]:
    """Keys that a join keeps: a side's, if the other has at most one match for it and changes of one key stay in order."""
    left_on = {id(a) for a, _ in found.equal}
    right_on = {id(b) for _, b in found.equal}
    right_unique = any(all(id(v) in right_on for v in k) for k in right)
    left_unique = any(all(id(v) in left_on for v in k) for k in left)
    keys: list[Key] = []
    if right_unique and side in ("", "LEFT"):
        keys += [k for k in left if left_on <= {id(v) for v in k}]
    if left_unique and side in ("", "RIGHT"):
        keys += [k for k in right if right_on <= {id(v) for v in k}]
    for a in left:
        for b in right:
            if left_on <= {id(v) for v in a} and right_on <= {id(v) for v in b} and not keys:
                keys.append((*a, *b))
    return tuple(keys)


def _same_window(found: Conditions) -> Window | None:
    """The window that both sides are joined on by start and end, if it is of one shape."""
    parts: dict[str, Window] = {}
    for a, b in found.equal:
        if a.window is None or b.window is None or a.part != b.part or a.window.shape != b.window.shape:
            continue
        parts[a.part] = a.window if not a.window.aggregated else b.window
    if "start" in parts and "end" in parts:
        return parts["start"]
    return None


def _refuse_updates(what: str, node: exp.Expr, left: State, right: Rows, binder: Binder) -> None:
    for updating, blame in ((left.updating, left.blame), (right.updating, right.blame)):
        if updating:
            binder.fault("HGQ044", f"{what} cannot follow `{blame}`, which updates its rows", node)
            return


def _temporal(
    join: exp.Expr, version: exp.Expr, right: Source, side: str, found: Conditions, scope: Scope, left: State
) -> State:
    binder = scope.binder
    at = version.args["expression"]
    time = value(at, scope)
    rows = right.rows
    name = f"{side} JOIN".strip()
    binder.influence_of(time, Why.JOIN)
    if side in ("RIGHT", "FULL"):
        binder.fault("HGQ046", f"{name} cannot look up versions, only JOIN and LEFT JOIN can", join)
    if time.time == ROWTIME:
        binder.operator(
            "temporal_join",
            f"{name} `{right.alias}` as of event time",
            join,
            needs_watermark=True,
            exactness=Exactness.EXACT_UNLESS_LATE,
        )
        _kind(binder, join, "temporal_join")
        _versioned(join, right, found, binder)
    elif time.time == PROCTIME:
        binder.operator("lookup_join", f"{name} `{right.alias}` as of processing time", join)
        _kind(binder, join, "lookup_join")
    elif time.type.name != "UNKNOWN":
        binder.fault(
            "HGQ046",
            "FOR SYSTEM_TIME AS OF takes a time attribute",
            at,
            "use the event time of the left side, unchanged",
        )
    for known in rows.columns.values():
        if known.time in (ROWTIME, PROCTIME):
            known.time = MARKED
    if side == "LEFT":
        _nullable([right], scope)
    keys = tuple(k for k in left.keys if {id(a) for a, _ in found.equal} <= {id(v) for v in k})
    return State(left.updating, keys, left.blame)


def _versioned(join: exp.Expr, right: Source, found: Conditions, binder: Binder) -> None:
    rows = right.rows
    if rows.open:
        return
    matched = found.matched | {id(b) for _, b in found.equal}
    if not rows.keys:
        binder.fault(
            "HGQ046",
            f"`{right.alias}` has no key, so it has no versions",
            join.this,
            "give it a key, or keep its last row per key with ROW_NUMBER",
        )
    elif not any(all(id(v) in matched for v in k) for k in rows.keys):
        names = [n for n, v in rows.columns.items() if any(v is one for one in rows.keys[0])]
        shown = ", ".join(f"`{n}`" for n in names)
        binder.fault("HGQ046", f"the join does not compare the key of `{right.alias}`: {shown}", join)
    elif not any(v.time == ROWTIME for v in rows.columns.values()):
        binder.fault("HGQ046", f"`{right.alias}` has no event time, so its versions have no order", join.this)
    elif rows.filtered:
        binder.fault(
            "HGQ046",
            f"a filter takes some versions out of `{right.alias}`",
            join.this,
            "filter behind the join: an older version would stand in for one that is filtered",
        )


def _beside(join: exp.Expr, table: exp.Expr, right: Source, side: str, scope: Scope, left: State) -> State:
    """UNNEST, LATERAL: more rows beside each row."""
    rows = right.rows
    updating, blame = left.updating or rows.updating, left.blame or rows.blame
    if isinstance(table, exp.Lateral) and isinstance(table.this, exp.Subquery):
        scope.binder.operator("regular_join", "LATERAL", join, unbounded=True)
        _kind(scope.binder, join, "lateral")
        _marked(list(scope.sources))
    if side == "LEFT":
        _nullable([right], scope)
    return State(updating, (), blame)


def _kind(binder: Binder, node: exp.Expr, kind: str) -> None:
    if binder.types is not None:
        binder.types.add_kind(node, kind)
