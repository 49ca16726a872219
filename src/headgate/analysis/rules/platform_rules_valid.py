"""A rule of the platform team is one that the library has, with parameters that mean something."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.library_rules import Wrong, prepared
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity

CODE = Code("HGT091", "platform-rule-invalid", Severity.ERROR)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for declared in ctx.project.rules:
        wrong = prepared(declared) if declared.use else None
        if isinstance(wrong, Wrong):
            finding = CODE.at(
                declared.place.at(wrong.key).span(), wrong.message, node=f"rule.{declared.name}"
            )
            yield finding.with_help(wrong.help) if wrong.help else finding
