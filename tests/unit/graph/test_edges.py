from __future__ import annotations

from dataclasses import replace

from graph_builders import model, project, ref, stream
from headgate.graph.cycles import cycle
from headgate.graph.edges import edges
from headgate.graph.order import knots, shortest_loop, topological
from headgate.project.declarations import Materialization, Project, Sql, Stream
from headgate.syntax.template import Piece, Rendered


def query(name: str, *reads: str, also: tuple[str, ...] = ()) -> Stream:
    """A model whose SQL reads some streams, at the offsets where they stand; `also` is what `from` says."""
    text = "SELECT 1 FROM " + ", ".join(reads)
    references = tuple(
        replace(ref(r), start=text.index(r, 14), end=text.index(r, 14) + len(r)) for r in reads
    )
    rendered = Rendered(f"{name}.sql", text, (Piece(0, 0, len(text), True),))
    made = stream(name, also, Materialization.FLINK_STREAM)
    return replace(made, sql=Sql(rendered=rendered, references=references))


def inputs(made: Project) -> dict[str, list[str]]:
    return {a.name: [i.name for i in of] for a, of in edges(made).inputs.items()}


def test_edges_come_from_the_query_each_once_in_its_order() -> None:
    made = project(stream("a"), stream("b"), query("c", "b", "a", "b"))
    assert inputs(made) == {"a": [], "b": [], "c": ["b", "a"]}


def test_from_that_says_the_same_as_the_query_is_fine() -> None:
    made = project(stream("a"), query("c", "a", also=("a",)))
    assert edges(made).diagnostics == ()


def test_from_that_says_another_stream_is_one_finding() -> None:
    made = project(stream("a"), stream("b"), query("c", "a", also=("b",)))
    (finding,) = edges(made).diagnostics
    assert finding.code.id == "HGR100"
    assert finding.message == "`from` says `b`, and the SQL reads `a`"
    assert [n.span.file for n in finding.notes if n.span] == ["c.sql"]


def test_a_name_nobody_declared_is_left_to_whoever_read_it() -> None:
    made = project(stream("a"), query("c", "a", "nothing", also=("nothing",)))
    assert edges(made).diagnostics == ()
    assert inputs(made)["c"] == ["a"]


def test_reading_a_disabled_stream_is_an_error_and_no_edge() -> None:
    made = project(stream("a", enabled=False), query("c", "a"))
    found = edges(made)
    assert [(d.code.id, d.span.start) for d in found.diagnostics] == [("HGR101", 14)]
    assert found.inputs == {model("c"): {}}


def test_a_cycle_prints_the_whole_loop_with_its_places() -> None:
    made = project(query("a", "c"), query("b", "a"), query("c", "b"), query("d", "c"))
    found = edges(made).inputs
    order, kept = topological(found)
    assert order == []
    (knot,) = knots(found, kept)
    finding = cycle(made, shortest_loop(found, knot), found)
    assert finding.code.id == "HGR102"
    assert finding.message == "cycle: `a` reads `c` reads `b` reads `a`"
    places = [finding.span, *(n.span for n in finding.notes if n.span)]
    assert [p.file for p in places] == ["a.sql", "c.sql", "b.sql"]


def test_a_stream_that_reads_itself_is_a_cycle() -> None:
    made = project(query("a", "a"))
    found = edges(made).inputs
    assert cycle(made, [model("a")], found).message == "`a` reads itself"
