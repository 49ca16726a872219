"""Rules of the platform team that are SQL over the project's graph: their rows are the violations."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from headgate.addresses import Address
from headgate.analysis import Context
from headgate.analysis.rules.platform_rules_kept import CODE as BROKEN
from headgate.analysis.rules.platform_rules_valid import CODE as INVALID
from headgate.diagnostics import Diagnostic, Severity, Span
from headgate.project.declarations import Exposure, Rule, Stream, Test, UnitTest
from headgate.syntax.scalars import scalar_map
from headgate.verify.graph_rows import TABLES, GraphRows

_LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO}
_IDS = ("node_id", "model_id", "source_id", "exposure_id", "test_id", "to_id", "from_id")
_FIELD = re.compile(r"\{(\w+)\}")
_NOTES = 10


def run_sql_rules(context: Context) -> Iterator[Diagnostic]:
    """What every SQL rule finds, and what is wrong with the SQL. DuckDB is loaded only if there is such a rule."""
    rules = [rule for rule in context.project.rules if rule.sql]
    if not rules:
        return
    module = importlib.import_module("headgate.verify.graph_tables")
    with module.GraphTables(GraphRows(context)) as tables:
        for rule in rules:
            try:
                answer = tables.ask(rule.sql)
            except module.WrongSql as wrong:
                yield _faulty(rule, wrong)
                continue
            yield from _violations(context, rule, answer.rows)


def _faulty(rule: Rule, wrong: Any) -> Diagnostic:
    finding = INVALID.at(_span(rule, wrong.position), wrong.message, node=f"rule.{rule.name}")
    return finding.with_help(wrong.help or f"the tables are {', '.join(TABLES)}")


def _span(rule: Rule, position: int) -> Span:
    """The word at fault in the user's file; the whole query where it was not written as it ran, or nothing is told."""
    place = rule.place.at("sql")
    raw: Any = place.document.value
    for step in place.path:
        raw = raw[step]
    if position < 0 or raw != rule.sql or position >= len(rule.sql):
        return place.span()
    word = re.match(r'"[^"]*"|\w+|.', rule.sql[position:], re.DOTALL)
    return scalar_map(place.document, place.path).span(position, position + len(word[0] if word else " "))


def _violations(context: Context, rule: Rule, rows: Iterable[Mapping[str, Any]]) -> Iterator[Diagnostic]:
    """A finding for each message, at the rule, with a note at every node that a row names."""
    by_message: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_message.setdefault(_message(rule, row), []).append(row)
    for message, found in by_message.items():
        nodes = dict.fromkeys(node for row in found if (node := _node(context, row)) is not None)
        finding = BROKEN.at(
            rule.place.at("name").span(),
            message,
            node=f"rule.{rule.name}",
            severity=_LEVELS.get(rule.level, Severity.ERROR),
        )
        for name, span in list(nodes)[:_NOTES]:
            finding = finding.note(f"`{name}` is declared here", span)
        if len(nodes) > _NOTES:
            finding = finding.note(f"and {len(nodes) - _NOTES} more")
        yield finding.with_help(f"`headgate query` asks the rule's SQL by hand; `{rule.name}` wants no row")


def _message(rule: Rule, row: Mapping[str, Any]) -> str:
    """The rule's message with the row's values in it; without one, the row."""
    if rule.message:
        return _FIELD.sub(lambda m: _text(row[m[1]]) if m[1] in row else m[0], rule.message)
    told = ", ".join(f"{name} = {_text(value)}" for name, value in row.items())
    return f"the rule `{rule.name}` is broken" + (f": {told}" if told else "")


def _text(value: Any) -> str:
    return "null" if value is None else str(value)


def _node(context: Context, row: Mapping[str, Any]) -> tuple[str, Span] | None:
    """The declaration that a row names: by an id, else by a name that one stream or exposure alone has."""
    project = context.project
    declared: dict[Address, Stream | Exposure | Test | UnitTest] = {
        **project.streams,
        **project.exposures,
        **project.tests,
        **project.unit_tests,
    }
    for column in _IDS:
        value = row.get(column)
        if isinstance(value, str):
            try:
                found = declared.get(Address.parse(value))
            except ValueError:
                continue
            if found is not None:
                return found.name, found.place.at("name").span()
    named = [d for d in declared.values() if isinstance(d, (Stream, Exposure)) and d.name == row.get("name")]
    return (named[0].name, named[0].place.at("name").span()) if len(named) == 1 else None
