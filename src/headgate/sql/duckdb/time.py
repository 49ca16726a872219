"""Watermarks: which one a row meets, and when one passes a time.

A row of a relation carries the watermark that the rows before it left, `__wm`. Of several inputs an operator has the least
watermark (Flink docs, "Generating Watermarks"), so rows that reach one are looked at under the clocks of all its inputs. A
watermark follows right behind the row that moved it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from headgate.sql.duckdb._model import Clock, LateProbe, Rows, Unsupported, unread
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Work, columns_of, listed, stored
from headgate.sql.facts import Exactness

NEVER = "CAST(NULL AS TIMESTAMP)"


def both(*clocks: Clock) -> Clock:
    """The clock of an operator whose inputs have these."""
    held: dict[str, int] = {}
    for clock in clocks:
        for relation, millis in clock:
            held[relation] = max(millis, held.get(relation, millis))
    return tuple(sorted(held.items()))


def held_back(clock: Clock, millis: int) -> Clock:
    """The clock of what follows an operator that passes watermarks on with a delay."""
    return tuple((relation, held + millis) for relation, held in clock)


def under(work: Work, rows: Rows, clock: Clock) -> Rows:
    """The same rows with the watermark of a wider clock."""
    if rows.clock == clock or rows.fired or not clock:
        return replace(rows, clock=clock)
    known = rows.clock and set(rows.clock) <= set(clock)
    place = work.place()
    terms = [f"{place}.__wm"] if known else []
    joins = []
    for relation, held in clock:
        if known and (relation, held) in rows.clock:
            continue
        other = work.place()
        joins.append(
            f"ASOF LEFT JOIN {_watermarks(work, relation)} AS {other} ON {place}.__seq > {other}.__seq"
        )
        terms.append(_minus(f"{other}.wm", held))
    text = f"SELECT {place}.* EXCLUDE (__wm), {least(terms)} AS __wm FROM {rows.step} AS {place} {' '.join(joins)}"
    return replace(rows, step=work.step(text, "met"), clock=clock, read=unread)


def least(terms: list[str]) -> str:
    """The least of watermarks, of which null is less than any."""
    if len(terms) == 1:
        return terms[0]
    missing = " OR ".join(f"{term} IS NULL" for term in terms)
    return f"CASE WHEN NOT ({missing}) THEN least({', '.join(terms)}) END"


def _minus(term: str, millis: int) -> str:
    return f"{term} - to_milliseconds({millis})" if millis else term


def _watermarks(work: Work, name: str) -> str:
    """A step with the watermark that each record of a relation leaves behind."""
    step = work.found.clocks.get(name)
    if step is None:
        relation = work.relations[name]
        left = _minus(quoted(relation.event_time), relation.delay_ms)
        step = work.step(f"SELECT __seq, greatest(__wm, {left}) AS wm FROM {stored(relation)}", "clock")
        work.found.clocks[name] = step
    return step


def _reached(work: Work, clock: Clock) -> str:
    """A step with each watermark of a clock and the number of the first row that brought it."""
    step = work.found.clocks.get(clock)
    if step is not None:
        return step
    place = work.place()
    moments = " UNION ALL ".join(f"SELECT __seq FROM {_watermarks(work, name)}" for name, _ in clock)
    terms, joins = [], []
    for name, held in clock:
        other = work.place()
        joins.append(f"ASOF JOIN {_watermarks(work, name)} AS {other} ON {place}.__seq >= {other}.__seq")
        terms.append(_minus(f"{other}.wm", held))
    source = f"({moments}) AS {place} {' '.join(joins)}"
    if len(clock) == 1:
        source = f"{_watermarks(work, clock[0][0])} AS {place}"
        terms = [_minus(f"{place}.wm", clock[0][1])]
    step = work.step(
        f"SELECT wm, min(__seq) AS __seq FROM (SELECT {place}.__seq, {least(terms)} AS wm FROM {source}) "
        "WHERE wm IS NOT NULL GROUP BY wm",
        "reached",
    )
    work.found.clocks[clock] = step
    return step


def end(work: Work, clock: Clock) -> str:
    """The number of what comes about at the end of the inputs."""
    last = [f"SELECT max(__seq) AS __seq FROM {stored(work.relations[name])}" for name, _ in clock]
    return f"(SELECT coalesce(max(__seq), 0) + 1 FROM ({' UNION ALL '.join(last)}))"


def emitted(work: Work, rows: Rows, at: str, order: Iterable[str], *, windows: bool = True) -> Rows:
    """Rows that a watermark lets go when it reaches `at`, in the order in which they come about.

    Without a flush those of windows that the inputs' last watermark does not reach are left out, and named as open.
    """
    place, fire = work.place(), work.place()
    if not rows.clock:
        raise Unsupported("a window over rows without watermarks")
    source = f"{rows.step} AS {place} ASOF LEFT JOIN {_reached(work, rows.clock)} AS {fire} ON {place}.{at} <= {fire}.wm"
    names = columns_of(rows, place)
    closed = ""
    if windows and not work.flush:
        closed = f" WHERE {fire}.__seq IS NOT NULL"
        still = (
            f"SELECT {names} FROM {source} WHERE {fire}.__seq IS NULL ORDER BY {place}.{at}, {place}.__seq"
        )
        work.found.open_windows.append(work.found.steps.query(still))
    due = f"coalesce({fire}.__seq, {end(work, rows.clock)})"
    text = f"SELECT {names}, {due} AS __seq, {NEVER} AS __wm, {place}.{at}, {place}.__seq AS __first FROM {source}{closed}"
    made = replace(rows, step=work.step(text, "due"), fired=True)
    return numbered(work, made, [at, "__first", *order])


def numbered(work: Work, rows: Rows, order: Iterable[str]) -> Rows:
    """The same rows with numbers that are unique: those of one number, in the given order, move on by one each."""
    names = columns_of(rows)
    text = (
        f"SELECT {listed([names])}, "
        "__row + max(__seq - __row) OVER (ORDER BY __row ROWS UNBOUNDED PRECEDING) AS __seq, __wm FROM "
        f"(SELECT *, row_number() OVER (ORDER BY {', '.join(['__seq', *order])}) AS __row FROM {rows.step})"
    )
    return replace(rows, step=work.step(text, "numbered"), unique=True, read=unread)


def in_order(work: Work, rows: Rows) -> Rows:
    """The same rows, no two with one number."""
    if rows.unique:
        return rows
    return numbered(work, rows, [quoted(column.physical) for column in rows.columns])


def on_time(moment: str, place: str = "") -> str:
    """The condition that a row is not late: its moment is still ahead of the watermark it meets."""
    wm = f"{place}.__wm" if place else "__wm"
    return f"({wm} IS NULL OR {moment} > {wm})"


def overtaken(work: Work, rows: Rows, time: str, keys: Sequence[str] = ()) -> str:
    """A step of the numbers of rows that came when one of their time, or of a later one, was let go already.

    That is how Flink's operators with a timer for each time look at late rows: those of the same key count. A row on time
    that the watermark has passed was there before the late one, so it is looked up by its time alone.
    """
    a, b = work.place(), work.place()
    same = "".join(f"{a}.{key} IS NOT DISTINCT FROM {b}.{key} AND " for key in keys)
    late = work.step(f"SELECT * FROM {rows.step} WHERE {time} <= __wm", "behind")
    punctual = f"(SELECT * FROM {rows.step} WHERE {on_time(time)})"
    return work.step(
        f"SELECT {a}.__seq FROM {late} AS {a} ASOF JOIN {punctual} AS {b} ON {same}{a}.__wm >= {b}.{time} "
        f"WHERE {b}.{time} >= {a}.{time} UNION SELECT {a}.__seq FROM {late} AS {a} JOIN {late} AS {b} "
        f"ON {same}{b}.__seq < {a}.__seq AND {b}.{time} >= {a}.{time} AND {b}.{time} <= {a}.__wm",
        "overtaken",
    )


def late_rows(
    work: Work, rows: Rows, late: str, operator: str, detail: str, exactness: Exactness
) -> LateProbe:
    """A probe for the rows of a step of which `late` holds; of several from one input row only where it holds of all."""
    names = columns_of(rows)
    text = f"SELECT {names} FROM {rows.step} WHERE {late} ORDER BY __seq"
    if not rows.unique:
        text = (
            f"SELECT {names} FROM {rows.step} WHERE __seq IN (SELECT __seq FROM {rows.step} WHERE {late}) "
            f"QUALIFY bool_and({late}) OVER (PARTITION BY __seq) "
            f"AND row_number() OVER (PARTITION BY __seq ORDER BY {names}) = 1 ORDER BY __seq"
        )
    return LateProbe(operator, detail, work.found.steps.query(text), exactness)
