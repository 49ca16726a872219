"""Who looks at which stream, and how they are to see it: what `show` and `tail` begin with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from headgate.addresses import Address
from headgate.diagnostics import Diagnostic, Severity
from headgate.observe.keys import LocalKeys
from headgate.observe.rows import SeenRows, seen
from headgate.ports import EngineResult
from headgate.workflows.acting import unfit
from headgate.workflows.auditing import DONE, FAILED, STOPPED, Audited, audited
from headgate.workflows.engines import EMBEDDED, LIVE
from headgate.workflows.naming import find_stream, unknown_role
from headgate.workflows.readers import Sight, local_keys, rejected_sight, sight
from headgate.workflows.refused import Refused, unquoted
from headgate.workflows.results import COULD_NOT_RUN, ShowColumn
from headgate.workflows.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A reader before a stream: `reader` says what it may see, `keys` what tokens and hashes are made with."""

    session: Session
    address: Address
    role: str | None
    purpose: str | None
    reader: Sight
    keys: LocalKeys

    @property
    def live(self) -> bool:
        """Whether the stream is on systems that really run."""
        return self.session.project.environment.engine != EMBEDDED

    @property
    def owner(self) -> bool:
        """Whether nobody but the stream's owner looks."""
        return self.role is None and self.session.project.environment.engine != LIVE

    def told(self, failure: Exception) -> str:
        """Why something failed, as whoever looks may know it."""
        return unquoted(failure, owner=self.owner)

    def columns(self, rows: SeenRows) -> tuple[ShowColumn, ...]:
        """The columns of rows, and of whom it is that no more of one is shown than it is."""
        reader = self.session.project.environment.reader_role or "nobody"
        return tuple(
            ShowColumn(
                name=column.name,
                type=column.type,
                form=column.form,
                limited_by=reader if column.name in self.reader.limited else "",
            )
            for column in rows.columns
        )

    def seen(self, result: EngineResult, *, first: int = 0) -> SeenRows:
        """Rows in the forms that the reader is to have; `first` is the place of the first of them."""
        names: Iterable[str] = (name for name, _ in result.columns if name != "_op")
        forms = self.reader.forms_of(names)
        return seen(result, str(self.address), forms, self.keys, stored=self.reader.stored, first=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLook:
    """Why nobody looks: at `node`, as far as it is known; `texts` are those that only the command line has."""

    node: str
    refused: Refused
    texts: Mapping[str, str] = field(default_factory=dict)


class Reading:
    """The reading of records, as the audit is told of it: that it begins, and at its end which offsets were looked at."""

    def __init__(self, audited: Audited) -> None:
        self._audited = audited
        self._read: dict[tuple[str, int], tuple[int, int]] = {}

    def add(self, read: Mapping[int, tuple[int, int]], topic: str = "") -> None:
        """Records between these offsets of each partition were looked at; `topic` where it is not the stream's own."""
        for partition, (first, last) in read.items():
            low, high = self._read.get((topic, partition), (first, last))
            self._read[topic, partition] = min(low, first), max(high, last)

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        outcome = DONE if kind is None else FAILED if issubclass(kind, Exception) else STOPPED
        spans = [
            f"{topic} partition {number}: offsets {low} to {high}".lstrip()
            for (topic, number), (low, high) in sorted(self._read.items())
        ]
        # That it began is written; where the rest cannot be, the history says that it never ended.
        self._audited.ended(outcome, about="; ".join([self._audited.entry.about, *spans]))


def reading(look: Look, verb: str, part: str) -> Reading | Refused:
    """Says to the environment's audit who looks at which part of a stream, and as whom; refused where it cannot be told."""
    environment = look.session.project.environment
    who = look.role or environment.reader_role or "its owner"
    purpose = look.purpose or (environment.reader_purpose if look.role is None else None)
    why = f" for {purpose}" if purpose else ""
    told = audited(look.session, verb, about=f"{look.address} as {who}{why}: {part}")
    return told if isinstance(told, Refused) else Reading(told)


def open_look(
    session: Session, node: str, role: str | None, purpose: str | None, *, rejected: bool = False
) -> Look | NoLook:
    """A role before a stream, or its owner; refused by name, or by the rule that says that the role may not read it."""
    wrong = unfit(session, checked=False)
    if wrong is None and session.broken:
        # A policy that could not be read is no policy; what it hides must not be shown.
        wrong = Refused(tuple(d for d in session.diagnostics if d.severity is Severity.ERROR))
    if wrong is not None:
        return NoLook(node=node, refused=wrong)
    named = find_stream(session.graph, node)
    if named.address is None:
        return NoLook(node=node, refused=Refused(named.diagnostics), texts=named.texts or {})
    if role is not None and role not in session.project.roles:
        stranger = unknown_role(session.graph, role)
        return NoLook(node=node, refused=Refused(stranger.diagnostics), texts=stranger.texts or {})
    may = rejected_sight if rejected else sight
    reader = may(session, named.address, role, purpose)
    if isinstance(reader, Diagnostic):
        return NoLook(node=str(named.address), refused=Refused((reader,)))
    found: list[Diagnostic] = []
    keys = local_keys(session, found)
    if found:
        return NoLook(node=str(named.address), refused=Refused(tuple(found), COULD_NOT_RUN))
    return Look(session=session, address=named.address, role=role, purpose=purpose, reader=reader, keys=keys)
