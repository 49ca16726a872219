"""A query of the user's own, whose rows are the records that fail."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.declarations import Assertion
from headgate.syntax import Place


class OwnQuery(keys.Raw, kw_only=True):
    """`{{ this }}` in the query is the tested stream. The query may also be said without the key, as `- sql: "SELECT …"`."""

    sql: str


def check(said: OwnQuery, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    return iter(())


def evidence(said: OwnQuery, tested: Tested, assertion: Assertion) -> Evidence:
    assert assertion.sql is not None
    return Evidence(failing=assertion.sql.rendered.text)


KIND = AssertionKind(OwnQuery, check, evidence)
