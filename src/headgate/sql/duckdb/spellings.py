"""Ways to spell a call that many functions share."""

from __future__ import annotations

from headgate.sql.duckdb._model import Call, Spelling, Unsupported


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
