"""CAST and TRY_CAST with Flink's rules: truncation to integers, null on decimal overflow, its texts of values."""

from __future__ import annotations

from headgate.schema.types import INTEGERS, DataType
from headgate.sql.duckdb._model import Unsupported
from headgate.sql.duckdb.types import duckdb_type, quoted, text

_BITS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}
_EXACT_DOUBLE_DIGITS = 15
_MICROS_DIGITS = 6
_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_CLOCK = r"[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]{1,9})?"
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_SHAPES = {
    **dict.fromkeys(INTEGERS, r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), rf"\s*({_NUMBER}[dDfF]?|NaN|[+-]?Infinity)\s*"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_LTZ"), rf"{_DATE}( {_CLOCK})?"),
    "DECIMAL": rf"\s*{_NUMBER}\s*",
    "DATE": r"\s*[0-9]{1,4}(-[0-9]{1,2}(-[0-9]{1,2})?)?\s*( .*)?",
    "TIME": rf"\s*({_CLOCK}|[0-9]{{1,2}}(:[0-9]{{1,2}})?)\s*",
}
"""The texts that Flink reads as such; DuckDB takes more of them."""
_TEMPORAL = ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ")


def cast(sql: str, source: DataType, target: DataType, *, lenient: bool = False) -> str:
    """The DuckDB text of CAST (of TRY_CAST, where `lenient`) of `sql`, which is of type `source`."""
    to = duckdb_type(target)
    if not to:
        raise Unsupported(f"CAST to {target.text}")
    if source.name == "NULL":
        return f"CAST(NULL AS {to})"
    if source.name in ("INTERVAL", "UNKNOWN") or target.name == "INTERVAL":
        raise Unsupported(f"CAST of {source.text} to {target.text}")
    if source.is_text and target.name in _SHAPES:
        return _precise(_read(sql, target, lenient), target)
    if target.is_text:
        return _fitted(_text(sql, source, lenient), target)
    if target.name in INTEGERS:
        return _integer(sql, source, target)
    if target.name == "DECIMAL":
        return _decimal(sql, source, to)
    if target.name in ("FLOAT", "DOUBLE"):
        return _floating(sql, source, to)
    if target.name in _TEMPORAL:
        return _moment(sql, source, target)
    if target.name in ("ROW", "ARRAY", "MAP"):
        if lenient:
            raise Unsupported(f"TRY_CAST to {target.text}")
        return _nested(sql, source, target)
    if target.is_binary and source.is_text:
        return f"encode({sql})"
    return f"{'TRY_CAST' if lenient else 'CAST'}({sql} AS {to})"


def coerced(sql: str, source: DataType, target: DataType) -> str:
    """The text where a value is taken as one of `target` without a CAST: a branch of CASE, an element of an array."""
    if target.name in ("UNKNOWN", "NULL") or (source.is_text and target.is_text):
        return sql
    if source.name != target.name and {source.name, target.name} <= set(_TEMPORAL):
        # Which of the two Flink takes depends on their order.
        raise Unsupported(f"a mix of {source.text} and {target.text}")
    if duckdb_type(source) == duckdb_type(target) and source.name != "NULL":
        return sql
    return cast(sql, source, target)


def low_bits(sql: str, type_: DataType) -> str:
    """A whole number as Java keeps it in fewer bits; `sql` is wide enough to hold all of it."""
    bits = _BITS[type_.name]
    half = 1 << (bits - 1)
    # Literals of this size are HUGEINT where they have to be.
    return f"CAST(xor(({sql}) & {(1 << bits) - 1}, {half}) - {half} AS {duckdb_type(type_)})"


def _read(sql: str, target: DataType, lenient: bool) -> str:
    """A text read as a number or a time; what Flink would not read is null for TRY_CAST, and an error for CAST."""
    to, shape = duckdb_type(target), text(_SHAPES[target.name])
    value = _spelled(f"trim({sql})", target)
    if lenient:
        read = f"TRY_CAST({value} AS {to})"
        if target.is_timestamp:
            # Flink takes the last day of the month for a later one.
            late = f"regexp_full_match({sql}, {_LATE_DAY})"
            read = f"coalesce({read}, CASE WHEN {late} THEN {_failed(sql, target)} END)"
        return f"CASE WHEN regexp_full_match({sql}, {shape}) THEN {read} END"
    return (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN regexp_full_match({sql}, {shape}) THEN CAST({value} AS {to}) "
        f"ELSE {_failed(sql, target)} END"
    )


_LATE_DAY = "'[0-9]{4}-(0?[1-9]|1[0-2])-(29|30|31)( .*)?'"


def _failed(sql: str, target: DataType) -> str:
    return f"error('a text is no {target.name}: ' || {sql})"


def _spelled(value: str, target: DataType) -> str:
    """A text that Flink reads, as DuckDB reads it."""
    if target.name in INTEGERS:
        # Flink reads "1.9" as 1.
        return f"regexp_replace(split_part({value}, '.', 1), '^[+-]?$', '0')"
    if target.name in ("FLOAT", "DOUBLE"):
        return f"rtrim({value}, 'dDfF')"
    if target.name == "TIME":
        return f"CASE WHEN contains({value}, ':') THEN {value} ELSE {value} || ':00' END || ':00'"
    if target.name == "DATE":
        date = f"split_part({value}, ' ', 1)"
        year = f"lpad(split_part({date}, '-', 1), 4, '0')"
        month, day = (f"coalesce(nullif(split_part({date}, '-', {at}), ''), '01')" for at in (2, 3))
        return f"{year} || '-' || {month} || '-' || {day}"
    return value


def _integer(sql: str, source: DataType, target: DataType) -> str:
    if source.name in INTEGERS:
        if _BITS[source.name] <= _BITS[target.name]:
            return f"CAST({sql} AS {duckdb_type(target)})"
        return low_bits(f"CAST({sql} AS BIGINT)", target)
    if source.name in ("DOUBLE", "FLOAT"):
        return _cut(sql, target)
    if source.name == "DECIMAL":
        return low_bits(f"CAST(trunc({sql}) AS HUGEINT)", target)
    return f"CAST({sql} AS {duckdb_type(target)})"


def _cut(sql: str, target: DataType) -> str:
    """A floating number as Java cuts it: at the ends of the type, and NaN at 0."""
    if target.name in ("TINYINT", "SMALLINT"):
        # Java goes by way of INT, whose low bits it keeps.
        return low_bits(_cut(sql, DataType("INT")), target)
    high = (1 << (_BITS[target.name] - 1)) - 1
    to = duckdb_type(target)
    return (
        f"CAST(CASE WHEN isnan({sql}) THEN 0 WHEN {sql} >= {high} THEN {high} "
        f"WHEN {sql} <= {-high - 1} THEN {-high - 1} ELSE CAST(trunc({sql}) AS {to}) END AS {to})"
    )


def _decimal(sql: str, source: DataType, to: str) -> str:
    """Too many digits are null. A floating number is rounded by its shortest text, as Java does it."""
    if source.name in ("FLOAT", "DOUBLE"):
        return f"TRY_CAST(CAST(CAST({sql} AS DOUBLE) AS VARCHAR) AS {to})"
    return f"TRY_CAST({sql} AS {to})"


def _floating(sql: str, source: DataType, to: str) -> str:
    if source.name == "DECIMAL" and (source.precision > _EXACT_DOUBLE_DIGITS or to == "FLOAT"):
        # DuckDB divides by a power of ten, which rounds once more.
        return f"CAST(CAST({sql} AS VARCHAR) AS {to})"
    return f"CAST({sql} AS {to})"


def _moment(sql: str, source: DataType, target: DataType) -> str:
    """A date or a time of another."""
    if target.name == "DATE" or source.name == "DATE":
        return f"CAST({sql} AS {duckdb_type(target)})"
    if target.name == "TIME":
        return _precise(f"CAST({sql} AS TIME)", target)
    if source.name == "TIME":
        return f"(DATE '1970-01-01' + {sql})"
    return sql if source.precision <= target.precision else _precise(sql, target)


def _precise(sql: str, target: DataType) -> str:
    """A time without the digits that its type does not keep; anything else as it is."""
    if target.name not in ("TIME", "TIMESTAMP", "TIMESTAMP_LTZ") or target.precision >= _MICROS_DIGITS:
        return sql
    unit = 10 ** (_MICROS_DIGITS - target.precision)
    return f"({sql} - to_microseconds(microsecond({sql}) % {unit}))"


def _text(sql: str, source: DataType, lenient: bool) -> str:
    if source.is_text:
        return sql
    if source.is_integer or source.name in ("DECIMAL", "DATE"):
        return f"CAST({sql} AS VARCHAR)"
    match source.name:
        case "BOOLEAN":
            return f"upper(CAST({sql} AS VARCHAR))"
        case "DOUBLE" | "FLOAT":
            return float_text(sql)
        case "TIMESTAMP" | "TIMESTAMP_LTZ" if source.precision <= _MICROS_DIGITS:
            return _clock_text(sql, "%Y-%m-%d %H:%M:%S", source.precision)
        case "TIME" if source.precision <= _MICROS_DIGITS:
            return _clock_text(f"(DATE '1970-01-01' + {sql})", "%H:%M:%S", source.precision)
        case "BYTES" | "BINARY":
            return f"{'TRY(' if lenient else ''}decode({sql}){')' if lenient else ''}"
        case "ARRAY" | "MAP" | "ROW":
            return _nested_text(sql, source)
    raise Unsupported(f"CAST of {source.text} to text")


def _clock_text(sql: str, pattern: str, precision: int) -> str:
    if not precision:
        return f"strftime({sql}, '{pattern}')"
    written = f"strftime({sql}, '{pattern}.%f')"
    surplus = _MICROS_DIGITS - precision
    return f"left({written}, -{surplus})" if surplus else written


def float_text(sql: str) -> str:
    """Java's text of a floating number: plain from 0.001 to 10,000,000, else `d.dddE±x`."""
    plain = f"CAST({sql} AS VARCHAR)"
    mantissa, exponent = float_parts(sql)
    return (
        f"CASE WHEN isnan({sql}) THEN 'NaN' WHEN isinf({sql}) THEN replace({plain}, 'inf', 'Infinity') "
        f"WHEN {sql} = 0 OR {is_plain(sql)} THEN {plain} "
        f"ELSE {mantissa} || 'E' || CAST({exponent} AS VARCHAR) END"
    )


def is_plain(sql: str) -> str:
    """Whether Java writes a floating number without an exponent."""
    return f"(abs({sql}) >= 0.001 AND abs({sql}) < 10000000)"


def float_parts(sql: str) -> tuple[str, str]:
    """The `d.ddd` of a floating number, with its sign, and the exponent of ten that it is multiplied by."""
    absolute = f"CAST(abs({sql}) AS VARCHAR)"
    sign = f"CASE WHEN {sql} < 0 THEN '-' ELSE '' END"
    # DuckDB's shortest digits, as they stand in either of its two notations, without leading and trailing zeros.
    digits = f"regexp_replace(replace(split_part({absolute}, 'e', 1), '.', ''), '^0+|0+$', '', 'g')"
    mantissa = f"{sign} || left({digits}, 1) || '.' || coalesce(nullif(substr({digits}, 2), ''), '0')"
    # Where there is no exponent, it is told by the place of the point.
    whole = f"split_part({absolute}, '.', 1)"
    zeros = f"length(regexp_extract({absolute}, '^0\\.(0*)', 1))"
    exponent = (
        f"CASE WHEN contains({absolute}, 'e') THEN CAST(split_part({absolute}, 'e', 2) AS INTEGER) "
        f"WHEN {whole} = '0' THEN -1 - {zeros} ELSE length({whole}) - 1 END"
    )
    return mantissa, exponent


def _nested_text(sql: str, source: DataType) -> str:
    """Flink's text of a collection: [a, b], {k=v}, (x, y), with NULL where there is nothing."""

    def inner(value: str, type_: DataType) -> str:
        return f"coalesce({_text(value, type_, False)}, 'NULL')"

    if source.name == "ARRAY" and source.element is not None:
        items = f"array_to_string(list_transform({sql}, lambda __v: {inner('__v', source.element)}), ', ')"
        return f"'[' || {items} || ']'"
    if source.name == "MAP" and source.element is not None and source.key is not None:
        pair = f"{inner('__v.key', source.key)} || '=' || {inner('__v.value', source.element)}"
        items = f"array_to_string(list_transform(map_entries({sql}), lambda __v: {pair}), ', ')"
        return f"'{{' || {items} || '}}'"
    parts = [inner(f"struct_extract({sql}, {text(field.name)})", field.type) for field in source.fields]
    listed = " || ', ' || ".join(parts)
    return f"CASE WHEN {sql} IS NOT NULL THEN '(' || {listed} || ')' END"


def _fitted(sql: str, target: DataType) -> str:
    if target.name == "CHAR":
        return f"rpad({sql}, {target.length or 1}, ' ')"
    return f"left({sql}, {target.length})" if target.length else sql


def _nested(sql: str, source: DataType, target: DataType) -> str:
    if source.name != target.name:
        raise Unsupported(f"CAST of {source.text} to {target.text}")
    if target.name == "ROW":
        return _row(sql, source, target)
    if source.element is None or target.element is None:
        raise Unsupported(f"CAST to {target.text}")
    if target.name == "ARRAY":
        inner = cast("__v", source.element, target.element)
        return f"list_transform({sql}, lambda __v: {inner})"
    if source.key is None or target.key is None:
        raise Unsupported(f"CAST to {target.text}")
    key = cast("__v.key", source.key, target.key)
    value = cast("__v.value", source.element, target.element)
    entry = f"struct_pack(key := {key}, value := {value})"
    return f"map_from_entries(list_transform(map_entries({sql}), lambda __v: {entry}))"


def _row(sql: str, source: DataType, target: DataType) -> str:
    if len(source.fields) != len(target.fields):
        raise Unsupported(f"CAST of {source.text} to {target.text}")
    parts = []
    for old, new in zip(source.fields, target.fields, strict=True):
        value = cast(f"struct_extract({sql}, {text(old.name)})", old.type, new.type)
        parts.append(f"{quoted(new.name)} := {value}")
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({', '.join(parts)}) END"
