"""Templated text, rendered, with a map that leads every position back to the user's file.

Text that calls only `ref`, `source`, `var`, `this` and `config` with literal arguments, as nearly all does, is rendered
here by one regular expression, a hundred times faster than Jinja; `scan` answers None for the rest, which
`headgate.syntax.jinja` renders.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from headgate.diagnostics import Code, Diagnostic, Span
from headgate.syntax.scalars import TextMap

FUNCTIONS = ("ref", "source", "var", "this", "config")


@dataclass(frozen=True, slots=True)
class Piece:
    """Rendered characters from `start` on come from `source` on in the file.

    `literal` pieces map character by character; others (what a template expression printed) map to the whole of
    `source`..`source_end`.
    """

    start: int
    source: int
    source_end: int
    literal: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A call of `ref`, `source`, `var`, `this` or `config` in a template, with the file offsets of the expression.

    `args` are its positional arguments, `kwargs` its keyword arguments, sorted.
    """

    function: str
    args: tuple[object, ...]
    kwargs: tuple[tuple[str, object], ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """The rendered text and where each part of it came from."""

    file: str
    text: str
    pieces: tuple[Piece, ...]
    calls: tuple[Call, ...] = ()

    def span(self, start: int, end: int) -> Span:
        """The place in the user's file of rendered characters `start`..`end`."""
        first = self._source(start, at_end=False)
        last = self._source(max(start, end - 1), at_end=True)
        return Span(self.file, first, max(first, last))

    def _source(self, offset: int, *, at_end: bool) -> int:
        if not self.pieces:
            return 0
        index = max(0, bisect_right(self.pieces, offset, key=lambda p: p.start) - 1)
        piece = self.pieces[index]
        if piece.literal:
            return min(piece.source + (offset - piece.start) + (1 if at_end else 0), piece.source_end)
        return piece.source_end if at_end else piece.source


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """Something wrong with a template, at offsets into the text (not the file)."""

    code: Code
    message: str
    start: int
    end: int
    help: str

    def diagnostic(self, places: TextMap, node: str | None = None) -> Diagnostic:
        """The finding, at its place in the file."""
        return self.code.at(places.span(self.start, self.end), self.message, node=node).with_help(self.help)


@dataclass(frozen=True, slots=True)
class Expression:
    """A call in a text that the fast path can render, with offsets into the text."""

    function: str
    args: tuple[object, ...]
    kwargs: tuple[tuple[str, object], ...]
    start: int
    end: int


Answer = Callable[[Call], object]
"""What a call gives: a value to print, or a `TemplateFault` whose offsets are filled in later."""

_EXPRESSION = re.compile(r"\{\{\s*(ref|source|var|this|config)\b\s*(?:\(([^{}()]*)\))?\s*\}\}")
_TAG = re.compile(r"\{[{%#]")
_ARGUMENT = re.compile(
    r"""\s*(?:([A-Za-z_]\w*)\s*=\s*)?(?:"([^"\\]*)"|'([^'\\]*)'|(-?\d+(?:\.\d+)?)|(true|false|none|True|False|None)(?!\w))\s*(,|$)"""
)
_CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "none": None}


def scan(text: str) -> tuple[Expression, ...] | None:
    """The calls of a text that needs no Jinja, in their order; None for a text that does.

    >>> [(e.function, e.args) for e in scan('SELECT * FROM {{ ref("a") }}')]
    [('ref', ('a',))]
    >>> scan("{% if x %}1{% endif %}") is None
    True
    """
    if "{" not in text:
        return ()
    tags = len(_TAG.findall(text))
    if not tags:
        return ()
    found = plain_calls(text)
    return found if len(found) == tags else None


def plain_calls(text: str) -> tuple[Expression, ...]:
    """The calls of a text that stand by themselves with literal arguments, whatever else is in it."""
    found: list[Expression] = []
    for match in _EXPRESSION.finditer(text):
        arguments = literal_arguments(match[2]) if match[2] else ((), ())
        if arguments is not None:
            found.append(Expression(match[1], arguments[0], arguments[1], match.start(), match.end()))
    return tuple(found)


def literal_arguments(text: str) -> tuple[tuple[object, ...], tuple[tuple[str, object], ...]] | None:
    """Positional and keyword arguments of a call, or None where one is no literal."""
    args: list[object] = []
    kwargs: dict[str, object] = {}
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _ARGUMENT.match(text, at)
        if match is None:
            return None
        at = match.end()
        name, double, single, number, constant, _ = match.groups()
        value: object
        if double is not None:
            value = double
        elif single is not None:
            value = single
        elif number is not None:
            value = float(number) if "." in number else int(number)
        else:
            value = _CONSTANTS[constant.lower()]
        if name is None:
            if kwargs:
                return None
            args.append(value)
        else:
            kwargs[name] = value
    return tuple(args), tuple(sorted(kwargs.items()))


def render(
    text: str, places: TextMap, expressions: Sequence[Expression], answer: Answer
) -> tuple[Rendered, list[TemplateFault]]:
    """The text with every call replaced by its answer; a call that has none prints nothing and is a fault."""
    out: list[str] = []
    pieces: list[Piece] = []
    calls: list[Call] = []
    faults: list[TemplateFault] = []
    at = 0
    length = 0
    for expression in expressions:
        length += literal_pieces(pieces, places, at, expression.start, length)
        out.append(text[at : expression.start])
        at = expression.end
        start = places.source(expression.start)
        end = places.source(expression.end - 1) + 1
        call = Call(expression.function, expression.args, expression.kwargs, start, end)
        calls.append(call)
        printed = answer(call)
        if isinstance(printed, TemplateFault):
            faults.append(
                TemplateFault(printed.code, printed.message, expression.start, expression.end, printed.help)
            )
            continue
        shown = printed_value(printed)
        if shown:
            out.append(shown)
            pieces.append(Piece(length, start, end, False))
            length += len(shown)
    literal_pieces(pieces, places, at, len(text), length)
    out.append(text[at:])
    return Rendered(places.file, "".join(out), tuple(pieces), tuple(calls)), faults


def printed_value(value: object) -> str:
    """A value as SQL text: text is printed as it is.

    >>> printed_value(True), printed_value(None), printed_value(3), printed_value("a b")
    ('TRUE', 'NULL', '3', 'a b')
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value)


def literal_pieces(pieces: list[Piece], places: TextMap, start: int, end: int, at: int) -> int:
    """Add the pieces of the text's `start`..`end`, printed from `at` on as it is; its length."""
    if end <= start:
        return 0
    index = bisect_right(places.starts, start) - 1
    begin = start
    while begin < end:
        after = places.starts[index + 1] if index + 1 < len(places.starts) else end
        stop = min(after, end)
        source = places.sources[index] + begin - places.starts[index]
        pieces.append(Piece(at + begin - start, source, source + stop - begin, True))
        begin = stop
        index += 1
    return end - start
