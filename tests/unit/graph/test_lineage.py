from __future__ import annotations

from graph_builders import decider, facts, graph, model, origin, project, stream
from headgate.addresses import ColumnAddress
from headgate.graph.lineage import Lineage
from headgate.sql.facts import How, Why


def lineage() -> Lineage:
    """orders.amount → paid.cents → totals.total; orders.status filters paid, paid.at groups totals."""
    streams = (stream("orders"), stream("paid", ["orders"]), stream("totals", ["paid"]))
    return Lineage(
        graph(
            project(*streams),
            facts("orders", {"amount": "int", "status": "string", "at": "timestamp(3)"}),
            facts(
                "paid", {"cents": "int", "at": "timestamp(3)"}, ["orders"],
                origins={"cents": (origin("orders", "amount", How.TRANSFORM),), "at": (origin("orders", "at"),)},
                deciders=(decider("orders", "status", Why.FILTER),),
            ),
            facts(
                "totals", {"total": "int"}, ["paid"],
                origins={"total": (origin("paid", "cents", How.AGGREGATE),)},
                deciders=(decider("paid", "at", Why.GROUP_BY),),
            ),
        )
    )  # fmt: skip


def column(text: str) -> ColumnAddress:
    name, _, of = text.partition(".")
    return model(name).column(of)


def links(text: str, **how: int | bool | None) -> list[str]:
    edges = lineage().of_column(column(text), **how)  # type: ignore[arg-type]
    return [
        f"{e.source.stream.name}.{e.source.name} {(e.how or e.why or '')} {e.target.stream.name}.{e.target.name}"
        for e in edges
    ]


def test_a_column_comes_from_its_origins_and_from_what_decides() -> None:
    assert links("totals.total", down=False) == [
        "orders.amount transform paid.cents",
        "orders.status filter paid.cents",
        "paid.at group_by totals.total",
        "paid.cents aggregate totals.total",
    ]


def test_without_indirect_links_only_values_are_followed() -> None:
    assert links("totals.total", down=False, indirect=False) == [
        "orders.amount transform paid.cents",
        "paid.cents aggregate totals.total",
    ]


def test_a_depth_stops_the_walk() -> None:
    assert links("totals.total", down=False, indirect=False, depth=1) == ["paid.cents aggregate totals.total"]


def test_a_column_goes_to_all_it_flows_into_and_decides_about() -> None:
    assert links("orders.at", up=False) == [
        "orders.at identity paid.at",
        "paid.at group_by totals.total",
    ]
    assert links("orders.status", up=False) == [
        "orders.status filter paid.at",
        "orders.status filter paid.cents",
    ]


def test_the_origins_of_a_column_are_where_every_way_into_it_begins() -> None:
    assert lineage().origins(column("totals.total")) == (column("orders.amount"),)
    assert lineage().origins(column("orders.amount")) == (column("orders.amount"),)


def test_the_lineage_of_a_node_has_the_edges_above_and_below_it() -> None:
    edges = lineage().of_node(model("paid"))
    assert [(e.source.name, e.target.name) for e in edges] == [("orders", "paid"), ("paid", "totals")]
    assert [e.target.name for e in lineage().of_node(model("orders"), up=False, depth=1)] == ["paid"]
