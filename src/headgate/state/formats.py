"""The form of a state's records: what each key holds, and which versions can read it.

<project>/<environment>                                       how many applies there were, and who applies now
<project>/<environment>/<kind>/<name>                         a thing as last applied, and whether a step about it began
claim/<cluster>/<kind>/<name>/<project>/<environment>         that a thing is that project's
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headgate.ports import PermanentFailure
from headgate.resources import Resource, ResourceId
from headgate.state.holder import Holder, holder_to_values
from headgate.state.ledger import Record
from headgate.state.records import resource_to_values

FORMAT = 2
CLAIM = "claim"


class StateTooNew(PermanentFailure):
    """The state is of a newer format than this version reads."""

    def __init__(self, format_: int, needed: str) -> None:
        super().__init__(f"state format {format_} needs headgate {needed or 'of a newer version'}")
        self.format = format_
        self.needed = needed


class StateDamaged(PermanentFailure):
    """What is there is no state, or that of another project or environment."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose things a state is about."""

    project: str
    environment: str
    version: str
    """Of headgate: what reads the format of what it writes."""

    def __str__(self) -> str:
        return f"{self.project}/{self.environment}"

    def head(self, generation: int, lock: Holder | None) -> Record:
        """How many applies there were, and who applies now."""
        held = holder_to_values(lock) if lock else None
        return str(self), self._stamped({"generation": generation, "lock": held})

    def thing(self, id_: ResourceId, applied: Resource | None, begun: int = 0) -> Record:
        """A thing as last applied, and the generation of a step about it that began; nothing where there is neither."""
        key = f"{self}/{id_.kind}/{id_.name}"
        if applied is None and not begun:
            return key, None
        values = resource_to_values(applied) if applied else None
        return key, self._stamped({"kind": id_.kind, "name": id_.name, "applied": values, "begun": begun})

    def claim(self, id_: ResourceId, held: bool = True) -> Record:
        """That a thing is this owner's, whatever other owners say later.

        The key ends in the owner: were it the thing's alone, compaction would keep the last claim and not the first.
        """
        return f"{claim_of(id_)}/{self}", self._stamped({"owner": str(self)}) if held else None

    def _stamped(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {"format": FORMAT, "version": self.version, **values}


def transactional_id(project: str, environment: str) -> str:
    """Under which name a project's state in an environment is written: a second writer of that name fences the first."""
    return f"headgate-{project}-{environment}"


def claim_of(id_: ResourceId) -> str:
    """Under which key claims of a thing stand. Its name begins with its cluster's."""
    cluster, _, name = id_.name.partition("/")
    return f"{CLAIM}/{cluster}/{id_.kind}/{name}"


def claimed(key: str) -> tuple[str, str] | None:
    """The thing (as `claim_of`) and the owner that the key of a claim names; None for another key."""
    if not key.startswith(f"{CLAIM}/"):
        return None
    thing, project, environment = key.rsplit("/", 2)
    return thing, f"{project}/{environment}"


def check_format(values: Mapping[str, Any]) -> None:
    """Refuses a record of a newer format."""
    if values["format"] > FORMAT:
        raise StateTooNew(values["format"], str(values.get("version", "")))
