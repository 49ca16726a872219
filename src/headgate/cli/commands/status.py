"""`headgate status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from headgate.cli.answers import give
from headgate.cli.colours import coloured
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.workflows.request import Request
from headgate.workflows.results import GroupRow, PromiseRow, RunningRow, StatusResult, StatusRow, TopicRow
from headgate.workflows.status import status

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@click.command("status", short_help="Compare declared, applied and live; tell how it runs.")
@common()
def command(request: Request, shown: Shown) -> int:
    """Compare what is declared, what was applied and what is live.

    On live environments also: how jobs and connectors are doing, what topics hold, which consumer groups read them, which
    promises are kept, and what could not be looked at.
    """
    return give(status(request), shown, as_text)


def as_text(result: StatusResult, shown: Shown) -> str:
    """What is declared, applied and live, and then how it is doing, section by section."""
    sections = [_things(result, shown)] if result.environment else []
    for title, headers, rows, right in _doing(result):
        if rows:
            text = table(headers, rows, right=right, widest=_widest(shown))
            sections.append(f"{title}\n{text}{''.join(_whys(title, result))}")
    if result.unseen:
        sections.append("could not be seen\n" + "".join(f"  ! {why}\n" for why in result.unseen))
    text = "\n".join(sections)
    return coloured(text) if shown.colour else text


def _things(result: StatusResult, shown: Shown) -> str:
    """Each thing; grants that stand alike are one line, which `-v` takes apart."""
    alike: dict[tuple[str, ...], list[StatusRow]] = {}
    for row in result.rows:
        states = (_yes(row.declared), _yes(row.applied), _yes(row.live), row.drift)
        grant = row.kind.endswith("acl") and not shown.verbose
        alike.setdefault((row.kind, *states, "" if grant else row.name), []).append(row)
    rows = [
        (
            those[0].name if len(those) == 1 else f"{len(those)} grants",
            kind.removeprefix(f"{result.environment}_"),
            declared,
            applied,
            live,
            _number(those[0].rows),
            drift,
        )
        for (kind, declared, applied, live, drift, _), those in alike.items()
    ]
    headers = ("thing", "kind", "declared", "applied", "live", "rows", "drift")
    return table(headers, rows, right=(5,), widest=_widest(shown))


def _widest(shown: Shown) -> int:
    """How much of a name is shown: names of one project often begin alike, so in full where that is asked for."""
    return 1000 if shown.verbose else 60


def _whys(title: str, result: StatusResult) -> Iterator[str]:
    """Why something does not run, in full; of what could not be asked, that is said at the end."""
    for row in result.running if title == "running" else ():
        if row.why and row.status != "unknown":
            mark = "✗" if row.status in ("failed", "failing", "gone") else "!"
            yield f"  {mark} {row.name}: {row.why}\n"


_Section = tuple[str, Sequence[str], Sequence[Sequence[str]], Sequence[int]]


def _doing(result: StatusResult) -> Iterator[_Section]:
    yield (
        "running",
        ("what", "kind", "status", "lag", "in/s", "out/s", "behind", "checkpoints", "tasks"),
        [_running(row) for row in result.running],
        (3, 4, 5, 6),
    )
    yield (
        "topics",
        ("topic", "stream", "partitions", "records", "newest", "age", "freshness"),
        [_topic(row) for row in result.topics],
        (2, 3, 5),
    )
    yield (
        "consumer groups",
        ("group", "topic", "state", "lag", "whose"),
        [_group(row) for row in result.groups],
        (3,),
    )
    yield (
        "promises",
        ("whose", "what", "about", "promised", "is", "status"),
        [_promise(row) for row in result.promises],
        (3, 4),
    )
    yield (
        "deprecated",
        ("stream", "until", "still read by"),
        [(row.address, row.date, ", ".join(row.readers) or "nobody") for row in result.deprecated],
        (),
    )


def _running(row: RunningRow) -> tuple[str, ...]:
    facts = row.facts
    delay = facts.get("watermark_delay_ms")
    return (
        row.name,
        row.kind.removeprefix("flink_"),
        row.status,
        _number(facts.get("lag")),
        _number(facts.get("in_per_second")),
        _number(facts.get("out_per_second")),
        "" if delay is None else span(delay / 1000),
        _checkpoints(facts),
        _tasks(facts.get("tasks")),
    )


def _checkpoints(facts: Mapping[str, Any]) -> str:
    if "checkpoints" not in facts:
        return ""
    failed = facts.get("checkpoints_failed")
    return f"{facts['checkpoints']}" + (f", {failed} failed" if failed else "")


def _tasks(tasks: Any) -> str:
    return ", ".join(map(str, tasks)) if isinstance(tasks, (list, tuple)) else _number(tasks)


def _topic(row: TopicRow) -> tuple[str, ...]:
    age = "" if row.age_seconds is None else span(row.age_seconds)
    return (
        row.topic,
        row.address,
        str(row.partitions),
        str(row.records),
        row.newest or "empty",
        age,
        row.freshness,
    )


def _group(row: GroupRow) -> tuple[str, ...]:
    if row.declared:
        whose = row.whose
    else:
        said = f": {row.whose} does not say so" if row.whose else ""
        whose = f"UNDECLARED{said}" + (f" (client {', '.join(row.clients)})" if row.clients else "")
    lag = _number(row.lag) + (f" + {row.uncommitted} uncommitted" if row.uncommitted else "")
    return row.group, row.topic, row.state, lag.removeprefix(" + "), whose


def _promise(row: PromiseRow) -> tuple[str, ...]:
    def shown(value: int | None) -> str:
        if value is None:
            return ""
        return span(value / 1000) if row.promise == "freshness" else str(value)

    status_ = row.status.replace("_", " ")
    return row.address, row.promise, row.about, shown(row.limit), shown(row.actual), status_


def span(seconds: float) -> str:
    """A time as people say it: its two greatest units.

    >>> span(93_784), span(59.4), span(0.2)
    ('1 d 2 h', '59 s', '0 s')
    """
    left = max(0, int(seconds))
    parts = []
    for unit, size in _UNITS:
        if left >= size:
            parts.append(f"{left // size} {unit}")
            left %= size
    return " ".join(parts[:2]) or "0 s"


def _number(value: Any) -> str:
    return "" if value is None else str(value)


def _yes(value: bool | None) -> str:
    return "?" if value is None else "yes" if value else "no"
