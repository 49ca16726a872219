"""Records in a table, with what form each column is in and what of the answer is not the whole truth."""

from __future__ import annotations

from headgate.cli.answers import text_of
from headgate.cli.options import Shown
from headgate.cli.tables import table
from headgate.workflows.results import ShowResult


def rows(result: ShowResult, shown: Shown) -> str:
    """The records under their columns; a form that is not clear stands behind the column's name."""
    if not result.columns:
        return ""
    headers = [c.name if c.form == "clear" else f"{c.name} [{c.form}]" for c in result.columns]
    cells = [[text_of(row.get(c.name)) for c in result.columns] for row in result.rows]
    numbers = [
        i for i, c in enumerate(result.columns) if c.form == "clear" and c.type.startswith(("INT", "BIGINT", "DECIMAL", "DOUBLE", "FLOAT"))
    ]  # fmt: skip
    text = table(headers, cells, right=numbers)
    if result.truncated:
        text += f"… more than {len(result.rows)} records; --limit shows more\n"
    if not result.rows:
        text += "no records\n"
    if result.malformed:
        text += f"{len(result.malformed)} malformed, the first at {result.malformed[0]}\n"
    for late in result.late:
        text += f"{late.count} late in {late.operator}\n"
    for operator in result.approximate:
        text += f"approximate: late rows reached {operator}\n"
    return text
