"""Templates that need real Jinja: control structures, filters and macros, in a sandbox and without side effects.

How exact positions are: text outside of tags leads back character by character; text that an expression printed leads to
that expression, as does text of a macro to the call that printed it, and text inside `{% set %}…{% endset %}` or
`{% filter %}` to the tag that printed it. For that, each part of the template carries a mark of private characters that
is taken out again after rendering.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from headgate.diagnostics import Code, Diagnostic
from headgate.syntax import codes
from headgate.syntax.scalars import TextMap, whole_file
from headgate.syntax.template import (
    FUNCTIONS,
    Answer,
    Call,
    Piece,
    Rendered,
    TemplateFault,
    literal_pieces,
    printed_value,
)

IMPURE = frozenset({"run_query", "execute", "adapter", "statement", "load_result", "graph", "modules"})
_KNOWN = frozenset(
    {*FUNCTIONS, "range", "dict", "namespace", "cycler", "joiner", "caller", "varargs", "kwargs", "loop"}
)
_OPEN, _DATA, _CLOSE, _END = "\ue000", "\ue001", "\ue002", "\ue003"
_MARK = re.compile(f"{_OPEN}(\\d+)-(\\d+){_END}|{_DATA}(\\d+){_END}|{_CLOSE}")
_TAG = re.compile(
    r"""\{\#.*?\#\} | \{(?P<kind>[{%])(?P<open>[-+]?)(?P<body>(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?!\}\}|%\})[^"'])*)(?P<shut>[-+]?)(?:\}\}|%\})""",
    re.VERBOSE | re.DOTALL,
)
_CALLED = re.compile(
    r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<![\w.])(ref|source|var|this|config)\s*\((\s*\))?""",
    re.DOTALL,
)
_QUIET_OPEN = re.compile(r"\s*(set\s+[\w.]+(?:\s*\|.*)?|filter\b.*|call\b.*|macro\b.*)\s*", re.DOTALL)
_QUIET_END = re.compile(r"\s*end(set|filter|call|macro)\s*")
MAX_LENGTH = 1_000_000


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the template: text, or a tag."""

    kind: str
    text: str
    start: int
    end: int


class Templates:
    """Renders the templates of one project, with its macros. Nothing a template does outlives its rendering."""

    def __init__(self, macros: Mapping[str, str]) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._macros = macros
        self._environment: ImmutableSandboxedEnvironment | None = None
        self._answer: Answer | None = None
        self._at: tuple[int, int] = (-1, -1)
        self._names: frozenset[str] = frozenset()
        if macros:
            self._prepare()

    def render(self, text: str, places: TextMap, answer: Answer) -> tuple[Rendered, list[TemplateFault]]:
        """The rendered text, and what is wrong with the template. Never raises for what a template does."""
        environment = self._prepare()
        faults = self._faults(text, environment)
        if faults:
            return Rendered(places.file, "", ()), faults
        calls: list[Call] = []
        self._answer = _recorded(answer, calls, places)
        try:
            template = environment.from_string(_marked(text))
            marked = _limited(template.generate())
        except _FaultError as error:
            return Rendered(places.file, "", (), tuple(calls)), [error.fault]
        except Exception as error:
            return Rendered(places.file, "", (), tuple(calls)), [_failed(text, error)]
        finally:
            self._answer = None
        rendered, pieces = _unmarked(marked, places)
        return Rendered(places.file, rendered, tuple(pieces), tuple(calls)), []

    def _prepare(self) -> ImmutableSandboxedEnvironment:
        if self._environment is not None:
            return self._environment
        environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, finalize=printed_value, keep_trailing_newline=True
        )
        self._environment = environment
        environment.globals["__at"] = self._go_to
        for name in FUNCTIONS:
            environment.globals[name] = self._function(name)
            environment.globals[f"__{name}"] = self._placed(name)
        sources = [
            (file, text) for file, text in sorted(self._macros.items()) if self._macro_file(file, text)
        ]
        module = environment.from_string("\n".join(text for _, text in sources)).make_module()
        macros = {name: value for name, value in vars(module).items() if not name.startswith("_")}
        environment.globals.update(macros)
        self._names = frozenset(macros)
        return environment

    def _macro_file(self, file: str, text: str) -> bool:
        assert self._environment is not None
        faults: list[TemplateFault] = []
        try:
            tree = self._environment.parse(text)
        except (TemplateSyntaxError, RecursionError) as error:
            faults = [_syntax(text, error)]
        else:
            faults = list(_refused(text, meta.find_undeclared_variables(tree), None))
            loose = [n for n in tree.body if not isinstance(n, (nodes.Macro, nodes.Output))]
            faults += [
                _at_line(
                    text,
                    n.lineno,
                    codes.TEMPLATE_SYNTAX,
                    "a macro file holds more than macros",
                    "write `{% macro name(…) %}` alone",
                )
                for n in loose[:1]
            ]
        self.diagnostics += [fault.diagnostic(whole_file(file)) for fault in faults]
        return not faults

    def _faults(self, text: str, environment: ImmutableSandboxedEnvironment) -> list[TemplateFault]:
        try:
            tree = environment.parse(text)
            undeclared = meta.find_undeclared_variables(tree)
        except (TemplateSyntaxError, RecursionError) as error:
            return [_syntax(text, error)]
        return list(_refused(text, undeclared, _KNOWN | self._names))

    def _go_to(self, start: int, end: int) -> str:
        """The expression that is printed next: macros that it calls are placed there."""
        self._at = (start, end)
        return ""

    def _function(self, name: str) -> Callable[..., object]:
        """The function as a macro calls it: its place is that of the expression it is called for."""

        def call(*args: object, **kwargs: object) -> object:
            return self._give(name, args, kwargs, self._at)

        return call

    def _placed(self, name: str) -> Callable[..., object]:
        def call(start: int, end: int, *args: object, **kwargs: object) -> object:
            self._at = (start, end)
            return self._give(name, args, kwargs, self._at)

        return call

    def _give(
        self, name: str, args: tuple[object, ...], kwargs: dict[str, object], at: tuple[int, int]
    ) -> object:
        if self._answer is None:
            raise TemplateError(f"`{name}` is called outside of a query")
        found = self._answer(Call(name, args, tuple(sorted(kwargs.items())), *at))
        if isinstance(found, TemplateFault):
            raise _FaultError(TemplateFault(found.code, found.message, at[0], at[1], found.help))
        return found


class _FaultError(Exception):
    def __init__(self, fault: TemplateFault) -> None:
        self.fault = fault


def _recorded(answer: Answer, calls: list[Call], places: TextMap) -> Answer:
    """`answer`, given calls with their places in the file."""

    def give(call: Call) -> object:
        start = places.source(max(0, call.start))
        end = places.source(max(0, call.end - 1)) + 1
        placed = Call(call.function, call.args, call.kwargs, start, max(start, end))
        calls.append(placed)
        return answer(placed)

    return give


def _limited(chunks: Iterator[str]) -> str:
    out: list[str] = []
    length = 0
    for chunk in chunks:
        out.append(chunk)
        length += len(chunk)
        if length > MAX_LENGTH:
            raise TemplateError(f"it prints more than {MAX_LENGTH:,} characters")
    return "".join(out)


def _parts(text: str) -> Iterator[_Part]:
    at = 0
    raw = False
    for match in _TAG.finditer(text):
        body = match["body"] or ""
        word = body.strip()
        if raw and word != "endraw":
            continue
        if match.start() > at:
            yield _Part("raw" if raw else "data", text[at : match.start()], at, match.start())
        raw = match["kind"] == "%" and word == "raw"
        yield _Part(match["kind"] or "#", match[0], match.start(), match.end())
        at = match.end()
    if at < len(text):
        yield _Part("data", text[at:], at, len(text))


def _marked(text: str) -> str:
    """The template with marks: where each stretch of text stands, and which expression prints."""
    parts = list(_parts(text))
    out: list[str] = []
    quiet = 0
    for index, part in enumerate(parts):
        if part.kind in ("data", "raw"):
            shown, skipped = _stripped(part.text, parts, index)
            if not quiet and shown:
                out.append(f"{_DATA}{part.start + skipped}{_END}" if part.kind == "data" else "")
            out.append(shown)
            continue
        tag = _unhooked(part)
        body = tag[2:-2]
        if part.kind == "%":
            quiet += 1 if _QUIET_OPEN.fullmatch(body) else -1 if _QUIET_END.fullmatch(body) and quiet else 0
            out.append(_placed_calls(tag, part))
        elif part.kind == "{":
            marks = ("", "") if quiet else (f"{_OPEN}{part.start}-{part.end}{_END}", _CLOSE)
            here = f"{{{{ __at({part.start}, {part.end}) }}}}"
            out.append(here + marks[0] + _placed_calls(tag, part) + marks[1])
    return "".join(out)


def _stripped(text: str, parts: list[_Part], index: int) -> tuple[str, int]:
    """Text with the white space gone that dashes in the tags beside it take; how much went at its beginning."""
    shown = text
    skipped = 0
    if index and parts[index - 1].kind != "data" and parts[index - 1].text[-3] == "-":
        shown = shown.lstrip()
        skipped = len(text) - len(shown)
    following = parts[index + 1].text if index + 1 < len(parts) else ""
    if following[:1] == "{" and following[2:3] == "-":
        shown = shown.rstrip()
    return shown, skipped


def _unhooked(part: _Part) -> str:
    """The tag without the dashes and pluses that govern white space; they have done their work."""
    text = part.text
    head = 3 if text[2:3] in ("-", "+") and len(text) > 4 else 2
    tail = -3 if text[-3] in ("-", "+") and len(text) > 5 else -2
    return text[:2] + " " + text[head:tail] + " " + text[-2:]


def _placed_calls(tag: str, part: _Part) -> str:
    """The tag, in which calls of ours are given their place as first arguments."""

    def placed(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1]
        shut = ")" if match[3] is not None else ", "
        return f"__{match[2]}({part.start}, {part.end}{shut}"

    return _CALLED.sub(placed, tag)


def _unmarked(marked: str, places: TextMap) -> tuple[str, list[Piece]]:
    """The text without marks, and where each part of it came from."""
    out: list[str] = []
    pieces: list[Piece] = []
    length = 0
    inside: list[tuple[int, int]] = []
    source = 0
    at = 0
    for match in [*_MARK.finditer(marked), None]:
        chunk = marked[at : match.start() if match else len(marked)]
        if chunk:
            if inside:
                start, end = inside[0]
                pieces.append(Piece(length, places.source(start), places.source(end - 1) + 1, False))
            else:
                literal_pieces(pieces, places, source, source + len(chunk), length)
            out.append(chunk)
            length += len(chunk)
            source += len(chunk)
        if match is None:
            break
        at = match.end()
        if match[1] is not None:
            inside.append((int(match[1]), int(match[2])))
        elif match[3] is not None:
            source = int(match[3])
        elif inside:
            inside.pop()
    return "".join(out), pieces


def _refused(text: str, undeclared: set[str], known: frozenset[str] | None) -> Iterator[TemplateFault]:
    """Names a template may not use; with `known`, names that nothing defines as well."""
    for name in sorted(undeclared):
        start, end = _name_in_tags(text, name)
        if name == "env_var":
            yield TemplateFault(
                codes.ENV_VAR_IN_SQL,
                "`env_var` is not read in SQL",
                start,
                end,
                "use `var`: a query is the same wherever it runs; `vars` of an environment may differ",
            )
        elif name in IMPURE:
            yield TemplateFault(
                codes.IMPURE_TEMPLATE,
                f"`{name}` looks at a live system, which templates never do",
                start,
                end,
                "write the value down as a `var`",
            )
        elif known is not None and name not in known and not name.startswith("__"):
            yield TemplateFault(
                codes.TEMPLATE_NAME,
                f"nothing is called `{name}` in a template",
                start,
                end,
                "templates know `ref`, `source`, `var`, `this`, `config` and the macros in `macros/`",
            )


def _name_in_tags(text: str, name: str) -> tuple[int, int]:
    pattern = re.compile(rf"(?<![\w.\"']){re.escape(name)}(?!\w)")
    for part in _parts(text):
        if part.kind in "{%":
            match = pattern.search(text, part.start, part.end)
            if match is not None:
                return match.span()
    return 0, min(len(text), 1)


def _syntax(text: str, error: TemplateSyntaxError | RecursionError) -> TemplateFault:
    if isinstance(error, RecursionError):
        return TemplateFault(
            codes.TEMPLATE_SYNTAX, "the template is nested too deep", 0, 1, "make it simpler"
        )
    message = (error.message or "it cannot be read").rstrip(".")
    message = message.replace("'", "`").split("\n")[0]
    return _at_line(
        text,
        error.lineno,
        codes.TEMPLATE_SYNTAX,
        f"the template cannot be read: {message}",
        "look at the braces, quotes and `end…` tags; Jinja's grammar applies",
    )


def _failed(text: str, error: Exception) -> TemplateFault:
    line = 1
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == "<template>" and frame.lineno:
            line = frame.lineno
    reason = (str(error) or type(error).__name__).split("\n")[0].rstrip(".")
    reason = re.sub(f"[{_OPEN}{_DATA}][\\d-]+{_END}|{_CLOSE}", "", reason)[:160]
    return _at_line(
        text,
        min(line, text.count("\n") + 1),
        codes.TEMPLATE_FAILED,
        f"the template fails: {reason}",
        "look at the values that it is given",
    )


def _at_line(text: str, line: int, code: Code, message: str, mend: str) -> TemplateFault:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    end = text.find("\n", start)
    end = end if end >= 0 else len(text)
    start += len(text[start:end]) - len(text[start:end].lstrip())
    return TemplateFault(code, message, start, max(start, end), mend)
