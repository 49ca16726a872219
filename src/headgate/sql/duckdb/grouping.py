"""GROUP BY: groups over all rows, groups of a window, grouping sets."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from headgate.sql.duckdb import over, windows
from headgate.sql.duckdb._model import Form, Reading, Role, Rows, Unsupported
from headgate.sql.duckdb.projection import Cell, aliases, cells, sort_keys
from headgate.sql.duckdb.scope import Scope, Side
from headgate.sql.duckdb.time import NEVER, emitted, in_order, numbered
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Work, listed
from headgate.sql.facts import Exactness
from headgate.sql.nodes import WINDOWS, function_name

_SETS = (exp.GroupingSets, exp.Cube, exp.Rollup)
_WORDS: dict[type, str] = {exp.GroupingSets: "GROUPING SETS", exp.Cube: "CUBE", exp.Rollup: "ROLLUP"}
_PARTS = {"START": "__ws", "END": "__we", "ROWTIME": windows.last_moment("__we")}


def groups(node: exp.Select, kinds: frozenset[str]) -> bool:
    """Whether a SELECT aggregates."""
    return node.args.get("group") is not None or bool(kinds & {"group_aggregate", "window_aggregate"})


def grouped(work: Work, node: exp.Select, source: Rows, kinds: frozenset[str]) -> Rows:
    """The rows of a SELECT that aggregates, with its sort keys as `__o0`, …; groups may be numbered in it too."""
    rows = _groups(work, node, source, kinds)
    return replace(rows, read=lambda form: Reading(rows.step)) if over.windows_of(node) else rows


def _groups(work: Work, node: exp.Select, source: Rows, kinds: frozenset[str]) -> Rows:
    window = windows.legacy_window(node)
    if window is not None:
        return _by_legacy_window(work, node, source, window)
    if "window_aggregate" in kinds:
        return _by_window(work, node, source)
    source = in_order(work, work.use(source))
    scope = scope_of(work, node, source)
    last = f"max({scope.sides[0].place}.__seq) AS __seq"
    made = cells(scope, node)
    text = grouped_text(scope, node, made, source.step, [last, f"{NEVER} AS __wm"], group_keys(scope, node))
    rows = replace(
        source, step=work.step(text, "grouped"), columns=tuple(c.column for c in made), fired=False, clock=()
    )
    return numbered(work, rows, _tie(rows, node)) if has_sets(node) else rows


def _tie(rows: Rows, node: exp.Select) -> list[str]:
    """What tells apart groups that one row belongs to."""
    return [quoted(column.physical) for column in rows.columns] if has_sets(node) else []


def _by_legacy_window(work: Work, node: exp.Select, source: Rows, window: exp.Anonymous) -> Rows:
    kind = function_name(window)
    timed = source.read(Form.TIMED) if not source.clock else None
    versions = source.read(Form.VERSIONS)
    if versions is not None and kind == "SESSION":
        raise Unsupported("SESSION over rows that are replaced", window)
    read = timed or versions
    if read is not None:
        source = replace(source, step=read.step, late=read.late, clock=read.clock or source.clock)
    if not source.clock:
        raise Unsupported(f"{kind} over rows that no watermark follows", window)
    source = work.use(source)
    keys = [key for key in _plain_keys(node) if key is not window]
    rows = windows.legacy(work, source, window, keys)
    if kind != "SESSION":
        rows = windows.keep_on_time(work, rows, "__we", "window_aggregate", kind, Exactness.EXACT)
    if versions is not None:
        rows = replace(rows, step=windows.held(work, rows.step, "__we"))
    return _closed(work, node, rows, "__we", ["__ws", "__we"])


def _by_window(work: Work, node: exp.Select, source: Rows) -> Rows:
    changes = source.read(Form.CHANGES)
    if changes is not None:
        source = replace(source, step=changes.step, late=changes.late)
    sessions = windows.are_sessions(source)
    source = work.use(source)
    scope = scope_of(work, node, source)
    columns = [scope.find(key) for key in _plain_keys(node)]
    end = next((c for c in columns if c is not None and c.role is Role.END), None)
    if end is None:
        raise Unsupported("a window without its end among the keys", node)
    rows = (
        source
        if sessions
        else windows.keep_on_time(
            work, source, quoted(end.physical), "window_aggregate", "window", Exactness.EXACT
        )
    )
    return _closed(work, node, rows, quoted(end.physical), [])


def _closed(work: Work, node: exp.Select, rows: Rows, end: str, keys: list[str]) -> Rows:
    """The groups of a window, which come about when it closes."""
    scope = scope_of(work, node, rows)
    place = scope.sides[0].place
    made = cells(scope, node)
    hidden = [
        f"min({place}.__seq) AS __seq",
        f"{NEVER} AS __wm",
        f"{windows.last_moment(f'any_value({place}.{end})')} AS __at",
    ]
    grouped_by = [*(f"{place}.{key}" for key in keys), *group_keys(scope, node)]
    text = grouped_text(scope, node, made, rows.step, hidden, grouped_by)
    columns = tuple(cell.column for cell in made)
    closed = replace(rows, step=work.step(text, "closed"), columns=columns)
    return emitted(work, closed, "__at", _tie(closed, node))


def scope_of(work: Work, node: exp.Select, rows: Rows, parent: Scope | None = None) -> Scope:
    """Where the expressions of a SELECT that aggregates stand."""
    place = work.place()
    made: list[Scope] = []

    number = over.writer(lambda: made[0], node, arrival=f"max({place}.__seq)")

    def special(part: exp.Expr) -> str | None:
        name = function_name(part)
        if isinstance(part, exp.Window):
            return number(part)
        if name in ("GROUPING", "GROUPING_ID"):
            return f"grouping({', '.join(made[0].sql(a) for a in part.expressions)})"
        kind, _, what = name.rpartition("_")
        if kind in WINDOWS and what in _PARTS:
            return _PARTS[what].replace("__w", f"{place}.__w")
        return None

    made.append(Scope(work, (Side(place, rows),), parent, special, aliases(node)))
    return made[0]


def grouped_text(
    scope: Scope,
    node: exp.Select,
    made: tuple[Cell, ...],
    step: str,
    hidden: list[str],
    keys: list[str],
    where: str = "",
) -> str:
    """SELECT … GROUP BY … HAVING, with hidden columns beside. An aggregate of no rows is no row: Flink emits none."""
    sorts = [f"{key} AS __o{at}" for at, key in enumerate(sort_keys(scope, node, made))]
    text = f"SELECT {listed([*map(str, made), *sorts, *hidden])} FROM {step} AS {scope.sides[0].place}"
    if where:
        text += f" WHERE {where}"
    if keys:
        text += f" GROUP BY {', '.join(keys)}"
    having = node.args.get("having")
    conditions = [f"({scope.sql(having.this)})"] if having is not None else []
    if not keys or has_sets(node):
        conditions.append("count(*) > 0")
    if conditions:
        text += f" HAVING {' AND '.join(conditions)}"
    qualify = node.args.get("qualify")
    return f"{text} QUALIFY {scope.sql(qualify.this)}" if qualify is not None else text


def group_keys(scope: Scope, node: exp.Select) -> list[str]:
    """What GROUP BY lists, without a legacy window."""
    group = node.args.get("group")
    listed_keys = group.expressions if group is not None else ()
    keys = [_key(scope, one) for one in listed_keys if function_name(one) not in WINDOWS]
    return [key for key in keys if key]


def _key(scope: Scope, node: exp.Expr) -> str:
    word = _WORDS.get(type(node))
    if word is not None:
        return f"{word} ({', '.join(_set(scope, one) for one in node.expressions)})"
    if isinstance(node, exp.Tuple):
        return ", ".join(_key(scope, one) for one in node.expressions)
    return scope.sql(node)


def _set(scope: Scope, node: exp.Expr) -> str:
    if isinstance(node, _SETS):
        return _key(scope, node)
    if isinstance(node, exp.Tuple):
        return f"({', '.join(scope.sql(one) for one in node.expressions)})"
    return scope.sql(node)


def _plain_keys(node: exp.Select) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    for one in node.args["group"].expressions:
        if isinstance(one, exp.Tuple):
            found += one.expressions
        elif not isinstance(one, _SETS):
            found.append(one)
    return found


def has_sets(node: exp.Select) -> bool:
    """Whether GROUP BY names several sets of keys."""
    group = node.args.get("group")
    return group is not None and any(isinstance(one, _SETS) for one in group.expressions)
