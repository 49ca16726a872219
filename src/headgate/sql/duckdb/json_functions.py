"""Functions that read JSON (Flink docs, "System Functions", JSON functions).

A path is strict where it does not say lax. What it does not find, a JSON null among it, and what is no JSON are errors where
it is strict, and empty where it is lax; so of ON ERROR and ON EMPTY only the one counts. Of a key that an object has twice
Flink takes the last, DuckDB the first; Flink reads on over what follows a whole document, DuckDB does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp

from headgate.schema.types import DataType
from headgate.sql.duckdb._model import Call, Spelling, Unsupported
from headgate.sql.duckdb.casts import cast
from headgate.sql.duckdb.json_values import SPELLINGS as WRITING
from headgate.sql.duckdb.types import duckdb_type, text

_STRING = DataType("STRING")
_LEAST = {"JSON_VALUE": 2, "JSON_QUERY": 2, "JSON_EXISTS": 2, "JSON_ARRAY": 0, "JSON_ARRAYAGG": 1}
_PAIRS = ("JSON_OBJECT", "JSON_OBJECTAGG")
_OPTIONS = re.compile(
    r"(RETURNING|DEFAULT|NULL|ERROR|EMPTY|ABSENT|WITH|WITHOUT|TRUE|FALSE|UNKNOWN)\b.*",
    re.DOTALL | re.IGNORECASE,
)
_NUMBER = r"-?[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?|-?[0-9]+[eE][+-]?[0-9]+"
_DEEPEST = 6


def without_options(name: str, given: Sequence[exp.Expr]) -> tuple[Sequence[exp.Expr], str]:
    """The arguments of a call, and the words that were folded into a last one when its tokens were rewritten."""
    # With pairs of keys and values, the options are one argument too many.
    known = len(given) % 2 == 1 if name in _PAIRS else len(given) > _LEAST.get(name, len(given))
    last = given[-1] if known and given else None
    if isinstance(last, exp.Literal) and _OPTIONS.fullmatch(str(last.this)):
        return given[:-1], str(last.this)
    return given, ""


def is_json(sql: str, kind: str, *, unique: bool) -> str:
    """`sql IS JSON kind`; what is null is no JSON."""
    if unique:
        raise Unsupported("IS JSON with unique keys")
    valid = f"coalesce(json_valid({sql}), FALSE)"
    root = f"CASE WHEN {valid} THEN json_type({sql}) END"
    match kind.upper():
        case "" | "VALUE":
            return valid
        case "OBJECT" | "ARRAY":
            return f"coalesce({root} = '{kind.upper()}', FALSE)"
        case "SCALAR":
            return f"coalesce({root} NOT IN ('OBJECT', 'ARRAY'), FALSE)"
    raise Unsupported(f"IS JSON {kind.upper()}")


def json_path(path: str) -> tuple[bool, str]:
    """Whether a path is lax, and the same path for DuckDB; refused where it may find more than one value.

    >>> json_path("lax $.a['b c'][0][-1]")
    (True, '$."a"."b c"[0][#-1]')
    """
    mode = re.match(r"\s*(strict|lax)\s+", path, re.IGNORECASE)
    rest = path[mode.end() :] if mode else path.strip()
    if not re.fullmatch(r"""\$(\.[\w-]+|\[-?\d+\]|\['[^'"\\]+'\]|\["[^'"\\]+"\])*""", rest):
        raise Unsupported(f"the JSON path `{path}`")
    steps = re.findall(r"""\.([\w-]+)|\[(-?\d+)\]|\[['"]([^'"]+)['"]\]""", rest)
    spelled = "".join(f"[{at.replace('-', '#-')}]" if at else f'."{name or key}"' for name, at, key in steps)
    return bool(mode and mode[1].lower() == "lax"), f"${spelled}"


class _Found:
    """What the path of a call finds in its document: the kind of value, as DuckDB names it, and its text."""

    def __init__(self, call: Call) -> None:
        self.document = call[0]
        lax, path = json_path(call.constant(1))
        self.event = "EMPTY" if lax else "ERROR"
        self.kind = f"json_type({self.document}, {text(path)})"
        self.value = f"json_extract_string({self.document}, {text(path)})"
        self.json = f"json_extract({self.document}, {text(path)})"

    def behaviour(self, options: str, default: str) -> str:
        """What the options say of finding nothing: NULL, ERROR, DEFAULT and its text."""
        words = r"NULL|ERROR|EMPTY\s+ARRAY|EMPTY\s+OBJECT|EMPTY|TRUE|FALSE|UNKNOWN|DEFAULT\s+(?:'(?:[^']|'')*'|[\w.+-]+)"
        found = re.search(rf"({words})\s+ON\s+{self.event}\b", options, re.IGNORECASE)
        return re.sub(r"\s+", " ", found[1], count=1) if found else default

    def choose(self, *, nothing: str, unfit: str, value: str) -> str:
        """`value`, or `nothing` where there is none, or one by the condition `unfit`; null where the document is null."""
        return (
            f"CASE WHEN {self.document} IS NULL THEN NULL WHEN NOT json_valid({self.document}) THEN {nothing} "
            f"WHEN coalesce({self.kind}, 'NULL') = 'NULL' THEN {nothing} WHEN {unfit} THEN {nothing} "
            f"ELSE {value} END"
        )

    def number(self, value: str) -> str:
        """A floating number as it is written in the document: DuckDB would write it anew, without its last zeros."""
        same = f"TRY_CAST(__t AS DOUBLE) = CAST({value} AS DOUBLE)"
        written = f"list_distinct(list_filter(regexp_extract_all({self.document}, '{_NUMBER}'), lambda __t: {same}))"
        first = f"list_extract({written}, 1)"
        known = f"len({written}) = 1 AND NOT regexp_matches({first}, '[eE]|^-?0\\.00000|^-0\\.0*$')"
        return f"CASE WHEN {known} THEN {first} ELSE error('JSON with an odd number: ' || {value}) END"


def _json_value(call: Call) -> str:
    found, type_ = _Found(call), call.type
    behaviour = found.behaviour(call.options, "NULL")
    word, _, value = behaviour.partition(" ")
    nothing = {"NULL": "NULL", "ERROR": "error('JSON_VALUE found no scalar value')"}.get(word.upper())
    if nothing is None:
        nothing = _default(value, type_)
    unfit = f"{found.kind} IN ('OBJECT', 'ARRAY')"
    return found.choose(nothing=nothing, unfit=unfit, value=_returned(found, type_))


def _default(value: str, type_: DataType) -> str:
    if value.startswith("'") and type_.is_text:
        return value
    if value.startswith("'") or not type_.is_numeric:
        raise Unsupported(f"JSON_VALUE RETURNING {type_.text} with DEFAULT {value}")
    return cast(value, DataType("DECIMAL", precision=38, scale=10), type_)


def _returned(found: _Found, type_: DataType) -> str:
    """A scalar as the type that RETURNING names; another kind of value makes Flink fail, whatever ON ERROR says."""
    if type_.is_text:
        return f"CASE WHEN {found.kind} = 'DOUBLE' THEN {found.number(found.value)} ELSE {found.value} END"
    wanted = {"BOOLEAN": "'BOOLEAN'", "INT": "'BIGINT', 'UBIGINT'", "DOUBLE": "'DOUBLE'"}.get(type_.name)
    if wanted is None:
        raise Unsupported(f"JSON_VALUE RETURNING {type_.text}")
    value, failed = (
        f"CAST({found.value} AS {duckdb_type(type_)})",
        f"error('JSON_VALUE found no {type_.name}')",
    )
    return f"CASE WHEN {found.kind} IN ({wanted}) THEN {value} ELSE {failed} END"


def _json_query(call: Call) -> str:
    if not call.type.is_text:
        raise Unsupported(f"JSON_QUERY RETURNING {call.type.text}")
    found = _Found(call)
    unfit, value = f"{found.kind} NOT IN ('OBJECT', 'ARRAY')", _written(found, found.json)
    wrapper = re.search(r"\bWITH\s+(CONDITIONAL\s+)?", call.options, re.IGNORECASE)
    if wrapper:
        wrap = f"{found.kind} <> 'ARRAY'" if wrapper[1] else "TRUE"
        unfit = "FALSE"
        value = f"CASE WHEN {wrap} THEN '[' ELSE '' END || {value} || CASE WHEN {wrap} THEN ']' ELSE '' END"
    word = found.behaviour(call.options, "NULL").upper()
    known = {"NULL": "NULL", "EMPTY ARRAY": "'[]'", "EMPTY": "'[]'", "EMPTY OBJECT": "'{}'"}
    return found.choose(
        nothing=known.get(word, "error('JSON_QUERY found no object or array')"), unfit=unfit, value=value
    )


def _written(found: _Found, value: str, depth: int = 0) -> str:
    """A JSON value as Flink writes it: without spaces, keys sorted, numbers as they were."""
    kind, plain = f"json_type({value})", f"CAST({value} AS VARCHAR)"
    if depth > _DEEPEST:
        deep = "error('JSON_QUERY of what is nested too deeply')"
        return f"CASE WHEN {kind} IN ('OBJECT', 'ARRAY', 'DOUBLE') THEN {deep} ELSE {plain} END"
    entry = f"__e{depth}"
    pointer = f"'/' || replace(replace({entry}, '~', '~0'), '/', '~1')"
    fields = (
        f"list_transform(list_sort(CAST(json_keys({value}) AS VARCHAR[])), lambda {entry}: struct_pack("
        f"name := CAST(to_json({entry}) AS VARCHAR) || ':', value := json_extract({value}, {pointer})))"
    )
    elements = f"list_transform(CAST(json_extract({value}, '$[*]') AS JSON[]), lambda {entry}: struct_pack(name := '', value := {entry}))"
    inner = f"{entry}.name || {_written(found, f'{entry}.value', depth + 1)}"
    parts = f"CASE {kind} WHEN 'OBJECT' THEN {fields} ELSE {elements} END"
    listed = f"array_to_string(list_transform({parts}, lambda {entry}: {inner}), ',')"
    opens, closes = (
        f"CASE {kind} WHEN 'OBJECT' THEN '{{' ELSE '[' END",
        f"CASE {kind} WHEN 'OBJECT' THEN '}}' ELSE ']' END",
    )
    return (
        f"CASE WHEN {kind} IN ('OBJECT', 'ARRAY') THEN {opens} || {listed} || {closes} "
        f"WHEN {kind} = 'DOUBLE' THEN {found.number(plain)} ELSE {plain} END"
    )


def _json_exists(call: Call) -> str:
    found = _Found(call)
    # There is no ON EMPTY here: what a lax path does not find is just not there.
    word = found.behaviour(call.options, "FALSE").upper() if found.event == "ERROR" else "FALSE"
    known = {"TRUE": "TRUE", "FALSE": "FALSE", "UNKNOWN": "NULL"}
    return found.choose(nothing=known.get(word, "error('JSON_EXISTS failed')"), unfit="FALSE", value="TRUE")


SPELLINGS: Mapping[str, Spelling] = {
    "JSON_VALUE": _json_value,
    "JSON_QUERY": _json_query,
    "JSON_EXISTS": _json_exists,
    **WRITING,
}
