"""`debug`: whether each connection of an environment answers and as whom, and what its accounts need."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from headgate.compile.target import World
from headgate.diagnostics import Code, Diagnostic, Severity, Span
from headgate.ports import Connections, PermanentFailure, Probes, Reached
from headgate.resources import Resource
from headgate.resources.grants import CLUSTER, Grant
from headgate.state import transactional_id
from headgate.workflows.acting import state_cluster, state_topic, unfit
from headgate.workflows.applying import desired
from headgate.workflows.auditing import AUDIT_TOPIC
from headgate.workflows.connections import connect
from headgate.workflows.engines import EMBEDDED
from headgate.workflows.grant_text import FORMATS
from headgate.workflows.needs import APPLY, LOOK, PLAN, Accounts, Need, needs
from headgate.workflows.refused import Refused, environment_span, refused_answer
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, OK, ConnectionRow, DebugResult, NeededGrant
from headgate.workflows.session import Session, open_session
from headgate.workflows.systems import kinds_of

NOT_REACHED = Code("HGD044", "not-reached", Severity.ERROR)
RIGHTS_MISSING = Code("HGD045", "rights-missing", Severity.WARNING)
MOST_AT_ONCE = 16


def debug(request: Request) -> DebugResult:
    """How each connection of the environment is, all asked at once. Nothing is changed."""
    session = open_session(request)
    connections = unfit(session, checked=False) or _connections(session)
    if isinstance(connections, Refused):
        return refused_answer(DebugResult, "debug", session, connections)
    compiled = desired(session)
    resources = () if isinstance(compiled, Refused) else compiled.resources
    found = _probed(session, connections, _needed(session, resources, plan=PLAN, apply=APPLY, look=LOOK))
    return DebugResult(
        command="debug",
        texts=session.texts,
        environment=session.project.environment.name,
        diagnostics=tuple(_findings(session, found)),
        connections=tuple(map(_row, found)),
        exit_code=OK if all(one.answers for one in found) else COULD_NOT_RUN,
    )


def grants(request: Request, *, form: str, plan: str, apply: str, look: str) -> DebugResult:
    """What every account of the environment needs, whoever is known as `plan`, `apply` and `look`; as text in a form of `FORMATS`.

    No system is asked.
    """
    session = open_session(request)
    compiled = unfit(session) or desired(session)
    if isinstance(compiled, Refused):
        return refused_answer(DebugResult, "debug", session, compiled)
    values = connect(session)
    known = None if isinstance(values, Refused) else values
    needed = [
        _filled(one, known) for one in _needed(session, compiled.resources, plan=plan, apply=apply, look=look)
    ]
    return DebugResult(
        command="debug",
        texts=session.texts,
        environment=session.project.environment.name,
        grants=tuple(_grant(one) for one in needed),
        text=FORMATS[form](needed, _servers(known)),
    )


def _connections(session: Session) -> Connections | Refused:
    """What there is to reach: nothing, where the engine is part of this program."""
    environment = session.project.environment
    if environment.engine == EMBEDDED:
        return Connections(project=session.project.name, environment=environment.name, clusters={})
    return connect(session)


def _needed(
    session: Session, resources: Sequence[Resource], *, plan: str, apply: str, look: str
) -> tuple[Need, ...]:
    assert session.context is not None
    if session.project.environment.engine == EMBEDDED:
        return ()
    where = state_cluster(session) or ""
    accounts = Accounts(
        plan=plan,
        apply=apply,
        look=look,
        cluster=where,
        state=state_topic(session),
        audit=AUDIT_TOPIC,
        transactional_id=transactional_id(session.project.name, session.project.environment.name),
    )
    return needs(World(session.context), resources, accounts)


def _probed(session: Session, connections: Connections, needed: Iterable[Need]) -> list[Reached]:
    if not connections.clusters:
        return []
    rights: dict[str, list[Grant]] = {name: [] for name in connections.clusters}
    for one in needed:
        if one.account in (PLAN, APPLY) and one.cluster in rights:
            rights[one.cluster].append(one.grant)
    asked = [
        (probe, cluster)
        for probe in map(_probe, sorted({kind.provider for kind in kinds_of(session).values()}))
        for cluster in sorted(rights)
    ]
    with ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="debug") as pool:
        answers = pool.map(lambda one: one[0](connections, one[1], rights[one[1]]), asked)
        found = [reached for some in answers for reached in some]
    return sorted(found, key=lambda one: (one.cluster, one.part != "kafka", one.part))


def _probe(provider: str) -> Probes:
    probe: Probes = importlib.import_module(f"headgate.providers.{provider}.probe").probe
    return probe


def _findings(session: Session, found: Iterable[Reached]) -> Iterator[Diagnostic]:
    for one in found:
        span = _span(session, one)
        if not one.answers:
            found_ = NOT_REACHED.at(span, f"`{one.part}` of `{one.cluster}` does not answer")
            yield found_.note(one.why).with_help("mend it there, or what is said of it here")
        for account in (PLAN, APPLY):
            missing = [grant for grant in one.missing if grant.principal == account]
            if missing:
                said = f"`{one.user or 'this user'}` has not all the rights on `{one.cluster}` that `{account}` needs"
                lacks = RIGHTS_MISSING.at(span, said)
                for grant in missing:
                    lacks = lacks.note(_in_words(grant))
                yield lacks.with_help("`headgate debug --grants` prints what gives them")


def _span(session: Session, one: Reached) -> Span:
    cluster = session.project.environment.clusters.get(one.cluster)
    if cluster is None or cluster.place is None:
        return environment_span(session)
    part, _, name = one.part.partition(".")
    said = getattr(cluster, part, None)
    if not said:
        return cluster.place.span()
    return cluster.place.at(part, name).span() if name in said else cluster.place.at(part).span()


def _row(one: Reached) -> ConnectionRow:
    missing = tuple(f"{grant.principal}: {_in_words(grant)}" for grant in one.missing)
    return ConnectionRow(
        cluster=one.cluster,
        part=one.part,
        where=one.where,
        answers=one.answers,
        user=one.user,
        version=one.version,
        may=one.may,
        missing=missing,
        why=one.why,
    )


def _in_words(grant: Grant) -> str:
    on = "the cluster" if grant.resource == CLUSTER else f"{grant.resource.replace('_', ' ')} {grant.name}"
    return f"{grant.operation} on {on}"


def _grant(one: Need) -> NeededGrant:
    grant = one.grant
    return NeededGrant(
        cluster=one.cluster,
        account=one.account,
        principal=grant.principal,
        resource=grant.resource,
        name=grant.name,
        pattern=grant.pattern,
        operation=grant.operation,
    )


def _filled(one: Need, connections: Connections | None) -> Need:
    """With the principal's name, where the environment says it and it can be had."""
    if connections is None:
        return one
    try:
        return replace(one, grant=replace(one.grant, principal=connections.fill(one.grant.principal)))
    except PermanentFailure:
        return one


def _servers(connections: Connections | None) -> Mapping[str, str]:
    clusters = connections.clusters if connections else {}
    return {name: (one.kafka or {}).get("bootstrap_servers", "") for name, one in clusters.items()}
