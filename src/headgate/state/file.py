"""State in a file: a log of records, one a line, of which the last about a thing holds, as in a compacted topic.

A record is appended and synced before the next step starts, so that what a killed process had done is known. A last line
without its end was never finished and does not count. `begin` writes the log anew, through a file beside it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headgate.resources import Resource, ResourceId
from headgate.state.records import resource_to_values, values_to_resource

FORMAT = 1


class StateTooNew(Exception):
    """The file is of a newer format than this version reads."""

    def __init__(self, format_: int, needed: str) -> None:
        super().__init__(f"state format {format_} needs headgate {needed or 'of a newer version'}")
        self.format = format_
        self.needed = needed


class StateDamaged(Exception):
    """The file is no state, or that of another project or environment."""


class FileState:
    """The state of one project in one environment. For one machine: it is no lock."""

    def __init__(self, file: Path, project: str, environment: str, version: str) -> None:
        self._file = file
        self._head = {"format": FORMAT, "project": project, "environment": environment, "version": version}
        self._resources: dict[ResourceId, Resource] = {}
        self._intents: dict[ResourceId, None] = {}
        self._generation = 0
        self._torn = False

    @property
    def generation(self) -> int:
        """How many applies there were."""
        return self._generation

    def read(self) -> dict[ResourceId, Resource]:
        """What we own, as last applied, by id."""
        return dict(sorted(self._resources.items()))

    def intents(self) -> tuple[ResourceId, ...]:
        """Things whose step was begun and never recorded: they may be there, changed or gone, and are ours."""
        return tuple(sorted(self._intents))

    def begin(self) -> None:
        """An apply starts: the generation is the next one."""
        self._generation += 1
        self._rewrite()

    def intend(self, resource: ResourceId) -> None:
        """A step about this thing starts."""
        self._intents[resource] = None
        self._append({"intent": [resource.kind, resource.name]})

    def write(self, resource: Resource) -> None:
        """The thing is as `resource` says, and ours."""
        self._resources[resource.id] = resource
        self._intents.pop(resource.id, None)
        self._append({"resource": resource_to_values(resource)})

    def forget(self, resource: ResourceId) -> None:
        """The thing is gone, or not ours any more."""
        self._resources.pop(resource, None)
        self._intents.pop(resource, None)
        self._append({"forgotten": [resource.kind, resource.name]})

    def load(self) -> None:
        """Reads the file; what is not there is empty."""
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            raise StateDamaged(f"{self._file.name} cannot be read: {error}") from error
        finished, _, begun = text.rpartition("\n")
        self._torn = bool(begun)
        for number, line in enumerate(finished.split("\n"), start=1):
            try:
                record = json.loads(line)
                if number == 1:
                    self._check(record)
                else:
                    self._take(record)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise StateDamaged(f"line {number} of {self._file.name} is no record of a state") from error

    def _check(self, head: Mapping[str, Any]) -> None:
        if head["format"] > FORMAT:
            raise StateTooNew(head["format"], str(head.get("version", "")))
        for what in ("project", "environment"):
            if head[what] != self._head[what]:
                raise StateDamaged(f"{self._file.name} is the state of {what} {head[what]}")

    def _take(self, record: Mapping[str, Any]) -> None:
        if "generation" in record:
            self._generation = int(record["generation"])
        elif "resource" in record:
            resource = values_to_resource(record["resource"])
            self._resources[resource.id] = resource
            self._intents.pop(resource.id, None)
        elif "intent" in record:
            self._intents[ResourceId(*record["intent"])] = None
        else:
            gone = ResourceId(*record["forgotten"])
            self._resources.pop(gone, None)
            self._intents.pop(gone, None)

    def _append(self, record: Mapping[str, Any]) -> None:
        if self._torn or not self._file.exists():
            self._rewrite()
            return
        with self._file.open("a", encoding="utf-8") as log:
            log.write(_line(record))
            log.flush()
            os.fsync(log.fileno())

    def _rewrite(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        records: list[Mapping[str, Any]] = [self._head, {"generation": self._generation}]
        records += [{"resource": resource_to_values(r)} for _, r in sorted(self._resources.items())]
        records += [{"intent": [one.kind, one.name]} for one in self.intents()]
        beside = self._file.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as log:
            log.writelines(_line(record) for record in records)
            log.flush()
            os.fsync(log.fileno())
        beside.replace(self._file)
        self._torn = False


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def open_state(file: Path, *, project: str, environment: str, version: str) -> FileState:
    """The state in `file`; StateTooNew or StateDamaged where it cannot be read. Nothing is written yet."""
    state = FileState(file, project, environment, version)
    state.load()
    return state
