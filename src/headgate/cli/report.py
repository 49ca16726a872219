"""The report of a build: what went through each model, what was late, which tests failed, who sees what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headgate.cli.answers import text_of
from headgate.cli.options import Shown
from headgate.cli.tables import table
from headgate.workflows.results import (
    BuildResult,
    FormRow,
    ModelRow,
    TestResult,
    TestRow,
    UnitTestRow,
)

_MARKS = {"pass": "✓", "warn": "!", "fail": "✗", "error": "✗", "skipped": "-", "not_enough_data": "·"}


def report(result: BuildResult, shown: Shown) -> str:
    """The whole report; short enough to read in one go."""
    if not result.models and not result.unit_tests:
        return ""
    parts = [
        _models(result.models),
        *_unit_tests(result.unit_tests),
        *_tests(result.results),
        *_forms(result.forms),
    ]
    return "\n".join(part for part in parts if part) + _closing(result)


def test_report(result: TestResult, shown: Shown) -> str:
    """The tests' part of the report alone."""
    parts = [*_unit_tests(result.unit_tests), *_tests(result.results)]
    return "\n".join(parts)


def _models(models: Sequence[ModelRow]) -> str:
    rows = [
        (_name(m), m.materialized, "" if m.rows_in is None else str(m.rows_in), str(m.rows_out), _remarks(m))
        for m in models
    ]
    text = table(("stream", "is", "in", "out", ""), rows, right=(2, 3), widest=60)
    for m in models:
        for late in m.late:
            if late.example:
                text += f"  late in {_name(m)} ({late.operator}): {_row(late.example)}\n"
    return text


def _name(model: ModelRow) -> str:
    return model.address.split(".", 1)[1]


def _remarks(model: ModelRow) -> str:
    said = [] if model.status == "ok" else [model.status + (f": {model.message}" if model.message else "")]
    if model.generated:
        said.append("generated")
    if model.malformed:
        said.append(f"{model.malformed} malformed")
    late = sum(one.count for one in model.late)
    if late:
        said.append(f"{late} late")
    said += [f"approximate ({operator})" for operator in model.approximate]
    return ", ".join(said)


def _unit_tests(tests: Sequence[UnitTestRow]) -> list[str]:
    if not tests:
        return []
    failed = [t for t in tests if t.status not in ("pass", "skipped")]
    lines = [f"unit tests: {len(tests) - len(failed)} of {len(tests)} passed"]
    for t in failed:
        lines.append(f"  ✗ {t.test}: {t.message or 'other rows than expected'}")
        lines += [f"      missing    {_row(row)}" for row in t.missing[:3]]
        lines += [f"      unexpected {_row(row)}" for row in t.unexpected[:3]]
    return ["\n".join(lines) + "\n"]


def _tests(results: Sequence[TestRow]) -> list[str]:
    if not results:
        return []
    lines = []
    for r in results:
        counted = f"{r.failed} of {r.evaluated} failed" if r.failed else f"{r.evaluated} records"
        lines.append(
            f"  {_MARKS.get(r.status, '?')} {r.node.split('.', 1)[1]} {r.assertion}: "
            + (r.message if r.status in ("error", "skipped") and r.message else counted)
        )
        lines += [f"      {_row(sample)}" for sample in r.samples[:3]]
        lines += [f"      {action}" for action in r.actions]
    return ["tests\n" + "\n".join(lines) + "\n"]


def _forms(forms: Sequence[FormRow]) -> list[str]:
    parts = []
    for stream in forms:
        rows = [(role, *(form or "clear" for form in columns)) for role, columns in stream.roles]
        name = stream.address.split(".", 1)[1]
        parts.append(table((f"{name}: who sees", *stream.columns), rows, widest=28))
    return parts


def _row(row: Mapping[str, Any]) -> str:
    text = "  ".join(f"{name}={text_of(value)}" for name, value in row.items())
    return text if len(text) <= 150 else text[:149] + "…"


def _closing(result: BuildResult) -> str:
    failed = [t for t in result.results if t.status in ("fail", "error")]
    wrong = [m for m in result.models if m.status not in ("ok", "paused")]
    units = [t for t in result.unit_tests if t.status not in ("pass", "skipped")]
    if not (failed or wrong or units):
        return f"\nBuilt {len(result.models)} streams.\n"
    said = [f"{len(failed)} failed tests"] if failed else []
    said += [f"{len(units)} failed unit tests"] if units else []
    said += [f"{len(wrong)} streams not built"] if wrong else []
    return f"\nBuilt with {', '.join(said)}.\n"
