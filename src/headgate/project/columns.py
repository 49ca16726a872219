"""Columns as declared, and the policies over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache

from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.declarations import (
    Allow,
    Applied,
    Bypass,
    Classified,
    Column,
    Declassify,
    Encrypt,
    Mask,
    Security,
)
from headgate.schema.types import UNKNOWN, DataType, TypeSyntaxError, parse_type
from headgate.syntax import Place


def strings(value: str | list[str] | None) -> tuple[str, ...]:
    """One name or several, as several."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def columns(
    said: Iterable[tuple[keys.Column, Place]],
    plain_text: Callable[[str, Place], str],
    found: list[Diagnostic],
) -> tuple[Column, ...]:
    """The columns that a list declares. `plain_text` renders descriptions."""
    return tuple(_column(column, place, plain_text, found) for column, place in said)


def _column(
    said: keys.Column, place: Place, plain_text: Callable[[str, Place], str], found: list[Diagnostic]
) -> Column:
    not_null = False
    for constraint in said.constraints or ():
        name = constraint if isinstance(constraint, str) else constraint.type
        if name == "not_null":
            not_null = True
        else:
            _constraint(said, name, place, found)
    type_ = _type(said, place, not_null, found)
    return Column(
        name=said.name,
        type=type_,
        place=place,
        description=plain_text(said.description, place)
        if said.description and "{" in said.description
        else said.description or "",
        classification=said.classification,
        tags=strings(said.tags),
        metadata=said.from_ or "",
        expression=said.expression or "",
    )


@lru_cache(maxsize=4096)
def _parsed(text: str, not_null: bool) -> DataType:
    type_ = parse_type(text)
    return type_.as_nullable(False) if not_null else type_


def _type(said: keys.Column, place: Place, not_null: bool, found: list[Diagnostic]) -> DataType:
    if said.data_type is None:
        return UNKNOWN.as_nullable(not not_null)
    try:
        return _parsed(said.data_type, not_null)
    except (TypeSyntaxError, RecursionError) as error:
        reason = str(error) if isinstance(error, TypeSyntaxError) else "it is nested too deep"
        found.append(
            codes.NOT_A_TYPE.at(
                place.at("data_type").span(), f"`{said.name}` has no type of Flink SQL: {reason}"
            ).with_help(
                "write a type as in CREATE TABLE: string, bigint, decimal(10, 2), timestamp(3), row<…>"
            )
        )
        return UNKNOWN


def _constraint(said: keys.Column, name: str, place: Place, found: list[Diagnostic]) -> None:
    index = next(
        i for i, c in enumerate(said.constraints or ()) if (c if isinstance(c, str) else c.type) == name
    )
    finding = codes.BAD_VALUE.at(
        place.at("constraints", index).span(), f"a stream cannot keep the constraint `{name}`"
    )
    mend = {
        "unique": "test it: `tests: [unique]`",
        "primary_key": "say `key:` on the stream",
        "foreign_key": "test it: `foreign_key: {…}`",
        "check": "test it: `range`, `pattern` or `sql`",
    }.get(name, "write `not_null`, the only one there is")
    found.append(finding.with_help(mend))


def security(said: keys.Security | None, place: Place, found: list[Diagnostic]) -> Security:
    """The policies of a stream in the order written."""
    if said is None:
        return Security()
    masks: list[Mask] = []
    encrypts: list[Encrypt] = []
    allows: list[Allow] = []
    for index, policy in enumerate(said.policies or ()):
        at = place.at("policies", index)
        count = sum(part is not None for part in (policy.mask, policy.encrypt, policy.allow))
        if count != 1:
            found.append(
                codes.BAD_VALUE.at(
                    at.span(), f"a policy says {'nothing' if not count else f'{count} things'}"
                ).with_help("write one of `mask`, `encrypt` and `allow` an item")
            )
        if policy.mask is not None:
            masks.append(_mask(policy.mask, at.at("mask"), found))
        if policy.encrypt is not None:
            encrypts.append(Encrypt(policy.encrypt.column, policy.encrypt.key, at.at("encrypt")))
        if policy.allow is not None:
            allow = policy.allow
            allows.append(Allow(strings(allow.roles), allow.purpose, at.at("allow")))
    return Security(
        classification=tuple(
            Classified(column, level, place.at("classification", column))
            for column, level in (said.classification or {}).items()
        ),
        masks=tuple(masks),
        encrypts=tuple(encrypts),
        allows=tuple(allows),
        declassify=tuple(
            _declassify(item, place.at("declassify", i), found)
            for i, item in enumerate(said.declassify or ())
        ),
        bypass=tuple(
            Bypass(
                item.principal,
                item.reason,
                date_text(item.until, place.at("bypass", i, "until"), found),
                place.at("bypass", i),
            )
            for i, item in enumerate(said.bypass or ())
        ),
    )


def _mask(said: keys.Mask, place: Place, found: list[Diagnostic]) -> Mask:
    for name in ("keep_first", "keep_last"):
        value = getattr(said, name)
        if value is not None and value < 0:
            found.append(
                codes.BAD_VALUE.at(place.at(name).span(), f"`{name}` is less than nothing").with_help(
                    "write how many characters stay readable"
                )
            )
    return Mask(
        column=said.column,
        method=said.method,
        applied_in=None if said.applied_in is None else _applied(said.applied_in, place.at("applied_in")),
        place=place,
        fallback=said.fallback or "",
        domain=said.domain or "",
        keep_first=max(0, said.keep_first or 0),
        keep_last=4 if said.keep_last is None else max(0, said.keep_last),
    )


def _applied(said: list[keys.Applied], place: Place) -> tuple[Applied, ...]:
    return tuple(Applied(strings(item.roles), item.purpose, place.at(i)) for i, item in enumerate(said))


def _declassify(said: keys.Declassify, place: Place, found: list[Diagnostic]) -> Declassify:
    if (said.column is None) == (said.readers is None) or (said.column is None) != (said.to is None):
        found.append(
            codes.BAD_VALUE.at(
                place.span(), "`declassify` says neither a column's class nor a stream's readers"
            ).with_help("write `{column, to, reason}` or `{readers, reason}`")
        )
    readers = said.readers
    return Declassify(
        reason=said.reason or "",
        place=place,
        column=said.column or "",
        to=said.to or "",
        readers=_applied(readers, place.at("readers")) if isinstance(readers, list) else readers,
        approved_by=said.approved_by or "",
        until=date_text(said.until, place.at("until"), found),
    )


def date_text(said: str | None, place: Place, found: list[Diagnostic]) -> str:
    """A day as it is written, "" where there is none; told where it is none."""
    if said is None:
        return ""
    try:
        date.fromisoformat(said)
    except ValueError:
        finding = codes.BAD_VALUE.at(place.span(), f"`{said[:40]}` is no date")
        found.append(finding.with_help("write it as in 2026-12-31"))
    return said
