"""Conduktor Gateway: virtual topics as SQL topics, masks and decryption for groups of readers, encryption at rest, grants.

Manifests are in the Gateway's own YAML (`gateway/v2`), which `conduktor apply -f` takes. Rules of what it can express:
Conduktor docs, "SQL topics", "Data masking", "Encryption"; it protects only what goes through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from headgate.addresses import Address
from headgate.compile.gateway import faults
from headgate.compile.gateway.deployed import Placed, acl_files, files, resources
from headgate.compile.gateway.encryption import encryption, stored_keys
from headgate.compile.gateway.manifests import SERVE, Interceptor
from headgate.compile.gateway.masks import METHODS
from headgate.compile.gateway.protection import Protection, interceptors, protection
from headgate.compile.gateway.readers import ProxiedUse, groups, proxied_uses
from headgate.compile.gateway.served import Fault, Served, served
from headgate.compile.gateway.statement import Base, statement
from headgate.compile.grants import all_grants, granted
from headgate.compile.placeholders import connection, registry_login
from headgate.compile.planes import Plane, encrypted_at_rest
from headgate.compile.target import Compiled, World, value_columns
from headgate.diagnostics import Diagnostic
from headgate.project.declarations import Materialization, Stream
from headgate.resources import Capabilities
from headgate.resources.live import GATEWAY, GATEWAY_ACCOUNT, GATEWAY_ACL, GATEWAY_JOB_ACL, GATEWAY_MEMBER

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
KINDS = (GATEWAY_ACCOUNT, GATEWAY_MEMBER, GATEWAY, GATEWAY_JOB_ACL, GATEWAY_ACL)


def compile(world: World) -> Compiled:  # noqa: A001 - the name of the verb
    """Manifests of what the proxy serves and protects, and the grants of who reads through it."""
    # Readers of one stored topic share interceptors, so these are made of the whole whatever part of it is selected.
    whole = World(world.context)
    given, _ = all_grants(whole)
    topics = {stream.address: served(whole, stream) for stream in _virtual(whole)}
    uses = proxied_uses(one for _, one in given)
    protected = protection(whole, uses, {a: s for a, s in topics.items() if isinstance(s, Served)})
    found: list[Diagnostic] = [*faults.methods(world), *_said(world, uses, protected)]
    placed = [*_accounts(world, uses, protected), *_documents(world, topics, protected, found)]
    kept = [
        one for one in given if world.picks(one[1].stream) and not protected.denies(one[1].by, one[1].stream)
    ]
    acls = granted(kept, Plane.PROXY, GATEWAY_JOB_ACL, GATEWAY_ACL)
    return Compiled(
        resources=(*resources(placed), *acls),
        artifacts=(*files(world, placed), *acl_files(world, acls)) if world.files else (),
        diagnostics=tuple(found),
    )


def _virtual(world: World) -> Iterator[Stream]:
    for stream, _ in world.streams(Materialization.VIRTUAL_TOPIC):
        if world.served_by_proxy(stream):
            yield stream


def _said(world: World, uses: Iterable[ProxiedUse], protected: Protection) -> Iterator[Diagnostic]:
    """The declared uses that are not served as declared."""
    for refused in protected.refused:
        finding = faults.form(world, refused) if world.picks(refused.use.stream) else None
        if finding is not None:
            yield finding
    for use in uses:
        if world.picks(use.stream) and protected.denies(use.by, use.stream):
            yield faults.fallback_denies(world, use)


def _accounts(world: World, uses: Iterable[ProxiedUse], protected: Protection) -> Iterator[Placed]:
    """The accounts and groups of everybody who reads something that is selected, cluster by cluster."""
    found: dict[str, list[ProxiedUse]] = {}
    for use in uses:
        if not protected.denies(use.by, use.stream):
            found.setdefault(world.graph.stream(use.stream).cluster, []).append(use)
    for cluster, those in sorted(found.items()):
        readers = {use.reader for use in those if world.picks(use.stream)}
        for document in groups(use for use in those if use.reader in readers):
            yield Placed(cluster, document)


def _documents(
    world: World,
    topics: Mapping[Address, Served | Fault],
    protected: Protection,
    found: list[Diagnostic],
) -> Iterator[Placed]:
    """Every interceptor of what is selected, with the stream whose file it stands in."""
    for stream, _ in world.streams():
        keys, wrong = stored_keys(world, stream.address)
        found += wrong
        yield from _placed(stream, encryption(world, stream, keys, _registry(world, stream)))
    for stream in _virtual(world):
        yield from _placed(stream, _sql_topic(world, stream, topics[stream.address], found))
    for group in protected.groups:
        if any(map(world.picks, (group.base, *group.streams))):
            stream = world.graph.stream(group.base)
            keys, _ = stored_keys(world, group.base)
            yield from _placed(stream, interceptors(world, group, keys, _registry(world, stream)))


def _placed(stream: Stream, made: Iterable[Interceptor]) -> Iterator[Placed]:
    for interceptor in made:
        yield Placed(stream.cluster, interceptor.document(), stream)


def _sql_topic(
    world: World, stream: Stream, one: Served | Fault, found: list[Diagnostic]
) -> Iterator[Interceptor]:
    """What serves a virtual topic; nothing where something of it is too much, all of which is found."""
    wrong = [one] if isinstance(one, Fault) else [*_ciphertext(world, one)]
    text = statement(one, _base(world, one.base)) if isinstance(one, Served) else []
    if not isinstance(text, str):
        wrong += text
    found += (faults.sql_topic(stream, fault) for fault in wrong)
    if isinstance(one, Served) and isinstance(text, str) and not wrong:
        topic = world.topic(stream)
        yield Interceptor(
            name=(topic, "sql"),
            plugin="VirtualSqlTopicPlugin",
            priority=SERVE,
            comment=f"{stream.address} is served from {one.base}",
            config={
                "virtualTopic": topic,
                "statement": text,
                **_registry(world, world.graph.stream(one.base)),
            },
        )


def _ciphertext(world: World, one: Served) -> Iterator[Fault]:
    encrypted = encrypted_at_rest(world, one.base)
    for scoped in one.computing():
        for column in scoped.read():
            if column in encrypted:
                what = f"`{column}` is stored encrypted, and the proxy would look at the ciphertext"
                yield Fault(what, scoped.place(scoped.expression))


def _base(world: World, address: Address) -> Base:
    stream, facts = world.graph.stream(address), world.graph.facts[address]
    return Base(
        stream=stream,
        topic=world.topic(stream),
        declared={c.name: c for c in stream.columns},
        values=tuple(name for name, _ in value_columns(world, stream, facts)),
        texts=frozenset(c.name for c in facts.columns if c.type.is_text),
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
