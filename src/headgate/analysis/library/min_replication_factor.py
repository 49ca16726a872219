"""Topics have at least so many replicas."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from headgate.analysis.context import Context
from headgate.analysis.library_rule import STORED, Judge, LibraryRule, Subject


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`value` is compared with what is created; what a broker decides alone is not known to be enough."""

    value: int


def prepare(parameters: Parameters) -> Judge:
    def judge(subject: Subject, ctx: Context) -> Iterator[str]:
        stream = subject.stream
        if stream is None or stream.materialized not in STORED:
            return
        factor = stream.kafka.replication_factor
        if not factor:
            yield f"`{stream.name}` leaves its replication factor to the broker; it must be at least {parameters.value}"
        elif factor < parameters.value:
            yield f"`{stream.name}` has the replication factor {factor}, less than {parameters.value}"

    return judge


RULE = LibraryRule(Parameters, ("topics", "models"), prepare)
