"""What Conduktor Gateway cannot express, said where it is declared; only whoever compiles for it hears of it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.compile.gateway.forms import can_express
from headgate.compile.gateway.readers import ProxiedUse, Refused
from headgate.compile.gateway.served import Fault
from headgate.compile.target import World
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.declarations import Stream

NO_SQL_TOPIC = Code("HGC160", "not-for-a-sql-topic", Severity.ERROR)
NO_METHOD = Code("HGC161", "mask-method-not-here", Severity.ERROR)
NO_FORM = Code("HGC162", "form-not-shown-here", Severity.ERROR)
NO_KEY = Code("HGC163", "key-store-not-usable", Severity.ERROR)
FALLBACK_DENIES = Code("HGC164", "fallback-denies", Severity.WARNING)


def sql_topic(stream: Stream, fault: Fault) -> Diagnostic:
    """Something in a virtual topic that a SQL topic has no words for."""
    return NO_SQL_TOPIC.at(fault.span, fault.message, node=str(stream.address)).with_help(
        f"rewrite it, or make `{stream.name}` a flink_stream"
    )


def methods(world: World) -> Iterator[Diagnostic]:
    """Every declared mask whose method the Gateway lacks and that names no fallback it has."""
    for stream, _ in world.streams():
        for mask in stream.security.masks:
            if can_express(mask):
                continue
            also = f", nor `{mask.fallback}`" if mask.fallback else ""
            yield NO_METHOD.at(
                mask.place.at("method").span(),
                f"Conduktor Gateway has no mask of method `{mask.method}`{also}",
                node=str(stream.address),
            ).with_help("say what else would do: `fallback: redact`, or `deny`")


def fallback_denies(world: World, use: ProxiedUse) -> Diagnostic:
    """A use that gets nothing, since a mask's fallback says so."""
    name = world.graph.stream(use.stream).name
    return FALLBACK_DENIES.at(
        world.place_of(use.by),
        f"`{use.by.name}` is denied `{name}` by the fallback of a mask",
        node=str(use.by),
    ).with_help("the proxy lacks the method; `fallback: redact` would show the rest of the stream")


def form(world: World, refused: Refused) -> Diagnostic | None:
    """A column that cannot be shown to a reader as declared; None where its mask has been said to be too much."""
    stream = world.graph.stream(refused.use.stream)
    policies = world.permissions.policies[refused.use.stream]
    column = policies.columns[refused.column]
    for part in column.masks:
        declared = world.graph.stream(part.by).security.masks
        if any(m.place == part.place and not can_express(m) for m in declared):
            return None
    reader = refused.use.reader
    view = world.permissions.view(reader.role, reader.purpose or None, refused.use.stream)
    rule = view.columns[refused.column]
    found = NO_FORM.at(
        world.place_of(refused.use.by),
        f"`{refused.column}` of `{stream.name}` cannot be shown to {reader} as {rule.form}",
        node=str(refused.use.by),
    ).note(refused.why.why)
    if rule.why.place is not None:
        found = found.note(rule.why.text, rule.why.place.span())
    return found.with_help(refused.why.help)
