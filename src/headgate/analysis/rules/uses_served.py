"""An exposure, a sink or a job gets what it declares to read, in forms it can live with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.analysis.uses import judged
from headgate.diagnostics import Code, Diagnostic, Severity, Span
from headgate.graph.permissions import ColumnView, Form, Reason, StreamView, Use
from headgate.graph.permissions.form import STRICTNESS
from headgate.syntax.document import Place

CODE = Code("HGS005", "use-not-served", Severity.ERROR)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for use in ctx.permissions.uses:
        if not judged(use, ctx):
            continue
        view = ctx.permissions.use_view(use)
        if not view.admitted:
            yield _denied(use, view, ctx)
            continue
        needs, place = _needs(use, ctx)
        for name, wanted in needs.items():
            column = view.columns.get(name)
            if column is not None and wanted in STRICTNESS and _stricter(column.form, wanted):
                yield _too_strict(use, name, wanted, column, place.at(name).span(), ctx)


def _needs(use: Use, ctx: Context) -> tuple[Mapping[str, str], Place]:
    exposure = ctx.project.exposures.get(use.by)
    if exposure is not None:
        return exposure.needs, exposure.place.at("access", "needs")
    stream = ctx.project.streams[use.by]
    if stream.sink is not None:
        return stream.sink.needs, stream.sink.place.at("needs")
    return {}, stream.place


def _stricter(form: Form, wanted: str) -> bool:
    return STRICTNESS[form.method] < STRICTNESS[wanted]


def _denied(use: Use, view: StreamView, ctx: Context) -> Diagnostic:
    what = ctx.graph.stream(use.stream).name
    finding = CODE.at(
        _role(use, ctx).span(),
        f"`{use.by.name}` reads `{what}` as {_who(use)}, which is denied it",
        node=str(use.by),
        severity=ctx.guard,
    )
    help_ = f"read what {use.role} may see, or let those who own `{what}` allow it"
    if "surrogate key" in view.why.text:
        help_ = f"key `{what}` by a surrogate key, so that the column need not be one"
    return _because(finding, view.why).with_help(help_)


def _too_strict(use: Use, name: str, wanted: str, column: ColumnView, span: Span, ctx: Context) -> Diagnostic:
    what = ctx.graph.stream(use.stream).name
    finding = CODE.at(
        span,
        f"`{use.by.name}` needs `{name}` of `{what}` {_as(wanted)}, and gets it {_as(str(column.form))}"
        f" as {_who(use)}",
        node=str(use.by),
        severity=ctx.guard,
    )
    return _because(finding, column.why).with_help(
        f"let those who own `{what}` grant it, or make do with {column.form}"
    )


def _because(finding: Diagnostic, why: Reason) -> Diagnostic:
    return finding.note(why.text, why.place.span() if why.place is not None else None)


def _as(form: str) -> str:
    return form if form in ("clear", "redacted", "encrypted", "denied") else f"by {form}"


def _role(use: Use, ctx: Context) -> Place:
    exposure = ctx.project.exposures.get(use.by)
    if exposure is not None:
        roles = exposure.allowed_roles
        return exposure.place.at("access", "allowed_roles", roles.index(use.role))
    stream = ctx.project.streams[use.by]
    return stream.sink.place.at("role") if stream.sink is not None else stream.place.at("flink", "role")


def _who(use: Use) -> str:
    return f"{use.role} for {use.purpose}" if use.purpose else use.role
