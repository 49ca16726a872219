"""Where the environment fails closed, every column has a class that somebody chose."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream
from headgate.project.suggest import listed

CODE = Code("HGS022", "unclassified", Severity.ERROR)


@rule(CODE)
def check(stream: Stream, ctx: Context) -> Iterator[Diagnostic]:
    classification = ctx.project.classification
    found, facts = ctx.permissions.policies.get(stream.address), ctx.facts(stream.address)
    if not ctx.environment.fail_closed or classification.default_said or found is None or facts is None:
        return
    # What comes from elsewhere is said where it begins.
    missing = [name for name, c in found.columns.items() if not c.classified and not facts.origins.get(name)]
    if missing:
        yield CODE.at(
            stream.place.at("name").span(),
            f"nobody classified {listed(missing, 4)} of `{stream.name}`",
            node=str(stream.address),
        ).with_help(
            f"say their `classification`, or `classification: {{default: {classification.default}}}` in `headgate.yml`"
        )
