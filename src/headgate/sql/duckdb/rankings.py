"""Selects that number or accumulate rows, and the Top-N and deduplication that a filter on the number makes of them.

What a rank is shows only in the query around it: without a bound it is OVER, which drops late rows; with one it is Top-N,
which does not, or deduplication by event time, of which keeping the first does (Flink docs, "Top-N", "Deduplication").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from headgate.sql.duckdb import over, windows
from headgate.sql.duckdb._model import Column, Form, LateProbe, Reading, Role, Rows, Unsupported
from headgate.sql.duckdb.projection import RANKS, aliases, cells, written
from headgate.sql.duckdb.scope import Scope, Side, conjuncts
from headgate.sql.duckdb.time import emitted, in_order, late_rows, on_time, overtaken
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Work, listed, physical
from headgate.sql.facts import Exactness
from headgate.sql.nodes import function_name

_LATER_FIRST = (Form.LAST, Form.WINDOW_LAST)


@dataclass(frozen=True, slots=True)
class Numbering:
    """A SELECT with calls of OVER, over the rows of its FROM."""

    work: Work
    node: exp.Select
    source: Rows
    place: str

    def scope(self, form: Form = Form.TOP_N) -> Scope:
        """Where its expressions stand, in the given form."""
        made: list[Scope] = []
        special = over.writer(lambda: made[0], self.node, later_first=form in _LATER_FIRST)
        made.append(
            Scope(self.work, (Side(self.place, self.source),), special=special, aliases=aliases(self.node))
        )
        return made[0]

    @property
    def windows(self) -> list[over.Window]:
        return [over.window_of(self.node, one) for one in over.windows_of(self.node)]

    @property
    def bounded(self) -> over.Window | None:
        """The window of a call that looks at part of the rows before."""
        for one in over.windows_of(self.node):
            window = over.window_of(self.node, one)
            start = str(window.frame.args.get("start")).upper() if window.frame is not None else "UNBOUNDED"
            if start != "UNBOUNDED" and function_name(one.this) not in (*RANKS, "LAG"):
                return window
        return None

    @property
    def rank(self) -> over.Window | None:
        """The window of the rank in it."""
        for one in over.windows_of(self.node):
            if function_name(one.this) in RANKS:
                return over.window_of(self.node, one)
        return None

    def text(self, form: Form, step: str, more: tuple[str, ...] = ()) -> str:
        scope = self.scope(form)
        made = written(scope, self.node, step, [f"{self.place}.__seq", f"{self.place}.__wm", *more])
        qualify = self.node.args.get("qualify")
        return f"{made} QUALIFY {scope.sql(qualify.this)}" if qualify is not None else made


def numbered(work: Work, node: exp.Select, source: Rows, kinds: frozenset[str]) -> Rows:
    """The rows of a SELECT with calls of OVER."""
    source = in_order(work, work.use(source))
    one = Numbering(work, node, source, work.place())
    if node.args.get("qualify") is not None:
        return _qualified(one, kinds)
    columns = tuple(cell.column for cell in cells(one.scope(), node))
    time = next((t for t in (over.time_of(one.scope(), w) for w in one.windows) if t is not None), None)
    if time is None or source.fired:
        made = replace(source, step=work.step(one.text(Form.TOP_N, source.step)), columns=columns)
        return replace(made, read=lambda form: _read(one, form)) if one.rank is not None else made
    kept, probe = _on_time(work, one, time)
    made = replace(source, step=work.step(one.text(Form.TOP_N, kept)), columns=columns)
    if "over" in kinds:
        work.found.late.append(probe)
        return made
    return replace(made, late=(probe,), read=lambda form: _read(one, form))


def _on_time(work: Work, one: Numbering, time: Column) -> tuple[str, LateProbe]:
    """A step of the rows that OVER takes, and the probe for late ones; those without time go too.

    A frame that reaches back to the first row takes no late row; another takes those that no row of their key has overtaken,
    as long as Flink has not forgotten about that key.
    """
    step, moment = one.source.step, quoted(time.physical)
    late = f"NOT {on_time(moment)}"
    probe = late_rows(work, one.source, late, "over", "OVER", Exactness.EXACT_UNLESS_LATE)
    bounded = one.bounded
    if bounded is None:
        return work.step(f"SELECT * FROM {step} WHERE {on_time(moment)}", "ontime"), probe
    scope = one.scope()
    keys = [f"{scope.sql(key)} AS __k{at}" for at, key in enumerate(bounded.partition)]
    keyed = work.step(f"SELECT {listed([f'{one.place}.*', *keys])} FROM {step} AS {one.place}", "keyed")
    gone = overtaken(work, replace(one.source, step=keyed), moment, [f"__k{at}" for at in range(len(keys))])
    return work.step(
        f"SELECT * FROM {step} WHERE {moment} IS NOT NULL AND __seq NOT IN (FROM {gone})", "ontime"
    ), probe


def _read(one: Numbering, form: Form) -> Reading | None:
    work, rank, scope = one.work, one.rank, one.scope()
    if rank is None:
        return None
    timed = over.time_of(scope, rank) is not None or over.in_processing_time(scope, rank)
    match form:
        case Form.TOP_N:
            return Reading(work.step(one.text(form, one.source.step)))
        case Form.LAST if timed and rank.descends:
            return Reading(work.step(one.text(form, one.source.step)))
        case Form.LAST_VERSIONS if timed and rank.descends:
            return Reading(_versions(one, rank))
        case Form.WINDOW_LAST if timed and rank.descends:
            return _in_windows(one, rank, form)
        case Form.WINDOW_TOP_N:
            return _in_windows(one, rank, form)
    return None


def _in_windows(one: Numbering, rank: over.Window, form: Form) -> Reading:
    """Numbered within windows, without the rows whose window was closed before they came; `__at` is when each closes."""
    work, source, scope = one.work, one.source, one.scope()
    columns = [scope.find(p) for p in rank.partition]
    end = next((c for c in columns if c is not None and c.role is Role.END), None)
    if end is None:
        raise Unsupported("a Top-N by window without its end", one.node)
    closes = (f"{windows.last_moment(physical(end.physical, one.place))} AS __at",)
    if source.fired:
        return Reading(work.step(one.text(form, source.step, closes)))
    known = len(work.found.late)
    kept = windows.keep_on_time(work, source, quoted(end.physical), "window_top_n", "Top-N", Exactness.EXACT)
    late = tuple(work.found.late[known:])
    del work.found.late[known:]
    return Reading(work.step(one.text(form, kept.step, closes)), late)


def _versions(one: Numbering, rank: over.Window) -> str:
    """The rows that were the last of their key when they came, each until the next."""
    scope, place = one.scope(), one.place
    partition = [scope.sql(p) for p in rank.partition]
    by = f"PARTITION BY {', '.join(partition)} " if partition else ""
    column = over.time_of(scope, rank)
    latest = f"SELECT {place}.* FROM {one.source.step} AS {place}"
    if column is not None:
        time = physical(column.physical, place)
        best = f"max({time}) OVER ({by}ORDER BY __seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        latest += f" QUALIFY {time} >= {best}"
    step = one.work.step(latest, "latest")
    next_ = f"OVER ({by}ORDER BY {place}.__seq)"
    more = (
        "'+I' AS __op",
        f"lead({place}.__seq) {next_} AS __next",
        f"lead({place}.__wm) {next_} AS __next_wm",
    )
    text = one.text(Form.LAST, step, more)
    named = [cell for cell in cells(scope, one.node) if cell.column.role is Role.RANK]
    replaced = ", ".join(f"1 AS {quoted(cell.column.physical)}" for cell in named)
    return one.work.step(f"SELECT * REPLACE ({replaced}) FROM ({text})" if replaced else text, "versions")


def _qualified(one: Numbering, kinds: frozenset[str]) -> Rows:
    """A SELECT that bounds its rank itself, with QUALIFY."""
    work, node = one.work, one.node
    columns = tuple(cell.column for cell in cells(one.scope(), node))
    if "over" in kinds:
        raise Unsupported("QUALIFY beside other OVER aggregates", node)
    rank = one.rank
    if rank is None:
        raise Unsupported("QUALIFY without a rank", node)
    scope = one.scope()
    if "window_top_n" in kinds:
        named = aliases(node)
        bound = _bound(node.args["qualify"].this, lambda n: isinstance(named.get(n.name, n), exp.Window))
        last = _read(one, Form.WINDOW_LAST) if bound == 1 else None
        reading = last or _in_windows(one, rank, Form.WINDOW_TOP_N)
        work.found.late += reading.late
        made = replace(one.source, step=reading.step, columns=columns)
        return made if made.fired else emitted(work, made, "__at", [])
    form, step = Form.TOP_N, one.source.step
    if "deduplicate" in kinds:
        form = Form.LAST if rank.descends else Form.TOP_N
        time = over.time_of(scope, rank)
        if form is Form.TOP_N and time is not None and not one.source.fired:
            step, probe = _on_time(work, one, time)
            work.found.late.append(_deduplicates(probe))
    return replace(one.source, step=work.step(one.text(form, step)), columns=columns)


def _deduplicates(probe: LateProbe) -> LateProbe:
    return replace(probe, operator="deduplicate", detail="keeps the first row", exactness=Exactness.EXACT)


# The filter around


def bound_of(work: Work, condition: exp.Expr | None, source: Rows) -> int | None:
    """The greatest rank that a condition on numbered rows lets through."""
    scope = Scope(work, (Side("", source),))

    def ranked(node: exp.Expr) -> bool:
        column = scope.find(node)
        return column is not None and column.role is Role.RANK

    return _bound(condition, ranked)


def _bound(condition: exp.Expr | None, ranked: Callable[[exp.Expr], bool]) -> int | None:
    sides: list[tuple[type, Any, Any]]
    for part in conjuncts(condition):
        if isinstance(part, exp.Between):
            sides = [(exp.LTE, part.this, part.args["high"])]
        else:
            a, b = part.args.get("this"), part.args.get("expression")
            sides = [(type(part), a, b), (_MIRRORED.get(type(part), exp.GT), b, a)]
        for kind, rank, most in sides:
            if kind in (exp.LT, exp.LTE, exp.EQ) and _is_number(most) and ranked(rank):
                return int(most.name) - (1 if kind is exp.LT else 0)
    return None


def _is_number(node: Any) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit()


_MIRRORED: dict[type, type] = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.EQ: exp.EQ}


def bounded(work: Work, source: Rows, kinds: frozenset[str], bound: int) -> Rows:
    """The numbered rows in the form that a bound of their rank gives them."""
    if "window_top_n" in kinds:
        reading = source.read(Form.WINDOW_LAST) if bound == 1 else None
        return _take(work, source, reading or source.read(Form.WINDOW_TOP_N))
    if "deduplicate" in kinds:
        last = source.read(Form.LAST)
        if last is not None:
            versions = source.read(Form.LAST_VERSIONS)
            made = _take(work, source, last)
            return replace(made, read=lambda form: versions if form is Form.VERSIONS else None)
        work.found.late += [_deduplicates(probe) for probe in source.late]
        return replace(work.use(replace(source, late=())))
    return _take(work, source, source.read(Form.TOP_N))


def _take(work: Work, source: Rows, reading: Reading | None) -> Rows:
    if reading is None:
        return work.use(source)
    work.found.late += reading.late
    return work.use(replace(source, step=reading.step, late=()))
