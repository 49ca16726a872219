"""Data of certain classes stays in certain regions: in its clusters, and where sinks take it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from headgate.addresses import Address
from headgate.analysis.context import Context
from headgate.analysis.library_rule import Judge, LibraryRule, Subject
from headgate.graph.model import Graph
from headgate.project.declarations import Stream


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`classes` of data, and the `regions` it may be in.

    Regions are those of an environment's clusters, and of sinks. The embedded engine is this machine and asks nothing.
    """

    classes: tuple[str, ...]
    regions: tuple[str, ...]


def prepare(parameters: Parameters) -> Judge:
    bound: dict[Address, list[str]] = {}

    def judge(subject: Subject, ctx: Context) -> Iterator[str]:
        stream = subject.stream
        if stream is None:
            return
        # A judge is made for one check, so what it works out for the first stream holds for all.
        if not bound:
            bound.update(_bound(ctx.graph, frozenset(parameters.classes)))
        columns = bound.get(stream.address)
        if not columns:
            return
        for place, region in _regions(stream, ctx):
            if region not in parameters.regions:
                said = f"in `{region}`" if region else "in no region that is said"
                yield f"`{stream.name}` holds `{columns[0]}`, and {place} is {said}"

    return judge


def _regions(stream: Stream, ctx: Context) -> Iterator[tuple[str, str]]:
    cluster = ctx.environment.clusters.get(stream.cluster)
    if cluster is not None and ctx.environment.engine != "embedded":
        yield f"its cluster `{cluster.name}`", cluster.region
    if stream.sink is not None:
        yield "where it is taken", stream.sink.region


def _bound(graph: Graph, classes: frozenset[str]) -> dict[Address, list[str]]:
    """The columns of every stream that are of one of the classes, themselves or by what they are made from."""
    bound: dict[Address, list[str]] = {}
    for address in graph.order:
        stream, facts = graph.stream(address), graph.facts[address]
        said = {c.name: c.classification for c in stream.columns if c.classification}
        said |= {c.column.split(".")[0]: c.level for c in stream.security.classification}
        lowered = {d.column: d.to for d in stream.security.declassify if d.to}
        columns: list[str] = []
        for column in facts.columns:
            level = lowered.get(column.name) or said.get(column.name)
            origins = (o.column for o in facts.origins.get(column.name, ()))
            inherited = any(o.name in bound.get(o.stream, ()) for o in origins)
            if level in classes or (column.name not in lowered and inherited):
                columns.append(column.name)
        bound[address] = columns
    return bound


RULE = LibraryRule(Parameters, ("models", "sources", "topics"), prepare)
