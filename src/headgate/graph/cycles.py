"""A cycle as a diagnostic: the whole loop, with the place of every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headgate.addresses import Address
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.edges import span_of
from headgate.project.declarations import Project, Reference

CYCLE = Code("HGR102", "cycle", Severity.ERROR)


def cycle(
    project: Project, loop: Sequence[Address], inputs: Mapping[Address, Mapping[Address, Reference]]
) -> Diagnostic:
    """The finding for one loop, at its first step in the order of the files."""
    steps = [
        (a, b, span_of(inputs[a][b], project.streams[a]))
        for a, b in zip(loop, [*loop[1:], loop[0]], strict=True)
    ]
    start = min(range(len(steps)), key=lambda i: steps[i][2])
    steps = steps[start:] + steps[:start]
    names = [project.streams[a].name for a, _, _ in steps]
    first = steps[0]
    if len(steps) == 1:
        return CYCLE.at(first[2], f"`{names[0]}` reads itself", node=str(first[0])).with_help(
            "a stream cannot be its own input: read what it is made from"
        )
    finding = CYCLE.at(
        first[2], "cycle: " + " reads ".join(f"`{n}`" for n in (*names, names[0])), node=str(first[0])
    )
    for reader, read, span in steps[1:]:
        finding = finding.note(f"`{project.streams[reader].name}` reads `{project.streams[read].name}`", span)
    return finding.with_help("take one of these references out: a stream cannot wait for itself")
