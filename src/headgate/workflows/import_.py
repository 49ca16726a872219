"""`import`: declarations of what is live, which change nothing of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

from headgate.diagnostics import Code, Severity
from headgate.ports import Listing, PermanentFailure, TemporaryFailure
from headgate.workflows.acting import live_systems
from headgate.workflows.engines import EMBEDDED
from headgate.workflows.importing.declared import Declared, Part, wanted
from headgate.workflows.importing.files import Files, laid_out, owned_by
from headgate.workflows.importing.known import known_in
from headgate.workflows.importing.people import ROLES
from headgate.workflows.importing.writing import Writing, Written
from headgate.workflows.output import write_over
from headgate.workflows.refused import Refused, cannot_look, environment_span
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, OK, ImportResult
from headgate.workflows.session import Session, not_loaded, open_session, unchosen

NOT_LIVE = Code("HGD070", "nothing-live-to-import", Severity.ERROR)
RIGHTS_UNSEEN = Code("HGD071", "rights-unseen", Severity.ERROR)

_UNCLASSIFIED = (
    "classes, which nobody has said of what is imported: say `classification: {default: …}` in `headgate.yml`"
)
_REMARKS = {
    ROLES: (
        "What the ACLs let each principal read is in the lists of the sources. Super users of the brokers are in no ACL,",
        "and read everything.",
    ),
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import makes of what was seen, before anything is written."""

    files: Files
    written: Written
    listing: Listing
    declared: Sequence[Declared]


def import_live(request: Request, parts: Iterable[Part] = (), *, into: str = "") -> ImportResult:
    """Writes declarations of what the environment's systems hold and the project does not declare; of these parts, or all.

    Nothing but the account's right to describe is used, and nothing is written but files.
    """
    session = open_session(request)
    refused = _unfit(session)
    listing = refused or listed(session)
    if isinstance(listing, Refused):
        return _refused(session, listing)
    made = imported(session, listing, frozenset(parts), into)
    if isinstance(made, Refused):
        return _refused(session, made)
    root = request.root
    for name, text in made.files.written.items():
        write_over(root / name, text)
    for name in made.files.removed:
        (root / name).unlink(missing_ok=True)
    return _result(made)


def listed(session: Session) -> Listing | Refused:
    """Everything that the systems of the session's environment hold and let this account see."""
    systems = live_systems(session)
    if isinstance(systems, Refused):
        return systems
    session.request.progress.step("looking", 0, 2)
    with closing(systems):
        try:
            return systems.list_all()
        except (TemporaryFailure, PermanentFailure) as failure:
            return cannot_look(session, failure)


def imported(session: Session, listing: Listing, parts: frozenset[Part], into: str) -> Imported | Refused:
    """The declarations of what was listed, laid out in files below `into`."""
    session.request.progress.step("writing", 1, 2)
    project, environment = session.project, session.project.environment
    folder = f"{into.strip('/')}/" if into.strip("./") else ""
    owned = owned_by(session.texts, folder, environment.name)
    known = known_in(project, owned)
    clusters = frozenset(environment.clusters)
    acls_seen = clusters - set(listing.acls_unseen)
    if acls_seen < clusters and any(ref.list == ROLES for ref in known.refs):
        found = RIGHTS_UNSEEN.at(
            environment_span(session),
            "ACLs cannot be looked at, and what was imported before says who may read",
        ).with_help(f"import as an account that may describe the cluster, or remove `{folder}{ROLES}.yml`")
        return Refused((found,), COULD_NOT_RUN)
    written = Writing(
        listing=listing,
        known=known,
        clusters=sorted(environment.clusters),
        acls_seen=acls_seen,
        lowest=next(iter(project.classification.levels), "public"),
        account=accounts(session),
    ).written()
    declared = wanted(written.declared, parts, known.refs)
    if environment.fail_closed and not project.classification.default_said and declared:
        written.notes.append(_UNCLASSIFIED)
    files = laid_out(declared, session.texts, owned, folder, environment.name, _REMARKS)
    session.request.progress.step("written", 2, 2)
    return Imported(files, written, listing, declared)


def accounts(session: Session) -> frozenset[str]:
    """The principals that the environment itself connects as: this tool, its jobs and connectors; where they are written out."""
    clusters = session.project.environment.clusters.values()
    users = (f"User:{(c.kafka or {}).get('username', '')}" for c in clusters)
    identities = (str(one.get("principal", "")) for c in clusters for one in c.identities.values())
    return frozenset(name for name in (*users, *identities) if "{{" not in name) - {"User:", ""}


def counted(made: Imported) -> dict[str, int]:
    """How many declarations of each kind an import has."""
    counts = Counter(one.ref.list if one.ref.list != "models" else _kind(one) for one in made.declared)
    return dict(sorted(counts.items()))


def _result(made: Imported) -> ImportResult:
    return ImportResult(
        command="import",
        exit_code=OK,
        written=tuple(sorted(made.files.written)),
        unchanged=made.files.unchanged,
        removed=made.files.removed,
        counts=counted(made),
        unseen=made.listing.unseen,
        left_out=tuple(made.written.notes),
        variables=tuple(sorted(made.written.variables)),
    )


def _kind(one: Declared) -> str:
    return "sinks" if Part.CONNECTORS in one.parts else "contracts"


def _unfit(session: Session) -> Refused | None:
    if session.context is None:
        return Refused(session.diagnostics, not_loaded(session))
    nobody = unchosen(session)
    if nobody:
        return Refused(nobody, COULD_NOT_RUN)
    name = session.project.environment.name
    if session.project.environment.engine == EMBEDDED:
        found = NOT_LIVE.at(
            environment_span(session), f"`{name}` is embedded: it has nothing but what is declared"
        )
        return Refused((found.with_help("name an environment of live systems with `--env`"),), COULD_NOT_RUN)
    return None


def _refused(session: Session, refused: Refused) -> ImportResult:
    return ImportResult(
        command="import", diagnostics=refused.diagnostics, texts=session.texts, exit_code=refused.exit_code
    )
