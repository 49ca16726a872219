"""An enforced contract beside what its query gives, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from headgate.graph.model import StreamFacts
from headgate.project.declarations import Column, Stream
from headgate.sql.facts import ColumnFacts


@dataclass(frozen=True, slots=True)
class Unmatched:
    """The promised columns that no column of the query is, each with the one it may have been renamed to; and the rest."""

    missing: tuple[tuple[Column, str], ...] = ()
    extra: tuple[ColumnFacts, ...] = ()


def unmatched(stream: Stream, facts: StreamFacts | None) -> Unmatched:
    """What of a contract and its query does not match by name. A renaming is one mistake, so it is missing alone.

    A column of unknown type comes of a fault in the query, which is said there: it may be any of those that are missing.
    """
    if not stream.contract or not stream.columns or facts is None or facts.query is None:
        return Unmatched()
    given = {c.name for c in facts.query.columns}
    promised = [c for c in stream.columns if not c.metadata and not c.expression]
    extra = {c.name: c for c in facts.query.columns if stream.column(c.name) is None}
    missing: list[tuple[Column, str]] = []
    for column in promised:
        if column.name not in given:
            close = get_close_matches(column.name, extra, 1)
            found = extra.pop(close[0]) if close else None
            if found is None or found.type.name != "UNKNOWN":
                missing.append((column, found.name if found else ""))
    unknown = sum(c.type.name == "UNKNOWN" for c in extra.values())
    alone = [one for one in missing if not one[1]]
    blamed = [one for one in missing if one not in alone[:unknown]]
    return Unmatched(tuple(blamed), tuple(c for c in extra.values() if c.type.name != "UNKNOWN"))
