"""Everything that was seen, as declarations of a project: names settled, who may read what worked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from headgate.observe.rights import EVERYBODY, Rights
from headgate.ports import Listing, LiveAcl, LiveGroup, LiveTopic
from headgate.workflows.importing import people, sinks
from headgate.workflows.importing.declared import Declared, Part, Ref
from headgate.workflows.importing.known import Known
from headgate.workflows.importing.schemas import Shape, Subjects, column_lines, shape_of
from headgate.workflows.importing.sources import Readers, Topic, files_of, is_system, source
from headgate.workflows.importing.spelling import is_template, item, name_of, principal_name, scalar, unique

CONTRACTS = "contracts"
_STREAMS, _ROLES, _EXPOSURES = "streams", "roles", "exposures"


@dataclass(frozen=True, slots=True)
class Written:
    """The declarations, what of the systems they leave out and why, and the variables that they wait for."""

    declared: list[Declared] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Writing:
    """What was listed, for a project that knows some of it already.

    `acls_seen` are the clusters whose ACLs could be looked at: of others nothing is said of who may read. `lowest` is the class of
    what anybody may read, `account` the principals that the environment itself connects as, which are nobody's roles.
    """

    listing: Listing
    known: Known
    clusters: Sequence[str]
    acls_seen: frozenset[str]
    lowest: str
    account: frozenset[str] = frozenset()

    def written(self) -> Written:
        """Every declaration that is not there yet, or is ours."""
        found = Written()
        found.declared.extend(self._sources())
        found.declared.extend(self._contracts())
        found.declared.extend(self._roles())
        found.declared.extend(people.exposure(use) for use in self.applications)
        for declared, variables in self._connectors:
            found.declared.append(declared)
            found.variables.extend(variables)
        found.notes.extend(self._notes())
        return found

    @cached_property
    def sayable(self) -> Listing:
        """What was listed, without what has a name that declarations would take for a template."""
        listing = self.listing
        return replace(
            listing,
            acls=tuple(a for a in listing.acls if not is_template(a.principal) and not is_template(a.name)),
            groups=tuple(group for group in listing.groups if not is_template(group.name)),
            connectors=tuple(one for one in listing.connectors if not is_template(one.name)),
        )

    @cached_property
    def topics(self) -> dict[Topic, LiveTopic]:
        """The topics of people, without those of systems."""
        return {(t.cluster, t.name): t for t in self.sayable.topics if not is_system(t.name)}

    @cached_property
    def names(self) -> dict[Topic, str]:
        """The name of each topic's stream: of one that is declared the declared one."""
        theirs = self._theirs
        wanted = {topic: name_of(topic[1]) for topic in self.topics if topic not in theirs}
        taken = self.known.taken.get(_STREAMS, frozenset())
        return {**theirs, **unique(wanted, taken, self._kept("topic"))}

    @cached_property
    def _theirs(self) -> dict[Topic, str]:
        """The topics that somebody else's files declare."""
        declared = self.known.their("topic")
        return {topic: declared[topic] for topic in self.topics if topic in declared}

    @cached_property
    def shapes(self) -> dict[Topic, Shape]:
        """What the registry tells of each topic."""
        return {
            topic: shape_of(*topic, self._subjects, self._by_record.get(topic, ())) for topic in self.topics
        }

    @cached_property
    def _subjects(self) -> Subjects:
        return Subjects({(one.cluster, one.name): one for one in self.sayable.subjects})

    @cached_property
    def _by_record(self) -> Mapping[Topic, Sequence[str]]:
        return self._subjects.by_record(self.topics)

    @cached_property
    def seen(self) -> people.Seen:
        """Who uses what."""
        rights = Rights.of(self.sayable.acls)
        return people.Seen(people.joining(self.sayable.acls), self.names, rights)

    @cached_property
    def uses(self) -> dict[str, people.Uses]:
        """What each principal may read and write, but the environment's own."""
        return {who: use for who, use in self.seen.uses().items() if who not in self.account}

    @cached_property
    def roles(self) -> dict[str, str]:
        """The name of each reading principal's role."""
        theirs = {key[0]: name for key, name in self.known.their("role").items()}
        readers = {who for who, use in self.uses.items() if use.reads and who not in theirs}
        if any(EVERYBODY in self.seen.readers_of(topic) for topic in self.names) and EVERYBODY not in theirs:
            readers.add(EVERYBODY)
        wanted = {(who,): principal_name(who) for who in readers}
        named = unique(wanted, self.known.taken.get(_ROLES, frozenset()), self._kept("role"))
        return {**theirs, **{key[0]: name for key, name in named.items()}}

    @property
    def _groups(self) -> list[LiveGroup]:
        """Consumer groups, without those that connectors and the project's own jobs read with."""
        of_connectors = set(sinks.groups_of(self.sayable.connectors))
        every = [one for one in self.sayable.groups if one.name not in self.known.groups]
        return [one for one in every if (one.cluster, one.name) not in of_connectors]

    @cached_property
    def acls_of(self) -> dict[str, list[LiveAcl]]:
        """Each principal's own ACLs."""
        found: dict[str, list[LiveAcl]] = {}
        for acl in self.sayable.acls:
            found.setdefault(acl.principal, []).append(acl)
        return found

    def _kept(self, kind: str) -> Mapping[tuple[str, ...], str]:
        return self.known.kept(kind)

    def _sources(self) -> Iterator[Declared]:
        ours = {topic: name for topic, name in self.names.items() if topic not in self._theirs}
        one_cluster = len(self.clusters) == 1
        files = files_of(ours, one_cluster=one_cluster)
        for topic, name in sorted(ours.items()):
            yield source(
                self.topics[topic],
                name,
                self.shapes[topic],
                self._readers(topic),
                file=files[topic],
                lowest=self.lowest,
                one_cluster=one_cluster,
            )

    def _readers(self, topic: Topic) -> Readers | None:
        if topic[0] not in self.acls_seen:
            return None
        may = self.seen.readers_of(topic)
        everybody = EVERYBODY in may
        roles = {self.roles[who] for who in may if who in self.roles}
        if everybody:
            # Whom no binding about this topic names is everybody.
            named = {who for who in self.roles if who not in may}
            roles |= {
                self.roles[who]
                for who in named
                if self.seen.rights.may(topic[0], who, "READ", "topic", topic[1])
            }
        every = set(self.roles.values()) <= roles
        return Readers(tuple(sorted(roles)), everybody, every)

    def _contracts(self) -> Iterator[Declared]:
        """Columns for sources of theirs that say none: a model of a source's name is its contract."""
        for topic, name in sorted(self.known.bare.items()):
            shape = self.shapes.get(topic)
            if shape is not None and shape.columns:
                lines = item([f"name: {scalar(name)}", *column_lines(shape)])
                yield Declared(Ref("models", name), tuple(lines), CONTRACTS, frozenset({Part.SCHEMAS}))

    def _roles(self) -> Iterator[Declared]:
        theirs = self.known.their("role")
        for principal, name in sorted(self.roles.items(), key=lambda one: one[1]):
            if (principal,) not in theirs:
                yield people.role(principal, name, self.lowest, self.acls_of.get(principal, ()))

    @cached_property
    def applications(self) -> tuple[people.Use, ...]:
        """One for each principal, with the first group that it reads with; and one for each other group."""
        groups: dict[str, list[LiveGroup]] = {}
        for group in self._groups:
            if self._read_by(group):
                groups.setdefault(self.seen.principal_of(group), []).append(group)
        their_principals, their_groups = self.known.their("exposure"), self.known.their("group")
        wanted: dict[tuple[str, ...], people.Use] = {}
        for who, uses in self.uses.items():
            its = groups.pop(who, [])
            if (who,) not in their_principals and (uses.reads or self._writable(uses.writes)):
                wanted["exposure", who] = self._of_principal(who, uses, its[:1])
                its = its[1:]
            groups[who] = its
        for who, its in groups.items():
            for group in its:
                if (group.name,) not in their_groups:
                    wanted["group", group.cluster, group.name] = self._of_group(group, who)
        return tuple(self._named(wanted))

    def _named(self, wanted: Mapping[tuple[str, ...], people.Use]) -> Iterator[people.Use]:
        kept = {("exposure", *key): name for key, name in self._kept("exposure").items()}
        by_group = {key[0]: name for key, name in self._kept("group").items()}
        kept |= {key: by_group[key[2]] for key in wanted if key[0] == "group" and key[2] in by_group}
        taken = self.known.taken.get(_EXPOSURES, frozenset())
        names = unique({key: use.name for key, use in wanted.items()}, taken, kept)
        for key, name in sorted(names.items(), key=lambda one: one[1]):
            yield people.named(wanted[key], name)

    def _of_principal(self, who: str, uses: people.Uses, groups: Sequence[LiveGroup]) -> people.Use:
        acls = self.acls_of.get(who, ())
        clusters = sorted({topic[0] for topic in uses.writes})
        group = groups[0].name if groups else people.group_of(acls)
        return people.Use(
            name=principal_name(who),
            parts=frozenset({Part.ACLS, *((Part.GROUPS,) if groups else ())}),
            role=self.roles.get(who, ""),
            principal=who,
            group=group if uses.reads else "",
            reads=self._references(uses.reads),
            writes=self._references(self._writable(uses.writes)),
            sources=self._sources_of((*uses.reads, *uses.writes)),
            transactions=people.transactions_of(who, clusters, self.seen.rights, acls) if clusters else "",
            description=f"What the ACLs let {who} do.",
            remarks=() if who in self.roles else tuple(people.warnings(acls)),
        )

    def _of_group(self, group: LiveGroup, who: str) -> people.Use:
        said = f"The consumer group {group.name}"
        return people.Use(
            name=name_of(group.name),
            parts=frozenset({Part.GROUPS}),
            role=self.roles.get(who, ""),
            principal=who,
            group=group.name,
            reads=self._references(self._read_by(group)),
            sources=self._sources_of(self._read_by(group)),
            description=f"{said}, of {who}." if who else f"{said}, seen reading; nothing says whose it is.",
        )

    def _read_by(self, group: LiveGroup) -> list[Topic]:
        topics = [(group.cluster, topic) for topic in group.topics]
        return [topic for topic in topics if topic in self.names]

    def _references(self, topics: Sequence[Topic]) -> tuple[str, ...]:
        """How declarations refer to the streams of topics."""
        return tuple(self.known.models.get(topic) or f'source("{self.names[topic]}")' for topic in topics)

    def _sources_of(self, topics: Sequence[Topic]) -> frozenset[str]:
        return frozenset(self.names[topic] for topic in topics if topic not in self.known.models)

    def _writable(self, topics: Sequence[Topic]) -> list[Topic]:
        """Without what jobs write: nobody else may declare to."""
        return [topic for topic in topics if topic not in self.known.made]

    @cached_property
    def _connectors(self) -> list[tuple[Declared, tuple[str, ...]]]:
        theirs = self.known.their("sink")
        every = {(c.cluster, c.connect, c.name): c for c in self.sayable.connectors if c.type != "source"}
        wanted = {key: name_of(one.name) for key, one in every.items() if key not in theirs}
        taken = {*self.known.taken.get(_STREAMS, ()), *self.names.values()}
        taken |= {*self.known.taken.get(_EXPOSURES, ()), *(use.name for use in self.applications)}
        names = unique(wanted, taken, self._kept("sink"))
        found = []
        for key, name in sorted(names.items(), key=lambda one: one[1]):
            connector = every[key]
            topics = sinks.topics_of(connector, sorted(self.names))
            reads = [
                (connector.cluster, topic) for topic in topics if (connector.cluster, topic) in self.names
            ]
            if sinks.is_one_sink(connector, topics) and reads:
                (reference,) = self._references(reads)
                source_ = next(iter(self._sources_of(reads)), "")
                read = sinks.Read(reference, source_, self.shapes[reads[0]])
                found.append(sinks.sink(connector, name, read, one_cluster=len(self.clusters) == 1))
            elif reads:
                use = sinks.use(connector, name, self._references(reads), self._sources_of(reads))
                found.append((use, ()))
        return found

    def _notes(self) -> Iterator[str]:
        """What is there and is not declared."""
        hidden = [topic.name for topic in self.sayable.topics if is_system(topic.name)]
        if hidden:
            yield f"{_counted(hidden, 'topic')} of systems, whose names begin with `_`: {_some(hidden)}"
        known = {f"{topic}-{part}" for _, topic in self.topics for part in ("value", "key")}
        known.update(name for names in self._by_record.values() for name in names)
        strange = sorted({one.name for one in self.sayable.subjects} - known)
        if strange:
            yield f"{_counted(strange, 'subject')} named for no topic: {_some(strange)}"
        sources = sorted(one.name for one in self.sayable.connectors if one.type == "source")
        if sources:
            writing = "that writes topics" if len(sources) == 1 else "that write topics"
            yield f"{_counted(sources, 'connector')} {writing}: {_some(sources)}"
        templates = sorted(_names(self.listing) - _names(self.sayable))
        if templates:
            yield f"what has a name that would be a template here: {_some(templates)}"
        for who, uses in sorted(self.uses.items()):
            made = [topic[1] for topic in uses.writes if topic in self.known.made]
            if made:
                yield f"{who} may write what a job makes: {_some(made)}"
        for who in sorted(self.account & set(self.seen.uses())):
            yield f"what {who} may read and write: the environment itself connects as it"
        for who, acls in sorted(self.acls_of.items()):
            if who not in self.uses and who not in self.account:
                yield from (f"{who}, of no use here: {why}" for why in people.warnings(acls))


def _names(listing: Listing) -> set[str]:
    acls = (name for acl in listing.acls for name in (acl.principal, acl.name))
    return {*acls, *(group.name for group in listing.groups), *(one.name for one in listing.connectors)}


def _counted(names: Sequence[str], what: str) -> str:
    return f"{len(names)} {what}{'' if len(names) == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
