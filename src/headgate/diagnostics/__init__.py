"""What is wrong, where, what to do: codes, spans, renderers. Imports nothing of ours."""

from headgate.diagnostics._model import (
    Code,
    Diagnostic,
    Edit,
    Fix,
    Note,
    Severity,
    Span,
    Texts,
    in_order,
    line_and_column,
)

__all__ = [
    "Code",
    "Diagnostic",
    "Edit",
    "Fix",
    "Note",
    "Severity",
    "Span",
    "Texts",
    "in_order",
    "line_and_column",
]
