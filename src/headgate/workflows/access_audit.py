"""`access --audit`: what a reviewer should look at, each thing with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from headgate.addresses import Address
from headgate.compile.planes import Plane, door
from headgate.compile.target import World
from headgate.diagnostics import line_and_column
from headgate.graph.permissions.audit import inferences, only_masked, open_above
from headgate.project.declarations import Declassify, Materialization, Stream
from headgate.syntax.document import Place
from headgate.workflows.results import AuditRow

Texts = Mapping[str, str]


def audit_rows(
    world: World, streams: Sequence[Address], roles: Sequence[str], texts: Texts
) -> tuple[AuditRow, ...]:
    """What there is to look at about these streams and roles, by kind, then in the order of the graph."""
    wanted = frozenset(streams)
    return (
        *_masked(world, wanted, roles, texts),
        *_declassified(world, streams, texts),
        *_open(world, wanted, texts),
        *_inferred(world, wanted, roles, texts),
        *_at_rest(world, streams, texts),
        *_unenforced(world, wanted, roles, texts),
        *_trusted(world, streams, texts),
        *_bypassed(world, streams, texts),
    )


def _row(kind: str, text: str, place: Place | None, texts: Texts) -> AuditRow:
    if place is None:
        return AuditRow(kind=kind, text=text)
    span = place.span()
    line = line_and_column(texts.get(span.file, ""), span.start)[0]
    return AuditRow(kind=kind, text=text, file=span.file, line=line)


def _masked(
    world: World, wanted: frozenset[Address], roles: Sequence[str], texts: Texts
) -> Iterator[AuditRow]:
    for one in only_masked(world.permissions):
        named = [role for role in one.roles if role in roles]
        if one.stream in wanted and named:
            text = f"{', '.join(named)}: admitted to {one.stream} only because a mask names it"
            yield _row("only a mask admits", text, one.mask.place, texts)


def _declassified(world: World, streams: Sequence[Address], texts: Texts) -> Iterator[AuditRow]:
    for address in streams:
        for entry in world.graph.stream(address).security.declassify:
            yield _row("declassified", f"{address}{_said(entry)}", entry.place, texts)


def _said(entry: Declassify) -> str:
    if entry.column:
        text = f".{entry.column} to {entry.to}"
    elif isinstance(entry.readers, str):
        text = " to all readers"
    else:
        text = " to " + ", ".join(role for one in entry.readers or () for role in one.roles)
    by = f", approved by {entry.approved_by}" if entry.approved_by else ", approved by nobody"
    until = f", until {entry.until}" if entry.until else ", for ever"
    return f"{text}: {entry.reason or 'no reason'}{by}{until}"


def _open(world: World, wanted: frozenset[Address], texts: Texts) -> Iterator[AuditRow]:
    for one in open_above(world.permissions):
        if one.column.stream in wanted:
            text = f"{one.column} is {one.here}, and {one.above} is {one.there}"
            roles = dict.fromkeys(use.role for use in one.given)
            text += f"; given to {', '.join(roles)}" if roles else ""
            yield _row("open in its source", text, one.place, texts)


def _inferred(
    world: World, wanted: frozenset[Address], roles: Sequence[str], texts: Texts
) -> Iterator[AuditRow]:
    purposes = {(u.role, u.purpose) for u in world.permissions.uses}
    readers = tuple(sorted({*((role, None) for role in roles), *purposes}, key=lambda r: (r[0], r[1] or "")))
    kept = tuple((role, purpose) for role, purpose in readers if role in roles)
    for one in inferences(world.permissions, kept):
        if one.stream in wanted:
            text = (
                f"{one.decider.column}, {one.form} for {', '.join(one.readers)}, decides which rows of "
                f"{one.stream} there are ({one.decider.why.value.replace('_', ' ')})"
            )
            yield _row("may be inferred", text, world.graph.stream(one.stream).place, texts)


def _at_rest(world: World, streams: Sequence[Address], texts: Texts) -> Iterator[AuditRow]:
    for address in streams:
        stream = world.graph.stream(address)
        if stream.materialized is Materialization.VIRTUAL_TOPIC:
            for encrypt in stream.security.encrypts:
                text = f"{address}.{encrypt.column} is encrypted when it is read; clear at rest"
                yield _row("clear at rest", text, encrypt.place, texts)


def _unenforced(
    world: World, wanted: frozenset[Address], roles: Sequence[str], texts: Texts
) -> Iterator[AuditRow]:
    """Declared uses that nothing enforces, or that cannot be served where they are declared to be."""
    project = world.project
    for use in world.permissions.uses:
        if use.stream not in wanted or use.role not in roles:
            continue
        exposure = project.exposures.get(use.by)
        place = exposure.place if exposure is not None else project.streams[use.by].place
        if not use.principal:
            text = f"{use.by} reads {use.stream} as {use.role}, and no principal is known for it"
            yield _row("nothing enforces", text, place, texts)
        if world.environment.engine != "embedded":
            way = door(world, use.role, use.purpose, use.stream)
            if way.plane is Plane.NOWHERE:
                text = f"{use.by} cannot read {use.stream} as {use.role}: {way.why}"
                yield _row("served nowhere", text, place, texts)


def _trusted(world: World, streams: Sequence[Address], texts: Texts) -> Iterator[AuditRow]:
    for address in streams:
        stream = world.graph.stream(address)
        what = _without_role(stream)
        if what:
            text = f"{address}: its {what} has no role, and is trusted with what is stored"
            yield _row("trusted", text, stream.place, texts)


def _without_role(stream: Stream) -> str:
    if stream.sink is not None:
        return "" if stream.sink.role else "connector"
    job = stream.materialized is Materialization.FLINK_STREAM
    return "job" if job and not stream.flink.role else ""


def _bypassed(world: World, streams: Sequence[Address], texts: Texts) -> Iterator[AuditRow]:
    for address in streams:
        for known in world.graph.stream(address).security.bypass:
            text = (
                f"{known.principal} reaches {address} past what masks it: {known.reason}, until {known.until}"
            )
            yield _row("accepted bypass", text, known.place, texts)
