"""What a rule is: one code, one check, applied to every subject of the kind that its first parameter names."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from headgate.analysis.context import Context
from headgate.diagnostics import Code, Diagnostic
from headgate.project.declarations import DataProduct, Exposure, Group, Role, Stream, Test, UnitTest

Subjects = Callable[[Context], Iterable[object]]

_SUBJECTS: dict[type, Subjects] = {
    Stream: lambda ctx: ctx.streams,
    Exposure: lambda ctx: ctx.project.exposures.values(),
    Test: lambda ctx: ctx.project.tests.values(),
    UnitTest: lambda ctx: ctx.project.unit_tests.values(),
    DataProduct: lambda ctx: ctx.project.data_products.values(),
    Group: lambda ctx: ctx.project.groups.values(),
    Role: lambda ctx: ctx.project.roles.values(),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A check with the code of what it finds; `subjects` None where it looks at the whole context.

    Calling a rule calls its check, so that a test can hand it one subject.
    """

    code: Code
    check: Callable[..., Iterable[Diagnostic]]
    subjects: Subjects | None

    def __call__(self, *args: object) -> Iterable[Diagnostic]:
        return self.check(*args)

    def run(self, context: Context) -> Iterator[Diagnostic]:
        """Everything the check finds in a project."""
        if self.subjects is None:
            yield from self.check(context)
            return
        check = self.check
        for subject in self.subjects(context):
            yield from check(subject, context)


def rule(code: Code) -> Callable[[Callable[..., Iterable[Diagnostic]]], Rule]:
    """Makes a check a rule: `check(subject: Stream, ctx: Context)`, or `check(ctx: Context)` for the whole."""

    def mark(check: Callable[..., Iterable[Diagnostic]]) -> Rule:
        hints = typing.get_type_hints(check)
        first, *rest = (hints.get(name) for name in inspect.signature(check).parameters)
        if first is Context and not rest:
            return Rule(code, check, None)
        if rest != [Context] or first not in _SUBJECTS:
            raise TypeError(f"{check.__module__}: a check takes (subject, ctx: Context) or (ctx: Context)")
        return Rule(code, check, _SUBJECTS[first])

    return mark
