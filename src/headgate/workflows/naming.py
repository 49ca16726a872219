"""The thing a word on the command line means: a node, a column, a role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from headgate.addresses import Address, Kind
from headgate.diagnostics import Code, Diagnostic, Severity, Span
from headgate.graph.model import Graph
from headgate.project.suggest import listed

NO_SUCH_NODE = Code("HGR120", "no-such-node", Severity.ERROR)
NO_SUCH_COLUMN = Code("HGR121", "no-such-column", Severity.ERROR)
NO_SUCH_ROLE = Code("HGR122", "no-such-role", Severity.ERROR)


@dataclass(frozen=True, slots=True)
class Named:
    """What a word means, or why it means nothing. `column` is "" where a whole node is meant."""

    address: Address | None
    column: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, str] | None = None


def find_stream(graph: Graph, word: str) -> Named:
    """The stream that `word` names: `payments_clean`, `payments_clean.v2`, `model.payments_clean`, with a column behind."""
    for name, column in _splits(word):
        address = _stream(graph, name)
        if address is None:
            continue
        facts = graph.facts.get(address)
        if column and facts is not None and facts.known and facts.column(column) is None:
            at = word.index(column)
            return _wrong(
                word,
                NO_SUCH_COLUMN.at(_span(word, at), f"`{name}` has no column `{column}`"),
                column,
                columns := [c.name for c in facts.columns],
                f"its columns are {listed(columns)}",
            )
        return Named(address, column)
    names = sorted({s.name for s in graph.project.streams.values()})
    return _wrong(word, NO_SUCH_NODE.at(_span(word), f"no stream is called `{word}`"), word, names)


def find_node(graph: Graph, word: str) -> Named:
    """The stream or exposure that `word` names."""
    named = find_stream(graph, word)
    if named.address is not None:
        return named
    name = word.removeprefix("exposure.")
    address = Address(Kind.EXPOSURE, name)
    return Named(address) if address in graph.project.exposures else named


def unknown_role(graph: Graph, role: str) -> Named:
    """Why `role` is nobody."""
    return _wrong(
        role,
        NO_SUCH_ROLE.at(_span(role), f"no role is called `{role}`"),
        role,
        roles := sorted(graph.project.roles),
        f"there are {listed(roles)}" if roles else "the project declares no role",
    )


def _splits(word: str) -> Iterable[tuple[str, str]]:
    yield word, ""
    if "." in word:
        name, column = word.rsplit(".", 1)
        yield name, column


def _stream(graph: Graph, name: str) -> Address | None:
    streams = graph.project.streams
    try:
        address = Address.parse(name)
    except ValueError:
        address = None
    candidates = [address] if address is not None else []
    bare, _, version = name.rpartition(".v")
    for kind in (Kind.MODEL, Kind.SOURCE):
        if bare and version.isdigit():
            candidates.append(Address(kind, bare, int(version)))
        candidates.append(Address(kind, name))
        candidates.append(Address(kind, name, graph.project.latest_versions.get(name, 0)))
    if address is not None and not address.version:
        candidates.append(
            Address(address.kind, address.name, graph.project.latest_versions.get(address.name, 0))
        )
        if address.kind is Kind.MODEL:
            candidates.append(Address(Kind.SOURCE, address.name))
    return next((c for c in candidates if c in streams), None)


def _span(word: str, start: int = 0) -> Span:
    return Span("(command line)", start, len(word))


def _wrong(word: str, found: Diagnostic, looked_for: str, names: list[str], otherwise: str = "") -> Named:
    close = get_close_matches(looked_for, names, n=3)
    if close:
        found = found.with_help("did you mean " + ", ".join(f"`{c}`" for c in close) + "?")
    else:
        found = found.with_help(otherwise or "`headgate ls` lists what there is")
    return Named(None, "", (found,), {"(command line)": word})
