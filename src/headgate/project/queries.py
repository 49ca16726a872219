"""Queries rendered: references become relations' names, variables become values, all else stays as written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.addresses import Address
from headgate.diagnostics import Diagnostic, Span
from headgate.project.declarations import Reference, Sql
from headgate.project.names import Names, wrong_kind
from headgate.project.references import call_reference
from headgate.project.reserved import RESERVED
from headgate.project.sql_files import SqlText
from headgate.project.suggest import did_you_mean, listed
from headgate.syntax import Call, Piece, Place, Rendered
from headgate.syntax import codes as syntax_codes
from headgate.syntax.jinja import Templates
from headgate.syntax.template import TemplateFault, plain_calls, render, scan

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class Queries:
    """Renders the queries of one project."""

    names: Names
    vars: Mapping[str, Any]
    templates: Templates
    found: list[Diagnostic]
    said_wrong_kind: set[tuple[str, Address]] = field(default_factory=set)

    def query(
        self, text: SqlText, own: Address, about: Address | None = None, *, config: bool = False
    ) -> Sql:
        """A query. What is wrong with its templates and references is found on the way, and said about `own`.

        `this` in it is `about`, where that is given: the stream that a test is about. `config` says whether calls of
        that have been read out of it.
        """
        expressions = scan(text.text)
        answers = _Answers(self, text.place, own, about or own, config)
        places = text.places
        if expressions is None:
            rendered, faults = self.templates.render(text.text, places, answers.answer)
            if faults and not answers.asked:
                # The template was refused before it ran: what its plain calls name can be looked at all the same.
                faults += render(text.text, places, plain_calls(text.text), answers.answer)[1]
        else:
            rendered, faults = render(text.text, places, expressions, answers.answer)
        self.found += [fault.diagnostic(places, str(own)) for fault in faults]
        if faults:
            # Half a text would be found to be wrong a second time.
            rendered = Rendered(places.file, "", (), rendered.calls)
        return Sql(
            rendered=rendered,
            references=tuple(answers.references),
            text=text.text,
            place=text.place,
            broken=bool(faults) or answers.unknown,
        )

    def identity(self, reference: Reference, own: Address) -> Sql:
        """The query of a model that has only `from`: everything that it reads."""
        span = reference.place.span()
        address = self.names.find(reference)
        relation = quoted(self.names.relation(address)) if address else quoted(reference.name)
        text = f"SELECT * FROM {relation}"
        pieces = (Piece(0, span.start, span.end, False),)
        inside = Reference(
            reference.kind,
            reference.name,
            reference.place,
            reference.project,
            reference.version,
            reference.system,
            span.start,
            span.end,
        )
        return Sql(rendered=Rendered(span.file, text, pieces), references=(inside,), broken=address is None)

    def plain_text(self, value: str, place: Place) -> str:
        """A text in which only `var` is rendered: `topic`, `description`, `group`, `owner`, `schema.subject`."""
        if "{{" not in value and "{%" not in value:
            return value
        expressions = scan(value)
        span = place.span()
        if expressions is None or any(e.function != "var" for e in expressions):
            finding = syntax_codes.TEMPLATE_NAME.at(span, "only `var` is rendered here")
            self.found.append(finding.with_help('write `{{ var("name") }}`'))
            return value
        out: list[str] = []
        at = 0
        for expression in expressions:
            out.append(value[at : expression.start])
            at = expression.end
            call = Call("var", expression.args, expression.kwargs, -1, -1)
            answer = variable(call, self.vars)
            if isinstance(answer, TemplateFault):
                self.found.append(answer.code.at(span, answer.message).with_help(answer.help))
            else:
                out.append(str(answer))
        out.append(value[at:])
        return "".join(out)


_NO_CONFIG = TemplateFault(
    syntax_codes.TEMPLATE_NAME, "`config` has no meaning here", 0, 0, "say it in the YAML of the model"
)


@dataclass(slots=True)
class _Answers:
    """What the calls in one query give."""

    queries: Queries
    place: Place
    own: Address
    this: Address
    config: bool = False
    references: list[Reference] = field(default_factory=list)
    unknown: bool = False
    asked: bool = False

    def answer(self, call: Call) -> object:
        self.asked = True
        if call.function == "var":
            return variable(call, self.queries.vars)
        if call.function == "config":
            return "" if self.config else _NO_CONFIG
        if call.function == "this":
            return self._this(call)
        reference = call_reference(call, self.place)
        if reference is None:
            self.unknown = True
            return TemplateFault(
                syntax_codes.TEMPLATE_ARGUMENTS,
                f"the arguments of `{call.function}` name no stream",
                0,
                0,
                'write `ref("name")`, `ref("project", "name")`, `ref("name", v=1)` or `source("name")`',
            )
        return self._relation(reference)

    def _relation(self, reference: Reference) -> str:
        names, found = self.queries.names, self.queries.found
        span = Span(self.place.file, reference.start, reference.end)
        address = names.look_up(reference, span, found, str(self.own))
        self.references.append(reference)
        if address is None:
            self.unknown = True
            return quoted(reference.name)
        warning = wrong_kind(reference, address, names, span, str(self.own))
        key = (str(self.own), address)
        if warning is not None and key not in self.queries.said_wrong_kind:
            self.queries.said_wrong_kind.add(key)
            found.append(warning)
        return quoted(names.relation(address))

    def _this(self, call: Call) -> object:
        version = dict(call.kwargs).get("v", 0)
        if call.args or not isinstance(version, int) or isinstance(version, bool):
            return TemplateFault(
                syntax_codes.TEMPLATE_ARGUMENTS, "`this` takes a version alone", 0, 0, "write `this(v=2)`"
            )
        reference = Reference(
            self.this.kind,
            self.this.name,
            self.place,
            version=version or self.this.version,
            start=call.start,
            end=call.end,
        )
        return self._relation(reference)


def variable(call: Call, values: Mapping[str, Any]) -> object:
    """The value of `var("name")` or `var("name", default)`, or what is wrong with the call."""
    keywords = dict(call.kwargs)
    names = [a for a in call.args[:1] if isinstance(a, str)]
    if len(names) != 1 or len(call.args) > 2 or set(keywords) - {"default"}:
        return TemplateFault(
            syntax_codes.TEMPLATE_ARGUMENTS,
            "`var` takes a name and a default",
            0,
            0,
            'write `var("name", 0)`',
        )
    name = names[0]
    if name in values:
        return values[name]
    if len(call.args) == 2:
        return call.args[1]
    if "default" in keywords:
        return keywords["default"]
    return TemplateFault(
        syntax_codes.UNKNOWN_VARIABLE,
        f"no variable is called `{name}`",
        0,
        0,
        did_you_mean(name, values)
        or f"add `{name}` to `vars` in `headgate.yml`" + (f", or use {listed(values)}" if values else ""),
    )


def quoted(relation: str) -> str:
    """A relation's name as an identifier of Flink SQL.

    >>> quoted("orders"), quoted("order-lines")
    ('orders', '`order-lines`')
    """
    if _PLAIN.fullmatch(relation) and relation.upper() not in RESERVED:
        return relation
    return "`" + relation.replace("`", "``") + "`"
