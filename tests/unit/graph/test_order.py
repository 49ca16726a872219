from __future__ import annotations

from headgate.graph.order import knots, shortest_loop, topological


def test_every_node_stands_after_its_inputs() -> None:
    order, kept = topological({"c": ["b", "a"], "b": ["a"], "a": []})
    assert (order, kept) == (["a", "b", "c"], [])


def test_inputs_that_are_no_node_do_not_count() -> None:
    assert topological({"a": ["elsewhere"]}) == (["a"], [])


def test_a_node_that_reads_itself_is_a_knot() -> None:
    assert knots({"a": ["a"], "b": []}, ["a", "b"]) == [["a"]]


def test_what_only_reads_a_loop_is_no_part_of_it() -> None:
    assert knots({"a": ["b"], "b": ["a"], "c": ["a"]}, "abc") == [["a", "b"]]


def test_the_shortest_loop_of_a_knot_is_told() -> None:
    assert shortest_loop({"a": ["b"], "b": ["c"], "c": ["a", "b"]}, "abc") == ["b", "c"]


def test_a_chain_as_deep_as_the_project_is_large_is_followed_without_recursion() -> None:
    count = 50_000
    chain = {n: [n - 1] if n else [count - 1] for n in range(count)}
    assert topological(chain)[0] == []
    (knot,) = knots(chain, range(count))
    assert len(knot) == count
