"""A real Flink plans the evidence of every kind of assertion, over the tables that a job would declare for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from headgate.addresses import Address
from headgate.assertions import RECORD_TIME, Evidence, Shifted, evidence_of
from headgate.assertions.flink import quoted
from headgate.compile.target import World
from headgate.sql.facts import Mode
from headgate.sql.intervals import interval
from java import needs_java
from running import REPOSITORY
from streams import world_of

pytestmark = [pytest.mark.flink, pytest.mark.slow, needs_java]
PROJECT = REPOSITORY / "tests" / "golden" / "assertions" / "project.yml"
KAFKA = "'connector' = 'kafka', 'topic' = 'x', 'properties.bootstrap.servers' = 'h:1', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json'"  # fmt: skip
UPSERT = "'connector' = 'upsert-kafka', 'topic' = 'x', 'properties.bootstrap.servers' = 'h:1', 'key.format' = 'json', 'value.format' = 'json'"  # fmt: skip


def table(world: World, name: str, address: Address, *, stamped: bool, shifted: Shifted | None) -> str:
    facts = world.graph.facts[address]
    lines = [f"{quoted(column.name)} {column.type}" for column in facts.columns]
    time = facts.event_time
    if stamped:
        lines.append(f"{RECORD_TIME} TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL")
    if shifted is not None:
        lines.append(f"{quoted(shifted.column)} AS {quoted(time)} + {interval(shifted.ms)}")
        time = shifted.column
    if time:
        lines.append(f"WATERMARK FOR {quoted(time)} AS {quoted(time)} - {interval(facts.delay_ms)}")
    if facts.mode is Mode.UPSERT:
        lines.append(f"PRIMARY KEY ({', '.join(map(quoted, facts.key))}) NOT ENFORCED")
    options = UPSERT if facts.mode is Mode.UPSERT else KAFKA
    return f"CREATE TABLE {quoted(name)} (\n  " + ",\n  ".join(lines) + f"\n) WITH ({options});\n"


def scripts(world: World) -> Iterator[tuple[str, str]]:
    """A script for each query of each assertion: its tables, and a sink that only counts."""
    for test in world.project.tests.values():
        target = world.project.resolve(test.target)
        assert target is not None
        for number, assertion in enumerate(test.assertions):
            evidence = evidence_of(world.graph, test, assertion)
            if not isinstance(evidence, Evidence):
                continue
            text = "".join(
                table(world, s.relation, a, stamped=evidence.record_time and a == target, shifted=None)
                for a, s in world.project.streams.items()
            )
            if (again := evidence.shifted) is not None:
                text += table(world, again.name, target, stamped=False, shifted=again)
            if (first := evidence.versions) is not None:
                text += f"CREATE TEMPORARY VIEW {quoted(first.name)} AS {first.view};\n"
            text += "CREATE TABLE counted (n BIGINT) WITH ('connector' = 'blackhole');\n"
            for what, query in (("failing", evidence.failing), ("judged", evidence.judged)):
                if query:
                    insert = f"INSERT INTO counted SELECT COUNT(*) FROM ({query});\n"
                    yield f"{test.name}_{number:02d}_{assertion.kind}_{what}", text + insert


def test_the_evidence_of_every_kind_is_planned(tmp_path: Path) -> None:
    written = {}
    for name, text in scripts(world_of(PROJECT.read_text("utf-8"))):
        written[str(path := tmp_path / f"{name}.sql")] = "planned"
        path.write_text(text, "utf-8")
    command = [sys.executable, "tools/plan_with_flink.py", *written]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    lines = (line.rpartition("  ") for line in done.stdout.splitlines())
    assert {script: verdict for verdict, _, script in lines} == written
