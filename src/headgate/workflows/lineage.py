"""`lineage`: what a node or a column comes from and goes to."""

from __future__ import annotations

from headgate.addresses import Address, ColumnAddress, Kind
from headgate.graph.lineage import ColumnEdge, Lineage
from headgate.workflows.naming import find_node
from headgate.workflows.request import Request
from headgate.workflows.results import FINDINGS, EdgeRow, LineageResult
from headgate.workflows.session import not_loaded, open_session


def lineage(
    request: Request, node: str, *, up: bool = True, down: bool = True, depth: int | None = None
) -> LineageResult:
    """The edges above and below `node` (a stream, an exposure, or a column as `stream.column`)."""
    session = open_session(request)
    if session.context is None:
        return LineageResult(
            command="lineage",
            diagnostics=session.diagnostics,
            texts=session.texts,
            exit_code=not_loaded(session),
        )
    named = find_node(session.graph, node)
    if named.address is None:
        return LineageResult(
            command="lineage",
            diagnostics=named.diagnostics,
            texts={**session.texts, **(named.texts or {})},
            exit_code=FINDINGS,
        )
    walker = Lineage(session.graph)
    if named.column:
        column = ColumnAddress(named.address, named.column)
        edges = tuple(_column_row(e) for e in walker.of_column(column, up=up, down=down, depth=depth))
        root = str(column)
    else:
        edges = tuple(
            EdgeRow(from_=str(e.source), to=str(e.target), kind=_kind(e.source))
            for e in walker.of_node(named.address, up=up, down=down, depth=depth)
        )
        root = str(named.address)
    nodes = dict.fromkeys(name for e in edges for name in (e.from_, e.to))
    return LineageResult(
        command="lineage",
        root=root,
        nodes=tuple(nodes) or (str(named.address),),
        edges=edges,
        texts=session.texts,
    )


def _kind(source: Address) -> str:
    """What an edge between nodes is: an exposure that a stream comes from writes it."""
    return "writes" if source.kind is Kind.EXPOSURE else "reads"


def _column_row(edge: ColumnEdge) -> EdgeRow:
    return EdgeRow(
        from_=str(edge.source.stream),
        to=str(edge.target.stream),
        kind=edge.kind,
        column_from=edge.source.name,
        column_to=edge.target.name,
        how=edge.how.value if edge.how else edge.why.value if edge.why else "",
    )
