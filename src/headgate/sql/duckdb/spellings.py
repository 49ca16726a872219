"""Ways to spell a call that many functions share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from headgate.sql.duckdb._model import Argument, Call, Spelling, Unsupported

_LONG = 300
"""From how many characters on a text is written once, and named where it is used."""


def named(name: str) -> Spelling:
    """DuckDB's function of that name, of the same arguments."""

    def spell(call: Call) -> str:
        return f"{name}({', '.join(a.sql for a in call.arguments)})"

    return spell


def template(pattern: str) -> Spelling:
    """A text with the arguments in the places of `{0}`, `{1}`."""

    def spell(call: Call) -> str:
        return pattern.format(*(a.sql for a in call.arguments))

    return spell


def refused_beyond(count: int, spelling: Spelling) -> Spelling:
    """The spelling of a call of at most `count` arguments; more are refused."""

    def spell(call: Call) -> str:
        if len(call) > count:
            raise Unsupported(f"{call.name} with {len(call)} arguments")
        return spelling(call)

    return spell


def where_given(call: Call, sql: str) -> str:
    """`sql` where every argument that may be null is none; else null."""
    checks = [f"{a.sql} IS NULL" for a in call.arguments if a.type.nullable]
    return f"CASE WHEN {' OR '.join(checks)} THEN NULL ELSE {sql} END" if checks else sql


def once(values: Sequence[Argument], spell: Callable[[Sequence[Argument]], str]) -> str:
    """What `spell` makes of some values, with each long one written once, however often it is used.

    Spellings repeat their arguments, so without this a nested expression would grow by a power of its depth. DuckDB has no
    LET; a lambda over a list of one is one.
    """
    bound = [
        (f"__x{at}", value)
        for at, value in enumerate(values)
        if len(value.sql) > _LONG and value.literal is None
    ]
    names = {id(value): name for name, value in bound}
    made = spell([replace(v, sql=names[id(v)]) if id(v) in names else v for v in values])
    for name, value in reversed(bound):
        made = f"list_extract(list_transform([{value.sql}], lambda {name}: {made}), 1)"
    return made
