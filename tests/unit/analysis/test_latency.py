from __future__ import annotations

from dataclasses import replace

import pytest

from graph_builders import facts, graph, model, place, project, query, ref, stream
from headgate.addresses import Address, Kind
from headgate.analysis.context import Context
from headgate.analysis.durations import duration
from headgate.analysis.latency import latencies, path
from headgate.analysis.rules.latency_promise import check
from headgate.diagnostics import Diagnostic
from headgate.graph.model import Graph
from headgate.project.declarations import Exposure, Sla
from headgate.sql.facts import Operator

TUMBLE = Operator("window_aggregate", "TUMBLE 5 minutes", 0, 1, waits_ms=300_000, needs_watermark=True)
HOUR = Operator("window_aggregate", "TUMBLE 1 hour", 0, 1, waits_ms=3_600_000, needs_watermark=True)
TEMPORAL = Operator("temporal_join", "", 0, 1, needs_watermark=True)


def chain(*operators: Operator | None, delay_ms: int = 5_000) -> Graph:
    """s ← m0 ← m1 ← …, each model with one operator or a plain query."""
    names = ["s", *(f"m{n}" for n in range(len(operators)))]
    streams = [stream("s"), *(stream(n, [names[i]]) for i, n in enumerate(names[1:]))]
    known = [facts("s", {"ts": "timestamp(3)"}, event_time="ts", delay_ms=delay_ms)]
    for i, operator in enumerate(operators):
        made = query(*((operator,) if operator else ()))
        known.append(facts(names[i + 1], {}, [names[i]], event_time="ts", delay_ms=delay_ms, query=made))
    return graph(project(*streams), *known)


def shares(made: Graph, name: str) -> list[int]:
    return [step.share_ms for step in path(latencies(made), model(name))]


def test_a_plain_query_adds_nothing() -> None:
    assert shares(chain(None, None), "m1") == [0, 0, 0]


def test_a_window_adds_its_size_and_the_watermark() -> None:
    assert shares(chain(TUMBLE), "m0") == [0, 305_000]


def test_a_temporal_join_adds_the_watermark_alone() -> None:
    assert shares(chain(None, TEMPORAL, None), "m2") == [0, 0, 5_000, 0]


def test_a_window_over_a_window_waits_only_for_what_it_is_longer() -> None:
    assert shares(chain(TUMBLE, HOUR), "m1") == [0, 305_000, 3_305_000]
    assert shares(chain(HOUR, TUMBLE), "m1") == [0, 3_605_000, 5_000]


def test_of_several_ways_the_slowest_counts() -> None:
    streams = (stream("s"), stream("fast", ["s"]), stream("slow", ["s"]), stream("both", ["fast", "slow"]))
    made = graph(
        project(*streams),
        facts("s", {}, event_time="ts", delay_ms=0),
        facts("fast", {}, ["s"], query=query()),
        facts("slow", {}, ["s"], query=query(TUMBLE)),
        facts("both", {}, ["fast", "slow"], query=query()),
    )
    assert [step.address.name for step in path(latencies(made), model("both"))] == ["s", "slow", "both"]


def judged(made: Graph, promised: int, *reads: str) -> list[Diagnostic]:
    exposure = Exposure(
        address=Address(Kind.EXPOSURE, "app"), name="app", type="application", role="consumer",
        place=place("sla: {max_end_to_end_latency_ms: 800}\n"), reads=tuple(ref(r) for r in reads),
        sla=Sla(max_end_to_end_latency_ms=promised, place=place("sla: {max_end_to_end_latency_ms: 800}\n", "sla")),
    )  # fmt: skip
    made = replace(made, project=replace(made.project, exposures={exposure.address: exposure}))
    return list(check(exposure, Context(made)))


def test_a_promise_below_the_least_latency_is_one_warning_with_every_step() -> None:
    (finding,) = judged(chain(None, TUMBLE), 800, "m1", "m0")
    assert finding.message == "`app` promises 800 ms end to end, and `m1` takes at least 5 minutes 5 seconds"
    assert [n.message for n in finding.notes] == [
        "`s` adds nothing",
        "`m0` adds nothing",
        (
            "`m1` adds 5 minutes 5 seconds: TUMBLE 5 minutes waits 5 minutes,"
            " and its window aggregate waits for a watermark that is 5 seconds behind"
        ),
    ]


@pytest.mark.parametrize("promised", [305_000, 400_000])
def test_a_promise_that_can_be_kept_is_fine(promised: int) -> None:
    assert judged(chain(TUMBLE), promised, "m0") == []


def test_durations_are_written_exactly() -> None:
    assert duration(0) == "0 ms"
    assert duration(90_061_001) == "1 day 1 hour 1 minute 1 second 1 ms"
