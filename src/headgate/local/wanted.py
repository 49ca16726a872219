"""What a stack is to keep running, and from what: said by `up`, read by the supervisor, gone after `down`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from headgate.local.settings import Layout, write


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The parts, and the Java and the artifacts that they run from."""

    parts: tuple[str, ...]
    java: str
    artifacts: str


def read_wanted(layout: Layout) -> Wanted | None:
    """What is to be kept running; None where nothing is."""
    try:
        said = json.loads(layout.wanted.read_text())
    except FileNotFoundError:
        return None
    return Wanted(parts=tuple(said["parts"]), java=said["java"], artifacts=said["artifacts"])


def want(layout: Layout, wanted: Wanted) -> None:
    """That is to be kept running from now on."""
    write(layout.wanted, json.dumps(asdict(wanted), indent=2))


def restarts(layout: Layout) -> Mapping[str, int]:
    """How often each part had to be started again since the supervisor runs."""
    try:
        found: Mapping[str, int] = json.loads(layout.restarts.read_text())
    except FileNotFoundError:
        return {}
    return found
