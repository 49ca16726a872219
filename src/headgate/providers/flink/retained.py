"""State that a JobManager has forgotten: checkpoints and savepoints in folders that this machine sees.

A JobManager without high availability forgets its jobs when it starts anew, and each job that ended after an hour
(`jobstore.expiration-time`). What they wrote stays, and its path says whose it is: it holds the job's id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from headgate.providers.flink.jobmanager import JobManager
from headgate.providers.flink.labels import OURS, job_prefix, state_of_id

REMOVED = "removed"
"""The folder of the savepoint that a job was removed with: nothing goes on from there unasked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """The newest state of a thing: where it is, and what of the job's id says what it depends on."""

    path: str
    state: str
    removed: bool


def newest(manager: JobManager, owner: str, id_: str, name: str) -> Retained | None:
    """The newest state of a thing in the cluster's folders; None where there is none that this machine sees."""
    prefix = job_prefix(owner, id_)
    found = list(_metadata(manager.checkpoint_folder, f"{prefix}*/chk-*/_metadata"))
    found += _metadata(manager.savepoint_folder, f"{OURS}/{name}/{prefix}*/*/savepoint-*/_metadata")
    if not found:
        return None
    file = max(found, key=lambda one: one.stat().st_mtime_ns)
    job = next(part for part in file.parts if part.startswith(prefix))
    return Retained(path=file.parent.as_uri(), state=state_of_id(job), removed=file.parts[-3] == REMOVED)


def seen(manager: JobManager) -> bool:
    """Whether the cluster keeps checkpoints where this machine sees them: then what is not found there never was."""
    return _seen(manager.checkpoint_folder) is not None


def _metadata(folder: str, pattern: str) -> Iterator[Path]:
    here = _seen(folder)
    if here is not None:
        yield from here.glob(pattern)


def _seen(folder: str) -> Path | None:
    said = urlsplit(folder)
    here = Path(said.path)
    return here if folder and said.scheme in ("", "file") and here.is_dir() else None
