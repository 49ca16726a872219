"""The functions of Flink SQL that the analysis knows: arguments, result, nullability.

A signature is written `arguments -> result`. Arguments are letters, those after `?` may be left out, the last may be
repeated where `*` follows:

    s text   n number   i integer   b boolean   d date or time   a array   m map   x anything

The result is a type, or a rule: `=1` the type of the first argument, `common` that of all, or a name of `_RULES`.
Nullability comes last: nothing where null goes through, `!` never null, `?` always nullable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from headgate.schema.types import UNKNOWN, DataType, Field, TypeSyntaxError, parse_type
from headgate.sql.typing import arithmetic, common

Rule = Callable[[Sequence[DataType], Sequence[str | None]], DataType]


@dataclass(frozen=True, slots=True)
class Function:
    """What is known of one function. `least` to `most` arguments; `most` is -1 where there is no end."""

    name: str
    kinds: str
    least: int
    most: int
    repeats: bool
    result: Rule
    nullability: str

    def kind(self, at: int) -> str:
        """The letter that stands for argument `at`."""
        return self.kinds[min(at, len(self.kinds) - 1)] if self.kinds else "x"

    def type_of(self, types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
        """The result for arguments of these types; `literals` has the text of those that are literals."""
        found = self.result(types, literals)
        if self.nullability == "!":
            return found.as_nullable(False)
        if self.nullability == "?":
            return found.as_nullable(True)
        if self.nullability == "=":
            return found
        return found.as_nullable(any(t.nullable for t in types))


def _first(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return types[0] if types else UNKNOWN


def _common(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return common(types) or UNKNOWN


def _coalesce(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return (common(types) or UNKNOWN).as_nullable(all(t.nullable for t in types))


def _varying(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return DataType("STRING", length=types[0].length) if types[0].is_text else types[0]


def _varied(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return _varying(types[-1:], literals)


def _if(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return common(types[1:]) or UNKNOWN


def _sum(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    type_ = types[0]
    return replace(type_, precision=38) if type_.name == "DECIMAL" else type_


def _avg(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    type_ = types[0]
    return replace(type_, precision=38, scale=max(6, type_.scale)) if type_.name == "DECIMAL" else type_


def _round(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    type_ = types[0]
    if type_.name != "DECIMAL":
        return type_
    digits = 0
    if len(types) > 1:
        text = literals[1]
        if text is None or not text.lstrip("-").isdigit():
            return type_
        digits = int(text)
    if digits >= type_.scale:
        return type_
    return replace(
        type_,
        precision=min(38, max(1, type_.precision - type_.scale + 1 + max(digits, 0))),
        scale=max(digits, 0),
    )


def _whole(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return replace(types[0], scale=0) if types[0].name == "DECIMAL" else types[0]


def _mod(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return (arithmetic("%", types[0], types[1]) or UNKNOWN) if len(types) > 1 else UNKNOWN


def _added(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return types[-1]


def _element(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return types[0].element or UNKNOWN


def _array_of_first(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return DataType("ARRAY", element=types[0])


def _entries(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    fields = (Field("key", types[0].key or UNKNOWN), Field("value", types[0].element or UNKNOWN))
    return DataType("ARRAY", element=DataType("ROW", fields=fields))


def _multiset(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return DataType("MULTISET", element=types[0].as_nullable(True))


def _keys(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return DataType("ARRAY", element=types[0].key or UNKNOWN)


def _values(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return DataType("ARRAY", element=types[0].element or UNKNOWN)


def _map(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    keys, values = common(types[::2]), common(types[1::2])
    return DataType("MAP", key=keys or UNKNOWN, element=values or UNKNOWN, nullable=False)


def _map_of_arrays(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return DataType("MAP", key=types[0].element or UNKNOWN, element=types[1].element or UNKNOWN)


def _row(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    fields = tuple(Field(f"EXPR${i}", t) for i, t in enumerate(types))
    return DataType("ROW", fields=fields, nullable=False)


def _json_value(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    options = next((text for text in literals[2:] if text), "")
    words = options.split()
    if len(words) > 1 and words[0].upper() == "RETURNING":
        try:
            return parse_type(words[1])
        except TypeSyntaxError:
            return UNKNOWN
    return DataType("STRING")


def _json_query(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    options = next((text for text in literals[2:] if text), "").upper()
    return (
        DataType("ARRAY", element=DataType("STRING")) if "RETURNING ARRAY" in options else DataType("STRING")
    )


def _lag(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
    return types[0].as_nullable(len(types) < 3 or types[2].nullable)


_RULES: dict[str, Rule] = {
    "=1": _first, "varying": _varying, "varied": _varied, "common": _common, "coalesce": _coalesce, "if": _if, "sum": _sum, "avg": _avg, "round": _round,
    "whole": _whole, "mod": _mod, "added": _added, "element": _element, "array": _array_of_first,
    "multiset": _multiset, "keys": _keys, "values": _values, "map": _map, "arrays": _map_of_arrays, "row": _row,
    "json_value": _json_value, "entries": _entries, "json_query": _json_query, "lag": _lag,
}  # fmt: skip

_TABLE = """
UPPER LOWER REVERSE JSON_QUOTE JSON_UNQUOTE URL_ENCODE : s : STRING
INITCAP : s : =1
TRIM LTRIM RTRIM : s?s : varying
TRIM_BOTH TRIM_LEADING TRIM_TRAILING : s?s : varied
BTRIM : s?s : STRING
LEFT RIGHT REPEAT : si : STRING
SUBSTRING SUBSTR : si?i : STRING
REPLACE TRANSLATE REGEXP_REPLACE : sss : STRING
OVERLAY : ssi?i : STRING
LPAD RPAD : sis : STRING
SPLIT_INDEX : sx?i : STRING ?
REGEXP_EXTRACT : ss?i : STRING ?
REGEXP_SUBSTR : ss : STRING ?
TO_BASE64 FROM_BASE64 HEX JSON_STRING : x : STRING
CHR : n : STRING ?
BIN : n : STRING
UNHEX : s : BYTES ?
URL_DECODE : s?s : STRING ?
PARSE_URL : ss?s : STRING ?
CONVERT_TZ : sss : STRING ?
PRINTF : sx* : STRING ?
ELT : ix* : STRING ?
CONCAT CONCAT_WS : sx* : STRING
DATE_FORMAT : xs : STRING
FROM_UNIXTIME : n?s : STRING ?
DECODE : xs : STRING ?
ENCODE : ss : BYTES ?
MD5 : s : CHAR(32)
SHA1 : s : CHAR(40)
SHA224 : s : CHAR(56)
SHA256 : s : CHAR(64)
SHA384 : s : CHAR(96)
SHA512 : s : CHAR(128)
SHA2 : si : VARCHAR(128)
CHAR_LENGTH CHARACTER_LENGTH ASCII : s : INT
POSITION REGEXP_COUNT : ss : INT
REGEXP_INSTR : ss : INT
INSTR LOCATE : ss?ii : INT
REGEXP STARTSWITH ENDSWITH : xx : BOOLEAN
IS_ALPHA IS_DIGIT IS_DECIMAL : x : BOOLEAN !
REGEXP_EXTRACT_ALL : ss?i : ARRAY<STRING> ?
SPLIT : ss : ARRAY<STRING>
STR_TO_MAP : s?ss : MAP<STRING,STRING> ?
UUID : : CHAR(36) !
ABS SIGN : n : =1
ROUND TRUNCATE : n?i : round
FLOOR CEIL CEILING : x?s : whole
MOD : nn : mod
POWER ATAN2 : nn : DOUBLE
LOG : n?n : DOUBLE
SQRT EXP LN LOG10 LOG2 SIN COS TAN COT ASIN ACOS ATAN SINH COSH TANH DEGREES RADIANS : n : DOUBLE
PI E : : DOUBLE !
RAND : ?i : DOUBLE !
RAND_INTEGER : i?i : INT !
COALESCE : xx* : coalesce =
IFNULL : xx : coalesce =
NULLIF : xx : =1 ?
IF : bxx : if
GREATEST LEAST : xx* : common
HASH_CODE : x : INT
TYPEOF : x?b : STRING !
YEAR QUARTER MONTH WEEK DAYOFYEAR DAYOFMONTH DAYOFWEEK HOUR MINUTE SECOND : d : BIGINT
EXTRACT : sx : BIGINT
TIMESTAMPDIFF : sxx : INT
TIMESTAMPADD : sxx : added
TO_DATE : s?s : DATE ?
TO_TIMESTAMP : s?s : TIMESTAMP(3) ?
TO_TIMESTAMP_LTZ : x?xx : TIMESTAMP_LTZ(3) ?
UNIX_TIMESTAMP : ?ss : BIGINT
CURRENT_DATE : : DATE !
CURRENT_TIME LOCALTIME : : TIME(0) !
CURRENT_TIMESTAMP NOW CURRENT_ROW_TIMESTAMP PROCTIME : ?i : TIMESTAMP_LTZ(3) !
LOCALTIMESTAMP : ?i : TIMESTAMP(3) !
CURRENT_WATERMARK : x : =1 ?
SOURCE_WATERMARK : : TIMESTAMP(3) ?
CURRENT_DATABASE : : STRING !
JSON_VALUE : sx?x : json_value ?
JSON_QUERY : sx?x : json_query ?
JSON_EXISTS : sx?x : BOOLEAN
JSON_OBJECT JSON_ARRAY : x* : STRING !
PARSE_JSON TRY_PARSE_JSON : s?b : VARIANT ?
JSON : s : STRING
CARDINALITY : x : INT
ELEMENT : a : element
ARRAY_CONTAINS : ax : BOOLEAN
ARRAY_POSITION : ax : INT
ARRAY_DISTINCT ARRAY_REVERSE ARRAY_SORT : a?bb : =1
ARRAY_APPEND ARRAY_PREPEND ARRAY_REMOVE : ax : =1
ARRAY_CONCAT ARRAY_UNION ARRAY_EXCEPT ARRAY_INTERSECT : aa* : common
ARRAY_JOIN : as?s : STRING
ARRAY_MAX ARRAY_MIN : a : element ?
ARRAY_SLICE : ai?i : =1
MAP_KEYS : m : keys
MAP_VALUES : m : values
MAP_ENTRIES : m : entries
MAP_UNION : mm* : common
MAP_FROM_ARRAYS : aa : arrays
MAP : x* : map =
ROW : x* : row =
GROUPING GROUPING_ID GROUP_ID : x* : BIGINT !
""".strip()

_AGGREGATE_TABLE = """
COUNT APPROX_COUNT_DISTINCT : x* : BIGINT !
SUM : n : sum ?
AVG VAR_POP VAR_SAMP VARIANCE STDDEV_POP STDDEV_SAMP STDDEV : n : avg ?
MIN MAX FIRST_VALUE LAST_VALUE SINGLE_VALUE : x?x : =1 ?
LISTAGG : x?s : =1 ?
COLLECT : x : multiset !
ARRAY_AGG : x : array ?
JSON_OBJECTAGG : xx?x : VARCHAR(2000) !
JSON_ARRAYAGG : x?x : VARCHAR(2000) !
PERCENTILE : nn?n : DOUBLE ?
""".strip()

_OVER_TABLE = """
ROW_NUMBER RANK DENSE_RANK NTILE : ?i : BIGINT !
PERCENT_RANK CUME_DIST : : DOUBLE !
LAG LEAD : x?ix : lag =
""".strip()


def _always(type_: DataType) -> Rule:
    def rule(types: Sequence[DataType], literals: Sequence[str | None]) -> DataType:
        return type_

    return rule


def _signature(name: str, arguments: str, result: str, nullability: str = "") -> Function:
    repeats = arguments.endswith("*")
    arguments = arguments.rstrip("*")
    needed, _, optional = arguments.partition("?")
    rule = _RULES[result] if result in _RULES else _always(parse_type(result))
    return Function(
        name=name,
        kinds=needed + optional,
        least=len(needed) - (1 if repeats else 0),
        most=-1 if repeats else len(needed) + len(optional),
        repeats=repeats,
        result=rule,
        nullability=nullability,
    )


def _read(table: str) -> dict[str, Function]:
    found: dict[str, Function] = {}
    for line in table.splitlines():
        names, arguments, result = (part.strip() for part in line.split(":"))
        result, _, nullability = result.partition(" ")
        for name in names.split():
            found[name] = _signature(name, arguments, result, nullability)
    return found


SCALARS = _read(_TABLE)
AGGREGATES = _read(_AGGREGATE_TABLE)
OVER_ONLY = _read(_OVER_TABLE)
PICKS = frozenset({"MIN", "MAX", "FIRST_VALUE", "LAST_VALUE", "SINGLE_VALUE", "LAG", "LEAD"})
"""Functions that return one of the values they are given."""

EVERY = {**SCALARS, **AGGREGATES, **OVER_ONLY}

NOT_EMBEDDED = frozenset({
    "APPROX_COUNT_DISTINCT", "CURRENT_DATABASE", "GROUP_ID",
    "HASH_CODE", "IS_DECIMAL", "JSON", "JSON_QUOTE", "JSON_UNQUOTE", "PARSE_JSON",
    "PERCENTILE", "PRINTF", "RAND", "RAND_INTEGER", "REGEXP_INSTR", "SHA224", "SHA384", "SHA512",
    "SINGLE_VALUE", "SOURCE_WATERMARK", "TRY_PARSE_JSON", "TYPEOF", "UNHEX",
    "UUID",
})  # fmt: skip
"""Functions and aggregates that the embedded engine has no answer for, whatever their arguments."""
