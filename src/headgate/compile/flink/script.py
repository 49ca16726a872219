"""A job's script for a Flink with connectors: the tables it reads and writes, and an INSERT around the user's own query."""

from __future__ import annotations

from dataclasses import replace

from headgate.compile import ddl
from headgate.compile.flink.job import FlinkJob, query
from headgate.compile.grants import job_identity
from headgate.compile.planes import Plane, job_door, written_through_proxy


def script(job: FlinkJob) -> str:
    """The statements of a job; its settings are not among them."""
    world, stream = job.world, job.stream
    told = ddl.one_line(stream.description)
    parts = [f"-- {stream.address}{': ' if told else ''}{told}\n"]
    use = ddl.Use(job=job.name, identity=job_identity(world, stream))
    for read, facts in job.tables:
        proxied = job_door(world, stream, job.facts, read.address).plane is Plane.PROXY
        parts.append(ddl.table(world, read, facts, replace(use, proxied=proxied)))
    for view in job.views:
        assert view.sql is not None
        parts.append(f"CREATE TEMPORARY VIEW {ddl.quoted(view.relation)} AS\n{query(view.sql)}\n;\n")
    proxied = written_through_proxy(world, stream.address)
    parts.append(ddl.table(world, stream, job.facts, replace(use, writes=True, proxied=proxied)))
    parts.append(_insert(job))
    return "\n".join(parts)


def _insert(job: FlinkJob) -> str:
    assert job.stream.sql is not None
    columns = ",\n".join(f"  {column}" for column in job.columns)
    return (
        f"INSERT INTO {ddl.quoted(job.stream.relation)}\nSELECT\n{columns}"
        f"\nFROM (\n{query(job.stream.sql)}\n);\n"
    )
