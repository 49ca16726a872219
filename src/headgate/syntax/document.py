"""A YAML file as plain values, with the place of every one of them on demand.

Positions cost more than values, and most are never asked for. So a document keeps values alone, and the first
question for a place composes the file a second time, with marks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from headgate.diagnostics import Span

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """One file of the project: its name (posix, relative to the project), its text, its values.

    `value` holds dict, list, str, int, float, bool and None, by YAML 1.2's core schema.
    """

    file: str
    text: str = field(repr=False)
    value: Any = field(repr=False, compare=False)
    templated: bool = field(default=False, repr=False, compare=False)
    """Whether a value holds `{{` that does not stand under the key `sql`."""
    queries: Mapping[str, tuple[int, int, str]] = field(default_factory=dict, repr=False, compare=False)
    """The values of `sql` keys: where each begins and ends, and its YAML style; -1 where the text stands twice."""
    spans: Mapping[Path, tuple[int, int]] | None = field(default=None, repr=False, compare=False)
    """Places given by hand, for a file that is no YAML: those of the settings in a `.sql` file."""
    _root: yaml.Node | None = field(default=None, repr=False, compare=False)

    def __hash__(self) -> int:
        return hash(self.file)

    def place(self, *path: str | int) -> Place:
        """The place of the value at `path`."""
        return Place(self, path)

    def node(self, path: Path) -> tuple[yaml.Node | None, yaml.Node | None]:
        """Key node and value node at `path`, or of the nearest parent that is there."""
        if self.spans is not None:
            return None, None
        if self._root is None:
            loader = yaml.CSafeLoader(self.text)
            try:
                self._root = loader.get_single_node()
            finally:
                loader.dispose()
        key: yaml.Node | None = None
        node = self._root
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            key, node = found
        return key, node


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if key.value == step or (type(step) is int and key.value == str(step)):
                return key, value
            if key.value == "<<":
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        for parent in merged:
            found = _child(parent, step)
            if found is not None:
                return found
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: a document and the path to it. Spans are worked out when asked for."""

    document: Document
    path: Path = ()

    def at(self, *path: str | int) -> Place:
        """The place of something inside."""
        return Place(self.document, self.path + path)

    @property
    def file(self) -> str:
        return self.document.file

    def span(self) -> Span:
        """The value's characters; those of the nearest parent where the value is not written out."""
        return self._span(key=False)

    def key_span(self) -> Span:
        """The characters of the key that the value stands under; the value's own where it has none."""
        return self._span(key=True)

    def _span(self, *, key: bool) -> Span:
        if self.document.spans is not None:
            return self._given(self.document.spans)
        key_node, value_node = self.document.node(self.path)
        node = key_node if key and key_node is not None else value_node
        if node is None:
            return Span(self.document.file, 0, 0)
        text = self.document.text
        start, end = node.start_mark.index, node.end_mark.index
        # A block ends where the next thing begins; an error should underline what was written, on one line.
        if isinstance(node, (yaml.MappingNode, yaml.SequenceNode)) and not node.flow_style:
            line_end = text.find("\n", start)
            end = line_end if line_end >= 0 else len(text)
        while end > start and text[end - 1] in " \t\r\n":
            end -= 1
        return Span(self.document.file, start, end)

    def _given(self, spans: Mapping[Path, tuple[int, int]]) -> Span:
        path = self.path
        while path and path not in spans:
            path = path[:-1]
        return Span(self.document.file, *spans.get(path, (0, 0)))
