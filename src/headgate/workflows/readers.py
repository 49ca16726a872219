"""In which form a reader is to see a stream on an engine that shows every form, and with which keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.permissions import Permissions, Reason, StreamView
from headgate.graph.permissions.form import CLEAR, STRICTNESS, Form, strictest
from headgate.graph.permissions.view import NOBODY
from headgate.observe.examples import as_seen
from headgate.observe.keys import KeysUnreadable, LocalKeys
from headgate.ports import ColumnForm, LateRow
from headgate.project.secrets import Secret
from headgate.verify.forms import column_form
from headgate.workflows.engines import LIVE, environment_folder
from headgate.workflows.refused import environment_span
from headgate.workflows.resolving import resolver, variables
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
    return tuple(
        column_form(name, column.form) for name, column in view.columns.items() if column.form != CLEAR
    )


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader sees of a stream: the forms to give it columns in, and those in which columns are stored already.

    `known` are the columns of which that is known; None for a reader who sees all there are. `limited` are those that are
    shown in less than the form of the role that was named, since the environment's reader sees no more of them.
    """

    forms: tuple[ColumnForm, ...] = ()
    stored: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] | None = None
    limited: frozenset[str] = frozenset()

    def forms_of(self, columns: Iterable[str]) -> tuple[ColumnForm, ...]:
        """The forms for columns that are there. Of one that is declared no more, and not yet gone, nothing is shown."""
        if self.known is None:
            return self.forms
        return (*self.forms, *(ColumnForm(name, "redacted") for name in columns if name not in self.known))


def sight(session: Session, address: Address, role: str | None, purpose: str | None) -> Sight | Diagnostic:
    """What a role sees of a stream; a finding where the role may not read it.

    On a live environment whoever looks is its `reader`: a role is shown no more than that one sees. Elsewhere rows are
    samples, and without a role they are shown as their owner sees them.
    """
    kept = _kept(session, address)
    stored = {form.column: form.form for form in kept}
    views = []
    for who, why in _readers(session, role, purpose):
        view = session.permissions.view(who, why, address)
        if not view.admitted:
            return denied(session, address, _said(session, who, why), view.why)
        views.append({name: column.form for name, column in view.columns.items()})
    if not views:
        return Sight(stored=stored)
    named = views[0]
    shown = {name: reduce(_both, (view[name] for view in views)) for name in named}
    forms = tuple(
        _after(column_form(name, form), stored.get(name)) for name, form in shown.items() if form != CLEAR
    )
    limited = frozenset(name for name, form in shown.items() if form != named[name])
    return Sight(tuple(form for form in forms if form is not None), stored, frozenset(shown), limited)


def _both(one: Form, other: Form) -> Form:
    """The form of a column for somebody who may see no more than either: of two parts of a text what is in both."""
    if one.method == other.method == "partial":
        first, last = min(one.keep_first, other.keep_first), min(one.keep_last, other.keep_last)
        return replace(one, keep_first=first, keep_last=last)
    return min(one, other, key=lambda form: form.looseness)


def _said(session: Session, who: str, why: str | None) -> str:
    """A reader in words."""
    environment = session.project.environment
    said = who or "nobody, as whom this environment is looked at where it names no `reader`,"
    if who and environment.engine == LIVE and who == environment.reader_role:
        said = f"{who}, as whom `{environment.name}` is looked at,"
    return f"{said} for {why}" if why else said


def _readers(session: Session, role: str | None, purpose: str | None) -> Iterator[tuple[str, str | None]]:
    """Who looks at once: the role that is named, and on a live environment its own reader."""
    environment = session.project.environment
    if role is not None:
        yield role, purpose
    if environment.engine == LIVE:
        yield environment.reader_role or NOBODY, environment.reader_purpose


def rejected_sight(
    session: Session, address: Address, role: str | None, purpose: str | None
) -> Sight | Diagnostic:
    """What a role sees of the malformed records of a stream: all or nothing."""
    for who, why in _readers(session, role, purpose):
        view = session.permissions.rejected_view(who, why, address)
        if not view.admitted:
            return denied(session, address, _said(session, who, why), view.why)
    return Sight()


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


def late_note(
    late: LateRow,
    form_of: Callable[[str], Form | None] = lambda _: CLEAR,
    keys: LocalKeys | None = None,
) -> LateNote:
    """Late rows as a verb answers them: the example's columns in the form of each, those without a form left out."""
    shown = {}
    for name, value in (late.example or {}).items():
        form = form_of(name)
        if form is not None:
            shown[name] = as_seen(value, column_form(name, form), keys)
    return LateNote(operator=late.operator, count=late.count, example=shown or None)


def forms_of_inputs(
    permissions: Permissions, inputs: Iterable[Address], role: str, purpose: str | None
) -> Callable[[str], Form | None]:
    """The form in which a role sees columns of a name in some streams: the strictest. None for other names, whatever
    they are made of."""
    found: dict[str, list[Form]] = {}
    for address in inputs:
        for name, column in permissions.view(role, purpose, address).columns.items():
            found.setdefault(name, []).append(column.form)
    return lambda name: strictest(found[name]) if name in found else None


def sees_rejected(world: World, stream: Address) -> bool:
    """Whether the reader of reports may see what of a malformed record did not fit."""
    role, purpose = world.environment.reader_role, world.environment.reader_purpose
    return not role or world.permissions.rejected_view(role, purpose, stream).admitted


def local_keys(session: Session, found: list[Diagnostic]) -> LocalKeys:
    """The environment's keys: the masking key that was brought, else made here; keys of key services are made here."""
    environment = session.project.environment
    file = environment_folder(session) / KEYS_FILE
    given = variables(session).get(OVERRIDE)
    if given:
        return LocalKeys(file, given=given)
    said = environment.masking_key
    if not said or environment.place is None:
        return LocalKeys(file)
    if said.startswith(_KEY_SERVICE):
        return LocalKeys(file, masking_name=said)
    value = resolver(session).resolve(said, environment.place.at("masking", "key"), found)
    return LocalKeys(file, given=value.reveal() if isinstance(value, Secret) else str(value))
