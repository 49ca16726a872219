"""The jobs of one name: which of them is the thing, and how it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from headgate.providers.flink.jobmanager import TERMINAL, JobManager
from headgate.providers.flink.labels import REMOVED, Label, Parts, read_label

_NO_STATE = re.compile(
    r"Calc|ConstraintEnforcer|Correlate|DropUpdateBefore|Expand|StreamRecordTimestampInserter|Union|.*: (Writer|Committer)"
)
PAUSED = "paused"
"""The folder of savepoints that people paused jobs to: a job that ended there is paused, and nothing else is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as a JobManager knows it. One without a label is somebody else's."""

    id: str
    name: str
    state: str
    started: int
    label: Label | None

    @property
    def live(self) -> bool:
        return self.state not in TERMINAL

    @property
    def removal(self) -> bool:
        return self.name.endswith(REMOVED)


class How(StrEnum):
    """How a thing is that is there."""

    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """All jobs of one name, oldest first: the last that was not removed is the thing."""

    jobs: tuple[Job, ...] = ()
    used: frozenset[str] = frozenset()
    """The ids of every job of the name, whoever's they are: none can be used again."""
    savepoint: str = ""
    """Where an ended job's last state is, as far as the JobManager and the job's label tell."""

    @property
    def live(self) -> tuple[Job, ...]:
        return tuple(job for job in self.jobs if job.live and not job.removal)

    @property
    def last(self) -> Job | None:
        """The job that is the thing; None where there is none, or it was removed."""
        if self.live:
            return self.live[-1]
        return self.jobs[-1] if self.jobs and not self.jobs[-1].removal else None

    @property
    def how(self) -> How:
        if self.live:
            return How.LIVE
        ended_well = self.last is not None and self.last.state == "FINISHED"
        return How.PAUSED if ended_well and self.savepoint.split("/")[-2:-1] == [PAUSED] else How.ENDED

    @property
    def fields(self) -> dict[str, Any] | None:
        """Its fields as it carries them, and whether it runs; None where it is not there."""
        if self.last is None:
            return None
        label = self.last.label
        fields = dict(label.fields or {}) if label is not None else {}
        if "running" in fields:
            fields["running"] = self._running()
        return fields

    def _running(self) -> bool | str:
        if self.how is How.PAUSED:
            return "paused"
        return len(self.live) == 1


def things(manager: JobManager, names: Iterable[str], owner: str) -> Mapping[str, Thing]:
    """What there is of each name. Jobs of others count while they live: what ended of theirs is nobody's business."""
    wanted = {name: name for name in names} | {name + REMOVED: name for name in names}
    found: dict[str, list[Job]] = {name: [] for name in wanted.values()}
    if not found:
        return {}
    for said in manager.jobs():
        name = wanted.get(said["name"])
        if name is not None:
            found[name].append(_job(manager, said))
    return {name: _thing(manager, jobs, owner) for name, jobs in found.items()}


def _thing(manager: JobManager, jobs: list[Job], owner: str) -> Thing:
    ours = [job for job in jobs if job.live or (job.label is not None and job.label.owner == owner)]
    ordered = tuple(sorted(ours, key=lambda job: (job.started, job.removal, job.id)))
    thing = Thing(jobs=ordered, used=frozenset(job.id for job in jobs))
    if thing.last is None or thing.live:
        return thing
    return replace(thing, savepoint=state_path(manager, thing.last))


def state_path(manager: JobManager, job: Job) -> str:
    """Where an ended job's state is: in its last, or in what it began from where it has none, or not all of it."""
    label = job.label
    if label is not None and label.keeping and lost_parts(label, stateful_parts(manager.job(job.id))):
        return label.origin
    return last_state(manager, job.id) or (label.origin if label is not None else "")


def stateful_parts(said: Mapping[str, Any]) -> Parts:
    """The parts that may keep state of a job that a JobManager tells of.

    Flink works ids out from where operators stand; a part has that of its first one.
    """
    found = {str(v["id"]): _down_to_state(str(v["name"])) for v in said.get("vertices", ())}
    return {id_: chain for id_, chain in found.items() if chain}


def lost_parts(label: Label, there: Parts) -> tuple[str, ...]:
    """Of what a job must keep, what stands nowhere in it, or elsewhere."""
    return tuple(" -> ".join(chain) for id_, chain in label.keeping.items() if there.get(id_) != chain)


def _down_to_state(chain: str) -> tuple[str, ...]:
    operators = [re.sub(r"\[\d+\]", "", one) for one in chain.split(" -> ")]
    while operators and _NO_STATE.fullmatch(operators[-1]):
        operators.pop()
    return tuple(operators)


def last_state(manager: JobManager, job: str) -> str:
    """The path of the newest savepoint or retained checkpoint of an ended job; "" where there is none."""
    latest = manager.checkpoints(job).get("latest") or {}
    there = [
        one for key in ("completed", "savepoint") if (one := latest.get(key)) and not one.get("discarded")
    ]
    newest = max(there, key=lambda one: int(one["id"]), default=None)
    return str(newest["external_path"]) if newest else ""


def _job(manager: JobManager, said: Mapping[str, Any]) -> Job:
    return Job(
        id=said["jid"],
        name=said["name"],
        state=said["state"],
        started=int(said["start-time"]),
        label=read_label(manager.parameters(said["jid"])),
    )
