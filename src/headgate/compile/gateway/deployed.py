"""Documents of the Gateway as resources, and as files: one of a cluster's accounts and groups, one a topic, one of ACLs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from headgate.compile.acls import readable
from headgate.compile.gateway.manifests import Document
from headgate.compile.target import World
from headgate.compile.texts import as_yaml, file_name
from headgate.project.declarations import Stream
from headgate.resources import Artifact, Resource, ResourceId
from headgate.resources.live import GATEWAY, GATEWAY_ACCOUNT, GATEWAY_MEMBER


@dataclass(frozen=True, slots=True)
class Placed:
    """A document of a cluster's Gateway, and the stream in whose file it stands; None for accounts and groups."""

    cluster: str
    document: Document
    stream: Stream | None = None


def resources(placed: Sequence[Placed]) -> list[Resource]:
    """Every account, every member of a group, and every interceptor, each behind what it is for.

    A group is there while it has a member, so each of its members is somebody's own and the group is nobody's.
    """
    members: dict[tuple[str, str], list[ResourceId]] = {}
    found: list[Resource] = []
    for one in placed:
        if one.document.kind == "GatewayGroup":
            those = [_member(one, str(member["name"])) for member in one.document.spec["members"]]
            members[one.cluster, one.document.name] = [resource.id for resource in those]
            found += those
    return [*(_document(one, members) for one in placed if one.document.kind != "GatewayGroup"), *found]


def _document(placed: Placed, members: Mapping[tuple[str, str], list[ResourceId]]) -> Resource:
    cluster, document = placed.cluster, placed.document
    kind = GATEWAY_ACCOUNT if placed.stream is None else GATEWAY
    return Resource(
        id=ResourceId(kind.name, f"{cluster}/{document.identity}"),
        fields={"cluster": cluster, **document.as_value()},
        address=str(placed.stream.address) if placed.stream is not None else "",
        after=tuple(members.get((cluster, document.group), ())),
        reason=str(document.spec.get("comment", "")),
    )


def _member(placed: Placed, account: str) -> Resource:
    cluster, group = placed.cluster, placed.document.name
    return Resource(
        id=ResourceId(GATEWAY_MEMBER.name, f"{cluster}/{group}/{account}"),
        fields={"cluster": cluster, "group": group, "account": account},
        after=(ResourceId(GATEWAY_ACCOUNT.name, f"{cluster}/GatewayServiceAccount/{account}"),),
        reason=f"reads as {group.removeprefix('role--')}",
    )


def files(world: World, placed: Iterable[Placed]) -> Iterator[Artifact]:
    """The documents as manifests, in the order they are applied in."""
    found: dict[tuple[str, str, str], list[Document]] = {}
    for one in placed:
        name, address = "groups", ""
        if one.stream is not None:
            name, address = f"topics/{file_name(world.topic(one.stream))}", str(one.stream.address)
        found.setdefault((one.cluster, name, address), []).append(one.document)
    for (cluster, name, address), documents in found.items():
        path = f"conduktor/{world.folder(cluster)}{name}.yml"
        yield Artifact(path=path, text=as_yaml(d.as_value() for d in documents), address=address)


def acl_files(world: World, acls: Iterable[Resource]) -> Iterator[Artifact]:
    """The ACLs of each cluster's proxy, which takes them over Kafka's own API: there is no manifest for them."""
    by_cluster: dict[str, list[Resource]] = {}
    for acl in acls:
        by_cluster.setdefault(acl.fields["cluster"], []).append(acl)
    for cluster, those in by_cluster.items():
        path = f"conduktor/{world.folder(cluster)}acls.yml"
        yield Artifact(path=path, text=as_yaml([{"acls": list(readable(those))}]))
