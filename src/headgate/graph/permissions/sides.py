"""Side topics: what is kept of records that could not be read, and of those that failed a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from headgate.addresses import Address
from headgate.graph.model import Graph
from headgate.graph.permissions.form import CLEAR, Form, Reason, merged
from headgate.graph.permissions.parts import ColumnPolicies
from headgate.graph.permissions.view import StreamView, denied

View = Callable[[str, str | None, Address], StreamView]


def rejected_view(graph: Graph, view: View, role: str, purpose: str | None, address: Address) -> StreamView:
    """Who sees all columns of all that goes into a stream in clear sees what was rejected on the way; nobody else.

    Rejected records are bytes: nothing can be masked in them.
    """
    facts = graph.facts.get(address)
    if facts is None:
        return StreamView(False, Reason("the stream is not known"))
    sources = facts.inputs or (address,)
    views = [(source, view(role, purpose, source)) for source in sources]
    columns = dict.fromkeys(name for _, one in views for name in one.columns)
    for source, one in views:
        if not one.admitted:
            return denied(columns, one.why)
        for name, column in one.columns.items():
            if column.form != CLEAR:
                text = f"`{name}` of {source} is {column.form} for {role}, and what is rejected is not masked"
                return denied(columns, Reason(text, column.why.place))
    return StreamView(
        True,
        Reason(f"all that goes in is clear for {role}"),
        {name: column for _, one in views for name, column in one.columns.items()},
    )


def violation_forms(
    columns: Mapping[str, ColumnPolicies], readers: Sequence[StreamView]
) -> Mapping[str, Form]:
    """Each column in the form that the strictest of the declared readers gets; a keyed hash where that is nothing."""
    found: dict[str, Form] = {}
    for name, column in columns.items():
        forms = [view.columns[name].form for view in readers if name in view.columns]
        form = merged(forms) if forms else None
        found[name] = form if form is not None and form.readable else Form("hash", domain=column.origin)
    return found
