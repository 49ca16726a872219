"""`explain`: a diagnostic's page, or why a node is what it is."""

from __future__ import annotations

import re

from headgate.addresses import Address
from headgate.diagnostics.pages import find_page
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Materialization, Stream
from headgate.sql.facts import Exactness, Operator
from headgate.workflows.naming import Named, find_stream
from headgate.workflows.request import Request
from headgate.workflows.results import (
    COULD_NOT_RUN,
    FINDINGS,
    ExplainChangelog,
    ExplainColumn,
    ExplainMaterialized,
    ExplainResult,
)
from headgate.workflows.session import Session, not_loaded, open_session

_CODE = re.compile(r"HG[A-Z]\d{3}", re.IGNORECASE)


def explain(request: Request | None, subject: str) -> ExplainResult:
    """The page of a code, for which no project is needed; or what is known of a stream and why."""
    if _CODE.fullmatch(subject):
        page = find_page(subject.upper())
        return ExplainResult(command="explain", page=page or "", exit_code=0 if page else COULD_NOT_RUN)
    if request is None:
        return ExplainResult(command="explain", exit_code=COULD_NOT_RUN)
    session = open_session(request)
    if session.context is None:
        return ExplainResult(
            command="explain",
            diagnostics=session.diagnostics,
            texts=session.texts,
            exit_code=not_loaded(session),
        )
    named = find_stream(session.graph, subject)
    if named.address is None:
        return _unknown(session, named)
    return _explained(session, named.address)


def _unknown(session: Session, named: Named) -> ExplainResult:
    return ExplainResult(
        command="explain",
        diagnostics=named.diagnostics,
        texts={**session.texts, **(named.texts or {})},
        exit_code=FINDINGS,
    )


def _explained(session: Session, address: Address) -> ExplainResult:
    graph = session.graph
    stream = graph.stream(address)
    facts = graph.facts.get(address, StreamFacts(address=address, known=False))
    operators = facts.query.operators if facts.query else ()
    return ExplainResult(
        command="explain",
        address=str(address),
        columns=tuple(
            ExplainColumn(
                name=c.name,
                type=c.type.text,
                nullable=c.type.nullable,
                lineage=tuple(f"{o.column} ({o.how.value})" for o in facts.origins.get(c.name, ())),
                classification=session.permissions.class_of(address.column(c.name)),
            )
            for c in facts.columns
        ),
        materialized=ExplainMaterialized(value=stream.materialized.value, why=_why(stream, facts)),
        changelog=ExplainChangelog(mode=facts.mode.value, key=facts.key or facts.unique_key or ()),
        event_time=facts.event_time,
        delay_ms=facts.delay_ms,
        state=tuple(_state(o) for o in operators),
        latency=sum(o.waits_ms for o in operators)
        + (facts.delay_ms if any(o.needs_watermark for o in operators) else 0),
        inputs=tuple(str(a) for a in facts.inputs),
        readers=tuple(
            str(a) for a in (*graph.readers.get(address, ()), *graph.exposures_of.get(address, ()))
        ),
        topic=session.project.environment.prefix + stream.topic
        if stream.materialized is not Materialization.SOURCE
        else stream.topic,
        exactness=_exactness(facts),
        texts=session.texts,
    )


_WHY = {
    Materialization.SOURCE: "a topic that exists and others write",
    Materialization.VIRTUAL_TOPIC: "served by the proxy from its input; nothing is stored",
    Materialization.FLINK_STREAM: "a Flink job that writes a topic of its own",
    Materialization.SINK: "a connector that writes its input to another system",
    Materialization.TOPIC: "a topic that applications write, under a contract",
    Materialization.EPHEMERAL: "inlined where it is referenced; nothing is deployed for it",
}


def _why(stream: Stream, facts: StreamFacts) -> str:
    text = _WHY[stream.materialized]
    if stream.materialized is Materialization.FLINK_STREAM and facts.query is not None and facts.query.plain:
        text += "; its query is a projection and a filter over one input, so a virtual_topic would do"
    return text


def _state(operator: Operator) -> str:
    text = f"{operator.kind.replace('_', ' ')}: {operator.detail}" if operator.detail else operator.kind
    return text + (" (grows without a state_ttl)" if operator.unbounded else "")


def _exactness(facts: StreamFacts) -> tuple[str, ...]:
    if facts.query is None:
        return ()
    told = [f"{name}: not answered by the embedded engine" for name, _, _ in facts.query.unsupported]
    for operator in facts.query.operators:
        if operator.exactness is Exactness.EXACT_UNLESS_LATE:
            told.append(f"{operator.kind.replace('_', ' ')}: exact unless late rows reach it")
        elif operator.exactness is Exactness.EXACT:
            told.append(f"{operator.kind.replace('_', ' ')}: exact")
    return tuple(dict.fromkeys(told)) or ("exact",)
