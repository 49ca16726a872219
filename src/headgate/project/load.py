"""A folder of files to one typed project: everything that is wrong with its files, in one go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headgate.addresses import Address, Kind
from headgate.diagnostics import Diagnostic, Span
from headgate.project import codes, keys
from headgate.project.declarations import (
    Classification,
    DataProduct,
    Environment,
    Exposure,
    PackageStreams,
    Project,
    Rule,
    Stream,
    UnitTest,
)
from headgate.project.entries import Entries, Entry, collect
from headgate.project.environment import Chosen, choose, environment
from headgate.project.files import (
    PROJECT_FILES,
    FileTree,
    Listing,
    Parsed,
    listing,
    parse_files,
    read_text,
)
from headgate.project.local_stack import with_local_clusters
from headgate.project.merging import said, settle_config, under
from headgate.project.names import Names
from headgate.project.packages import Packages
from headgate.project.people import groups, roles
from headgate.project.physical import physical_names
from headgate.project.queries import Queries
from headgate.project.requires import check_requires
from headgate.project.seeds import Layers, Seed, seeds
from headgate.project.sql_files import SqlFiles
from headgate.project.streams import Streams, clusters_known, settle
from headgate.project.suggest import did_you_mean, listed
from headgate.project.templates import check_templates
from headgate.project.testing import Tests
from headgate.project.unique import unique_entries
from headgate.project.uses import Uses
from headgate.project.validate import convert, convert_parts
from headgate.syntax import Document
from headgate.syntax.jinja import Templates

_PROJECT_KEYS = frozenset(
    {
        "name",
        "version",
        "require",
        "defaults",
        "folders",
        "vars",
        "purposes",
        "classification",
        "packages",
        "description",
    }
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_BROKEN_NAME = re.compile(r"\bname:\s*[\"']?([\w.-]+)")


def load_project(
    root: FileTree,
    *,
    env: str | None = None,
    vars: Mapping[str, Any] | None = None,  # noqa: A002 - the name users know
    environ: Mapping[str, str] | None = None,
    workers: int = 1,
    package: Callable[[str], FileTree | None] | None = None,
) -> tuple[Project | None, list[Diagnostic]]:
    """The project below `root` in an environment, and all that is wrong with its files.

    There is a project whenever `headgate.yml` can be read and the environment exists, whatever else is wrong: what could
    not be loaded is left out of it. `environ` is asked for `HEADGATE_ENV` alone. `package` gives the files of another
    project by its path from `root`. Nothing here looks at a clock, a network or a variable it was not handed.
    """
    found: list[Diagnostic] = []
    files = listing(root.names())
    parsed = parse_files(root, [*files.declarations, *files.environments], workers=workers)
    found += parsed.diagnostics
    environments = {n: d for n, d in parsed.documents.items() if n in set(files.environments)}
    documents = {n: d for n, d in parsed.documents.items() if n not in environments}
    project_file = _project_file(documents, parsed, found)
    name = env or (environ or {}).get("HEADGATE_ENV") or None
    broken_environments = {n: t for n, t in parsed.broken.items() if n in set(files.environments)}
    chosen = choose(name, environments, broken_environments, found)
    if project_file is None or chosen is None:
        _say_everything(documents, found)
        return None, _in_order(found)
    loading = _Loading(root, files, parsed, documents, project_file, chosen, dict(vars or {}), found)
    project = loading.project(package)
    return project, _in_order(found)


def _load_other(tree: FileTree) -> tuple[Project | None, list[Diagnostic]]:
    """Another project by itself, in the environment that always exists; of its own packages it gets none."""
    return load_project(tree, env="embedded")


def _in_order(found: list[Diagnostic]) -> list[Diagnostic]:
    return sorted(dict.fromkeys(map(_on_one_line, found)), key=lambda d: d.sort_key)


def _on_one_line(diagnostic: Diagnostic) -> Diagnostic:
    """The finding with names that hold line breaks written on one line, as a headline must be."""
    if diagnostic.message.isprintable():
        return diagnostic
    words = "".join(c if c.isprintable() else " " for c in diagnostic.message).split()
    return replace(diagnostic, message=" ".join(words))


def _project_file(
    documents: Mapping[str, Document], parsed: Parsed, found: list[Diagnostic]
) -> tuple[keys.ProjectFile, Document] | None:
    name = next((n for n in PROJECT_FILES if n in documents), None)
    if name is None:
        if not any(n in parsed.broken for n in PROJECT_FILES):
            finding = codes.NO_PROJECT.at(Span("headgate.yml", 0, 0), "there is no `headgate.yml` here")
            found.append(finding.with_help("write one with `name: …`, or run `headgate init`"))
        return None
    document = documents[name]
    raw = document.value if document.value is not None else {}
    if not isinstance(raw, dict):
        convert(raw, keys.ProjectFile, document.place(), found)
        return None
    own = {key: value for key, value in raw.items() if key in _PROJECT_KEYS}
    said_, _ = convert_parts(own, keys.ProjectFile, document.place(), found)
    return None if said_ is None else (said_, document)


def _say_everything(documents: Mapping[str, Document], found: list[Diagnostic]) -> None:
    """What can be said of files whose project is unknown."""
    entries = Entries()
    for name, document in documents.items():
        collect(document, entries, found, other_keys=_PROJECT_KEYS if name in PROJECT_FILES else frozenset())


@dataclass(slots=True)
class _Loading:
    """The files of one project on their way to declarations."""

    root: FileTree
    files: Listing
    parsed: Parsed
    documents: dict[str, Document]
    project_file: tuple[keys.ProjectFile, Document]
    chosen: Chosen
    given: dict[str, Any]
    found: list[Diagnostic]

    def project(self, package: Callable[[str], FileTree | None] | None) -> Project:
        """The project."""
        found, chosen = self.found, self.chosen
        file, document = self.project_file
        place = document.place()
        self._check_project_file()
        variables = {**(file.vars or {}), **(chosen.said.vars or {}), **self.given}
        entries = self._entries()
        sql_files, macros, texts = self._texts()
        self._given_asked_for(texts.values())
        templates = Templates(macros)
        found += templates.diagnostics
        env = environment(chosen, variables, found)
        classification = self._classification()
        made, contracts = seeds(
            entries.sources, entries.models, sql_files, self._layers(), entries.unfit, found
        )
        packages = Packages(package, _load_other, classification.levels, found).read(
            file.packages or [], place.at("packages")
        )
        names = self._names(made, contracts, packages, entries)
        queries = Queries(names, variables, templates, found)
        raw_streams = self._streams(made, queries, env)
        env = with_local_clusters(env, file.name, raw_streams.values(), found)
        every = clusters_known(raw_streams, env, found if chosen.sound else [])
        physical_names(every, file.name, env.prefix, found)
        sound = {seed.address for seed in made if seed.entry.sound}
        streams = {address: stream for address, stream in every.items() if address in sound}
        known_groups = groups(entries.groups)
        uses = Uses(queries, known_groups, found)
        exposures = self._exposures(entries.exposures, uses)
        tests = self._tests(entries.tests, made, queries)
        unit_tests = self._unit_tests(entries.unit_tests, tests)
        self._producers(every, exposures, entries.unfit)
        self._fixtures(unit_tests.values(), sql_files, texts, entries.unfit)
        self._groups_known(every, exposures, set(known_groups) | entries.unfit)
        return Project(
            name=file.name,
            version=str(file.version or ""),
            place=place,
            environment=env,
            streams=streams,
            relations={relation: address for address, relation in names.relations.items()},
            exposures=exposures,
            tests=tests.made,
            unit_tests=unit_tests,
            data_products=self._products(entries.data_products, uses),
            groups=known_groups,
            roles={
                **{name: role for one in packages.values() for name, role in one.roles.items()},
                **roles(
                    entries.roles,
                    chosen.said.principals or {},
                    classification,
                    set(known_groups) | entries.unfit,
                    found,
                ),
            },
            rules=self._rules(entries.rules, uses),
            classification=classification,
            purposes=tuple(file.purposes or ()),
            vars=variables,
            macros=macros,
            texts=texts,
            documents=dict(self.parsed.documents),
            packages=packages,
            latest_versions=names.latest,
            unsure=frozenset(entries.unfit),
        )

    def _check_project_file(self) -> None:
        file, document = self.project_file
        place = document.place()
        if not _NAME.fullmatch(file.name):
            finding = codes.BAD_NAME.at(place.at("name").span(), f"`{file.name}` is no name for a project")
            self.found.append(
                finding.with_help("begin with a lower-case letter; then letters, digits and `_`")
            )
        check_requires(file.require, place.at("require"), self.found)

    def _given_asked_for(self, texts: Iterable[str]) -> None:
        declared = {**(self.project_file[0].vars or {}), **(self.chosen.said.vars or {})}
        for name in sorted(set(self.given) - set(declared)):
            asks = re.compile(rf"\bvar\(\s*[\"']{re.escape(name)}[\"']")
            if not any(map(asks.search, texts)):
                finding = codes.UNUSED_VARIABLE.at(
                    self.project_file[1].place().at("vars").span(),
                    f"nothing asks for `{name}`, which `--vars` gives",
                )
                self.found.append(
                    finding.with_help(
                        did_you_mean(name, declared) or f'write `{{{{ var("{name}") }}}}` where it is meant'
                    )
                )

    def _entries(self) -> Entries:
        entries = Entries()
        for document in self.documents.values():
            other = _PROJECT_KEYS if document is self.project_file[1] else frozenset()
            collect(document, entries, self.found, other_keys=other)
            check_templates(document, self.found)
        for text in self.parsed.broken.values():
            entries.unfit |= set(_BROKEN_NAME.findall(text))
        unique_entries(entries, self.found)
        return entries

    def _texts(self) -> tuple[SqlFiles, dict[str, str], dict[str, str]]:
        texts = {name: document.text for name, document in self.parsed.documents.items()}
        texts |= self.parsed.broken
        sql_files = SqlFiles()
        macros: dict[str, str] = {}
        for name in (*self.files.queries, *self.files.macros):
            text = read_text(self.root, name, self.found)
            if text is None:
                continue
            texts[name] = text
            if name in set(self.files.macros):
                macros[name] = text
            else:
                sql_files.add(name, text)
        return sql_files, macros, dict(sorted(texts.items()))

    def _classification(self) -> Classification:
        file, document = self.project_file
        place = document.place("classification")
        own = file.classification or keys.Levels()
        levels = tuple(own.levels or Classification().levels)
        for key in ("default", "clearance_default"):
            level = getattr(own, key)
            if level is not None and level not in levels:
                finding = codes.BAD_VALUE.at(place.at(key).span(), f"no class is called `{level}`")
                self.found.append(
                    finding.with_help(did_you_mean(level, levels) or f"the classes are {listed(levels)}")
                )
        fallback = "internal" if "internal" in levels else levels[0] if levels else "internal"
        return Classification(
            levels=levels,
            default=own.default or fallback,
            clearance_default=own.clearance_default or fallback,
            default_said=own.default is not None,
        )

    def _layers(self) -> Layers:
        file, document = self.project_file
        place = document.place()
        base = self._keys(file.defaults, place.at("defaults"), document)
        if self.chosen.said.defaults is not None and self.chosen.document is not None:
            over = self._keys(
                self.chosen.said.defaults, self.chosen.document.place("defaults"), self.chosen.document
            )
            base = {key: under(over.get(key), base.get(key)) for key in {**base, **over}}
        folders = [
            (path.strip("/"), self._keys(under_folder, place.at("folders", path), document))
            for path, under_folder in (file.folders or {}).items()
        ]
        inside = {name.rpartition("/")[0] for name in self.files.every}
        for path, _ in folders:
            if not any(f == path or f.startswith(f"{path}/") for f in inside):
                finding = codes.NO_SUCH_FILE.at(
                    place.at("folders", path).key_span(), f"there is no folder `{path}`"
                )
                self.found.append(finding.with_help(did_you_mean(path, inside) or "write its path from here"))
        return Layers(base, tuple(sorted(folders, key=lambda item: len(item[0]))))

    def _keys(self, defaults: keys.Defaults | None, place: Any, document: Document) -> dict[str, Any]:
        if defaults is None:
            return {}
        raw = place.document.value
        settle_config(Entry(defaults, place, raw if isinstance(raw, dict) else {}), self.found)
        defaults.config = None
        return said(defaults)

    def _names(
        self,
        made: Sequence[Seed],
        contracts: set[str],
        packages: Mapping[str, PackageStreams],
        entries: Entries,
    ) -> Names:
        names = Names(self.project_file[0].name, contracts=contracts, packages=packages, unsure=entries.unfit)
        names.unsure |= {p.name for p in self.project_file[0].packages or () if p.name not in packages}
        taken: set[str] = set()
        sound = [seed for seed in made if seed.entry.sound]
        for seed in sorted(sound, key=lambda s: (s.address.kind is Kind.SOURCE, bool(s.version))):
            relation = f"{seed.name}_v{seed.version}" if seed.version else seed.name
            while relation.lower() in taken:
                relation += "_source" if seed.address.kind is Kind.SOURCE else "_"
            taken.add(relation.lower())
            names.relations[seed.address] = relation
            if seed.version:
                names.versions[seed.name] = (*names.versions.get(seed.name, ()), seed.version)
                if seed.latest:
                    names.latest[seed.name] = seed.version
        return names

    def _streams(self, made: Sequence[Seed], queries: Queries, env: Environment) -> dict[Address, Stream]:
        maker = Streams(queries, env, self.chosen.said.limits, self.files.every, self.found)
        return settle({seed.address: maker.stream(seed) for seed in made}, queries)

    def _exposures(self, entries: Sequence[Entry[keys.Exposure]], uses: Uses) -> dict[Address, Exposure]:
        made = [(entry.sound, uses.exposure(entry)) for entry in entries]
        return {exposure.address: exposure for sound, exposure in made if sound}

    def _products(self, entries: Sequence[Entry[keys.DataProduct]], uses: Uses) -> dict[Address, DataProduct]:
        made = [(entry.sound, uses.product(entry)) for entry in entries]
        return {product.address: product for sound, product in made if sound}

    def _rules(self, entries: Sequence[Entry[keys.Rule]], uses: Uses) -> tuple[Rule, ...]:
        made = [(entry.sound, uses.rule(entry)) for entry in entries]
        return tuple(rule for sound, rule in made if sound)

    def _tests(self, named: Sequence[Entry[keys.Test]], made: Sequence[Seed], queries: Queries) -> Tests:
        """The tests of sound entries; those of the others are read for what is wrong with them, and left out."""
        tests, left_out = (Tests(queries, self.files.every, self.found) for _ in range(2))
        for entry in named:
            (tests if entry.sound else left_out).named(entry)
        for seed in made:
            (tests if seed.entry.sound else left_out).of_stream(seed)
        return tests

    def _fixtures(
        self, unit_tests: Iterable[UnitTest], sql_files: SqlFiles, texts: dict[str, str], unfit: set[str]
    ) -> None:
        """Files that unit tests name: read into `texts`, and no queries that nobody uses."""
        tables = [table for test in unit_tests for table in (*test.given, test.expect) if table is not None]
        fixtures = {table.fixture for table in tables}
        self.found += sql_files.unused(fixtures, unfit)
        for fixture in sorted(fixtures - {"", *texts}):
            texts[fixture] = read_text(self.root, fixture, self.found) or ""

    def _unit_tests(self, entries: Sequence[Entry[keys.UnitTest]], tests: Tests) -> dict[Address, UnitTest]:
        made = [(entry.sound, tests.unit(entry)) for entry in entries]
        return {test.address: test for sound, test in made if sound}

    def _producers(
        self, streams: Mapping[Address, Stream], exposures: Mapping[Address, Exposure], unfit: set[str]
    ) -> None:
        known = {exposure.name for exposure in exposures.values()} | unfit
        for stream in streams.values():
            for index, name in enumerate(stream.producers):
                project, dot, _ = name.partition(".")
                if name in known or (dot and project != self.project_file[0].name):
                    continue
                if dot and name.partition(".")[2] in known:
                    continue
                finding = codes.UNKNOWN_PRODUCER.at(
                    stream.place.at("producers", index).span(),
                    f"no exposure is called `{name}`",
                    node=str(stream.address),
                )
                self.found.append(
                    finding.with_help(did_you_mean(name, known) or "declare it under `exposures`")
                )

    def _groups_known(
        self,
        streams: Mapping[Address, Stream],
        exposures: Mapping[Address, Exposure],
        known: set[str],
    ) -> None:
        said_: set[tuple[str, int]] = set()
        things: list[Stream | Exposure] = [*streams.values(), *exposures.values()]
        for thing in things:
            if not thing.group or thing.group in known:
                continue
            span = thing.place.at("group").span()
            if (span.file, span.start) in said_:
                continue
            said_.add((span.file, span.start))
            finding = codes.UNKNOWN_GROUP.at(
                span, f"no group is called `{thing.group}`", node=str(thing.address)
            )
            self.found.append(
                finding.with_help(did_you_mean(thing.group, known) or "declare it under `groups`")
            )
