from __future__ import annotations

from collections.abc import Sequence

import pytest

from graph_builders import facts, graph, model, place, project, ref, stream
from headgate.addresses import Address, Kind
from headgate.graph.model import Graph
from headgate.graph.selection import select
from headgate.project.declarations import DataProduct, Exposure, Materialization


def shop() -> Graph:
    """a → b → c → d, and e beside them reading a; `app` reads c; the product goes from b to d."""
    streams = (
        stream("a", owner="team-a"),
        stream("b", ["a"], tags=("pci",)),
        stream("c", ["b"], Materialization.VIRTUAL_TOPIC, group="finance"),
        stream("d", ["c"], tags=("pci", "daily")),
        stream("e", ["a"]),
    )
    app = Exposure(
        address=Address(Kind.EXPOSURE, "app"), name="app", type="application", role="consumer",
        place=place(), reads=(ref("c"),),
    )  # fmt: skip
    product = DataProduct(
        address=Address(Kind.DATA_PRODUCT, "signals"), name="signals", owner="", description="",
        status="active", inputs=(ref("b"),), outputs=(ref("d"),), place=place(),
    )  # fmt: skip
    made = project(*streams, exposures=(app,), data_products={product.address: product})
    known = (facts(s.name, {}, [r.name for r in s.inputs]) for s in streams)
    return graph(made, *known)


def names(include: Sequence[str], exclude: Sequence[str] = ()) -> str:
    picked = select(shop(), include, exclude)
    assert picked.diagnostics == ()
    return " ".join(a.name for a in picked.addresses)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["c"], "c"),
        (["+c"], "a b c"),
        (["1+c"], "b c"),
        (["c+"], "c d app signals"),
        (["b+1"], "b c"),
        (["2+c+1"], "a b c d app"),
        (["@e"], "a e"),
        (["@c"], "a b c d app signals"),
        (["a", "e"], "a e"),
        (["a e"], "a e"),
        (["tag:pci"], "b d"),
        (["tag:pci,tag:daily"], "d"),
        (["tag:pci,+c"], "b"),
        (["group:finance"], "c"),
        (["owner:team-a+1"], "a b e"),
        (["materialized:virtual_topic"], "c"),
        (["exposure:app"], "app"),
        (["+exposure:app"], "a b c app"),
        (["product:signals"], "b c d signals"),
        (["[ab]"], "a b"),
        (["model.c"], "c"),
        (["path:models.yml,tag:daily"], "d"),
        ([], "a b c d e app signals"),
    ],
)
def test_a_selection_picks(words: list[str], expected: str) -> None:
    assert names(words) == expected


def test_what_is_excluded_is_taken_away() -> None:
    assert names(["+d"], ["b+"]) == "a"
    assert names([], ["a+"]) == ""


def test_an_empty_intersection_is_no_finding() -> None:
    assert names(["tag:daily,group:finance"]) == ""


def test_a_name_nobody_has_is_a_finding_with_what_was_meant() -> None:
    (finding,) = select(shop(), ["singals"]).diagnostics
    assert (finding.code.id, finding.help) == ("HGR110", "did you mean `signals`?")


def test_an_unknown_method_is_a_finding_at_its_place() -> None:
    (finding,) = select(shop(), ["a", "tags:pci"]).diagnostics
    assert (finding.code.id, finding.span.start, finding.help) == ("HGR111", 2, "did you mean `tag`?")


def test_words_without_sense_are_a_finding() -> None:
    (finding,) = select(shop(), ["a++b"]).diagnostics
    assert finding.code.id == "HGR110"


def test_state_modified_is_what_it_is_told() -> None:
    picked = select(shop(), ["state:modified+"], modified={model("c")})
    assert [a.name for a in picked.addresses] == ["c", "d", "app", "signals"]
    (finding,) = select(shop(), ["state:modified"]).diagnostics
    assert finding.code.id == "HGR111"
