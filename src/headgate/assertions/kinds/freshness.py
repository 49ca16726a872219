"""The newest record is not too old by the clock: only a running system has one that means something."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.assertions.kind import AssertionKind, Elsewhere, Tested
from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.declarations import Assertion
from headgate.syntax import Place


class NewestRecord(keys.Raw, kw_only=True):
    """`max_age` is how old the newest record may be."""

    max_age: keys.Duration


def check(said: NewestRecord, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    return iter(())


def evidence(said: NewestRecord, tested: Tested, assertion: Assertion) -> Elsewhere:
    return Elsewhere(
        "the freshness that tests ask for is not judged over samples", "`monitor` watches it on a live system"
    )


KIND = AssertionKind(NewestRecord, check, evidence)
