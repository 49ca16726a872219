"""Selection in dbt's language: names and methods, graph operators, unions by space, intersections by comma."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from headgate.addresses import Address, Kind
from headgate.diagnostics import Code, Diagnostic, Severity, Span
from headgate.graph.model import Graph
from headgate.graph.nodes import Node, Nodes
from headgate.project.declarations import DataProduct, Exposure, Stream, Test, UnitTest
from headgate.project.suggest import did_you_mean, listed

NOTHING_SELECTED = Code("HGR110", "selects-nothing", Severity.ERROR)
UNKNOWN_METHOD = Code("HGR111", "unknown-selection-method", Severity.ERROR)

_TERM = re.compile(r"(?P<at>@)?(?P<up>\d*\+)?(?P<body>[^+@]+)(?P<down>\+\d*)?")
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Selection:
    """What was picked, in the order of the project; what was wrong with the words, and the words by their "file"."""

    addresses: tuple[Address, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, str] | None = None

    def __contains__(self, address: Address) -> bool:
        return address in self.addresses


def select(
    graph: Graph,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    modified: Collection[Address] | None = None,
) -> Selection:
    """The nodes that `include` picks, or all where it is empty, without those of `exclude`.

    `modified` is what `state:modified` stands for; None where there is nothing to compare with. Words that pick nothing
    are findings; an intersection may be empty.
    """
    nodes = Nodes(graph)
    words = _Words(nodes, modified)
    picked = words.read("--select", " ".join(include)) if include else set(nodes.all)
    if exclude:
        picked -= words.read("--exclude", " ".join(exclude))
    texts = {"--select": " ".join(include), "--exclude": " ".join(exclude)}
    return Selection(tuple(a for a in nodes.all if a in picked), tuple(words.diagnostics), texts)


class _Words:
    def __init__(self, nodes: Nodes, modified: Collection[Address] | None) -> None:
        self.nodes = nodes
        self.modified = modified
        self.diagnostics: list[Diagnostic] = []

    def read(self, file: str, text: str) -> set[Address]:
        picked: set[Address] = set()
        for word in re.finditer(r"\S+", text):
            terms = [
                self.term(term[0], Span(file, word.start() + term.start(), word.start() + term.end()))
                for term in re.finditer(r"[^,]+", word[0])
            ]
            picked |= set.intersection(*terms) if terms else set()
        return picked

    def term(self, text: str, span: Span) -> set[Address]:
        match = _TERM.fullmatch(text)
        if match is None:
            self.diagnostics.append(
                NOTHING_SELECTED.at(span, f"`{text}` is no selection").with_help(
                    "write `name`, `+name`, `name+`, `2+name+1`, `@name` or `method:value`"
                )
            )
            return set()
        start = self.body(match["body"], Span(span.file, span.start + match.start("body"), span.end))
        if match["at"]:
            return self.nodes.above(self.nodes.below(start))
        found = set(start)
        if match["up"]:
            found |= self.nodes.above(start, _depth(match["up"]))
        if match["down"]:
            found |= self.nodes.below(start, _depth(match["down"]))
        return found

    def body(self, text: str, span: Span) -> set[Address]:
        method, colon, value = text.partition(":")
        if not colon:
            return self.found(text, text, self.by_name(text), self.names, span)
        if method == "state":
            return self.state(value, span)
        if method not in _METHODS:
            self.diagnostics.append(
                UNKNOWN_METHOD.at(span, f"`{method}:` is no way to select").with_help(
                    did_you_mean(method, (*_METHODS, "state"))
                    or f"there are {listed((*_METHODS, 'state'), len(_METHODS) + 1)}"
                )
            )
            return set()
        if method == "product":
            return self.product(value, span)
        values = {address: _METHODS[method](node) for address, node in self.nodes.all.items()}
        picked = {a for a, has in values.items() if any(_matches(v, value) for v in has)}
        return self.found(text, value, picked, sorted({v for has in values.values() for v in has}), span)

    @cached_property
    def names(self) -> list[str]:
        return sorted({a.name for a in self.nodes.all})

    def by_name(self, text: str) -> set[Address]:
        return {
            a for a in self.nodes.all if _matches(a.name, text) or str(a) == text or _versioned(a) == text
        }

    def product(self, value: str, span: Span) -> set[Address]:
        products = [
            n for n in self.nodes.all.values() if isinstance(n, DataProduct) and _matches(n.name, value)
        ]
        members: set[Address] = set()
        for product in products:
            members |= self.nodes.members(product) | {product.address}
        names = [a.name for a in self.nodes.all if a.kind is Kind.DATA_PRODUCT]
        return self.found(f"product:{value}", value, members, names, span)

    def state(self, value: str, span: Span) -> set[Address]:
        if value != "modified" or self.modified is None:
            self.diagnostics.append(
                UNKNOWN_METHOD.at(span, f"`state:{value}` cannot be told").with_help(
                    "`state:modified` compares with the state of `--state DIR`"
                )
            )
            return set()
        return {a for a in self.nodes.all if a in self.modified}

    def found(
        self, text: str, value: str, picked: set[Address], names: Iterable[str], span: Span
    ) -> set[Address]:
        if not picked:
            finding = NOTHING_SELECTED.at(span, f"`{text}` selects nothing")
            meant = did_you_mean(value, names)
            self.diagnostics.append(finding.with_help(meant) if meant else finding)
        return picked


def _depth(operator: str) -> int | None:
    digits = operator.strip("+")
    return int(digits) if digits else None


def _versioned(address: Address) -> str:
    return f"{address.name}.v{address.version}" if address.version else address.name


def _matches(value: str, pattern: str) -> bool:
    return fnmatchcase(value, pattern) if _GLOB.search(pattern) else value == pattern


def _tags(node: Node) -> Iterable[str]:
    return node.tags if isinstance(node, (Stream, Exposure, Test)) else ()


def _group(node: Node) -> Iterable[str]:
    return (node.group,) if isinstance(node, (Stream, Exposure)) and node.group else ()


def _owner(node: Node) -> Iterable[str]:
    return () if isinstance(node, (Test, UnitTest)) or not node.owner else (node.owner,)


def _source(node: Node) -> Iterable[str]:
    if isinstance(node, Stream) and node.address.kind is Kind.SOURCE:
        yield node.name
        if node.system:
            yield f"{node.system}.{node.name}"
            yield node.system


def _exposure(node: Node) -> Iterable[str]:
    return (node.name,) if isinstance(node, Exposure) else ()


def _materialized(node: Node) -> Iterable[str]:
    return (node.materialized.value,) if isinstance(node, Stream) else ()


def _path(node: Node) -> Iterable[str]:
    """The file of a node, and every folder above it."""
    files = {node.place.file}
    if isinstance(node, Stream) and node.sql is not None:
        files.add(node.sql.rendered.file)
    for file in sorted(files):
        parts = file.split("/")
        for count in range(1, len(parts) + 1):
            yield "/".join(parts[:count])


def _product(node: Node) -> Iterable[str]:
    return (node.name,) if isinstance(node, DataProduct) else ()


_METHODS: dict[str, Callable[[Node], Iterable[str]]] = {
    "tag": _tags,
    "group": _group,
    "owner": _owner,
    "source": _source,
    "exposure": _exposure,
    "product": _product,
    "materialized": _materialized,
    "path": _path,
}
