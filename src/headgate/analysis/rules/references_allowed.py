"""A private stream is referred to by its own group alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from headgate.addresses import Address, Kind
from headgate.analysis.context import Context
from headgate.analysis.referring import may_refer, standing
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity, Span
from headgate.graph.edges import span_of
from headgate.project.declarations import Reference, Stream, Test

CODE = Code("HGS002", "reference-refused", Severity.ERROR)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    if not any(stream.access == "private" for stream in ctx.streams):
        return
    for stream in ctx.streams:
        references = (*stream.inputs, *(stream.sql.references if stream.sql is not None else ()))
        for reference, target in _private(ctx, references).values():
            if not may_refer(stream.group, target) and target.address != stream.address:
                span = span_of(reference, stream)
                yield _refused(span, f"`{stream.name}`", stream.group, target, stream.address)
    for exposure in ctx.project.exposures.values():
        for reference, target in _private(ctx, exposure.reads).values():
            if not may_refer(exposure.group, target):
                span = reference.place.span()
                yield _refused(span, f"`{exposure.name}`", exposure.group, target, exposure.address)
    for test in ctx.project.tests.values():
        yield from _test(test, ctx)


def _private(ctx: Context, references: tuple[Reference, ...]) -> Mapping[Address, tuple[Reference, Stream]]:
    """The private streams among those referred to, each with the first reference to it."""
    found: dict[Address, tuple[Reference, Stream]] = {}
    for reference in references:
        address = ctx.project.resolve(reference)
        target = ctx.project.streams.get(address) if address is not None else None
        if target is not None and target.access == "private":
            found.setdefault(target.address, (reference, target))
    return found


def _test(test: Test, ctx: Context) -> Iterator[Diagnostic]:
    """A test stands in the group of the stream it tests, and looks up other streams as that group."""
    address = ctx.project.resolve(test.target)
    tested = ctx.project.streams.get(address) if address is not None else None
    if tested is None:
        return
    group = standing(ctx.permissions.people, tested)
    for assertion in test.assertions:
        parameters = assertion.parameters if isinstance(assertion.parameters, dict) else {}
        written = [
            Reference(kind, str(parameters[key]), assertion.place.at(assertion.kind, key))
            for key, kind in (("ref_model", Kind.MODEL), ("ref_source", Kind.SOURCE))
            if isinstance(parameters.get(key), str)
        ]
        queried = assertion.sql.references if assertion.sql is not None else ()
        for reference, target in _private(ctx, (*written, *queried)).values():
            if target.address != tested.address and not may_refer(group, target):
                place = assertion.place
                span = place.span() if reference.start >= 0 else reference.place.span()
                yield _refused(span, f"a test of `{tested.name}`", group, target, test.address)


def _refused(span: Span, who: str, group: str, target: Stream, node: Address) -> Diagnostic:
    its = f"is of `{group}`" if group else "is of no group"
    return (
        CODE.at(
            span,
            f"`{target.name}` is private to `{target.group or 'nobody'}`, and {who} {its}",
            node=str(node),
        )
        .note(f"`{target.name}` is declared here", target.place.at("access").span())
        .with_help(
            f"read a stream that `{target.group}` publishes, or let `{target.group}` make it `access: protected`"
            if target.group
            else f"say the `group` of `{target.name}`"
        )
    )
