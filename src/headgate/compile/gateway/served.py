"""A virtual topic down to the topic it is served from: virtual topics over virtual topics become one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.compile.target import World
from headgate.diagnostics import Span
from headgate.graph.declared import relation
from headgate.project.declarations import Materialization, Stream
from headgate.sql import parse
from headgate.sql.expressions import Column, Expr, PlainQuery, plain_query, walk


@dataclass(frozen=True, slots=True)
class Scoped:
    """An expression of a stream's query. `paths` leads from the columns it may use to those of the stored records."""

    stream: Stream
    expression: Expr
    paths: Mapping[str, tuple[str, ...]]

    def path(self, column: Column) -> tuple[str, ...] | None:
        """The column in the stored record, None where a virtual topic below computes it."""
        known = self.paths.get(column.path[0])
        return (*known, *column.path[1:]) if known is not None else None

    def read(self) -> tuple[str, ...]:
        """The columns of the stored record that the expression reads, each once."""
        columns = (e for e in walk(self.expression) if isinstance(e, Column))
        return tuple(dict.fromkeys(self.paths[c.path[0]][0] for c in columns if c.path[0] in self.paths))

    def place(self, expression: Expr) -> Span:
        """Where a part of it stands in the user's file."""
        assert self.stream.sql is not None
        return self.stream.sql.rendered.span(expression.start, expression.end)


@dataclass(frozen=True, slots=True)
class Served:
    """A virtual topic over the stored stream `base`: its columns, and the filters of all queries on the way."""

    base: Address
    columns: tuple[tuple[str, Scoped], ...]
    filters: tuple[Scoped, ...]

    def computing(self) -> Iterator[Scoped]:
        """The expressions that look at values, rather than pass them on."""
        yield from self.filters
        yield from (s for _, s in self.columns if not isinstance(s.expression, Column))


@dataclass(frozen=True, slots=True)
class Fault:
    """What of a query is too much, at its place."""

    message: str
    span: Span


def served(world: World, stream: Stream) -> Served | Fault:
    """What a virtual topic serves, or why it is not plain enough."""
    query = _query(world, stream)
    if query is None:
        return Fault(f"`{stream.name}` does more than project and filter one input", query_place(stream))
    above = world.graph.stream(world.graph.facts[stream.address].inputs[0])
    if world.served_by_proxy(above) or above.materialized is Materialization.EPHEMERAL:
        below = served(world, above)
        if isinstance(below, Fault):
            return below
        base, filters, known = below.base, below.filters, dict(below.columns)
        paths = dict(_paths(known))
    else:
        base, filters, known = above.address, (), {}
        paths = {c.name: (c.name,) for c in world.graph.facts[above.address].columns}
    if query.filter is not None:
        filters = (*filters, Scoped(stream, query.filter, paths))
    columns = []
    for name, expression in query.projections:
        passed_on = known.get(_column(expression)) if _column(expression) not in paths else None
        columns.append((name, passed_on or Scoped(stream, expression, paths)))
    return Served(base, tuple(columns), filters)


def query_place(stream: Stream) -> Span:
    """Where a stream's query stands."""
    return stream.sql.place.span() if stream.sql is not None and stream.sql.place else stream.place.span()


def _query(world: World, stream: Stream) -> PlainQuery | None:
    inputs = world.graph.facts[stream.address].inputs
    if stream.sql is None or len(inputs) != 1:
        return None
    known = relation(world.graph.stream(inputs[0]), world.graph.facts[inputs[0]])
    if known is None:
        return None
    return plain_query(parse(stream.sql.rendered.text), {known.name: known})


def _paths(columns: Mapping[str, Scoped]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, scoped in columns.items():
        path = scoped.path(scoped.expression) if isinstance(scoped.expression, Column) else None
        if path is not None:
            yield name, path


def _column(expression: Expr) -> str:
    """The name of a column that is passed on as it is, "" for any other expression."""
    return expression.path[0] if isinstance(expression, Column) and len(expression.path) == 1 else ""
