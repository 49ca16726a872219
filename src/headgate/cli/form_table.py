"""Who sees what, as few small tables: readers that see the same in one row, streams of which that holds in one table."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.cli.tables import table
from headgate.workflows.results import FormRow

DENIED = "denied"
_FOR = " for "

_Rows = tuple[tuple[str, tuple[str, ...]], ...]


def form_tables(streams: Sequence[FormRow], most: int = 8) -> list[str]:
    """The tables, of the first `most` groups of streams; a column that all who may read the stream see is left out."""
    groups: dict[tuple[tuple[str, ...], _Rows], list[str]] = {}
    for stream in streams:
        columns = _partly_hidden(stream)
        groups.setdefault((columns, _merged(stream, columns)), []).append(stream.address.split(".", 1)[1])
    parts = []
    for (columns, rows), names in list(groups.items())[:most]:
        title = f"who sees {', '.join(names)}"
        parts.append(table((title, *(columns or ("every column",))), rows_of(rows, columns), widest=72))
    left = sum(len(names) for names in list(groups.values())[most:])
    if left:
        parts.append(
            f"… and {left} more streams that not everybody sees all of: `headgate access` shows them\n"
        )
    return parts


def rows_of(rows: _Rows, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The cells of a table: what is not hidden is clear, and who is denied is said so once."""
    blank = ("",) * (len(columns) - 1)
    return [
        (who, DENIED, *blank) if DENIED in forms else (who, *(form or "clear" for form in forms or ("",)))
        for who, forms in rows
    ]


def _partly_hidden(stream: FormRow) -> tuple[str, ...]:
    return tuple(
        name
        for at, name in enumerate(stream.columns)
        if any(forms[at] not in ("", DENIED) for _, forms in stream.roles)
    )


def _merged(stream: FormRow, columns: tuple[str, ...]) -> _Rows:
    """Readers that see the same for the same purpose, in the order of the first of each."""
    at = [stream.columns.index(name) for name in columns]
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for reader, forms in stream.roles:
        role, _, purpose = reader.partition(_FOR)
        seen = (DENIED,) if DENIED in forms else tuple(forms[i] for i in at)
        groups.setdefault((purpose, seen), []).append(role)
    return tuple(
        (", ".join(roles) + (f"{_FOR}{purpose}" if purpose else ""), seen)
        for (purpose, seen), roles in groups.items()
    )
