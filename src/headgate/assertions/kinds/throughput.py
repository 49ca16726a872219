"""So many records come in a window of time: a sample comes as fast as it was made up, so only a running system can tell."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.assertions import codes
from headgate.assertions.kind import AssertionKind, Elsewhere, Tested
from headgate.assertions.wanted import not_negative, some_of
from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.declarations import Assertion
from headgate.syntax import Place


class Throughput(keys.Raw, kw_only=True):
    """`min` and `max` are numbers of records in each `window`; one may be left out."""

    window: keys.Duration
    min: int | None = None
    max: int | None = None


def check(said: Throughput, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from some_of(said, ("min", "max"), place)
    yield from not_negative(said, ("min", "max"), place)
    if said.min is not None and said.max is not None and said.min > said.max:
        yield codes.DOES_NOT_FIT.at(
            place.at("max").span(), f"`max` is {said.max}, less than `min`"
        ).with_help("no window could pass")


def evidence(said: Throughput, tested: Tested, assertion: Assertion) -> Elsewhere:
    return Elsewhere(
        "the throughput that tests ask for is not judged over samples",
        "`monitor` watches it on a live system",
    )


KIND = AssertionKind(Throughput, check, evidence)
