"""Who reads whom: the edges that `from` and the queries' references make, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.diagnostics import Code, Diagnostic, Severity, Span
from headgate.project.declarations import Project, Reference, Stream

FROM_DISAGREES = Code("HGR100", "from-and-sql-disagree", Severity.ERROR)
READS_DISABLED = Code("HGR101", "disabled-stream-read", Severity.ERROR)


@dataclass(frozen=True, slots=True)
class Edges:
    """The inputs of every enabled stream, each once, in the order of their first mention, with that.

    Names nobody declared are left out: they are findings of whoever read the references.
    """

    inputs: Mapping[Address, Mapping[Address, Reference]]
    diagnostics: tuple[Diagnostic, ...]


def span_of(reference: Reference, stream: Stream | None = None) -> Span:
    """The characters of a reference, inside the query where it stands in one.

    Not for every edge of a large project: asking for a place may read its file a second time.
    """
    if reference.start < 0:
        return reference.place.span()
    file = stream.sql.rendered.file if stream is not None and stream.sql is not None else reference.place.file
    return Span(file, reference.start, reference.end)


def edges(project: Project) -> Edges:
    """The edges of a project's enabled streams."""
    inputs: dict[Address, Mapping[Address, Reference]] = {}
    diagnostics: list[Diagnostic] = []
    for address, stream in project.streams.items():
        if not stream.enabled:
            continue
        written = _resolved(project, stream.inputs)
        queried = _resolved(project, stream.sql.references if stream.sql else ())
        if written and stream.sql is not None and set(written) != set(queried):
            diagnostics += _disagreement(project, stream, written, queried)
        inputs[address] = _enabled(project, stream, written | queried, diagnostics)
    return Edges(inputs, tuple(diagnostics))


def _resolved(project: Project, references: tuple[Reference, ...]) -> dict[Address, Reference]:
    found: dict[Address, Reference] = {}
    for reference in references:
        address = project.resolve(reference)
        if address is not None:
            found.setdefault(address, reference)
    return found


def _enabled(
    project: Project, stream: Stream, found: dict[Address, Reference], diagnostics: list[Diagnostic]
) -> dict[Address, Reference]:
    inputs: dict[Address, Reference] = {}
    for address, reference in found.items():
        other = project.streams.get(address)
        if other is not None and not other.enabled:
            diagnostics.append(
                READS_DISABLED.at(
                    span_of(reference, stream),
                    f"`{stream.name}` reads `{other.name}`, which is disabled",
                    node=str(stream.address),
                )
                .note(f"`{other.name}` says `enabled: false`", other.place.span())
                .with_help(f"enable `{other.name}`, or disable `{stream.name}` too")
            )
        else:
            inputs[address] = reference
    return inputs


def _disagreement(
    project: Project, stream: Stream, written: dict[Address, Reference], queried: dict[Address, Reference]
) -> list[Diagnostic]:
    references = (*stream.inputs, *(stream.sql.references if stream.sql else ()))
    if any(project.resolve(reference) is None for reference in references):
        return []
    only_from = [r for a, r in written.items() if a not in queried]
    only_sql = [r for a, r in queried.items() if a not in written]
    says = ", ".join(f"`{r.name}`" for r in written.values())
    reads = ", ".join(f"`{r.name}`" for r in queried.values()) or "nothing"
    place = only_from[0] if only_from else stream.inputs[0]
    finding = FROM_DISAGREES.at(
        span_of(place), f"`from` says {says}, and the SQL reads {reads}", node=str(stream.address)
    )
    for reference in only_sql:
        finding = finding.note(f"`{reference.name}` is read here", span_of(reference, stream))
    return [finding.with_help("make them agree, or leave `from` out: the SQL says it")]
