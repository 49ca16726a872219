"""Declarations say certain things: an owner, a description, tests …"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from headgate.analysis.context import Context
from headgate.analysis.library_rule import InvalidParameters, Judge, LibraryRule, Subject
from headgate.project.suggest import did_you_mean, listed


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`fields` that must be said; one that a subject cannot have is not asked of it."""

    fields: tuple[str, ...]


Ask = Callable[[Subject, Context], bool | None]


def _tested(subject: Subject, ctx: Context) -> bool | None:
    if subject.stream is None:
        return None
    address = subject.stream.address
    targets = (t.target for t in ctx.project.tests.values())
    units = (u.model for u in ctx.project.unit_tests.values())
    return any(ctx.project.resolve(r) == address for r in (*targets, *units))


def _classified(subject: Subject, ctx: Context) -> bool | None:
    stream = subject.stream
    if stream is None:
        return None
    said = {c.column.split(".")[0] for c in stream.security.classification}
    if subject.kind == "columns":
        return subject.name in said or bool(subject.declared and subject.declared.classification)
    return bool(said) or any(c.classification for c in stream.columns)


def _described(subject: Subject, ctx: Context) -> bool | None:
    if subject.kind == "columns":
        return bool(subject.declared and subject.declared.description)
    owner = subject.stream or subject.exposure
    return bool(owner and owner.description)


def _said(attribute: str) -> Ask:
    """A field of streams or of exposures, said where it is neither empty nor none."""

    def ask(subject: Subject, ctx: Context) -> bool | None:
        owner = subject.stream if subject.exposure is None else subject.exposure
        if subject.kind == "columns":
            owner = None
        return bool(getattr(owner, attribute)) if hasattr(owner, attribute) else None

    return ask


def _tagged(subject: Subject, ctx: Context) -> bool | None:
    if subject.kind == "columns":
        return bool(subject.declared and subject.declared.tags)
    return _said("tags")(subject, ctx)


def _schema(subject: Subject, ctx: Context) -> bool | None:
    stream = subject.stream
    if stream is None or subject.kind == "columns":
        return None
    return bool(stream.columns or stream.schema.subject or stream.schema.definition)


def _sla(subject: Subject, ctx: Context) -> bool | None:
    return None if subject.exposure is None else subject.exposure.sla.place is not None


_FIELDS: dict[str, Ask] = {
    "classification": _classified,
    "contract": _said("contract"),
    "description": _described,
    "event_time": _said("event_time"),
    "freshness": _said("freshness"),
    "group": _said("group"),
    "key": _said("key"),
    "language": _said("language"),
    "owner": _said("owner"),
    "principal": _said("principal"),
    "purpose": _said("purpose"),
    "repo": _said("repo"),
    "schema": _schema,
    "sla": _sla,
    "tags": _tagged,
    "tests": _tested,
    "url": _said("url"),
}


def prepare(parameters: Parameters) -> Judge:
    for field in parameters.fields:
        if field not in _FIELDS:
            hint = did_you_mean(field, _FIELDS) or f"there are {listed(_FIELDS, len(_FIELDS))}"
            raise InvalidParameters("fields", f"`{field}` is nothing that can be required; {hint}")

    def judge(subject: Subject, ctx: Context) -> Iterator[str]:
        for field in parameters.fields:
            if _FIELDS[field](subject, ctx) is False:
                yield f"`{subject.name}` has no `{field}`"

    return judge


RULE = LibraryRule(Parameters, ("models", "sources", "columns", "topics", "exposures"), prepare)
