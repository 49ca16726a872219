"""State in a file, for one machine: a log of which every line is a batch of records, with a lock of the file system.

A batch is appended and synced before the next step starts, so that what a killed process had done is known. A last line
without its end was never finished and does not count. The first batch of an apply writes the log anew, through a file
beside it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from headgate.ports import PermanentFailure
from headgate.state.first_format import FirstFormat
from headgate.state.formats import Owner, StateDamaged
from headgate.state.ledger import Entry, Fenced, Record
from headgate.state.store import LoggedState

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FileLedger:
    """A log in a file. The system gives its lock back when the process ends, however it does."""

    shared = False

    def __init__(self, file: Path, owner: Owner) -> None:
        self._file = file
        self._owner = owner
        self._lock: int | None = None
        self._whole = False
        """Whether what the file holds was written by this writer, and ends with the end of a line."""

    def latest(self) -> Mapping[str, Entry]:
        """The last record of every key; what is not there is empty."""
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise StateDamaged(f"{self._file.name} cannot be read: {error}") from error
        finished = text.rpartition("\n")[0]
        latest = self._entries(finished.split("\n")) if finished else {}
        if latest and str(self._owner) not in latest:
            raise StateDamaged(f"{self._file.name} is the state of {min(latest, key=len)}")
        return latest

    def take(self) -> None:
        """Shuts every other writer out."""
        with self._written():
            self._file.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._file.with_name(f"{self._file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(lock)
        except OSError:
            os.close(lock)
            raise Fenced from None
        self._lock = lock
        self._whole = False

    def write(self, records: Sequence[Record]) -> None:
        """One line with all the records, synced."""
        if self._lock is None:
            raise Fenced
        with self._written():
            if not self._whole:
                self._write_anew(records)
                return
            self._whole = False  # where this is cut off, what comes next must not go on in the same line
            with self._file.open("a", encoding="utf-8") as log:
                log.write(_line(records))
                log.flush()
                os.fsync(log.fileno())
            self._whole = True

    def leave(self) -> None:
        """Others may write."""
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None

    def close(self) -> None:
        """The lock is given back."""
        self.leave()

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise PermanentFailure(f"`{self._file.name}` cannot be written: {why}") from None

    def _write_anew(self, records: Sequence[Record]) -> None:
        whole: dict[str, Mapping[str, Any] | None] = {key: one.value for key, one in self.latest().items()}
        whole.update(records)
        beside = self._file.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as log:
            log.writelines(_line([record]) for record in sorted(whole.items()) if record[1] is not None)
            log.flush()
            os.fsync(log.fileno())
        beside.replace(self._file)
        _sync_folder(self._file.parent)
        self._whole = True

    def _entries(self, lines: Sequence[str]) -> dict[str, Entry]:
        read = FirstFormat().records if lines[0].startswith("{") else _batch
        latest: dict[str, Entry] = {}
        for number, line in enumerate(lines, start=1):
            try:
                for key, value in read(json.loads(line)):
                    if value is None:
                        latest.pop(key, None)
                    else:
                        latest[key] = Entry(value, number)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise StateDamaged(f"line {number} of {self._file.name} is no record of a state") from error
        return latest


def _batch(line: Any) -> Iterator[Record]:
    if not isinstance(line, list):
        raise TypeError
    yield from ((key, value) for key, value in line)


def _line(records: Sequence[Record]) -> str:
    return json.dumps(records, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def _sync_folder(folder: Path) -> None:
    """A file's new name outlives a machine that stops: fsync(2) of the file alone does not see to it."""
    if sys.platform != "win32":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _lock(file: int) -> None:
    """OSError where another has it: flock(2), or its like."""
    if sys.platform == "win32":
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def open_state(file: Path, *, project: str, environment: str, version: str) -> LoggedState:
    """The state in `file`; StateTooNew or StateDamaged where it cannot be read. Nothing is written yet."""
    owner = Owner(project, environment, version)
    return LoggedState(FileLedger(file, owner), owner, backups=file.parent)
