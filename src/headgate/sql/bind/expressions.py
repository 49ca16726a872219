"""Types and lineage of expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from sqlglot import exp

from headgate.schema.types import UNKNOWN, DataType, TypeSyntaxError, parse_type
from headgate.sql.bind._model import (
    AGGREGATE,
    IDENTITY,
    MARKED,
    NO_LINKS,
    ROWTIME,
    TEXT_CAST,
    TRANSFORM,
    UNKNOWN_VALUE,
    Links,
    Rows,
    Scope,
    Value,
    changed,
    joined,
)
from headgate.sql.bind.calls import call
from headgate.sql.bind.columns import column, field_of
from headgate.sql.bind.over import over
from headgate.sql.facts import Why
from headgate.sql.nodes import span
from headgate.sql.typing import arithmetic, castable, common, comparable

Evaluator = Callable[[exp.Expr, Scope], Value]

_BOOL = DataType("BOOLEAN")
_BOOL_NOT_NULL = DataType("BOOLEAN", nullable=False)
_STRING = DataType("STRING")


def value(node: exp.Expr, scope: Scope) -> Value:
    """The type, nullability and lineage of an expression; what is wrong with it goes to the binder."""
    grouping = scope.grouping
    if grouping is not None and not scope.inside and type(node) in grouping.kinds:
        for expression, kept in grouping.expressions:
            if expression == node:
                if scope.binder.types is not None:
                    _remember_all(node, scope)
                return kept
    evaluate = _TABLE.get(type(node))
    found = evaluate(node, scope) if evaluate is not None else _unknown_node(node, scope)
    types = scope.binder.types
    if types is not None:
        types.types[id(node)] = found.type
    return found


def _remember_all(node: exp.Expr, scope: Scope) -> None:
    """Type the parts of a group's expression where it is repeated."""
    inside, scope.inside = scope.inside, "group"
    known = len(scope.binder.faults)
    evaluate = _TABLE.get(type(node))
    if evaluate is not None and scope.binder.types is not None:
        scope.binder.types.types[id(node)] = evaluate(node, scope).type
    del scope.binder.faults[known:]
    scope.inside = inside


def _unknown_node(node: exp.Expr, scope: Scope) -> Value:
    scope.binder.fault("HGQ007", f"{type(node).__name__} is not understood here yet", node)
    links: Links = NO_LINKS
    for part in node.iter_expressions():
        links = joined(links, value(part, scope).links)
    return Value(UNKNOWN, changed(links, TRANSFORM))


def _literal(node: exp.Expr, scope: Scope) -> Value:
    text = node.args["this"]
    return Value(_char(len(text) or 1) if node.args["is_string"] else _number(text), constant=True)


@lru_cache(maxsize=1024)
def _char(length: int) -> DataType:
    return DataType("CHAR", length=length, nullable=False)


@lru_cache(maxsize=1024)
def _number(text: str) -> DataType:
    if "e" in text or "E" in text:
        return DataType("DOUBLE", nullable=False)
    if "." in text:
        whole, _, fraction = text.partition(".")
        # Flink counts the digits that are written, a zero before the point included.
        digits = len(whole) + len(fraction)
        return DataType("DECIMAL", precision=min(38, digits), scale=len(fraction), nullable=False)
    number = int(text) if text.isdigit() else 0
    if number < 2**31:
        return DataType("INT", nullable=False)
    if number < 2**63:
        return DataType("BIGINT", nullable=False)
    return DataType("DECIMAL", precision=min(38, len(text)), nullable=False)


def _null(node: exp.Expr, scope: Scope) -> Value:
    return Value(DataType("NULL"), constant=True)


def _boolean_literal(node: exp.Expr, scope: Scope) -> Value:
    return Value(_BOOL_NOT_NULL, constant=True)


def _inner(node: exp.Expr, scope: Scope) -> Value:
    return value(node.args["this"], scope)


def _arithmetic(operator: str) -> Evaluator:
    def evaluate(node: exp.Expr, scope: Scope) -> Value:
        left, right = value(node.args["this"], scope), value(node.args["expression"], scope)
        links = changed(joined(left.links, right.links), TRANSFORM)
        type_ = arithmetic(operator, left.type, right.type)
        if type_ is None:
            scope.binder.fault(
                "HGQ020",
                f"{left.type.text} {operator} {right.type.text} is not defined",
                node,
                "cast one of the two",
            )
            return Value(UNKNOWN, links)
        return Value(type_, links, MARKED if left.time in (ROWTIME, MARKED) and type_.is_timestamp else "")

    return evaluate


def _compare(node: exp.Expr, scope: Scope) -> Value:
    left, right = value(node.args["this"], scope), value(node.args["expression"], scope)
    _check_comparable(left, right, node, scope)
    nullable = left.type.nullable or right.type.nullable
    return Value(_BOOL if nullable else _BOOL_NOT_NULL, changed(joined(left.links, right.links), TRANSFORM))


def _check_comparable(left: Value, right: Value, node: exp.Expr, scope: Scope) -> None:
    if not comparable(left.type, right.type):
        scope.binder.fault(
            "HGQ020",
            f"{left.type.text} cannot be compared with {right.type.text}",
            node,
            "cast one of the two",
        )


def _distinct_from(node: exp.Expr, scope: Scope) -> Value:
    return Value(_BOOL_NOT_NULL, _compare(node, scope).links)


def _logic(node: exp.Expr, scope: Scope) -> Value:
    left = _condition(node.args["this"], scope)
    right = _condition(node.args["expression"], scope)
    nullable = left.type.nullable or right.type.nullable
    return Value(_BOOL if nullable else _BOOL_NOT_NULL, changed(joined(left.links, right.links), TRANSFORM))


def _condition(node: exp.Expr, scope: Scope) -> Value:
    found = value(node, scope)
    if found.type.name not in ("BOOLEAN", "UNKNOWN", "NULL"):
        scope.binder.fault("HGQ020", f"{found.type.text} is no condition", node, "compare it with something")
        return UNKNOWN_VALUE
    return found


def _not(node: exp.Expr, scope: Scope) -> Value:
    found = _condition(node.args["this"], scope)
    return Value(_BOOL.as_nullable(found.type.nullable), changed(found.links, TRANSFORM))


def _is(node: exp.Expr, scope: Scope) -> Value:
    found = value(node.args["this"], scope)
    return Value(_BOOL_NOT_NULL, changed(found.links, TRANSFORM))


def _like(node: exp.Expr, scope: Scope) -> Value:
    left, right = value(node.args["this"], scope), value(node.args["expression"], scope)
    for side, part in ((left, node.args["this"]), (right, node.args["expression"])):
        if not side.type.is_text and side.type.name not in ("UNKNOWN", "NULL"):
            scope.binder.fault("HGQ020", f"LIKE takes text, not {side.type.text}", part, "cast it to STRING")
    nullable = left.type.nullable or right.type.nullable
    return Value(_BOOL.as_nullable(nullable), changed(joined(left.links, right.links), TRANSFORM))


def _escape(node: exp.Expr, scope: Scope) -> Value:
    return value(node.args["this"], scope)


def _between(node: exp.Expr, scope: Scope) -> Value:
    found = value(node.args["this"], scope)
    low, high = value(node.args["low"], scope), value(node.args["high"], scope)
    for bound in (low, high):
        _check_comparable(found, bound, node, scope)
    nullable = found.type.nullable or low.type.nullable or high.type.nullable
    links = joined(found.links, joined(low.links, high.links))
    return Value(_BOOL.as_nullable(nullable), changed(links, TRANSFORM))


def _in(node: exp.Expr, scope: Scope) -> Value:
    found = value(node.args["this"], scope)
    query = node.args.get("query")
    if query is not None:
        return _in_query(node, query, found, scope)
    links, nullable = found.links, found.type.nullable
    for item in node.expressions:
        one = value(item, scope)
        _check_comparable(found, one, item, scope)
        links, nullable = joined(links, one.links), nullable or one.type.nullable
    return Value(_BOOL.as_nullable(nullable), changed(links, TRANSFORM))


def _in_query(node: exp.Expr, query: exp.Expr, found: Value, scope: Scope) -> Value:
    rows = _nested(query, scope)
    wanted = node.args["this"]
    width = len(wanted.expressions) if isinstance(wanted, exp.Tuple) else 1
    columns = list(rows.columns.values())
    if len(columns) != width and not rows.open:
        scope.binder.fault(
            "HGQ024", f"the query of IN gives {len(columns)} columns, {width} are compared", query
        )
    elif columns and width == 1:
        _check_comparable(found, columns[0], node, scope)
    for item in columns:
        scope.binder.influence_of(item, Why.JOIN)
    return Value(_BOOL, changed(found.links, TRANSFORM))


def _exists(node: exp.Expr, scope: Scope) -> Value:
    _nested(node.args["this"], scope)
    return Value(_BOOL_NOT_NULL)


def _nested(node: exp.Expr, scope: Scope) -> Rows:
    scope.nested[id(node)] = node
    return scope.binder.query(scope.binder, node, scope.binder.named, scope)


def _subquery(node: exp.Expr, scope: Scope) -> Value:
    rows = _nested(node, scope)
    columns = list(rows.columns.values())
    if len(columns) != 1:
        if not rows.open:
            scope.binder.fault(
                "HGQ024", f"a query used as a value gives {len(columns)} columns, not one", node
            )
        return UNKNOWN_VALUE
    return Value(columns[0].type.as_nullable(), columns[0].links)


def _case(node: exp.Expr, scope: Scope) -> Value:
    operand = node.args.get("this")
    against = value(operand, scope) if operand is not None else None
    links = changed(against.links, TRANSFORM) if against is not None else NO_LINKS
    types: list[DataType] = []
    for branch in node.args["ifs"]:
        condition = branch.args["this"]
        if against is None:
            tested = _condition(condition, scope)
        else:
            tested = value(condition, scope)
            _check_comparable(against, tested, condition, scope)
        result = value(branch.args["true"], scope)
        links = joined(links, joined(changed(tested.links, TRANSFORM), result.links))
        types.append(result.type)
    default = node.args.get("default")
    if default is not None:
        last = value(default, scope)
        links = joined(links, last.links)
        types.append(last.type)
    else:
        types.append(DataType("NULL"))
    type_ = common(types)
    if type_ is None:
        shown = ", ".join(dict.fromkeys(t.text for t in types))
        scope.binder.fault(
            "HGQ020", f"the branches of this CASE have no common type: {shown}", node, "cast them to one type"
        )
        type_ = UNKNOWN
    return Value(type_, changed(links, TRANSFORM))


def _cast(node: exp.Expr, scope: Scope) -> Value:
    inner = node.args["this"]
    found = value(inner, scope)
    target = _target(node, scope)
    attempt = isinstance(node, exp.TryCast)
    if not castable(found.type, target):
        scope.binder.fault("HGQ020", f"{found.type.text} cannot be cast to {target.text}", node)
        target = UNKNOWN
    nullable = attempt or found.type.nullable
    if target.same_as(found.type):
        how = IDENTITY
    else:
        how = TEXT_CAST if target.is_text else TRANSFORM
    widened = found if _widens(found.type, target) else None
    type_ = target.as_nullable(nullable) if target.name != "UNKNOWN" else target
    return Value(type_, changed(found.links, how), widened=widened, constant=found.constant)


_WIDER = {"TINYINT": 1, "SMALLINT": 2, "INT": 3, "BIGINT": 4}


def _widens(source: DataType, target: DataType) -> bool:
    if source.name in _WIDER and target.name in _WIDER:
        return _WIDER[source.name] <= _WIDER[target.name]
    return (source.is_text and target.name == "STRING" and not target.length) or source.same_as(target)


def _target(node: exp.Expr, scope: Scope) -> DataType:
    to = node.args["to"]
    text = type_text(to)
    try:
        found = parse_type(text)
        return replace(found, precision=_precision(node, scope)) if text in _TIMESTAMPS else found
    except TypeSyntaxError as error:
        scope.binder.fault("HGQ025", str(error), node)
        return UNKNOWN


_TIMESTAMPS = ("TIMESTAMP", "TIMESTAMP_LTZ")


def _precision(node: exp.Expr, scope: Scope) -> int:
    """That of a timestamp written without one: a literal has the digits it is written with, a CAST six."""
    inner = node.args["this"]
    if isinstance(inner, exp.Literal) and inner.args["is_string"]:
        before = scope.binder.text[: span(inner)[0]].rstrip().upper()
        if before.endswith(_TIMESTAMPS):
            return min(9, len(inner.name.strip().partition(".")[2]))
    return 6


def type_text(node: exp.Expr) -> str:
    """A data type of the tree in Flink's spelling."""
    if not isinstance(node, exp.DataType):
        if isinstance(node, exp.ColumnDef):
            kind = node.args.get("kind")
            null = "" if node.args.get("constraints") is None or not node.args["constraints"] else " NOT NULL"
            return f"`{node.name}` {type_text(kind)}{null}" if kind is not None else node.name
        if isinstance(node, exp.Interval):
            return "INTERVAL DAY"
        return node.sql()
    name = node.this.name if isinstance(node.this, exp.DType) else str(node.this)
    known = _TYPE_NAMES.get(name, name)
    inner = node.expressions
    if known == "ROW":
        return "ROW<" + ", ".join(type_text(e) for e in inner) + ">"
    if known in ("ARRAY", "MAP", "MULTISET"):
        return f"{known}<" + ", ".join(type_text(e) for e in inner) + ">"
    if name == "USERDEFINED":
        return str(node.args.get("kind") or node.sql())
    suffix = f"({', '.join(e.name for e in inner)})" if inner else ""
    null = " NOT NULL" if node.args.get("nonnull") or node.args.get("nullable") is False else ""
    return f"{known}{suffix}{null}"


_TYPE_NAMES = {
    "STRUCT": "ROW", "TEXT": "STRING", "TIMESTAMPLTZ": "TIMESTAMP_LTZ", "TIMESTAMPNTZ": "TIMESTAMP",
    "OBJECT": "ROW", "VARBINARY": "VARBINARY", "NVARCHAR": "VARCHAR", "NCHAR": "CHAR", "DECIMAL": "DECIMAL",
}  # fmt: skip


def _interval(node: exp.Expr, scope: Scope) -> Value:
    return Value(DataType("INTERVAL", nullable=False), constant=True)


def _concatenation(node: exp.Expr, scope: Scope) -> Value:
    left, right = value(node.args["this"], scope), value(node.args["expression"], scope)
    for side in (left, right):
        if not (side.type.is_text or side.type.is_binary or side.type.name in ("UNKNOWN", "NULL")):
            scope.binder.fault("HGQ020", f"|| takes text, not {side.type.text}", node, "cast it to STRING")
            break
    nullable = left.type.nullable or right.type.nullable
    return Value(_STRING.as_nullable(nullable), changed(joined(left.links, right.links), TRANSFORM))


def _array(node: exp.Expr, scope: Scope) -> Value:
    items = [value(e, scope) for e in node.expressions]
    links: Links = NO_LINKS
    for item in items:
        links = joined(links, item.links)
    element = common(i.type for i in items)
    if element is None:
        scope.binder.fault(
            "HGQ020", "the elements of this array have no common type", node, "cast them to one type"
        )
        element = UNKNOWN
    return Value(DataType("ARRAY", element=element, nullable=False), changed(links, TRANSFORM))


def _bracket(node: exp.Expr, scope: Scope) -> Value:
    whole = value(node.args["this"], scope)
    links = whole.links
    for index in node.expressions:
        links = joined(links, value(index, scope).links)
    element = whole.type.element
    if element is None and whole.type.name not in ("UNKNOWN", "NULL", "VARIANT", "ROW"):
        scope.binder.fault("HGQ020", f"{whole.type.text} has no elements", node)
    return Value((element or UNKNOWN).as_nullable(), changed(links, TRANSFORM))


def _dot(node: exp.Expr, scope: Scope) -> Value:
    whole = value(node.args["this"], scope)
    name = node.args["expression"]
    return field_of(whole, name.name, scope, node)


def _tuple(node: exp.Expr, scope: Scope) -> Value:
    links: Links = NO_LINKS
    for part in node.expressions:
        links = joined(links, value(part, scope).links)
    return Value(UNKNOWN, changed(links, TRANSFORM))


def _negated(node: exp.Expr, scope: Scope) -> Value:
    found = value(node.args["this"], scope)
    if not found.type.is_numeric and found.type.name not in ("INTERVAL", "UNKNOWN", "NULL"):
        scope.binder.fault("HGQ020", f"-{found.type.text} is not defined", node)
        return Value(UNKNOWN, changed(found.links, TRANSFORM))
    return Value(found.type, changed(found.links, TRANSFORM), constant=found.constant)


def _star(node: exp.Expr, scope: Scope) -> Value:
    return UNKNOWN_VALUE


def _filter(node: exp.Expr, scope: Scope) -> Value:
    condition = node.args["expression"]
    found = value(node.args["this"], scope)
    inside, scope.inside = scope.inside, "aggregate"
    tested = _condition(condition.args["this"], scope)
    scope.inside = inside
    if not found.links:
        scope.binder.influence_of(tested, Why.COUNT)
        return found
    links = joined(found.links, changed(tested.links, AGGREGATE))
    never = found.type.name == "BIGINT" and not found.type.nullable
    return Value(found.type if never else found.type.as_nullable(), links)


def _nulls(node: exp.Expr, scope: Scope) -> Value:
    return value(node.args["this"], scope)


def _call(node: exp.Expr, scope: Scope) -> Value:
    return call(node, scope, value)


def _over(node: exp.Expr, scope: Scope) -> Value:
    return over(node, scope, value)


_TABLE: dict[type, Evaluator] = {
    exp.Column: column,
    exp.Identifier: column,
    exp.Literal: _literal,
    exp.Null: _null,
    exp.Boolean: _boolean_literal,
    exp.Paren: _inner,
    exp.Alias: _inner,
    exp.Add: _arithmetic("+"),
    exp.Sub: _arithmetic("-"),
    exp.Mul: _arithmetic("*"),
    exp.Div: _arithmetic("/"),
    exp.Mod: _arithmetic("%"),
    exp.Neg: _negated,
    exp.EQ: _compare,
    exp.NEQ: _compare,
    exp.GT: _compare,
    exp.GTE: _compare,
    exp.LT: _compare,
    exp.LTE: _compare,
    exp.NullSafeEQ: _distinct_from,
    exp.NullSafeNEQ: _distinct_from,
    exp.And: _logic,
    exp.Or: _logic,
    exp.Not: _not,
    exp.Is: _is,
    exp.Like: _like,
    exp.ILike: _like,
    exp.SimilarTo: _like,
    exp.Escape: _escape,
    exp.Between: _between,
    exp.In: _in,
    exp.Exists: _exists,
    exp.Subquery: _subquery,
    exp.Select: _subquery,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Interval: _interval,
    exp.DPipe: _concatenation,
    exp.Array: _array,
    exp.Bracket: _bracket,
    exp.Dot: _dot,
    exp.Tuple: _tuple,
    exp.Star: _star,
    exp.Filter: _filter,
    exp.IgnoreNulls: _nulls,
    exp.RespectNulls: _nulls,
    exp.Anonymous: _call,
    exp.Window: _over,
}


def condition(node: exp.Expr, scope: Scope) -> Value:
    """The value of an expression that must be a condition."""
    return _condition(node, scope)
