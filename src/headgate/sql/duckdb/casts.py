"""CAST and TRY_CAST with Flink's rules: truncation to integers, null on decimal overflow, its texts of values."""

from __future__ import annotations

from headgate.schema.types import INTEGERS, DataType
from headgate.sql.duckdb._model import Unsupported
from headgate.sql.duckdb.types import duckdb_type, quoted

_BITS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}
_FRACTIONS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%g", "%Y-%m-%d %H:%M:%S.%f")


def cast(sql: str, source: DataType, target: DataType, *, lenient: bool = False) -> str:
    """The DuckDB text of CAST (of TRY_CAST, where `lenient`) of `sql`, which is of type `source`."""
    to = duckdb_type(target)
    if not to:
        raise Unsupported(f"CAST to {target.text}")
    if source.name == "NULL":
        return f"CAST(NULL AS {to})"
    word = "TRY_CAST" if lenient else "CAST"
    if target.is_text:
        return _fitted(_text(sql, source, lenient), target)
    if target.name in INTEGERS:
        return _integer(sql, source, target, word)
    if target.name == "DECIMAL":
        # Too many digits are null in Flink, a bad text is an error.
        return f"{'CAST' if source.is_text and not lenient else 'TRY_CAST'}({sql} AS {to})"
    if target.is_timestamp:
        return _timestamp(f"{word}({sql} AS {to})", target, source)
    if target.name == "TIME":
        whole = source.is_timestamp or source.name == "TIME"
        return f"CAST(date_trunc('second', {sql}) AS TIME)" if whole else f"{word}({sql} AS TIME)"
    if target.name == "ROW":
        return _row(sql, source, target)
    if target.name == "ARRAY" and source.element is not None and target.element is not None:
        return (
            f"list_transform({sql}, lambda v: {cast('v', source.element, target.element, lenient=lenient)})"
        )
    if target.is_binary and source.is_text:
        return f"encode({sql})"
    return f"{word}({sql} AS {to})"


def _integer(sql: str, source: DataType, target: DataType, word: str) -> str:
    to, bits = duckdb_type(target), _BITS[target.name]
    if source.name in INTEGERS:
        if _BITS[source.name] <= bits:
            return f"CAST({sql} AS {to})"
        # Java keeps the low bits.
        half = 1 << (bits - 1)
        return f"CAST(xor(CAST({sql} AS BIGINT) & {(1 << bits) - 1}, {half}) - {half} AS {to})"
    if source.name in ("DOUBLE", "FLOAT"):
        high = (1 << (bits - 1)) - 1
        bound = f"least(greatest(trunc({sql}), {-high - 1}), {high})"
        return f"CASE WHEN isnan({sql}) THEN 0 ELSE CAST({bound} AS {to}) END"
    if source.name == "DECIMAL":
        return f"TRY_CAST(trunc({sql}) AS {to})"
    if source.is_text:
        # Flink reads "1.9" as 1.
        return f"{word}(regexp_replace(trim({sql}), '^([+-]?[0-9]+)\\.[0-9]*$', '\\1') AS {to})"
    return f"{word}({sql} AS {to})"


def _timestamp(sql: str, target: DataType, source: DataType) -> str:
    if source.is_timestamp and source.precision <= target.precision:
        return sql
    if target.precision == 0 and source.name != "DATE":
        return f"date_trunc('second', {sql})"
    if target.precision == 3 and (source.is_text or source.is_timestamp):
        return f"date_trunc('milliseconds', {sql})"
    return sql


def _text(sql: str, source: DataType, lenient: bool) -> str:
    if source.is_text:
        return sql
    if source.is_integer or source.name in ("DECIMAL", "DATE"):
        return f"CAST({sql} AS VARCHAR)"
    match source.name:
        case "BOOLEAN":
            return f"upper(CAST({sql} AS VARCHAR))"
        case "DOUBLE" | "FLOAT":
            return _float_text(sql)
        case "TIMESTAMP" | "TIMESTAMP_LTZ" if source.precision in (0, 3, 6):
            return f"strftime({sql}, '{_FRACTIONS[source.precision // 3]}')"
        case "TIME" if source.precision == 0:
            return f"strftime(DATE '1970-01-01' + {sql}, '%H:%M:%S')"
        case "BYTES" | "BINARY":
            return f"{'TRY(' if lenient else ''}decode({sql}){')' if lenient else ''}"
    raise Unsupported(f"CAST of {source.text} to text")


def _float_text(sql: str) -> str:
    """Java's text of a floating number: plain from 0.001 to 10,000,000, else `d.dddE±x`."""
    plain = f"CAST({sql} AS VARCHAR)"
    absolute = f"CAST(abs({sql}) AS VARCHAR)"
    sign = f"CASE WHEN {sql} < 0 THEN '-' ELSE '' END"
    # DuckDB's shortest digits, as they stand in either of its two notations, without leading and trailing zeros.
    digits = f"regexp_replace(replace(split_part({absolute}, 'e', 1), '.', ''), '^0+|0+$', '', 'g')"
    exponent = f"CAST(floor(log10(abs({sql}))) AS INTEGER)"
    mantissa = f"left({digits}, 1) || '.' || coalesce(nullif(substr({digits}, 2), ''), '0')"
    special = f"replace(replace(replace({plain}, 'inf', 'Infinity'), 'nan', 'NaN'), '+', '')"
    return (
        f"CASE WHEN isinf({sql}) OR isnan({sql}) THEN {special} "
        f"WHEN {sql} = 0 OR (abs({sql}) >= 0.001 AND abs({sql}) < 10000000) THEN {plain} "
        f"ELSE {sign} || {mantissa} || 'E' || CAST({exponent} AS VARCHAR) END"
    )


def _fitted(sql: str, target: DataType) -> str:
    if target.name == "CHAR":
        return f"rpad({sql}, {target.length or 1}, ' ')"
    return f"left({sql}, {target.length})" if target.length else sql


def _row(sql: str, source: DataType, target: DataType) -> str:
    if len(source.fields) != len(target.fields):
        raise Unsupported(f"CAST of {source.text} to {target.text}")
    parts = []
    for old, new in zip(source.fields, target.fields, strict=True):
        value = cast(f"struct_extract({sql}, '{old.name.replace(chr(39), chr(39) * 2)}')", old.type, new.type)
        parts.append(f"{quoted(new.name)} := {value}")
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({', '.join(parts)}) END"
