"""The items of a file's lists as structs, each with its place: what declarations are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from msgspec import Struct

from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.validate import convert_parts, unknown_key
from headgate.syntax import Document, Place

S = TypeVar("S", bound=Struct)

LISTS: dict[str, type[Struct]] = {
    "sources": keys.Source,
    "models": keys.Model,
    "groups": keys.Group,
    "roles": keys.Role,
    "exposures": keys.Exposure,
    "tests": keys.Test,
    "unit_tests": keys.UnitTest,
    "data_products": keys.DataProduct,
    "rules": keys.Rule,
}

INSTEAD = {
    "snapshots": "an `upsert` stream keeps the last record of a key; declare a model with `changelog: upsert`",
    "seeds": "declare a source with `sample: {rows_file: …}`, or a `topic` model that an application fills",
    "metrics": "write the aggregate as a model, or a `distribution` test over it",
    "semantic_models": "write the aggregate as a model",
    "saved_queries": "write the query as a model",
    "analyses": "run the query with `headgate query`, or make it a model",
    "macros": "write macros into `macros/*.sql`",
}


@dataclass(slots=True)
class Entry(Generic[S]):
    """One item of a list. `moved` holds the places of keys that stand elsewhere than under `place`."""

    said: S
    place: Place
    raw: dict[str, Any]
    moved: dict[str, Place] = field(default_factory=dict)
    sound: bool = True
    """Whether all of it is in `said`. What is not is looked at for more that is wrong, and left out of the project."""
    more_tests: list[tuple[list[Any], Place]] = field(default_factory=list)
    """Tests that a source's contract adds to the source's own."""

    @property
    def file(self) -> str:
        return self.place.document.file

    @property
    def folder(self) -> str:
        return self.file.rpartition("/")[0]

    def at(self, key: str, *path: str | int) -> Place:
        """The place of what is said under a key."""
        return self.moved.get(key, self.place.at(key)).at(*path)


@dataclass(slots=True)
class Entries:
    """Every item of every list, in the order of the files, then of the lists."""

    sources: list[Entry[keys.Source]] = field(default_factory=list)
    models: list[Entry[keys.Model]] = field(default_factory=list)
    groups: list[Entry[keys.Group]] = field(default_factory=list)
    roles: list[Entry[keys.Role]] = field(default_factory=list)
    exposures: list[Entry[keys.Exposure]] = field(default_factory=list)
    tests: list[Entry[keys.Test]] = field(default_factory=list)
    unit_tests: list[Entry[keys.UnitTest]] = field(default_factory=list)
    data_products: list[Entry[keys.DataProduct]] = field(default_factory=list)
    rules: list[Entry[keys.Rule]] = field(default_factory=list)
    unfit: set[str] = field(default_factory=set)
    """Names of items that are not sound: others may still refer to them."""


def collect(
    document: Document, entries: Entries, found: list[Diagnostic], *, other_keys: frozenset[str] = frozenset()
) -> None:
    """Add the items of a file's lists to `entries`. `other_keys` are read elsewhere."""
    if document.value is None:
        return
    if not isinstance(document.value, dict):
        found.append(
            codes.WRONG_TYPE.at(document.place().span(), "the file holds no map of lists").with_help(
                "begin with `models:`, `sources:` or another list of the format"
            )
        )
        return
    for key, value in document.value.items():
        place = document.place(key)
        wanted = LISTS.get(key)
        if wanted is not None:
            _items(key, wanted, value, place, entries, found)
        elif key in INSTEAD:
            found.append(
                codes.OTHER_TOOL.at(place.key_span(), f"`{key}` have no meaning here").with_help(INSTEAD[key])
            )
        elif key not in other_keys and key not in ("version", "meta"):
            found.append(unknown_key(str(key), {*LISTS, *other_keys}, place))


def _items(
    key: str, wanted: type[Struct], value: Any, place: Place, entries: Entries, found: list[Diagnostic]
) -> None:
    if value is None:
        return
    if not isinstance(value, list):
        found.append(
            codes.WRONG_TYPE.at(place.key_span(), f"`{key}` is no list").with_help(
                f"write each of the {key} as `- name: …`"
            )
        )
        return
    target = getattr(entries, key)
    for index, raw in enumerate(value):
        item = place.at(index)
        said, sound = convert_parts(raw, wanted, item, found)
        if said is not None:
            target.extend(_spread(Entry(said, item, raw, sound=sound)))
        if not sound and isinstance(raw, dict):
            entries.unfit |= _names(raw)


def _spread(entry: Entry[Any]) -> Iterator[Entry[Any]]:
    """The item itself; of dbt's sources with tables, each table."""
    said = entry.said
    if not isinstance(said, keys.Source) or said.tables is None:
        yield entry
        return
    for index, table in enumerate(said.tables):
        table.system = table.system or said.name
        for name in keys.SHARED_BY_TABLES:
            if getattr(table, name) is None:
                setattr(table, name, getattr(said, name))
        # Of a source that is not sound some tables may have been left out: the places of the others would be wrong.
        at = entry.place.at("tables", index) if entry.sound else entry.place.at("tables")
        raw = entry.raw["tables"][index] if entry.sound else {}
        yield Entry(table, at, raw, sound=entry.sound)


def _names(raw: dict[Any, Any]) -> set[str]:
    names = [raw.get("name")]
    tables = raw.get("tables")
    if isinstance(tables, list):
        names += [table.get("name") for table in tables if isinstance(table, dict)]
    return {name for name in names if isinstance(name, str)}
