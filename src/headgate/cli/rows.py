"""Records in a table, with what form each column is in and what of the answer is not the whole truth."""

from __future__ import annotations

from dataclasses import dataclass, field

import click

from headgate.cli.answers import text_of
from headgate.cli.options import Shown
from headgate.cli.tables import table
from headgate.workflows.results import ShowResult

_NUMBERS = ("INT", "BIGINT", "DECIMAL", "DOUBLE", "FLOAT")


def rows(result: ShowResult, shown: Shown) -> str:
    """The records under their columns; a form that is not clear stands behind the column's name."""
    if not result.columns:
        return ""
    text = table(_headers(result), _cells(result), right=_right(result))
    if result.truncated:
        text += f"… more than {len(result.rows)} records; --limit shows more\n"
    if not result.rows:
        text += "no records\n"
    text += misfits(result) + limits(result)
    for late in result.late:
        text += f"{late.count} late in {late.operator}\n"
    for operator in result.approximate:
        text += f"approximate: late rows reached {operator}\n"
    return text


@dataclass(slots=True)
class Lines:
    """Prints records as they come, under one head; columns grow with what does not fit them."""

    shown: Shown
    widths: list[int] = field(default_factory=list)

    def print(self, batch: ShowResult) -> None:
        """Prints what came together."""
        begun = bool(self.widths)
        text = table(_headers(batch), _cells(batch), right=_right(batch), widths=self.widths)
        for line in text.splitlines()[2:] if begun else text.splitlines():
            click.echo(line)


def misfits(result: ShowResult) -> str:
    """How many of the records looked at do not fit, and where the first stands."""
    if not result.malformed:
        return ""
    return f"{len(result.malformed)} malformed, the first at {result.malformed[0]}\n"


def limits(result: ShowResult) -> str:
    """The columns of which less is shown than the role sees that was named, and whose eyes decide that."""
    limited = [column for column in result.columns if column.limited_by]
    if not limited:
        return ""
    names, by = ", ".join(column.name for column in limited), limited[0].limited_by
    return (
        f"{names}: {result.as_role} sees more; shown as {by} sees it, as whom this environment is looked at\n"
    )


def _headers(result: ShowResult) -> list[str]:
    return [c.name if c.form == "clear" else f"{c.name} [{c.form}]" for c in result.columns]


def _cells(result: ShowResult) -> list[list[str]]:
    return [[text_of(row.get(c.name)) for c in result.columns] for row in result.rows]


def _right(result: ShowResult) -> list[int]:
    return [i for i, c in enumerate(result.columns) if c.form == "clear" and c.type.startswith(_NUMBERS)]
