"""Windows: rows put into TUMBLE, HOP, CUMULATE and SESSION windows, and their aggregates (Flink docs, "Windowing TVF").

A row is late for a window whose last millisecond the watermark has passed. A window's rows come about when it does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from headgate.schema.types import DataType
from headgate.sql.duckdb._model import Column, Form, LateProbe, Reading, Role, Rows, Unsupported
from headgate.sql.duckdb.scope import Scope, Side
from headgate.sql.duckdb.time import late_rows, on_time
from headgate.sql.duckdb.types import quoted
from headgate.sql.duckdb.work import Work, listed, physical
from headgate.sql.facts import Exactness
from headgate.sql.nodes import WINDOWS, Windowing, function_name, interval_ms

START, END = "window_start", "window_end"
STAMP = DataType("TIMESTAMP", precision=3, nullable=False)


@dataclass(frozen=True, slots=True)
class Shape:
    """A window function's kind and lengths in milliseconds; `size` is SESSION's gap, `step` HOP's slide."""

    kind: str
    size: int
    step: int
    offset: int = 0


def last_moment(end: str) -> str:
    """The last millisecond of a window."""
    return f"{end} - to_milliseconds(1)"


def windowed(work: Work, window: Windowing, data: Rows) -> Rows:
    """The rows of a window function: those of its data, with the window's start, end and time."""
    shape = _shape(window)
    place = work.place()
    scope = Scope(work, (Side(place, data),))
    column = scope.find(window.column) if window.column is not None else None
    if column is None or window.column is None:
        raise Unsupported(f"{window.kind} without a time column", window.call)
    if column.role is Role.PROCTIME:
        raise Unsupported(f"{window.kind} over processing time", window.call)
    time = f"coalesce({scope.sql(window.column)}, error('the event time of a row is null'))"
    partition = [scope.sql(p) for p in window.partition]
    kept = tuple(c for c in data.columns if c.name not in (START, END, "window_time"))
    added = (
        Column("", START, START, STAMP, Role.START),
        Column("", END, END, STAMP, Role.END),
        Column("", "window_time", "window_time", column.type.as_nullable(False), Role.TIME),
    )
    whole = replace(data, columns=kept)

    def assigned(step: str, more: tuple[str, ...] = (), where: str = "") -> str:
        assign = _assign(shape, time, partition, place, f"{step} AS {place}{where}")
        mine = [physical(c.physical, place) for c in kept]
        hidden = [f"{place}.{name}" for name in ("__seq", "__wm", *more)]
        inner = f"SELECT {listed([*mine, *hidden])}, {assign.columns} FROM {assign.source}"
        names = [quoted(c.physical) for c in kept]
        return work.step(
            f"SELECT {listed([*names, '__seq', '__wm', *more])}, {assign.start} AS {START}, {assign.end} AS {END}, "
            f"{last_moment(assign.end)} AS window_time FROM ({inner})",
            "windowed",
        )

    late: tuple[LateProbe, ...] = ()
    where = ""
    if shape.kind == "SESSION" and not data.fired:
        raw = scope.sql(window.column)
        where = f" WHERE {on_time(last_moment(f'{raw} + to_milliseconds({shape.size})'), place)}"
        late = (_behind(work, data, quoted(column.physical)),)

    def read(form: Form) -> Reading | None:
        """Of rows that are replaced, a window counts those that were not yet when it was closed."""
        versions = data.read(Form.VERSIONS) if form is Form.CHANGES else None
        if versions is None:
            return None
        if shape.kind == "SESSION":
            raise Unsupported("SESSION over rows that are replaced", window.call)
        step = assigned(versions.step, ("__op", "__next", "__next_wm"))
        return Reading(held(work, step, END))

    return replace(
        whole,
        step=assigned(data.step, (), where),
        columns=(*kept, *added),
        unique=data.unique and shape.kind in ("TUMBLE", "SESSION"),
        late=(*data.late, *late),
        read=read,
    )


def held(work: Work, step: str, end: str) -> str:
    """A step of the versions that no other had replaced when their window was closed."""
    kept = f"__op <> '-D' AND (__next IS NULL OR __next_wm >= {last_moment(end)})"
    return work.step(f"SELECT * FROM {step} WHERE {kept}", "held")


def _shape(window: Windowing) -> Shape:
    size, step, offset = interval_ms(window.size), interval_ms(window.step), interval_ms(window.offset)
    if (
        size is None
        or (window.step is not None and step is None)
        or (window.offset is not None and offset is None)
    ):
        raise Unsupported(f"{window.kind} with a computed length", window.call)
    return Shape(window.kind, size, step or size, offset or 0)


@dataclass(frozen=True, slots=True)
class Assignment:
    """How rows get their windows: columns to add, over which source, and a window's start and end in terms of them."""

    columns: str
    source: str
    start: str
    end: str


def _assign(shape: Shape, time: str, partition: list[str], place: str, source: str) -> Assignment:
    match shape.kind:
        case "TUMBLE":
            start = _bucket(shape.size, time, shape.offset)
            return Assignment(f"{start} AS __start", source, "__start", f"__start + {_ms(shape.size)}")
        case "HOP":
            last = _bucket(shape.step, time, shape.offset)
            first = f"{_bucket(shape.step, f'{time} - {_ms(shape.size)}', shape.offset)} + {_ms(shape.step)}"
            starts = f"unnest(range({first}, {last} + {_ms(shape.step)}, {_ms(shape.step)}))"
            return Assignment(f"{starts} AS __start", source, "__start", f"__start + {_ms(shape.size)}")
        case "CUMULATE":
            start = _bucket(shape.size, time, shape.offset)
            first = f"{_bucket(shape.step, time, shape.offset)} + {_ms(shape.step)}"
            ends = f"unnest(range({first}, {start} + {_ms(shape.size + shape.step)}, {_ms(shape.step)}))"
            return Assignment(f"{start} AS __start, {ends} AS __end", source, "__start", "__end")
    return _sessions(shape, time, partition, place, source)


def _sessions(shape: Shape, time: str, partition: list[str], place: str, source: str) -> Assignment:
    """Sessions: a row further than the gap behind the one before it begins a new one; at the gap they still touch."""
    keys = [f"__k{at}" for at in range(len(partition))]
    by = f"PARTITION BY {', '.join(keys)} " if keys else ""
    within = f"PARTITION BY {', '.join([*keys, '__session'])}"
    named = listed([f"{sql} AS {key}" for sql, key in zip(partition, keys, strict=True)])
    timed = f"SELECT {listed([f'{place}.*', named, f'{time} AS __time'])} FROM {source}"
    begins = (
        f"CASE WHEN __time - lag(__time) OVER ({by}ORDER BY __time) <= {_ms(shape.size)} THEN 0 ELSE 1 END"
    )
    marked = f"SELECT *, {begins} AS __begins FROM ({timed})"
    told = f"SELECT *, sum(__begins) OVER ({by}ORDER BY __time ROWS UNBOUNDED PRECEDING) AS __session FROM ({marked})"
    columns = (
        f"min(__time) OVER ({within}) AS __start, max(__time) OVER ({within}) + {_ms(shape.size)} AS __end"
    )
    return Assignment(columns, f"({told}) AS {place}", "__start", "__end")


def _ms(millis: int) -> str:
    return f"to_milliseconds({millis})"


def _bucket(size: int, time: str, offset: int) -> str:
    origin = "TIMESTAMP '1970-01-01'"
    if offset % size:
        origin = f"{origin} + {_ms(offset % size)}"
    return f"time_bucket({_ms(size)}, {time}, {origin})"


def legacy_window(select: exp.Select) -> exp.Anonymous | None:
    """The window function that a GROUP BY clause holds."""
    group = select.args.get("group")
    for one in group.expressions if group is not None else ():
        if function_name(one) in WINDOWS and isinstance(one, exp.Anonymous):
            return one
    return None


def legacy(work: Work, rows: Rows, call: exp.Anonymous, keys: list[exp.Expr]) -> Rows:
    """Rows in the windows that GROUP BY TUMBLE, HOP or SESSION makes, with their start and end as `__ws` and `__we`.

    Those without event time are left out.
    """
    shape = _legacy_shape(call)
    place = work.place()
    scope = Scope(work, (Side(place, rows),))
    time = scope.sql(call.expressions[0])
    column = scope.find(call.expressions[0])
    if column is not None and column.role is Role.PROCTIME:
        raise Unsupported(f"{shape.kind} over processing time", call)
    timed = work.step(
        f"SELECT {place}.*, {time} AS __moment FROM {rows.step} AS {place} WHERE {time} IS NOT NULL", "timed"
    )
    where = ""
    if shape.kind == "SESSION" and not rows.fired:
        work.found.late.append(_behind(work, replace(rows, step=timed), "__moment"))
        where = f" WHERE {on_time(last_moment(f'__moment + {_ms(shape.size)}'))}"
    partition = [scope.sql(key) for key in keys] if shape.kind == "SESSION" else []
    assign = _assign(shape, "__moment", partition, place, f"{timed} AS {place}{where}")
    text = (
        f"SELECT *, {assign.start} AS __ws, {assign.end} AS __we FROM "
        f"(SELECT {place}.*, {assign.columns} FROM {assign.source})"
    )
    return replace(rows, step=work.step(text, "windowed"), unique=rows.unique and shape.kind != "HOP")


def _legacy_shape(call: exp.Anonymous) -> Shape:
    kind = function_name(call)
    lengths = [interval_ms(argument) for argument in call.expressions[1:]]
    known = [length for length in lengths if length is not None]
    if len(known) < len(lengths):
        raise Unsupported(f"{kind} with a computed length", call)
    if kind == "HOP":
        return Shape(kind, known[1], known[0], known[2] if len(known) > 2 else 0)
    return Shape(kind, known[0], known[0], known[1] if len(known) > 1 else 0)


def _behind(work: Work, rows: Rows, time: str) -> LateProbe:
    """The probe for SESSION.

    A row that comes behind the watermark may still meet a session that is open, or miss one that is closed: what becomes of
    it depends on the rows of its key one by one.
    """
    late = f"__wm IS NOT NULL AND {time} <= __wm"
    return late_rows(work, rows, late, "window_aggregate", "SESSION", Exactness.EXACT_UNLESS_LATE)


def are_sessions(rows: Rows) -> bool:
    """Whether rows are in sessions, which late ones were kept out of when they were made."""
    return any(probe.operator == "window_aggregate" for probe in rows.late)


def keep_on_time(work: Work, rows: Rows, end: str, operator: str, detail: str, exactness: Exactness) -> Rows:
    """The rows of windows that are not closed yet; the others are late for the operator."""
    if rows.fired:
        return rows
    late = f"NOT {on_time(last_moment(end))}"
    work.found.late.append(late_rows(work, rows, late, operator, detail, exactness))
    text = f"SELECT * FROM {rows.step} WHERE {on_time(last_moment(end))}"
    return replace(rows, step=work.step(text, "ontime"))
