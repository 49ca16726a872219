"""Names do not begin with certain words."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from headgate.analysis.context import Context
from headgate.analysis.library_rule import SUBJECTS, Judge, LibraryRule, Subject


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`prefixes` are compared as written."""

    prefixes: tuple[str, ...]


def prepare(parameters: Parameters) -> Judge:
    def judge(subject: Subject, ctx: Context) -> Iterator[str]:
        for prefix in parameters.prefixes:
            if subject.name.startswith(prefix):
                yield f"`{subject.name}` begins with `{prefix}`"

    return judge


RULE = LibraryRule(Parameters, ("models", *(s for s in SUBJECTS if s != "models")), prepare)
