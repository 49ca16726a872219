"""The evidence each kind asks for, as Flink SQL. `HEADGATE_GOLDEN=write` writes the expectations anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headgate.assertions import Elsewhere, Evidence, assertion_kinds, evidence_of
from headgate.project.declarations import Assertion
from headgate.project.declarations import Test as Declared
from headgate.sql import parse
from streams import world_of

HERE = Path(__file__).parent
WORLD = world_of((HERE / "project.yml").read_text("utf-8"))


def cases(kind: str) -> list[tuple[Declared, Assertion]]:
    return [(t, a) for t in WORLD.project.tests.values() for a in t.assertions if a.kind == kind]


def shown(evidence: Evidence | Elsewhere) -> str:
    if isinstance(evidence, Elsewhere):
        return f"-- {evidence.what}; {evidence.where}\n"
    lines = []
    if evidence.note:
        lines.append(f"-- {evidence.note}")
    if evidence.record_time:
        lines.append("-- needs: __timestamp TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL")
    if (again := evidence.shifted) is not None:
        lines.append(
            f"-- needs: {again.name} with `{again.column}` AS event time + {again.ms} ms as its event time"
        )
    if (first := evidence.versions) is not None:
        lines.append(f"CREATE TEMPORARY VIEW {first.name} AS\n{first.view};")
    lines.append(f"{evidence.failing};")
    if evidence.judged:
        lines.append(f"-- judged:\n{evidence.judged};")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("kind", sorted(assertion_kinds()))
def test_the_evidence_is_what_was_read_and_found_good(kind: str) -> None:
    assert cases(kind), "every kind has a case"
    text = ""
    for test, assertion in cases(kind):
        evidence = evidence_of(WORLD.graph, test, assertion)
        assert evidence is not None
        text += f"-- {assertion.kind}: {assertion.parameters}\n{shown(evidence)}\n"
    expected = HERE / "expect" / f"{kind}.sql"
    if os.environ.get("HEADGATE_GOLDEN") == "write":
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text("utf-8")


@pytest.mark.parametrize("kind", sorted(assertion_kinds()))
def test_the_evidence_is_one_query_of_flink_sql(kind: str) -> None:
    for test, assertion in cases(kind):
        evidence = evidence_of(WORLD.graph, test, assertion)
        for text in (evidence.failing, evidence.judged) if isinstance(evidence, Evidence) else ():
            assert not text or parse(text).faults == ()
