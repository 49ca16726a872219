"""What a job carries about itself, and the ids of jobs.

A JobManager keeps a job's own parameters (`pipeline.global-job-parameters`) with it, and tells them. So a job says itself
whose it is and what was declared of it, placeholders unfilled; nothing of it needs to be remembered elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.resources import Resource, ResourceId

KEY = "headgate"
OURS = "headgate"
"""The folder of our savepoints, below the cluster's own."""
UNKNOWN_STATE = "0" * 8
KEEP = "savepoint"
"""How a job is started that goes on from the state of the one before it, whether or not all of it fits."""
REMOVED = " (removed by headgate)"
"""What the name of the job that marks a removal ends in, for people who see it in Flink's own pages."""
_RUNNING, _START = "running", "start"

Parts = Mapping[str, tuple[str, ...]]
"""The parts of a job that may keep state: their ids, and the names of their operators down to the last that may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Whose a job is (`project/environment`), its id in ours, and its fields; None says that it was removed.

    `origin` is the savepoint or checkpoint that it began from: it still has that state where it took none of its own.
    `keeping` are the parts that it must have, where it was let go without state that no operator asked for.
    """

    owner: str
    id: str
    fields: Mapping[str, Any] | None
    origin: str = ""
    keeping: Parts = field(default_factory=dict)

    def written(self) -> str:
        """The label as the value of a parameter: letters, digits, `-` and `_`, for Flink parses what is given."""
        parts = [self.owner, self.id, self.fields, self.origin, dict(self.keeping)]
        said = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(zlib.compress(said.encode(), 9)).decode().rstrip("=")


def read_label(parameters: Mapping[str, str]) -> Label | None:
    """The label among a job's parameters; None where it has none that we understand."""
    text = parameters.get(KEY, "")
    try:
        said = json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
        owner, id_, fields, origin, keeping = said if len(said) > 4 else (*said, {})
        kept_parts = {str(part): tuple(map(str, chain)) for part, chain in keeping.items()}
    except (ValueError, zlib.error):
        return None
    return Label(owner=str(owner), id=str(id_), fields=fields, origin=str(origin), keeping=kept_parts)


def kept(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say what a job is: how it is to be started once, and whether it runs, are not among them."""
    return {key: value for key, value in fields.items() if key != _START}


def job_name(id_: ResourceId) -> str:
    """The name of a job in its cluster."""
    return id_.name.partition("/")[2]


def cluster_name(id_: ResourceId) -> str:
    """The cluster of a job."""
    return id_.name.partition("/")[0]


def job_id(label: Label, life: str, attempt: int) -> str:
    """The id of a job: the same for whoever submits the same thing to the same life of a JobManager, so it is there once.

    It begins with whose job it is, goes on with what its state depends on, and ends with what it is.
    """
    return (
        job_prefix(label.owner, label.id)
        + state_hash(label.fields)
        + _hash([label.fields, life, attempt], 12)
    )


def job_prefix(owner: str, id_: str) -> str:
    """What the ids of all jobs begin with that are one thing's."""
    return _hash([owner, id_], 12)


def state_hash(fields: Mapping[str, Any] | None) -> str:
    """What the state of a job with these fields depends on, as the part of its id that says so; zeros where unknown."""
    said = (fields or {}).get("state")
    return _hash(said, 8) if said else UNKNOWN_STATE


def state_of_id(job: str) -> str:
    """What a job's id says of what its state depends on."""
    return job[12:20]


def start_of(resource: Resource) -> str:
    """How a person chose that a job begins; "" where nobody did."""
    return str(resource.fields.get(_START) or "")


def _hash(value: Any, length: int) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:length]
