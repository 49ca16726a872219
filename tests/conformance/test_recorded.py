"""Every query of the corpus, on the embedded engine, against what a real Flink answered (`recorded/`).

Where Flink kept every row in time the answers are equal. Late rows are equal too where the operator drops them by the
watermark alone; where the engine says that its answer is approximate then, the rows that differ are near a late one.
"""

from __future__ import annotations

import datetime as dt
import decimal
import importlib
import json
import math
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance import corpus
from conformance.corpus import Case
from headgate.compile.embedded_queries import engine_query
from headgate.ports import EngineInput, EngineResult
from headgate.schema.types import DataType, parse_type
from headgate.sql import analyse
from headgate.sql.duckdb import DuckDbQuery, Refused, rewrite
from headgate.sql.facts import ColumnFacts, Exactness, Mode, Relation

Row = list[Any]
Late = dict[str, list[dict[str, Any]]]

ANSWERED = [case for case in corpus.cases() if case.run and "rows" in corpus.recording(case)]
FAILING = [case for case in corpus.cases() if case.run and "fails" in corpus.recording(case)]
ACCEPTED = [case for case in corpus.cases() if "refused" not in corpus.recording(case)]

REFUSED = {
    "dedup_first_two_keys": "the first row by event time and another column",
    "match_recognize": "MATCH_RECOGNIZE",
    "watermark_behind_union": "CURRENT_WATERMARK behind another query",
}
"""Cases that the engine refuses, and what it names."""


def relation(table: corpus.Table) -> Relation:
    columns = tuple(
        ColumnFacts(name, parse_type(text), (), "rowtime" if name == table.event_time else "")
        for name, text in table.columns
    )
    mode = Mode.UPSERT if table.primary_key else Mode.APPEND
    return Relation(table.name, columns, mode, table.primary_key or None, table.event_time, table.delay_ms)


RELATIONS = {name: relation(table) for name, table in corpus.tables().items()}


def given(case: Case) -> list[EngineInput]:
    """The case's tables in line; the corpus's order of arrival is the order of their timestamps."""
    start = dt.datetime(2026, 1, 1)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in case.tables}
    for at, arrival in enumerate(corpus.arrivals(case.variant)):
        if arrival.table in rows:
            stamp = (start + dt.timedelta(seconds=at)).isoformat()
            rows[arrival.table].append({**arrival.row, "_timestamp": stamp, "_op": arrival.op})
    found = []
    for name in case.tables:
        table = corpus.tables()[name]
        found.append(
            EngineInput(
                relation=name,
                columns=table.columns,
                rows=tuple(rows[name]),
                event_time=table.event_time,
                delay_ms=table.delay_ms,
                mode="upsert" if table.primary_key else "append",
                key=table.primary_key,
            )
        )
    return found


def columns_of(case: Case) -> tuple[tuple[str, str], ...]:
    declared = corpus.recording(case)["columns"]
    return tuple((name, text.replace(" *ROWTIME*", "").replace(" *PROCTIME*", "")) for name, text in declared)


class Answers:
    """The embedded engine's answers to cases, each asked for once."""

    def __init__(self) -> None:
        self.engine = importlib.import_module("headgate.providers.embedded").open_engine(None)
        self.known: dict[str, EngineResult] = {}

    def to(self, case: Case) -> EngineResult:
        if case.id not in self.known:
            query = rewrite(case.sql, RELATIONS)
            assert isinstance(query, DuckDbQuery), query
            self.known[case.id] = self.engine.run(engine_query(query, columns_of(case)), given(case))
        return self.known[case.id]


@pytest.fixture(scope="module")
def answers() -> Iterator[Answers]:
    made = Answers()
    yield made
    made.engine.close()


def rows_of(result: EngineResult, case: Case) -> list[Row]:
    """The rows as recordings have them."""
    types = [parse_type(text) for _, text in columns_of(case)]
    return [[plain(value, type_) for value, type_ in zip(row, types, strict=True)] for row in result.rows]


def plain(value: Any, type_: DataType) -> Any:
    """A value as `Recorder.java` writes it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value).replace("inf", "Infinity").replace("nan", "NaN")
    match value:
        case int():
            return value
        case decimal.Decimal():
            return format(value, "f")
        case dt.datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
        case dt.date():
            return value.isoformat()
        case dt.time():
            return value.strftime("%H:%M:%S.%f")
        case bytes():
            return value.hex()
    if type_.name == "ROW":
        fields = value.values() if isinstance(value, dict) else value
        return [plain(part, field.type) for part, field in zip(fields, type_.fields, strict=True)]
    if type_.name in ("MAP", "MULTISET"):
        key, held = (type_.key, type_.element) if type_.name == "MAP" else (type_.element, DataType("INT"))
        assert key is not None
        assert held is not None
        return sorted(([plain(k, key), plain(v, held)] for k, v in value.items()), key=lambda p: str(p[0]))
    assert type_.element is not None
    return [plain(part, type_.element) for part in value]


def bag(rows: list[Row], case: Case) -> Counter[str]:
    """The rows as a multiset."""
    types = [parse_type(text).name for _, text in columns_of(case)]
    return Counter(
        json.dumps([settled(v, t) for v, t in zip(row, types, strict=True)], ensure_ascii=False)
        for row in rows
    )


def settled(value: Any, type_: str) -> Any:
    """A float without what may differ: in how many digits it is written, and the last ones of Java's mathematics."""
    if not isinstance(value, float):
        return value
    return struct.unpack("f", struct.pack("f", value))[0] if type_ == "FLOAT" else float(f"{value:.13g}")


# What late rows may change


def late_rows(case: Case) -> Late:
    """The input rows behind the watermark of the case: the least of its tables'."""
    reached: dict[str, dt.datetime | None] = dict.fromkeys(case.tables)
    found: Late = {name: [] for name in case.tables}
    for arrival in corpus.arrivals(case.variant):
        if arrival.table not in reached:
            continue
        table = corpus.tables()[arrival.table]
        time = moment(arrival.row[table.event_time])
        marks = list(reached.values())
        if None not in marks and time <= min(mark for mark in marks if mark is not None):
            found[arrival.table].append(arrival.row)
        behind = time - dt.timedelta(milliseconds=table.delay_ms)
        known = reached[arrival.table]
        reached[arrival.table] = behind if known is None else max(known, behind)
    return found


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def session_of(gap: dt.timedelta) -> Callable[[Row, Late], bool]:
    """Whether a late row of the same user touches a session."""

    def touched(row: Row, late: Late) -> bool:
        texts = [value for value in row if isinstance(value, str)]
        user = next(text for text in texts if text.startswith("u"))
        start, end = sorted(moment(text) for text in texts if text.startswith("202"))
        return any(
            one["user_id"] == user and start - gap <= moment(one["ts"]) <= end + gap for one in late["orders"]
        )

    return touched


def of_late_order(row: Row, late: Late) -> bool:
    """Whether an order came late."""
    return row[0] in [one["order_id"] for one in late["orders"]]


APPROXIMATE: dict[str, Callable[[Row, Late], bool]] = {
    "distinct_session": session_of(dt.timedelta(minutes=2)),
    "group_session": session_of(dt.timedelta(minutes=1)),
    "group_session_expression": session_of(dt.timedelta(minutes=1)),
    "session": session_of(dt.timedelta(minutes=1)),
    "session_of_projection": session_of(dt.timedelta(minutes=2)),
    "temporal_join_customers": of_late_order,
}
"""The cases whose answer differs from Flink's where late rows reach them, and which rows may then."""


@pytest.mark.parametrize("case", [c for c in ANSWERED if c.id not in REFUSED], ids=lambda case: case.id)
def test_the_answer_is_what_flink_recorded(answers: Answers, case: Case) -> None:
    result = answers.to(case)
    ours, theirs = bag(rows_of(result, case), case), bag(corpus.recording(case)["rows"], case)
    touched = APPROXIMATE.get(case.id)
    if touched is None:
        assert ours == theirs
        return
    assert result.approximate
    different = [json.loads(text) for text in ((ours - theirs) + (theirs - ours)).elements()]
    late = late_rows(case)
    assert different, "it is exact now"
    assert [row for row in different if not touched(row, late)] == []


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.id)
def test_an_answer_is_called_approximate_just_where_late_rows_reached_such_an_operator(
    answers: Answers, case: Case
) -> None:
    if case.id in REFUSED:
        return
    facts = analyse(case.sql, RELATIONS).facts
    assert facts is not None
    loose = {one.kind for one in facts.operators if one.exactness is Exactness.EXACT_UNLESS_LATE}
    result = answers.to(case)
    assert set(result.approximate) == loose & {late.operator for late in result.late}
    if case.variant == "calm":
        assert result.approximate == ()


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.id)
def test_the_engine_refuses_just_what_the_analysis_says_it_cannot_answer(case: Case) -> None:
    facts = analyse(case.sql, RELATIONS).facts
    assert facts is not None
    query = rewrite(case.sql, RELATIONS)
    named = query.what if isinstance(query, Refused) else None
    assert named == REFUSED.get(case.id)
    assert [what for what, _, _ in facts.unsupported] == ([named] if named is not None else [])


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.id)
def test_where_flink_fails_the_engine_gives_no_answer(answers: Answers, case: Case) -> None:
    query = rewrite(case.sql, RELATIONS)
    if isinstance(query, Refused):
        assert REFUSED[case.id] == query.what
        return
    with pytest.raises(Exception, match=r"\S"):
        answers.to(case)
