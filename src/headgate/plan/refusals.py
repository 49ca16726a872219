"""Why a plan, or a part of it, will not be carried out."""

from __future__ import annotations

from dataclasses import dataclass

from headgate.diagnostics import Code, Diagnostic, Severity, Span
from headgate.resources import ResourceId

NOT_OURS = Code("HGD001", "not-ours", Severity.ERROR)
FORBIDDEN_CHANGE = Code("HGD002", "forbidden-change", Severity.ERROR)
WORLD_MOVED = Code("HGD003", "world-moved", Severity.ERROR)
OTHER_PLAN = Code("HGD004", "plan-of-something-else", Severity.ERROR)
LOSES_DATA = Code("HGD005", "loses-data", Severity.ERROR)
STATE_UNREADABLE = Code("HGD006", "state-unreadable", Severity.ERROR)
STEP_FAILED = Code("HGD007", "step-failed", Severity.ERROR)
ENGINE_BUSY = Code("HGD008", "engine-busy", Severity.ERROR)
NEEDS_SAVED_PLAN = Code("HGD009", "needs-saved-plan", Severity.ERROR)
CANNOT_LOOK = Code("HGD010", "system-cannot-be-looked-at", Severity.ERROR)
STATE_HELD = Code("HGD012", "state-held", Severity.ERROR)
STATE_LOST = Code("HGD013", "state-lost", Severity.ERROR)
NOT_ACCEPTED = Code("HGD014", "not-accepted-by-its-system", Severity.ERROR)
SYSTEM_SAYS = Code("HGD015", "remark-of-its-system", Severity.INFO)
LOSES_STATE = Code("HGD016", "loses-state", Severity.ERROR)
BREAKS_READERS = Code("HGD017", "breaks-readers", Severity.ERROR)
ADOPTED_ALREADY = Code("HGD018", "adopted-already", Severity.INFO)
STORED_CLEAR = Code("HGD019", "stored-before-it-was-encrypted", Severity.INFO)
CODES = (
    NOT_OURS, FORBIDDEN_CHANGE, WORLD_MOVED, OTHER_PLAN, LOSES_DATA, STATE_UNREADABLE, STEP_FAILED, ENGINE_BUSY,
    NEEDS_SAVED_PLAN, CANNOT_LOOK, STATE_HELD, STATE_LOST, NOT_ACCEPTED, SYSTEM_SAYS, LOSES_STATE, BREAKS_READERS,
    ADOPTED_ALREADY, STORED_CLEAR,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that stops a plan. `address` is the declaration it is about, "" where it is about none; `notes` say more."""

    code: Code
    message: str
    help: str
    address: str = ""
    id: ResourceId | None = None
    notes: tuple[str, ...] = ()

    def at(self, span: Span) -> Diagnostic:
        """The refusal at a place in the user's files."""
        found = self.code.at(span, self.message, node=self.address or None)
        for note in self.notes:
            found = found.note(note)
        return found.with_help(self.help)
