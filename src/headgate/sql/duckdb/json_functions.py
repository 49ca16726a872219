"""JSON functions (Flink docs, "System Functions", JSON functions).

A path without a mode is strict in Flink: what it does not find is an error, a JSON null is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp

from headgate.schema.types import DataType
from headgate.sql.duckdb._model import Argument, Call, Spelling, Unsupported
from headgate.sql.duckdb.casts import cast, float_text
from headgate.sql.duckdb.types import duckdb_type, text

_WITH_OPTIONS = frozenset(
    {
        "JSON_VALUE",
        "JSON_QUERY",
        "JSON_EXISTS",
        "JSON_OBJECT",
        "JSON_ARRAY",
        "JSON_OBJECTAGG",
        "JSON_ARRAYAGG",
    }
)
_OPTIONS = re.compile(
    r"(RETURNING|DEFAULT|NULL|ERROR|EMPTY|ABSENT|WITH|WITHOUT|TRUE|FALSE|UNKNOWN)\b.*",
    re.DOTALL | re.IGNORECASE,
)
_RAW = ("JSON_OBJECT", "JSON_ARRAY")
"""Functions whose result is JSON inside of another, and text everywhere else."""


def without_options(name: str, given: Sequence[exp.Expr]) -> tuple[Sequence[exp.Expr], str]:
    """The arguments of a call and the words that the tokens' rewrite folded into a last one."""
    if name not in _WITH_OPTIONS or not given:
        return given, ""
    last, least = given[-1], {"JSON_VALUE": 2, "JSON_QUERY": 2, "JSON_EXISTS": 2}.get(name, 0)
    # In JSON_OBJECT the options are one argument too many for pairs of keys and values.
    if name in ("JSON_OBJECT", "JSON_OBJECTAGG") and len(given) % 2 == 0:
        return given, ""
    if len(given) > least and isinstance(last, exp.Literal) and _OPTIONS.fullmatch(str(last.this)):
        return given[:-1], str(last.this)
    return given, ""


def is_json(sql: str, kind: str, *, unique: bool) -> str:
    """`sql IS JSON kind`; what is null is no JSON."""
    if unique:
        raise Unsupported("IS JSON with unique keys")
    valid = f"coalesce(json_valid({sql}), FALSE)"
    if not kind or kind.upper() == "VALUE":
        return valid
    root = f"CASE WHEN {valid} THEN json_type({sql}) END"
    match kind.upper():
        case "OBJECT" | "ARRAY":
            return f"coalesce({root} = '{kind.upper()}', FALSE)"
        case "SCALAR":
            return f"coalesce({root} NOT IN ('OBJECT', 'ARRAY'), FALSE)"
    raise Unsupported(f"IS JSON {kind.upper()}")


def json_path(path: str) -> tuple[bool, str]:
    """Whether a path is lax, and the same path for DuckDB; refused where it may find more than one value.

    >>> json_path("lax $.a['b c'][0]")
    (True, '$."a"."b c"[0]')
    """
    mode = re.match(r"\s*(strict|lax)\s+", path, re.IGNORECASE)
    rest = path[mode.end() :] if mode else path.strip()
    found = re.fullmatch(r"\$((?:\.[\w-]+|\[\d+\]|\['[^'\"\\]+'\])*)", rest)
    if found is None:
        raise Unsupported(f"the JSON path `{path}`")
    steps = re.findall(r"\.([\w-]+)|\[(\d+)\]|\['([^'\"\\]+)'\]", found[1])
    spelled = "".join(f"[{at}]" if at else f'."{name or quoted}"' for name, at, quoted in steps)
    return bool(mode and mode[1].lower() == "lax"), f"${spelled}"


def _behaviour(options: str, event: str, default: str) -> str:
    """What the options say of an event: NULL, ERROR, a default's text."""
    words = r"(NULL|ERROR|EMPTY\s+ARRAY|EMPTY\s+OBJECT|EMPTY|TRUE|FALSE|UNKNOWN|DEFAULT\s+(?:'(?:[^']|'')*'|[\w.+-]+))"
    found = re.search(rf"{words}\s+ON\s+{event}\b", options, re.IGNORECASE)
    return re.sub(r"\s+", " ", found[1]) if found else default


def _outcome(call: Call, event: str, type_: DataType) -> str:
    """The text for an event of JSON_VALUE."""
    behaviour = _behaviour(call.options, event, "NULL")
    word = behaviour.upper()
    if word == "NULL":
        return "NULL"
    if word == "ERROR":
        return f"error('{call.name} found nothing, or what it may not find')"
    value = behaviour[len("DEFAULT ") :]
    source = _STRING if value.startswith("'") else DataType("DECIMAL", precision=38, scale=10)
    if source is not _STRING and not type_.is_numeric:
        raise Unsupported(f"{call.name} with DEFAULT {value}")
    return value if source is type_ else cast(value, source, type_)


_STRING = DataType("STRING")


class _Found:
    """What a path finds in a document: its DuckDB type's name and its text."""

    def __init__(self, call: Call) -> None:
        self.document = call[0]
        self.lax, path = json_path(call.constant(1))
        self.path = text(path)
        self.valid = f"json_valid({self.document})"
        self.kind = f"json_type({self.document}, {self.path})"
        self.value = f"json_extract_string({self.document}, {self.path})"
        self.json = f"CAST(json_extract({self.document}, {self.path}) AS VARCHAR)"

    def choose(self, *, empty: str, error: str, wrong: str, value: str, wrong_is_empty: bool) -> str:
        """`value`, or what stands for the path's finding nothing or, by the condition `wrong`, what it may not."""
        missing = empty if self.lax else error
        unfit = empty if self.lax and wrong_is_empty else error
        return (
            f"CASE WHEN {self.document} IS NULL THEN NULL WHEN NOT {self.valid} THEN {error} "
            f"WHEN {self.kind} IS NULL THEN {missing} WHEN {self.kind} = 'NULL' THEN {empty} "
            f"WHEN {wrong} THEN {unfit} ELSE {value} END"
        )


def _json_value(call: Call) -> str:
    found, type_ = _Found(call), call.type
    if not duckdb_type(type_):
        raise Unsupported(f"JSON_VALUE RETURNING {type_.text}")
    nested = f"{found.kind} IN ('OBJECT', 'ARRAY')"
    return found.choose(
        empty=_outcome(call, "EMPTY", type_),
        error=_outcome(call, "ERROR", type_),
        wrong=nested,
        value=_returned(found, type_),
        wrong_is_empty=True,
    )


def _returned(found: _Found, type_: DataType) -> str:
    """A scalar as the type that RETURNING names; another kind of value makes Flink fail, whatever ON ERROR says."""
    floating = float_text(f"CAST({found.value} AS DOUBLE)")
    if type_.is_text:
        return f"CASE WHEN {found.kind} = 'DOUBLE' THEN {floating} ELSE {found.value} END"
    wanted = {"BOOLEAN": "'BOOLEAN'", "INT": "'BIGINT', 'UBIGINT'", "DOUBLE": "'DOUBLE'"}.get(type_.name)
    if wanted is None:
        raise Unsupported(f"JSON_VALUE RETURNING {type_.text}")
    failed = f"error('JSON_VALUE found no {type_.name}')"
    value = f"CAST({found.value} AS {duckdb_type(type_)})"
    return f"CASE WHEN {found.kind} IN ({wanted}) THEN {value} ELSE {failed} END"


def _json_query(call: Call) -> str:
    if not call.type.is_text:
        raise Unsupported(f"JSON_QUERY RETURNING {call.type.text}")
    found = _Found(call)
    nested = f"{found.kind} IN ('OBJECT', 'ARRAY')"
    wrapper = re.search(
        r"WITH\s+(CONDITIONAL\s+)?(UNCONDITIONAL\s+)?(ARRAY\s+)?WRAPPER", call.options, re.IGNORECASE
    )
    value, wrong = found.json, f"NOT {nested}"
    if wrapper:
        wrapped = f"'[' || {found.json} || ']'"
        value = (
            f"CASE WHEN {found.kind} = 'ARRAY' THEN {found.json} ELSE {wrapped} END"
            if wrapper[1]
            else wrapped
        )
        wrong = "FALSE"
    return found.choose(
        empty=_query_outcome(call, "EMPTY"),
        error=_query_outcome(call, "ERROR"),
        wrong=wrong,
        value=value,
        wrong_is_empty=True,
    )


def _query_outcome(call: Call, event: str) -> str:
    word = _behaviour(call.options, event, "NULL").upper()
    known = {"NULL": "NULL", "EMPTY ARRAY": "'[]'", "EMPTY": "'[]'", "EMPTY OBJECT": "'{}'"}
    return known.get(word, "error('JSON_QUERY found nothing, or what it may not find')")


def _json_exists(call: Call) -> str:
    found = _Found(call)
    words = {"TRUE": "TRUE", "FALSE": "FALSE", "UNKNOWN": "NULL"}
    error = words.get(_behaviour(call.options, "ERROR", "FALSE").upper(), "error('JSON_EXISTS failed')")
    return found.choose(empty="FALSE", error=error, wrong="FALSE", value="TRUE", wrong_is_empty=False)


def as_json(argument: Argument) -> str:
    """A value as JSON; null where it is null."""
    type_ = argument.type
    call = argument.node
    if isinstance(call, exp.Anonymous) and str(call.this).removeprefix("FL_") in _RAW:
        return argument.sql
    if type_.is_text:
        return f"CAST(to_json({argument.sql}) AS VARCHAR)"
    if type_.is_integer or type_.name in ("DECIMAL", "BOOLEAN"):
        return f"CAST({argument.sql} AS VARCHAR)"
    if type_.name in ("FLOAT", "DOUBLE"):
        return float_text(argument.sql)
    if type_.name == "NULL":
        return "NULL"
    raise Unsupported(f"JSON of {type_.text}")


def keeps_nulls(call: Call, default: bool) -> bool:
    """Whether a value that is null is written: NULL ON NULL against ABSENT ON NULL."""
    if not call.options:
        return default
    return not re.match(r"ABSENT\b", call.options, re.IGNORECASE)


def _json_object(call: Call) -> str:
    nulls = keeps_nulls(call, default=True)
    values: dict[str, Argument] = {}
    for at in range(0, len(call), 2):
        values[call.constant(at)] = call.arguments[at + 1]
    parts = []
    # Flink sorts the keys of an object.
    for key in sorted(values):
        argument = values[key]
        value = as_json(argument)
        name = f"CAST(to_json({text(key)}) AS VARCHAR) || ':' || "
        parts.append(f"{name}coalesce({value}, 'null')" if nulls else f"({name}{value})")
    return f"('{{' || {_commas(parts)} || '}}')"


def _json_array(call: Call) -> str:
    nulls = keeps_nulls(call, default=False)
    values = [as_json(argument) for argument in call.arguments]
    listed = _commas([f"coalesce({value}, 'null')" for value in values] if nulls else values)
    return f"('[' || {listed} || ']')"


def _commas(parts: Sequence[str]) -> str:
    """The parts that are not null, with commas between."""
    return f"concat_ws(',', {', '.join(parts)})" if parts else "''"


def _json_string(call: Call) -> str:
    return as_json(call.arguments[0])


SPELLINGS: Mapping[str, Spelling] = {
    "JSON_VALUE": _json_value,
    "JSON_QUERY": _json_query,
    "JSON_EXISTS": _json_exists,
    "JSON_OBJECT": _json_object,
    "JSON_ARRAY": _json_array,
    "JSON_STRING": _json_string,
}
