"""Two applications do not share a consumer group: each would get a part of the records."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Exposure
from headgate.syntax.document import Place

CODE = Code("HGS026", "consumer-group-shared", Severity.WARNING)


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    owners: dict[str, Exposure] = {}
    for exposure in ctx.project.exposures.values():
        if not exposure.reads:
            continue
        name = exposure.consumer_group or exposure.name
        first = owners.setdefault(name, exposure)
        if first is not exposure:
            yield (
                CODE.at(
                    _place(exposure).span(),
                    f"`{exposure.name}` reads with the consumer group `{name}`, and so does `{first.name}`",
                    node=str(exposure.address),
                )
                .note(f"`{first.name}` says it here", _place(first).span())
                .with_help("give each its own; what one reads of a partition the other does not get")
            )


def _place(exposure: Exposure) -> Place:
    if exposure.consumer_group:
        return exposure.place.at("consumer_config", "consumer_group")
    return exposure.place.at("name")
