"""Text matches a regular expression, which is looked for anywhere in it. Null passes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from headgate.assertions import codes
from headgate.assertions.flink import quoted, text
from headgate.assertions.kind import AssertionKind, Evidence, Tested
from headgate.assertions.wanted import column_is, columns_there
from headgate.diagnostics import Diagnostic
from headgate.project import keys
from headgate.project.declarations import Assertion
from headgate.syntax import Place

_JAVA_ONLY = re.compile(r"\\[pP]\{\w+\}|\\[QEhHRXzG]|\[\^?\[|&&")


class Pattern(keys.Raw, kw_only=True):
    """`regex` is one of Java's, as REGEXP of Flink SQL takes it; `^` and `$` make it the whole text."""

    column: str
    regex: str


def check(said: Pattern, tested: Tested, place: Place) -> Iterator[Diagnostic]:
    yield from columns_there(said, ("column",), tested, place)
    yield from column_is(said.column, lambda t: t.is_text, "text", tested, place.at("column"))
    if _JAVA_ONLY.search(said.regex):
        return
    try:
        re.compile(said.regex)
    except re.error as error:
        finding = codes.DOES_NOT_FIT.at(place.at("regex").span(), f"this is no regular expression: {error}")
        yield finding.with_help("in YAML, single quotes keep backslashes as they are")


def evidence(said: Pattern, tested: Tested, assertion: Assertion) -> Evidence:
    wrong = f"NOT REGEXP({quoted(said.column)}, {text(said.regex)})"
    return Evidence(failing=f"SELECT {tested.columns} FROM {tested.relation} WHERE {wrong}")


KIND = AssertionKind(Pattern, check, evidence)
