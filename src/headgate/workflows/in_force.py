"""Grants that another tool wrote in its own way: a prefix, the wildcard or ALL where ours would be a name and an operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headgate.observe.rights import Rights
from headgate.plan.plan import Live
from headgate.resources import Resource, ResourceId
from headgate.resources.live import ACL, JOB_ACL
from headgate.workflows.systems import LiveSystems

_GRANTS = (ACL.name, JOB_ACL.name)


def with_grants_in_force(
    live: Live, wanted: Sequence[Resource], tools: Mapping[ResourceId, str], systems: LiveSystems
) -> Live:
    """What is live, in which a grant that is another tool's counts as there where any of its ACLs has it in force."""
    missing = [r for r in wanted if r.id in tools and r.id.kind in _GRANTS and live.get(r.id) is None]
    rights = {name: Rights.of(systems.acls(name)) for name in {str(r.fields["cluster"]) for r in missing}}
    there = {r.id: r.fields for r in missing if _in_force(r, rights[str(r.fields["cluster"])])}
    return {**live, **there}


def _in_force(grant: Resource, rights: Rights) -> bool:
    said = grant.fields
    return rights.may(
        said["cluster"],
        said["principal"],
        said["operation"],
        said["resource_type"],
        said["name"],
        said["pattern"],
    )
