"""Conduktor Console: the applications that use a cluster, as self-service shows them, and alerts on the lag they promise.

Manifests are in Console's own YAML, which `conduktor apply -f` takes (Conduktor docs, "Self-service resources", "Alerts"). An
application owns its consumer group there and nothing else: whoever owns a topic or a subject in Console reads it in its UI,
and Console gives ACLs to the account that an instance names, both past what is declared here.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from headgate.addresses import Address
from headgate.compile.placeholders import UNNAMED, connection
from headgate.compile.target import Compiled, World
from headgate.compile.texts import Lines, as_yaml, file_name
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Cluster, Exposure
from headgate.resources import Artifact, Capabilities, Resource, ResourceId, ResourceKind
from headgate.resources.live import CONSOLE_ALERT, CONSOLE_APPLICATION, CONSOLE_INSTANCE

NAME = "console"
CAPABILITIES = Capabilities(name=NAME)
KINDS = (CONSOLE_APPLICATION, CONSOLE_INSTANCE, CONSOLE_ALERT)

NO_OWNER = Code("HGC170", "owner-not-in-console", Severity.WARNING)
LAG_UNWATCHED = Code("HGC171", "lag-not-watched", Severity.WARNING)

_UNFIT = re.compile(r"[^0-9a-z_.-]")
_LOGIN = re.compile(r"://[^/@\s]*@")
"""Who logs in, in an address: whoever looks at an application is not told."""
_SELF_SERVICE = "self-serve/v1"


@dataclass(frozen=True, slots=True)
class Application:
    """An exposure on a cluster; whether it reads anything there, and whether anything that it uses there is selected."""

    exposure: Exposure
    cluster: Cluster
    reads: bool
    selected: bool

    @property
    def owner(self) -> str:
        """Whose it is: a group of Console's has that name."""
        return self.exposure.owner or self.exposure.group

    @property
    def group(self) -> str:
        """The consumer group that it reads with, where it names one. A prefix of names may be that of others' groups too."""
        return self.exposure.consumer_group if self.reads else ""


def compile(world: World) -> Compiled:  # noqa: A001 - the name of the verb
    """What Console shows of each exposure of a cluster that has one."""
    applications = list(_applications(world))
    # No two instances own one thing: a group that two read with is neither's.
    readers = Counter((one.cluster.name, one.group) for one in applications if one.group)
    found: list[Diagnostic] = []
    resources: list[Resource] = []
    artifacts: list[Artifact] = []
    for one in applications:
        if not one.selected:
            continue
        found += _faults(one)
        if not one.owner or _UNFIT.search(one.owner):
            continue
        made = list(_resources(world, one, owns=readers[one.cluster.name, one.group] == 1))
        resources += made
        if world.files:
            artifacts.append(_file(world, one, made))
    return Compiled(resources=tuple(resources), artifacts=tuple(artifacts), diagnostics=tuple(found))


def _applications(world: World) -> Iterator[Application]:
    """Every exposure on each cluster that it uses and that has a Console. One that Console itself writes is not told to it.

    A cluster that the environment does not describe may have one.
    """
    described = world.environment.clusters
    for exposure in world.project.exposures.values():
        reads, writes = (_used(world, some(exposure)) for some in (world.graph.reads, world.graph.writes))
        for name in sorted({**reads, **writes}):
            has_one = name not in described or described[name].console is not None
            if has_one and exposure.managed_by != NAME:
                selected = any(map(world.picks, (*reads.get(name, ()), *writes.get(name, ()))))
                yield Application(exposure, world.cluster_named(name), name in reads, selected)


def _used(world: World, addresses: Iterable[Address]) -> dict[str, list[Address]]:
    """Streams of this project's graph, by their cluster."""
    found: dict[str, list[Address]] = {}
    for address in addresses:
        if address in world.graph.facts:
            found.setdefault(world.graph.stream(address).cluster, []).append(address)
    return found


def _faults(one: Application) -> Iterator[Diagnostic]:
    """What of an exposure Console cannot show."""
    exposure, node = one.exposure, str(one.exposure.address)
    if not one.owner:
        yield NO_OWNER.at(
            exposure.place.at("name").span(),
            f"`{exposure.name}` has no owner, so Console does not show it",
            node=node,
        ).with_help("say the `owner`: a group of Console's")
    elif _UNFIT.search(one.owner):
        said = "owner" if exposure.owner else "group"
        yield NO_OWNER.at(
            exposure.place.at(said).span(), f"no group in Console can be called `{one.owner}`", node=node
        ).with_help("names there have lower-case letters, digits, `_`, `-` and `.`")
    if one.reads and exposure.max_lag_messages is not None and not one.group:
        yield LAG_UNWATCHED.at(
            exposure.place.at("consumer_config", "max_lag_messages").span(),
            f"Console cannot watch the lag of `{exposure.name}`, which names no consumer group",
            node=node,
        ).with_help("name it: `consumer_config: {consumer_group: …}`")


def _resources(world: World, one: Application, *, owns: bool) -> Iterator[Resource]:
    """The application, its instance on the cluster, and the alert on its lag, each behind the one before."""
    name, exposure = _name(world, one), one.exposure
    # A group passes to another application by the end of one instance and the beginning of another: as changes of two that
    # stay, the order would decide.
    deployed = _name(world, one, *([one.group] if owns else []))
    cluster = _known_as(one.cluster)
    application = _resource(
        CONSOLE_APPLICATION,
        one,
        "Application",
        {"name": name},
        {"title": _title(world, one), "description": _description(world, exposure), "owner": one.owner},
        reason=f"`{exposure.name}` uses `{one.cluster.name or UNNAMED}`",
    )
    yield application
    instance = _resource(
        CONSOLE_INSTANCE,
        one,
        "ApplicationInstance",
        {"application": name, "name": deployed},
        {
            "cluster": cluster,
            "applicationManagedServiceAccount": False,
            "resources": [_owned(one.group)] if owns else [],
        },
        after=(application.id,),
        reason=f"owns its consumer group `{one.group}`" if owns else "owns nothing",
    )
    yield instance
    if exposure.max_lag_messages is not None and one.group:
        yield _resource(
            CONSOLE_ALERT,
            one,
            "Alert",
            {"name": f"{deployed}.lag", "appInstance": deployed},
            {
                "cluster": cluster,
                "type": "ConsumerGroupAlert",
                "consumerGroupName": one.group,
                "metric": "OffsetLag",
                "operator": "GreaterThan",
                "threshold": exposure.max_lag_messages,
                "displayName": f"{_title(world, one)} is behind",
                "description": f"{exposure.name} promises to be at most {exposure.max_lag_messages} messages behind",
            },
            after=(instance.id,),
            reason=f"`{exposure.name}` promises `max_lag_messages`",
        )


def _resource(
    kind: ResourceKind,
    one: Application,
    word: str,
    metadata: dict[str, Any],
    spec: dict[str, Any],
    *,
    after: tuple[ResourceId, ...] = (),
    reason: str,
) -> Resource:
    owner = f"{metadata['appInstance']}/" if "appInstance" in metadata else ""
    return Resource(
        id=ResourceId(kind.name, f"{one.cluster.name}/{owner}{metadata['name']}"),
        fields={
            "cluster": one.cluster.name,
            "kind": word,
            "apiVersion": "v3" if kind is CONSOLE_ALERT else _SELF_SERVICE,
            "metadata": metadata,
            "spec": spec,
        },
        address=str(one.exposure.address),
        after=after,
        reason=reason,
    )


def _owned(group: str) -> dict[str, Any]:
    return {"type": "CONSUMER_GROUP", "patternType": "LITERAL", "name": group}


def _name(world: World, one: Application, *more: str) -> str:
    """What Console knows an application by. One Console may hold those of several projects, environments and clusters."""
    environment = world.environment
    parts = (world.project.name, one.exposure.name, environment.name, one.cluster.name or UNNAMED, *more)
    return fitted(environment.prefix + ".".join(parts))


def fitted(text: str) -> str:
    """A name that Console takes; one that has to be changed keeps a digest of what it was.

    >>> fitted("shop.desk.prod.main"), fitted("shop.Desk.prod.main")
    ('shop.desk.prod.main', 'shop.desk.prod.main-f2aae2')
    """
    name = _UNFIT.sub("-", text.lower())
    return name if name == text else f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _title(world: World, one: Application) -> str:
    return f"{one.exposure.name} on {one.cluster.name or UNNAMED} ({world.environment.name})"


def _description(world: World, exposure: Exposure) -> str:
    """What is declared of an exposure that Console has no place for, and where it is declared, as Markdown."""
    promised = {f.name: getattr(exposure.sla, f.name) for f in fields(exposure.sla) if f.name != "place"}
    facts = {
        "type": exposure.type,
        "language": exposure.language,
        "repository": _LOGIN.sub("://", exposure.repo),
        "url": _LOGIN.sub("://", exposure.url),
        **{f"promised {key}": value for key, value in promised.items()},
        "declared in": f"project {world.project.name}, environment {world.environment.name}",
    }
    lines = [f"- {key}: {value}" for key, value in facts.items() if value not in (None, "")]
    return "\n".join([*([exposure.description.strip(), ""] if exposure.description.strip() else []), *lines])


def _known_as(cluster: Cluster) -> str:
    """What Console calls a cluster: what the environment says of that, else its name."""
    if (cluster.console or {}).get("cluster"):
        return connection(cluster, "console", "cluster")
    return cluster.name or UNNAMED


def _file(world: World, one: Application, made: Iterable[Resource]) -> Artifact:
    documents = [
        {key: value for key, value in r.fields.items() if key not in ("cluster", "spec")}
        | {"spec": {key: _readable(value) for key, value in r.fields["spec"].items()}}
        for r in made
    ]
    path = f"{NAME}/{world.folder(one.cluster.name)}{file_name(one.exposure.name)}.yml"
    return Artifact(path=path, text=as_yaml(documents), address=str(one.exposure.address))


def _readable(value: Any) -> Any:
    return Lines(value) if isinstance(value, str) and "\n" in value else value
