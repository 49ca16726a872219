"""How jobs are doing, in their JobManager's numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from headgate.ports import Running
from headgate.providers.flink.jobs import How, Thing, things
from headgate.providers.flink.labels import job_name
from headgate.providers.flink.starting import Flink
from headgate.resources import ResourceId

_SETTLE_SECONDS = 0.4
"""A JobManager fetches numbers when it is asked for them, and answers with those that it had."""
_QUIET_SECONDS = 30
"""A source that has read nothing for so long, and tells no lag, has nothing to read."""
_CATCHING_UP_SECONDS = 10
"""A job that needs longer for what lies before it, at the pace it has, is not up to date."""
_AT_ONCE = 8
_NO_WATERMARK = -(2**62)
_SOURCE = "Source__"
_TROUBLE = frozenset({"RESTARTING", "FAILING", "CANCELLING", "SUSPENDED", "RECONCILING"})
_BY_TIME = ("Window", "IntervalJoin", "TemporalJoin", "TemporalSort", "OverAggregate", "Match", "Deduplicate")

Numbers = Mapping[str, Mapping[str, float]]
"""The sum and the greatest of each number of a part of a job, by its name."""


def watch(flink: Flink, ids: Sequence[ResourceId], clock: Callable[[], float] = time.time) -> list[Running]:
    """How each job is doing, in the order asked for; the numbers of all are asked for at once."""
    found = things(flink.manager, [job_name(one) for one in ids], flink.owner)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        jobs = {one: found[job_name(one)].live[-1].id for one in ids if found[job_name(one)].live}
        said = dict(zip(jobs, pool.map(flink.manager.job, jobs.values()), strict=True))
        parts = [(one, v["id"]) for one, job in said.items() for v in job.get("vertices", ())]
        list(pool.map(lambda part: _names(flink, jobs[part[0]], part[1]), parts))
        if parts:
            flink.patience.sleep(_SETTLE_SECONDS)
        numbers = list(pool.map(lambda part: _numbers(flink, jobs[part[0]], part[1]), parts))
        by_job: dict[ResourceId, dict[str, Numbers]] = {one: {} for one in ids}
        for (one, part), its in zip(parts, numbers, strict=True):
            by_job[one][part] = its
        shown = [_Seen(one, found[job_name(one)], said.get(one, {}), by_job[one]) for one in ids]
        return list(pool.map(lambda seen: _running(flink, seen, clock()), shown))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a JobManager tells of a thing: its live job's state and parts, and their numbers by part."""

    id: ResourceId
    thing: Thing
    said: Mapping[str, Any]
    numbers: Mapping[str, Numbers]

    def of(self, ending: str, *, beginning: str = "") -> list[Mapping[str, float]]:
        """The numbers of all parts whose names end so, and begin so."""
        named = (item for part in self.numbers.values() for item in part.items())
        return [value for name, value in named if name.endswith(ending) and name.startswith(beginning)]

    @property
    def by_time(self) -> bool:
        return any(kind in v["name"] for v in self.said.get("vertices", ()) for kind in _BY_TIME)


def _running(flink: Flink, seen: _Seen, now: float) -> Running:
    last = seen.thing.last
    if last is None:
        return Running(id=seen.id, status="gone", why="the JobManager knows no job of this name")
    sql = str(((last.label.fields if last.label is not None else None) or {}).get("sql", ""))
    if not seen.thing.live:
        if seen.thing.how is How.PAUSED:
            return Running(
                id=seen.id, status="paused", facts={"job": last.id, "savepoint": seen.thing.savepoint}
            )
        why = flink.why(last.id, sql) or _ended(last.state, seen.thing.savepoint)
        return Running(
            id=seen.id, status="failed", why=why, facts={"job": last.id, "savepoint": seen.thing.savepoint}
        )
    facts = {"job": last.id, **_facts(flink, seen, last.id, now)}
    if len(seen.thing.live) > 1:
        return Running(
            id=seen.id, status="failing", why=f"{len(seen.thing.live)} jobs of this name run", facts=facts
        )
    status, why = _status(seen, facts, now)
    if status == "restarting":
        why = flink.why(last.id, sql) or why
    return Running(id=seen.id, status=status, why=why, facts=facts)


def _ended(state: str, savepoint: str) -> str:
    if "/upgrade/" in savepoint:
        return "a change of it was cut off: the next apply goes on from its savepoint"
    return f"it is {state.lower()}, and not by us: the next apply goes on from its last state"


def _status(seen: _Seen, facts: Mapping[str, Any], now: float) -> tuple[str, str]:
    state = str(seen.said.get("state", ""))
    if state in _TROUBLE:
        return "restarting", f"it is {state.lower()}"
    if any(
        v["status"] not in ("RUNNING", "FINISHED") for v in seen.said.get("vertices", ())
    ) or not seen.said.get("vertices"):
        return "warming", "it starts"
    lag, pace = facts.get("lag"), facts.get("in_per_second") or 0
    up = now - int(seen.said.get("start-time", 0)) / 1000
    if lag is None:
        return ("warming", "its numbers are not there yet") if up < _QUIET_SECONDS else ("running", "")
    if lag > pace * _CATCHING_UP_SECONDS:
        return "warming", f"{lag} records lie before it"
    if seen.by_time and facts.get("read") and facts.get("watermark_delay_ms") is None:
        return "warming", "no watermark has come yet"
    return "running", ""


def _facts(flink: Flink, seen: _Seen, job: str, now: float) -> dict[str, Any]:
    taken = flink.manager.checkpoints(job)
    counts = taken.get("counts") or {}
    completed = (taken.get("latest") or {}).get("completed") or {}
    marks = [n["max"] for n in seen.of(".currentOutputWatermark", beginning=_SOURCE)]
    watermarks = [mark for mark in marks if mark > _NO_WATERMARK]
    restarts = flink.manager.ask(f"/jobs/{job}/metrics?get=numRestarts") or []
    return {
        "lag": _total(seen.of(".pendingRecords", beginning=_SOURCE)),
        "read": _total(seen.of(".numRecordsIn", beginning=_SOURCE)),
        "in_per_second": _rate(seen.of(".numRecordsInPerSecond", beginning=_SOURCE)),
        "out_per_second": _rate(seen.of("Writer.numRecordsInPerSecond")),
        "watermark_delay_ms": round(now * 1000 - min(watermarks)) if watermarks else None,
        "checkpoints": counts.get("completed", 0),
        # Flink asks for one before the job's tasks run, which never begins: its counter has that, its history has not.
        "checkpoints_failed": sum(one["status"] == "FAILED" for one in taken.get("history") or ()),
        "checkpoint_ms": completed.get("end_to_end_duration"),
        "checkpoint_bytes": completed.get("state_size"),
        "restarts": int(restarts[0]["value"]) if restarts else 0,
        "late_dropped": _total(seen.of(".numLateRecordsDropped")) or 0,
    }


def _total(found: Iterable[Mapping[str, float]]) -> int | None:
    values = [n["sum"] for n in found]
    return round(sum(values)) if values else None


def _rate(found: Iterable[Mapping[str, float]]) -> float | None:
    values = [n["sum"] for n in found]
    return round(sum(values), 1) if values else None


def _names(flink: Flink, job: str, part: str) -> list[str]:
    """The numbers that a part of a job has; asking makes the JobManager fetch them."""
    return [
        str(one["id"]) for one in flink.manager.ask(f"/jobs/{job}/vertices/{part}/subtasks/metrics") or ()
    ]


_WANTED = (
    ".pendingRecords", ".numRecordsIn", ".numRecordsInPerSecond", ".currentOutputWatermark", ".numLateRecordsDropped",
)  # fmt: skip


def _numbers(flink: Flink, job: str, part: str) -> Numbers:
    names = [name for name in _names(flink, job, part) if name.endswith(_WANTED)]
    if not names:
        return {}
    asked = quote(",".join(names), safe=",")
    found = flink.manager.ask(f"/jobs/{job}/vertices/{part}/subtasks/metrics?get={asked}&agg=sum,max") or ()
    return {str(one["id"]): one for one in found if isinstance(one.get("sum"), int | float)}
