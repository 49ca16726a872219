"""Other projects that this one refers to: of each, the public streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from headgate.addresses import Address, Kind
from headgate.diagnostics import Diagnostic, Severity
from headgate.project import codes, keys
from headgate.project.columns import columns
from headgate.project.declarations import (
    Access,
    EventTime,
    Materialization,
    PackageStreams,
    Project,
    SchemaSettings,
    Stream,
)
from headgate.project.files import FileTree
from headgate.project.foreign import Foreign
from headgate.project.manifest import Manifest, ManifestStream, read_manifest
from headgate.syntax import Place

Trees = Callable[[str], FileTree | None]
LoadOther = Callable[[FileTree], tuple[Project | None, list[Diagnostic]]]

MANIFESTS = ("target/embedded/manifest.json", "target/manifest.json", "manifest.json")


class Packages:
    """Reads the packages of one project. `load` loads another project from its files."""

    def __init__(
        self, trees: Trees | None, load: LoadOther, levels: Sequence[str], found: list[Diagnostic]
    ) -> None:
        self._trees = trees
        self._load = load
        self._levels = levels
        self._found = found

    def read(self, packages: Sequence[keys.Package], place: Place) -> dict[str, PackageStreams]:
        """The public streams of each package that can be read; the others are findings."""
        read: dict[str, PackageStreams] = {}
        for index, package in enumerate(packages):
            at = place.at(index)
            if package.name in read:
                self._found.append(
                    codes.DUPLICATE_NAME.at(
                        at.at("name").span(), f"a second package is called `{package.name}`"
                    ).with_help("rename or delete one of them")
                )
                continue
            streams = self._package(package, at)
            if streams is not None:
                read[package.name] = streams
        return read

    def _package(self, package: keys.Package, place: Place) -> PackageStreams | None:
        ways = [way for way in ("path", "git", "manifest") if getattr(package, way) is not None]
        if len(ways) != 1:
            finding = codes.BAD_PACKAGE.at(
                place.span(),
                f"the package `{package.name}` says {'nothing' if not ways else 'several things'} of where it is",
            )
            self._found.append(finding.with_help("say one of `path`, `git` and `manifest`"))
            return None
        if package.git is not None or "://" in (package.manifest or ""):
            self._found.append(
                codes.NOT_BUILT_YET.at(
                    place.at(ways[0]).span(), "packages from the network are not built yet"
                ).with_help("check the other project out beside this one, and say its `path`")
            )
            return None
        if package.manifest is not None:
            return self._from_manifest_file(package, package.manifest, place.at("manifest"))
        return self._from_folder(package, package.path or "", place.at("path"))

    def _from_manifest_file(self, package: keys.Package, path: str, place: Place) -> PackageStreams | None:
        folder, _, name = path.rpartition("/")
        tree = self._tree(folder or ".", package, place)
        if tree is None:
            return None
        try:
            data = tree.read(name)
        except OSError:
            self._missing(package, f"there is no file `{path}`", place)
            return None
        manifest = read_manifest(data, place, self._found)
        return self._of_manifest(package, manifest, place) if manifest is not None else None

    def _from_folder(self, package: keys.Package, path: str, place: Place) -> PackageStreams | None:
        tree = self._tree(path, package, place)
        if tree is None:
            return None
        project, found = self._load(tree)
        if project is None or any(d.severity is Severity.ERROR for d in found):
            for name in MANIFESTS:
                # Build output is among no project's files, so its names are not asked.
                with suppress(OSError):
                    manifest = read_manifest(tree.read(name), place, self._found)
                    return self._of_manifest(package, manifest, place) if manifest is not None else None
            errors = [d for d in found if d.severity is Severity.ERROR]
            first = f": {errors[0].message}" if errors else ""
            self._missing(package, f"the project in `{path}` has errors{first}", place)
            return None
        if project.name != package.name:
            self._missing(package, f"the project in `{path}` is called `{project.name}`", place)
            return None
        return self._of_project(package, project, place)

    def _tree(self, path: str, package: keys.Package, place: Place) -> FileTree | None:
        tree = self._trees(path) if self._trees is not None else None
        if tree is None:
            self._missing(package, f"there is no folder `{path}`", place)
        return tree

    def _missing(self, package: keys.Package, message: str, place: Place) -> None:
        finding = codes.BAD_PACKAGE.at(place.span(), message)
        self._found.append(
            finding.with_help(f"say where the project `{package.name}` is, from the folder of `headgate.yml`")
        )

    def _of_project(self, package: keys.Package, project: Project, place: Place) -> PackageStreams:
        streams: dict[Address, Stream] = {}
        hidden: set[str] = set()
        foreign = Foreign(package.name, place)
        mapped: Mapping[str, str] = package.map_levels or {}
        for address, stream in project.streams.items():
            # What is hidden may be what the public ones are made of.
            self._levels_known(package, [*(c.classification for c in stream.columns), *_said(stream)], place)
            if stream.access is not Access.PUBLIC:
                hidden.add(stream.name)
                continue
            there = replace(address, project=package.name)
            streams[there] = replace(
                stream,
                address=there,
                relation=_relation(package.name, stream.relation),
                sql=None,
                inputs=(),
                place=place,
                columns=foreign.columns(stream.columns, mapped),
                security=foreign.security(stream.security, mapped),
            )
        clearances = {role.name: role.clearance for role in project.roles.values()}
        return PackageStreams(
            package.name,
            streams,
            project.latest_versions,
            frozenset(hidden - {s.name for s in streams.values()}),
            place=place,
            roles=foreign.roles(clearances, self._levels, mapped),
            levels=mapped,
            whole=project,
        )

    def _of_manifest(self, package: keys.Package, manifest: Manifest, place: Place) -> PackageStreams | None:
        if manifest.project != package.name:
            self._missing(package, f"the manifest is that of `{manifest.project}`", place)
            return None
        streams: dict[Address, Stream] = {}
        hidden: set[str] = set()
        latest: dict[str, int] = {}
        for said in manifest.streams:
            try:
                address = replace(Address.parse(said.address), project=package.name)
            except ValueError:
                self._missing(package, f"`{said.address[:60]}` in its manifest is no address", place)
                return None
            if said.access != "public":
                hidden.add(said.name)
                continue
            if said.version and said.latest:
                latest[said.name] = said.version
            streams[address] = self._stream(package, said, address, place)
        clearances = {role.name: role.clearance for role in manifest.roles}
        return PackageStreams(
            package.name,
            streams,
            latest,
            frozenset(hidden - {s.name for s in streams.values()}),
            place=place,
            roles=Foreign(package.name, place).roles(clearances, self._levels, package.map_levels or {}),
            levels=package.map_levels or {},
        )

    def _stream(self, package: keys.Package, said: ManifestStream, address: Address, place: Place) -> Stream:
        levels: Mapping[str, str] = package.map_levels or {}
        declared = [
            (
                keys.Column(
                    name=column.name,
                    data_type=column.type,
                    description=column.description or None,
                    classification=levels.get(column.classification, column.classification) or None,
                    tags=column.tags,
                    constraints=None if column.nullable else ["not_null"],
                ),
                place,
            )
            for column in said.columns
        ]
        self._levels_known(package, [c.classification for c, _ in declared], place)
        version = f"_v{said.version}" if said.version else ""
        return Stream(
            address=address,
            name=said.name,
            relation=_relation(package.name, said.name + version),
            materialized=_materialization(said, address),
            place=place,
            version=said.version,
            latest=said.latest,
            description=said.description,
            owner=said.owner,
            group=said.group,
            access=Access.PUBLIC,
            tags=tuple(said.tags),
            cluster=said.cluster,
            topic=said.topic,
            key=tuple(said.key),
            key_format=said.key_format,
            format=said.format,
            timestamps=said.timestamps,
            columns=columns(declared, _as_written, self._found),
            contract=True,
            changelog="append" if said.changelog == "append" else "upsert",
            event_time=EventTime(said.event_time, said.delay_ms, place) if said.event_time else None,
            security=Foreign(package.name, place).in_force(said.policies),
            schema=SchemaSettings(subject=said.subject, compatibility=said.compatibility),
            deprecation_date=said.deprecation_date,
        )

    def _levels_known(self, package: keys.Package, classes: Sequence[str | None], place: Place) -> None:
        mapped = package.map_levels or {}
        for level in sorted({c for c in classes if c and c not in self._levels and c not in mapped}):
            finding = codes.BAD_PACKAGE.at(
                place.span(), f"`{package.name}` has a class `{level}` that is not one here"
            )
            help_ = f"place it: `map_levels: {{{level}: {self._levels[-1] if self._levels else 'internal'}}}`"
            if finding.with_help(help_) not in self._found:
                self._found.append(finding.with_help(help_))


def _said(stream: Stream) -> Sequence[str]:
    return [said.level for said in stream.security.classification]


def _as_written(text: str, place: Place) -> str:
    return text


def _materialization(said: ManifestStream, address: Address) -> Materialization:
    if address.kind is Kind.SOURCE or said.materialized not in Materialization._value2member_map_:
        return Materialization.SOURCE
    return Materialization(said.materialized)


def _relation(project: str, relation: str) -> str:
    return f"{project}__{relation}"
