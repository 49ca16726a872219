"""In which order rows arrive, and the watermark each meets (semantics of the embedded engine)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

APPEND, INSERT, DELETE = "append", "+I", "-D"


@dataclass(frozen=True, slots=True)
class Record:
    """A record before its arrival: its columns, and what is said of the record itself."""

    values: Mapping[str, Any]
    timestamp: dt.datetime | None = None
    op: str = INSERT
    partition: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record with its place in the order of all inputs, and what it meets there.

    `watermark` is what the rows before it in its stream left; None where none left one. `timestamp` is the record's:
    said, else the greatest event time of its stream so far.
    """

    seq: int
    watermark: dt.datetime | None
    timestamp: dt.datetime | None
    record: Record


@dataclass(frozen=True, slots=True)
class Input:
    """The records of one stream, in the order of its file."""

    relation: str
    name: str
    records: Sequence[Record]
    event_time: str = ""
    delay_ms: int = 0


# Room between two rows, so that a query that answers several rows for one can put them in between.
STEP = 1 << 20


def arrive(inputs: Sequence[Input]) -> dict[str, list[Arrived]]:
    """Every input's records in the order they arrive, numbered over all inputs.

    That is the order of their timestamps; without one, of the running maximum of their event time; ties by the stream's
    name, then the row. A stream without event time comes first.
    """
    queue: list[tuple[dt.datetime, str, int, int, dt.datetime | None]] = []
    for at, one in enumerate(inputs):
        greatest: dt.datetime | None = None
        for row, record in enumerate(one.records):
            greatest = _later(greatest, record.values.get(one.event_time) if one.event_time else None)
            stamp = record.timestamp or greatest
            queue.append((stamp or dt.datetime.min, one.name, row, at, stamp))
    queue.sort(key=lambda entry: entry[:4])
    out: dict[str, list[Arrived]] = {one.relation: [] for one in inputs}
    greatest_of: list[dt.datetime | None] = [None] * len(inputs)
    for number, (_, _, row, at, stamp) in enumerate(queue, start=1):
        one = inputs[at]
        record = one.records[row]
        greatest = greatest_of[at]
        watermark = None if greatest is None else _before(greatest, one.delay_ms)
        out[one.relation].append(Arrived(number * STEP, watermark, stamp, record))
        greatest_of[at] = _later(greatest, record.values.get(one.event_time) if one.event_time else None)
    return out


def _later(greatest: dt.datetime | None, value: Any) -> dt.datetime | None:
    if not isinstance(value, dt.datetime):
        return greatest
    return value if greatest is None or value > greatest else greatest


def _before(moment: dt.datetime, delay_ms: int) -> dt.datetime:
    try:
        return moment - dt.timedelta(milliseconds=delay_ms)
    except OverflowError:
        return dt.datetime.min
