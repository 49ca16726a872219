"""Rules that are SQL: their rows are findings at the rule, with notes at what they name."""

from __future__ import annotations

from pathlib import Path

from checked import loaded
from headgate.analysis import Context
from headgate.diagnostics import Diagnostic, Severity
from headgate.verify.sql_rules import run_sql_rules
from running import headgate

MODELS = """
sources:
  - name: payments
    columns: [{name: id, data_type: string}, {name: card, data_type: string, tags: [pii]}]
models:
  - name: cards
    materialized: flink_stream
    sql: SELECT card FROM {{ source("payments") }}
  - name: more_cards
    materialized: flink_stream
    sql: SELECT card FROM {{ ref("cards") }}
"""


def found(rule: str) -> tuple[list[Diagnostic], str]:
    text = f"{MODELS}rules:\n  - {rule}\n"
    graph, before = loaded({"project.yml": text})
    assert graph is not None and before == [], before
    return list(run_sql_rules(Context(graph))), text


PII = "SELECT m.name FROM columns c JOIN models m USING (model_id) WHERE list_contains(c.tags, 'pii') AND m.owner IS NULL"


def test_every_row_is_a_finding_at_the_rule_with_a_note_at_what_it_names() -> None:
    findings, text = found(
        f'{{name: pii_has_owner, message: "{{name}} has no owner", sql: "{PII} ORDER BY 1"}}'
    )
    assert [(d.code.id, d.message) for d in findings] == [
        ("HGT090", "cards has no owner"),
        ("HGT090", "more_cards has no owner"),
    ]
    for finding, name in zip(findings, ("cards", "more_cards"), strict=True):
        assert text[finding.span.start : finding.span.end] == "pii_has_owner"
        (note,) = finding.notes
        assert note.span is not None and text[note.span.start : note.span.end] == name


def test_rows_with_one_message_are_one_finding() -> None:
    findings, _ = found(f'{{name: owned, message: "owners are missing", sql: "{PII}"}}')
    assert [len(d.notes) for d in findings] == [2]


def test_without_a_message_the_row_is_told() -> None:
    findings, _ = found("{name: r, sql: \"SELECT model_id, owner FROM models WHERE name = 'cards'\"}")
    assert [d.message for d in findings] == ["the rule `r` is broken: model_id = model.cards, owner = null"]
    assert findings[0].notes[0].message == "`cards` is declared here"


def test_the_level_of_the_rule_is_that_of_its_findings() -> None:
    for said, severity in (("error", Severity.ERROR), ("warn", Severity.WARNING), ("info", Severity.INFO)):
        findings, _ = found(f'{{name: r, level: {said}, sql: "SELECT 1 AS one"}}')
        assert [d.severity for d in findings] == [severity]


def test_a_rule_that_is_kept_says_nothing() -> None:
    assert found("{name: r, sql: \"SELECT name FROM models WHERE materialized = 'sink'\"}")[0] == []


def test_faulty_sql_is_a_finding_at_the_word() -> None:
    findings, text = found('{name: r, sql: "SELECT nam FROM models"}')
    (finding,) = findings
    assert finding.code.id == "HGT091"
    assert text[finding.span.start : finding.span.end] == "nam"
    assert finding.help and "`name`" in finding.help


def test_the_place_is_right_in_a_block_of_several_lines() -> None:
    findings, text = found("name: r\n    sql: |\n      SELECT name\n      FROM modelz\n")
    (finding,) = findings
    assert text[finding.span.start : finding.span.end] == "modelz"


def test_a_rule_cannot_read_a_file() -> None:
    findings, _ = found("{name: r, sql: \"SELECT * FROM read_text('/etc/hostname')\"}")
    assert [d.code.id for d in findings] == ["HGT091"]


def test_one_faulty_rule_does_not_hide_the_next() -> None:
    findings, _ = found('{name: a, sql: "SELEC"}\n  - {name: b, sql: "SELECT 1 AS one"}')
    assert [d.code.id for d in findings] == ["HGT091", "HGT090"]


def test_check_tells_them_among_all_that_it_finds(tmp_path: Path) -> None:
    (tmp_path / "headgate.yml").write_text("name: shop\n")
    (tmp_path / "streams.yml").write_text(
        f"{MODELS}rules: [{{name: owned, sql: \"{PII} AND m.name = 'cards'\"}}]\n"
    )
    ran = headgate("check", "--output", "json", project=tmp_path)
    (found_,) = [d for d in ran.json["diagnostics"] if d["severity"] == "error"]
    assert (ran.code, found_["code"], found_["node"]) == (1, "HGT090", "rule.owned")
    assert [(note["file"], note["line"]) for note in found_["notes"]] == [("streams.yml", 6)]
