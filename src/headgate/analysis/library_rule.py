"""What a rule of the platform team is made of: a kind from the library, its parameters, and the things it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from headgate.analysis.context import Context
from headgate.diagnostics import Span
from headgate.graph.model import StreamColumn
from headgate.project.declarations import Column, Exposure, Materialization, Stream

SUBJECTS = ("sources", "models", "topics", "columns", "exposures")

STORED = (Materialization.FLINK_STREAM, Materialization.TOPIC)
"""What has a topic that the project creates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing that a rule looks at. `name` is what a rule about names sees: a topic's is the physical one."""

    kind: str
    name: str
    node: str
    stream: Stream | None = None
    exposure: Exposure | None = None
    column: StreamColumn | None = None
    declared: Column | None = None

    @property
    def span(self) -> Span:
        """Where the thing is declared."""
        if self.declared is not None:
            return self.declared.place.at("name").span()
        if self.kind == "topics" and self.stream is not None:
            return self.stream.place.at("topic").span()
        owner = self.stream or self.exposure
        assert owner is not None
        return owner.place.at("name").span()


class InvalidParameters(ValueError):
    """A parameter has a value of the right type that means nothing; the first argument is its name."""


Judge = Callable[[Subject, Context], Iterable[str]]


@dataclass(frozen=True, slots=True)
class LibraryRule:
    """A kind of rule. `prepare` makes a judge of valid parameters; what it yields is what is wrong, one line each.

    `on` are the subjects it can be about, the first one where a rule does not say.
    """

    parameters: type[msgspec.Struct]
    on: tuple[str, ...]
    prepare: Callable[[Any], Judge]


def subjects(kind: str, ctx: Context) -> Iterator[Subject]:
    """The things of one kind, in the order of the project."""
    if kind == "exposures":
        for exposure in ctx.project.exposures.values():
            yield Subject(kind=kind, name=exposure.name, node=str(exposure.address), exposure=exposure)
        return
    for stream in ctx.streams:
        node = str(stream.address)
        is_source = stream.materialized is Materialization.SOURCE
        if kind == "columns":
            facts = ctx.facts(stream.address)
            for column in facts.columns if facts is not None else ():
                declared = stream.column(column.name)
                yield Subject(
                    kind=kind, name=column.name, node=node, stream=stream, column=column, declared=declared
                )
        elif kind == "topics":
            if stream.materialized in (*STORED, Materialization.VIRTUAL_TOPIC):
                yield Subject(kind=kind, name=stream.topic or stream.name, node=node, stream=stream)
        elif is_source is (kind == "sources"):
            yield Subject(kind=kind, name=stream.name, node=node, stream=stream)
