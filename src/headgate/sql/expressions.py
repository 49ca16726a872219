"""Plain queries as a small tree of scalar expressions, for whoever may not touch the SQL library's.

A plain query projects, renames, computes and filters the rows of one input: what a proxy might serve. Every expression
has its place in the query's text as `start` and `end`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from headgate.schema.types import DataType, TypeSyntaxError, parse_type
from headgate.sql.bind.expressions import type_text
from headgate.sql.dialect import Flink
from headgate.sql.facts import Relation
from headgate.sql.nodes import arguments, function_name, is_distinct, span
from headgate.sql.parse import Parsed

T = TokenType


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the input; `path` is its name, then the fields of a row."""

    path: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. `kind` is string, number, boolean, null, interval, date, time or timestamp; `text` is without quotes."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function by its Flink name. Operators are calls too: + - * / % || [] and - of one argument."""

    name: str
    arguments: tuple[Expr, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Compare:
    """One of = <> < <= > >=, IS DISTINCT FROM, IS NOT DISTINCT FROM."""

    operator: str
    left: Expr
    right: Expr
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Logic:
    """AND or OR of two or more parts."""

    operator: str
    parts: tuple[Expr, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expr
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class In:
    """`operand IN (items)`; NOT IN is a `Not` around it."""

    operand: Expr
    items: tuple[Expr, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Like:
    """LIKE or SIMILAR TO, by `operator`; `escape` is "" where none is given."""

    operator: str
    operand: Expr
    pattern: Expr
    escape: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Is:
    """`operand IS what`: NULL, TRUE, FALSE, UNKNOWN, JSON; IS NOT is a `Not` around it."""

    operand: Expr
    what: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Between:
    operand: Expr
    low: Expr
    high: Expr
    symmetric: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Case:
    """CASE with its branches as (condition, result); `operand` is that of CASE x WHEN."""

    operand: Expr | None
    branches: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cast:
    """CAST, or TRY_CAST where `safe`."""

    operand: Expr
    type: DataType
    safe: bool
    start: int
    end: int


Expr = Column | Literal | Call | Compare | Logic | Not | In | Like | Is | Between | Case | Cast


@dataclass(frozen=True, slots=True)
class PlainQuery:
    """A query that only projects and filters one input. `projections` are (output name, expression), stars written out."""

    relation: str
    projections: tuple[tuple[str, Expr], ...]
    filter: Expr | None = None


class _NotPlain(Exception):
    """Stops the conversion at what this tree has no word for."""


def plain_query(parsed: Parsed, relations: Mapping[str, Relation]) -> PlainQuery | None:
    """The query as a plain one, or None where it does more, reads another relation, or has faults."""
    ast = parsed.ast
    if not isinstance(ast, exp.Select) or any(ast.args.get(name) for name in _MORE):
        return None
    from_ = ast.args.get("from_")
    table = from_.this if from_ is not None else None
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        return None
    if table.args.get("version") or table.args.get("joins"):
        return None
    relation = relations.get(".".join(p.name for p in table.parts))
    if relation is None:
        return None
    try:
        return _Reader(parsed, relation, table.alias_or_name).query(ast)
    except _NotPlain:
        return None


_MORE = (
    "with_",
    "joins",
    "laterals",
    "group",
    "having",
    "qualify",
    "distinct",
    "order",
    "limit",
    "offset",
    "windows",
    "match",
)
_OPERATORS: dict[type, str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.DPipe: "||",
}
_COMPARISONS: dict[type, str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}
_OPENS = (T.L_PAREN, T.L_BRACKET)
_CLOSES = (T.R_PAREN, T.R_BRACKET)


class _Reader:
    def __init__(self, parsed: Parsed, relation: Relation, alias: str) -> None:
        self.text = parsed.text
        self.relation = relation
        self.alias = alias
        self.names = {c.name for c in relation.columns}
        self.tokens: list[Token] = Flink().raw_tokens(parsed.text)
        self.by_start = {t.start: i for i, t in enumerate(self.tokens)}
        self.by_end = {t.end + 1: i for i, t in enumerate(self.tokens)}

    def query(self, ast: exp.Select) -> PlainQuery:
        projections: list[tuple[str, Expr]] = []
        for at, node in enumerate(ast.expressions):
            if isinstance(node, exp.Star) or (
                isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
            ):
                start, end = span(node)
                projections += [(c.name, Column((c.name,), start, end)) for c in self.relation.columns]
                continue
            inner = node.this if isinstance(node, exp.Alias) else node
            made = self.read(inner)
            name = node.alias if isinstance(node, exp.Alias) else ""
            projections.append((name or (made.path[-1] if isinstance(made, Column) else f"EXPR${at}"), made))
        where = ast.args.get("where")
        return PlainQuery(
            self.relation.name, tuple(projections), self.read(where.this) if where is not None else None
        )

    def place(self, node: exp.Expr, *inner: Expr | None) -> tuple[int, int]:
        """The place of a node: that of its parts, with the keywords and brackets that belong to it."""
        start, end = span(node)
        for part in inner:
            if part is not None:
                start, end = min(start, part.start) if end else part.start, max(end, part.end)
        first, last = self.by_start.get(start), self.by_end.get(end)
        if first is None or last is None:
            return start, end
        first = self._from_keyword(node, first)
        first, last = self._balanced(first, last)
        last = self._to_keyword(node, last)
        return self.tokens[first].start, self.tokens[last].end + 1

    def _from_keyword(self, node: exp.Expr, first: int) -> int:
        """Take in the word that a node begins with, where its first part does not stand there."""
        words = _BEFORE.get(type(node))
        if words is None or self.tokens[first].text.upper() in words:
            return first
        at = first
        while at > 0:
            at -= 1
            if self.tokens[at].text.upper() in words:
                return at
            if self.tokens[at].token_type not in _OPENS and self.tokens[at].token_type is not T.WHEN:
                break
        return first

    def _balanced(self, first: int, last: int) -> tuple[int, int]:
        """Take in what opens or closes the brackets, and the CASE, that are cut."""
        depth = least = 0
        for token in self.tokens[first : last + 1]:
            depth += _step(token)
            least = min(least, depth)
        while least < 0 and first > 0:
            first -= 1
            least += max(0, _step(self.tokens[first]))
            depth += _step(self.tokens[first])
        while depth > 0 and last + 1 < len(self.tokens):
            last += 1
            depth += _step(self.tokens[last])
        return first, last

    def _to_keyword(self, node: exp.Expr, last: int) -> int:
        """Take in the words that follow the last part: IS NOT NULL, the unit of an interval."""
        words = _AFTER.get(type(node))
        while words and last + 1 < len(self.tokens) and self.tokens[last + 1].text.upper() in words:
            last += 1
        return last

    def read(self, node: exp.Expr) -> Expr:
        if isinstance(node, exp.Paren):
            return self.read(node.this)
        convert = _CONVERT.get(type(node))
        if convert is not None:
            return convert(self, node)
        operator = _OPERATORS.get(type(node))
        comparison = _COMPARISONS.get(type(node))
        if operator is None and comparison is None:
            raise _NotPlain
        left, right = self.read(node.this), self.read(node.args["expression"])
        start, end = self.place(node, left, right)
        if operator is not None:
            return Call(operator, (left, right), start, end)
        return Compare(comparison or "=", left, right, start, end)

    def column(self, node: exp.Expr) -> Expr:
        path = [p.name for p in node.parts] if isinstance(node, exp.Column) else [node.name]
        if len(path) > 1 and path[0] == self.alias:
            path = path[1:]
        if path[0] not in self.names:
            raise _NotPlain
        return Column(tuple(path), *span(node))

    def dot(self, node: exp.Expr) -> Expr:
        inner = self.read(node.this)
        if not isinstance(inner, Column):
            raise _NotPlain
        start, end = span(node)
        return Column((*inner.path, node.args["expression"].name), start, end)

    def literal(self, node: exp.Expr) -> Expr:
        return Literal("string" if node.args["is_string"] else "number", str(node.this), *span(node))

    def word(self, node: exp.Expr) -> Expr:
        if isinstance(node, exp.Null):
            return Literal("null", "NULL", *span(node))
        return Literal("boolean", "TRUE" if node.this else "FALSE", *span(node))

    def interval(self, node: exp.Expr) -> Expr:
        start, end = self.place(node)
        unit = node.args.get("unit")
        value = node.this.name if node.this is not None else ""
        return Literal("interval", f"{value} {unit.sql() if unit is not None else ''}".strip(), start, end)

    def call(self, node: exp.Expr) -> Expr:
        if is_distinct(node):
            raise _NotPlain
        inner = tuple(self.read(a) for a in arguments(node))
        return Call(function_name(node), inner, *self.place(node, *inner))

    def logic(self, node: exp.Expr) -> Expr:
        kind = type(node)
        parts: list[Expr] = []

        def gather(part: exp.Expr) -> None:
            if type(part) is kind:
                gather(part.this)
                gather(part.args["expression"])
            else:
                parts.append(self.read(part))

        gather(node)
        return Logic("AND" if kind is exp.And else "OR", tuple(parts), *self.place(node, *parts))

    def negation(self, node: exp.Expr) -> Expr:
        inner = self.read(node.this)
        return Not(inner, *self.place(node, inner))

    def minus(self, node: exp.Expr) -> Expr:
        inner = self.read(node.this)
        start, end = self.place(node, inner)
        if isinstance(inner, Literal) and inner.kind == "number":
            return Literal("number", f"-{inner.text}", start, end)
        return Call("-", (inner,), start, end)

    def membership(self, node: exp.Expr) -> Expr:
        if node.args.get("query") is not None or node.args.get("unnest") is not None:
            raise _NotPlain
        operand = self.read(node.this)
        items = tuple(self.read(e) for e in node.expressions)
        return In(operand, items, *self.place(node, operand, *items))

    def like(self, node: exp.Expr, escape: str = "") -> Expr:
        operator = "LIKE" if isinstance(node, exp.Like) else "SIMILAR TO"
        operand, pattern = self.read(node.this), self.read(node.args["expression"])
        return Like(operator, operand, pattern, escape, *self.place(node, operand, pattern))

    def escaped(self, node: exp.Expr) -> Expr:
        return self.like(node.this, node.args["expression"].name)

    def test(self, node: exp.Expr) -> Expr:
        what = node.args["expression"]
        if isinstance(what, exp.Null):
            word = "NULL"
        elif isinstance(what, exp.Boolean):
            word = "TRUE" if what.this else "FALSE"
        else:
            word = what.sql().upper()
        operand = self.read(node.this)
        return Is(operand, word, *self.place(node, operand))

    def between(self, node: exp.Expr) -> Expr:
        operand = self.read(node.this)
        low, high = self.read(node.args["low"]), self.read(node.args["high"])
        place = self.place(node, operand, low, high)
        return Between(operand, low, high, bool(node.args.get("symmetric")), *place)

    def case(self, node: exp.Expr) -> Expr:
        operand = self.read(node.this) if node.args.get("this") is not None else None
        branches = tuple((self.read(i.this), self.read(i.args["true"])) for i in node.args["ifs"])
        default = node.args.get("default")
        otherwise = self.read(default) if default is not None else None
        inner = [part for branch in branches for part in branch]
        return Case(operand, branches, otherwise, *self.place(node, operand, *inner, otherwise))

    def cast(self, node: exp.Expr) -> Expr:
        try:
            type_ = parse_type(type_text(node.args["to"]))
        except TypeSyntaxError:
            raise _NotPlain from None
        operand = self.read(node.this)
        start, end = self.place(node, operand)
        if isinstance(operand, Literal) and self.text[start : start + 4].upper() not in ("CAST", "TRY_"):
            return Literal(type_.name.lower(), operand.text, start, end)
        return Cast(operand, type_, isinstance(node, exp.TryCast), start, end)

    def element(self, node: exp.Expr) -> Expr:
        parts = (self.read(node.this), *(self.read(e) for e in node.expressions))
        return Call("[]", parts, *self.place(node, *parts))


def _step(token: Token) -> int:
    kind = token.token_type
    if kind in _OPENS or kind is T.CASE:
        return 1
    return -1 if kind in _CLOSES or kind is T.END else 0


_BEFORE: dict[type, frozenset[str]] = {
    exp.Cast: frozenset({"CAST", "DATE", "TIME", "TIMESTAMP"}),
    exp.TryCast: frozenset({"TRY_CAST"}),
    exp.Case: frozenset({"CASE"}),
    exp.Not: frozenset({"NOT"}),
    exp.Neg: frozenset({"-"}),
    exp.Interval: frozenset({"INTERVAL"}),
}

_UNITS = frozenset(
    {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO", "DAYS", "HOURS", "MINUTES", "SECONDS"}
)
_AFTER: dict[type, frozenset[str]] = {
    exp.Is: frozenset({"IS", "NOT", "NULL", "TRUE", "FALSE", "UNKNOWN", "JSON"}),
    exp.Interval: _UNITS,
}

_CONVERT: dict[type, Callable[[_Reader, exp.Expr], Expr]] = {
    exp.Column: _Reader.column,
    exp.Dot: _Reader.dot,
    exp.Literal: _Reader.literal,
    exp.Null: _Reader.word,
    exp.Boolean: _Reader.word,
    exp.Interval: _Reader.interval,
    exp.Anonymous: _Reader.call,
    exp.And: _Reader.logic,
    exp.Or: _Reader.logic,
    exp.Not: _Reader.negation,
    exp.Neg: _Reader.minus,
    exp.In: _Reader.membership,
    exp.Like: _Reader.like,
    exp.SimilarTo: _Reader.like,
    exp.Escape: _Reader.escaped,
    exp.Is: _Reader.test,
    exp.Between: _Reader.between,
    exp.Case: _Reader.case,
    exp.Cast: _Reader.cast,
    exp.TryCast: _Reader.cast,
    exp.Bracket: _Reader.element,
}


def children(node: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside another."""
    match node:
        case Column() | Literal():
            return ()
        case Call():
            return node.arguments
        case Compare():
            return (node.left, node.right)
        case Logic():
            return node.parts
        case Not() | Cast() | Is():
            return (node.operand,)
        case In():
            return (node.operand, *node.items)
        case Like():
            return (node.operand, node.pattern)
        case Between():
            return (node.operand, node.low, node.high)
        case Case():
            inner = [part for branch in node.branches for part in branch]
            first = (node.operand,) if node.operand is not None else ()
            last = (node.otherwise,) if node.otherwise is not None else ()
            return (*first, *inner, *last)


def walk(node: Expr) -> Iterator[Expr]:
    """An expression and all inside it, outermost first."""
    yield node
    for child in children(node):
        yield from walk(child)
