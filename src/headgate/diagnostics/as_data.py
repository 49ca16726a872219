"""Diagnostics for programs: JSON (the shape of every answer's `diagnostics`), GitHub, SARIF, JUnit, Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from headgate._version import __version__
from headgate.diagnostics._model import Diagnostic, Severity, Span, Texts, line_and_column
from headgate.diagnostics.as_text import headline, place


def as_value(diagnostic: Diagnostic, texts: Texts) -> dict[str, Any]:
    """The JSON shape of a diagnostic; lines and columns are 1-based and in characters, 0 where not known."""
    start, end = _positions(diagnostic.span, texts)
    return {
        "code": diagnostic.code.id,
        "name": diagnostic.code.name,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "file": diagnostic.span.file,
        "line": start[0],
        "column": start[1],
        "end_line": end[0],
        "end_column": end[1],
        "node": diagnostic.node,
        "notes": [_note(note.message, note.span, texts) for note in diagnostic.notes],
        "help": diagnostic.help,
        "fix": None
        if diagnostic.fix is None
        else {
            "safety": diagnostic.fix.safety,
            "edits": [{**_located(e.span, texts), "text": e.text} for e in diagnostic.fix.edits],
        },
    }


def _positions(span: Span, texts: Texts) -> tuple[tuple[int, int], tuple[int, int]]:
    text = texts.get(span.file)
    if text is None:
        return (0, 0), (0, 0)
    return line_and_column(text, span.start), line_and_column(text, span.end)


def _located(span: Span, texts: Texts) -> dict[str, Any]:
    start, end = _positions(span, texts)
    return {"file": span.file, "line": start[0], "column": start[1], "end_line": end[0], "end_column": end[1]}


def _note(message: str, span: Span | None, texts: Texts) -> dict[str, Any]:
    if span is None:
        return {"message": message, "file": None, "line": None, "column": None}
    where = _located(span, texts)
    return {"message": message, "file": where["file"], "line": where["line"], "column": where["column"]}


_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github(diagnostics: Iterable[Diagnostic], texts: Texts) -> str:
    """Workflow commands, which GitHub shows at the line (GitHub docs, "Workflow commands for GitHub Actions")."""
    lines = []
    for diagnostic in diagnostics:
        value = as_value(diagnostic, texts)
        where = ",".join(
            f"{key}={_escaped(str(value[name]))}"
            for key, name in (
                ("file", "file"),
                ("line", "line"),
                ("col", "column"),
                ("endLine", "end_line"),
                ("endColumn", "end_column"),
            )
        )
        text = diagnostic.message + (f" ({diagnostic.help})" if diagnostic.help else "")
        title = f"title={diagnostic.code.id} {diagnostic.code.name}"
        command = _GITHUB[diagnostic.severity]
        data = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        lines.append(f"::{command} {where},{title}::{data}")
    return "".join(f"{line}\n" for line in lines)


def _escaped(text: str) -> str:
    return (
        text.replace("%", "%25")
        .replace("\r", "%0D")
        .replace("\n", "%0A")
        .replace(":", "%3A")
        .replace(",", "%2C")
    )


_SARIF = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(diagnostics: Sequence[Diagnostic], texts: Texts) -> str:
    """A SARIF 2.1.0 log (OASIS, "Static Analysis Results Interchange Format")."""
    codes = {d.code.id: d.code for d in diagnostics}
    log = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "headgate",
                        "version": __version__,
                        "rules": [
                            {"id": id_, "name": code.name, "shortDescription": {"text": code.name}}
                            for id_, code in sorted(codes.items())
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(d, texts) for d in diagnostics],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _sarif_result(diagnostic: Diagnostic, texts: Texts) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code.id,
        "level": _SARIF[diagnostic.severity],
        "message": {"text": diagnostic.message + (f". Help: {diagnostic.help}" if diagnostic.help else "")},
        "locations": [_sarif_location(diagnostic.span, texts)],
    }
    related = [
        {**_sarif_location(n.span, texts), "message": {"text": n.message}} for n in diagnostic.notes if n.span
    ]
    if related:
        result["relatedLocations"] = related
    return result


def _sarif_location(span: Span, texts: Texts) -> dict[str, Any]:
    start, end = _positions(span, texts)
    physical: dict[str, Any] = {"artifactLocation": {"uri": span.file}}
    if start[0]:
        physical["region"] = {
            "startLine": start[0],
            "startColumn": start[1],
            "endLine": end[0],
            "endColumn": end[1],
        }
    return {"physicalLocation": physical}


def junit(diagnostics: Sequence[Diagnostic], texts: Texts) -> str:
    """JUnit XML: one test case a file, which fails where the file has errors."""
    files: dict[str, list[Diagnostic]] = {file: [] for file in sorted(texts)}
    for diagnostic in diagnostics:
        files.setdefault(diagnostic.span.file, []).append(diagnostic)
    failures = sum(any(d.severity is Severity.ERROR for d in found) for found in files.values())
    suite = ElementTree.Element(
        "testsuite", name="headgate check", tests=str(len(files)), failures=str(failures), errors="0"
    )
    for file, found in files.items():
        case = ElementTree.SubElement(suite, "testcase", classname="headgate.check", name=file)
        errors = [d for d in found if d.severity is Severity.ERROR]
        if errors:
            failure = ElementTree.SubElement(case, "failure", message=_plain(errors[0].message))
            failure.text = _plain("\n".join(headline(d, texts) for d in errors))
        others = [d for d in found if d.severity is not Severity.ERROR]
        if others:
            ElementTree.SubElement(case, "system-out").text = _plain(
                "\n".join(headline(d, texts) for d in others)
            )
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _plain(text: str) -> str:
    """Without the characters that XML 1.0 does not have."""
    return "".join(c if c in "\t\n" or c >= " " else "?" for c in text)


def markdown(diagnostics: Sequence[Diagnostic], texts: Texts) -> str:
    """A table for a pull request."""
    if not diagnostics:
        return "No findings.\n"
    rows = ["| | code | where | what |", "| --- | --- | --- | --- |"]
    for d in diagnostics:
        what = d.message.replace("|", "\\|") + (f"<br>*{d.help}*".replace("|", "\\|") if d.help else "")
        rows.append(f"| {d.severity.value} | {d.code.id} | {place(d.span, texts)} | {what} |")
    return "\n".join(rows) + "\n"


def answer(command: str, ok: bool, body: Mapping[str, Any]) -> str:
    """One JSON answer of a command: versioned, with what every answer has first."""
    value = {"format": 1, "command": command, "ok": ok, **body}
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"
