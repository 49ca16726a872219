"""Values as JSON, as Flink writes them: JSON_OBJECT, JSON_ARRAY, JSON_STRING, and what their aggregates are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp

from headgate.schema.types import DataType
from headgate.sql.duckdb._model import Argument, Call, Spelling, Unsupported
from headgate.sql.duckdb.casts import float_parts, is_plain
from headgate.sql.duckdb.types import text
from headgate.sql.nodes import function_name

_RAW = ("JSON_OBJECT", "JSON_ARRAY")
"""Functions whose result is JSON inside of another, and text everywhere else."""


def as_json(argument: Argument) -> str:
    """An argument as JSON; null where it is null."""
    node = argument.node
    while isinstance(node, exp.Paren):
        node = node.this
    return argument.sql if function_name(node) in _RAW else _value(argument.sql, argument.type)


def _value(sql: str, type_: DataType) -> str:
    if type_.is_text:
        return quoted_json(sql)
    if type_.is_integer or type_.name in ("DECIMAL", "BOOLEAN"):
        return f"CAST({sql} AS VARCHAR)"
    match type_.name:
        case "FLOAT" | "DOUBLE":
            return _floating(f"CAST({sql} AS DOUBLE)")
        case "TIMESTAMP" | "TIMESTAMP_LTZ":
            zone = "Z" if type_.name == "TIMESTAMP_LTZ" else ""
            written = f"rtrim(rtrim(strftime({sql}, '%Y-%m-%dT%H:%M:%S.%f'), '0'), '.')"
            return f"""('"' || {written} || '{zone}"')"""
        case "BYTES" | "BINARY":
            return quoted_json(f"base64({sql})")
        case "NULL":
            return "CAST(NULL AS VARCHAR)"
        case "ARRAY" | "MAP" | "ROW":
            return _nested(sql, type_)
    raise Unsupported(f"JSON of {type_.text}")


def quoted_json(sql: str) -> str:
    """A text as JSON."""
    return f"CAST(to_json({sql}) AS VARCHAR)"


def _floating(sql: str) -> str:
    """As Java's BigDecimal writes the shortest text of the number."""
    mantissa, exponent = float_parts(sql)
    fraction = f"CAST(length(split_part({mantissa}, '.', 2)) - ({exponent}) AS INTEGER)"
    sign = f"CASE WHEN {exponent} > 0 THEN '+' ELSE '' END"
    return (
        f"CASE WHEN isnan({sql}) OR isinf({sql}) THEN error('JSON of a number that is none') "
        f"WHEN {sql} = 0 THEN '0.0' WHEN {is_plain(sql)} THEN CAST({sql} AS VARCHAR) "
        f"WHEN {fraction} >= 0 AND {exponent} >= -6 THEN format('{{:.{{}}f}}', {sql}, {fraction}) "
        f"ELSE {mantissa} || 'E' || {sign} || CAST({exponent} AS VARCHAR) END"
    )


def _nested(sql: str, type_: DataType) -> str:
    if type_.name == "ARRAY" and type_.element is not None:
        items = f"list_transform({sql}, lambda __v: {or_null(_value('__v', type_.element))})"
        return f"('[' || array_to_string({items}, ',') || ']')"
    if type_.name == "MAP" and type_.key is not None and type_.key.is_text and type_.element is not None:
        value = or_null(_value(f"{sql}[__k]", type_.element))
        items = (
            f"list_transform(list_sort(map_keys({sql})), lambda __k: {quoted_json('__k')} || ':' || {value})"
        )
        return f"('{{' || array_to_string({items}, ',') || '}}')"
    if type_.name != "ROW":
        raise Unsupported(f"JSON of {type_.text}")
    fields = [
        f"{quoted_json(text(field.name))} || ':' || "
        f"{or_null(_value(f'struct_extract({sql}, {text(field.name)})', field.type))}"
        for field in sorted(type_.fields, key=lambda field: field.name)
    ]
    return f"CASE WHEN {sql} IS NOT NULL THEN '{{' || {commas(fields)} || '}}' END"


def or_null(json: str) -> str:
    """A JSON text, `null` where there is none."""
    return f"coalesce({json}, 'null')"


def commas(parts: Sequence[str]) -> str:
    """The parts that are not null, with commas between."""
    return f"concat_ws(',', {', '.join(parts)})" if parts else "''"


def keeps_nulls(call: Call, default: bool) -> bool:
    """Whether a value that is null is written: NULL ON NULL against ABSENT ON NULL."""
    return not re.match(r"ABSENT\b", call.options, re.IGNORECASE) if call.options else default


def _json_object(call: Call) -> str:
    nulls = keeps_nulls(call, default=True)
    values = {call.constant(at): call.arguments[at + 1] for at in range(0, len(call), 2)}
    parts = []
    # Flink sorts the keys of an object.
    for key in sorted(values):
        value = as_json(values[key])
        parts.append(f"({quoted_json(text(key))} || ':' || {or_null(value) if nulls else value})")
    return f"('{{' || {commas(parts)} || '}}')"


def _json_array(call: Call) -> str:
    nulls = keeps_nulls(call, default=False)
    values = [as_json(argument) for argument in call.arguments]
    return f"('[' || {commas([or_null(value) if nulls else value for value in values])} || ']')"


def _json_string(call: Call) -> str:
    return as_json(call.arguments[0])


SPELLINGS: Mapping[str, Spelling] = {
    "JSON_OBJECT": _json_object,
    "JSON_ARRAY": _json_array,
    "JSON_STRING": _json_string,
}
