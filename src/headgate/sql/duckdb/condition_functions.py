"""Functions that choose one of their arguments."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.sql.duckdb._model import Call, Spelling, Unsupported
from headgate.sql.duckdb.casts import coerced
from headgate.sql.duckdb.comparisons import compare
from headgate.sql.duckdb.spellings import where_given


def _as_result(call: Call, at: int) -> str:
    argument = call.arguments[at]
    return coerced(argument.sql, argument.type, call.type)


def _coalesce(call: Call) -> str:
    return f"coalesce({', '.join(_as_result(call, at) for at in range(len(call)))})"


def _nullif(call: Call) -> str:
    same = compare("=", call.arguments[0], call.arguments[1])
    return f"CASE WHEN {same} THEN NULL ELSE {call[0]} END"


def _if(call: Call) -> str:
    return f"CASE WHEN {call[0]} THEN {_as_result(call, 1)} ELSE {_as_result(call, 2)} END"


def _extreme(name: str) -> Spelling:
    """GREATEST and LEAST: null where any argument is, which DuckDB passes over."""

    def spell(call: Call) -> str:
        if call.type.name in ("ARRAY", "MAP", "ROW", "MULTISET", "UNKNOWN"):
            raise Unsupported(f"{call.name} of {call.type.text}")
        return where_given(call, f"{name}({', '.join(_as_result(call, at) for at in range(len(call)))})")

    return spell


SPELLINGS: Mapping[str, Spelling] = {
    "COALESCE": _coalesce,
    "IFNULL": _coalesce,
    "NULLIF": _nullif,
    "IF": _if,
    "GREATEST": _extreme("greatest"),
    "LEAST": _extreme("least"),
}
