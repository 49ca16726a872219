"""Names match a regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from headgate.analysis.context import Context
from headgate.analysis.library_rule import SUBJECTS, InvalidParameters, Judge, LibraryRule, Subject


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`pattern` is looked for anywhere in a name; `^` and `$` make it the whole."""

    pattern: str


def prepare(parameters: Parameters) -> Judge:
    try:
        pattern = re.compile(parameters.pattern)
    except re.error as error:
        raise InvalidParameters(
            "pattern", f"`{parameters.pattern}` is no regular expression: {error}"
        ) from None

    def judge(subject: Subject, ctx: Context) -> Iterator[str]:
        if not pattern.search(subject.name):
            yield f"`{subject.name}` does not match `{pattern.pattern}`"

    return judge


RULE = LibraryRule(Parameters, ("models", *(s for s in SUBJECTS if s != "models")), prepare)
