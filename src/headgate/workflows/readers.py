"""In which form a reader is to see a stream on an engine that shows every form, and with which keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from headgate.addresses import Address
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions import ColumnView, Permissions, Reason, StreamView
from headgate.graph.permissions.form import CLEAR, STRICTNESS
from headgate.observe.keys import KeysUnreadable, LocalKeys
from headgate.ports import ColumnForm, LateRow
from headgate.project.secrets import Resolver, Secret, read_dotenv
from headgate.schema.values import print_value
from headgate.workflows.acting import environment_span
from headgate.workflows.engines import environment_folder
from headgate.workflows.results import LateNote
from headgate.workflows.session import Session

KEYS_UNREADABLE = Code("HGD021", "keys-unreadable", Severity.ERROR)
DENIED = Code("HGS050", "reading-denied", Severity.ERROR)

NOTHING_READABLE = frozenset(method for method, rank in STRICTNESS.items() if rank <= STRICTNESS["redacted"])
KEYS_FILE = "keys.json"
OVERRIDE = "HEADGATE_MASKING_KEY"
_KEY_SERVICE = "kms://"


def column_forms(view: StreamView) -> tuple[ColumnForm, ...]:
    """The columns that a view does not show in clear, and the form of each."""
    return tuple(_column_form(name, column) for name, column in view.columns.items() if column.form != CLEAR)


def _column_form(name: str, column: ColumnView) -> ColumnForm:
    form = column.form
    return ColumnForm(
        column=name,
        form=form.method,
        domain=form.domain,
        keep_first=form.keep_first,
        keep_last=form.keep_last,
        key=form.key,
    )


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader sees of a stream: the forms to give it columns in, and those in which columns are stored already."""

    forms: tuple[ColumnForm, ...] = ()
    stored: Mapping[str, str] = field(default_factory=dict)


def sight(session: Session, address: Address, role: str | None, purpose: str | None) -> Sight | Diagnostic:
    """What a role sees of a stream, or the owner where no role is named; a finding where the role may not read it."""
    kept = _kept(session, address)
    stored = {form.column: form.form for form in kept}
    if role is None:
        return Sight(stored=stored)
    view = session.permissions.view(role, purpose, address)
    if not view.admitted:
        return denied(session, address, f"{role} for {purpose}" if purpose else role, view.why)
    forms = tuple(_after(form, stored.get(form.column)) for form in column_forms(view))
    return Sight(tuple(form for form in forms if form is not None), stored)


def _kept(session: Session, address: Address) -> tuple[ColumnForm, ...]:
    """The forms in which a sink stores what it reads: those its role sees. Nothing for any other stream."""
    stream = session.graph.stream(address)
    if stream.sink is None or not stream.sink.role:
        return ()
    return column_forms(session.permissions.view(stream.sink.role, stream.sink.purpose or None, address))


def _after(wanted: ColumnForm, stored: str | None) -> ColumnForm | None:
    """What is still to be done for `wanted` where a value is stored in a form: nothing where that shows less already."""
    if stored is None:
        return wanted
    if STRICTNESS[wanted.form] >= STRICTNESS[stored]:
        return None
    # Neither the hash nor a part of a token is what the reader would be given of the value.
    return wanted if wanted.form in NOTHING_READABLE else replace(wanted, form="redacted")


def denied(session: Session, stream: Address, who: str, why: Reason) -> Diagnostic:
    """That somebody may not read a stream, at the rule that says so."""
    declared = session.graph.stream(stream)
    place = why.place or declared.place
    return DENIED.at(
        place.span(), f"{who} may not read `{declared.name}`: {why.text}", node=str(stream)
    ).with_help(f"`headgate access --what {declared.name}` shows who may, and by which rule")


def unreadable(session: Session, error: KeysUnreadable) -> Diagnostic:
    """That the environment's keys cannot be used."""
    return KEYS_UNREADABLE.at(
        environment_span(session), f"the keys of the environment cannot be used: {error}"
    ).with_help("restore the file from a copy; without it new tokens do not equal old ones")


def late_note(late: LateRow, readable: Callable[[str], bool] = lambda _: True) -> LateNote:
    """Late rows as a verb answers them; of the example, which has columns of an operator's inputs, what is readable."""
    shown = {n: print_value(value) for n, value in (late.example or {}).items() if readable(n)}
    return LateNote(operator=late.operator, count=late.count, example=shown or None)


def readable_inputs(
    permissions: Permissions, inputs: Iterable[Address], role: str, purpose: str | None
) -> Callable[[str], bool]:
    """Whether a role sees every column of a name in some streams in clear. What has no such name may be made of any."""
    clear: set[str] = set()
    hidden: set[str] = set()
    for address in inputs:
        for name, column in permissions.view(role, purpose, address).columns.items():
            (clear if column.form == CLEAR else hidden).add(name)
    return lambda name: name in clear - hidden


def local_keys(session: Session, found: list[Diagnostic]) -> LocalKeys:
    """The environment's keys: the masking key that was brought, else made here; keys of key services are made here."""
    environment = session.project.environment
    file = environment_folder(session) / KEYS_FILE
    variables = {**_dotenv(session), **session.request.environ}
    if variables.get(OVERRIDE):
        return LocalKeys(file, given=variables[OVERRIDE])
    said = environment.masking_key
    if not said or environment.place is None:
        return LocalKeys(file)
    if said.startswith(_KEY_SERVICE):
        return LocalKeys(file, masking_name=said)
    root = session.request.root
    resolver = Resolver(
        environment.name,
        variables,
        session.project.vars,
        lambda name: (root / name).read_text(encoding="utf-8"),
    )
    value = resolver.resolve(said, environment.place.at("masking", "key"), found)
    return LocalKeys(file, given=value.reveal() if isinstance(value, Secret) else str(value))


def _dotenv(session: Session) -> dict[str, str]:
    try:
        return read_dotenv((session.request.root / ".env").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}
