"""Where each character of a YAML scalar stands in its file: literal, folded, plain and quoted ones alike."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from yaml.nodes import ScalarNode

from headgate.diagnostics import Span
from headgate.syntax.document import Document, Path

_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_WIDTHS = {"x": 2, "u": 4, "U": 8}
_WHITE = frozenset(" \t\r\n")


@dataclass(frozen=True, slots=True)
class TextMap:
    """Leads offsets in a text to offsets in the file it was read from.

    From `starts[i]` on, characters of the text follow those of the file from `sources[i]` on, one by one.
    """

    file: str
    starts: tuple[int, ...]
    sources: tuple[int, ...]

    def source(self, offset: int) -> int:
        """The file's offset of the text's `offset`."""
        index = bisect_right(self.starts, offset) - 1
        return self.sources[index] + offset - self.starts[index]

    def span(self, start: int, end: int) -> Span:
        """The file's characters that `start`..`end` of the text came from."""
        first = self.source(start)
        return Span(self.file, first, max(first, self.source(end - 1) + 1 if end > start else first))


def whole_file(file: str) -> TextMap:
    """The map of a text that is its file."""
    return TextMap(file, (0,), (0,))


def scalar_map(document: Document, path: Path) -> TextMap:
    """The map of the text that stands at `path`; of one place alone where no scalar stands there."""
    value = document.value
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return _nowhere(document, path)
    if not isinstance(value, str):
        return _nowhere(document, path)
    start, end, style = (
        document.queries.get(value, (-1, -1, "")) if path and path[-1] == "sql" else (-1, -1, "")
    )
    if start < 0:
        if document.spans is not None:
            return _nowhere(document, path)
        _, node = document.node(path)
        if not isinstance(node, ScalarNode):
            return _nowhere(document, path)
        start, end, style = node.start_mark.index, node.end_mark.index, node.style or ""
    if style == "|":
        return _literal(document, start, end)
    return _aligned(document, value, start, end, style)


def _nowhere(document: Document, path: Path) -> TextMap:
    return TextMap(document.file, (0,), (document.place(*path).span().start,))


def _literal(document: Document, start: int, end: int) -> TextMap:
    """A literal block: each line of the text is a line of the file without the indentation."""
    text = document.text
    line = text.find("\n", start) + 1
    indent = _indentation(text, start, line, end)
    starts: list[int] = []
    sources: list[int] = []
    at = 0
    while line < end:
        stop = text.find("\n", line)
        stop = end if stop < 0 or stop > end else stop
        skipped = min(indent, stop - line)
        starts.append(at)
        sources.append(line + skipped)
        length = stop - line - skipped
        if length and text[stop - 1] == "\r":
            length -= 1
        at += length + 1
        line = stop + 1
    return TextMap(document.file, tuple(starts) or (0,), tuple(sources) or (start,))


def _indentation(text: str, start: int, line: int, end: int) -> int:
    header = text[start:line]
    digits = [c for c in header.split("#")[0] if c.isdigit()]
    if digits:
        begin = text.rfind("\n", 0, start) + 1
        own = len(text[begin:start]) - len(text[begin:start].lstrip(" -"))
        return own + int(digits[0])
    while line < end:
        stop = text.find("\n", line)
        stop = end if stop < 0 else stop
        content = text[line:stop]
        if content.strip():
            return len(content) - len(content.lstrip(" "))
        line = stop + 1
    return 0


def _aligned(document: Document, value: str, start: int, end: int, style: str) -> TextMap:
    """Any other style: what is not white stands in the same order in the file as in the text."""
    raw = document.text
    at = start + 1 if style in ("'", '"') else (raw.find("\n", start) + 1 if style == ">" else start)
    starts: list[int] = []
    sources: list[int] = []
    for offset, character in enumerate(value):
        begin, at = _match(raw, at, end, character, style)
        if not sources or begin != sources[-1] + offset - starts[-1]:
            starts.append(offset)
            sources.append(begin)
    return TextMap(document.file, tuple(starts) or (0,), tuple(sources) or (at,))


def _match(raw: str, at: int, end: int, character: str, style: str) -> tuple[int, int]:
    """Where `character` stands from `at` on, and where to look for the next."""
    if style == '"':
        while raw.startswith("\\\n", at) or raw.startswith("\\\r\n", at):
            at = raw.find("\n", at) + 1
            while at < end and raw[at] in " \t":
                at += 1
        if at < end and raw[at] == "\\":
            decoded, width = _escape(raw, at)
            if decoded == character:
                return at, at + width
    if character in _WHITE:
        return at, at + 1 if at < end and raw[at] == character else at
    while at < end and raw[at] in _WHITE:
        at += 1
    if style == '"' and at < end and raw[at] == "\\":
        return at, at + _escape(raw, at)[1]
    if style == "'" and character == "'":
        return at, at + 2
    return at, at + 1


def _escape(raw: str, at: int) -> tuple[str, int]:
    letter = raw[at + 1 : at + 2]
    width = _WIDTHS.get(letter)
    if width is None:
        return _ESCAPES.get(letter, letter), 2
    try:
        return chr(int(raw[at + 2 : at + 2 + width], 16)), 2 + width
    except (ValueError, OverflowError):
        return letter, 2
