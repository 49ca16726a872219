"""Raw values to the structs of the format; all that is wrong with a value at once, each at its place.

A value that fits is converted in one go. Only one that does not is walked, against the same types, to say everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.suggest import did_you_mean, listed
from headgate.project.units import DURATION_HELP
from headgate.syntax import Place

T = TypeVar("T", bound=msgspec.Struct)
_LATER = dict.fromkeys(
    ((keys.Mask, "until"), (keys.Allow, "until")), "leave it out, and take the policy away on that day"
)
"""Keys that are understood and not built, with what to do meanwhile."""


def convert(raw: Any, wanted: type[T], place: Place, found: list[Diagnostic]) -> T | None:
    """`raw` as `wanted`; or None, and everything that is wrong with it in `found`."""
    try:
        return msgspec.convert(raw, wanted)
    except (msgspec.ValidationError, RecursionError):
        described: Any = wanted
        faults = list(_walk(_type(described), raw, place))
    if not faults:
        faults = [codes.WRONG_TYPE.at(place.span(), "the value is not what is expected here")]
    found += faults
    return None


def convert_parts(raw: Any, wanted: type[T], place: Place, found: list[Diagnostic]) -> tuple[T | None, bool]:
    """`raw` as `wanted`, with the keys left out that are wrong, and of lists the items; and whether nothing had to be."""
    before = len(found)
    whole = convert(raw, wanted, place, found)
    if whole is not None or not isinstance(raw, dict):
        return whole, whole is not None
    assert len(found) > before
    kept: dict[Any, Any] = {}
    required = {f.encode_name for f in msgspec.structs.fields(wanted) if f.required}
    least = {name: raw[name] for name in required if name in raw}
    for key, value in raw.items():
        if _fits(least | {key: value}, wanted):
            kept[key] = value
        elif isinstance(value, list):
            kept[key] = [item for item in value if _fits(least | {key: [item]}, wanted)]
    return (msgspec.convert(kept, wanted), False) if _fits(kept, wanted) else (None, False)


def _fits(raw: Any, wanted: type[T]) -> bool:
    try:
        msgspec.convert(raw, wanted)
    except (msgspec.ValidationError, RecursionError):
        return False
    return True


@lru_cache(maxsize=256)
def _type(wanted: Any) -> inspect.Type:
    return inspect.type_info(wanted)


def _walk(type_: inspect.Type, raw: Any, place: Place) -> Iterator[Diagnostic]:
    match type_:
        case inspect.Metadata():
            yield from _walk(type_.type, raw, place)
        case inspect.AnyType():
            return
        case inspect.UnionType():
            yield from _union(type_, raw, place)
        case inspect.StructType():
            if isinstance(raw, dict):
                yield from _struct(type_, raw, place)
            else:
                yield _wrong("a map", raw, place)
        case inspect.ListType():
            if isinstance(raw, list):
                for index, item in enumerate(raw):
                    yield from _walk(type_.item_type, item, place.at(index))
            else:
                yield _wrong("a list", raw, place)
        case inspect.DictType():
            if isinstance(raw, dict):
                for key, value in raw.items():
                    if not isinstance(key, str):
                        yield _number_key(key, place)
                    yield from _walk(type_.value_type, value, place.at(key))
            else:
                yield _wrong("a map", raw, place)
        case _:
            yield from _scalar(type_, raw, place)


def _union(type_: inspect.UnionType, raw: Any, place: Place) -> Iterator[Diagnostic]:
    members = [
        t.type if isinstance(t, inspect.Metadata) else t
        for t in type_.types
        if not isinstance(t, inspect.NoneType)
    ]
    if raw is None and len(members) < len(type_.types):
        return
    fitting = [t for t in members if _same_shape(t, raw)]
    if not fitting:
        yield _wrong(" or ".join(dict.fromkeys(_described(t) for t in members)), raw, place)
    elif len(fitting) == 1:
        yield from _walk(fitting[0], raw, place)
    else:
        faults = [list(_walk(t, raw, place)) for t in fitting]
        if all(faults):
            yield from faults[0]


def _same_shape(type_: inspect.Type, raw: Any) -> bool:
    if isinstance(type_, (inspect.StructType, inspect.DictType)):
        return isinstance(raw, dict)
    if isinstance(type_, inspect.ListType):
        return isinstance(raw, list)
    if isinstance(type_, (inspect.StrType, inspect.LiteralType)):
        return isinstance(raw, str)
    if isinstance(type_, inspect.BoolType):
        return isinstance(raw, bool)
    if isinstance(type_, inspect.IntType):
        return isinstance(raw, int) and not isinstance(raw, bool)
    if isinstance(type_, inspect.FloatType):
        return isinstance(raw, (int, float)) and not isinstance(raw, bool)
    return True


def _struct(type_: inspect.StructType, raw: dict[Any, Any], place: Place) -> Iterator[Diagnostic]:
    fields = {f.encode_name: f for f in type_.fields}
    for key, value in raw.items():
        field = fields.get(key)
        if field is not None:
            yield from _walk(field.type, value, place.at(key))
        elif (type_.cls, key) in _LATER:
            finding = codes.NOT_BUILT_YET.at(place.at(key).key_span(), f"`{key}` is not built yet here")
            yield finding.with_help(_LATER[type_.cls, key])
        elif type_.forbid_unknown_fields:
            yield unknown_key(str(key), fields, place.at(key))
    unknown = [str(key) for key in raw if key not in fields]
    for name, field in fields.items():
        # A key that is misspelled has been said; it is not missing as well.
        if field.required and name not in raw and not any(did_you_mean(key, [name]) for key in unknown):
            of = raw.get("name")
            said = f" of `{of}`" if isinstance(of, str) else ""
            yield codes.MISSING_KEY.at(place.span(), f"the key `{name}`{said} is missing").with_help(
                f"add `{name}:`"
            )


def unknown_key(key: str, known: Any, place: Place) -> Diagnostic:
    """The finding for a key that nothing reads."""
    finding = codes.UNKNOWN_KEY.at(place.key_span(), f"the key `{key}` is not known here")
    if key.endswith(")") and "(" not in key:
        return finding.with_help("put the value into quotes: inside `{…}` a comma begins another key")
    return finding.with_help(did_you_mean(key, known) or f"known here are {listed(known, 30)}")


def _scalar(type_: inspect.Type, raw: Any, place: Place) -> Iterator[Diagnostic]:
    if isinstance(type_, inspect.LiteralType):
        values = [str(v) for v in type_.values]
        if not isinstance(raw, str):
            yield _wrong("one of " + ", ".join(f"`{v}`" for v in values), raw, place)
        elif raw not in values:
            finding = codes.BAD_VALUE.at(place.span(), f"`{_short(raw)}` is none of the values that fit here")
            yield finding.with_help(
                did_you_mean(raw, values) or "write one of " + ", ".join(f"`{v}`" for v in values)
            )
    elif not _same_shape(type_, raw):
        yield _wrong(_described(type_), raw, place)
    elif isinstance(type_, inspect.StrType) and type_.pattern and not re.search(type_.pattern, raw):
        yield codes.BAD_DURATION.at(place.span(), f"`{_short(raw)}` is no duration").with_help(DURATION_HELP)


def _wrong(wanted: str, raw: Any, place: Place) -> Diagnostic:
    finding = codes.WRONG_TYPE.at(place.span(), f"expected {wanted}, found {_named(raw)}")
    if "text" in wanted and isinstance(raw, (int, float, bool)):
        return finding.with_help("put it into quotes to make it text")
    if "a duration" in wanted:
        return finding.with_help(DURATION_HELP)
    return finding.with_help(f"write {wanted} here")


def _number_key(key: Any, place: Place) -> Diagnostic:
    return codes.WRONG_TYPE.at(place.at(key).key_span(), f"the key {key} is a number").with_help(
        "put it into quotes to make it text"
    )


def _described(type_: inspect.Type) -> str:
    if isinstance(type_, inspect.StrType):
        return "text" if type_.pattern is None else "a duration"
    if isinstance(type_, inspect.LiteralType):
        return "one of " + ", ".join(f"`{v}`" for v in type_.values)
    for kind, words in _WORDS:
        if isinstance(type_, kind):
            return words
    return "another value"


_WORDS: tuple[tuple[type, str], ...] = (
    (inspect.BoolType, "`true` or `false`"),
    (inspect.IntType, "a whole number"),
    (inspect.FloatType, "a number"),
    (inspect.ListType, "a list"),
    (inspect.DictType, "a map"),
    (inspect.StructType, "a map"),
)


def _named(raw: Any) -> str:
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return f"`{str(raw).lower()}`"
    if isinstance(raw, (int, float)):
        return f"the number {_short(str(raw))}"
    if isinstance(raw, str):
        return f"the text `{_short(raw)}`"
    return "a list" if isinstance(raw, list) else "a map"


def _short(text: str) -> str:
    line = text.strip().split("\n")[0]
    return line if len(line) <= 40 and "\n" not in text.strip() else line[:40] + "…"
