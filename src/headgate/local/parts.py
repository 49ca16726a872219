"""What the stack is made of, in the order in which it is started."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from headgate.local import connect, flink, kafka, registry, warehouse
from headgate.local.part import Part, Start, common_files
from headgate.local.refusal import Refused
from headgate.local.settings import Settings, fresh

ALL: Mapping[str, Part] = {
    part.name: part
    for part in (
        kafka.PART,
        flink.JOBMANAGER,
        registry.PART,
        warehouse.PART,
        connect.PART,
        flink.TASKMANAGER,
        flink.GATEWAY,
    )
}
PARTS = tuple(ALL)
PORTS = tuple(chain.from_iterable(part.ports for part in ALL.values()))


def new_settings(free: Sequence[int]) -> Settings:
    """Settings with a cluster id and a password of their own, on the given free ports."""
    return fresh(dict(zip(PORTS, free, strict=True)))


def with_what_they_need(names: Iterable[str]) -> tuple[str, ...]:
    """These parts and those that must answer before them, in the order of their start."""
    wanted = set(names)
    unknown = sorted(wanted - ALL.keys())
    if unknown:
        raise Refused(f"The local stack has no part `{unknown[0]}`. Its parts are {', '.join(PARTS)}.")
    for name in reversed(PARTS):
        if name in wanted:
            wanted |= set(ALL[name].after)
    return tuple(name for name in PARTS if name in wanted)


def urls(settings: Settings) -> Mapping[str, str]:
    """Where each part answers, "" where clients do not reach it."""
    return {name: part.url(settings) for name, part in ALL.items()}


def files(start: Start) -> Mapping[Path, str]:
    """Every file that the parts read, and the one that Kafka's clients do."""
    return dict(chain(common_files(start).items(), *(part.files(start).items() for part in ALL.values())))
