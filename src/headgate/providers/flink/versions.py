"""Which Flink a service is of."""

from __future__ import annotations

import re

from headgate.ports import PermanentFailure

_OLDEST = (1, 20)
"""Before, what says where a job goes on from has other names (FLIP-406, "Reorganize State & Checkpointing & Recovery")."""


def release(version: str) -> str:
    """The release of a version: of `2.3.0` it is `2.3`. PermanentFailure where it is older than what we speak to."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None:
        return version
    if (int(found[1]), int(found[2])) < _OLDEST:
        raise PermanentFailure(f"it is of Flink {version}: headgate needs 1.20 or later")
    return found[0]
