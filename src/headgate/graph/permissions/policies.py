"""What policies and classes reach every column of every stream: worked out once, in the order of the graph, for all roles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from headgate.addresses import Address, ColumnAddress
from headgate.graph.model import Graph, How, StreamFacts
from headgate.graph.permissions.brought import brought
from headgate.graph.permissions.form import METHODS, Form, passed
from headgate.graph.permissions.origins import Origins, joined_origins
from headgate.graph.permissions.parts import (
    ClassPart,
    ColumnPolicies,
    EncryptPart,
    MaskPart,
    ReaderList,
    Strand,
    StreamPolicies,
    joined,
    needed_classes,
    needed_lists,
    needed_masks,
)
from headgate.graph.permissions.people import People
from headgate.project.declarations import Allow, Declassify, Mask, Security, Stream

__all__ = [
    "ReaderList",
    "StreamPolicies",
    "declared_classes",
    "owners_of",
    "policies",
    "strangers",
]

NOTHING_SAID = Security()

Flow = tuple[ColumnPolicies, How]
"""A column of an input, and how its value comes into an output column."""


def policies(graph: Graph, people: People) -> dict[Address, StreamPolicies]:
    """The policies of every stream, those of packages included."""
    work = _Propagation(graph, people)
    for name, package in graph.project.packages.items():
        whole = graph.packages.get(name)
        if whole is not None:
            known = policies(whole, People(whole))
            work.found |= brought(package, whole.project, known, graph.project, work.roots)
        for address, stream in package.streams.items():
            if address not in work.found:
                work.add(address, stream)
    for address in graph.order:
        work.add(address, graph.stream(address))
    return work.found


class _Propagation:
    """The policies worked out so far; a stream is added after all that it reads."""

    def __init__(self, graph: Graph, people: People) -> None:
        classification = graph.project.classification
        self.facts = graph.facts
        self.people = people
        self.levels = {name: i for i, name in enumerate(classification.levels)}
        self.default = self.levels.get(classification.default, 0)
        self.found: dict[Address, StreamPolicies] = {}
        self.roots: list[ColumnAddress] = []
        self._owners: dict[Address, str] = {}

    def add(self, address: Address, stream: Stream) -> None:
        """Works out what reaches a stream; one of which nothing is known is left out."""
        facts = self.facts.get(address)
        if facts is not None:
            self.found[address] = self._stream(stream, facts)

    def _whose(self, address: Address) -> str:
        owner = self._owners.get(address)
        if owner is None:
            owner = self._owners[address] = self.people.unit_of(address)
        return owner

    def _stream(self, stream: Stream, facts: StreamFacts) -> StreamPolicies:
        made = StreamPolicies(columns=self._inherited(stream, facts))
        self._lists(stream, facts, made)
        if stream.columns:
            _tag(stream, made)
        declared = declared_classes(self.levels, stream)
        if not declared and stream.security == NOTHING_SAID:
            return made
        before = dict(made.columns)
        for entry in stream.security.declassify:
            self._declassify(stream, entry, made)
        for name, parts in declared.items():
            self._classify(stream, name, parts, made)
        for mask in stream.security.masks:
            self._mask(stream, mask, made)
        for encrypt in stream.security.encrypts:
            part = EncryptPart(encrypt.key, stream.address, encrypt.place)
            _cover(made, encrypt.column, partial(_encrypted, part))
        if made.own is not None and made.own.allows:
            self._open(stream, made.own, made)
        made.inherited = {n: c for n, c in before.items() if c is not made.columns[n]}
        return made

    def _inherited(self, stream: Stream, facts: StreamFacts) -> dict[str, ColumnPolicies]:
        unknown = _not_understood(stream, facts)
        everything = list(self._all_columns(facts.inputs)) if unknown else []
        made: dict[str, ColumnPolicies] = {}
        for column in facts.columns:
            guessed = column.name in unknown
            flows = everything if guessed else self._flows(facts, column.name)
            found = self._column(stream, column.name, flows, facts)
            made[column.name] = replace(found, guessed=True) if guessed else found
        return made

    def _flows(self, facts: StreamFacts, name: str) -> list[Flow]:
        flows: list[Flow] = []
        for origin in facts.origins.get(name, ()):
            above = self.found.get(origin.column.stream)
            column = above.columns.get(origin.column.name) if above is not None else None
            if column is not None:
                flows.append((column, origin.how))
        return flows

    def _all_columns(self, inputs: Iterable[Address]) -> Iterable[Flow]:
        """What a query that is not understood may make any of its columns of."""
        for address in inputs:
            above = self.found.get(address)
            if above is not None:
                yield from ((column, How.TRANSFORM) for column in above.columns.values())

    def _column(self, stream: Stream, name: str, flows: list[Flow], facts: StreamFacts) -> ColumnPolicies:
        if not flows:
            return self._beginning(stream, name, facts)
        first, how = flows[0]
        if len(flows) == 1 and how is How.IDENTITY:
            return first
        strands = [strand.through(how) for column, how in flows for strand in column.strands]
        return ColumnPolicies(
            strands=joined(strands, self._whose),
            origins=joined_origins([column.origins.through(how) for column, how in flows]),
            origin=_common_origin(flows) or name,
            tags=tuple(dict.fromkeys(tag for column, _ in flows for tag in column.tags)),
            classified=any(column.classified for column, _ in flows),
            guessed=any(column.guessed for column, _ in flows),
        )

    def _beginning(self, stream: Stream, name: str, facts: StreamFacts) -> ColumnPolicies:
        """A column that comes from no other: it has the project's default class, a constant the lowest."""
        made = bool(facts.inputs)
        level = 0 if made and _constant(facts, name) else self.default
        return ColumnPolicies(
            strands=(Strand(classes=(ClassPart(level, stream.address),)),),
            origins=Origins.at(self.roots, ColumnAddress(stream.address, name)),
            origin=name,
            classified=made,
        )

    def _classify(
        self, stream: Stream, name: str, parts: tuple[ClassPart, ...], made: StreamPolicies
    ) -> None:
        """Adds what the stream says of a column's class; where it begins here, that is all that is said."""
        known = made.columns.get(name)
        if known is None or any(e.column == name and e.to in self.levels for e in stream.security.declassify):
            return
        begins = not known.classified and known.origins.begins_at(stream.address.column(name))
        strands = tuple(
            replace(s, classes=parts if begins else needed_classes((*s.classes, *parts), self._whose))
            for s in known.strands
        )
        made.columns[name] = replace(known, strands=strands, classified=True)

    def _declassify(self, stream: Stream, entry: Declassify, made: StreamPolicies) -> None:
        """Sets a class, and drops the masks and encryption that were inherited; only where that may be done."""
        known = made.columns.get(entry.column)
        if known is None or entry.to not in self.levels or not entry.reason.strip():
            return
        if strangers(self.people, stream.address, owners_of(known)):
            return
        part = ClassPart(self.levels[entry.to], stream.address, entry.place)
        common = joined([Strand(lists=s.lists) for s in known.strands], self._whose)[0]
        made.columns[entry.column] = replace(
            known, strands=(Strand(classes=(part,), lists=common.lists),), classified=True
        )

    def _mask(self, stream: Stream, mask: Mask, made: StreamPolicies) -> None:
        """A mask covers its column, and every other that has a value from the same start."""
        target = made.columns.get(mask.column)
        if target is None:
            return
        # A method that there is not shows nothing; it is a finding.
        method = mask.method if mask.method in METHODS else "redact"
        keeps = method == "partial"
        form = Form(
            method,
            domain=(mask.domain or target.origin) if method in ("hash", "tokenization") else "",
            keep_first=mask.keep_first if keeps else 0,
            keep_last=mask.keep_last if keeps else 0,
        )
        for name, column in made.columns.items():
            how = How.IDENTITY if name == mask.column else column.origins.shared(target.origins)
            if how is not None:
                part = MaskPart(passed(form, how), mask.applied_in, stream.address, mask.place)
                _cover(made, name, partial(self._masked, part))

    def _masked(self, part: MaskPart, strand: Strand) -> Strand:
        part = replace(part, lifted_by=strand.lists)
        return replace(strand, masks=needed_masks((*strand.masks, part), self._whose))

    def _open(self, stream: Stream, own: ReaderList, made: StreamPolicies) -> None:
        """The stream's own `allow`s speak for classes of its group, and for masks and encryption of its own."""
        for name, column in made.columns.items():
            strands = tuple(self._opened(stream.address, own, made.lists, s) for s in column.strands)
            made.columns[name] = replace(column, strands=strands)

    def _opened(
        self, here: Address, own: ReaderList, lists: tuple[ReaderList, ...], strand: Strand
    ) -> Strand:
        classes = []
        for part in strand.classes:
            # Whom the lists that are in force let in they have lifted it for already.
            lifted = any(one in lists for one in part.lifted_by)
            if not lifted and (part.by == here or self.people.speaks_for(here, part.by)):
                part = replace(part, lifted_by=(*part.lifted_by, own))
            classes.append(part)
        return Strand(
            classes=needed_classes(classes, self._whose),
            masks=tuple(
                replace(m, lifted_by=(*m.lifted_by, own)) if m.by == here else m for m in strand.masks
            ),
            encrypts=tuple(
                replace(e, lifted_by=(*e.lifted_by, own)) if e.by == here else e for e in strand.encrypts
            ),
            lists=needed_lists((*strand.lists, own), self._whose),
        )

    def _lists(self, stream: Stream, facts: StreamFacts, made: StreamPolicies) -> None:
        above = [self.found[a].closed_by for a in facts.inputs if a in self.found]
        if len(above) == 1:
            made.inherited_lists = above[0]
        elif any(above):
            made.inherited_lists = needed_lists((one for lists in above for one in lists), self._whose)
        made.lists = made.inherited_lists
        security = stream.security
        for entry in security.declassify:
            made.lists = self._replaced(stream, entry, made)
        if security.allows or any(mask.applied_in for mask in security.masks):
            made.own = ReaderList.of(stream.address, security.allows, security.masks)

    def _replaced(self, stream: Stream, entry: Declassify, made: StreamPolicies) -> tuple[ReaderList, ...]:
        """The lists after a `declassify` of readers; as they were where it may not be done."""
        owners = tuple(dict.fromkeys(one.by for one in made.inherited_lists))
        if entry.readers is None or not entry.reason.strip():
            return made.lists
        if strangers(self.people, stream.address, owners):
            return made.lists
        if isinstance(entry.readers, str):
            return ()
        allows = tuple(Allow(a.roles, a.purpose, a.place) for a in entry.readers)
        return (ReaderList.of(stream.address, allows),)


def owners_of(column: ColumnPolicies) -> tuple[Address, ...]:
    """The streams whose groups decide about a column: where its values begin, and whose policies cover it."""
    begin = [origin.stream for origin in column.origins.columns()]
    covering = [by for strand in column.strands for by in strand.declared_by]
    return tuple(dict.fromkeys((*begin, *covering)))


def strangers(people: People, stream: Address, owners: Iterable[Address]) -> tuple[Address, ...]:
    """Those of `owners` that are not of the stream's group."""
    return tuple(o for o in owners if o != stream and not people.speaks_for(stream, o))


def declared_classes(levels: Mapping[str, int], stream: Stream) -> dict[str, tuple[ClassPart, ...]]:
    """The classes that a stream itself says of its columns; a class of a field raises the whole column."""
    declared: dict[str, tuple[ClassPart, ...]] = {}
    for column in stream.columns:
        level = levels.get(column.classification) if column.classification is not None else None
        if level is not None:
            part = ClassPart(level, stream.address, column.place.at("classification"))
            declared[column.name] = (part,)
    for said in stream.security.classification:
        if said.level in levels:
            name = said.column if said.column in declared else said.column.split(".", 1)[0]
            part = ClassPart(levels[said.level], stream.address, said.place)
            declared[name] = (*declared.get(name, ()), part)
    return declared


def _common_origin(flows: Sequence[Flow]) -> str:
    """The name that a value had where it began, if all that come together here had one name."""
    names = {column.origin if how in (How.IDENTITY, How.PICK) else "" for column, how in flows}
    return names.pop() if len(names) == 1 else ""


def _not_understood(stream: Stream, facts: StreamFacts) -> frozenset[str]:
    """The columns of which a query with faults does not tell what they are made of."""
    if stream.sql is None or not facts.inputs:
        return frozenset()
    if facts.query is None:
        return frozenset(c.name for c in facts.columns)
    return frozenset(c.name for c in facts.query.columns if c.type.name == "UNKNOWN" and not c.links)


def _constant(facts: StreamFacts, name: str) -> bool:
    return facts.query is not None and any(c.constant for c in facts.query.columns if c.name == name)


def _tag(stream: Stream, made: StreamPolicies) -> None:
    for column in stream.columns:
        known = made.columns.get(column.name)
        if known is not None and column.tags:
            tags = tuple(dict.fromkeys((*column.tags, *known.tags)))
            made.columns[column.name] = replace(known, tags=tags)


def _cover(made: StreamPolicies, name: str, change: Callable[[Strand], Strand]) -> None:
    column = made.columns.get(name)
    if column is not None:
        made.columns[name] = replace(column, strands=tuple(change(s) for s in column.strands))


def _encrypted(part: EncryptPart, strand: Strand) -> Strand:
    return replace(strand, encrypts=(*strand.encrypts, replace(part, lifted_by=strand.lists)))
