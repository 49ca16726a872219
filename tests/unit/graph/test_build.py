"""A project made a graph, from its files."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from checked import folder, loaded
from headgate.addresses import Address
from headgate.graph.build import build_graph
from headgate.graph.model import Graph, How, Mode
from headgate.project.files import FilesInMemory
from headgate.project.load import load_project

PAYMENTS = folder(Path(__file__).parents[2] / "acceptance" / "payments")

ORDERS = """
sources:
  - name: orders
    key: id
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: customer, data_type: string}
      - {name: amount, data_type: int}
      - {name: at, data_type: timestamp(3)}
    event_time: {column: at, max_out_of_orderness: 5 seconds}
  - name: customers
    changelog: upsert
    key: id
    columns:
      - {name: id, data_type: string}
      - {name: country, data_type: string}
      - {name: at, data_type: timestamp(3)}
    event_time: {column: at, max_out_of_orderness: 9 seconds}
"""


def graph_of(models: str) -> Graph:
    graph, found = loaded({"sources.yml": ORDERS, "models.yml": textwrap.dedent(models)})
    assert graph is not None
    assert [d.message for d in found] == []
    return graph


def address(text: str) -> Address:
    return Address.parse(text)


def test_the_acceptance_project_has_its_facts() -> None:
    graph, _ = loaded(PAYMENTS)
    assert graph is not None
    balance = graph.facts[address("model.customer_balance_5m")]
    assert [(c.name, str(c.type)) for c in balance.columns] == [
        ("customer_id", "STRING NOT NULL"),
        ("window_start", "TIMESTAMP(3) NOT NULL"),
        ("total_amount_cents", "BIGINT"),
    ]
    assert (balance.mode, balance.event_time, balance.delay_ms) == (Mode.APPEND, "window_start", 5_000)
    assert balance.latency_ms == 305_000
    enriched = graph.facts[address("model.fraud_events_enriched")]
    assert enriched.inputs == (address("model.payments_clean"), address("model.customers_stream"))
    assert (enriched.event_time, enriched.latency_ms) == ("event_time", 5_000)
    sink = graph.facts[address("model.fraud_events_warehouse")]
    assert sink.columns == enriched.columns
    assert sink.origins["payment_id"][0].column == enriched.address.column("payment_id")


def test_every_stream_stands_after_all_that_it_reads() -> None:
    graph, _ = loaded(PAYMENTS)
    assert graph is not None
    position = {a: i for i, a in enumerate(graph.order)}
    assert len(position) == len(graph.facts) == 8
    assert all(position[i] < position[a] for a, f in graph.facts.items() for i in f.inputs)


def test_an_updating_job_writes_its_rows_by_its_key() -> None:
    graph = graph_of("""
    models:
      - name: totals
        materialized: flink_stream
        key: customer
        sql: SELECT customer, SUM(amount) AS total FROM {{ source("orders") }} GROUP BY customer
      - name: large
        materialized: flink_stream
        key: customer
        sql: SELECT customer, total FROM {{ ref("totals") }} WHERE total > 100
    """)
    totals, large = graph.facts[address("model.totals")], graph.facts[address("model.large")]
    assert (totals.mode, totals.key, totals.unique_key) == (Mode.UPSERT, ("customer",), ("customer",))
    assert [str(c.type) for c in totals.columns] == ["STRING NOT NULL", "INT"]
    assert (large.mode, large.unique_key) == (Mode.UPSERT, ("customer",))


def test_the_delay_of_a_model_is_the_largest_of_its_inputs() -> None:
    graph = graph_of("""
    models:
      - name: enriched
        materialized: flink_stream
        sql: |
          SELECT o.id, c.country, o.at FROM {{ source("orders") }} AS o
          JOIN {{ source("customers") }} FOR SYSTEM_TIME AS OF o.at AS c ON o.customer = c.id
    """)
    enriched = graph.facts[address("model.enriched")]
    assert (enriched.event_time, enriched.delay_ms, enriched.latency_ms) == ("at", 9_000, 9_000)


def test_a_time_attribute_survives_an_inlined_model_and_is_named_again_after_a_stored_one() -> None:
    graph = graph_of("""
    models:
      - name: open
        materialized: ephemeral
        sql: SELECT id, at AS happened_at, at AS twice FROM {{ source("orders") }}
      - name: stored
        materialized: flink_stream
        sql: SELECT id, happened_at, twice FROM {{ ref("open") }}
    """)
    times = {c.name: c.time for c in graph.facts[address("model.open")].columns}
    assert times == {"id": "", "happened_at": "rowtime", "twice": "rowtime"}
    stored = graph.facts[address("model.stored")]
    assert {c.name: c.time for c in stored.columns} == {"id": "", "happened_at": "rowtime", "twice": ""}


def test_a_virtual_topic_has_its_inputs_key_where_it_passes_it_on() -> None:
    graph = graph_of("""
    models:
      - name: slim
        materialized: virtual_topic
        sql: SELECT id AS order_id, amount FROM {{ source("orders") }}
      - name: keyless
        materialized: virtual_topic
        sql: SELECT amount FROM {{ source("orders") }}
    """)
    assert graph.facts[address("model.slim")].key == ("order_id",)
    assert graph.facts[address("model.keyless")].key == ()


def test_direct_links_say_how_a_value_flows() -> None:
    graph = graph_of("""
    models:
      - name: totals
        materialized: flink_stream
        key: customer
        sql: |
          SELECT customer, SUM(amount) AS total, MAX(id) AS last FROM {{ source("orders") }}
          WHERE at IS NOT NULL GROUP BY customer
    """)
    totals = graph.facts[address("model.totals")]
    orders = address("source.orders")
    assert {n: [(o.column, o.how) for o in of] for n, of in totals.origins.items()} == {
        "customer": [(orders.column("customer"), How.IDENTITY)],
        "total": [(orders.column("amount"), How.AGGREGATE)],
        "last": [(orders.column("id"), How.PICK)],
    }
    assert {(d.column.name, str(d.why)) for d in totals.deciders} == {
        ("at", "filter"),
        ("customer", "group_by"),
    }


def test_one_cycle_is_one_finding_and_what_reads_it_is_left_alone() -> None:
    models = """
    models:
      - {name: a, materialized: flink_stream, sql: 'SELECT x FROM {{ ref("c") }}'}
      - {name: b, materialized: flink_stream, sql: 'SELECT x FROM {{ ref("a") }}'}
      - {name: c, materialized: flink_stream, sql: 'SELECT x FROM {{ ref("b") }}'}
      - {name: d, materialized: flink_stream, sql: 'SELECT x, y FROM {{ ref("c") }}'}
    """
    graph, found = loaded({"models.yml": textwrap.dedent(models)})
    assert graph is not None
    assert [(d.code.id, d.message) for d in found] == [("HGR102", "cycle: `a` reads `c` reads `b` reads `a`")]
    assert set(graph.order) == set(graph.facts)


class Memory(dict[str, bytes]):
    """A cache that counts what it is asked."""

    def put(self, key: str, value: bytes) -> None:
        self[key] = value


def large(count: int) -> dict[str, str]:
    """A project with more queries than are worth a worker, in layers of ten, and one mistake."""
    models = ["models:\n"]
    for n in range(count):
        above = f'ref("m{n - 10}")' if n >= 10 else 'source("orders")'
        column = "nothing" if n == 57 else "amount"
        models.append(
            f"  - name: m{n}\n    materialized: flink_stream\n"
            f"    sql: SELECT id, {column} + 1 AS amount, at FROM {{{{ {above} }}}} WHERE amount > {n}\n"
        )
    return {"headgate.yml": "name: example\n", "sources.yml": ORDERS, "models.yml": "".join(models)}


@pytest.mark.slow
def test_the_graph_is_the_same_with_workers_and_with_a_cache() -> None:
    project, _ = load_project(FilesInMemory({**large(400)}), env=None, vars={}, environ={})
    assert project is not None
    alone = build_graph(project)
    assert [d.code.id for d in alone.diagnostics] == ["HGQ010"]
    cache = Memory()
    for graph in (
        build_graph(project, workers=2),
        build_graph(project, workers=2, cache=cache),
        build_graph(project, cache=cache),
        build_graph(project, workers=2, cache=cache),
    ):
        assert (graph.facts, graph.order, graph.diagnostics) == (alone.facts, alone.order, alone.diagnostics)
        assert list(graph.facts) == list(alone.facts)
    assert len(cache) > 300


def test_a_cached_analysis_is_used_until_what_it_stands_on_changes() -> None:
    cache = Memory()
    files = large(20)
    first, _ = load_project(FilesInMemory({**files}), env=None, vars={}, environ={})
    assert first is not None
    build_graph(first, cache=cache)
    count = len(cache)
    build_graph(first, cache=cache)
    assert len(cache) == count
    files["sources.yml"] = files["sources.yml"].replace(
        "name: amount, data_type: int", "name: amount, data_type: bigint"
    )
    second, _ = load_project(FilesInMemory({**files}), env=None, vars={}, environ={})
    assert second is not None
    graph = build_graph(second, cache=cache)
    assert len(cache) > count
    column = graph.facts[address("model.m3")].column("amount")
    assert column is not None
    assert column.type.name == "BIGINT"
