"""The users of a local stack: everybody whom its ACLs and identities name, so that what is declared can log in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headgate.compile.target import World
from headgate.resources import Resource, ResourceId
from headgate.resources.live import SCRAM_USER, user_password

_USER = "User:"
_ITERATIONS = 4096
"""What Kafka asks for at the least, and takes where nothing is said."""


def local_users(world: World, acls: Iterable[Resource]) -> list[Resource]:
    """A user for each principal and identity where the environment is a local stack, sorted; none elsewhere.

    Elsewhere users are the business of those who run the cluster.
    """
    if world.environment.engine != "local":
        return []
    named: dict[tuple[str, str], Resource | None] = dict.fromkeys(_identities(world))
    for acl in acls:
        principal = acl.fields["principal"]
        if principal.startswith(_USER):
            named.setdefault((acl.fields["cluster"], principal.removeprefix(_USER)), acl)
    return [
        _user(cluster, user, acl) for (cluster, user), acl in sorted(named.items(), key=lambda one: one[0])
    ]


def _identities(world: World) -> Iterator[tuple[str, str]]:
    for name, cluster in world.environment.clusters.items():
        for identity in cluster.identities.values():
            yield name, str(identity["username"])


def _user(cluster: str, user: str, acl: Resource | None) -> Resource:
    return Resource(
        id=ResourceId(SCRAM_USER.name, f"{cluster}/{user}"),
        fields={
            "cluster": cluster,
            "mechanism": "SCRAM-SHA-512",
            "iterations": _ITERATIONS,
            "password": user_password(cluster, user),
        },
        address=acl.address if acl is not None else "",
        reason="an ACL names it" if acl is not None else "an identity of the environment",
        yields=True,
    )
