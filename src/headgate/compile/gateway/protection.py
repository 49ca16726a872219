"""What each reader's group gets decrypted and masked, topic by topic.

Whether the Gateway matches an interceptor against the name a client asked for or the stored topic's is not documented, so
each is for both; then one reader must see a stored column in one form under every name it reads it by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.addresses import Address
from headgate.compile.gateway.encryption import by_store
from headgate.compile.gateway.forms import (
    AsStored,
    Decrypted,
    Denied,
    Masked,
    Shown,
    Stored,
    mask_behind,
    shown,
)
from headgate.compile.gateway.keys import StoredKey
from headgate.compile.gateway.manifests import DECRYPT, HEADERS, MASK, Interceptor, exactly
from headgate.compile.gateway.masks import NoRule
from headgate.compile.gateway.readers import ProxiedUse, Reader, Refused
from headgate.compile.gateway.served import Served
from headgate.compile.planes import encrypted_at_rest
from headgate.compile.target import World
from headgate.sql.expressions import Column


@dataclass(slots=True)
class Group:
    """All that one reader reads of one stored topic: under which names, and how each column is shown."""

    reader: Reader
    base: Address
    topics: list[str] = field(default_factory=list)
    streams: list[Address] = field(default_factory=list)
    columns: dict[str, tuple[Shown, str]] = field(default_factory=dict)
    """By its name in a record: how it is shown, and for which stream."""


@dataclass(frozen=True, slots=True)
class Protection:
    """The groups of readers by topic, the uses that get nothing, and those that cannot be served."""

    groups: tuple[Group, ...]
    denied: frozenset[tuple[Address, Address]]
    """(by, stream) of uses that a fallback denies."""
    refused: tuple[Refused, ...]

    def denies(self, by: Address, stream: Address) -> bool:
        """Whether a fallback denies a declaration a stream."""
        return (by, stream) in self.denied


def protection(world: World, uses: Iterable[ProxiedUse], served: Mapping[Address, Served]) -> Protection:
    """How every use is served. `served` are the virtual topics that can be."""
    groups: dict[tuple[Reader, Address], Group] = {}
    denied: set[tuple[Address, Address]] = set()
    refused: list[Refused] = []
    for use in uses:
        forms = {c.name: c for c in _columns(world, use, served.get(use.stream))}
        if any(isinstance(c.shown, Denied) for c in forms.values()):
            denied.add((use.by, use.stream))
            continue
        base = served[use.stream].base if use.stream in served else use.stream
        group = groups.setdefault((use.reader, base), Group(use.reader, base))
        _join(world, group, use, forms.values(), refused)
    return Protection(tuple(groups.values()), frozenset(denied), tuple(refused))


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a stream, and how it is shown. `stored` leads to it in the record, () where it is computed on read."""

    name: str
    stored: tuple[str, ...]
    shown: Shown


def _columns(world: World, use: ProxiedUse, served: Served | None) -> Iterator[_Column]:
    view = world.permissions.view(use.reader.role, use.reader.purpose or None, use.stream)
    facts = world.graph.facts[use.stream]
    encrypted = encrypted_at_rest(world, served.base if served is not None else use.stream)
    below = _stored_names(served) if served is not None else {}
    for column in facts.columns:
        form = view.columns[column.name].form
        stored = below.get(column.name, ()) if served is not None else (column.name,)
        behind = mask_behind(world, use.stream, column.name, form)
        here = Stored(column.type, column.name in facts.key, bool(stored) and stored[0] in encrypted)
        how = shown(form, behind, here)
        yield _Column(column.name, stored, how if stored or isinstance(how, AsStored) else _COMPUTED)


_COMPUTED = NoRule(
    "Conduktor Gateway masks what is stored, and this is computed when it is read",
    "make it a flink_stream: its job stores the column, which can then be masked",
)


def _stored_names(served: Served) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, scoped in served.columns:
        path = scoped.path(scoped.expression) if isinstance(scoped.expression, Column) else None
        found[name] = path or ()
    return found


def _join(
    world: World, group: Group, use: ProxiedUse, columns: Iterable[_Column], refused: list[Refused]
) -> None:
    stream, base = world.graph.stream(use.stream), world.graph.stream(group.base)
    group.topics += [t for t in (world.topic(stream), world.topic(base)) if t not in group.topics]
    if use.stream not in group.streams:
        group.streams.append(use.stream)
    for column in columns:
        if isinstance(column.shown, NoRule):
            refused.append(Refused(use, column.name, column.shown))
            continue
        # A mask is under both names of a column that has two: which one it sees is not documented.
        names = [".".join(column.stored)] if column.stored else []
        for name in dict.fromkeys([*names, column.name] if isinstance(column.shown, Masked) else names):
            known, where = group.columns.setdefault(name, (column.shown, stream.name))
            if known != column.shown:
                refused.append(Refused(use, column.name, _two_forms(group.reader, where)))


def _two_forms(reader: Reader, other: str) -> NoRule:
    return NoRule(
        f"{reader} sees it in another form in `{other}`, which is served from the same topic",
        "give the two uses a principal each, or let one of the streams be stored by a job",
    )


def interceptors(
    world: World, group: Group, keys: Mapping[str, StoredKey], registry: Mapping[str, Any]
) -> Iterator[Interceptor]:
    """What a reader's group gets of one stored topic: decrypted, then masked, without the headers of masked records."""
    topic = {"topic": exactly(group.topics)}
    base = world.topic(world.graph.stream(group.base))
    told = f"{group.reader} reads {', '.join(sorted(map(str, group.streams)))}"
    clear = {n: keys[n] for n, (how, _) in group.columns.items() if isinstance(how, Decrypted) and n in keys}
    for provider, config, columns in by_store(clear):
        yield Interceptor(
            name=(base, "decrypt", provider, group.reader.group),
            plugin="DecryptPlugin",
            priority=DECRYPT,
            comment=told,
            group=group.reader.group,
            config={**topic, **registry, "kmsConfig": config, "recordValueFields": columns},
        )
    masked = [(name, how.rule) for name, (how, _) in group.columns.items() if isinstance(how, Masked)]
    if not masked:
        return
    policies = [{"name": name, "fields": [name], "rule": rule} for name, rule in masked]
    yield Interceptor(
        name=(base, "mask", group.reader.group),
        plugin="FieldLevelDataMaskingPlugin",
        priority=MASK,
        comment=told,
        group=group.reader.group,
        config={**topic, **registry, "errorPolicy": "fail_fetch", "policies": policies},
    )
    yield Interceptor(
        name=(base, "headers", group.reader.group),
        plugin="safeguard.MessageHeaderRemovalPlugin",
        priority=HEADERS,
        comment=f"{told}; headers of masked records are not served",
        group=group.reader.group,
        config={**topic, "headerKeyRegex": ".*"},
    )
