"""A value is a key of another stream by the record's event time plus a window. Null passes.

Flink refuses an interval join with an upsert parent, so the tested stream is declared a second time with that moment as
its event time, and joined to the parent's version of then. An append parent has the first record of each key.
"""

from __future__ import annotations

from collections.abc import Iterator

from headgate.assertions import codes
from headgate.assertions.flink import quoted, selected
from headgate.assertions.kind import AssertionKind, Evidence, Shifted, Tested, Versions
from headgate.assertions.wanted import columns_there, duration, one_of
from headgate.diagnostics import Diagnostic
from headgate.graph.model import Mode
from headgate.project import keys
from headgate.project.declarations import Assertion
from headgate.schema.types import DataType
from headgate.syntax import Place

HOUR = 3_600_000
CHECK_AT = "__check_at"


class ForeignKey(keys.Raw, kw_only=True):
    """`ref_model` or `ref_source` is the parent, `ref_key` its column (`column` where not said); `window` is an hour."""

    column: str
    ref_model: str | None = None
    ref_source: str | None = None
    ref_key: str | None = None
    window: keys.Duration | None = None


def check(said: ForeignKey, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from one_of(said, ("ref_model", "ref_source"), place)
    yield from columns_there(said, ("column",), tested, place)
    parent = tested.other(said.ref_model, said.ref_source, place)
    if parent is None:
        return
    at = place.at("ref_key" if said.ref_key is not None else "column")
    if missing := parent.missing(said.ref_key or said.column, at):
        yield missing
    own, theirs = tested.column(said.column), parent.column(said.ref_key or said.column)
    if own is not None and theirs is not None and not _comparable(own.type, theirs.type):
        yield codes.DOES_NOT_FIT.at(
            place.at("column").span(),
            f"`{own.name}` is {own.type.text}, and `{theirs.name}` of `{parent.stream.name}` {theirs.type.text}",
        ).with_help("values of different types are never equal")


def _comparable(own: DataType, theirs: DataType) -> bool:
    if "UNKNOWN" in (own.name, theirs.name):
        return True
    both = (own, theirs)
    alike = (all(t.is_numeric for t in both), all(t.is_text for t in both), all(t.is_timestamp for t in both))
    return own.name == theirs.name or any(alike)


def evidence(said: ForeignKey, tested: Tested, assertion: Assertion) -> Evidence | None:
    parent = tested.other(said.ref_model, said.ref_source, assertion.place)
    if parent is None:
        return None
    column, key = quoted(said.column), quoted(said.ref_key or said.column)
    why = _no_version(tested, parent, said.ref_key or said.column)
    if why:
        return Evidence(
            failing=f"SELECT {selected(c.name for c in tested.facts.columns)} FROM {tested.relation} AS child "
            f"WHERE child.{column} IS NOT NULL AND NOT EXISTS "
            f"(SELECT 1 FROM {parent.relation} AS parent WHERE parent.{key} = child.{column})",
            note=f"{why}: judged against the latest rows of `{parent.stream.name}`",
        )
    again = Shifted(f"{tested.stream.relation}__shifted", CHECK_AT, duration(said.window, HOUR))
    first = _first(parent, said.ref_key or said.column) if parent.facts.mode is Mode.APPEND else None
    name = quoted(first.name) if first is not None else parent.relation
    columns = ", ".join(f"child.{quoted(c.name)}" for c in tested.facts.columns)
    return Evidence(
        failing=f"SELECT {columns} FROM {quoted(again.name)} AS child "
        f"LEFT JOIN {name} FOR SYSTEM_TIME AS OF child.{CHECK_AT} AS parent ON child.{column} = parent.{key} "
        f"WHERE child.{column} IS NOT NULL AND parent.{key} IS NULL",
        shifted=again,
        versions=first,
    )


def _first(parent: Tested, key: str) -> Versions:
    """The first record of each key: what makes an append stream a table with versions."""
    time, by, relation = parent.facts.event_time, quoted(key), parent.stream.relation
    columns = selected(dict.fromkeys((key, time)))
    nth = f"ROW_NUMBER() OVER (PARTITION BY {by} ORDER BY {quoted(time)})"
    view = (
        f"SELECT {columns} FROM (SELECT {columns}, {nth} AS __nth FROM {parent.relation} "
        f"WHERE {by} IS NOT NULL) WHERE __nth = 1"
    )
    return Versions(f"{relation}__first", relation, key, time, view)


def _no_version(tested: Tested, parent: Tested, key: str) -> str:
    """Why there is no version of the parent to ask for, or ""."""
    for one in (tested, parent):
        if not one.facts.event_time:
            return f"`{one.stream.name}` has no event time"
    if parent.facts.mode is not Mode.APPEND and (parent.facts.key or parent.facts.unique_key) != (key,):
        return f"`{parent.stream.name}` is not keyed by `{key}`"
    return ""


KIND = AssertionKind(ForeignKey, check, evidence)
