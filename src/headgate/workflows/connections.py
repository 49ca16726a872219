"""How a verb that acts reaches the systems of its environment: every value resolved, the local stack's included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from headgate.compile.connectors import connector_types
from headgate.compile.handed_over import is_elsewhere
from headgate.compile.placeholders import UNNAMED
from headgate.compile.stand_in import stands_in
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.local.connections import LocalStack, connections
from headgate.local.refusal import Refused as StackRefused
from headgate.local.settings import Layout
from headgate.ports import ClusterConnection, Connections
from headgate.project.declarations import Cluster, Environment
from headgate.project.local_stack import LOCAL
from headgate.project.secrets import Resolver, Secret
from headgate.workflows.refused import Refused, environment_span
from headgate.workflows.resolving import resolver
from headgate.workflows.results import COULD_NOT_RUN
from headgate.workflows.session import Session

STACK_DOWN = Code("HGD011", "local-stack-is-down", Severity.ERROR)

_PARTS = ("kafka", "schema_registry", "flink", "proxy", "console")
_USER = "User:"
_SHARED, _APICURIO = "/apis/ccompat/v7", "/apis/registry/v2"
"""The paths of Apicurio's registry: of the API that all clients share, and of its own, which its converter speaks."""


def connect(session: Session) -> Connections | Refused:
    """Every cluster of the environment with its values; refused where a variable is missing or the local stack is down.

    Nothing is reached here.
    """
    environment = session.project.environment
    if environment.engine == LOCAL:
        return _locally(session, environment)
    found: list[Diagnostic] = []
    resolve = resolver(session)
    clusters = {
        name: _resolved(cluster, resolve, found) for name, cluster in sorted(environment.clusters.items())
    }
    kms = _keys(environment, resolve, found)
    sinks = dict(_sinks(session, resolve, found))
    if found:
        return Refused(tuple(found), COULD_NOT_RUN)
    return _connections(session, clusters, {**kms, **sinks})


def _resolved(cluster: Cluster, resolve: Resolver, found: list[Diagnostic]) -> dict[str, Any]:
    """The parts of a cluster as they are declared, their texts resolved."""
    assert cluster.place is not None
    parts: dict[str, Any] = {}
    for part in (*_PARTS, "connect", "identities"):
        said = getattr(cluster, part)
        if said is not None:
            parts[part] = resolve.resolve(dict(said), cluster.place.at(part), found)
    return parts


def _keys(environment: Environment, resolve: Resolver, found: list[Diagnostic]) -> dict[str, Any]:
    if environment.place is None:
        return {}
    said = resolve.resolve(dict(environment.kms), environment.place.at("kms"), found)
    return {f"kms.{name}.{key}": value for name, keys in said.items() for key, value in keys.items()}


def _sinks(session: Session, resolve: Resolver, found: list[Diagnostic]) -> Iterator[tuple[str, Any]]:
    """What sinks' settings look up. Nothing is needed of those that are another tool's, or stood in for."""
    types, environment = connector_types(), session.project.environment
    for stream in session.project.streams.values():
        if stream.sink is None or is_elsewhere(stream):
            continue
        if stands_in(environment, types.get(stream.sink.type)):
            continue
        place = stream.sink.place.at("config")
        texts = {key: value for key, value in stream.sink.config.items() if isinstance(value, str)}
        for key, value in resolve.resolve(texts, place, found).items():
            yield f"sink.{stream.name}.config.{key}", value


def _connections(
    session: Session, clusters: Mapping[str, Mapping[str, Any]], others: Mapping[str, Any]
) -> Connections:
    flat = {**others, **_flat(clusters)}
    return Connections(
        project=session.project.name,
        environment=session.project.environment.name,
        clusters={name: _cluster(name, parts) for name, parts in clusters.items()},
        values={key: _shown(value) for key, value in flat.items()},
        secrets=frozenset(value.reveal() for value in flat.values() if isinstance(value, Secret)) - {""},
    )


def _flat(clusters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Every value under its placeholder's name; those of the only cluster under the name of none as well."""
    found: dict[str, Any] = {}
    for name, parts in clusters.items():
        names = (name, UNNAMED) if len(clusters) == 1 else (name,)
        for key, value in _leaves(parts):
            found |= {f"cluster.{one}.{key}": value for one in names}
    return found


def _leaves(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        path = f"{above}.{key}" if above else str(key)
        if isinstance(item, Mapping):
            yield from _leaves(item, path)
        else:
            yield path, item


def _cluster(name: str, parts: Mapping[str, Any]) -> ClusterConnection:
    def settings(part: Mapping[str, Any] | None) -> dict[str, str] | None:
        return None if part is None else {key: _shown(value) for key, value in _leaves(part)}

    return ClusterConnection(
        name=name,
        **{part: settings(parts.get(part)) for part in _PARTS},
        connect={key: settings(part) or {} for key, part in parts.get("connect", {}).items()},
        identities={key: settings(part) or {} for key, part in parts.get("identities", {}).items()},
    )


def _shown(value: Any) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _locally(session: Session, environment: Environment) -> Connections | Refused:
    try:
        stack = connections(Layout((session.request.root / ".headgate" / "local").resolve()))
    except StackRefused as refused:
        return _down(session, str(refused))
    if stack is None:
        return _down(session, f"`{environment.name}` runs on the local stack, and that is not up")
    parts = {name: _stack_parts(stack, session, cluster) for name, cluster in environment.clusters.items()}
    found: list[Diagnostic] = []
    resolve = resolver(session)
    others = {**_keys(environment, resolve, found), **dict(_sinks(session, resolve, found))}
    if found:
        return Refused(tuple(found), COULD_NOT_RUN)
    return _connections(session, parts, others)


def _stack_parts(stack: LocalStack, session: Session, cluster: Cluster) -> dict[str, Any]:
    users = {*_users(session), *(str(said["username"]) for said in cluster.identities.values())}
    return {
        "kafka": {
            "bootstrap_servers": stack.kafka,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "username": stack.user,
            "password": Secret(stack.password, "the local stack"),
        },
        "schema_registry": {
            "url": stack.registry,
            "apicurio_url": stack.registry.replace(_SHARED, _APICURIO),
        },
        "flink": {"type": "sql_gateway", "url": stack.gateway, "jobmanager_url": stack.jobmanager},
        "connect": {"main": {"url": stack.connect}},
        "warehouse": {
            "url": stack.warehouse,
            "username": stack.user,
            "password": _password(stack, stack.user),
        },
        "identities": {
            name: {**said, "password": _password(stack, str(said["username"]))}
            for name, said in cluster.identities.items()
        },
        "users": {user: {"password": _password(stack, user)} for user in sorted(users)},
    }


def _users(session: Session) -> Iterator[str]:
    """Every user that a declaration names: those of roles and of exposures."""
    project = session.project
    principals = [p for role in project.roles.values() for p in role.principals]
    principals += [exposure.principal for exposure in project.exposures.values()]
    for principal in principals:
        if principal.startswith(_USER):
            yield principal.removeprefix(_USER)


def _password(stack: LocalStack, user: str) -> Secret:
    return Secret(stack.password_of(user), "the local stack")


def _down(session: Session, why: str) -> Refused:
    found = STACK_DOWN.at(environment_span(session), why)
    return Refused((found.with_help("start it with `headgate local up`"),), COULD_NOT_RUN)
