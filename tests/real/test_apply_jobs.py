"""Applies of jobs and connectors on the real stack: what was summed stays, what would be lost is refused, killed anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from accounts import local_stack
from headgate.resources import ResourceId
from headgate.resources.live import CONNECTOR, JOB

from .conftest import Stack
from .test_apply import Project, killed_at, until

pytestmark = [pytest.mark.real, pytest.mark.slow]

STREAMS = """\
models:
  - name: orders
    materialized: topic
    columns: [{name: customer, data_type: string}, {name: amount, data_type: bigint}]
  - name: totals
    materialized: flink_stream
    key: customer
    flink: {parallelism: 1, checkpoint_interval: 2 seconds, state_ttl: 1 day}
    sql: "SELECT customer, SUM(amount) AS total, 'v1' AS note FROM {{ ref('orders') }} GROUP BY customer"
  - name: lines
    materialized: sink
    from: {model: orders}
    sink: {type: file, config: {file: FILE}}
"""


class Jobs(Project):
    """A project with a job that sums and a connector that writes lines."""

    def __init__(self, stack: Stack, root: Path, name: str) -> None:
        super().__init__(stack, root, name)
        self.file = root / "lines.txt"
        self.declare(STREAMS)

    def declare(self, text: str) -> None:
        super().declare(text.replace("FILE", str(self.root / "lines.txt")))

    def change(self) -> None:
        """The job and the connector are otherwise, and keep what they have."""
        self.declare(STREAMS.replace("'v1'", "'v2'").replace("FILE", "FILE.2"))

    def order(self, customer: str, amount: int) -> None:
        found = local_stack(self.stack.project)
        producer = Producer(
            {
                "bootstrap.servers": found.kafka,
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": "PLAIN",
                "sasl.username": found.user,
                "sasl.password": found.password,
            }
        )
        producer.produce(f"{self.name}.orders", json.dumps({"customer": customer, "amount": amount}))
        assert producer.flush(20) == 0

    def totals(self) -> dict[str, tuple[int, str]]:
        rows = self.run("show", "totals", "--output", "json").json["rows"]
        return {row["customer"]: (int(row["total"]), row["note"]) for row in rows}

    def running(self) -> list[str]:
        """The jobs and connectors that run and bear the project's name, each as often as it runs."""
        with self.systems() as systems:
            names = [id_ for id_ in self.ids() if id_.kind == JOB.name]
            jobs = (
                systems.provider("flink").cluster(names[0].name.split("/")[0]).manager.jobs() if names else ()
            )
            connectors = [one.id.name for one in systems.watch(self.ids()) if one.id.kind == CONNECTOR.name]
        alive = [j["name"] for j in jobs if j["name"].startswith(f"{self.name}.") and j["state"] == "RUNNING"]
        return sorted([*alive, *connectors])

    def ids(self) -> list[ResourceId]:
        """The jobs and connectors that are the project's."""
        things = self.run("state", "ls", "--output", "json").json["things"]
        return [ResourceId(t["kind"], t["name"]) for t in things if t["kind"] in (JOB.name, CONNECTOR.name)]


@pytest.fixture
def jobs(stack: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Jobs]:
    project = Jobs(stack, tmp_path, f"applyjob{abs(hash(request.node.name)) % 10_000}")
    yield project
    project.run("destroy", "--auto-approve")


def test_a_changed_job_keeps_its_sums_and_one_that_would_lose_them_is_refused_with_the_choices(
    jobs: Jobs,
) -> None:
    jobs.done("apply", "--auto-approve")
    jobs.order("ann", 5)
    until(lambda: jobs.totals() == {"ann": (5, "v1")}, 60)
    jobs.change()
    jobs.done("apply", "--auto-approve")
    jobs.order("ann", 7)
    until(lambda: jobs.totals() == {"ann": (12, "v2")}, 60)
    jobs.declare(STREAMS.replace("SUM(", "MAX("))
    answer = jobs.run("apply", "--auto-approve", "--output", "json").json
    (finding,) = [d for d in answer["diagnostics"] if d["severity"] == "error"]
    assert finding["code"] == "HGD016" and "--on-state rebuild" in finding["help"]
    jobs.done("apply", "--auto-approve", "--on-state", "rebuild")
    jobs.order("ann", 6)
    until(lambda: jobs.totals() == {"ann": (7, "v1")}, 60)
    assert jobs.pending() == []


SYSTEMS = "flink,connect"


def test_killed_around_each_change_of_a_job_or_a_connector_there_is_one_of_each_afterwards(
    jobs: Jobs,
) -> None:
    jobs.done("apply", "--auto-approve")
    there = jobs.running()
    assert len(there) == 2
    jobs.done("destroy", "--auto-approve")
    visited = 0
    for at in range(1, 20):
        jobs.declare(STREAMS)
        first = killed_at(at, jobs, "apply", "--auto-approve", only=SYSTEMS)
        jobs.done("apply", "--auto-approve")
        assert jobs.running() == there and jobs.pending() == []
        jobs.change()
        second = killed_at(at, jobs, "apply", "--auto-approve", only=SYSTEMS)
        jobs.done("apply", "--auto-approve")
        assert jobs.running() == there and jobs.pending() == []
        third = killed_at(at, jobs, "destroy", "--auto-approve", only=SYSTEMS)
        jobs.done("destroy", "--auto-approve")
        assert jobs.owned() == 0
        if not (first or second or third):
            break
        visited += 1
    assert visited == 4
