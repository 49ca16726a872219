"""Jobs made, changed, stopped and removed: at no time are there two of one name, and no state is lost on the way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from headgate.ports import PermanentFailure, TemporaryFailure
from headgate.providers.flink.jobs import PAUSED, How, Job, Thing, lost_parts, state_path, things
from headgate.providers.flink.labels import (
    KEEP,
    OURS,
    UNKNOWN_STATE,
    Label,
    Parts,
    job_name,
    kept,
    start_of,
    state_hash,
)
from headgate.providers.flink.rest import Rejected
from headgate.providers.flink.retained import REMOVED, newest, seen
from headgate.providers.flink.starting import Flink, Moved, NotRunning, Start
from headgate.resources import Resource, ResourceId
from headgate.resources.job_state import ANEW, REGAINED, lost_state


def make(flink: Flink, wanted: Resource, *, adopt: bool = False) -> None:
    """The job is there as wanted, alone of its name; it goes on from its state where it was there before.

    PermanentFailure where a job of that name runs that is somebody else's, unless it is to be taken over.
    """
    name = job_name(wanted.id)
    thing = _thing(flink, name)
    label = Label(owner=flink.owner, id=wanted.id.name, fields=kept(wanted.fields))
    last = thing.last
    if last is not None and not adopt and (last.label is None or last.label.owner != flink.owner):
        raise PermanentFailure("a job of that name runs there, and is not this project's")
    if last is not None and last.label is not None and last.label.fields == label.fields:
        if thing.how is How.LIVE:
            _settle(flink, thing)
            _check_parts(flink, last.id, last.label)
            flink.await_running(last.id, str(wanted.fields["sql"]), known=True)
        if thing.how is not How.ENDED:
            return
    flink.check_room(wanted.fields, freed=sum(flink.slots_needed(_fields(job)) for job in thing.live))
    if last is None:
        _create(flink, name, label, thing, wanted)
    else:
        _upgrade(flink, name, label, thing, wanted)


def remove(flink: Flink, id_: ResourceId) -> None:
    """No job of that name is there."""
    name = job_name(id_)
    thing = _thing(flink, name)
    if thing.last is None:
        return
    for job in thing.live:
        try:
            flink.manager.stop(job.id, _folder(flink, name, job.id, REMOVED), flink.patience.savepoint)
        except Rejected:
            flink.cancel(job.id)
    flink.mark_removed(name, Label(owner=flink.owner, id=id_.name, fields=None), thing)


def pause(flink: Flink, id_: ResourceId) -> None:
    """The job stands still at a savepoint."""
    name = job_name(id_)
    thing = _thing(flink, name)
    if thing.last is not None and thing.how is How.PAUSED:
        return
    if not thing.live:
        raise PermanentFailure(f"`{name}` does not run")
    _settle(flink, thing)
    last = thing.live[-1]
    try:
        if last.label is not None:
            _check_parts(flink, last.id, last.label)
        flink.manager.stop(last.id, _folder(flink, name, last.id, PAUSED), flink.patience.savepoint)
    except NotRunning as failure:
        raise PermanentFailure(f"`{name}` cannot be paused: {failure}") from None
    except Rejected as rejected:
        raise PermanentFailure(f"`{name}` cannot be paused: it takes no savepoint: {rejected}") from None
    _await_paused(flink, name)


def _await_paused(flink: Flink, name: str) -> None:
    """The JobManager shows the savepoint: it tells of a job what it looked up up to `web.refresh-interval` ago."""
    until = time.monotonic() + flink.patience.checkpoint
    while _thing(flink, name).how is not How.PAUSED:
        if time.monotonic() > until:
            raise TemporaryFailure(
                f"`{name}` stands still, and its JobManager does not show the savepoint yet"
            )
        flink.patience.sleep(flink.patience.between)


def resume(flink: Flink, id_: ResourceId) -> None:
    """A paused job goes on from its savepoint."""
    name = job_name(id_)
    thing = _thing(flink, name)
    last = thing.last
    if last is None or last.label is None:
        raise PermanentFailure(f"the JobManager knows no job `{name}` of ours: `apply` makes it again")
    if thing.live:
        return
    if not thing.savepoint:
        raise PermanentFailure(f"there is no savepoint of `{name}` to go on from")
    _begin(flink, name, last.label, thing, Start(path=thing.savepoint))


def _create(flink: Flink, name: str, label: Label, thing: Thing, wanted: Resource) -> None:
    begin = _beginning(flink, name, label, thing, start_of(wanted))
    try:
        _begin(flink, name, label, thing, begin, keeping={} if start_of(wanted) == KEEP else None)
    except NotRunning as failure:
        if not begin.path:
            flink.mark_removed(
                name, Label(owner=flink.owner, id=wanted.id.name, fields=None), _thing(flink, name)
            )
        raise PermanentFailure(f"the job does not run, and was cancelled: {failure}") from None


def _beginning(flink: Flink, name: str, label: Label, thing: Thing, chosen: str) -> Start:
    """Where a job begins that is not there: where somebody chose, or at the state of one that the JobManager forgot."""
    if chosen and chosen not in (KEEP, REGAINED):
        return start(chosen)
    found = None if thing.jobs else newest(flink.manager, flink.owner, label.id, name)
    if chosen == KEEP and found is None:
        raise PermanentFailure("no state of the job is found to go on from: choose another way to start it")
    unknown = found is None and not thing.jobs and not seen(flink.manager)
    if unknown and chosen == REGAINED and (label.fields or {}).get("upgrade") != "stateless":
        raise PermanentFailure(
            "the JobManager has forgotten the job, and its checkpoints are nowhere that can be seen from here: choose how to "
            "start, to rebuild it or from now on"
        )
    if found is None or (found.removed and chosen != KEEP):
        return Start()
    known = found.state != UNKNOWN_STATE and found.state == state_hash(label.fields)
    if chosen != KEEP and not known:
        raise PermanentFailure(
            f"the JobManager has forgotten the job, whose last state in {found.path} need not fit: choose how to start, "
            "to keep that state or to rebuild it"
        )
    return Start(path=found.path)


def _upgrade(flink: Flink, name: str, label: Label, thing: Thing, wanted: Resource) -> None:
    said = start_of(wanted)
    chosen = said if said not in ("", REGAINED) else _unsaid(wanted)
    old = thing.last
    assert old is not None
    if not chosen:
        _check_state(flink, old, wanted)
    keeping = {} if chosen == KEEP else (old.label and old.label.keeping) or flink.stateful(old.id)
    path = _stopped(flink, name, thing)
    begin = Start(path=path) if chosen in ("", KEEP) else start(chosen)
    try:
        _begin(flink, name, label, _thing(flink, name), begin, keeping)
    except (NotRunning, PermanentFailure) as failure:
        raise PermanentFailure(_back(flink, name, old, path, str(failure))) from None


def _unsaid(wanted: Resource) -> str:
    return "earliest" if wanted.fields.get("upgrade") == "stateless" else ""


def _back(flink: Flink, name: str, old: Job, path: str, why: str) -> str:
    """The old job runs again, from where it stood; what is to be said of it."""
    if old.label is None or not path:
        return f"the changed job does not run, and the old one cannot be started again: {why}"
    try:
        _begin(flink, name, old.label, _thing(flink, name), Start(path=path))
    except (NotRunning, PermanentFailure) as failure:
        return f"the changed job does not run ({why}), nor does the old one now: {failure}; its state is in {path}"
    return f"the changed job does not run, and the old one goes on from its savepoint: {why}"


def _check_state(flink: Flink, old: Job, wanted: Resource) -> None:
    """PermanentFailure where the changed job would read the old one's state as something else, or not at all."""
    if old.label is None or old.label.fields is None:
        raise PermanentFailure("what runs under this name says nothing of its state: choose how to start")
    try:
        now = flink.state(wanted.fields)
    except Rejected as rejected:
        raise PermanentFailure(f"Flink refuses the job: {rejected}") from None
    try:
        lost = lost_state(flink.state(old.label.fields), now)
    except Rejected as rejected:
        raise PermanentFailure(f"Flink refuses what runs now: choose how to start: {rejected}") from None
    if lost:
        shown = "\n  ".join(("the old state does not fit the changed job:", *lost))
        raise PermanentFailure(
            f"{shown}\n  choose how to start: rebuild from the earliest records, or from now on"
        )


def _begin(
    flink: Flink,
    name: str,
    label: Label,
    thing: Thing,
    begin: Start,
    keeping: Parts | None = None,
) -> None:
    """Submits a job and waits until it runs; one that does not is cancelled.

    What comes after the last state moves where it grows or shrinks, and Flink refuses a savepoint that holds anything of
    it: the sink's committer, which has nothing to remember. Then the job is let go without that, and must have every
    operator of the old one that may keep state (`keeping`) in its place.
    """
    assert label.fields is not None
    try:
        job = flink.submit(name, label, thing, begin)
    except Moved as moved:
        if keeping is None:
            raise PermanentFailure(f"Flink refuses the job: {moved}") from None
        job = flink.submit(name, label, _thing(flink, name), replace(begin, keeping=keeping))
        _check_parts(flink, job, replace(label, keeping=keeping))
    _await(flink, job, label.fields)
    if begin.path and not (flink.manager.checkpoints(job).get("latest") or {}).get("restored"):
        flink.cancel(job)
        raise NotRunning(f"it did not restore {begin.path}")


def _check_parts(flink: Flink, job: str, label: Label) -> None:
    """A job that has not all the parts that it must keep is cancelled, and `NotRunning`."""
    lost = lost_parts(label, flink.stateful(job)) if label.keeping else ()
    if lost:
        flink.cancel(job)
        raise NotRunning(f"the state of {', '.join(lost)} would be lost: choose how to start")


def _await(flink: Flink, job: str, fields: Mapping[str, Any]) -> None:
    try:
        flink.await_running(job, str(fields["sql"]))
    except NotRunning:
        flink.cancel(job)
        raise


def _stopped(flink: Flink, name: str, thing: Thing) -> str:
    """Every live job of the name has ended; the path of the last one's state, "" where it has none."""
    _settle(flink, thing)
    if not thing.live:
        return thing.savepoint
    job = thing.live[-1]
    if job.label is not None and job.label.keeping and lost_parts(job.label, flink.stateful(job.id)):
        flink.cancel(job.id)
        return job.label.origin
    try:
        return flink.manager.stop(job.id, _folder(flink, name, job.id, "upgrade"), flink.patience.savepoint)
    except Rejected:
        # One that fails over and over takes no savepoint: it goes on from its last checkpoint, which the JobManager
        # may tell late, when the one that it tells of is gone.
        flink.cancel(job.id)
        flink.patience.sleep(flink.manager.refresh_seconds)
        return state_path(flink.manager, job)


def _settle(flink: Flink, thing: Thing) -> None:
    """Of several live jobs of one name the last one stays."""
    for job in thing.live[:-1]:
        flink.cancel(job.id)


def _thing(flink: Flink, name: str) -> Thing:
    return things(flink.manager, [name], flink.owner)[name]


def _fields(job: Job) -> Mapping[str, Any]:
    return (job.label.fields if job.label is not None else None) or {}


def _folder(flink: Flink, name: str, job: str, why: str) -> str:
    """Where a savepoint goes: below the cluster's own folder, so that its path tells whose it is and why it was taken."""
    base = flink.manager.savepoint_folder
    if not base:
        raise PermanentFailure(
            "the cluster has no folder for savepoints: set `execution.checkpointing.savepoint-dir`"
        )
    return f"{base.rstrip('/')}/{OURS}/{name}/{job}/{why}"


def start(said: str) -> Start:
    """Where to begin, as it is said: a mode of the sources, `savepoint:PATH`, or anew."""
    if said == ANEW:
        return Start()
    if said.startswith("savepoint:"):
        return Start(path=said.removeprefix("savepoint:"))
    return Start(mode=said)
