"""`schema`: the JSON Schema of the declaration format, for editors."""

from __future__ import annotations

from headgate.project.json_schema import format_schema
from headgate.workflows.results import SchemaResult


def schema() -> SchemaResult:
    """The schema that is generated from the types that load a project."""
    return SchemaResult(command="schema", schema=format_schema())
