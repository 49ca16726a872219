"""The report of a build: what went through each stream, what was late, which tests failed, who sees what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Sized
from typing import Any

from headgate.cli.answers import text_of
from headgate.cli.colours import coloured
from headgate.cli.form_table import form_tables
from headgate.cli.options import Shown
from headgate.cli.tables import table
from headgate.workflows.results import (
    INTERRUPTED,
    BuildResult,
    LateNote,
    ModelRow,
    TestResult,
    TestRow,
    UnitTestRow,
)

MARKS = {"pass": "✓", "warn": "!", "fail": "✗", "error": "✗", "skipped": "-", "not_enough_data": "·"}
MANY = 30
"""So many streams and tests are listed each; of more, those with something to say."""
WIDTH = 170
WIDEST_VALUE = 24
"""Of a longer value, a token above all, its beginning tells it from others."""
SAMPLES = 3


def report(result: BuildResult, shown: Shown) -> str:
    """The whole report; short enough to read in one go."""
    if result.models:
        parts = [
            *_models(result.models),
            *_unit_tests(result.unit_tests),
            *_tests(result.results),
            *form_tables(result.forms),
            _closing(result),
        ]
    else:
        parts = [*_unit_tests(result.unit_tests), _unbuilt(result)]
    text = "\n".join(parts)
    return coloured(text) if shown.colour else text


def test_report(result: TestResult, shown: Shown) -> str:
    """The tests' part of the report alone."""
    text = "\n".join([*_unit_tests(result.unit_tests), *_tests(result.results)])
    return coloured(text) if shown.colour else text


def _unbuilt(result: BuildResult) -> str:
    """Of a build that came to no stream: what of its plan did not land, and how far it came."""
    failed = [change for change in result.changes if change.status == "failed"]
    lines = [f"✗ {change.kind} {change.name}: {change.message}\n" for change in failed]
    if result.exit_code == INTERRUPTED:
        lines.append("Interrupted: what was applied stays, and nothing was built.\n")
    elif result.exit_code:
        lines.append("Nothing was built.\n")
    elif not result.changes:
        lines.append("Built nothing: no stream is declared or selected.\n")
    return "".join(lines)


def _models(models: Sequence[ModelRow]) -> list[str]:
    if not models:
        return []
    told = [m for m in models if len(models) <= MANY or _remarks(m)]
    rows = [
        (_name(m), m.materialized, "" if m.rows_in is None else str(m.rows_in), str(m.rows_out), _remarks(m))
        for m in told
    ]
    text = table(("stream", "is", "in", "out", ""), rows, right=(2, 3), widest=100)
    if len(told) < len(models):
        text += f"… and {len(models) - len(told)} more without a remark\n"
    return [text + "".join(line for m in told for line in _examples(m))]


def _examples(model: ModelRow) -> Iterator[str]:
    if model.examples:
        yield f"  malformed in {_name(model)}: {_cut(model.examples[0])}\n"
    for late in model.late:
        if late.example:
            yield f"  late in {_name(model)} ({_words(late.operator)}): {_row(late.example)}\n"


def _name(model: ModelRow) -> str:
    return model.address.split(".", 1)[1]


def _remarks(model: ModelRow) -> str:
    said = []
    if model.status != "ok":
        why = model.message if model.message != model.status else ""
        said.append(model.status + (f": {why}" if why else ""))
    elif model.message:
        said.append(model.message)
    if model.generated:
        said.append("generated")
    if model.malformed:
        said.append(f"{model.malformed} malformed")
    said += [_late(late, model) for late in model.late]
    if model.open_windows:
        said.append(f"{_of(model.open_windows, 'window')} open")
    return ", ".join(dict.fromkeys(said))


def _late(late: LateNote, model: ModelRow) -> str:
    """Rows that Flink drops there; or, where it might not, that the answer is approximate."""
    if late.operator in model.approximate:
        return f"approximate: {_of(late.count, 'late row')} in {_words(late.operator)}"
    return f"{late.count} late"


def _words(operator: str) -> str:
    return operator.replace("_", " ")


def _unit_tests(tests: Sequence[UnitTestRow]) -> list[str]:
    if not tests:
        return []
    failed = [t for t in tests if t.status not in ("pass", "skipped")]
    lines = [f"unit tests: {len(tests) - len(failed)} of {len(tests)} passed"]
    for t in failed:
        lines.append(f"  ✗ {t.test}: {t.message or 'other rows than expected'}")
        lines += [f"      missing    {_row(row)}" for row in t.missing[:SAMPLES]]
        lines += [f"      unexpected {_row(row)}" for row in t.unexpected[:SAMPLES]]
    return ["\n".join(lines) + "\n"]


def _tests(results: Sequence[TestRow]) -> list[str]:
    if not results:
        return []
    passed = sum(1 for r in results if r.status == "pass")
    lines = [f"tests: {passed} of {len(results)} passed"]
    told = [r for r in results if len(results) <= MANY or r.status not in ("pass", "not_enough_data")]
    for r in told:
        lines.append(f"  {MARKS.get(r.status, '?')} {r.node.split('.', 1)[1]} {r.assertion}: {_judged(r)}")
        lines += [f"      {_row(sample)}" for sample in r.samples[:SAMPLES]]
        lines += [f"      {action}" for action in r.actions]
    if len(told) < len(results):
        idle = sum(1 for r in results if r.status == "not_enough_data")
        lines.append(
            f"  … and {len(results) - len(told)} more" + (f", {idle} of them without records" if idle else "")
        )
    return ["\n".join(lines) + "\n"]


def _judged(result: TestRow) -> str:
    if result.status in ("error", "skipped") and result.message:
        return result.message
    counted = (
        f"{result.failed} of {result.evaluated} failed" if result.failed else _of(result.evaluated, "record")
    )
    more = ["within its threshold"] if result.failed and result.status == "pass" else []
    more += [f"{result.late} late"] if result.late else []
    more += [f"{result.not_evaluated} not evaluated"] if result.not_evaluated else []
    more += [result.message] if result.message else []
    return ", ".join([counted, *more])


def _row(row: Mapping[str, Any]) -> str:
    return _cut("  ".join(f"{name}={_cut(text_of(value), WIDEST_VALUE)}" for name, value in row.items()))


def _cut(text: str, widest: int = WIDTH) -> str:
    return text if len(text) <= widest else text[: widest - 1] + "…"


def _of(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _s(things: Sized) -> str:
    return "" if len(things) == 1 else "s"


def _closing(result: BuildResult) -> str:
    failed = [t for t in result.results if t.status in ("fail", "error")]
    wrong = [m for m in result.models if m.status != "ok"]
    units = [t for t in result.unit_tests if t.status not in ("pass", "skipped")]
    if not (failed or wrong or units):
        return f"Built {len(result.models)} stream{_s(result.models)}.\n"
    said = [f"{len(failed)} failed test{_s(failed)}"] if failed else []
    said += [f"{len(units)} failed unit test{_s(units)}"] if units else []
    said += [f"{len(wrong)} stream{_s(wrong)} not built or not to be built on"] if wrong else []
    return f"Built with {', '.join(said)}.\n"
