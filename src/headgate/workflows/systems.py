"""The live systems of an environment as one: each thing is its own system's, and the systems work side by side."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import reduce
from operator import or_
from threading import Lock
from typing import Any, TypeVar

from headgate.compile.discovery import target, targets_of
from headgate.ports import (
    Change,
    Connections,
    Failure,
    Listing,
    LiveAcl,
    LiveGroup,
    Observed,
    PermanentFailure,
    Provider,
    Running,
    TemporaryFailure,
    Verdict,
)
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.workflows.session import Session

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")

MOST_AT_ONCE = 8


def kinds_of(session: Session) -> dict[str, ResourceKind]:
    """Every kind of thing that the environment's systems can hold."""
    return {k.name: k for name in targets_of(session.project.environment) for k in target(name).KINDS}


class LiveSystems:
    """Every provider that holds things of the given kinds, as one provider.

    A provider that is not asked for anything is not imported, and connects to nothing.
    """

    def __init__(self, kinds: Mapping[str, ResourceKind], connections: Connections) -> None:
        self.kinds = tuple(kinds)
        self.connections = connections
        self._providers_of = {name: kind.provider for name, kind in kinds.items()}
        self._opened: dict[str, Provider] = {}
        self._opening = Lock()
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="headgate")

    def system_of(self, thing: ResourceId) -> str:
        """The name of the provider that holds a thing."""
        return self._providers_of[thing.kind]

    def provider(self, name: str) -> Any:
        """The provider of that name, opened."""
        with self._opening:
            if name not in self._opened:
                module = importlib.import_module(f"headgate.providers.{name}")
                self._opened[name] = module.open_provider(self.connections)
            return self._opened[name]

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Each thing as it is, in the order asked for."""
        return self._divided(ids, lambda id_: id_, lambda provider, some: provider.observe(some))

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Changes of which none relies on another, made side by side."""

        def made(provider: Provider, some: Sequence[Change]) -> list[Failure | None]:
            try:
                return provider.carry_out(some)
            except (TemporaryFailure, PermanentFailure) as failure:
                return [failure] * len(some)

        return self._divided(changes, lambda change: change.id, made)

    def validate(self, resources: Sequence[Resource]) -> list[Verdict]:
        """What each thing's system says of it; of those that cannot judge, nothing."""

        def judged(provider: Any, some: Sequence[Resource]) -> list[Verdict]:
            if not hasattr(provider, "validate"):
                return [Verdict(id=resource.id) for resource in some]
            found: list[Verdict] = provider.validate(some)
            return found

        return self._divided(resources, lambda resource: resource.id, judged)

    def watch(self, ids: Sequence[ResourceId]) -> list[Running]:
        """How each thing that runs is doing; a system that cannot be asked is said for each of its own."""

        def watched(provider: Any, some: Sequence[ResourceId]) -> list[Running]:
            try:
                found: list[Running] = provider.watch(some)
            except (TemporaryFailure, PermanentFailure) as failure:
                return [Running(id=id_, status="unknown", why=str(failure)) for id_ in some]
            return found

        return self._divided(ids, lambda id_: id_, watched)

    def pause(self, thing: ResourceId) -> None:
        """It stands still and loses nothing."""
        self._of(thing).pause(thing)

    def resume(self, thing: ResourceId) -> None:
        """It goes on where it stood still."""
        self._of(thing).resume(thing)

    def list_all(self) -> Listing:
        """Everything that the systems hold, whoever made it."""
        names = sorted(set(self._providers_of.values()))
        listing = [one for one in map(self.provider, names) if hasattr(one, "list_all")]
        return reduce(or_, self._pool.map(lambda one: one.list_all(), listing), Listing())

    def groups(self, cluster: str, topics: Sequence[str] = ()) -> list[LiveGroup]:
        """The consumer groups that read any of these topics of a cluster; of all its topics without any."""
        found: list[LiveGroup] = self.provider("kafka").groups(cluster, topics)
        return found

    def acls(self, cluster: str) -> list[LiveAcl]:
        """Every ACL binding of a cluster."""
        found: list[LiveAcl] = self.provider("kafka").acls(cluster)
        return found

    def close(self) -> None:
        """Closes every provider that was opened."""
        self._pool.shutdown()
        for provider in self._opened.values():
            with suppress(TemporaryFailure, PermanentFailure):
                provider.close()
        self._opened.clear()

    def _of(self, thing: ResourceId) -> Any:
        return self.provider(self._providers_of[thing.kind])

    def _divided(
        self,
        asked: Sequence[_Asked],
        id_of: Callable[[_Asked], ResourceId],
        answer: Callable[[Any, Sequence[_Asked]], Iterable[_Answer]],
    ) -> list[_Answer]:
        """Every provider's answer to its own part, in the order of what was asked."""
        parts: dict[str, list[int]] = {}
        for number, one in enumerate(asked):
            parts.setdefault(self._providers_of[id_of(one).kind], []).append(number)
        waiting = {
            name: self._pool.submit(answer, self.provider(name), [asked[i] for i in numbers])
            for name, numbers in parts.items()
        }
        found: dict[int, _Answer] = {}
        for name, numbers in parts.items():
            found |= zip(numbers, waiting[name].result(), strict=True)
        return [found[number] for number in range(len(asked))]
