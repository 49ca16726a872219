from __future__ import annotations

import pytest

from headgate.graph.codec import decode_analysis, decode_relation, encode_analysis, encode_relation
from headgate.schema.types import UNKNOWN, DataType, parse_type
from headgate.sql.facts import (
    Analysis,
    ColumnFacts,
    Exactness,
    Fault,
    How,
    Influence,
    Link,
    Mode,
    Operator,
    QueryFacts,
    Relation,
    Why,
)

TYPES = (
    parse_type("decimal(12, 2) not null"),
    parse_type("row<sku string, dims array<row<w double not null>>>"),
    parse_type("map<string, timestamp_ltz(6)>"),
    parse_type("varchar(7)"),
    UNKNOWN,
    DataType("CHAR", length=0, nullable=False),
)


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_a_relation_is_the_same_after_the_way_through_bytes(type_: DataType) -> None:
    columns = (ColumnFacts("a", type_), ColumnFacts("b", type_, (), "rowtime"))
    relation = Relation("orders", columns, Mode.UPSERT, ("a",), "b", 5000)
    assert decode_relation(encode_relation(relation)) == relation


def test_an_analysis_is_the_same_after_the_way_through_bytes() -> None:
    facts = QueryFacts(
        columns=tuple(
            ColumnFacts(f"c{n}", t, (Link("orders", "a", How.PICK), Link("rates", "b", How.TEXT_CAST)))
            for n, t in enumerate(TYPES)
        ),
        relations=("orders", "rates"),
        influences=(Influence("rates", "b", Why.JOIN),),
        mode=Mode.RETRACT,
        key=("c0", "c1"),
        event_time="c1",
        operators=(
            Operator(
                "window_aggregate", "TUMBLE 5 minutes", 3, 9, True, 300_000, True, Exactness.EXACT_UNLESS_LATE
            ),
        ),
        unsupported=(("MATCH_RECOGNIZE", 1, 2),),
        plain=True,
    )
    analysis = Analysis(facts, (Fault("HGQ010", "no `x`", 1, 2, "did you mean `y`?", (("here", 3, 4),)),))
    assert decode_analysis(encode_analysis(analysis)) == analysis


def test_an_analysis_without_facts_keeps_its_faults() -> None:
    analysis = Analysis(None, (Fault("HGQ001", "a comma too many", 0, 1),))
    assert decode_analysis(encode_analysis(analysis)) == analysis


@pytest.mark.parametrize("data", [b"", b"\xff\x00", b"\x93\xcd\x03\xe7\xc0\x90"])
def test_bytes_of_another_format_are_not_read(data: bytes) -> None:
    assert decode_analysis(data) is None
