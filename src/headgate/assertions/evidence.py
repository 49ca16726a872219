"""The evidence that one declared assertion asks for."""

from __future__ import annotations

from typing import Any

from headgate.assertions.discovery import assertion_kinds
from headgate.assertions.kind import Elsewhere, Evidence, Tested
from headgate.diagnostics import Diagnostic
from headgate.graph.model import Graph
from headgate.project.declarations import Assertion, Test
from headgate.project.validate import convert


def tested_by(graph: Graph, test: Test) -> Tested | None:
    """The stream a test is about; None where there is none, which has been said, or it is disabled."""
    address = graph.project.resolve(test.target)
    facts = graph.facts.get(address) if address is not None else None
    if address is None or facts is None:
        return None
    return Tested(graph, graph.stream(address), facts)


def parameters_of(assertion: Assertion, found: list[Diagnostic]) -> Any:
    """The parameters as the kind's struct; or None, and what is wrong with them in `found`."""
    kind = assertion_kinds()[assertion.kind]
    raw = assertion.parameters
    if assertion.kind == "sql" and isinstance(raw, str):
        raw = {"sql": raw}
    return convert(raw, kind.parameters, assertion.place, found)


def evidence_of(graph: Graph, test: Test, assertion: Assertion) -> Evidence | Elsewhere | None:
    """What to look for; None where the assertion is faulty or its stream is not known, which `check` tells."""
    tested = tested_by(graph, test)
    kind = assertion_kinds().get(assertion.kind)
    if tested is None or kind is None or not tested.facts.known:
        return None
    found: list[Diagnostic] = []
    said = parameters_of(assertion, found)
    if said is None or any(True for _ in kind.check(said, tested, assertion.place)):
        return None
    if assertion.sql is not None and assertion.sql.broken:
        return None
    return kind.evidence(said, tested, assertion)
