"""The scalar functions of Flink SQL that DuckDB can answer, by name."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.sql.duckdb import (
    aggregates,
    collection_functions,
    condition_functions,
    json_functions,
    number_functions,
    text_functions,
    time_functions,
)
from headgate.sql.duckdb._model import Call, Spelling, Unsupported

SPELLINGS: Mapping[str, Spelling] = {
    **text_functions.SPELLINGS,
    **number_functions.SPELLINGS,
    **time_functions.SPELLINGS,
    **condition_functions.SPELLINGS,
    **json_functions.SPELLINGS,
    **collection_functions.SPELLINGS,
}


def spelled(call: Call) -> str:
    """The DuckDB text of a call."""
    spelling = SPELLINGS.get(call.name)
    if spelling is None:
        raise Unsupported(call.name)
    return spelling(call)


def supported(name: str) -> bool:
    """Whether the embedded engine knows a function or an aggregate at all; some of its calls may be refused still."""
    return name in SPELLINGS or name in aggregates.known()
