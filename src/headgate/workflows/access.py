"""`access`: who may read which column, in which form, on which plane, by which rule, and who has been given it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headgate.addresses import Address, ColumnAddress
from headgate.compile.planes import door
from headgate.compile.target import World
from headgate.diagnostics import line_and_column
from headgate.graph.lineage import Lineage
from headgate.graph.permissions import ColumnView, Reason, StreamView, Use
from headgate.workflows.access_audit import audit_rows
from headgate.workflows.naming import Named, find_stream, unknown_role
from headgate.workflows.request import Request
from headgate.workflows.results import FINDINGS, AccessResult, AuditRow, GrantRow, PathRow, RuleAt
from headgate.workflows.session import Session, exit_code, not_loaded, open_session, selected

EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked about: roles, a column of a stream or streams, a purpose; empty where all are meant."""

    roles: tuple[str, ...]
    streams: tuple[Address, ...]
    column: str = ""
    purpose: str | None = None


def access(
    request: Request,
    *,
    who: str | None = None,
    what: str | None = None,
    purpose: str | None = None,
    path: bool = False,
    audit: bool = False,
) -> AccessResult:
    """What readers may see and have been given: of the whole project, or of one reader, stream or column.

    Without `purpose`: for none, and for each that a policy or a declared use names where it makes a difference.
    """
    session = open_session(request)
    if session.context is None:
        return AccessResult(
            command="access",
            diagnostics=session.diagnostics,
            texts=session.texts,
            exit_code=not_loaded(session),
        )
    asked = _asked(session, who, what, purpose)
    if isinstance(asked, Named):
        return AccessResult(
            command="access",
            diagnostics=asked.diagnostics,
            texts={**session.texts, **(asked.texts or {})},
            exit_code=FINDINGS,
        )
    grants = tuple(_grants(session, asked))
    return AccessResult(
        command="access",
        diagnostics=session.diagnostics,
        texts=session.texts,
        exit_code=exit_code(session.diagnostics),
        grants=grants,
        path=tuple(_path(session, grants)) if path else (),
        audit=_audit(session, asked) if audit else (),
    )


def _asked(session: Session, who: str | None, what: str | None, purpose: str | None) -> Asked | Named:
    roles = tuple(sorted(session.project.roles))
    if who is not None:
        known = session.project.roles
        roles = tuple(
            r for r in roles if r == who or who in (*known[r].principals, *known[r].external_groups)
        )
        if not roles:
            return unknown_role(session.graph, who)
    streams, wrong = selected(session)
    if wrong:
        return Named(None, "", wrong)
    if what is None:
        return Asked(roles, streams, purpose=purpose)
    named = find_stream(session.graph, what)
    if named.address is None:
        return named
    return Asked(roles, (named.address,), named.column, purpose)


def _grants(session: Session, asked: Asked) -> Iterator[GrantRow]:
    assert session.context is not None
    world = World(session.context)
    for address in asked.streams:
        uses = session.permissions.uses_of.get(address, ())
        for role in asked.roles:
            for purpose, view in _views(session, role, address, asked.purpose):
                here = [u for u in uses if u.role == role and u.purpose == purpose]
                plane = _plane(world, role, purpose, address, view)
                for name, column in view.columns.items():
                    if not asked.column or name == asked.column:
                        yield _row(session, role, purpose, ColumnAddress(address, name), column, plane, here)


def _views(
    session: Session, role: str, address: Address, purpose: str | None
) -> Iterator[tuple[str | None, StreamView]]:
    """The views of a role: for the purpose that was asked for, else for none and for each that is worth a line."""
    permissions = session.permissions
    if purpose is not None:
        yield purpose, permissions.view(role, purpose, address)
        return
    found = dict(permissions.views(role, address))
    for use in permissions.uses_of.get(address, ()):
        if use.role == role and use.purpose not in found:
            found[use.purpose] = permissions.view(role, use.purpose, address)
    yield from sorted(found.items(), key=lambda one: one[0] or "")


def _plane(world: World, role: str, purpose: str | None, address: Address, view: StreamView) -> str:
    """Where the reader gets the stream. The embedded engine shows every form of every stream that is not denied."""
    if world.environment.engine == EMBEDDED:
        return EMBEDDED if view.admitted else "nowhere"
    return door(world, role, purpose, address).plane.value


def _row(
    session: Session,
    role: str,
    purpose: str | None,
    column: ColumnAddress,
    view: ColumnView,
    plane: str,
    uses: list[Use],
) -> GrantRow:
    return GrantRow(
        role=role,
        purpose=purpose,
        node=str(column.stream),
        column=column.name,
        form=str(view.form),
        plane=plane,
        given=bool(uses) and view.form.method != "denied" and plane != "nowhere",
        enforced="by principal" if any(u.principal for u in uses) else "declared only",
        rule=_rule(session, view.why),
    )


def _rule(session: Session, why: Reason) -> RuleAt:
    if why.place is None:
        return RuleAt(why.text)
    span = why.place.span()
    return RuleAt(why.text, span.file, line_and_column(session.texts.get(span.file, ""), span.start)[0])


def _path(session: Session, grants: tuple[GrantRow, ...]) -> Iterator[PathRow]:
    """For each line of the answer the way of its value, from the column that was asked about upwards."""
    lineage = Lineage(session.graph)
    for grant in grants:
        asked = ColumnAddress(Address.parse(grant.node), grant.column)
        edges = lineage.of_column(asked, down=False, indirect=False)
        steps: dict[ColumnAddress, tuple[str, str]] = {asked: ("", "")}
        for at in (ahead := [asked]):
            for edge in edges:
                if edge.target == at and edge.source not in steps:
                    steps[edge.source] = (edge.how.value if edge.how else "", str(at))
                    ahead.append(edge.source)
        for column, (how, to) in steps.items():
            view = session.permissions.view(grant.role, grant.purpose, column.stream).columns.get(column.name)
            if view is not None:
                yield PathRow(
                    role=grant.role,
                    purpose=grant.purpose,
                    node=str(column.stream),
                    column=column.name,
                    form=str(view.form),
                    classification=session.permissions.class_of(column),
                    how=how,
                    to=to,
                    rule=_rule(session, view.why),
                )


def _audit(session: Session, asked: Asked) -> tuple[AuditRow, ...]:
    assert session.context is not None
    return audit_rows(World(session.context), asked.streams, asked.roles, session.texts)
