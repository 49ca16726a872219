"""Who is who: the groups of roles and streams, and the declared uses through which roles are given anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from headgate.addresses import Address
from headgate.graph.model import Graph
from headgate.project.declarations import Allow, Applied, Exposure, Materialization, Stream


@dataclass(frozen=True, slots=True)
class Use:
    """A declared use of a stream: by an exposure, a sink or a job, as a role (or none), for a purpose.

    `principal` is "" where nobody said whom the broker would know it as; then nothing is granted.
    """

    by: Address
    role: str
    purpose: str | None
    stream: Address
    principal: str


@dataclass(frozen=True)
class People:
    """Groups and uses of one graph."""

    graph: Graph

    def groups_of(self, role: str) -> frozenset[str]:
        """The groups a role is of: its own, and those of exposures and sinks that read as it."""
        return self._groups_of.get(role, frozenset())

    @cached_property
    def _groups_of(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        project = self.graph.project
        for role in project.roles.values():
            if role.group:
                found.setdefault(role.name, set()).add(role.group)
        for exposure in project.exposures.values():
            group = exposure.group or self.group_of_owner(exposure.owner)
            for name in exposure.allowed_roles:
                if group:
                    found.setdefault(name, set()).add(group)
        for stream in project.streams.values():
            if stream.sink is not None and stream.sink.role and stream.group:
                found.setdefault(stream.sink.role, set()).add(stream.group)
        return {name: frozenset(groups) for name, groups in found.items()}

    def group_of_owner(self, owner: str) -> str:
        """The group that lists an owner, the first by name where several do; "" where none does."""
        return self._group_of_owner.get(owner, "")

    @cached_property
    def _group_of_owner(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for group in sorted(self.graph.project.groups.values(), key=lambda g: g.name):
            for member in group.members:
                found.setdefault(member, group.name)
        return found

    def group_of(self, address: Address) -> str | None:
        """The group of a stream; a source's is the group that lists its owner; None for a source that is of any."""
        stream = self.graph.project.streams.get(address)
        if stream is None:
            return ""
        if stream.group:
            return stream.group
        if stream.materialized is Materialization.SOURCE:
            return self.group_of_owner(stream.owner) or None
        return ""

    def speaks_for(self, one: Address, other: Address) -> bool:
        """Whether what a stream declares may decide about another's: they are of one group, or the other is of any.

        Without a group the one that lists its owner counts, then the owner alone; a stream of this project with
        neither is of any. A package's is of nobody here.
        """
        its = self.unit_of(other)
        return not its or self.unit_of(one) == its

    def unit_of(self, address: Address) -> str:
        """Whose a stream is: a group's, an owner's, another project's, or ("") anybody's."""
        if address.project:
            return f"project {address.project}"
        stream = self.graph.project.streams[address]
        group = stream.group or self.group_of_owner(stream.owner)
        return f"group {group}" if group else f"owner {stream.owner}" if stream.owner else ""

    def may_write(self, exposure: Exposure, address: Address) -> bool:
        """Whether an application may write a stream: one that applications fill, of its own group or one that lists it."""
        project = self.graph.project
        stream = project.streams.get(address)
        if stream is None or stream.materialized not in (Materialization.SOURCE, Materialization.TOPIC):
            return False
        if exposure.name in stream.producers or f"{project.name}.{exposure.name}" in stream.producers:
            return True
        group = self.group_of(address)
        if group:
            known = project.groups.get(group)
            return known is not None and exposure.owner in known.members
        return not stream.owner or stream.owner == exposure.owner

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every declared use that reads, in the order of the declarations."""
        found: list[Use] = []
        for exposure in self.graph.project.exposures.values():
            for stream in self.graph.reads(exposure):
                found += self._exposure_uses(exposure, stream)
        for stream_ in self.graph.project.streams.values():
            found += self._stream_uses(stream_)
        return tuple(found)

    @cached_property
    def purposes(self) -> Mapping[str, tuple[str, ...]]:
        """Every role, with the purposes for which a declared use or a policy names it."""
        named = {(use.role, use.purpose) for use in self.uses}
        for stream in self._every_stream():
            named |= {(role, entry.purpose) for entry in _entries(stream) for role in entry.roles}
        found: dict[str, list[str]] = {role: [] for role in sorted(self.graph.project.roles)}
        for role, purpose in sorted((role, purpose) for role, purpose in named if purpose):
            if role in found:
                found[role].append(purpose)
        return {role: tuple(purposes) for role, purposes in found.items()}

    def _every_stream(self) -> Iterator[Stream]:
        """The project's streams, and those of others that it may read."""
        yield from self.graph.project.streams.values()
        for package in self.graph.project.packages.values():
            yield from package.streams.values()

    def _exposure_uses(self, exposure: Exposure, stream: Address) -> list[Use]:
        roles = exposure.allowed_roles
        return [
            Use(exposure.address, role, exposure.purpose, stream, self.principal_of(exposure, role))
            for role in roles
        ]

    def principal_of(self, exposure: Exposure, role: str) -> str:
        """Whom the broker knows an exposure as: what it says, else the one principal of its only role."""
        if exposure.principal:
            return exposure.principal
        return self._only_principal(role) if len(exposure.allowed_roles) == 1 else ""

    def _only_principal(self, role: str) -> str:
        known = self.graph.project.roles.get(role)
        return known.principals[0] if known is not None and len(known.principals) == 1 else ""

    def _stream_uses(self, stream: Stream) -> Iterator[Use]:
        """What a sink, or a job that was given a role, reads."""
        if stream.sink is not None:
            role, purpose = stream.sink.role, stream.sink.purpose
        else:
            role, purpose = stream.flink.role, stream.flink.purpose
        facts = self.graph.facts.get(stream.address)
        if role and facts is not None:
            for address in facts.inputs:
                yield Use(stream.address, role, purpose or None, address, self._only_principal(role))


def _entries(stream: Stream) -> Iterator[Allow | Applied]:
    """Whatever names roles in the policies of a stream."""
    security = stream.security
    yield from security.allows
    for mask in security.masks:
        yield from mask.applied_in or ()
    for declassify in security.declassify:
        if isinstance(declassify.readers, tuple):
            yield from declassify.readers
