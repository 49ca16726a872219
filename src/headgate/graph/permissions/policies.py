"""What policies and classes reach every column of every stream: worked out once, in the order of the graph, for all roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from headgate.addresses import Address, ColumnAddress
from headgate.graph.model import Graph, How, StreamFacts
from headgate.graph.permissions.form import Form, passed
from headgate.project.declarations import Allow, Applied, Mask, Project, Stream
from headgate.syntax.document import Place


@dataclass(frozen=True, slots=True)
class ClassPart:
    """A class that a stream declared of a column, or that the project gives to what says nothing (`by` None)."""

    level: int
    by: Address | None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class MaskPart:
    """A mask that reaches a column, in the form that is left of it here; `by` declared it."""

    form: Form
    applied_in: tuple[Applied, ...] | None
    by: Address
    place: Place


@dataclass(frozen=True, slots=True)
class EncryptPart:
    """An encryption that reaches a column; `used` where an expression works on it rather than passing it on."""

    key: str
    by: Address
    place: Place
    used: bool = False


@dataclass(frozen=True, slots=True)
class ReaderList:
    """An allow-list: the `allow`s of one stream, a union; or what a `declassify` puts in place of inherited ones."""

    by: Address
    allows: tuple[Allow, ...]
    masked: tuple[Mask, ...] = ()
    """Masks of that stream: those they name are admitted, to their form."""

    def allows_role(self, role: str, purpose: str | None) -> Allow | None:
        """The `allow` that admits a role for a purpose."""
        for allow in self.allows:
            if role in allow.roles and (allow.purpose is None or allow.purpose == purpose):
                return allow
        return None

    def masks_role(self, role: str, purpose: str | None) -> Mask | None:
        """The mask that names a role, and so admits it."""
        for mask in self.masked:
            if names_role(mask.applied_in or (), role, purpose):
                return mask
        return None


def names_role(applied: Iterable[Applied], role: str, purpose: str | None) -> Applied | None:
    """The entry that names a role for a purpose."""
    for entry in applied:
        if role in entry.roles and (entry.purpose is None or entry.purpose == purpose):
            return entry
    return None


@dataclass(slots=True)
class ColumnPolicies:
    """All that reaches one column. `origin` is the column's name where its value first appears, if it has one start.

    `from_streams` are the streams that its value passed through: whose lists may grant it.
    """

    classes: tuple[ClassPart, ...]
    tags: tuple[str, ...] = ()
    masks: tuple[MaskPart, ...] = ()
    encrypts: tuple[EncryptPart, ...] = ()
    origin: str = ""
    from_streams: frozenset[Address] = frozenset()
    classified: bool = False

    @property
    def level(self) -> int:
        return max((part.level for part in self.classes), default=0)


@dataclass(slots=True)
class StreamPolicies:
    """All that reaches one stream: its columns, and the lists that must each admit a reader."""

    columns: dict[str, ColumnPolicies] = field(default_factory=dict)
    lists: tuple[ReaderList, ...] = ()
    own: ReaderList | None = None


def policies(graph: Graph) -> dict[Address, StreamPolicies]:
    """The policies of every stream, those of packages included."""
    project = graph.project
    levels = {name: i for i, name in enumerate(project.classification.levels)}
    found: dict[Address, StreamPolicies] = {}
    for package in project.packages.values():
        for address, stream in package.streams.items():
            facts = graph.facts.get(address)
            if facts is not None:
                found[address] = _stream(project, levels, stream, facts, found)
    for address in graph.order:
        facts = graph.facts.get(address)
        if facts is not None:
            found[address] = _stream(project, levels, graph.stream(address), facts, found)
    return found


def _stream(
    project: Project,
    levels: Mapping[str, int],
    stream: Stream,
    facts: StreamFacts,
    found: Mapping[Address, StreamPolicies],
) -> StreamPolicies:
    result = StreamPolicies()
    default = levels.get(project.classification.default, 0)
    derived = bool(facts.inputs)
    declared = _declared_classes(levels, stream)
    tags = {c.name: c.tags for c in stream.columns}
    for column in facts.columns:
        origins = facts.origins.get(column.name, ())
        inputs = [
            (found[o.column.stream].columns[o.column.name], o.how)
            for o in origins
            if o.column.stream in found and o.column.name in found[o.column.stream].columns
        ]
        result.columns[column.name] = _column(
            stream,
            column.name,
            inputs,
            declared.get(column.name, ()),
            tags.get(column.name, ()),
            default,
            derived,
        )
    _own_masks(stream, facts, result)
    for encrypt in stream.security.encrypts:
        if encrypt.column in result.columns:
            column_policies = result.columns[encrypt.column]
            column_policies.encrypts += (EncryptPart(encrypt.key, stream.address, encrypt.place),)
    _declassify(levels, stream, result)
    _lists(stream, facts, found, result)
    return result


def _declared_classes(levels: Mapping[str, int], stream: Stream) -> dict[str, tuple[ClassPart, ...]]:
    declared: dict[str, tuple[ClassPart, ...]] = {}
    for column in stream.columns:
        if column.classification in levels:
            part = ClassPart(levels[column.classification], stream.address, column.place.at("classification"))
            declared[column.name] = (part,)
    for said in stream.security.classification:
        if said.level in levels:
            # A class of a field raises the whole column.
            name = said.column.split(".", 1)[0]
            part = ClassPart(levels[said.level], stream.address, said.place)
            declared[name] = (*declared.get(name, ()), part)
    return declared


def _column(
    stream: Stream,
    name: str,
    inputs: list[tuple[ColumnPolicies, How]],
    declared: tuple[ClassPart, ...],
    tags: tuple[str, ...],
    default: int,
    derived: bool,
) -> ColumnPolicies:
    inherited = tuple(dict.fromkeys(part for column, _ in inputs for part in column.classes))
    classes = (*inherited, *declared) or (ClassPart(default, None),)
    same = [column for column, how in inputs if how is How.IDENTITY]
    return ColumnPolicies(
        classes=classes,
        tags=tuple(dict.fromkeys((*tags, *(t for column, _ in inputs for t in column.tags)))),
        masks=tuple(
            dict.fromkeys(
                MaskPart(passed(mask.form, how), mask.applied_in, mask.by, mask.place)
                for column, how in inputs
                for mask in column.masks
            )
        ),
        encrypts=tuple(
            dict.fromkeys(
                EncryptPart(e.key, e.by, e.place, e.used or how is not How.IDENTITY)
                for column, how in inputs
                for e in column.encrypts
            )
        ),
        origin=same[0].origin if len(inputs) == 1 and same else name,
        from_streams=frozenset({stream.address}.union(*(column.from_streams for column, _ in inputs))),
        classified=bool(declared)
        or any(column.classified for column, _ in inputs)
        or (derived and not inputs),
    )


def _own_masks(stream: Stream, facts: StreamFacts, result: StreamPolicies) -> None:
    """A mask covers its column, and every other that has the value from the same column of an input."""
    for mask in stream.security.masks:
        target = result.columns.get(mask.column)
        if target is None:
            continue
        form = Form(
            mask.method,
            domain=mask.domain or target.origin,
            keep_first=mask.keep_first if mask.method == "partial" else 0,
            keep_last=mask.keep_last if mask.method == "partial" else 0,
        )
        sources = {o.column for o in facts.origins.get(mask.column, ())}
        for name, column in result.columns.items():
            how = How.IDENTITY if name == mask.column else _shared(facts, name, sources)
            if how is not None:
                part = MaskPart(passed(form, how), mask.applied_in, stream.address, mask.place)
                column.masks = (*column.masks, part)


def _shared(facts: StreamFacts, name: str, sources: set[ColumnAddress]) -> How | None:
    """How a column has a value from one of `sources`, the most changing way; None where it has none."""
    ways = [o.how for o in facts.origins.get(name, ()) if o.column in sources]
    if not ways:
        return None
    return ways[0] if len(set(ways)) == 1 else How.TRANSFORM


def _declassify(levels: Mapping[str, int], stream: Stream, result: StreamPolicies) -> None:
    for entry in stream.security.declassify:
        column = result.columns.get(entry.column)
        if column is not None and entry.to in levels:
            column.classes = (ClassPart(levels[entry.to], stream.address, entry.place),)
            column.masks = tuple(m for m in column.masks if m.by == stream.address)
            column.encrypts = tuple(e for e in column.encrypts if e.by == stream.address)
            column.classified = True


def _lists(
    stream: Stream,
    facts: StreamFacts,
    found: Mapping[Address, StreamPolicies],
    result: StreamPolicies,
) -> None:
    inherited = dict.fromkeys(
        one for address in facts.inputs if address in found for one in _of(found[address])
    )
    for entry in stream.security.declassify:
        if entry.readers == "all":
            inherited = {}
        elif isinstance(entry.readers, tuple):
            allows = tuple(Allow(a.roles, a.purpose, a.place) for a in entry.readers)
            inherited = {ReaderList(stream.address, allows): None}
    result.lists = tuple(inherited)
    if stream.security.allows or stream.security.masks:
        result.own = ReaderList(stream.address, stream.security.allows, stream.security.masks)


def _of(policies_: StreamPolicies) -> tuple[ReaderList, ...]:
    """The lists that a stream hands on: what it inherited, and its own where it has an `allow`."""
    own = policies_.own
    return (*policies_.lists, own) if own is not None and own.allows else policies_.lists
