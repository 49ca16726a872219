"""Topics have at most so many partitions."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from headgate.analysis.context import Context
from headgate.analysis.library_rule import STORED, Judge, LibraryRule, Subject


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`value` is compared with what is created, defaults and an environment's limits included."""

    value: int


def prepare(parameters: Parameters) -> Judge:
    def judge(subject: Subject, ctx: Context) -> Iterator[str]:
        stream = subject.stream
        if stream is None or stream.materialized not in STORED:
            return
        partitions = stream.kafka.partitions or 1
        if partitions > parameters.value:
            yield f"`{stream.name}` has {partitions} partition{'s' * (partitions != 1)}, more than {parameters.value}"

    return judge


RULE = LibraryRule(Parameters, ("topics", "models"), prepare)
