"""The streams that names mean: this project's, and the public ones of its packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headgate.addresses import Address, Kind
from headgate.diagnostics import Diagnostic, Span
from headgate.project import codes
from headgate.project.declarations import PackageStreams, Reference
from headgate.project.suggest import did_you_mean, listed


@dataclass(slots=True)
class Names:
    """What a reference may mean. `relations` holds each stream's name inside SQL.

    `unsure` are names of things that are too broken to be loaded: a reference to one is no second finding.
    """

    project: str
    relations: dict[Address, str] = field(default_factory=dict)
    latest: dict[str, int] = field(default_factory=dict)
    versions: dict[str, tuple[int, ...]] = field(default_factory=dict)
    contracts: set[str] = field(default_factory=set)
    """Sources that a model of the same name is the contract of: `ref` and `source` both mean them."""
    systems: dict[str, str] = field(default_factory=dict)
    packages: Mapping[str, PackageStreams] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    unsure_everything: bool = False

    def find(self, reference: Reference) -> Address | None:
        """The stream a reference means."""
        if reference.project and reference.project != self.project:
            package = self.packages.get(reference.project)
            return package.find(reference.name, reference.version) if package else None
        name = reference.name
        kinds = (Kind.SOURCE, Kind.MODEL) if reference.kind is Kind.SOURCE else (Kind.MODEL, Kind.SOURCE)
        for kind in kinds:
            address = Address(kind, name, reference.version)
            if address in self.relations:
                return address
            if not reference.version and kind is Kind.MODEL and name in self.latest:
                return Address(kind, name, self.latest[name])
        return None

    def relation(self, address: Address) -> str:
        """The name of a stream inside SQL."""
        if address.project:
            return self.packages[address.project].streams[address].relation
        return self.relations[address]

    def look_up(self, reference: Reference, span: Span, found: list[Diagnostic], node: str) -> Address | None:
        """The stream a reference means; None and a finding where it means none."""
        address = self.find(reference)
        if address is None:
            fault = self._unknown(reference, span, node)
            if fault is not None:
                found.append(fault)
        return address

    def _unknown(self, reference: Reference, span: Span, node: str) -> Diagnostic | None:
        project, name = reference.project, reference.name
        if project and project != self.project:
            return self._unknown_in_package(reference, span, node)
        if name in self.unsure or self.unsure_everything:
            return None
        known = self.versions.get(name)
        if known and reference.version:
            return codes.UNKNOWN_VERSION.at(
                span, f"`{name}` has no version {reference.version}", node=node
            ).with_help("its versions are " + ", ".join(str(v) for v in known))
        streams = {address.name for address in self.relations}
        if reference.version and name in streams:
            return codes.UNKNOWN_VERSION.at(span, f"`{name}` has no versions", node=node).with_help(
                f'write `ref("{name}")`, or declare `versions`'
            )
        word = "source" if reference.kind is Kind.SOURCE else "model"
        finding = codes.UNKNOWN_STREAM.at(span, f"no {word} is called `{name}`", node=node)
        return finding.with_help(
            did_you_mean(name, streams | self.unsure) or f"declare it, or use one of {listed(streams)}"
        )

    def _unknown_in_package(self, reference: Reference, span: Span, node: str) -> Diagnostic | None:
        project, name = reference.project, reference.name
        package = self.packages.get(project)
        if package is None:
            if project in self.unsure:
                return None
            finding = codes.UNKNOWN_PROJECT.at(span, f"no package is called `{project}`", node=node)
            return finding.with_help(
                did_you_mean(project, self.packages) or f"add `{project}` to `packages` in `headgate.yml`"
            )
        if name in package.hidden:
            return codes.NOT_PUBLIC.at(span, f"`{name}` of `{project}` is not public", node=node).with_help(
                f"its owners would have to say `access: public` in `{project}`"
            )
        streams = {address.name for address in package.streams}
        if name in streams:
            return codes.UNKNOWN_VERSION.at(
                span, f"`{name}` of `{project}` has no version {reference.version}", node=node
            ).with_help("leave the version out to use the latest")
        finding = codes.UNKNOWN_STREAM.at(span, f"`{project}` has no public stream `{name}`", node=node)
        return finding.with_help(did_you_mean(name, streams) or f"it has {listed(streams) or 'none'}")


def wrong_kind(
    reference: Reference, address: Address, names: Names, span: Span, node: str
) -> Diagnostic | None:
    """The warning for `source` of a model, or `ref` of a source that no model is the contract of."""
    if reference.kind is address.kind or address.name in names.contracts:
        return None
    if reference.kind is Kind.SOURCE:
        message, mend = f"`{address.name}` is a model, and is read as a source", "ref"
    else:
        message, mend = f"`{address.name}` is a source, and is read as a model", "source"
    said = f'`{mend}("{address.name}")`' if reference.start >= 0 else f"`{mend}`"
    if reference.start < 0:
        said = "`model:`" if mend == "ref" else "`source:`"
    return codes.WRONG_KIND.at(span, message, node=node).with_help(f"write {said}")
