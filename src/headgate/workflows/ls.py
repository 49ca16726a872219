"""`ls`: the nodes that a selection picks."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.addresses import Address
from headgate.diagnostics import line_and_column
from headgate.graph.nodes import Node, Nodes
from headgate.graph.selection import select
from headgate.project.declarations import Stream
from headgate.workflows.request import Request
from headgate.workflows.results import LsResult, NodeRow
from headgate.workflows.session import exit_code, not_loaded, open_session


def ls(request: Request) -> LsResult:
    """The picked nodes, in the order of the project. Findings of loading are left to `check`."""
    session = open_session(request)
    if session.context is None:
        return LsResult(
            command="ls",
            diagnostics=session.diagnostics,
            texts=session.texts,
            exit_code=not_loaded(session),
        )
    picked = select(session.graph, request.select, request.exclude)
    nodes = Nodes(session.graph).all
    return LsResult(
        command="ls",
        nodes=tuple(_row(address, nodes[address], session.texts) for address in picked.addresses),
        diagnostics=picked.diagnostics,
        texts={**session.texts, **(picked.texts or {})},
        exit_code=exit_code(picked.diagnostics),
    )


def _row(address: Address, node: Node, texts: Mapping[str, str]) -> NodeRow:
    span = node.place.span()
    line, _ = line_and_column(texts[span.file], span.start) if span.file in texts else (0, 0)
    return NodeRow(
        address=str(address),
        kind=address.kind.value,
        name=node.name,
        materialized=node.materialized.value if isinstance(node, Stream) else "",
        file=span.file,
        line=line,
        group=getattr(node, "group", ""),
        owner=getattr(node, "owner", ""),
        tags=getattr(node, "tags", ()),
        description=getattr(node, "description", ""),
    )
