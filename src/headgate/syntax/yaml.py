"""YAML files to documents: YAML 1.2's meaning over libyaml's parser, and every fault said at its place.

`no`, `on` and `2027-01-31` are text, `012` is twelve. Anchors, aliases and `<<` work; tags do not. A duplicate key does
not hide the rest of a file; a fault of syntax does, since nothing after it can be trusted.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # the stubs leave it out
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import BaseResolver

from headgate.diagnostics import Diagnostic, Span
from headgate.syntax import codes
from headgate.syntax.document import Document

MAX_ALIASES = 10_000
MAX_DEPTH = 100

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".inf": float("inf"), ".Inf": float("inf"), ".INF": float("inf"), "+.inf": float("inf"),
    "-.inf": float("-inf"), "-.Inf": float("-inf"), "-.INF": float("-inf"),
    ".nan": float("nan"), ".NaN": float("nan"), ".NAN": float("nan"),
}  # fmt: skip
_FAR_IN = "\n" + 40 * " "
_PLAIN_BYTES = bytes([9, 10, 13, *range(32, 127)])
_MAYBE_NUMBER = frozenset("0123456789+-.")
_TEMPLATE_VALUE = re.compile(r"(?:^|[:\-,\[{])[ \t]*(\{\{)")
_SLASHES = re.compile(r"(?:^|[ \t])(//)(?!\S*:)")


def read_document(file: str, data: bytes) -> tuple[Document | None, list[Diagnostic]]:
    """The document that `data` holds, and all that is wrong with it as YAML. Never raises.

    No document where nothing can be made of the file; an empty file is a document that holds None.
    """
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return None, [_not_utf8(file, data, error)]
    control = None if data.isascii() and not data.translate(None, _PLAIN_BYTES) else _CONTROL.search(text)
    if control is not None:
        at = control.start()
        return None, [
            codes.CONTROL_CHARACTER.at(
                Span(file, at, at + 1), f"the file holds the character U+{ord(text[at]):04X}"
            ).with_help("YAML is text: take the character out, or write it as an escape in double quotes")
        ]
    try:
        root = _compose(text)
    except _TooDeepError as error:
        at = min(error.offset, max(0, len(text) - 1))
        return None, [
            codes.TOO_DEEP.at(
                Span(file, at, at + 1), f"values are nested more than {MAX_DEPTH} deep"
            ).with_help("no declaration needs that; is a bracket left open?")
        ]
    except yaml.YAMLError as error:
        return None, [_syntax(file, text, error)]
    reader = _Reader(file, text)
    value = reader.document(root) if root is not None else None
    if reader.broken:
        return None, reader.diagnostics
    document = Document(file, text, value, templated=reader.templated, queries=reader.queries)
    if " //" in text:
        reader.comments(root)
    return document, reader.diagnostics


class _TooDeepError(Exception):
    def __init__(self, offset: int) -> None:
        self.offset = offset


class _Composer(CParser, BaseResolver):
    """libyaml's parser, with no meaning given to plain scalars.

    The parser asks three questions for every node. A method of a text answers them all with "" without running any
    Python, which saves a fifth of the time of reading.
    """

    resolve: Any = "".format
    descend_resolver: Any = "".format
    ascend_resolver: Any = "".format

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)


class _WaryComposer(_Composer):
    """The same with a limit on depth: libyaml recurses for every level, and 200,000 brackets overflow the stack of C."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def descend_resolver(self, current_node: Node | None, current_index: object) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooDeepError(current_node.start_mark.index if current_node is not None else 0)

    def ascend_resolver(self) -> None:
        self.depth -= 1


def _compose(text: str) -> Node | None:
    composer = _WaryComposer(text) if _may_be_deep(text) else _Composer(text)
    try:
        node: Node | None = composer.get_single_node()
        return node
    finally:
        composer.dispose()


def _may_be_deep(text: str) -> bool:
    """Whether a text could nest deeper than is allowed. False is certain."""
    opened = text.count("[") + text.count("{")
    opened += text.count("- ") + text.count("-\t") + text.count("? ") + text.count("?\t")
    return opened >= MAX_DEPTH or _FAR_IN in text


def plain_value(text: str) -> Any:
    """What a plain scalar means by YAML 1.2's core schema.

    >>> plain_value("no"), plain_value("012"), plain_value("1e3"), plain_value("~")
    ('no', 12, 1000.0, None)
    """
    if text and text[0] in _MAYBE_NUMBER:
        if len(text) < 4000:
            if _INTEGER.fullmatch(text):
                return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
            if _FLOAT.fullmatch(text):
                return float(text)
        return _WORDS.get(text, text)
    return _WORDS.get(text, text)


class _Reader:
    """Makes values of nodes, and notes what is wrong on the way."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.diagnostics: list[Diagnostic] = []
        self.templated = False
        self.broken = False
        self.queries: dict[str, tuple[int, int, str]] = {}
        self.aliases = 0
        # Only files with anchors can meet a node twice; the others need no memory of nodes.
        self.seen: dict[int, tuple[Any, int]] | None = {} if "&" in text and "*" in text else None
        self.open: set[int] = set()
        self.value = self._value if self.seen is None else self._shared

    def document(self, root: Node) -> Any:
        value = self.value(root)
        if self.aliases > MAX_ALIASES:
            self.broken = True
            self.diagnostics = [
                codes.TOO_MANY_ALIASES.at(
                    self.span(root), f"the aliases of this file expand to more than {MAX_ALIASES:,} values"
                ).with_help("write the values out, or split the file")
            ]
        return value

    def span(self, node: Node) -> Span:
        start, end = node.start_mark.index, node.end_mark.index
        if isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style:
            line_end = self.text.find("\n", start)
            end = line_end if line_end >= 0 else len(self.text)
        while end > start + 1 and self.text[end - 1] in " \t\r\n":
            end -= 1
        return Span(self.file, start, end)

    def _shared(self, node: Node) -> Any:
        known = self.seen.get(id(node)) if self.seen is not None else None
        if known is not None:
            value, weight = known
            self.aliases = min(self.aliases + 1 + weight, MAX_ALIASES + 1)
            return value
        if id(node) in self.open:
            self.broken = True
            self.diagnostics.append(
                codes.YAML_SYNTAX.at(self.span(node), "an anchor holds an alias of itself").with_help(
                    "write the value out"
                )
            )
            return None
        self.open.add(id(node))
        before = self.aliases
        value = self._value(node)
        self.open.discard(id(node))
        if self.seen is not None:
            self.seen[id(node)] = (value, self.aliases - before)
        return value

    def _value(self, node: Node) -> Any:
        if isinstance(node, ScalarNode):
            text = node.value
            if node.tag:
                self._tag(node)
                return text
            if "{{" in text:
                self.templated = True
            return text if node.style else plain_value(text)
        if isinstance(node, MappingNode):
            return self._mapping(node)
        if node.tag:
            self._tag(node)
        value = self.value
        return [value(item) for item in node.value]

    def _mapping(self, node: MappingNode) -> dict[Any, Any]:
        if node.tag:
            self._tag(node)
        result: dict[Any, Any] = {}
        merged: list[Node] = []
        for key_node, value_node in node.value:
            if type(key_node) is not ScalarNode:
                self._no_key(key_node)
                continue
            key = key_node.value
            if not key_node.style:
                if key == "<<":
                    merged.append(value_node)
                    continue
                key = plain_value(key)
                if type(key) is not str:
                    key = key_node.value if type(key) is not int else key
            if key_node.tag:
                self._tag(key_node)
            if key in result:
                self._duplicate(node, key_node)
                continue
            if key == "sql" and type(value_node) is ScalarNode:
                result[key] = self._query(value_node)
            else:
                result[key] = self.value(value_node)
        for parent in merged:
            self._merge(result, parent)
        return result

    def _query(self, node: ScalarNode) -> Any:
        # Nearly every template stands under `sql`, where it is rendered: such a file need not be searched for others.
        templated = self.templated
        text = self.value(node)
        self.templated = templated
        if type(text) is str:
            # Where two queries of a file are the same text, the place is found by the path instead.
            known = text in self.queries
            self.queries[text] = (
                (-1, -1, "") if known else (node.start_mark.index, node.end_mark.index, node.style or "")
            )
        return text

    def _merge(self, result: dict[Any, Any], node: Node) -> None:
        value = self.value(node)
        for parent in value if isinstance(value, list) else [value]:
            if not isinstance(parent, dict):
                self.diagnostics.append(
                    codes.YAML_SYNTAX.at(self.span(node), "`<<` merges what is no map").with_help(
                        "give it an alias of a map, or a list of such aliases"
                    )
                )
                return
            for key, merged in parent.items():
                result.setdefault(key, merged)

    def _tag(self, node: Node) -> None:
        self.diagnostics.append(
            codes.YAML_TAG.at(
                self.span(node), f"the tag `{node.tag.replace('tag:yaml.org,2002:', '!!')}` is not read"
            ).with_help("leave the tag out; quote what should be text")
        )

    def _no_key(self, node: Node) -> None:
        span = self.span(node)
        if self.text.startswith("{", max(0, span.start - 1)) or self.text.startswith("{{", span.start):
            start = span.start - 1 if self.text.startswith("{{", span.start - 1) else span.start
            end = self.text.find("}}", start)
            if self.text.startswith("{{", start) and end > 0:
                self.diagnostics.append(_bare_template(self.file, start, end + 2))
                self.broken = True
                return
        self.diagnostics.append(
            codes.NOT_A_KEY.at(span, "a key is text, and this is a list or a map").with_help(
                "write a plain key; is a quote or a colon missing?"
            )
        )

    def _duplicate(self, node: MappingNode, key_node: ScalarNode) -> None:
        first = next(k for k, _ in node.value if k.value == key_node.value)
        self.diagnostics.append(
            codes.DUPLICATE_KEY.at(self.span(key_node), f"the key `{key_node.value}` stands here twice")
            .note("it stands here first", self.span(first))
            .with_help("keep one of them")
        )

    def comments(self, root: Node | None) -> None:
        """Plain values into which a `//` comment has been taken."""
        waiting = [root] if root is not None else []
        seen: set[int] = set()
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, ScalarNode):
                at = node.value.find(" //") if not node.style and "{{" not in node.value else -1
                if at >= 0:
                    start = self.text.find("//", node.start_mark.index + at)
                    self.diagnostics.append(_slashes(self.file, start))
            elif isinstance(node, MappingNode):
                waiting += [
                    value for key, value in node.value if key.value not in ("description", "message", "sql")
                ]
            elif isinstance(node, SequenceNode):
                waiting += node.value


def _not_utf8(file: str, data: bytes, error: UnicodeDecodeError) -> Diagnostic:
    at = len(data[: error.start].decode("utf-8", "replace").removeprefix("\ufeff"))
    return codes.NOT_UTF8.at(
        Span(file, at, at + 1), f"the file is not UTF-8: byte 0x{data[error.start]:02X} stands here"
    ).with_help("save the file as UTF-8")


def _bare_template(file: str, start: int, end: int) -> Diagnostic:
    return codes.BARE_TEMPLATE.at(
        Span(file, start, end), "a value begins with `{{`, which YAML reads as a map"
    ).with_help("put the value into quotes: '{{ … }}'")


def _slashes(file: str, at: int) -> Diagnostic:
    return codes.SLASH_COMMENT.at(Span(file, at, at + 2), "`//` begins no comment in YAML").with_help(
        "write `#`, or quote the value"
    )


def _syntax(file: str, text: str, error: yaml.YAMLError) -> Diagnostic:
    """The finding for a fault of libyaml's, said as the mistake that it most likely is."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = min(mark.index, len(text)) if mark is not None else 0
    problem = str(getattr(error, "problem", None) or "the file cannot be read as YAML")
    if "expected a single document" in (str(getattr(error, "context", "")) + problem):
        return codes.SEVERAL_DOCUMENTS.at(
            Span(file, at, _line_end(text, at)), "a second document begins in this file"
        ).with_help("write one document a file: take the `---` out, or split the file")
    context = getattr(error, "context_mark", None)
    known = _likely(file, text, at) or (
        _likely(file, text, min(context.index, len(text))) if context is not None else None
    )
    if known is not None:
        return known
    at = _last_character(text, at)
    finding = codes.YAML_SYNTAX.at(Span(file, at, at + 1), f"YAML cannot be read on from here: {problem}")
    if context is not None and context.index < at:
        start = context.index
        finding = finding.note(str(error.context), Span(file, start, _line_end(text, start)))  # type: ignore[attr-defined]
    return finding.with_help("look at quotes, brackets, colons and indentation here and just above")


def _likely(file: str, text: str, at: int) -> Diagnostic | None:
    start = text.rfind("\n", 0, _last_character(text, at)) + 1
    before = text.rfind("\n", 0, max(0, start - 1)) + 1
    for line_start in (start, before):
        line = text[line_start : _line_end(text, line_start)]
        indentation = line[: len(line) - len(line.lstrip())]
        tab = indentation.find("\t")
        if tab >= 0:
            found = Span(file, line_start + tab, line_start + tab + 1)
            return codes.TAB.at(found, "a tab stands in the indentation").with_help("indent with spaces")
        template = _TEMPLATE_VALUE.search(line)
        if template is not None:
            begin = line_start + template.start(1)
            end = text.find("}}", begin)
            return _bare_template(file, begin, end + 2 if end > 0 else line_start + len(line))
        slashes = _SLASHES.search(line)
        if slashes is not None:
            return _slashes(file, line_start + slashes.start(1))
    return None


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _last_character(text: str, at: int) -> int:
    """The last character at or before `at` that is not white, so that a fault at the end of a file is seen."""
    if at < len(text):
        return at
    while at > 0 and text[at - 1] in " \t\r\n":
        at -= 1
    return max(0, at - 1)
