"""Rows and changes of what was read of a topic, as the embedded engine answers them of the same records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from headgate.observe import parts, reading
from headgate.observe.parts import Part, kinds, look_at, rows_of
from headgate.observe.reading import ReadRecords, read_records
from headgate.observe.topic import RawMessage
from headgate.ports import ClusterConnection, StreamRecord
from headgate.resources.wire import Wire

START = dt.datetime(2026, 1, 1)
NOWHERE = ClusterConnection(name="c")
UPSERTS = Wire(cluster="c", topic="t", columns=(("k", "STRING"), ("v", "INT")), key=("k",), upserts=True)
APPENDS = Wire(cluster="c", topic="t", columns=(("v", "INT"),))


def at(second: int) -> dt.datetime:
    return START + dt.timedelta(seconds=second)


def record(second: int, key: str, value: int | None) -> StreamRecord:
    op = "-D" if value is None else "+I"
    return StreamRecord(op, at(second), {"k": key, "v": value})


HISTORY = [record(1, "a", 1), record(2, "b", 1), record(3, "a", 2), record(4, "b", None), record(5, "b", 3)]


def test_a_later_record_of_a_key_updates_and_one_after_a_delete_inserts() -> None:
    assert [r.op for r in kinds(HISTORY, ["k"])] == ["+I", "+I", "+U", "-D", "+I"]


def test_rows_are_the_last_of_each_key_in_the_order_of_those() -> None:
    assert [(r.values["k"], r.values["v"]) for r in rows_of(HISTORY, ["k"])] == [("a", 2), ("b", 3)]
    assert [r.values["k"] for r in rows_of(HISTORY[:4], ["k"])] == ["a"]


@pytest.mark.parametrize(
    ("part", "values", "more"),
    [
        (Part(), [2, 3], False),
        (Part(limit=1), [2], True),
        (Part(limit=1, latest=True), [3], True),
        (Part(since=at(5)), [3], False),
        (Part(changelog=True), [1, 1, 2, None, 3], False),
        (Part(changelog=True, limit=2, latest=True), [None, 3], True),
        (Part(changelog=True, since=at(4), limit=1), [None], True),
        (Part(limit=0), [], True),
    ],
)
def test_parts_of_a_stream_of_changes(
    monkeypatch: pytest.MonkeyPatch, part: Part, values: list[int | None], more: bool
) -> None:
    monkeypatch.setattr(parts, "read_records", lambda *_, **__: ReadRecords(tuple(HISTORY)))
    found = look_at(NOWHERE, UPSERTS, part)
    assert ([r.values["v"] for r in found.rows], found.more, found.whole) == (values, more, True)


def test_of_a_topic_that_holds_more_than_is_read_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "read_records", lambda *_, **__: ReadRecords(tuple(HISTORY), more=True))
    assert not look_at(NOWHERE, UPSERTS, Part()).whole


class Log:
    """A topic in memory, with the gaps that compaction and the marks of transactions leave."""

    held: Mapping[int, list[RawMessage]] = {}

    def __init__(self, connection: ClusterConnection, name: str) -> None:
        self.looks: list[Mapping[int, tuple[int, int]]] = []

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing."""

    def spans(self) -> dict[int, tuple[int, int]]:
        return {n: (0, messages[-1].offset + 1 if messages else 0) for n, messages in self.held.items()}

    def since(self, moment: dt.datetime, spans: Any) -> dict[int, tuple[int, int]]:
        found = {}
        for number, (_, high) in spans.items():
            later = [m.offset for m in self.held[number] if m.timestamp and m.timestamp >= moment]
            found[number] = (min(later, default=high), high)
        return found

    def messages(self, ranges: Mapping[int, tuple[int, int]]) -> Iterator[RawMessage]:
        for number, (begin, end) in ranges.items():
            yield from (m for m in self.held[number] if begin <= m.offset < end)


def message(partition: int, offset: int, second: int, value: str = "") -> RawMessage:
    text = value or f'{{"v": {second}}}'
    return RawMessage(partition, offset, at(second), None, None if value == "-" else text.encode())


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> type[Log]:
    class Fresh(Log):
        held: Mapping[int, list[RawMessage]] = {}

    monkeypatch.setattr(reading, "Topic", Fresh)
    return Fresh


def read(**asked: Any) -> tuple[list[int], bool]:
    found = read_records(NOWHERE, APPENDS, **asked)
    return [r.values["v"] for r in found.records], found.more


def test_the_first_and_the_latest_are_those_of_all_partitions_by_their_times(log: type[Log]) -> None:
    log.held = {0: [message(0, i, 2 * i) for i in range(5)], 1: [message(1, i, 2 * i + 1) for i in range(5)]}
    assert read(first=3) == ([0, 1, 2], True)
    assert read(latest=3) == ([7, 8, 9], True)
    assert read() == (list(range(10)), False)
    assert read(first=10) == (list(range(10)), False)
    assert read(since=at(7)) == ([7, 8, 9], False)
    assert read(since=at(7), first=1) == ([7], True)


def test_gaps_in_the_log_do_not_hide_what_stands_before_them(log: type[Log]) -> None:
    log.held = {0: [message(0, 10_000 * i, i) for i in range(6)]}
    assert read(latest=4) == ([2, 3, 4, 5], True)
    assert read(first=4) == ([0, 1, 2, 3], True)


def test_a_partition_keeps_the_order_of_its_log_whatever_the_times_say(log: type[Log]) -> None:
    log.held = {0: [message(0, 0, 5), message(0, 1, 1), message(0, 2, 6)], 1: [message(1, 0, 3)]}
    assert read() == ([3, 5, 1, 6], False)


def test_records_older_than_a_time_are_left_out_wherever_they_stand(log: type[Log]) -> None:
    log.held = {0: [message(0, 0, 5), message(0, 1, 1), message(0, 2, 6), message(0, 3, 7)]}
    assert read(since=at(5), first=2) == ([5, 6], True)


def test_malformed_records_are_counted_and_told_by_their_place_alone(log: type[Log]) -> None:
    log.held = {0: [message(0, 0, 0), message(0, 1, 1, '{"v": "secret"}'), message(0, 2, 2, "-")]}
    found = read_records(NOWHERE, APPENDS)
    assert [r.values["v"] for r in found.records] == [0]
    assert [str(one) for one in found.malformed] == ["partition 0, offset 1: `v` is no INT"]
    assert "secret" in found.malformed[0].why and found.malformed[0].raw == '{"v": "secret"}'


def test_an_empty_topic_is_an_empty_answer(log: type[Log]) -> None:
    log.held = {0: [], 1: []}
    assert read(latest=5) == ([], False)


def test_columns_that_show_the_record_itself_are_filled(log: type[Log]) -> None:
    log.held = {3: [message(3, 7, 1)]}
    shown = {"p": "partition", "o": "offset", "t": "timestamp"}
    wire = Wire(cluster="c", topic="t", columns=APPENDS.columns, metadata=shown)
    (one,) = read_records(NOWHERE, wire).records
    assert one.values == {"v": 1, "p": 3, "o": 7, "t": at(1)}
