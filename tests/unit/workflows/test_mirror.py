"""An engine that holds what live streams hold: as much of it as is taken, and how that is said."""

from __future__ import annotations

import pytest

from headgate.addresses import Address
from headgate.observe.reading import ReadRecords
from headgate.ports import ClusterConnection, Connections, StreamRecord
from headgate.workflows import mirror
from headgate.workflows.engines import scratch_engine
from headgate.workflows.mirror import Mirror
from headgate.workflows.request import Silent
from streams import world_of

SOURCES = """
sources:
  - {name: long, cluster: c, columns: [{name: id, data_type: string}]}
  - {name: short, cluster: c, columns: [{name: id, data_type: string}]}
"""
LONG, SHORT = Address.parse("source.long"), Address.parse("source.short")


def test_what_was_not_taken_whole_is_said_of_every_answer_made_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    record = StreamRecord("+I", None, {"id": "a"})
    monkeypatch.setattr(
        mirror, "read_records", lambda _, wire, **__: ReadRecords((record,), more=wire.topic == "long")
    )
    world = world_of(SOURCES)
    connections = Connections(
        project="p",
        environment="e",
        clusters={"c": ClusterConnection(name="c", kafka={"bootstrap_servers": "nowhere:1"})},
    )
    engine = scratch_engine()
    made = Mirror(world, connections, engine, most=1_000)
    made.take([world.graph.stream(LONG), world.graph.stream(SHORT)], Silent())
    engine.close()
    assert made.counts == {LONG: 1, SHORT: 1}
    assert made.cut_short([LONG, SHORT]) == "of long the newest 1,000 records were looked at"
    assert made.cut_short([SHORT]) == ""
