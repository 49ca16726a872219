"""Rules in two processes find what they find in one, and fail as they fail in one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from checked import loaded
from headgate.analysis import beside
from headgate.analysis.context import Context
from headgate.analysis.discovery import builtin_rules, run_rules
from headgate.analysis.rule import Rule, rule
from headgate.diagnostics import Code, Diagnostic, Severity, in_order
from running import ACCEPTANCE

CODE = Code("HGX998", "made-up", Severity.ERROR)


@pytest.fixture(scope="module")
def context() -> Context:
    files = {p.name: p.read_text() for p in ACCEPTANCE.iterdir() if p.is_file()}
    graph, _ = loaded(files)
    assert graph is not None
    return Context(graph)


def test_two_processes_find_the_same(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = run_rules(context)
    assert len(alone) > 10
    monkeypatch.setattr("headgate.analysis.discovery.WORTH_A_PROCESS", 1)
    monkeypatch.setattr("headgate.analysis.discovery.can_fork", lambda: True)
    assert run_rules(context, workers=2) == alone


def test_rules_that_ask_for_permissions_are_run_together() -> None:
    rules = builtin_rules()
    asking = {name for name, one in rules.items() if beside._asks_permissions(one)}
    assert {"forms_given", "policies_stricter", "uses_served"} <= asking
    assert not {"contract_types", "keys_exist", "latency_promise"} & asking


HERE = os.getpid()


@rule(CODE)
def fails_elsewhere(ctx: Context) -> Iterator[Diagnostic]:
    if os.getpid() != HERE:
        os._exit(1)
    yield CODE.at(ctx.project.place.span(), "found where it was run again")


@rule(CODE)
def fails_always(ctx: Context) -> Iterator[Diagnostic]:
    raise ZeroDivisionError
    yield


def test_a_process_that_dies_is_done_without(context: Context) -> None:
    (found,) = beside.run_beside([fails_elsewhere], context)
    assert found.message == "found where it was run again"


def test_a_fault_of_a_rule_is_raised_here(context: Context) -> None:
    with pytest.raises(ZeroDivisionError):
        beside.run_beside([fails_always], context)


def test_what_is_found_elsewhere_is_as_good_as_what_is_found_here(context: Context) -> None:
    rules: list[Rule] = list(builtin_rules().values())
    assert in_order(beside.run_beside(rules, context)) == run_rules(context)
