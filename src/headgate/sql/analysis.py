"""One query analysed from text to facts; plain values in and out, so that other processes may do it.

Whoever analyses thousands of queries should call `gc.freeze()` and `gc.set_threshold(200_000, 20, 100)` before, and
put the thresholds back after: trees of syntax are cyclic garbage, and the default thresholds cost a third of the time.
`gc.disable()` leaks them instead. Trees are never kept or sent: parsing again is cheaper than unpickling.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from headgate.sql.bind import bind
from headgate.sql.facts import Analysis, Relation
from headgate.sql.parse import parse


def analyse(text: str, relations: Mapping[str, Relation]) -> Analysis:
    """The facts of one query over its inputs, and what is wrong with it; never raises."""
    return bind(parse(text), relations)


def relations_of(text: str) -> tuple[str, ...]:
    """The names of the tables that a query reads, in order of appearance; none where it does not parse."""
    parsed = parse(text)
    if parsed.ast is None:
        return ()
    named = {cte.alias for cte in parsed.ast.find_all(exp.CTE)}
    found: dict[str, int] = {}
    for table in parsed.ast.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue
        name = ".".join(part.name for part in table.parts)
        if name in named:
            continue
        at = (table.this._meta or {}).get("start", 0)
        found[name] = min(found.get(name, at), at)
    return tuple(sorted(found, key=lambda n: found[n]))
