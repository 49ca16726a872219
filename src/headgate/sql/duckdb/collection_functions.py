"""Functions of arrays, maps and rows (Flink docs, "System Functions", collection functions)."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.schema.types import UNKNOWN
from headgate.sql.duckdb._model import Call, Spelling, Unsupported
from headgate.sql.duckdb.casts import coerced
from headgate.sql.duckdb.spellings import template, where_given
from headgate.sql.duckdb.types import duckdb_type, quoted, text


def _element(call: Call, at: int) -> str:
    """An argument as an element of the array that is the first."""
    argument = call.arguments[at]
    return coerced(argument.sql, argument.type, call.arguments[0].type.element or UNKNOWN)


def _given(call: Call, sql: str) -> str:
    """`sql` where the array itself is not null."""
    return f"CASE WHEN {call[0]} IS NOT NULL THEN {sql} END" if call.arguments[0].type.nullable else sql


def _plain_elements(call: Call) -> None:
    element = call.arguments[0].type.element
    if element is None or element.name in ("ROW", "MAP", "ARRAY", "UNKNOWN"):
        raise Unsupported(f"{call.name} of {call.arguments[0].type.text}")


def _cardinality(call: Call) -> str:
    match call.arguments[0].type.name:
        case "ARRAY":
            return f"CAST(len({call[0]}) AS INTEGER)"
        case "MAP":
            return f"CAST(cardinality({call[0]}) AS INTEGER)"
        case "MULTISET":
            counts = f"list_sum(map_values({call[0]}))"
            return _given(call, f"CAST(coalesce({counts}, 0) AS INTEGER)")
    raise Unsupported(f"CARDINALITY of {call.arguments[0].type.text}")


def _only(call: Call) -> str:
    failed = "error('ELEMENT of an array of more than one')"
    return f"CASE WHEN len({call[0]}) > 1 THEN {failed} ELSE list_extract({call[0]}, 1) END"


def _contains(call: Call) -> str:
    _plain_elements(call)
    return _given(call, f"(list_position({call[0]}, {_element(call, 1)}) IS NOT NULL)")


def _position(call: Call) -> str:
    _plain_elements(call)
    found = f"CAST(coalesce(list_position({call[0]}, {call[1]}), 0) AS INTEGER)"
    checks = [f"{a.sql} IS NOT NULL" for a in call.arguments if a.type.nullable]
    return f"CASE WHEN {' AND '.join(checks)} THEN {found} END" if checks else found


def distinct(array: str) -> str:
    """The elements of an array, each once, in the order of their first places."""
    singles = f"list_transform({array}, lambda __v: [__v])"
    step = "CASE WHEN list_position(__all, __v[1]) IS NOT NULL THEN __all ELSE list_concat(__all, __v) END"
    return (
        f"CASE WHEN len({array}) < 2 THEN {array} ELSE list_reduce({singles}, lambda __all, __v: {step}) END"
    )


def _distinct(call: Call) -> str:
    _plain_elements(call)
    return distinct(call[0])


def _append(call: Call) -> str:
    return _given(call, f"list_append({call[0]}, {_element(call, 1)})")


def _prepend(call: Call) -> str:
    return _given(call, f"list_prepend({_element(call, 1)}, {call[0]})")


def _remove(call: Call) -> str:
    _plain_elements(call)
    return f"list_filter({call[0]}, lambda __v: __v IS DISTINCT FROM {_element(call, 1)})"


def _arrays(call: Call) -> list[str]:
    return [coerced(a.sql, a.type, call.type) for a in call.arguments]


def _concat(call: Call) -> str:
    return f"({' || '.join(_arrays(call))})"


def _union(call: Call) -> str:
    _plain_elements(call)
    return distinct(_concat(call))


def _sifted(kept: str) -> Spelling:
    """ARRAY_EXCEPT and ARRAY_INTERSECT: what of the first array is not, or is, in the second; each once."""

    def spell(call: Call) -> str:
        if len(call) > 2:
            raise Unsupported(f"{call.name} of more than two arrays")
        _plain_elements(call)
        first, second = _arrays(call)
        left = f"list_filter({first}, lambda __v: list_position({second}, __v) {kept})"
        return where_given(call, distinct(left))

    return spell


def _join(call: Call) -> str:
    element = call.arguments[0].type.element
    if element is None or not element.is_text:
        raise Unsupported(f"ARRAY_JOIN of {call.arguments[0].type.text}")
    values, by = call[0], text(call.constant(1))
    if len(call) > 2:
        values = f"list_transform({values}, lambda __v: coalesce(__v, {call[2]}))"
    return f"array_to_string({values}, {by})"


def _slice(call: Call) -> str:
    bounds = [call.constant(at) for at in range(1, len(call))]
    if any(int(bound) < 1 for bound in bounds):
        raise Unsupported("ARRAY_SLICE that counts from the end")
    end = bounds[1] if len(bounds) > 1 else f"len({call[0]})"
    return f"list_slice({call[0]}, {bounds[0]}, {end})"


def _sort(call: Call) -> str:
    _plain_elements(call)
    words = [call.arguments[at].sql for at in range(1, len(call))]
    if any(word not in ("TRUE", "FALSE") for word in words):
        raise Unsupported("ARRAY_SORT in a computed order")
    ascending = not words or words[0] == "TRUE"
    nulls_first = ascending if len(words) < 2 else words[1] == "TRUE"
    order = "ASC" if ascending else "DESC"
    return f"list_sort({call[0]}, '{order}', 'NULLS {'FIRST' if nulls_first else 'LAST'}')"


def _map(call: Call) -> str:
    key, value = call.type.key or UNKNOWN, call.type.element or UNKNOWN
    keys, values = (
        [coerced(a.sql, a.type, t) for a in call.arguments[i::2]] for i, t in enumerate((key, value))
    )
    pairs = ", ".join(f"{k}: {v}" for k, v in zip(keys, values, strict=True))
    return f"MAP {{{pairs}}}"


def _row(call: Call) -> str:
    parts = [
        f"{quoted(field.name)} := {coerced(a.sql, a.type, field.type)}"
        for a, field in zip(call.arguments, call.type.fields, strict=True)
    ]
    return f"struct_pack({', '.join(parts)})"


def _map_union(call: Call) -> str:
    empty = f"CAST(NULL AS {duckdb_type(call.type)})"
    checks = " OR ".join(f"{a.sql} IS NULL" for a in call.arguments)
    # The later map wins, as it does in map_concat.
    return f"CASE WHEN {checks} THEN {empty} ELSE map_concat({', '.join(_arrays(call))}) END"


SPELLINGS: Mapping[str, Spelling] = {
    "CARDINALITY": _cardinality,
    "ELEMENT": _only,
    "ARRAY_CONTAINS": _contains,
    "ARRAY_POSITION": _position,
    "ARRAY_DISTINCT": _distinct,
    "ARRAY_REVERSE": template("list_reverse({0})"),
    "ARRAY_APPEND": _append,
    "ARRAY_PREPEND": _prepend,
    "ARRAY_REMOVE": _remove,
    "ARRAY_CONCAT": _concat,
    "ARRAY_UNION": _union,
    "ARRAY_EXCEPT": _sifted("IS NULL"),
    "ARRAY_INTERSECT": _sifted("IS NOT NULL"),
    "ARRAY_JOIN": _join,
    "ARRAY_MAX": template("list_max({0})"),
    "ARRAY_MIN": template("list_min({0})"),
    "ARRAY_SLICE": _slice,
    "ARRAY_SORT": _sort,
    "MAP": _map,
    "MAP_KEYS": template("map_keys({0})"),
    "MAP_VALUES": template("map_values({0})"),
    "MAP_ENTRIES": template("map_entries({0})"),
    "MAP_FROM_ARRAYS": template("map({0}, {1})"),
    "MAP_UNION": _map_union,
    "ROW": _row,
}
