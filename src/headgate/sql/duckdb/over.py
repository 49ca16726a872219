"""Calls with OVER in DuckDB's text: ranks, running aggregates, LAG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from headgate.sql.duckdb._model import Column, Role, Unsupported
from headgate.sql.duckdb.projection import RANKS
from headgate.sql.duckdb.scope import Scope
from headgate.sql.nodes import arguments, function_name, interval_ms


@dataclass(frozen=True, slots=True)
class Window:
    """What OVER says, with a window named in WINDOW put in its place."""

    partition: tuple[exp.Expr, ...]
    order: tuple[exp.Ordered, ...]
    frame: exp.Expr | None

    @property
    def descends(self) -> bool:
        return bool(self.order and self.order[0].args.get("desc"))


def window_of(select: exp.Select, node: exp.Window) -> Window:
    """The window of a call: its own, or the one that it names."""
    meant: exp.Expr = node
    alias = node.args.get("alias")
    if alias is not None and not node.args.get("partition_by") and not node.args.get("order"):
        named = select.args.get("windows") or ()
        meant = next(
            (w for w in named if (w.this.name if w.this is not None else w.alias) == alias.name), node
        )
    order = meant.args.get("order")
    return Window(
        tuple(meant.args.get("partition_by") or ()),
        tuple(order.expressions) if order is not None else (),
        meant.args.get("spec"),
    )


def windows_of(select: exp.Select) -> list[exp.Window]:
    """The calls with OVER that belong to a SELECT itself, not to a query inside it."""
    found: list[exp.Window] = []
    qualify = select.args.get("qualify")
    for part in (*select.expressions, *([qualify] if qualify is not None else [])):
        nodes = part.walk(prune=lambda n: isinstance(n, exp.Query))
        found += [node for node in nodes if isinstance(node, exp.Window)]
    return found


def time_of(scope: Scope, window: Window) -> Column | None:
    """The time attribute that a window is ordered by."""
    column = scope.find(window.order[0].this) if window.order else None
    return column if column is not None and column.role in (Role.ROWTIME, Role.TIME) else None


def in_processing_time(scope: Scope, window: Window) -> bool:
    """Whether rows are taken in the order in which they arrive."""
    if not window.order:
        return False
    first = window.order[0].this
    column = scope.find(first)
    return function_name(first) == "PROCTIME" or (column is not None and column.role is Role.PROCTIME)


def writer(
    scope: Callable[[], Scope], select: exp.Select, *, later_first: bool = False, arrival: str = "__seq"
) -> Callable[[exp.Expr], str | None]:
    """Gives the text of calls with OVER over rows numbered by `arrival`; the later of equal ones first, if so asked."""

    def write(node: exp.Expr) -> str | None:
        if not isinstance(node, exp.Window):
            return None
        return _text(scope(), node, window_of(select, node), f"{arrival} DESC" if later_first else arrival)

    return write


def _text(scope: Scope, node: exp.Window, window: Window, arrival: str) -> str:
    inner = node.this
    while isinstance(inner, exp.IgnoreNulls | exp.RespectNulls | exp.Filter):
        inner = inner.this
    name = function_name(inner)
    parts = []
    if window.partition:
        parts.append(f"PARTITION BY {', '.join(scope.sql(p) for p in window.partition)}")
    by_row = name in (*RANKS, "LAG") or (
        window.frame is not None and str(window.frame.args.get("kind")).upper() == "ROWS"
    )
    proctime = in_processing_time(scope, window)
    keys = [] if proctime else [_sorted(scope, one) for one in window.order]
    if proctime or (by_row and name not in ("RANK", "DENSE_RANK")):
        keys.append(arrival)
    parts.append(f"ORDER BY {', '.join(keys)}")
    if window.frame is not None and name not in (*RANKS, "LAG"):
        parts.append(_frame(scope, window.frame))
    over = f"OVER ({' '.join(parts)})"
    if name in RANKS:
        return f"{name.lower()}() {over}"
    if name == "LAG":
        return _lag(scope, arguments(inner), over)
    return scope.scalars().over(node, over)


def _lag(scope: Scope, given: list[exp.Expr], over: str) -> str:
    text = f"lag({', '.join(scope.sql(a) for a in given)}) {over}"
    if len(given) < 3 or scope.type(given[2]).nullable or not scope.type(given[0]).nullable:
        return text
    # Flink takes the result for never null, as the default is: an earlier row's null fails the job, or is an empty text.
    null = "''" if scope.type(given[0]).is_text else "error('LAG with a default met a null')"
    return f"coalesce({text}, {null})"


def _sorted(scope: Scope, one: exp.Ordered) -> str:
    nulls = "FIRST" if one.args.get("nulls_first") else "LAST"
    return f"{scope.sql(one.this)} {'DESC' if one.args.get('desc') else 'ASC'} NULLS {nulls}"


def _frame(scope: Scope, frame: exp.Expr) -> str:
    kind = str(frame.args.get("kind")).upper()
    ends = [
        _bound(scope, frame, "start"),
        _bound(scope, frame, "end") if frame.args.get("end") else "CURRENT ROW",
    ]
    return f"{kind} BETWEEN {ends[0]} AND {ends[1]}"


def _bound(scope: Scope, frame: exp.Expr, which: str) -> str:
    value, side = frame.args.get(which), str(frame.args.get(f"{which}_side") or "").upper()
    if isinstance(value, exp.Interval):
        millis = interval_ms(value)
        if millis is None:
            raise Unsupported("OVER with a computed frame", frame)
        return f"to_milliseconds({millis}) {side}"
    if isinstance(value, exp.Literal):
        return f"{value.name} {side}"
    return f"{str(value).upper()} {side}".strip()
