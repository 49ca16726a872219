"""The audit: what was done to an environment, by whom, when; kept for ever, never changed.

An entry is written before something is done and again when it is over: of the entries with one `run` the last holds, and
one that never ended says so.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import secrets
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol

from headgate.ports import PermanentFailure

FORMAT = 1
BEGUN = "begun"


@dataclass(frozen=True, slots=True)
class AuditStep:
    """A step: the thing (`kind/name`), its declaration, what was done and what became of it."""

    thing: str
    address: str
    action: str
    status: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """What was done: `verb` as on the command line, `outcome` in a word, `about` what it was done to where that is one thing.

    `plan` is a plan's digest, `reason` why somebody forced it. `widened` and `narrowed` are those whose access changed:
    things that give access, or the names of readers and what they read.
    """

    verb: str
    project: str
    environment: str
    who: str
    host: str
    version: str
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    at: str = field(default_factory=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"))
    outcome: str = BEGUN
    commit: str = ""
    plan: str = ""
    generation: int = 0
    about: str = ""
    reason: str = ""
    steps: tuple[AuditStep, ...] = ()
    widened: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()


class Audit(Protocol):
    """Where entries are kept."""

    def append(self, entry: AuditEntry) -> None:
        """It is written for good; a Failure is raised where it is not."""

    def newest(self) -> Iterator[AuditEntry]:
        """The environment's entries, each run's last one, the newest first."""

    def close(self) -> None:
        """Nothing is open any more."""


class FileAudit:
    """The audit of one environment in a file: an entry a line, appended and synced."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def append(self, entry: AuditEntry) -> None:
        """A line more. One that was cut off is ended first."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a+b") as log:
                log.seek(0, os.SEEK_END)
                if log.tell() and not self._ends_a_line():
                    log.write(b"\n")
                log.write(entry_to_text(entry).encode() + b"\n")
                log.flush()
                os.fsync(log.fileno())
        except OSError as error:
            raise PermanentFailure(f"`{self._file.name}` cannot be written: {error.strerror}") from None

    def newest(self) -> Iterator[AuditEntry]:
        """The entries; a line that is none, since it was cut off, is passed over."""
        try:
            lines = self._file.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return iter(())
        except OSError as error:
            raise PermanentFailure(f"`{self._file.name}` cannot be read: {error.strerror}") from None
        return last_of_each_run(entry for line in reversed(lines) if (entry := text_to_entry(line)))

    def close(self) -> None:
        """Nothing is open between two entries."""

    def _ends_a_line(self) -> bool:
        with self._file.open("rb") as log:
            log.seek(-1, os.SEEK_END)
            return log.read() == b"\n"


def last_of_each_run(newest: Iterable[AuditEntry]) -> Iterator[AuditEntry]:
    """Entries from the newest on, without those whose run has a later one."""
    seen: set[str] = set()
    for entry in newest:
        if entry.run not in seen:
            seen.add(entry.run)
            yield entry


MOST_STEPS = 1_000
"""Of more steps than these the record of an entry is packed: Kafka takes none larger than a megabyte, unless told to."""


def entry_to_text(entry: AuditEntry) -> str:
    """An entry as one line of JSON."""
    values = {"format": FORMAT, **asdict(entry)}
    if len(entry.steps) > MOST_STEPS:
        packed = zlib.compress(json.dumps(values.pop("steps"), separators=(",", ":")).encode())
        values["packed_steps"] = base64.b64encode(packed).decode()
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def text_to_entry(text: str | bytes) -> AuditEntry | None:
    """The entry that `entry_to_text` wrote; what a later version added is left out, and what is no entry is None."""
    try:
        values: Mapping[str, Any] = json.loads(text)
        known = {one.name: values[one.name] for one in fields(AuditEntry) if one.name in values}
        if "packed_steps" in values:
            known["steps"] = json.loads(zlib.decompress(base64.b64decode(values["packed_steps"])))
        known["steps"] = tuple(AuditStep(**step) for step in known.get("steps", ()))
        known["widened"], known["narrowed"] = (tuple(known.get(name, ())) for name in ("widened", "narrowed"))
        return AuditEntry(**known)
    except (ValueError, TypeError, AttributeError, zlib.error):
        return None
