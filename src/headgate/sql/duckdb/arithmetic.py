"""Operators on numbers with Flink's results: low bits kept, decimals rounded half up, nothing divided by zero."""

from __future__ import annotations

from headgate.schema.types import INTEGERS, DataType
from headgate.sql.duckdb._model import Argument, Unsupported
from headgate.sql.duckdb.casts import cast, low_bits
from headgate.sql.duckdb.intervals import time_arithmetic
from headgate.sql.duckdb.types import duckdb_type
from headgate.sql.typing import as_decimal

_DIGITS = 38


def arithmetic(operator: str, left: Argument, right: Argument, type_: DataType) -> str:
    """`left operator right`, for + - * / %, of Flink's result type."""
    if type_.name in INTEGERS:
        return _integers(operator, left, right, type_)
    if type_.name == "DECIMAL":
        return _decimals(operator, left, right, type_)
    if type_.name in ("FLOAT", "DOUBLE"):
        sides = " ".join((cast(left.sql, left.type, type_), operator, cast(right.sql, right.type, type_)))
        return f"({sides})"
    if type_.name in ("UNKNOWN", "NULL"):
        raise Unsupported(f"{left.type.text} {operator} {right.type.text}")
    return time_arithmetic(operator, left, right, type_)


def negated(value: Argument) -> str:
    """`-value`."""
    if value.type.name in INTEGERS and value.literal is None:
        return low_bits(f"-CAST({value.sql} AS {_wide(value.type)})", value.type)
    return f"(-{value.sql})"


def nonzero(divisor: Argument) -> str:
    """A divisor that fails where it is zero, as in Flink; DuckDB's quotient would be null."""
    return _checked(divisor.sql, divisor)


def _checked(sql: str, divisor: Argument) -> str:
    literal = divisor.literal
    if literal is not None and float(literal):
        return sql
    return f"CASE WHEN {divisor.sql} = 0 THEN error('division by zero') ELSE {sql} END"


def _wide(type_: DataType) -> str:
    return "HUGEINT" if type_.name == "BIGINT" else "BIGINT"


def _integers(operator: str, left: Argument, right: Argument, type_: DataType) -> str:
    if operator == "/":
        return f"({left.sql} // {nonzero(right)})"
    if operator == "%":
        return f"CAST({left.sql} % {nonzero(right)} AS {duckdb_type(type_)})"
    wide = _wide(type_)
    return low_bits(f"CAST({left.sql} AS {wide}) {operator} CAST({right.sql} AS {wide})", type_)


def _decimals(operator: str, left: Argument, right: Argument, type_: DataType) -> str:
    if operator == "/":
        return quotient(left, right, type_)
    to = duckdb_type(type_)
    if operator == "%":
        return f"TRY_CAST({left.sql} % {nonzero(right)} AS {to})"
    if operator == "*" and _scale(left) + _scale(right) > _DIGITS:
        raise Unsupported(f"{left.type.text} * {right.type.text}")
    return f"TRY_CAST({left.sql} {operator} {right.sql} AS {to})"


def _scale(value: Argument) -> int:
    return as_decimal(value.type)[1] if value.type.is_numeric else 0


def quotient(left: Argument, right: Argument, type_: DataType) -> str:
    """The decimal quotient, rounded half up to the scale of `type_`; DuckDB's own would be a DOUBLE.

    Whole numbers are divided to one digit more than wanted. That digit, cut and not rounded, is all that rounding looks at.
    """
    shift = 10 ** (type_.scale + _scale(right) - _scale(left) + 1)
    digits = f"(({_unscaled(left)} * {shift}) // {_checked(_unscaled(right), right)})"
    unit = f"0.{'0' * type_.scale}1"
    return f"TRY_CAST(CAST({digits} AS DECIMAL(38, 0)) * {unit} AS {duckdb_type(type_)})"


def _unscaled(value: Argument) -> str:
    scale = _scale(value)
    return f"CAST({value.sql} * {10**scale} AS HUGEINT)" if scale else f"CAST({value.sql} AS HUGEINT)"
