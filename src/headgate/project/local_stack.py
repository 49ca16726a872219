"""The clusters of an environment whose engine is `local`: every one that is named is the stack on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from headgate.diagnostics import Diagnostic
from headgate.project import codes
from headgate.project.declarations import Cluster, Environment, Stream

LOCAL = "local"
"""The engine, and the name of the cluster of a project that names none."""
SERVICES = ("flink", "connect")
_BROUGHT = ("kafka", "schema_registry", "flink", "connect", "identities")


def with_local_clusters(
    environment: Environment, project: str, streams: Iterable[Stream], found: list[Diagnostic]
) -> Environment:
    """The environment, where it is local, with every cluster that it or a stream names, as the stack serves it.

    Nothing connects here: addresses and passwords are the stack's, and filled in by the verbs that do.
    """
    if environment.engine != LOCAL:
        return environment
    found += _said_themselves(environment)
    names = {*environment.clusters, *_named(streams)} or {LOCAL}
    roles = sorted({role for stream in streams for role in _roles(stream)})
    identities = {name: _identity(project, name) for name in (*SERVICES, *roles)}
    clusters = {
        name: replace(
            environment.clusters.get(name, Cluster(name=name)),
            kafka={"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "SCRAM-SHA-512"},
            schema_registry={},
            flink={"type": "sql_gateway"},
            connect={"main": {}},
            identities=identities,
        )
        for name in sorted(names)
    }
    return replace(environment, clusters=clusters)


def _named(streams: Iterable[Stream]) -> Iterator[str]:
    for stream in streams:
        if stream.cluster:
            yield stream.cluster
        if stream.sink is not None and stream.sink.cluster:
            yield stream.sink.cluster


def _roles(stream: Stream) -> Iterator[str]:
    if stream.flink.role:
        yield stream.flink.role
    if stream.sink is not None and stream.sink.role:
        yield stream.sink.role


def _identity(project: str, name: str) -> Mapping[str, str]:
    user = f"{project}-{name}"
    return {"principal": f"User:{user}", "username": user}


def _said_themselves(environment: Environment) -> Iterator[Diagnostic]:
    for cluster in environment.clusters.values():
        for part in _BROUGHT:
            if getattr(cluster, part) and cluster.place is not None:
                yield codes.BAD_VALUE.at(
                    cluster.place.at(part).key_span(),
                    f"the local stack brings its own `{part}`, and `{cluster.name}` says one",
                ).with_help("leave it out, or say `engine: live`")
