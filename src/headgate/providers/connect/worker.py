"""The REST API of a group of Connect workers (Kafka docs, "Kafka Connect", "REST API")."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from headgate.ports import PermanentFailure, TemporaryFailure
from headgate.providers._http import Rejected, Service
from headgate.providers.connect.lag import Positions
from headgate.providers.connect.names import path_of
from headgate.providers.connect.status import Status


def is_rebalancing(status: int, said: str) -> bool:
    """Whether the workers are dividing their work anew: the same request succeeds a little later.

    Requests that another worker may answer say so with 409, others with 500.
    """
    return status == 409 or (status == 500 and "rebalance" in said)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to follow a connector until all of it runs, how long that must last, how often to look, and how long tasks
    that seem to run by an old configuration are believed to."""

    follow_s: float = 90
    settled_s: float = 1.5
    pause_s: float = 0.2
    outdated_s: float = 10


@dataclass(frozen=True, slots=True)
class Connector:
    """A connector as the workers have it."""

    config: Mapping[str, str]
    status: Status
    type: str = ""
    """Whether it reads topics (sink) or writes them (source)."""


class Worker:
    """A group of workers, asked through any of them."""

    def __init__(
        self, service: Service, patience: Patience, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._service = service
        self._patience = patience
        self._sleep = sleep

    def connectors(self) -> dict[str, Connector]:
        """Every connector by its name, in one request."""
        said = self._service.get("/connectors", expand=["info", "status"]) or {}
        return {
            name: Connector(
                one["info"].get("config") or {},
                Status.of(one.get("status") or {}),
                str(one["info"].get("type") or (one.get("status") or {}).get("type") or ""),
            )
            for name, one in said.items()
            if "info" in one
        }

    def config(self, name: str) -> dict[str, str] | None:
        """The configuration of a connector; None where there is none of that name."""
        found: dict[str, str] | None = self._unless_missing("GET", path_of(name, "config"))
        return found

    def put(self, name: str, config: Mapping[str, str]) -> None:
        """A connector is there, with that configuration."""
        self._service.ask("PUT", path_of(name, "config"), dict(config))

    def delete(self, name: str) -> None:
        """A connector is there no more."""
        self._unless_missing("DELETE", path_of(name))
        self._until(
            lambda: self.config(name) is None, lambda: f"connector `{name}` is deleted and still there"
        )

    def restart_failed(self, name: str) -> None:
        """What failed of a connector starts again (KIP-745)."""
        self._service.ask("POST", path_of(name, "restart") + "?includeTasks=true&onlyFailed=true")

    def pause(self, name: str) -> None:
        """A connector stands still, and its tasks with it."""
        self._service.ask("PUT", path_of(name, "pause"))
        self._until(
            lambda: (status := self.status(name)).held and status.settled,
            lambda: f"connector `{name}` does not pause: {self.status(name).why or 'it runs'}",
        )

    def resume(self, name: str) -> None:
        """A paused connector goes on."""
        self._service.ask("PUT", path_of(name, "resume"))

    def status(self, name: str) -> Status:
        """How a connector is doing; before the workers have taken it up, as one that nothing of runs."""
        return Status.of(self._unless_missing("GET", path_of(name, "status")) or {})

    def follow(
        self, name: str, *, old: Mapping[str, str] | None = None, new: Mapping[str, str] | None = None
    ) -> None:
        """A connector is followed until all of it runs, and for a moment more: a task may die at its first record.

        PermanentFailure with the reason where something of it failed, TemporaryFailure where it takes too long. With what
        its configuration was before, what runs by that does not count. One that is paused stays so.
        """
        begun = time.monotonic()
        last, since = "", begun

        def settled() -> bool:
            nonlocal last, since
            status = self.status(name)
            # One that is held is given its new configuration when it goes on; some classes never hand a setting on.
            may_be = not status.held and time.monotonic() - begun < self._patience.outdated_s
            outdated = may_be and self._outdated(name, old or {}, new or {})
            how = "outdated" if outdated else status.word
            if how != last:
                last, since = how, time.monotonic()
            if time.monotonic() - since < self._patience.settled_s:
                return False
            # What just failed may be what was there before, and about to be started again.
            if how in ("failed", "failing"):
                raise PermanentFailure(f"connector `{name}` does not run: {status.why}")
            return how in ("running", "paused")

        self._until(
            settled, lambda: f"connector `{name}` does not run yet: {self.status(name).why or 'it starts'}"
        )

    def positions(self, name: str) -> Positions:
        """The next record a sink reads of each partition (KIP-875); nothing where nobody can tell."""
        try:
            said = self._unless_missing("GET", path_of(name, "offsets")) or {}
        except Rejected:
            return {}
        return {
            (str(one["partition"]["kafka_topic"]), int(one["partition"]["kafka_partition"])): int(
                one["offset"]["kafka_offset"]
            )
            for one in said.get("offsets") or ()
            if "kafka_topic" in (one.get("partition") or {}) and "kafka_offset" in (one.get("offset") or {})
        }

    def plugins(self) -> dict[str, str]:
        """Every class the workers can load, with its type: sink, source, converter, transformation, …"""
        said = self._service.get("/connector-plugins", connectorsOnly="false") or ()
        return {str(one["class"]): str(one.get("type", "")) for one in said}

    def faults(self, class_: str, config: Mapping[str, str]) -> list[tuple[str, str]]:
        """What Connect and the connector's class find wrong with a configuration: the key, and why."""
        path = f"/connector-plugins/{quote(class_, safe='')}/config/validate"
        said = self._service.ask("PUT", path, dict(config)) or {}
        values = [one.get("value") or {} for one in said.get("configs") or ()]
        return [(str(v.get("name", "")), str(error)) for v in values for error in v.get("errors") or ()]

    def close(self) -> None:
        self._service.close()

    def _outdated(self, name: str, old: Mapping[str, str], new: Mapping[str, str]) -> bool:
        """Whether some task still runs by what a setting was, as far as its class hands settings on to tasks."""
        keys = old.keys() | new.keys()
        changed = {key for key in keys if old.get(key) != new.get(key)}
        if not changed or not old:
            return False
        for task in self._unless_missing("GET", path_of(name, "tasks")) or ():
            config = task.get("config") or {}
            whole = all(config.get(key) == new[key] for key in keys - changed)
            if any(config.get(key) == old.get(key) for key in changed if whole or key in old):
                return True
        return False

    def _unless_missing(self, method: str, path: str) -> Any:
        try:
            return self._service.ask(method, path)
        except Rejected as refused:
            if refused.status == 404:
                return None
            raise

    def _until(self, done: Callable[[], bool], otherwise: Callable[[], str]) -> None:
        end = time.monotonic() + self._patience.follow_s
        while not done():
            if time.monotonic() > end:
                raise TemporaryFailure(otherwise())
            self._sleep(self._patience.pause_s)
