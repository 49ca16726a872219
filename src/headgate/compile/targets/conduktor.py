"""Conduktor Gateway: virtual topics as SQL topics, masks and decryption for groups of readers, encryption at rest, grants.

Manifests are in the Gateway's own YAML (`gateway/v2`), which `conduktor apply -f` takes. Rules of what it can express:
Conduktor docs, "SQL topics", "Data masking", "Encryption"; it protects only what goes through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from headgate.addresses import Address
from headgate.compile.acls import readable
from headgate.compile.gateway import faults
from headgate.compile.gateway.keys import StoredKey, stored_key
from headgate.compile.gateway.manifests import ENCRYPT, SERVE, Document, Interceptor, exactly
from headgate.compile.gateway.masks import METHODS
from headgate.compile.gateway.protection import Protection, interceptors, protection
from headgate.compile.gateway.readers import ProxiedUse, groups, proxied_uses
from headgate.compile.gateway.served import Fault, Served, served
from headgate.compile.gateway.statement import Base, statement
from headgate.compile.grants import Given, all_grants, granted
from headgate.compile.placeholders import connection, registry_login
from headgate.compile.planes import Plane, encrypted_at_rest
from headgate.compile.target import Compiled, World, value_columns
from headgate.compile.texts import as_yaml, file_name
from headgate.diagnostics import Diagnostic
from headgate.project.declarations import Materialization, Stream
from headgate.resources import Artifact, Capabilities, Resource, ResourceId
from headgate.resources.live import GATEWAY, GATEWAY_ACL, GATEWAY_GROUP, GATEWAY_JOB_ACL

NAME = "conduktor"
CAPABILITIES = Capabilities(
    name=NAME,
    methods=METHODS,
    encrypts=True,
    roles=True,
    serves=True,
    expressions=frozenset({"column", "literal", "compare", "and", "in", "like", "between", "case"}),
    notes={"encrypt": "on what is written; what is stored clear cannot be encrypted when it is read"},
)
KINDS = (GATEWAY_GROUP, GATEWAY, GATEWAY_JOB_ACL, GATEWAY_ACL)


def compile(world: World) -> Compiled:  # noqa: A001 - the name of the verb
    """Manifests of what the proxy serves and protects, and the grants of who reads through it."""
    found: list[Diagnostic] = [*faults.methods(world)]
    topics = _served(world, found)
    keys = _keys(world, found)
    given, _ = all_grants(world)
    uses = proxied_uses(one for _, one in given)
    protected = protection(world, uses, topics)
    found += filter(None, (faults.form(world, refused) for refused in protected.refused))
    found += (_fallback_denies(world, use) for use in uses if (use.by, use.stream) in protected.denied)
    kept = [use for use in uses if (use.by, use.stream) not in protected.denied]
    documents = [*_interceptors(world, topics, keys, protected, found)]
    resources, artifacts = _written(world, kept, documents)
    acls = _acls(given, protected)
    return Compiled(
        resources=(*resources, *acls),
        artifacts=(*artifacts, *_acl_files(world, acls)),
        diagnostics=tuple(found),
    )


def _served(world: World, found: list[Diagnostic]) -> dict[Address, Served]:
    """The virtual topics that the proxy can serve; what is too much for it in the others is found."""
    topics: dict[Address, Served] = {}
    for stream, _ in world.streams(Materialization.VIRTUAL_TOPIC):
        if not world.served_by_proxy(stream):
            continue
        one = served(world, stream)
        if isinstance(one, Fault):
            found.append(faults.sql_topic(stream, one))
            continue
        topics[stream.address] = one
        encrypted = encrypted_at_rest(world, one.base)
        for scoped in one.computing():
            for column in scoped.read():
                if column in encrypted:
                    what = f"`{column}` is stored encrypted, and the proxy would look at the ciphertext"
                    found.append(faults.sql_topic(stream, Fault(what, scoped.place(scoped.expression))))
    return topics


def _keys(world: World, found: list[Diagnostic]) -> dict[Address, dict[str, StoredKey]]:
    """The columns that are stored encrypted, stream by stream, with their keys."""
    keys: dict[Address, dict[str, StoredKey]] = {}
    for stream, _ in world.streams():
        for name, uri in encrypted_at_rest(world, stream.address).items():
            key = stored_key(world.environment, uri)
            if isinstance(key, StoredKey):
                keys.setdefault(stream.address, {})[name] = key
                continue
            part = world.permissions.policies[stream.address].columns[name].encrypts[0]
            finding = faults.NO_KEY.at(part.place.at("key").span(), key, node=str(stream.address))
            found.append(finding.with_help("declare the store in the environment's `kms`"))
    return keys


def _interceptors(
    world: World,
    topics: Mapping[Address, Served],
    keys: Mapping[Address, Mapping[str, StoredKey]],
    protected: Protection,
    found: list[Diagnostic],
) -> Iterator[tuple[Stream, Document]]:
    """Every interceptor, with the stream whose file it stands in."""
    for address, key in keys.items():
        stream = world.graph.stream(address)
        yield stream, _encryption(world, stream, key).document()
    for address, one in topics.items():
        stream = world.graph.stream(address)
        text = statement(one, _base(world, one.base))
        if isinstance(text, str):
            yield stream, _sql_topic(world, stream, one, text).document()
        else:
            found += (faults.sql_topic(stream, fault) for fault in text)
    for group in protected.groups:
        stream = world.graph.stream(group.base)
        for interceptor in interceptors(world, group, keys.get(group.base, {}), _registry(world, stream)):
            yield stream, interceptor.document()


def _base(world: World, address: Address) -> Base:
    stream, facts = world.graph.stream(address), world.graph.facts[address]
    return Base(
        stream=stream,
        topic=world.topic(stream),
        declared={c.name: c for c in stream.columns},
        values=tuple(name for name, _ in value_columns(world, stream, facts)),
        texts=frozenset(c.name for c in facts.columns if c.type.is_text),
    )


def _sql_topic(world: World, stream: Stream, one: Served, text: str) -> Interceptor:
    base = world.graph.stream(one.base)
    return Interceptor(
        name=(world.topic(stream), "sql"),
        plugin="VirtualSqlTopicPlugin",
        priority=SERVE,
        comment=f"{stream.address} is served from {one.base}",
        config={"virtualTopic": world.topic(stream), "statement": text, **_registry(world, base)},
    )


def _encryption(world: World, stream: Stream, keys: Mapping[str, StoredKey]) -> Interceptor:
    fields = [
        {"fieldName": name, "keySecretId": key.id, "algorithm": "AES256_GCM"} for name, key in keys.items()
    ]
    return Interceptor(
        name=(world.topic(stream), "encrypt"),
        plugin="EncryptPlugin",
        priority=ENCRYPT,
        comment=f"{stream.address} is encrypted when it is written",
        config={
            "topic": exactly([world.topic(stream)]),
            **_registry(world, stream),
            "kmsConfig": {name: value for key in keys.values() for name, value in key.config.items()},
            "recordValue": {"fields": fields},
        },
    )


def _registry(world: World, stream: Stream) -> dict[str, Any]:
    """How the Gateway reads records that have a schema; {} for those that have none."""
    if stream.format != "avro":
        return {}
    cluster = world.cluster(stream)
    config: dict[str, Any] = {"host": connection(cluster, "schema_registry", "url")}
    login = registry_login(cluster)
    if login:
        config["additionalConfigs"] = {
            "basic.auth.credentials.source": "USER_INFO",
            "basic.auth.user.info": login,
        }
    return {"schemaRegistryConfig": config}


def _written(
    world: World, uses: Iterable[ProxiedUse], documents: Iterable[tuple[Stream, Document]]
) -> tuple[list[Resource], list[Artifact]]:
    resources: dict[ResourceId, Resource] = {}
    files: dict[tuple[str, str], list[Document]] = {}
    addresses: dict[tuple[str, str], str] = {}
    for cluster, those in _by_cluster(world, uses):
        for document in groups(those):
            files.setdefault((cluster, "groups"), []).append(document)
            resource = _resource(cluster, document, "")
            resources[resource.id] = resource
    for stream, document in documents:
        at = (stream.cluster, f"topics/{file_name(world.topic(stream))}")
        files.setdefault(at, []).append(document)
        addresses[at] = str(stream.address)
        resource = _resource(stream.cluster, document, str(stream.address))
        resources[resource.id] = resource
    artifacts = [
        Artifact(
            path=f"conduktor/{world.folder(cluster)}{name}.yml",
            text=as_yaml(d.as_value() for d in those),
            address=addresses.get((cluster, name), ""),
        )
        for (cluster, name), those in files.items()
    ]
    return list(resources.values()), artifacts


def _by_cluster(world: World, uses: Iterable[ProxiedUse]) -> Iterator[tuple[str, list[ProxiedUse]]]:
    found: dict[str, list[ProxiedUse]] = {}
    for use in uses:
        found.setdefault(world.graph.stream(use.stream).cluster, []).append(use)
    yield from sorted(found.items())


def _resource(cluster: str, document: Document, address: str) -> Resource:
    kind = GATEWAY if document.kind == "Interceptor" else GATEWAY_GROUP
    after = []
    if document.group:
        after.append(ResourceId(GATEWAY_GROUP.name, f"{cluster}/GatewayGroup/{document.group}"))
    if document.kind == "GatewayGroup":
        members = document.spec["members"]
        after += [
            ResourceId(GATEWAY_GROUP.name, f"{cluster}/GatewayServiceAccount/{m['name']}") for m in members
        ]
    return Resource(
        id=ResourceId(kind.name, f"{cluster}/{document.identity}"),
        fields={"cluster": cluster, **document.as_value()},
        address=address,
        after=tuple(after),
        reason=str(document.spec.get("comment", "")),
    )


def _acls(given: Iterable[tuple[bool, Given]], protected: Protection) -> list[Resource]:
    kept = [(first, one) for first, one in given if (one.by, one.stream) not in protected.denied]
    return granted(kept, Plane.PROXY, GATEWAY_JOB_ACL, GATEWAY_ACL)


def _acl_files(world: World, acls: Iterable[Resource]) -> Iterator[Artifact]:
    """The ACLs of each cluster's proxy, which takes them over Kafka's own API: there is no manifest for them."""
    by_cluster: dict[str, list[Resource]] = {}
    for acl in acls:
        by_cluster.setdefault(acl.fields["cluster"], []).append(acl)
    for cluster, those in by_cluster.items():
        text = as_yaml([{"acls": list(readable(those))}])
        yield Artifact(path=f"conduktor/{world.folder(cluster)}acls.yml", text=text)


def _fallback_denies(world: World, use: ProxiedUse) -> Diagnostic:
    name = world.graph.stream(use.stream).name
    return faults.FALLBACK_DENIES.at(
        world.place_of(use.by),
        f"`{use.by.name}` is denied `{name}` by the fallback of a mask",
        node=str(use.by),
    ).with_help("the proxy lacks the method; `fallback: redact` would show the rest of the stream")
