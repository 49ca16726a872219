"""Who reads through Conduktor Gateway: a group for everybody who sees the same, an account for every principal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.compile.gateway.manifests import Document, slug
from headgate.compile.gateway.masks import NoRule
from headgate.compile.grants import Given
from headgate.compile.planes import Plane

_LOOKED_UP = re.compile(r"\$\{cluster\..+\.identities\.(.+)\.principal\}")


@dataclass(frozen=True, slots=True, order=True)
class Reader:
    """A role reading for a purpose ("" for none): whoever is one sees the same forms."""

    role: str
    purpose: str

    @property
    def group(self) -> str:
        """The name of its group."""
        return slug("--".join(("role", self.role, *([self.purpose] if self.purpose else []))), 100)

    def __str__(self) -> str:
        return f"{self.role} for {self.purpose}" if self.purpose else self.role


@dataclass(frozen=True, slots=True)
class ProxiedUse:
    """A declaration that reads a stream through the proxy, as whom, and whom the proxy knows it as."""

    by: Address
    stream: Address
    reader: Reader
    principal: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A use that the Gateway cannot serve as declared: the column, and why."""

    use: ProxiedUse
    column: str
    why: NoRule


def proxied_uses(given: Iterable[Given]) -> list[ProxiedUse]:
    """The uses that read through the proxy as a role. One without a role sees what is stored: nothing shapes it."""
    return [
        ProxiedUse(one.by, one.stream, Reader(one.role, one.purpose or ""), one.bindings[0].principal)
        for one in given
        if one.plane is Plane.PROXY and one.reads and one.role
    ]


def groups(uses: Iterable[ProxiedUse]) -> Iterator[Document]:
    """The accounts of all principals, then the groups that interceptors are for."""
    members: dict[Reader, set[str]] = {}
    for use in uses:
        members.setdefault(use.reader, set()).add(use.principal)
    for principal in sorted({p for found in members.values() for p in found}):
        outside = {"type": "EXTERNAL", "externalNames": [_external(principal)]}
        yield Document(kind="GatewayServiceAccount", name=account(principal), spec=outside)
    for reader, principals in sorted(members.items()):
        spec = {"members": [{"name": account(p)} for p in sorted(principals)]}
        yield Document(kind="GatewayGroup", name=reader.group, spec=spec)


def account(principal: str) -> str:
    """The name of a principal's account; of one that the environment looks up, its identity's.

    >>> account("User:fraud-scoring"), account("User:ml"), account("${cluster.eu.identities.ml.principal}")
    ('fraud-scoring', 'user-ml', 'identity-ml')
    """
    looked_up = _LOOKED_UP.fullmatch(principal)
    if looked_up:
        return slug(f"identity-{looked_up[1]}", 64)
    name = _external(principal)
    return slug(name if len(name) > 2 else f"user-{name}", 64)


def _external(principal: str) -> str:
    return principal.removeprefix("User:")
