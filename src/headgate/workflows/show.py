"""`show`: records of a stream, as a role sees them."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from dataclasses import dataclass, replace

from headgate.addresses import Address
from headgate.compile.embedded_queries import stream_query
from headgate.compile.target import World
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions.form import CLEAR
from headgate.observe.keys import KeysUnreadable
from headgate.observe.parts import MOST, Part
from headgate.observe.topic import NoTopic
from headgate.ports import (
    EngineQuery,
    EngineResult,
    PermanentFailure,
    QueryFailure,
    StreamEngine,
    TemporaryFailure,
)
from headgate.project.declarations import Materialization
from headgate.resources.embedded import sink_of
from headgate.workflows.acting import engine_of
from headgate.workflows.connections import connect
from headgate.workflows.engines import scratch_engine
from headgate.workflows.live_records import MOST_BELOW, LiveRows, LiveStreams
from headgate.workflows.looking import Look, NoLook, Reading, open_look, reading
from headgate.workflows.readers import late_note, unreadable
from headgate.workflows.refused import Refused
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, ShowResult
from headgate.workflows.session import Session, open_session

NOTHING_THERE = Code("HGD020", "nothing-there-yet", Severity.ERROR)
UNREADABLE = Code("HGD030", "stream-unreadable", Severity.ERROR)
ROWS_ELSEWHERE = Code("HGD031", "rows-elsewhere", Severity.ERROR)
NOT_ALL = Code("HGD032", "not-all-of-it-read", Severity.WARNING)


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

    A role that may not read the stream is told by which rule, and gets no row; none is read then.
    """
    session = open_session(request)
    asked = asked or Asked()
    look = open_look(session, node, as_role, purpose, rejected=asked.rejected)
    if isinstance(look, NoLook):
        return not_shown("show", session, look, as_role)
    try:
        shown = _live(look, asked) if look.live else _held(look, asked)
    except KeysUnreadable as error:
        shown = Refused((unreadable(session, error),), COULD_NOT_RUN)
    if isinstance(shown, Refused):
        return not_shown("show", session, NoLook(node=str(look.address), refused=shown), as_role)
    return replace(shown, command="show", node=str(look.address), as_role=as_role or "", texts=session.texts)


def not_shown(command: str, session: Session, why: NoLook, as_role: str | None) -> ShowResult:
    """The answer without a row."""
    return ShowResult(
        command=command,
        node=why.node,
        as_role=as_role or "",
        diagnostics=why.refused.diagnostics,
        texts={**session.texts, **why.texts},
        exit_code=why.refused.exit_code,
    )


def _held(look: Look, asked: Asked) -> ShowResult | Refused:
    """What the embedded engine holds of the stream."""
    engine = engine_of(look.session, "show", read_only=True)
    if isinstance(engine, Refused):
        return engine
    with closing(engine):
        try:
            return _of_engine(look, engine, asked)
        except PermanentFailure as failure:
            return Refused((_not_there(look, look.told(failure)),), COULD_NOT_RUN)


def _of_engine(look: Look, engine: StreamEngine, asked: Asked) -> ShowResult:
    query = None if asked.rejected else _query(look.session, look.address)
    result = _rows(look.session, engine, look.address, query, asked)
    first = result.count - len(result.rows) if asked.latest else 0
    shown = _shown(look, result, first)
    late = engine.late(query) if query is not None else result
    return replace(
        shown,
        # A late row has the columns of an operator's inputs, and the owner's eyes are for those of this stream.
        late=tuple(late_note(one, lambda _: CLEAR if look.owner else None) for one in late.late),
        approximate=late.approximate,
    )


def _shown(look: Look, result: EngineResult, first: int = 0) -> ShowResult:
    rows = look.seen(result, first=first)
    return ShowResult(
        columns=look.columns(rows),
        rows=rows.rows,
        truncated=result.truncated,
    )


def _live(look: Look, asked: Asked) -> ShowResult | Refused:
    """What the stream's topic holds, or the topics below it."""
    streams = live_streams(look)
    if isinstance(streams, Refused):
        return streams
    stored = streams.stored(look.address)
    if asked.rejected and not stored:
        nowhere = PermanentFailure("it is stored nowhere, and only a topic has records that do not fit it")
        return cannot_read(look, streams, nowhere)
    looking = reading(look, "show", _in_words(asked))
    if isinstance(looking, Refused):
        return looking
    try:
        with looking:
            if not stored:
                return _of_topics_below(look, streams, asked, looking)
            found = _of_topic(look, streams, asked)
            looking.add(found.read)
    except (TemporaryFailure, PermanentFailure) as failure:
        return cannot_read(look, streams, failure)
    shown = _shown(look, found.result)
    return replace(
        shown, malformed=found.malformed, diagnostics=() if found.whole else (_not_all(look, MOST),)
    )


def _of_topic(look: Look, streams: LiveStreams, asked: Asked) -> LiveRows:
    if asked.rejected:
        return streams.rejected(look.address, asked.limit)
    part = Part(limit=asked.limit, latest=asked.latest, since=asked.since, changelog=asked.changelog)
    return streams.rows(look.address, part)


def _in_words(asked: Asked) -> str:
    """Which part of a stream is asked for."""
    count = "all" if asked.limit is None else str(asked.limit)
    part = f"the last {count}" if asked.latest else f"the first {count}"
    since = f" since {asked.since:%Y-%m-%d %H:%M:%S}" if asked.since else ""
    return f"{part} records{since}" + (" that do not fit it" if asked.rejected else "")


def live_streams(look: Look) -> LiveStreams | Refused:
    """The project's streams on the clusters of the environment; refused where the rows of this one are elsewhere."""
    session, stream = look.session, look.session.graph.stream(look.address)
    if stream.sink is not None:
        (source,) = session.graph.facts[look.address].inputs or (look.address,)
        found = ROWS_ELSEWHERE.at(
            stream.place.at("name").span(),
            f"the rows of `{stream.name}` are where its connector writes them: {stream.sink.type}",
            node=str(look.address),
        )
        what = session.graph.stream(source).name
        return Refused((found.with_help(f"`headgate show {what}` shows what it reads"),), COULD_NOT_RUN)
    connections = connect(session)
    if isinstance(connections, Refused):
        return connections
    assert session.context is not None
    return LiveStreams(World(session.context), connections)


def cannot_read(look: Look, streams: LiveStreams, failure: Exception) -> Refused:
    """Why the records of a live stream cannot be had."""
    why = streams.connections.hide(look.told(failure))
    if isinstance(failure, NoTopic):
        return Refused((_not_there(look, why),), COULD_NOT_RUN)
    stream = look.session.graph.stream(look.address)
    found = UNREADABLE.at(
        stream.place.at("name").span(), f"`{stream.name}` cannot be read: {why}", node=str(look.address)
    )
    query = isinstance(failure, QueryFailure)
    help_ = (
        "TRY_CAST makes NULL of what does not fit" if query else "`headgate debug` shows which systems answer"
    )
    return Refused((found.with_help(help_),), COULD_NOT_RUN)


def _of_topics_below(look: Look, streams: LiveStreams, asked: Asked, looking: Reading) -> ShowResult:
    """A stream that is stored nowhere, answered of what is below it."""
    with closing(scratch_engine()) as engine:
        mirror = streams.below(look.address, engine, look.session.request.progress)
        for topic, read in mirror.read.items():
            looking.add(read, topic)
        shown = _of_engine(look, engine, asked)
    return replace(shown, diagnostics=(_not_all(look, MOST_BELOW),)) if mirror.cut else shown


def _not_all(look: Look, most: int) -> Diagnostic:
    stream = look.session.graph.stream(look.address)
    return NOT_ALL.at(
        stream.place.at("name").span(),
        f"more records are there than are read at once for `{stream.name}`: the newest {most:,} were",
        node=str(look.address),
    ).with_help("what an older record alone says is not in the answer")


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


def _not_there(look: Look, why: str) -> Diagnostic:
    stream = look.session.graph.stream(look.address)
    others = look.live and stream.materialized is Materialization.SOURCE
    help_ = (
        "others make it: `topic` must be its name there"
        if others
        else "`headgate build` makes it, or says why it cannot"
    )
    return NOTHING_THERE.at(
        stream.place.at("name").span(), f"`{stream.name}` cannot be shown: {why}", node=str(look.address)
    ).with_help(help_)
