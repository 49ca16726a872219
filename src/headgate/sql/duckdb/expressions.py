"""Scalar and aggregate expressions in DuckDB's SQL, with the meaning that they have in Flink.

The binder's types decide: Flink keeps the low bits of integers, cuts what is cast to them, rounds decimals to scales of its
own and answers null where digits are lost. What DuckDB would answer differently is written so that it does not, or refused
by name. Where Flink fails (a division by zero, a bad CAST) the query fails too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from headgate.schema.types import UNKNOWN, DataType
from headgate.sql.bind import TypesOut
from headgate.sql.duckdb import aggregates, functions
from headgate.sql.duckdb._model import Argument, Call, Unsupported
from headgate.sql.duckdb.arithmetic import arithmetic, negated
from headgate.sql.duckdb.casts import cast, coerced
from headgate.sql.duckdb.comparisons import between, compare, contained
from headgate.sql.duckdb.intervals import interval
from headgate.sql.duckdb.json_functions import is_json, without_options
from headgate.sql.duckdb.regexes import similar_pattern
from headgate.sql.duckdb.spellings import once
from headgate.sql.duckdb.types import duckdb_type, text
from headgate.sql.functions import AGGREGATES
from headgate.sql.nodes import arguments, function_name, is_distinct


@dataclass(frozen=True, slots=True)
class Scalars:
    """The DuckDB text of expressions of one place in a query.

    `column` gives the text of a column; `special` is asked first for every node, and answers where the node means something
    else there. `now` is the moment that clocks show.
    """

    types: TypesOut
    column: Callable[[exp.Column], str]
    special: Callable[[exp.Expr], str | None]
    now: str

    def sql(self, node: exp.Expr) -> str:
        """The text of an expression; raises `Unsupported` where DuckDB has none that means the same."""
        try:
            found = self.special(node)
            if found is not None:
                return found
            write = _WRITERS.get(type(node))
            if write is None:
                raise Unsupported(type(node).__name__.upper(), node)
            return write(self, node)
        except Unsupported as refusal:
            if refusal.node is None:
                refusal.node = node
            raise

    def type(self, node: exp.Expr) -> DataType:
        """The type that the binder found for a node."""
        return self.types.types.get(id(node), UNKNOWN)

    def argument(self, node: exp.Expr) -> Argument:
        """A node as an argument of what is around it."""
        return Argument(self.sql(node), self.type(node), node)

    def as_type(self, node: exp.Expr, type_: DataType) -> str:
        """The text of a node where Flink casts it without being told to."""
        return coerced(self.sql(node), self.type(node), type_)

    def over(self, window: exp.Window, clause: str) -> str:
        """An aggregate of a window; `clause` is its OVER in DuckDB's text."""
        node, condition = window.this, ""
        while isinstance(node, exp.Filter | exp.IgnoreNulls):
            if isinstance(node, exp.Filter):
                condition = self.sql(node.args["expression"].this)
            node = node.this
        if function_name(node) not in AGGREGATES:
            raise Unsupported(f"{function_name(node)} with OVER", window)
        call = replace(self._call(node), type=self.type(window))
        return aggregates.aggregate(call, distinct=is_distinct(node), condition=condition, over=clause)

    def call(self, node: exp.Expr, condition: str = "") -> str:
        """A call of a function; `condition` is the FILTER of an aggregate."""
        call = self._call(node)
        if call.name in AGGREGATES:
            return aggregates.aggregate(call, distinct=is_distinct(node), condition=condition)
        return once(call.arguments, lambda given: functions.spelled(replace(call, arguments=tuple(given))))

    def _call(self, node: exp.Expr) -> Call:
        name = function_name(node)
        given, options = without_options(name, arguments(node))
        return Call(
            name=name,
            arguments=tuple(self.argument(a) for a in given if not isinstance(a, exp.Star)),
            type=self.type(node),
            node=node,
            now=self.now,
            options=options,
        )


Writer = Callable[[Scalars, exp.Expr], str]


def _column(on: Scalars, node: exp.Expr) -> str:
    assert isinstance(node, exp.Column)
    return on.column(node)


def _literal(on: Scalars, node: exp.Expr) -> str:
    if node.args["is_string"]:
        return text(str(node.this))
    if on.type(node).name == "DECIMAL" and "." not in str(node.this):
        return f"CAST({node.this} AS {duckdb_type(on.type(node))})"
    return str(node.this)


def _null(on: Scalars, node: exp.Expr) -> str:
    return "NULL"


def _boolean(on: Scalars, node: exp.Expr) -> str:
    return "TRUE" if node.this else "FALSE"


def _paren(on: Scalars, node: exp.Expr) -> str:
    return on.sql(node.this)


def _arithmetic(operator: str) -> Writer:
    def write(on: Scalars, node: exp.Expr) -> str:
        sides = on.argument(node.this), on.argument(node.args["expression"])
        return once(sides, lambda given: arithmetic(operator, given[0], given[1], on.type(node)))

    return write


def _negated(on: Scalars, node: exp.Expr) -> str:
    return negated(on.argument(node.this))


def _comparison(operator: str) -> Writer:
    def write(on: Scalars, node: exp.Expr) -> str:
        return compare(operator, on.argument(node.this), on.argument(node.args["expression"]))

    return write


def _logic(word: str) -> Writer:
    def write(on: Scalars, node: exp.Expr) -> str:
        return f"({on.sql(node.this)} {word} {on.sql(node.args['expression'])})"

    return write


def _not(on: Scalars, node: exp.Expr) -> str:
    return f"(NOT {on.sql(node.this)})"


def _is(on: Scalars, node: exp.Expr) -> str:
    what, operand = node.args["expression"], on.sql(node.this)
    if isinstance(what, exp.Null):
        return f"({operand} IS NULL)"
    if isinstance(what, exp.Boolean):
        return f"({operand} IS NOT DISTINCT FROM {'TRUE' if what.this else 'FALSE'})"
    if isinstance(what, exp.JSON):
        return is_json(operand, str(what.this or ""), unique=bool(what.args.get("unique")))
    raise Unsupported(f"IS {what.sql().upper()}", node)


def _like(on: Scalars, node: exp.Expr) -> str:
    return f"({on.sql(node.this)} LIKE {on.sql(node.args['expression'])})"


def _similar(on: Scalars, node: exp.Expr) -> str:
    pattern = on.argument(node.args["expression"]).literal
    if pattern is None:
        raise Unsupported("SIMILAR TO with a computed pattern", node)
    return f"regexp_full_match({on.sql(node.this)}, {text(similar_pattern(pattern))}, 's')"


def _escape(on: Scalars, node: exp.Expr) -> str:
    like = node.this
    if not isinstance(like, exp.Like):
        raise Unsupported("SIMILAR TO with ESCAPE", node)
    pattern = on.sql(like.args["expression"])
    return f"({on.sql(like.this)} LIKE {pattern} ESCAPE {on.sql(node.args['expression'])})"


def _between(on: Scalars, node: exp.Expr) -> str:
    symmetric = bool(node.args.get("symmetric"))
    return once(
        [on.argument(node.args[part]) for part in ("this", "low", "high")],
        lambda given: between(given[0], given[1], given[2], symmetric=symmetric),
    )


def _in(on: Scalars, node: exp.Expr) -> str:
    if node.args.get("query") is not None or node.args.get("unnest") is not None:
        raise Unsupported("IN with a query", node)
    if isinstance(node.this, exp.Tuple):
        return _tuple_in(on, node)
    return contained(on.argument(node.this), [on.argument(e) for e in node.expressions])


def _tuple_in(on: Scalars, node: exp.Expr) -> str:
    wanted = [on.argument(e) for e in node.this.expressions]
    options = []
    for item in node.expressions:
        if not isinstance(item, exp.Tuple) or len(item.expressions) != len(wanted):
            raise Unsupported("IN of rows with something else", node)
        pairs = zip(wanted, (on.argument(e) for e in item.expressions), strict=True)
        options.append("(" + " AND ".join(compare("=", a, b) for a, b in pairs) + ")")
    return "(" + " OR ".join(options) + ")"


def _case(on: Scalars, node: exp.Expr) -> str:
    type_ = on.type(node)
    operand = node.args.get("this")
    if operand is None:
        return _branches(on, node, type_, None)
    return once([on.argument(operand)], lambda given: _branches(on, node, type_, given[0]))


def _branches(on: Scalars, node: exp.Expr, type_: DataType, operand: Argument | None) -> str:
    branches = []
    for branch in node.args["ifs"]:
        tested = branch.this
        condition = on.sql(tested) if operand is None else compare("=", operand, on.argument(tested))
        branches.append(f"WHEN {condition} THEN {on.as_type(branch.args['true'], type_)}")
    default = node.args.get("default")
    otherwise = f" ELSE {on.as_type(default, type_)}" if default is not None else ""
    return f"CASE {' '.join(branches)}{otherwise} END"


def _cast(on: Scalars, node: exp.Expr) -> str:
    target, lenient = on.type(node), isinstance(node, exp.TryCast)
    if target.name == "TIME" and isinstance(node.this, exp.Literal) and "." in node.this.name:
        # TIME '…' keeps what its type has no place for.
        raise Unsupported("a literal of TIME with a fraction")
    return once(
        [on.argument(node.this)], lambda given: cast(given[0].sql, given[0].type, target, lenient=lenient)
    )


def _interval(on: Scalars, node: exp.Expr) -> str:
    return interval(node)


def _joined(on: Scalars, node: exp.Expr) -> str:
    return f"({on.sql(node.this)} || {on.sql(node.args['expression'])})"


def _array(on: Scalars, node: exp.Expr) -> str:
    element = on.type(node).element or UNKNOWN
    return f"[{', '.join(on.as_type(e, element) for e in node.expressions)}]"


def _bracket(on: Scalars, node: exp.Expr) -> str:
    whole = on.argument(node.this)
    if len(node.expressions) != 1:
        raise Unsupported("more than one index", node)
    index = node.expressions[0]
    if whole.type.name == "MAP" and whole.type.key is not None:
        return f"{whole.sql}[{on.as_type(index, whole.type.key)}]"
    if whole.type.name != "ARRAY":
        raise Unsupported(f"an element of {whole.type.text}", node)
    if isinstance(index, exp.Literal):
        # The parser counts literals from 0.
        return f"list_extract({whole.sql}, {int(str(index.this)) + 1})"
    at = on.sql(index)
    return f"CASE WHEN {at} > 0 THEN list_extract({whole.sql}, {at}) END"


def _dot(on: Scalars, node: exp.Expr) -> str:
    return f"struct_extract({on.sql(node.this)}, {text(node.args['expression'].name)})"


def _filter(on: Scalars, node: exp.Expr) -> str:
    condition = on.sql(node.args["expression"].this)
    inner = node.this
    while isinstance(inner, exp.IgnoreNulls):
        inner = inner.this
    if function_name(inner) not in AGGREGATES:
        raise Unsupported("FILTER of what is no aggregate", node)
    return on.call(inner, condition)


def _ignore_nulls(on: Scalars, node: exp.Expr) -> str:
    if function_name(node.this) not in ("FIRST_VALUE", "LAST_VALUE"):
        raise Unsupported("IGNORE NULLS", node)
    return on.sql(node.this)


def _call(on: Scalars, node: exp.Expr) -> str:
    return on.call(node)


_WRITERS: dict[type, Writer] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Null: _null,
    exp.Boolean: _boolean,
    exp.Paren: _paren,
    exp.Alias: _paren,
    exp.Add: _arithmetic("+"),
    exp.Sub: _arithmetic("-"),
    exp.Mul: _arithmetic("*"),
    exp.Div: _arithmetic("/"),
    exp.Mod: _arithmetic("%"),
    exp.Neg: _negated,
    exp.EQ: _comparison("="),
    exp.NEQ: _comparison("<>"),
    exp.GT: _comparison(">"),
    exp.GTE: _comparison(">="),
    exp.LT: _comparison("<"),
    exp.LTE: _comparison("<="),
    exp.NullSafeEQ: _comparison("IS NOT DISTINCT FROM"),
    exp.NullSafeNEQ: _comparison("IS DISTINCT FROM"),
    exp.And: _logic("AND"),
    exp.Or: _logic("OR"),
    exp.Not: _not,
    exp.Is: _is,
    exp.Like: _like,
    exp.SimilarTo: _similar,
    exp.Escape: _escape,
    exp.Between: _between,
    exp.In: _in,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Interval: _interval,
    exp.DPipe: _joined,
    exp.Array: _array,
    exp.Bracket: _bracket,
    exp.Dot: _dot,
    exp.Filter: _filter,
    exp.IgnoreNulls: _ignore_nulls,
    exp.Anonymous: _call,
}
