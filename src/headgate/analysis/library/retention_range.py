"""Topics keep their records for at least and at most so long."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from headgate.analysis.context import Context
from headgate.analysis.durations import duration
from headgate.analysis.library_rule import STORED, InvalidParameters, Judge, LibraryRule, Subject
from headgate.graph.model import Mode
from headgate.project.units import milliseconds


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`min` and `max` are durations; one may be left out. A compacted topic keeps the last record of every key."""

    min: str | None = None
    max: str | None = None


def prepare(parameters: Parameters) -> Judge:
    least, most = _read("min", parameters.min), _read("max", parameters.max)

    def judge(subject: Subject, ctx: Context) -> Iterator[str]:
        stream = subject.stream
        facts = ctx.facts(stream.address) if stream is not None else None
        if stream is None or stream.materialized not in STORED or (facts and facts.mode is not Mode.APPEND):
            return
        kept = stream.kafka.retention_ms
        if kept is None:
            if most is not None:
                yield f"`{stream.name}` keeps its records for ever, more than {duration(most)}"
        elif least is not None and kept < least:
            yield f"`{stream.name}` keeps its records {duration(kept)}, less than {duration(least)}"
        elif most is not None and kept > most:
            yield f"`{stream.name}` keeps its records {duration(kept)}, more than {duration(most)}"

    return judge


def _read(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    ms = milliseconds(text)
    if ms is None:
        raise InvalidParameters(name, f"`{text}` is no duration; write `7 days`")
    return ms


RULE = LibraryRule(Parameters, ("topics", "models"), prepare)
