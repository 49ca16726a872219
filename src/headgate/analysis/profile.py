"""What all proxies we compile to can evaluate on read: the common profile of virtual topics (format.md, "Models")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.graph.declared import relation
from headgate.graph.model import StreamFacts
from headgate.project.declarations import Stream
from headgate.sql import parse
from headgate.sql.expressions import (
    Between,
    Call,
    Case,
    Cast,
    Column,
    Compare,
    Expr,
    In,
    Is,
    Like,
    Literal,
    Logic,
    Not,
    PlainQuery,
    plain_query,
    walk,
)

PROFILE = frozenset(
    {"column", "literal", "compare", "and", "or", "not", "in", "like", "is", "between", "case", "cast"}
    | {"+", "-", "*", "/", "%", "||"}
    | {"ABS", "CHAR_LENGTH", "COALESCE", "CONCAT", "LOWER", "SUBSTRING", "TRIM", "UPPER"}
)
_NO_FUNCTIONS = frozenset(
    {
        "SELECT",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "BETWEEN",
        "LIKE",
        "WHEN",
        "THEN",
        "ELSE",
        "CAST",
        "TRY_CAST",
    }
    | {"DECIMAL", "DEC", "NUMERIC", "CHAR", "VARCHAR", "BINARY", "VARBINARY"}
    | {"TIME", "TIMESTAMP", "TIMESTAMP_LTZ"}
)
"""Words that an opening bracket may follow, and that call nothing."""
_CALLS = re.compile(r"\b([a-z_]\w*)\s*\(|\[|\b(?:current_|localtime|overlaps|collate)", re.IGNORECASE)
_WORDS: dict[type, str] = {
    Column: "column",
    Literal: "literal",
    Compare: "compare",
    Not: "not",
    In: "in",
    Like: "like",
    Is: "is",
    Between: "between",
    Case: "case",
    Cast: "cast",
}


def word(expression: Expr) -> str:
    """The word for an expression in a target's capabilities: its kind, or the name of a function or an operator."""
    if isinstance(expression, Call):
        return expression.name.upper()
    if isinstance(expression, Logic):
        return expression.operator.lower()
    return _WORDS[type(expression)]


def beyond(query: PlainQuery, can: frozenset[str] | None) -> Iterator[Expr]:
    """Every expression of a query that is not among what a target can evaluate; None: it can evaluate all."""
    if can is None:
        return
    for whole in (*(e for _, e in query.projections), *([query.filter] if query.filter is not None else [])):
        yield from (e for e in walk(whole) if word(e) not in can)


def within(stream: Stream, facts: StreamFacts) -> bool:
    """Whether a query is surely in the profile, by its text alone: parsing every one again would double a check's time.

    Where it is not sure, as of a text that looks like a call, the answer is no.
    """
    if stream.sql is None or facts.query is None or not facts.query.plain:
        return False
    calls = _CALLS.finditer(stream.sql.rendered.text)
    return all(match[1] and match[1].upper() in _NO_FUNCTIONS | PROFILE for match in calls)


def plain(stream: Stream, facts: StreamFacts, ctx: Context) -> PlainQuery | None:
    """The query of a stream where it only projects and filters one known input."""
    if stream.sql is None or facts.query is None or not facts.query.plain or len(facts.inputs) != 1:
        return None
    above = ctx.facts(facts.inputs[0])
    known = relation(ctx.graph.stream(facts.inputs[0]), above) if above is not None else None
    if known is None:
        return None
    return plain_query(parse(stream.sql.rendered.text), {known.name: known})
