"""`show`: records of a stream, as a role sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace

from headgate.addresses import Address
from headgate.compile.embedded_queries import stream_query
from headgate.compile.target import World
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.form import CLEAR
from headgate.observe.keys import KeysUnreadable, LocalKeys
from headgate.observe.rows import seen
from headgate.ports import EngineQuery, EngineResult, PermanentFailure, StreamEngine
from headgate.project.declarations import Materialization
from headgate.resources.embedded import sink_of
from headgate.workflows.acting import engine_of, unfit
from headgate.workflows.naming import find_stream, unknown_role
from headgate.workflows.readers import Sight, late_note, local_keys, rejected_sight, sight, unreadable
from headgate.workflows.refused import Refused
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, ShowColumn, ShowResult
from headgate.workflows.session import Session, open_session

NOTHING_THERE = Code("HGD020", "nothing-there-yet", Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of a stream is asked for.

    `since` is the first record's time; `latest` asks for the last records, `rejected` for the malformed ones.
    """

    limit: int | None = 20
    latest: bool = False
    since: dt.datetime | None = None
    changelog: bool = False
    rejected: bool = False


def show(
    request: Request,
    node: str,
    *,
    asked: Asked | None = None,
    as_role: str | None = None,
    purpose: str | None = None,
) -> ShowResult:
    """The records of a stream in the form in which a role sees each column; without a role as their owner does.

    A role that may not read the stream is told by which rule, and gets no row.
    """
    session = open_session(request)
    wrong = unfit(session, checked=False)
    if wrong is None and session.broken:
        # A policy that could not be read is no policy; what it hides must not be shown.
        wrong = Refused(tuple(d for d in session.diagnostics if d.severity is Severity.ERROR))
    if wrong is not None:
        return _refused(session, node, as_role, wrong)
    named = find_stream(session.graph, node)
    if named.address is None:
        return _refused(session, node, as_role, Refused(named.diagnostics), named.texts)
    if as_role is not None and as_role not in session.project.roles:
        stranger = unknown_role(session.graph, as_role)
        return _refused(session, node, as_role, Refused(stranger.diagnostics), stranger.texts)
    shown = _shown(session, named.address, asked or Asked(), as_role, purpose)
    if isinstance(shown, Refused):
        return _refused(session, str(named.address), as_role, shown)
    return replace(shown, node=str(named.address), as_role=as_role or "", texts=session.texts)


def _refused(
    session: Session, node: str, as_role: str | None, refused: Refused, texts: Mapping[str, str] | None = None
) -> ShowResult:
    return ShowResult(
        command="show",
        node=node,
        as_role=as_role or "",
        diagnostics=refused.diagnostics,
        texts={**session.texts, **(texts or {})},
        exit_code=refused.exit_code,
    )


def _shown(
    session: Session, address: Address, asked: Asked, as_role: str | None, purpose: str | None
) -> ShowResult | Refused:
    look = rejected_sight if asked.rejected else sight
    reader = look(session, address, as_role, purpose)
    if isinstance(reader, Diagnostic):
        return Refused((reader,))
    found: list[Diagnostic] = []
    keys = local_keys(session, found)
    if found:
        return Refused(tuple(found), COULD_NOT_RUN)
    engine = engine_of(session, "show", read_only=True)
    if isinstance(engine, Refused):
        return engine
    with closing(engine):
        try:
            return _read(session, engine, address, asked, reader, keys, owner=as_role is None)
        except PermanentFailure as failure:
            return Refused((_not_there(session, address, str(failure)),), COULD_NOT_RUN)
        except KeysUnreadable as error:
            return Refused((unreadable(session, error),), COULD_NOT_RUN)


def _read(
    session: Session,
    engine: StreamEngine,
    address: Address,
    asked: Asked,
    reader: Sight,
    keys: LocalKeys,
    *,
    owner: bool,
) -> ShowResult:
    query = None if asked.rejected else _query(session, address)
    result = _rows(session, engine, address, query, asked)
    first = result.count - len(result.rows) if asked.latest else 0
    forms = reader.forms_of(name for name, _ in result.columns if name != "_op")
    rows = seen(result, str(address), forms, keys, stored=reader.stored, first=first)
    late = engine.late(query) if query is not None else result
    return ShowResult(
        command="show",
        columns=tuple(ShowColumn(name=c.name, type=c.type, form=c.form) for c in rows.columns),
        rows=rows.rows,
        truncated=result.truncated,
        # A late row has the columns of an operator's inputs, and the owner's eyes are for those of this stream.
        late=tuple(late_note(one, lambda _: CLEAR if owner else None) for one in late.late),
        approximate=late.approximate,
    )


def _query(session: Session, address: Address) -> EngineQuery | None:
    """The query that made the stream's rows; None where others write them, or a view serves them."""
    assert session.context is not None
    world, stream = World(session.context), session.graph.stream(address)
    if stream.sql is None or world.served_by_proxy(stream):
        return None
    query = stream_query(world, stream)
    return query if isinstance(query, EngineQuery) else None


def _rows(
    session: Session, engine: StreamEngine, address: Address, query: EngineQuery | None, asked: Asked
) -> EngineResult:
    stream = session.graph.stream(address)
    if asked.rejected:
        return engine.rejected(stream.relation, limit=asked.limit)
    if stream.materialized is Materialization.EPHEMERAL and query is not None:
        return engine.run(query, (), limit=asked.limit)
    relation = sink_of(stream.relation) if stream.materialized is Materialization.SINK else stream.relation
    return engine.rows(
        relation, limit=asked.limit, latest=asked.latest, since=asked.since, changelog=asked.changelog
    )


def _not_there(session: Session, address: Address, why: str) -> Diagnostic:
    stream = session.graph.stream(address)
    return NOTHING_THERE.at(
        stream.place.at("name").span(), f"`{stream.name}` cannot be shown: {why}", node=str(address)
    ).with_help("`headgate build` makes it, or says why it cannot")
