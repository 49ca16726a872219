"""The report of a build as text: what it says of every outcome, and how it stays short."""

from __future__ import annotations

import re
from typing import Any

import pytest

from headgate.cli import report as reports
from headgate.cli.options import Shown
from headgate.workflows import results
from headgate.workflows.results import BuildResult, ChangeRow, FormRow, LateNote, ModelRow, UnitTestRow

PLAIN = Shown(format="text", colour=False, colour_on_errors=False, quiet=False, verbose=False)
COLOURED = Shown(format="text", colour=True, colour_on_errors=True, quiet=False, verbose=False)


def model(name: str, **more: Any) -> ModelRow:
    said: dict[str, Any] = {"materialized": "flink_stream", "rows_in": 3, "rows_out": 2, **more}
    return ModelRow(address=f"model.{name}", **said)


def verdict(status: str, **more: Any) -> results.TestRow:
    said: dict[str, Any] = {"failed": 0, "evaluated": 10, **more}
    return results.TestRow(test="t", node="model.paid", assertion="range(cents)", status=status, **said)


def text(**parts: Any) -> str:
    return reports.report(BuildResult(command="build", **parts), PLAIN)


def row(said: str, name: str) -> str:
    return next(line for line in said.splitlines() if line.startswith(name)).rstrip()


@pytest.mark.parametrize(
    ("code", "last"),
    [
        (0, "Built nothing: no stream is declared or selected."),
        (1, "Nothing was built."),
        (2, "Nothing was built."),
        (130, "Interrupted: what was applied stays, and nothing was built."),
    ],
)
def test_a_build_that_comes_to_no_stream_does_not_say_that_it_built(code: int, last: str) -> None:
    passed = results.UnitTestRow(test="u", node="model.a", status="pass")
    for units in ((), (passed,)):
        assert text(unit_tests=units, exit_code=code).splitlines()[-1] == last


def test_a_stream_that_was_not_built_says_why() -> None:
    said = text(
        models=(model("a", status="failed", message="no"), model("b", status="skipped", message="reads `a`"))
    )
    assert row(said, "a").endswith("failed: no") and row(said, "b").endswith("skipped: reads `a`")
    assert said.splitlines()[-1] == "Built with 2 streams not built or not to be built on."


def test_late_rows_are_dropped_or_make_an_answer_approximate() -> None:
    late = (
        LateNote(operator="window_aggregate", count=2, example={"id": "x"}),
        LateNote(operator="over", count=1),
    )
    said = text(models=(model("a", late=late, approximate=("over",)),))
    assert row(said, "a").endswith("2 late, approximate: 1 late row in over")
    assert "  late in a (window aggregate): id=x" in said.splitlines()


def test_a_remark_is_made_once() -> None:
    late = LateNote(operator="temporal_join", count=1)
    twice = text(models=(model("a", late=(late, late), approximate=("temporal_join",)),))
    assert (
        row(twice, "a").endswith("approximate: 1 late row in temporal join") and twice.count("late row") == 1
    )
    assert row(text(models=(model("a", status="paused", message="paused"),)), "a").endswith(" paused")


def test_open_windows_and_made_up_and_malformed_rows_are_told() -> None:
    said = text(
        models=(model("a", open_windows=4, generated=True, malformed=1, examples=("s.jsonl:3: no",)),)
    )
    assert row(said, "a").endswith("generated, 1 malformed, 4 windows open")
    assert "  malformed in a: s.jsonl:3: no" in said.splitlines()


def test_of_many_streams_those_with_something_to_say_are_listed() -> None:
    said = text(models=tuple(model(f"m{n:03}", malformed=n % 50 == 7) for n in range(200)))
    assert "m007" in said and "m057" in said and "m008" not in said
    assert "… and 196 more without a remark" in said


def test_a_verdict_is_told_with_what_was_judged_and_no_more_than_three_records() -> None:
    samples = tuple({"id": f"o{n}"} for n in range(5))
    said = text(
        models=(model("paid"),),
        results=(
            verdict("fail", failed=5, samples=samples, actions=("paused model.paid",)),
            verdict("pass", failed=1, late=2, not_evaluated=2),
            verdict("not_enough_data", evaluated=0),
            verdict("skipped", message="its stream was not built"),
            verdict("error", message="late rows reached over"),
        ),
    ).splitlines()
    at = said.index("tests: 1 of 5 passed")
    assert said[at + 1 :][:9] == [
        "  ✗ paid range(cents): 5 of 10 failed",
        "      id=o0",
        "      id=o1",
        "      id=o2",
        "      paused model.paid",
        "  ✓ paid range(cents): 1 of 10 failed, within its threshold, 2 late, 2 not evaluated",
        "  · paid range(cents): 0 records",
        "  - paid range(cents): its stream was not built",
        "  ✗ paid range(cents): late rows reached over",
    ]
    assert said[-1] == "Built with 2 failed tests."


def test_of_many_tests_those_that_did_not_pass_are_listed() -> None:
    many = (*(verdict("pass") for _ in range(30)), verdict("warn", failed=1), verdict("not_enough_data"))
    said = text(models=(model("paid"),), results=many)
    assert said.count("range(cents)") == 1 and "  ! paid range(cents): 1 of 10 failed" in said
    assert "  … and 31 more, 1 of them without records" in said


def test_a_unit_test_that_failed_shows_what_it_missed_and_what_nobody_expected() -> None:
    failed = UnitTestRow(
        test="u", node="model.a", status="fail", missing=({"n": 1},), unexpected=({"n": None},)
    )
    said = text(
        models=(model("a"),), unit_tests=(failed, UnitTestRow(test="v", node="model.a", status="pass"))
    )
    lines = said.splitlines()
    at = lines.index("unit tests: 1 of 2 passed")
    assert lines[at + 1 :][:3] == [
        "  ✗ u: other rows than expected",
        "      missing    n=1",
        "      unexpected n=NULL",
    ]


def test_a_change_that_failed_is_told_where_nothing_was_built() -> None:
    change = ChangeRow(
        address="model.a", kind="embedded_view", name="a", action="create", risk="safe", reason="new",
        status="failed", message="no such column",
    )  # fmt: skip
    assert text(changes=(change,)) == "✗ embedded_view a: no such column\n"


FORMS = tuple(
    FormRow(
        address=f"model.s{n}",
        columns=("id", "card"),
        roles=(
            ("ann", ("", "hash")),
            ("bob", ("denied", "denied")),
            ("bob for audit", ("", "")),
            ("cy", ("", "hash")),
        ),
    )
    for n in range(2)
)


def test_readers_that_see_the_same_share_a_row_and_streams_of_which_that_holds_a_table() -> None:
    said = text(models=(model("a"),), forms=FORMS)
    cells = [re.split(r"\s{2,}", line) for line in said.split("\n\n")[1].splitlines()]
    assert cells[0] == ["who sees s0, s1", "card"]
    assert cells[2:] == [["ann, cy", "hash"], ["bob", "denied"], ["bob for audit", "clear"]]


def test_of_many_tables_the_first_are_shown_and_the_rest_is_named_by_its_number() -> None:
    many = tuple(
        FormRow(address=f"model.s{n}", columns=(f"c{n}",), roles=(("ann", ("hash",)),)) for n in range(12)
    )
    said = text(models=(model("a"),), forms=many)
    assert said.count("who sees") == 8
    assert "… and 4 more streams that not everybody sees all of" in said


def test_colours_are_for_terminals_and_change_no_word() -> None:
    result = BuildResult(
        command="build",
        models=(model("a", malformed=1), model("b", status="failed", message="no")),
        results=(verdict("fail", failed=5), verdict("pass")),
        forms=FORMS,
    )
    plain, coloured = reports.report(result, PLAIN), reports.report(result, COLOURED)
    assert "\x1b[" not in plain and "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[31m  ✗ paid" in coloured


def test_the_report_of_tests_is_that_part_alone() -> None:
    said = reports.test_report(results.TestResult(command="test", results=(verdict("pass"),)), PLAIN)
    assert said == "tests: 1 of 1 passed\n  ✓ paid range(cents): 10 records\n"


def test_a_build_of_nothing_says_so() -> None:
    assert text() == "Built nothing: no stream is declared or selected.\n"
    assert "Built 1 stream.\n" in text(models=(model("orders"),))
