"""Top-N, deduplication and OVER: what a rank column turns out to be, and what Flink refuses of OVER."""

from __future__ import annotations

from sqlglot import exp

from headgate.sql.bind._model import PROCTIME, ROWTIME, Binder, Key, Over, Ranking, Scope, Value, Window
from headgate.sql.bind.expressions import value
from headgate.sql.bind.joins import MIRRORED, State, conjuncts, plain_value
from headgate.sql.bind.over import specification
from headgate.sql.facts import Exactness


def bounded_rank(condition: exp.Expr, scope: Scope) -> list[tuple[Value, int]]:
    """The rank columns that a condition bounds from above, each with its bound."""
    found: list[tuple[Value, int]] = []
    for part in conjuncts(condition):
        if isinstance(part, exp.Between):
            bound = _limit(exp.LTE, part.this, part.args["high"], scope)
        elif type(part) in MIRRORED:
            bound = _limit(type(part), part.this, part.expression, scope)
            if bound is None:
                bound = _limit(MIRRORED[type(part)], part.expression, part.this, scope)
        else:
            continue
        if bound is not None:
            found.append(bound)
    return found


def _limit(kind: type, a: exp.Expr, b: exp.Expr, scope: Scope) -> tuple[Value, int] | None:
    if not (isinstance(b, exp.Literal) and not b.is_string and b.name.isdigit()):
        return None
    if kind not in (exp.LT, exp.LTE, exp.EQ):
        return None
    ranked = _ranked(a, scope)
    if ranked is None or ranked.rank is None:
        return None
    return ranked, int(b.name) - (1 if kind is exp.LT else 0)


def _ranked(node: exp.Expr, scope: Scope) -> Value | None:
    if isinstance(node, exp.Window):
        known = len(scope.binder.faults)
        found = value(node, scope)
        del scope.binder.faults[known:]
        return found
    return plain_value(node, scope) or (scope.named.get(node.name) if isinstance(node, exp.Column) else None)


def apply_rank(ranked: Value, bound: int, node: exp.Expr, scope: Scope, state: State) -> str:
    """What a bounded rank makes of rows and their changes; the kind of operator it is."""
    rank = ranked.rank
    assert rank is not None
    rank.used = True
    binder = scope.binder
    if rank.function != "ROW_NUMBER":
        binder.fault(
            "HGQ043",
            f"Flink has no Top-N with {rank.function}",
            rank.node,
            "use ROW_NUMBER, which breaks ties by arrival",
        )
    window = _window_of(rank)
    by = len(rank.partition)
    if window is not None:
        binder.operator(
            "window_top_n",
            f"first {bound} per {window.detail}",
            rank.node,
            waits_ms=0 if window.aggregated else window.waits_ms,
            needs_watermark=True,
        )
        state.updating, state.blame = False, ""
        state.keys = ((*rank.partition, ranked), *_by_one_end(rank, ranked))
        return "window_top_n"
    ids = {id(v) for v in rank.partition}
    kept = tuple(k for k in state.keys if ids <= {id(v) for v in k})
    first = rank.order[0] if rank.order else None
    if bound == 1 and first is not None and first[0].time in (ROWTIME, PROCTIME) and not state.updating:
        if len(rank.order) > 1:
            # Flink 2.3 plans it as a deduplication, and runs it as a Top-N whose updates nothing follows.
            binder.not_here("the first row by event time and another column", rank.node)
        return _deduplicate(rank, first[1], first[0].time, binder, state)
    binder.operator(
        "top_n", f"first {bound} of each" if by else f"first {bound}", rank.node, unbounded=bool(by)
    )
    state.updating, state.blame = True, "Top-N"
    keys: list[Key] = [tuple(rank.partition)] if bound == 1 else []
    state.keys = (*keys, (*rank.partition, ranked), *kept)
    return "top_n"


def _by_one_end(rank: Ranking, ranked: Value) -> list[Key]:
    """The key of a window's Top-N without its end, or without its start: where the size is fixed, one tells the other."""
    if any(v.window is not None and v.window.kind not in ("TUMBLE", "HOP") for v in rank.partition):
        return []
    return [(*(v for v in rank.partition if v.part != other), ranked) for other in ("end", "start")]


def _deduplicate(rank: Ranking, last: bool, time: str, binder: Binder, state: State) -> str:
    kept = "last" if last else "first"
    binder.operator(
        "deduplicate",
        f"keeps the {kept} row",
        rank.node,
        unbounded=True,
        needs_watermark=time == ROWTIME and not last,
    )
    if last:
        state.updating, state.blame = True, "the last row of each key"
    state.keys = (tuple(rank.partition),)
    return "deduplicate"


def _window_of(rank: Ranking) -> Window | None:
    starts = [v.window for v in rank.partition if v.part == "start" and v.window is not None]
    for window in starts:
        if any(v.window is window and v.part == "end" for v in rank.partition):
            return window
    return None


def check_overs(scope: Scope, state: State) -> None:
    """Refuse what Flink refuses of OVER aggregates, and note what they keep."""
    overs = scope.overs
    if not overs:
        return
    first = overs[0]
    for over in overs:
        _check_over(over, scope)
        if over is not first and not _alike(first, over, scope):
            scope.binder.fault(
                "HGQ042",
                "all OVER aggregates of one SELECT must have the same window",
                over.node,
                "put the other one into a query of its own",
            )
    _note_over(first, scope, state)


def over_of_rank(rank: Ranking, scope: Scope, state: State) -> None:
    """A rank that no filter bounds is an OVER aggregate."""
    over = Over(rank.node, rank.function, rank.partition, rank.order)
    _check_over(over, scope)
    _note_over(over, scope, state)


def _alike(a: Over, b: Over, scope: Scope) -> bool:
    if [id(v) for v in a.partition] != [id(v) for v in b.partition]:
        return False
    if [(id(v), d) for v, d in a.order] != [(id(v), d) for v, d in b.order]:
        return False
    navigates = ("LAG", "ROW_NUMBER", "RANK", "DENSE_RANK")
    if a.function in navigates or b.function in navigates:
        return True
    return bool(_frame(a, scope) == _frame(b, scope))


def _frame(over: Over, scope: Scope) -> exp.Expr | None:
    known = len(scope.binder.faults)
    window = specification(over.node, scope)
    del scope.binder.faults[known:]
    found: exp.Expr | None = window.args.get("spec")
    return found


def _check_over(over: Over, scope: Scope) -> None:
    binder = scope.binder
    if not over.order:
        binder.fault("HGQ042", f"{over.function} OVER needs ORDER BY", over.node, "order by the event time")
        return
    if over.function in ("LEAD", "NTILE"):
        binder.fault("HGQ042", f"{over.function} looks ahead, which a stream cannot", over.node, "use LAG")
        return
    if any(descending for _, descending in over.order):
        binder.fault("HGQ042", "OVER can only be ordered ascending", over.node, "drop DESC")
        return
    frame = _frame(over, scope)
    if frame is not None and "FOLLOWING" in (
        str(frame.args.get("start_side")).upper(),
        str(frame.args.get("end_side")).upper(),
    ):
        binder.fault(
            "HGQ042", "an OVER frame cannot reach FOLLOWING rows", over.node, "end it with CURRENT ROW"
        )


def _note_over(over: Over, scope: Scope, state: State) -> None:
    binder = scope.binder
    if not over.order:
        return
    refused = state.updating
    frame = _frame(over, scope)
    if refused:
        binder.fault("HGQ044", f"OVER cannot follow `{state.blame}`, which updates its rows", over.node)
    if (
        over.order[0][0].time == PROCTIME
        and frame is not None
        and isinstance(frame.args.get("start"), exp.Interval)
    ):
        binder.not_here("an OVER interval of processing time", over.node)
    timed = over.order[0][0].time in (ROWTIME, PROCTIME) or over.order[0][0].type.name == "UNKNOWN"
    start = str(frame.args.get("start")).upper() if frame is not None else "UNBOUNDED"
    binder.operator(
        "over",
        f"{over.function} OVER",
        over.node,
        unbounded=start == "UNBOUNDED" and bool(over.partition),
        needs_watermark=over.order[0][0].time == ROWTIME,
        exactness=Exactness.EXACT_UNLESS_LATE,
    )
    if not timed and not refused:
        state.updating, state.blame = True, "OVER without event time"
        state.keys = ()
