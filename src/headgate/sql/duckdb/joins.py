"""FROM with its joins: regular, interval, window, temporal and lookup joins, arrays and queries beside rows.

Flink docs, "Joins". A joined row comes about with the later of its two; of an operator over two inputs the watermark is the
lesser of theirs. Rows behind it are named by probes: which partners they still find depends on when Flink cleaned its state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from headgate.sql.duckdb import windows
from headgate.sql.duckdb._model import Column, Form, Reading, Role, Rows, Unsupported
from headgate.sql.duckdb.projection import role_of
from headgate.sql.duckdb.scope import Scope, Side, conjuncts
from headgate.sql.duckdb.sources import free, source, unnested
from headgate.sql.duckdb.time import (
    NEVER,
    both,
    emitted,
    held_back,
    in_order,
    late_rows,
    numbered,
    on_time,
    under,
)
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Work, listed, physical
from headgate.sql.facts import Exactness


def from_clause(work: Work, select: exp.Select) -> Rows:
    """The rows of a SELECT's FROM, with all columns of its tables."""
    table = select.args["from_"].this
    where = select.args.get("where")
    rows = source(work, table)
    chain = [*(table.args.get("joins") or ()), *(select.args.get("joins") or ())]
    for at, join in enumerate(chain):
        # A later join that adds rows for want of a partner must see the rows that WHERE takes out.
        adds = any(later.args.get("side") in ("RIGHT", "FULL") for later in chain[at + 1 :])
        rows = _join(work, rows, join, conjuncts(where.this) if where is not None and not adds else [])
    for lateral in select.args.get("laterals") or ():
        raise Unsupported("LATERAL VIEW", lateral)
    return _settled(work, rows, select) if chain else rows


def _settled(work: Work, rows: Rows, select: exp.Select) -> Rows:
    """What the binder says the columns are to time once all joins are done."""
    said = {(named.alias, named.name): named for named in work.types.sources[id(select)]}
    columns = []
    for column in rows.columns:
        named = said.get((column.qualifier, column.name))
        role = role_of(named) if named is not None else Role.PLAIN
        kept = column.role if column.role is Role.RANK else role
        columns.append(replace(column, role=kept, type=named.type if named is not None else column.type))
    return replace(rows, columns=tuple(columns))


def _join(work: Work, left: Rows, join: exp.Join, where: Sequence[exp.Expr]) -> Rows:
    table = join.this
    side = str(join.args.get("side") or "").upper()
    if isinstance(table, exp.Unnest):
        return unnested(work, work.use(left), table, side)
    if isinstance(table, exp.Lateral):
        return _lateral(work, work.use(left), table, side)
    right = source(work, table)
    for nested in table.args.get("joins") or ():
        right = _join(work, right, nested, where)
    kinds = work.types.kinds.get(id(join), "").split()
    one = _Sides(work, join, side, left, right, where)
    if "temporal_join" in kinds:
        return _temporal(one)
    if "lookup_join" in kinds:
        return _joined(_used(one), looked_up=True)
    if "window_join" in kinds:
        return _windows(one)
    if "interval_join" in kinds:
        return _interval(one)
    return replace(_joined(_used(one)), clock=(), fired=False, read=lambda form: _timed(one, form))


@dataclass(frozen=True, slots=True)
class _Sides:
    """A join and its two sides. `where` is the condition of the SELECT around, which narrows inner joins too."""

    work: Work
    join: exp.Join
    side: str
    left: Rows
    right: Rows
    where: Sequence[exp.Expr]

    def conditions(self) -> list[exp.Expr]:
        """What must hold of both sides together."""
        on = self.join.args.get("on")
        found = conjuncts(on) if on is not None else []
        if not self.side:
            found += [part for part in self.where if self._is_of_both(part)]
        return found

    def _is_of_both(self, part: exp.Expr) -> bool:
        if part.find(exp.Query) is not None or part.find(exp.Window) is not None:
            return False
        paths = [self.work.types.columns.get(id(c), ()) for c in part.find_all(exp.Column)]
        inside = [self.has(self.left, path) or self.has(self.right, path) for path in paths]
        return all(inside) and any(self.has(self.right, path) for path in paths)

    @staticmethod
    def has(rows: Rows, path: tuple[str, ...]) -> bool:
        return len(path) > 1 and rows.find(path[0], path[1]) is not None

    def of_one(self, rows: Rows, node: exp.Expr) -> bool:
        """Whether an expression is of one side's columns alone."""
        paths = [self.work.types.columns.get(id(c), ()) for c in node.find_all(exp.Column)]
        return bool(paths) and all(self.has(rows, path) for path in paths)


def _used(one: _Sides) -> _Sides:
    """Both sides as they are."""
    work = one.work
    return replace(one, left=in_order(work, work.use(one.left)), right=in_order(work, work.use(one.right)))


def _timed(one: _Sides, form: Form) -> Reading | None:
    """A regular join's rows with the watermark of the later of the two, which a legacy window over them follows."""
    if form is not Form.TIMED or not one.left.clock or not one.right.clock:
        return None
    rows = _joined(_met(one))
    return Reading(rows.step, clock=rows.clock)


def _columns(one: _Sides) -> tuple[Column, ...]:
    """The columns of both sides under names that are free in one step."""
    taken: set[str] = set()
    using = {name.name for name in one.join.args.get("using") or ()}
    found = [replace(c, physical=free(c.physical, taken)) for c in one.left.columns]
    for column in one.right.columns:
        shadowed = column.shadowed or column.name in using
        found.append(replace(column, physical=free(column.physical, taken), shadowed=shadowed))
    return tuple(found)


def _condition(one: _Sides, left: str, right: str) -> str:
    scope = Scope(one.work, (Side(left, one.left), Side(right, one.right)))
    parts = [f"({scope.sql(part)})" for part in one.conditions()]
    for name in one.join.args.get("using") or ():
        a = next(c for c in one.left.columns if c.name == name.name and not c.shadowed)
        b = next(c for c in one.right.columns if c.name == name.name)
        parts.append(f"{physical(a.physical, left)} = {physical(b.physical, right)}")
    return " AND ".join(parts) or "true"


def _joined(
    one: _Sides, *, looked_up: bool = False, more: Callable[[str, str], str] = lambda left, right: "true"
) -> Rows:
    """Each pair of rows that fits, and the rows without a partner where the join keeps them.

    A pair comes with the later of the two, or with the left one where the right one is only looked up.
    """
    work = one.work
    left, right = work.place(), work.place()
    columns = _columns(one)
    physicals = [physical(c.physical, left) for c in one.left.columns]
    physicals += [physical(c.physical, right) for c in one.right.columns]
    cells = [f"{sql} AS {quoted(c.physical)}" for sql, c in zip(physicals, columns, strict=True)]
    seq, wm, clock = f"{left}.__seq", f"{left}.__wm", one.left.clock
    if not looked_up:
        later = f"{right}.__seq IS NULL OR {left}.__seq > {right}.__seq"
        wm = f"CASE WHEN {later} THEN {wm} ELSE {right}.__wm END" if clock == one.right.clock else NEVER
        seq = f"greatest({seq}, {right}.__seq)"
        clock = both(clock, one.right.clock)
    on = f"{_condition(one, left, right)} AND {more(left, right)}"
    text = (
        f"SELECT {', '.join(cells)}, {left}.__seq AS __l, {right}.__seq AS __r, {seq} AS __seq, {wm} AS __wm "
        f"FROM {one.left.step} AS {left} {one.side} JOIN {one.right.step} AS {right} ON {on}"
    )
    rows = Rows(
        step=work.step(text, "joined"),
        columns=columns,
        clock=clock,
        fired=one.left.fired and (looked_up or one.right.fired),
        inputs=one.left.inputs | one.right.inputs,
    )
    return numbered(work, rows, ["__l", "__r"])


def _lateral(work: Work, left: Rows, node: exp.Lateral, side: str) -> Rows:
    """The rows of a query beside each row that it looks at."""
    if not isinstance(node.this, exp.Subquery):
        raise Unsupported("table function", node)
    left = in_order(work, left)
    place, other = work.place(), work.place()
    inner = node.this
    while isinstance(inner, exp.Subquery):
        inner = inner.this
    text = work.nested(Scope(work, (Side(place, left),)), node.this)
    given = work.types.outputs[id(inner)]
    alias = node.args.get("alias")
    names = [c.name for c in alias.columns] if alias is not None else []
    if len(names) != len(given):
        names = [named.name for named in given]
    taken = {c.physical.lower() for c in left.columns}
    added = [
        Column(alias.name if alias is not None else "", name, free(name, taken), named.type, role_of(named))
        for name, named in zip(names, given, strict=True)
    ]
    join = "LEFT JOIN" if side == "LEFT" else "CROSS JOIN"
    on = " ON true" if side == "LEFT" else ""
    listing = ", ".join(quoted(c.physical) for c in added)
    mine = [physical(c.physical, place) for c in left.columns]
    theirs = [physical(c.physical, other) for c in added]
    step = work.step(
        f"SELECT {listed([*mine, *theirs])}, {place}.__seq, {NEVER} AS __wm FROM {left.step} AS {place} "
        f"{join} LATERAL {text} AS {other}({listing}){on}",
        "lateral",
    )
    return replace(left, step=step, columns=(*left.columns, *added), clock=(), unique=False)


def _met(one: _Sides) -> _Sides:
    """Both sides under the join's own clock."""
    clock = both(one.left.clock, one.right.clock)
    left = under(one.work, in_order(one.work, one.work.use(one.left)), clock)
    right = under(one.work, in_order(one.work, one.work.use(one.right)), clock)
    return replace(one, left=left, right=right)


def _probe(one: _Sides, rows: Rows, operator: str) -> None:
    time = rows.role(Role.ROWTIME) or rows.role(Role.TIME)
    if time is None or rows.fired:
        return
    late = f"NOT {on_time(quoted(time.physical))}"
    detail = f"{one.side} JOIN".strip()
    one.work.found.late.append(late_rows(one.work, rows, late, operator, detail, Exactness.EXACT_UNLESS_LATE))


def _interval(one: _Sides) -> Rows:
    one = _met(one)
    bounds = one.work.types.bounds.get(id(one.join))
    if bounds is None:
        raise Unsupported("an interval join with computed bounds", one.join)
    lower, upper, time = bounds
    if time != Role.ROWTIME:
        raise Unsupported("an interval join in processing time", one.join)
    for rows in (one.left, one.right):
        _probe(one, rows, "interval_join")
    rows = _joined(one, more=_still_held(one, lower, upper))
    held = max(upper, -lower, 0)
    if not held:
        return rows
    text = f"SELECT * REPLACE (__wm - to_milliseconds({held}) AS __wm) FROM {rows.step}"
    return replace(rows, step=one.work.step(text, "held"), clock=held_back(rows.clock, held))


def _still_held(one: _Sides, lower: int, upper: int) -> Callable[[str, str], str]:
    """The condition that the later of two rows still finds the earlier in Flink's state.

    TimeIntervalJoin looks only while its bounds are not wholly behind the watermark, keeps only rows that on-time ones could
    match, and drops them once these no more can, by a timer of each key (`table.exec.interval-join.min-cleanup-interval` is 0
    unless set). A row that comes between two timers is not followed that closely.
    """
    width = upper - lower

    def condition(left: str, right: str) -> str:
        a, b = (rows.role(Role.ROWTIME) or rows.role(Role.TIME) for rows in (one.left, one.right))
        if a is None or b is None:
            return "true"
        mine, theirs = physical(a.physical, left), physical(b.physical, right)
        found = []
        for late, late_time, early, early_time, size in (
            (left, mine, right, theirs, -lower),
            (right, theirs, left, mine, upper),
        ):
            looks = on_time(f"{late_time} + to_milliseconds({width + 1})", late)
            kept = on_time(f"{early_time} + to_milliseconds({size})", early)
            held = on_time(f"{early_time} + to_milliseconds({size + 1})", late)
            found.append(f"({looks} AND {kept} AND {held})")
        return f"CASE WHEN {left}.__seq > {right}.__seq THEN {found[0]} ELSE {found[1]} END"

    return condition


def _windows(one: _Sides) -> Rows:
    """Two sides joined within a window: rows whose window is closed are late, and the join's rows come when it closes."""
    one = _met(one)
    ends, sides = [], []
    for rows in (one.left, one.right):
        end = rows.role(Role.END)
        if end is None:
            raise Unsupported("a window join without a window", one.join)
        ends.append(end)
        detail = f"{one.side} JOIN".strip()
        kept = windows.keep_on_time(
            one.work, rows, quoted(end.physical), "window_join", detail, Exactness.EXACT_UNLESS_LATE
        )
        sides.append(in_order(one.work, kept))
    rows = _joined(replace(one, left=sides[0], right=sides[1]))
    at = [rows.find(e.qualifier, e.name) for e in ends]
    moment = ", ".join(quoted(c.physical) for c in at if c is not None)
    closing = f"SELECT *, {windows.last_moment(f'coalesce({moment})')} AS __at FROM {rows.step}"
    return emitted(one.work, replace(rows, step=one.work.step(closing, "closing")), "__at", [])


def _temporal(one: _Sides) -> Rows:
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
    for rows in (left, right):
        _probe(one, rows, "temporal_join")
    equal, rest = _split(one)
    if not equal:
        raise Unsupported("a temporal join without an equality", one.join)
    a, b = work.place(), work.place()
    scope = Scope(work, (Side(a, left), Side(b, right)))
    moment = scope.sql(one.join.this.args["version"].expression)
    on = [f"({scope.sql(ours)} = {scope.sql(theirs)})" for ours, theirs in equal]
    on.append(f"greatest({moment}, {a}.__wm) >= {b}.__from")
    hits = [
        f"{b}.__op <> '-D'",
        f"{physical(time.physical, b)} <= {moment}",
        *(f"({scope.sql(r)})" for r in rest),
    ]
    hit = " AND ".join(hits)
    columns = _columns(one)
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


def _valid(one: _Sides, key: Sequence[exp.Expr], time: Column) -> str:
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


def _split(one: _Sides) -> tuple[list[tuple[exp.Expr, exp.Expr]], list[exp.Expr]]:
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
