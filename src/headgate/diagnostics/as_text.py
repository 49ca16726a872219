"""Diagnostics for people: with the lines they point at, or one line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headgate.diagnostics._model import Diagnostic, Severity, Span, Texts, line_and_column

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_WIDTH = 160


def concise(diagnostics: Iterable[Diagnostic], texts: Texts) -> str:
    """One line each: `models.yml:14:9: error[HGS014] …`."""
    return "".join(f"{headline(d, texts)}\n" for d in diagnostics)


def headline(diagnostic: Diagnostic, texts: Texts) -> str:
    """The one line that stands for the whole."""
    return (
        f"{place(diagnostic.span, texts)}: {diagnostic.severity.value}[{diagnostic.code.id}] "
        f"{diagnostic.message}"
    )


def place(span: Span, texts: Texts) -> str:
    """`file:line:column`, as terminals and editors make links of; the file alone where its text is not known."""
    text = texts.get(span.file)
    if text is None:
        return span.file
    line, column = line_and_column(text, span.start)
    return f"{span.file}:{line}:{column}"


def full(diagnostics: Iterable[Diagnostic], texts: Texts, *, colour: bool = False) -> str:
    """Each with its source line underlined, its notes and its help, a blank line between."""
    return "\n".join("\n".join(_full(d, texts, colour)) + "\n" for d in diagnostics)


def _full(diagnostic: Diagnostic, texts: Texts, colour: bool) -> Iterator[str]:
    paint = _COLOURS[diagnostic.severity]
    label = f"{diagnostic.severity.value}[{diagnostic.code.id}]"
    yield f"{_painted(label, f'1;{paint}', colour)} {_painted(diagnostic.message, '1', colour)}"
    yield from _excerpt(diagnostic.span, texts, paint, colour)
    for note in diagnostic.notes:
        yield f"  {_painted('note', '1;34', colour)}: {note.message}"
        if note.span is not None:
            yield from _excerpt(note.span, texts, "34", colour)
    if diagnostic.help:
        yield f"  {_painted('help', '1;32', colour)}: {diagnostic.help}"


def _excerpt(span: Span, texts: Texts, paint: str, colour: bool) -> Iterator[str]:
    yield f"  --> {place(span, texts)}"
    text = texts.get(span.file)
    if not text or span.start >= len(text):
        return
    number, column = line_and_column(text, span.start)
    start = span.start - column + 1
    end = text.find("\n", span.start)
    line = text[start : end if end >= 0 else len(text)].rstrip("\r")
    if len(line) > _WIDTH:
        return
    length = max(1, min(span.end, start + len(line)) - span.start)
    shown = "".join(" " if c == "\t" else c if c.isprintable() else "?" for c in line)
    margin = " " * len(str(number))
    marks = _painted("^" * length, f"1;{paint}", colour)
    yield f"  {number} | {shown}"
    yield f"  {margin} | {' ' * (column - 1)}{marks}"


def _painted(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; "" where there is neither. Information is not counted."""
    counts = dict.fromkeys(Severity, 0)
    for diagnostic in diagnostics:
        counts[diagnostic.severity] += 1
    said = [
        f"{counts[severity]} {severity.value}{'s' if counts[severity] != 1 else ''}"
        for severity in (Severity.ERROR, Severity.WARNING)
        if counts[severity]
    ]
    return ", ".join(said)
