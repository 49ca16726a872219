"""`tail`: the last records of a stream, and those that come, as a role sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.observe.keys import KeysUnreadable
from headgate.ports import PermanentFailure, TemporaryFailure
from headgate.workflows.live_records import LiveRows
from headgate.workflows.looking import Look, NoLook, open_look, reading
from headgate.workflows.readers import unreadable
from headgate.workflows.refused import Refused
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, ShowResult
from headgate.workflows.session import open_session
from headgate.workflows.show import Asked, cannot_read, live_streams, not_shown, show

NOTHING_COMES = Code("HGD033", "nothing-comes-here", Severity.WARNING)

Come = Callable[[ShowResult], None]
"""Is given records as they come: their columns, and those of them that came together."""


@dataclass(slots=True)
class _Given:
    """How many rows may still be given, and how many were."""

    left: int | None
    count: int = 0

    def take(self, rows: int) -> int:
        """How many of so many rows are given."""
        taken = rows if self.left is None else min(rows, self.left)
        self.left = None if self.left is None else self.left - taken
        self.count += taken
        return taken


def tail(
    request: Request,
    node: str,
    come: Come,
    *,
    last: int = 10,
    limit: int | None = None,
    as_role: str | None = None,
    purpose: str | None = None,
) -> ShowResult:
    """Gives `come` the last records of a stream and then those that come, until `limit` were given or somebody stops it.

    The answer has no rows of its own; What nobody writes to while we look, the
    embedded engine, ends with its last records.
    """
    session = open_session(request)
    look = open_look(session, node, as_role, purpose)
    if isinstance(look, NoLook):
        return not_shown("tail", session, look, as_role)
    if not look.live:
        return _held(request, look, node, come, last if limit is None else min(last, limit))
    try:
        ended = _follow(look, come, last, limit)
    except KeysUnreadable as error:
        ended = Refused((unreadable(session, error),), COULD_NOT_RUN)
    if ended is not None:
        return not_shown("tail", session, NoLook(node=str(look.address), refused=ended), as_role)
    return ShowResult(command="tail", node=str(look.address), as_role=as_role or "", texts=session.texts)


def _follow(look: Look, come: Come, last: int, limit: int | None) -> Refused | None:
    """Why it ended before its time; None where it is done."""
    streams = live_streams(look)
    if isinstance(streams, Refused):
        return streams
    looking = reading(look, "tail", f"the last {last} records, and what comes")
    if isinstance(looking, Refused):
        return looking
    given = _Given(limit)
    begin = last if limit is None else min(last, limit)
    try:
        with looking, closing(streams.follow(look.address, begin)) as batches:
            for batch in _wanted(batches, given):
                looking.add(batch.read)
                come(_as_shown(look, batch, given))
    except (TemporaryFailure, PermanentFailure) as failure:
        return cannot_read(look, streams, failure)
    return None


def _wanted(batches: Iterator[LiveRows], given: _Given) -> Iterator[LiveRows]:
    """What comes, until enough was given; the first whatever it holds, so that the columns are known."""
    for number, batch in enumerate(batches):
        if number == 0 or batch.result.rows or batch.malformed:
            yield batch
        if given.left == 0:
            return


def _as_shown(look: Look, batch: LiveRows, given: _Given) -> ShowResult:
    place = given.count
    result = replace(batch.result, rows=batch.result.rows[: given.take(len(batch.result.rows))])
    rows = look.seen(result, first=place)
    return ShowResult(
        command="tail",
        node=str(look.address),
        as_role=look.role or "",
        columns=look.columns(rows),
        rows=rows.rows,
        malformed=batch.malformed,
    )


def _held(request: Request, look: Look, node: str, come: Come, last: int) -> ShowResult:
    """The last rows of the embedded engine's stream: it changes with a build, and with nothing else."""
    shown = show(request, node, asked=Asked(limit=last, latest=True), as_role=look.role, purpose=look.purpose)
    if shown.exit_code == 0:
        come(replace(shown, command="tail", diagnostics=()))
    told = shown.diagnostics or (_nothing_comes(look),)
    return replace(shown, command="tail", columns=(), rows=(), diagnostics=told)


def _nothing_comes(look: Look) -> Diagnostic:
    name = look.session.project.environment.name
    stream = look.session.graph.stream(look.address)
    return NOTHING_COMES.at(
        stream.place.at("name").span(),
        f"nothing comes to `{stream.name}` while one looks: `{name}` is the embedded engine",
        node=str(look.address),
    ).with_help("`headgate build` fills its streams; on a live environment `tail` follows the topic")
