"""The codes of what can be wrong with a query."""

from __future__ import annotations

from headgate.diagnostics import Code, Severity

_ERRORS = {
    "HGQ001": "query-does-not-parse",
    "HGQ002": "empty-list-item",
    "HGQ003": "not-a-query",
    "HGQ004": "several-statements",
    "HGQ005": "slash-comment",
    "HGQ006": "set-operation-in-window",
    "HGQ007": "not-understood-here",
    "HGQ010": "unknown-column",
    "HGQ011": "unknown-table",
    "HGQ012": "ambiguous-column",
    "HGQ013": "duplicate-output-column",
    "HGQ020": "type-mismatch",
    "HGQ021": "wrong-arguments",
    "HGQ022": "unknown-function",
    "HGQ023": "untyped-null",
    "HGQ024": "set-operation-mismatch",
    "HGQ025": "unknown-type",
    "HGQ030": "column-not-grouped",
    "HGQ031": "misplaced-aggregate",
    "HGQ032": "grouped-by-position",
    "HGQ040": "window-needs-time-attribute",
    "HGQ041": "window-sizes-do-not-fit",
    "HGQ042": "over-not-supported",
    "HGQ043": "ranking-not-supported",
    "HGQ044": "updating-input",
    "HGQ045": "sort-needs-limit",
    "HGQ046": "temporal-join-not-possible",
}

CODES: dict[str, Code] = {code: Code(code, name, Severity.ERROR) for code, name in _ERRORS.items()}
"""Every code a `Fault` of this room may carry, by its id."""
