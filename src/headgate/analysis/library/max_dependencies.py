"""A model, or an exposure, reads at most so many streams."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from headgate.analysis.context import Context
from headgate.analysis.library_rule import Judge, LibraryRule, Subject


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`value` counts the streams read directly, each once."""

    value: int


def prepare(parameters: Parameters) -> Judge:
    def judge(subject: Subject, ctx: Context) -> Iterator[str]:
        if subject.exposure is not None:
            count = len(ctx.graph.reads(subject.exposure))
        else:
            facts = ctx.facts(subject.stream.address) if subject.stream is not None else None
            count = len(facts.inputs) if facts is not None else 0
        if count > parameters.value:
            yield f"`{subject.name}` reads {count} streams, more than {parameters.value}"

    return judge


RULE = LibraryRule(Parameters, ("models", "exposures"), prepare)
