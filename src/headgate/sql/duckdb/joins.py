"""FROM with its joins: regular, interval, window, temporal and lookup joins, arrays and queries beside rows.

Flink docs, "Joins". A joined row comes about with the later of its two; of an operator over two inputs the watermark is the
lesser of theirs. Rows behind it are named by probes: which partners they still find depends on when Flink cleaned its state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from headgate.sql.duckdb import windows
from headgate.sql.duckdb._model import Column, Form, Reading, Role, Rows, Unsupported
from headgate.sql.duckdb.projection import role_of
from headgate.sql.duckdb.scope import Scope, Side, conjuncts
from headgate.sql.duckdb.sides import Sides, add_probe, columns_of_both, met
from headgate.sql.duckdb.sources import free, source, unnested
from headgate.sql.duckdb.temporal import temporal
from headgate.sql.duckdb.time import (
    NEVER,
    both,
    emitted,
    held_back,
    in_order,
    numbered,
    on_time,
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
    one = Sides(work, join, side, left, right, where)
    if "temporal_join" in kinds:
        return temporal(one)
    if "lookup_join" in kinds:
        return _joined(_used(one), looked_up=True)
    if "window_join" in kinds:
        return _windows(one)
    if "interval_join" in kinds:
        return _interval(one)
    return replace(_joined(_used(one)), clock=(), fired=False, read=lambda form: _timed(one, form))


def _used(one: Sides) -> Sides:
    """Both sides as they are."""
    work = one.work
    return replace(one, left=in_order(work, work.use(one.left)), right=in_order(work, work.use(one.right)))


def _timed(one: Sides, form: Form) -> Reading | None:
    """A regular join's rows with the watermark of the later of the two, which a legacy window over them follows."""
    if form is not Form.TIMED or not one.left.clock or not one.right.clock:
        return None
    rows = _joined(met(one))
    return Reading(rows.step, clock=rows.clock)


def _condition(one: Sides, left: str, right: str) -> str:
    scope = Scope(one.work, (Side(left, one.left), Side(right, one.right)))
    parts = [f"({scope.sql(part)})" for part in one.conditions()]
    for name in one.join.args.get("using") or ():
        a = next(c for c in one.left.columns if c.name == name.name and not c.shadowed)
        b = next(c for c in one.right.columns if c.name == name.name)
        parts.append(f"{physical(a.physical, left)} = {physical(b.physical, right)}")
    return " AND ".join(parts) or "true"


def _joined(
    one: Sides, *, looked_up: bool = False, more: Callable[[str, str], str] = lambda left, right: "true"
) -> Rows:
    """Each pair of rows that fits, and the rows without a partner where the join keeps them.

    A pair comes with the later of the two, or with the left one where the right one is only looked up.
    """
    work = one.work
    left, right = work.place(), work.place()
    columns = columns_of_both(one)
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


def _interval(one: Sides) -> Rows:
    one = met(one)
    bounds = one.work.types.bounds.get(id(one.join))
    if bounds is None:
        raise Unsupported("an interval join with computed bounds", one.join)
    a, b = one.left.find(*bounds.left), one.right.find(*bounds.right)
    if bounds.time != Role.ROWTIME or a is None or b is None:
        raise Unsupported("an interval join in processing time", one.join)
    add_probe(one, one.left, a, "interval_join")
    add_probe(one, one.right, b, "interval_join")
    rows = _joined(one, more=_still_held(a, b, bounds.lower, bounds.upper))
    held = max(bounds.upper, -bounds.lower, 0)
    if not held:
        return rows
    text = f"SELECT * REPLACE (__wm - to_milliseconds({held}) AS __wm) FROM {rows.step}"
    return replace(rows, step=one.work.step(text, "held"), clock=held_back(rows.clock, held))


def _still_held(a: Column, b: Column, lower: int, upper: int) -> Callable[[str, str], str]:
    """The condition that the later of two rows still finds the earlier in Flink's state.

    TimeIntervalJoin looks only while its bounds are not wholly behind the watermark, keeps only rows that on-time ones could
    match, and drops them once these no more can, by a timer of each key (`table.exec.interval-join.min-cleanup-interval` is 0
    unless set). A row that comes between two timers is not followed that closely.
    """
    width = upper - lower

    def condition(left: str, right: str) -> str:
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


def _windows(one: Sides) -> Rows:
    """Two sides joined within a window: rows whose window is closed are late, and the join's rows come when it closes."""
    one = met(one)
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
