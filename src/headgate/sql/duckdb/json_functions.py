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
        return _FAILED
    value = behaviour[len("DEFAULT ") :]
    source = _STRING if value.startswith("'") else DataType("DECIMAL", precision=38, scale=10)
    if source is not _STRING and not type_.is_numeric:
        raise Unsupported(f"{call.name} with DEFAULT {value}")
    return value if source is type_ else cast(value, source, type_)


_FAILED = "error('a JSON path found nothing, or what it may not find')"
_UNSURE = "error('a JSON path found null, which ON EMPTY and ON ERROR do not speak of')"
_STRING = DataType("STRING")


class _Found:
    """What the path of a call finds in its document: the kind of value, as DuckDB names it, and its text."""

    def __init__(self, call: Call) -> None:
        self.document = call[0]
        self.lax, path = json_path(call.constant(1))
        self.kind = f"json_type({self.document}, {text(path)})"
        self.value = f"json_extract_string({self.document}, {text(path)})"
        self.json = f"CAST(json_extract({self.document}, {text(path)}) AS VARCHAR)"

    def choose(self, call: Call, *, error: str, unfit: str, value: str, nothing: str = "NULL") -> str:
        """`value`, or `error` where there is no such place, no JSON, or the condition `unfit` holds.

        A JSON null gives `nothing`, whatever ON EMPTY says; against what ON ERROR says that is not recorded of Flink.
        """
        if self.lax and (error != nothing or _behaviour(call.options, "EMPTY", "NULL").upper() != "NULL"):
            raise Unsupported(f"{call.name} of a lax path with ON EMPTY or ON ERROR")
        unsure = error != nothing or _behaviour(call.options, "EMPTY", "NULL").upper() == "ERROR"
        return (
            f"CASE WHEN {self.document} IS NULL THEN NULL WHEN NOT json_valid({self.document}) THEN {error} "
            f"WHEN {self.kind} IS NULL THEN {error} WHEN {self.kind} = 'NULL' THEN {_UNSURE if unsure else nothing} "
            f"WHEN {unfit} THEN {error} ELSE {value} END"
        )


def _json_value(call: Call) -> str:
    found, type_ = _Found(call), call.type
    if not duckdb_type(type_):
        raise Unsupported(f"JSON_VALUE RETURNING {type_.text}")
    return found.choose(
        call,
        error=_outcome(call, "ERROR", type_),
        unfit=f"{found.kind} IN ('OBJECT', 'ARRAY')",
        value=_returned(found, type_),
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
    unfit, value = f"{found.kind} NOT IN ('OBJECT', 'ARRAY')", found.json
    # Java would write such floating numbers in its own way.
    unquoted = f"""regexp_replace({value}, '"(\\\\.|[^"\\\\])*"', '', 'g')"""
    odd = f"regexp_matches({unquoted}, '[0-9]{{8}}\\.[0-9]|[^0-9.]0\\.000|[0-9][eE]')"
    value = f"CASE WHEN {odd} THEN error('JSON_QUERY of very large or small numbers') ELSE {value} END"
    wrapper = re.search(r"\bWITH\s+(CONDITIONAL\s+)?", call.options, re.IGNORECASE)
    if wrapper:
        unfit, value = "FALSE", f"'[' || {value} || ']'"
        if wrapper[1]:
            value = f"CASE WHEN {found.kind} = 'ARRAY' THEN {found.json} ELSE {value} END"
    word = _behaviour(call.options, "ERROR", "NULL").upper()
    error = {"NULL": "NULL", "EMPTY ARRAY": "'[]'", "EMPTY": "'[]'", "EMPTY OBJECT": "'{}'"}.get(
        word, _FAILED
    )
    return found.choose(call, error=error, unfit=unfit, value=value)


def _json_exists(call: Call) -> str:
    words = {"TRUE": "TRUE", "FALSE": "FALSE", "UNKNOWN": "NULL"}
    error = words.get(_behaviour(call.options, "ERROR", "FALSE").upper(), _FAILED)
    return _Found(call).choose(call, error=error, unfit="FALSE", value="TRUE", nothing="FALSE")


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
