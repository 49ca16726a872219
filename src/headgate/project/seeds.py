"""Streams before their references are known: sources, models, and one for each version of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from headgate.addresses import Address, Kind
from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.declarations import Materialization
from headgate.project.entries import Entry
from headgate.project.merging import lay_under, merge_contract, said, settle_config
from headgate.project.sql_files import SqlFiles, SqlText, settle_config_calls
from headgate.project.suggest import did_you_mean
from headgate.syntax import Place

Columns = list[tuple[keys.Column, Place]]


@dataclass(slots=True)
class Seed:
    """What will be a stream: its keys with defaults and contract merged, its columns and its query as text."""

    address: Address
    entry: Entry[Any]
    materialized: Materialization
    columns: Columns = field(default_factory=list)
    sql: SqlText | None = None
    version: int = 0
    latest: bool = True
    topic_suffix: str = ""

    @property
    def said(self) -> Any:
        """The keys: a `keys.Source` or a `keys.Model`."""
        return self.entry.said

    @property
    def name(self) -> str:
        return self.address.name


@dataclass(frozen=True, slots=True)
class Layers:
    """Defaults for objects: those of the project and the environment, and those of folders, longest path last."""

    base: dict[str, Any]
    folders: tuple[tuple[str, dict[str, Any]], ...] = ()

    def for_folder(self, folder: str) -> list[dict[str, Any]]:
        """The layers that lie under an object in a folder, the uppermost first."""
        inside = [keys for path, keys in self.folders if folder == path or folder.startswith(f"{path}/")]
        return [*reversed(inside), self.base]


def seeds(
    sources: Sequence[Entry[keys.Source]],
    models: Sequence[Entry[keys.Model]],
    files: SqlFiles,
    layers: Layers,
    unsure: set[str],
    found: list[Diagnostic],
) -> tuple[list[Seed], set[str]]:
    """The streams of a project, and the names of the sources that a model is the contract of.

    `unsure` are names that files which cannot be read may declare: what could be the contract of one is left out.
    """
    by_name = {entry.said.name: entry for entry in sources}
    contracts: set[str] = set()
    made: list[Seed] = []
    for source_entry in sources:
        settle_config(source_entry, found)
    for entry in models:
        text = _text(entry, files, found)
        if text is not None and not entry.said.versions:
            settle_config_calls(entry, text, found)
        settle_config(entry, found)
        source = by_name.get(entry.said.name)
        if source is not None and _is_contract(entry.said, text):
            merge_contract(source, entry, found)
            contracts.add(entry.said.name)
        else:
            if source is None and entry.said.name in unsure and _is_contract(entry.said, text):
                entry.sound = False
            made += _model(entry, text, files, layers, found)
    streams = [_source(entry, layers) for entry in sources]
    return [*streams, *made], contracts


def _text(entry: Entry[keys.Model], files: SqlFiles, found: list[Diagnostic]) -> SqlText | None:
    """The query of a model: in the file, else inline."""
    name = entry.said.name
    inline = SqlText(entry.said.sql, entry.at("sql")) if entry.said.sql is not None else None
    if entry.said.versions:
        latest = entry.said.latest_version or max(v.v for v in entry.said.versions)
        if f"{name}_v{latest}" in files.files and name not in files.files:
            return inline
    text = files.take(name, found)
    if text is not None and inline is not None:
        found.append(
            codes.TWO_QUERIES.at(inline.place.key_span(), f"`{name}` has a query here and in a file")
            .note("the other one is this file", text.place.span())
            .with_help("keep one of them")
        )
        return inline
    return text or inline


def _is_contract(model: keys.Model, text: SqlText | None) -> bool:
    return (
        text is None
        and model.from_ is None
        and model.sink is None
        and model.materialized is None
        and not model.versions
    )


def _source(entry: Entry[keys.Source], layers: Layers) -> Seed:
    for layer in layers.for_folder(entry.folder):
        lay_under(entry.said, layer)
    place = entry.at("columns")
    columns = [(column, place.at(i)) for i, column in enumerate(entry.said.columns or ())]
    address = Address(Kind.SOURCE, entry.said.name)
    return Seed(address, entry, Materialization.SOURCE, columns)


def _model(
    entry: Entry[keys.Model], text: SqlText | None, files: SqlFiles, layers: Layers, found: list[Diagnostic]
) -> list[Seed]:
    under = layers.for_folder(entry.folder)
    model = entry.said
    if not model.versions:
        if model.latest_version is not None:
            found.append(
                codes.BAD_VERSION.at(
                    entry.at("latest_version").span(), f"`{model.name}` has no versions"
                ).with_help("declare `versions`, or leave `latest_version` out")
            )
        for layer in under:
            lay_under(model, layer)
        place = entry.at("columns")
        columns = [(column, place.at(i)) for i, column in enumerate(model.columns or ())]
        kind = _materialized(entry, text, found)
        return [Seed(Address(Kind.MODEL, model.name), entry, kind, columns, text)]
    return _versions(entry, text, files, under, found)


def _materialized(entry: Entry[keys.Model], text: SqlText | None, found: list[Diagnostic]) -> Materialization:
    model = entry.said
    if model.materialized is not None:
        kind = Materialization(model.materialized)
    elif model.sink is not None:
        kind = Materialization.SINK
    elif text is None and model.from_ is None:
        kind = Materialization.TOPIC
    else:
        kind = Materialization.FLINK_STREAM
    _fits(entry, kind, text, found)
    return kind


def _fits(
    entry: Entry[keys.Model], kind: Materialization, text: SqlText | None, found: list[Diagnostic]
) -> None:
    model = entry.said
    if not entry.sound:
        return
    name = model.name
    place = entry.at("materialized") if model.materialized else entry.at("name")
    if kind is Materialization.TOPIC and (text is not None or model.from_ is not None):
        what = "a query" if text is not None else "`from`"
        found.append(
            codes.DOES_NOT_FIT.at(
                place.span(), f"`{name}` is a `topic`, which applications write, and has {what}"
            ).with_help("leave it out, or say `materialized: flink_stream`")
        )
    elif kind is Materialization.SINK and model.sink is None:
        found.append(
            codes.DOES_NOT_FIT.at(
                place.span(), f"`{name}` is a `sink` and does not say of which kind"
            ).with_help("add `sink: {type: …, config: {…}}`")
        )
    elif kind is not Materialization.SINK and model.sink is not None:
        found.append(
            codes.DOES_NOT_FIT.at(
                entry.at("sink").key_span(), f"`{name}` is materialized as `{kind.value}` and has a `sink`"
            ).with_help("leave one of them out; a sink reads the model in `from`")
        )
    elif kind is not Materialization.TOPIC and text is None and model.from_ is None:
        found.append(
            codes.DOES_NOT_FIT.at(place.span(), f"`{name}` is a `{kind.value}` and reads nothing").with_help(
                "add `sql:` or `from:`, or write the query into " + f"`{name}.sql`"
            )
        )


def _versions(
    entry: Entry[keys.Model],
    text: SqlText | None,
    files: SqlFiles,
    under: list[dict[str, Any]],
    found: list[Diagnostic],
) -> list[Seed]:
    model = entry.said
    versions = model.versions or []
    numbers = [version.v for version in versions]
    latest = model.latest_version or max(numbers)
    if latest not in numbers:
        found.append(
            codes.BAD_VERSION.at(
                entry.at("latest_version").span(), f"`{model.name}` has no version {latest}"
            ).with_help("its versions are " + ", ".join(str(n) for n in sorted(numbers)))
        )
        latest = max(numbers)
    made: list[Seed] = []
    for index, version in enumerate(versions):
        place = entry.place.at("versions", index)
        if not _numbered(version.v, numbers[:index], model.name, place, entry, found):
            continue
        own = _version_entry(entry, version, place)
        columns = _version_columns(entry, version, place, found)
        sql = _version_text(entry, version, place, text, files, found)
        if sql is not None and version.serve_from is not None:
            own.said.materialized = version.materialized or "virtual_topic"
            own.said.from_ = None
        if version.serve_from is not None and version.serve_from.v not in (set(numbers) - {version.v}):
            found.append(
                codes.BAD_VERSION.at(
                    place.at("serve_from", "v").span(),
                    f"version {version.v} of `{model.name}` cannot be served from version {version.serve_from.v}",
                ).with_help(
                    "its other versions are " + ", ".join(str(n) for n in sorted(numbers) if n != version.v)
                )
            )
        for layer in under:
            lay_under(own.said, layer)
        seed = Seed(
            Address(Kind.MODEL, model.name, version.v),
            own,
            _materialized(own, sql, found),
            columns,
            sql,
            version=version.v,
            latest=version.v == latest,
            topic_suffix="" if version.v == min(numbers) or version.topic is not None else f".v{version.v}",
        )
        made.append(seed)
    return made


def _numbered(
    v: int, before: list[int], name: str, place: Place, entry: Entry[keys.Model], found: list[Diagnostic]
) -> bool:
    if v < 1:
        found.append(
            codes.BAD_VERSION.at(place.at("v").span(), f"{v} is no version").with_help(
                "count versions from 1"
            )
        )
        return False
    if v in before:
        first = entry.place.at("versions", before.index(v), "v")
        found.append(
            codes.DUPLICATE_NAME.at(place.at("v").span(), f"version {v} of `{name}` is declared twice")
            .note("it is declared here first", first.span())
            .with_help("give one of them another number")
        )
        return False
    return True


_NOT_OF_A_VERSION = frozenset({"columns", "versions", "latest_version", "sql", "config"})


def _version_entry(entry: Entry[keys.Model], version: keys.Version, place: Place) -> Entry[keys.Model]:
    """The model with what one version says laid over it."""
    own = keys.Model(name=entry.said.name)
    moved: dict[str, Place] = {"name": entry.at("name")}
    for name in own.__struct_fields__:
        value = getattr(version, name, None)
        if name in _NOT_OF_A_VERSION or name == "name":
            continue
        if value is not None:
            setattr(own, name, value)
            moved[name] = place.at(name)
        elif getattr(entry.said, name) is not None:
            moved[name] = entry.at(name)
    lay_under(own, {k: v for k, v in said(entry.said).items() if k not in _NOT_OF_A_VERSION})
    return Entry(own, place, entry.raw, moved, entry.sound)


def _version_columns(
    entry: Entry[keys.Model], version: keys.Version, place: Place, found: list[Diagnostic]
) -> Columns:
    all_of_model = [(c, entry.at("columns", i)) for i, c in enumerate(entry.said.columns or ())]
    if version.columns is None:
        return all_of_model
    columns: Columns = []
    known = [column.name for column, _ in all_of_model]
    for index, item in enumerate(version.columns):
        at = place.at("columns", index)
        if item.include is None and item.name is None:
            found.append(
                codes.MISSING_KEY.at(at.span(), "the key `name` is missing").with_help(
                    "write `{name: …}` or `{include: all}`"
                )
            )
        elif item.include is None:
            columns.append((item, at))
        else:
            wanted = known if item.include in ("all", "*") else _listed(item.include)
            found += [
                codes.BAD_VERSION.at(at.span(), f"`{entry.said.name}` has no column `{name}`").with_help(
                    did_you_mean(name, known) or "name columns of the model"
                )
                for name in sorted({*wanted, *(item.exclude or ())} - set(known))
            ]
            left_out = set(item.exclude or ())
            columns += [c for c in all_of_model if c[0].name in wanted and c[0].name not in left_out]
    return columns


def _listed(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def _version_text(
    entry: Entry[keys.Model],
    version: keys.Version,
    place: Place,
    text: SqlText | None,
    files: SqlFiles,
    found: list[Diagnostic],
) -> SqlText | None:
    if version.serve_from is not None:
        return SqlText(version.serve_from.sql, place.at("serve_from", "sql"))
    file = files.take(f"{entry.said.name}_v{version.v}", found)
    if version.sql is None:
        return file or text
    inline = SqlText(version.sql, place.at("sql"))
    if file is not None:
        found.append(
            codes.TWO_QUERIES.at(
                inline.place.key_span(), f"version {version.v} has a query here and in a file"
            )
            .note("the other one is this file", file.place.span())
            .with_help("keep one of them")
        )
    return inline
