"""The rules that the platform team takes from the library are kept."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.library_rule import subjects
from headgate.analysis.library_rules import Ready, prepared
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity

CODE = Code("HGT090", "platform-rule-broken", Severity.ERROR)

_LEVELS = {
    "error": Severity.ERROR,
    "warn": Severity.WARNING,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
}


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for declared in ctx.project.rules:
        ready = prepared(declared) if declared.use else None
        if not isinstance(ready, Ready):
            continue
        severity = _LEVELS.get(declared.level, Severity.ERROR)
        for subject in subjects(ready.on, ctx):
            for wrong in ready.judge(subject, ctx):
                message = declared.message.replace("{name}", subject.name) if declared.message else wrong
                yield (
                    CODE.at(subject.span, message, node=subject.node, severity=severity)
                    .note(f"the rule `{declared.name}` asks for it", declared.place.span())
                    .with_help("change the declaration, or ask the platform team, whose rule it is")
                )
