"""What is wrong with tests and unit tests, each finding at its place; and what of them nothing judges here, once a kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from headgate.assertions import codes
from headgate.assertions.discovery import assertion_kinds
from headgate.assertions.evidence import parameters_of, tested_by
from headgate.assertions.kind import Elsewhere, Tested
from headgate.assertions.unit_tests import check_unit_test
from headgate.diagnostics import Diagnostic
from headgate.graph.declared import relation
from headgate.graph.faults import fault_diagnostic
from headgate.graph.model import Graph
from headgate.project.codes import NOT_ANSWERED_HERE as NOT_ANSWERED
from headgate.project.codes import NOT_ENFORCED_HERE
from headgate.project.declarations import Assertion, Sql, Test
from headgate.project.suggest import did_you_mean, listed
from headgate.sql import analyse
from headgate.sql.facts import Relation
from headgate.syntax import Place


def check_assertions(graph: Graph) -> Iterator[Diagnostic]:
    """Everything that can be known of tests and unit tests without running them."""
    checking = _Checking(graph)
    for test in graph.project.tests.values():
        for assertion in test.assertions:
            for found in checking.assertion(test, assertion):
                yield replace(found, node=found.node or str(test.address))
    yield from checking.elsewhere()
    for unit_test in graph.project.unit_tests.values():
        for found in check_unit_test(graph, unit_test):
            yield replace(found, node=found.node or str(unit_test.address))


@dataclass(slots=True)
class _Checking:
    graph: Graph
    not_here: dict[str, tuple[Elsewhere, list[Place]]] = field(default_factory=dict)

    def assertion(self, test: Test, assertion: Assertion) -> Iterator[Diagnostic]:
        kinds = assertion_kinds()
        kind = kinds.get(assertion.kind)
        if kind is None:
            at = assertion.place.key_span()
            finding = codes.UNKNOWN_KIND.at(at, f"no assertion is called `{assertion.kind}`")
            yield finding.with_help(did_you_mean(assertion.kind, kinds) or f"there are {listed(kinds, 20)}")
            return
        found: list[Diagnostic] = []
        said = parameters_of(assertion, found)
        yield from found
        tested = tested_by(self.graph, test)
        if said is None or tested is None:
            return
        wrong = list(kind.check(said, tested, assertion.place))
        yield from wrong
        if test.type == "schema" and assertion.kind != "conforms":
            yield codes.DOES_NOT_FIT.at(
                assertion.place.key_span(), f"`{assertion.kind}` needs records, and `type: schema` has none"
            ).with_help(
                "say `type: sample` or `type: streaming`; without records only `conforms` can be judged"
            )
        if assertion.sql is not None:
            yield from self._query(tested, assertion.sql)
        evidence = None if wrong or not tested.facts.known else kind.evidence(said, tested, assertion)
        if isinstance(evidence, Elsewhere):
            self.not_here.setdefault(assertion.kind, (evidence, []))[1].append(assertion.place)

    def elsewhere(self) -> Iterator[Diagnostic]:
        """What nothing judges here."""
        for evidence, places in self.not_here.values():
            count = f" ({len(places)} declared)" if len(places) > 1 else ""
            finding = NOT_ENFORCED_HERE.at(places[0].key_span(), f"{evidence.what}{count}")
            yield finding.with_help(evidence.where)

    def _query(self, tested: Tested, sql: Sql) -> Iterator[Diagnostic]:
        """What is wrong with the query of an assertion, in the user's file."""
        relations = relations_of(self.graph, sql)
        if sql.broken or relations is None:
            return
        analysis = analyse(sql.rendered.text, relations)
        for fault in analysis.faults:
            finding = fault_diagnostic(fault, tested.stream, sql, self.graph.project.relations)
            if sql.rendered.text[fault.start : fault.end] == "this":
                finding = finding.with_help("write {{ this }} for the tested stream")
            yield replace(finding, node=None)
        for what, start, end in analysis.facts.unsupported if analysis.facts is not None else ():
            finding = NOT_ANSWERED.at(
                sql.rendered.span(start, end), f"the embedded engine cannot answer {what} as Flink would"
            )
            yield finding.with_help("the test can be deployed as a job; running it here needs a real Flink")


def relations_of(graph: Graph, sql: Sql) -> dict[str, Relation] | None:
    """The streams that a query refers to, as it sees them; None where one of them is not known."""
    found: dict[str, Relation] = {}
    for reference in sql.references:
        address = graph.project.resolve(reference)
        facts = graph.facts.get(address) if address is not None else None
        known = relation(graph.stream(address), facts) if address is not None and facts is not None else None
        if known is None:
            return None
        found[known.name] = known
    return found
