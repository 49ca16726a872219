"""Functions of numbers (Flink docs, "System Functions", arithmetic functions)."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.schema.types import DataType
from headgate.sql.duckdb._model import Call, Spelling, Unsupported
from headgate.sql.duckdb.arithmetic import arithmetic
from headgate.sql.duckdb.casts import cast
from headgate.sql.duckdb.spellings import template
from headgate.sql.duckdb.time_functions import ceiling_to, floor_to
from headgate.sql.duckdb.types import duckdb_type

_DOUBLE = DataType("DOUBLE")


def as_double(call: Call, at: int = 0) -> str:
    """An argument as a DOUBLE."""
    return cast(call[at], call.arguments[at].type, _DOUBLE)


_NOT_A_NUMBER = {"sqrt": "{0} < 0", "asin": "abs({0}) > 1", "acos": "abs({0}) > 1"}
"""Where Java answers NaN and DuckDB fails."""


def _of_double(name: str) -> Spelling:
    """A function of one DOUBLE."""

    def spell(call: Call) -> str:
        value = as_double(call)
        outside = _NOT_A_NUMBER.get(name)
        if outside is None:
            return f"{name}({value})"
        return f"CASE WHEN {outside.format(value)} THEN CAST('NaN' AS DOUBLE) ELSE {name}({value}) END"

    return spell


def _logarithm(name: str) -> Spelling:
    def spell(call: Call) -> str:
        return _log_of(name, as_double(call))

    return spell


def _log_of(name: str, value: str) -> str:
    special = f"WHEN {value} < 0 THEN CAST('NaN' AS DOUBLE) WHEN {value} = 0 THEN CAST('-Infinity' AS DOUBLE)"
    return f"CASE {special} ELSE {name}({value}) END"


def _of_doubles(name: str) -> Spelling:
    def spell(call: Call) -> str:
        return f"{name}({as_double(call)}, {as_double(call, 1)})"

    return spell


def _log(call: Call) -> str:
    if len(call) == 1:
        return _log_of("ln", as_double(call))
    return f"({_log_of('ln', as_double(call, 1))} / {_log_of('ln', as_double(call))})"


def _same_type(name: str) -> Spelling:
    """A function whose result is of its argument's type."""

    def spell(call: Call) -> str:
        return f"CAST({name}({call[0]}) AS {duckdb_type(call.type)})"

    return spell


def _rounding(name: str) -> Spelling:
    """ROUND and TRUNCATE. A floating number is rounded by its shortest decimal text, as in Java."""

    def spell(call: Call) -> str:
        digits = int(call.constant(1)) if len(call) > 1 else 0
        type_ = call.arguments[0].type
        if type_.name == "DECIMAL":
            if digits < 0:
                raise Unsupported(f"{call.name} of a DECIMAL to tens")
            kept = call[0] if digits >= type_.scale else f"{name}({call[0]}, {digits})"
            return f"TRY_CAST({kept} AS {duckdb_type(call.type)})"
        if type_.is_integer:
            if digits >= 0:
                return call[0]
            if name == "trunc":
                unit = 10**-digits
                return f"CAST(({call[0]} // {unit}) * {unit} AS {duckdb_type(type_)})"
            return f"CAST(round({call[0]}, {digits}) AS {duckdb_type(type_)})"
        if not 0 <= digits <= 15:
            raise Unsupported(f"{call.name} of {type_.text} to {digits} digits")
        value = as_double(call)
        exact = f"{name}(TRY_CAST(CAST({value} AS VARCHAR) AS DECIMAL(38, 17)), {digits})"
        # What is too large for that has no fraction; neither have infinities.
        found = f"coalesce(CAST(CAST({exact} AS VARCHAR) AS DOUBLE), {value})"
        return found if type_.name == "DOUBLE" else f"CAST({found} AS FLOAT)"

    return spell


def _floor(call: Call) -> str:
    return floor_to(call) if len(call) > 1 else _whole("floor", call)


def _ceiling(call: Call) -> str:
    return ceiling_to(call) if len(call) > 1 else _whole("ceil", call)


def _whole(name: str, call: Call) -> str:
    type_ = call.arguments[0].type
    if type_.is_integer:
        return call[0]
    if not type_.is_numeric:
        raise Unsupported(f"{call.name} of {type_.text}")
    return f"CAST({name}({call[0]}) AS {duckdb_type(call.type)})"


def _mod(call: Call) -> str:
    return arithmetic("%", call.arguments[0], call.arguments[1], call.type)


_OF_DOUBLE = (
    *("sqrt", "exp", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
    *("degrees", "radians"),
)

SPELLINGS: Mapping[str, Spelling] = {
    "ABS": _same_type("abs"),
    "SIGN": _same_type("sign"),
    "ROUND": _rounding("round"),
    "TRUNCATE": _rounding("trunc"),
    "FLOOR": _floor,
    "CEIL": _ceiling,
    "CEILING": _ceiling,
    "MOD": _mod,
    "POWER": _of_doubles("pow"),
    "ATAN2": _of_doubles("atan2"),
    "LOG": _log,
    "PI": template("pi()"),
    "E": template("exp(1)"),
    "COT": template("(1 / tan(CAST({0} AS DOUBLE)))"),
    **{name.upper(): _logarithm(name) for name in ("ln", "log10", "log2")},
    **{name.upper(): _of_double(name) for name in _OF_DOUBLE},
}
