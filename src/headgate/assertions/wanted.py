"""What kinds ask of their parameters beyond their types: columns that are there, of a type that fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from headgate.assertions import codes
from headgate.assertions.kind import Tested
from headgate.diagnostics import Diagnostic
from headgate.project import codes as project_codes
from headgate.project.columns import strings
from headgate.project.units import milliseconds
from headgate.schema.types import DataType
from headgate.syntax import Place


def one_of(said: Any, names: Sequence[str], place: Place) -> Iterator[Diagnostic]:
    """Exactly one of these parameters is said."""
    given = [name for name in names if getattr(said, name) is not None]
    listed = " or ".join(f"`{name}`" for name in names)
    if not given:
        yield project_codes.MISSING_KEY.at(place.span(), f"neither {listed} is said").with_help(
            f"say {listed}"
        )
    elif len(given) > 1:
        finding = project_codes.BAD_VALUE.at(place.at(given[1]).span(), f"more than one of {listed} is said")
        yield finding.with_help("leave out all but one")


def some_of(said: Any, names: Sequence[str], place: Place) -> Iterator[Diagnostic]:
    """At least one of these parameters is said."""
    if all(getattr(said, name) is None for name in names):
        listed = " or ".join(f"`{name}`" for name in names)
        yield project_codes.MISSING_KEY.at(place.span(), f"neither {listed} is said").with_help(
            f"say {listed}: without one, nothing can fail"
        )


def not_negative(said: Any, names: Sequence[str], place: Place) -> Iterator[Diagnostic]:
    """Those of these numbers that are said are not below zero."""
    for name in names:
        value = getattr(said, name)
        if value is not None and value < 0:
            finding = project_codes.BAD_VALUE.at(place.at(name).span(), f"`{name}` is less than 0")
            yield finding.with_help("write a number from 0 on")


def columns_there(said: Any, names: Sequence[str], tested: Tested, place: Place) -> Iterator[Diagnostic]:
    """Every column that these parameters name is one of the stream's."""
    for name in names:
        value = getattr(said, name)
        for index, column in enumerate(strings(value)):
            at = place.at(name, index) if isinstance(value, list) else place.at(name)
            if missing := tested.missing(column, at):
                yield missing


def column_is(
    column: str, fits: Callable[[DataType], bool], wanted: str, tested: Tested, place: Place
) -> Iterator[Diagnostic]:
    """A column that is there has a type that fits; `wanted` is what would."""
    found = tested.column(column)
    if found is not None and found.type.name != "UNKNOWN" and not fits(found.type):
        finding = codes.DOES_NOT_FIT.at(place.span(), f"`{column}` is {found.type.text}, not {wanted}")
        yield finding.with_help(f"name a column that is {wanted}")


def event_time(why: str, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    """The stream has an event time, which `why` needs."""
    if tested.facts.known and not tested.facts.event_time:
        finding = codes.DOES_NOT_FIT.at(
            place.span(), f"{why} needs an event time, and `{tested.stream.name}` has none"
        )
        yield finding.with_help("declare its `event_time`")


def is_time(type_: DataType) -> bool:
    """Whether differences of its values are durations."""
    return type_.is_timestamp


def duration(said: str | None, default_ms: int = 0) -> int:
    """A duration in milliseconds; it has been found to be one."""
    return default_ms if said is None else milliseconds(said) or 0
