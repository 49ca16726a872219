"""What every verb answers, and with which exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headgate.diagnostics import Diagnostic

OK, FINDINGS, COULD_NOT_RUN, OUR_FAULT, PENDING, INTERRUPTED = 0, 1, 2, 3, 4, 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What every verb answers: its diagnostics, the texts they point into, and the exit code."""

    command: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    exit_code: int = OK
