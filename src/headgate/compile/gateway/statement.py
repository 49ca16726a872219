"""The SQL of Conduktor Gateway's SQL topics, printed from plain queries; what it has no words for is a fault.

Source: Conduktor docs, "SQL topics": one topic, `AND` of comparisons and REGEXP, `CASE` and aliases in the select list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headgate.compile.gateway.served import Fault, Scoped, Served, query_place
from headgate.project.declarations import Column as Declared
from headgate.project.declarations import Stream
from headgate.sql.expressions import Between, Case, Column, Compare, Expr, In, Is, Like, Literal, Logic, Not

_COMPARISONS = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""Each comparison, and what it is with its sides exchanged."""
_RECORD = {
    "timestamp": "record.timestamp",
    "partition": "record.partition",
    "offset": "record.offset",
}


@dataclass(frozen=True, slots=True)
class Base:
    """What is served from: the stored stream, its topic, its declared columns, those in its records, and which are texts."""

    stream: Stream
    topic: str
    declared: Mapping[str, Declared]
    values: tuple[str, ...]
    texts: frozenset[str]


class _Refused(Exception):
    """Stops the printing at what has no words."""

    def __init__(self, what: str, at: Expr) -> None:
        super().__init__(what)
        self.what = what
        self.at = at


def statement(served: Served, base: Base) -> str | list[Fault]:
    """The statement of a virtual topic, or everything in it that cannot be said."""
    faults: list[Fault] = []
    selected = _selected(served, base, faults)
    conditions: list[str] = []
    for scoped in served.filters:
        for part in _parts(scoped.expression):
            try:
                conditions += _Printer(base, scoped).condition(part)
            except _Refused as refused:
                faults.append(Fault(refused.what, scoped.place(refused.at)))
    if faults:
        return faults
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f'SELECT {selected} FROM "{base.topic}"{where}'


def _selected(served: Served, base: Base, faults: list[Fault]) -> str:
    same = {name for name, scoped in served.columns if _is_column(scoped, name)}
    if len(same) == len(served.columns) and same == set(base.values):
        return "*"
    if base.stream.format != "json":
        changed = next(
            (s for name, s in served.columns if not _is_column(s, name) or name not in base.values), None
        )
        faults.append(
            Fault(
                f"over {base.stream.format} a SQL topic serves all columns of `{base.stream.name}` as they are",
                changed.place(changed.expression) if changed else query_place(served.columns[0][1].stream),
            )
        )
        return ""
    items = []
    for name, scoped in served.columns:
        try:
            items.append(_Printer(base, scoped).item(name, scoped.expression))
        except _Refused as refused:
            faults.append(Fault(refused.what, scoped.place(refused.at)))
    return ", ".join(items)


def _is_column(scoped: Scoped, name: str) -> bool:
    return isinstance(scoped.expression, Column) and scoped.path(scoped.expression) == (name,)


def _parts(expression: Expr) -> Iterator[Expr]:
    if isinstance(expression, Logic) and expression.operator == "AND":
        for part in expression.parts:
            yield from _parts(part)
    else:
        yield expression


class _Printer:
    def __init__(self, base: Base, scoped: Scoped) -> None:
        self.base = base
        self.scoped = scoped

    def item(self, name: str, expression: Expr) -> str:
        if isinstance(expression, Case):
            return f"{self.case(expression)} AS {self.alias(name, expression)}"
        if isinstance(expression, Literal):
            raise _Refused("a SQL topic selects columns, not constants", expression)
        column = self.column(expression)
        return column if column == name else f"{column} AS {self.alias(name, expression)}"

    def alias(self, name: str, at: Expr) -> str:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise _Refused(f"`{name}` is no name for a column of a SQL topic", at)
        return name

    def column(self, expression: Expr) -> str:
        if not isinstance(expression, Column):
            raise _Refused(_what(expression), expression)
        path = self.scoped.path(expression)
        if path is None:
            raise _Refused(f"`{expression.path[0]}` is computed by the topic below", expression)
        name = path[0]
        declared = self.base.declared.get(name)
        if declared is not None and declared.expression:
            raise _Refused(f"`{name}` is computed, and no part of the record", expression)
        if declared is not None and declared.metadata:
            if declared.metadata not in _RECORD:
                raise _Refused(f"a SQL topic cannot read the {declared.metadata} of a record", expression)
            return _RECORD[declared.metadata]
        for part in path:
            self.alias(part, expression)
        return ".".join(path)

    def condition(self, expression: Expr) -> list[str]:
        match expression:
            case Compare():
                return [self.compare(expression)]
            case In():
                return [self.membership(expression)]
            case Like():
                return [self.like(expression)]
            case Between() if not expression.symmetric:
                column = self.column(expression.operand)
                low, high = self.literal(expression.low), self.literal(expression.high)
                return [f"{column} >= {low}", f"{column} <= {high}"]
        raise _Refused(_what(expression), expression)

    def compare(self, expression: Compare) -> str:
        operator, left, right = expression.operator, expression.left, expression.right
        if operator not in _COMPARISONS:
            raise _Refused(f"SQL topics have no {operator}", expression)
        if isinstance(left, Literal) and isinstance(right, Column):
            operator, left, right = (
                _COMPARISONS[operator] if operator not in ("=", "<>") else operator,
                right,
                left,
            )
        return f"{self.column(left)} {operator} {self.literal(right)}"

    def literal(self, expression: Expr) -> str:
        if not isinstance(expression, Literal):
            raise _Refused("SQL topics compare a column with a constant", expression)
        if expression.kind == "number":
            return expression.text
        if expression.kind != "string":
            raise _Refused(f"SQL topics compare numbers and texts, no {expression.kind}", expression)
        if "'" in expression.text or "\\" in expression.text:
            raise _Refused("how SQL topics read a quote or a backslash in a text is not known", expression)
        return f"'{expression.text}'"

    def membership(self, expression: In) -> str:
        column = self.column(expression.operand)
        items = [i for i in expression.items if isinstance(i, Literal) and i.kind == "string"]
        if not self.is_text(expression.operand) or len(items) != len(expression.items):
            raise _Refused("SQL topics have IN for texts only", expression)
        if len(items) == 1:
            return f"{column} = {self.literal(items[0])}"
        return f"{column} REGEXP '^(?:{'|'.join(_escaped(i.text, i) for i in items)})$'"

    def like(self, expression: Like) -> str:
        column = self.column(expression.operand)
        pattern = expression.pattern
        if expression.operator != "LIKE" or expression.escape or not isinstance(pattern, Literal):
            raise _Refused("SQL topics have LIKE with a plain pattern only", expression)
        if not self.is_text(expression.operand):
            raise _Refused("SQL topics have LIKE for texts only", expression)
        # `(?s)`: in LIKE a line break is a character like any other.
        parts = [{"%": ".*", "_": "."}.get(c) or _escaped(c, pattern) for c in pattern.text]
        return f"{column} REGEXP '(?s)^{''.join(parts)}$'"

    def is_text(self, expression: Expr) -> bool:
        path = self.scoped.path(expression) if isinstance(expression, Column) else None
        return path is not None and len(path) == 1 and path[0] in self.base.texts

    def case(self, expression: Case) -> str:
        if expression.operand is not None:
            raise _Refused("SQL topics have CASE WHEN with conditions only", expression)
        whens = []
        for condition, result in expression.branches:
            said = [c for part in _parts(condition) for c in self.condition(part)]
            whens.append(f"WHEN {' AND '.join(said)} THEN {self.result(result)}")
        if expression.otherwise is not None:
            whens.append(f"ELSE {self.result(expression.otherwise)}")
        return f"CASE {' '.join(whens)} END"

    def result(self, expression: Expr) -> str:
        return self.literal(expression) if isinstance(expression, Literal) else self.column(expression)


def _escaped(text: str, at: Expr) -> str:
    """The text as a regular expression without a backslash, which might not survive the quotes around it."""
    if re.search(r"['\\\[\]^]", text):
        raise _Refused(
            "a text with quotes, brackets, `^` or a backslash cannot be matched in a SQL topic", at
        )
    return re.sub(r"([.$*+?(){}|])", r"[\1]", text)


def _what(expression: Expr) -> str:
    match expression:
        case Logic():
            return "SQL topics have no OR"
        case Not():
            return "SQL topics have no NOT"
        case Is():
            return f"SQL topics have no IS {expression.what}"
        case Column():
            return "SQL topics have no condition that is a column alone"
        case Literal():
            return "SQL topics have no condition that is a constant"
    name = getattr(expression, "name", type(expression).__name__.upper())
    return f"SQL topics have no {name}"
