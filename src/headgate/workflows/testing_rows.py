"""Outcomes of tests as rows of results, and what `on_failure` does about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from headgate.project.declarations import Action, Assertion, Test
from headgate.verify.assertions import AssertionOutcome
from headgate.verify.unit_tests import UnitTestOutcome
from headgate.workflows.results import TestRow, UnitTestRow

FAILED = ("fail", "error")


def unit_test_row(outcome: UnitTestOutcome, *, exact: bool = False) -> UnitTestRow:
    """A unit test's row; an approximate answer is an error where exact ones are asked for."""
    status, message = _exactly(outcome, exact)
    return UnitTestRow(
        test=outcome.test.name,
        node=_node(outcome.test.model),
        status=status,
        missing=outcome.missing,
        unexpected=outcome.unexpected,
        message=message,
        milliseconds=outcome.milliseconds,
    )


def skipped_rows(test: Test, why: str, assertions: Sequence[Assertion] | None = None) -> tuple[TestRow, ...]:
    """The rows of a test whose assertions, or some of them, are not judged."""
    node = f"{test.target.kind.value}.{test.target.name}"
    return tuple(
        TestRow(test=test.name, node=node, assertion=said(one), status="skipped", message=why)
        for one in (test.assertions if assertions is None else assertions)
    )


def in_kind(action: Action, outcome: AssertionOutcome) -> str:
    """What an action of `on_failure` comes to where there is nobody to do it, in words; "" where it is not called for."""
    value, node = action.value, _node(outcome.test.target)
    match action.kind:
        case "pause_model":
            return f"paused {node}" if value and outcome.status in FAILED else ""
        case "send_alert":
            return f"alert {channel(value)} (printed)"
        case "dead_letter":
            return f"dead letters would go to {topic_of(value)}"
        case "block_deploy":
            return "deployment would be blocked" if value and outcome.status in FAILED else ""
    return ""


def test_rows(
    outcomes: Sequence[AssertionOutcome],
    *,
    exact: bool = False,
    act: Callable[[Action, AssertionOutcome], str] = in_kind,
) -> tuple[TestRow, ...]:
    """The rows of one test's assertions; what `act` did about it stands with the first that did not hold, once for all."""
    first = next((o for o in outcomes if o.status in ("warn", *FAILED)), None)
    done = tuple(filter(None, (act(action, first) for action in first.test.actions))) if first else ()
    return tuple(test_row(o, done if o is first else (), exact=exact) for o in outcomes)


def test_row(outcome: AssertionOutcome, actions: Sequence[str] = (), *, exact: bool = False) -> TestRow:
    """An assertion's row; `actions` are what was done because of it."""
    status, message = _exactly(outcome, exact)
    return TestRow(
        test=outcome.test.name,
        node=_node(outcome.test.target),
        assertion=said(outcome.assertion),
        status=status,
        failed=outcome.failed,
        evaluated=outcome.evaluated,
        late=outcome.late,
        not_evaluated=outcome.not_evaluated,
        samples=outcome.samples,
        message=message,
        actions=tuple(actions),
    )


def _exactly(outcome: UnitTestOutcome | AssertionOutcome, exact: bool) -> tuple[str, str]:
    if not exact or not outcome.approximate:
        return outcome.status, outcome.message
    return "error", f"late rows reached {', '.join(outcome.approximate)}, and --exact was asked for"


def channel(value: Any) -> str:
    """Where an alert goes; of an address that may hold a password, the service alone."""
    text = str(value)
    service, _, rest = text.partition("://")
    return text if not rest or rest.startswith("#") else f"{service}://…"


def topic_of(value: Any) -> str:
    """The topic that dead letters are for, as it is said: alone, or with more about it."""
    return str(value.get("topic", "") if isinstance(value, Mapping) else value)


def _node(reference: Any) -> str:
    version = f".v{reference.version}" if reference.version else ""
    return f"{reference.kind.value}.{reference.name}{version}"


def said(assertion: Assertion) -> str:
    """An assertion in a word: its kind, and the columns it is about.

    >>> from headgate.syntax import Place
    >>> from headgate.syntax.document import Document
    >>> said(Assertion("unique_key", {"key": ["a", "b"], "window": "1 hour"}, Place(Document("t.yml", "", None))))
    'unique_key(a, b)'
    """
    given = assertion.parameters if isinstance(assertion.parameters, Mapping) else {}
    about: list[str] = []
    for name in ("column", "columns", "key", "from", "to"):
        value = given.get(name)
        about += value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return f"{assertion.kind}({', '.join(about)})" if about else assertion.kind
