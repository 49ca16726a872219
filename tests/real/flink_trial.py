"""One job on a real Flink, with topics of its own, and what is looked for of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from headgate.ports import Action, Change, Failure
from headgate.providers.flink import FlinkJobs
from headgate.resources import Resource
from real.flink_cluster import FlinkCluster

SUM = "SELECT customer, SUM(amount) AS n FROM orders GROUP BY customer"


def row(customer: str, amount: int, second: int = 0) -> dict[str, Any]:
    """An order, so many seconds after noon."""
    return {"customer": customer, "amount": amount, "ts": f"2026-03-01 12:{second // 60:02}:{second % 60:02}"}


class Tried:
    """One job on the cluster, with a topic to read and one to write that are its own."""

    def __init__(self, cluster: FlinkCluster, name: str) -> None:
        self.cluster = cluster
        self.name = f"flink.jobs.{name}"
        self.source, self.output = f"{self.name}.in", f"{self.name}.out"
        self.provider: FlinkJobs = cluster.opened()
        self.id = self.job(SUM).id
        self.do(Action.DELETE, self.job(SUM))
        cluster.make_topics(self.source, self.output)

    def job(self, query: str, **said: Any) -> Resource:
        return self.cluster.job(self.name, query, source=self.source, output=self.output, **said)

    def do(self, action: Action, resource: Resource) -> Failure | None:
        wanted = None if action is Action.DELETE else resource
        (failure,) = self.provider.carry_out([Change(action, resource.id, wanted)])
        return failure

    def send(self, *rows: dict[str, Any] | str) -> None:
        self.cluster.send(self.source, rows)

    def comes_to(self, **values: Any) -> None:
        self.cluster.await_values(self.output, values)

    @property
    def live(self) -> list[str]:
        return self.cluster.live(self.name)

    @property
    def running(self) -> Any:
        (seen,) = self.provider.observe([self.id])
        return seen.fields and seen.fields["running"]


def await_read(tried: Tried, records: int) -> None:
    """The job has read so many records."""

    def read() -> Any:
        (one,) = tried.provider.watch([tried.id])
        return one.facts["read"]

    until(lambda: read() == records)


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.02)
