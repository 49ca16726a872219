"""Identities of things of a Gateway: `<cluster>/<kind>/<name>@<group>`, `<cluster>/<group>/<account>`, and an ACL's."""

from __future__ import annotations

from dataclasses import dataclass

from headgate.resources import ResourceId


@dataclass(frozen=True, slots=True, order=True)
class DocumentName:
    """A document: its kind, its name, and the group that an interceptor is for ("" for everybody)."""

    kind: str
    name: str
    group: str = ""

    def __str__(self) -> str:
        return f"{self.kind} `{self.name}`" + (f" for group `{self.group}`" if self.group else "")


@dataclass(frozen=True, slots=True, order=True)
class MemberName:
    """An account in a group."""

    group: str
    account: str


def cluster_in(id_: ResourceId) -> str:
    """The cluster whose Gateway has it."""
    return id_.name.partition("/")[0]


def document_in(id_: ResourceId) -> DocumentName:
    """The document of an id."""
    _, kind, rest = (*id_.name.split("/", 2), "", "")[:3]
    name, _, group = rest.partition("@")
    return DocumentName(kind, name, group)


def member_in(id_: ResourceId) -> MemberName:
    """The member of an id."""
    _, group, account = (*id_.name.split("/", 2), "", "")[:3]
    return MemberName(group, account)
