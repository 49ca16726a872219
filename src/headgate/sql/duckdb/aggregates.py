"""Aggregates with Flink's results: of the type it says, in the order of arrival where that matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from headgate.schema.types import DataType
from headgate.sql.duckdb._model import Argument, Call, Unsupported
from headgate.sql.duckdb.arithmetic import quotient
from headgate.sql.duckdb.casts import cast, low_bits
from headgate.sql.duckdb.collection_functions import distinct as first_places
from headgate.sql.duckdb.json_values import as_json, keeps_nulls, or_null, quoted_json
from headgate.sql.duckdb.types import duckdb_type

_DOUBLE = DataType("DOUBLE")
_BIGINT = DataType("BIGINT")
ARRIVAL = "__seq"
"""The column by which a step's rows are in the order of their arrival."""


@dataclass(frozen=True, slots=True)
class Group:
    """An aggregate's call, and which rows it is over: those of a group, or of the window of an OVER clause."""

    call: Call
    distinct: bool
    condition: str
    over: str = ""

    def of(self, function: str, values: str, *, order: str = "", given: str = "", extra: str = "") -> str:
        """DuckDB's aggregate of some values, over the rows that count; of those, where `given` is not null."""
        kinds = "DISTINCT " if self.distinct else ""
        ordered = f" ORDER BY {order}" if order else ""
        conditions = [c for c in (self.condition, f"{given} IS NOT NULL" if given else "") if c]
        where = f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
        over = f" {self.over}" if self.over else ""
        return f"{function}({kinds}{values}{extra}{ordered}){where}{over}"

    @property
    def value(self) -> Argument:
        return self.call.arguments[0]

    def plain(self) -> None:
        """Refuse DISTINCT where there is no spelling for it."""
        if self.distinct:
            raise Unsupported(f"{self.call.name} with DISTINCT")


def aggregate(call: Call, *, distinct: bool = False, condition: str = "", over: str = "") -> str:
    """The DuckDB text of an aggregate's call; `condition` is its FILTER, `over` its OVER clause in DuckDB's text."""
    spell = _AGGREGATES.get(call.name)
    if spell is None:
        raise Unsupported(call.name)
    return spell(Group(call, distinct, condition, over))


def known() -> frozenset[str]:
    """The names of the aggregates that DuckDB can answer."""
    return frozenset(_AGGREGATES)


def _count(group: Group) -> str:
    values = group.call.arguments
    if not values:
        return group.of("count", "*")
    if len(values) > 1:
        raise Unsupported("COUNT of more than one value")
    return group.of("count", values[0].sql)


def _summed(group: Group, sql: str, type_: DataType) -> str:
    """A sum; floating numbers are added in the order in which they came, for the last digits depend on it."""
    if type_.name in ("FLOAT", "DOUBLE") and not group.over:
        return group.of("sum", sql, order=sql if group.distinct else ARRIVAL)
    return group.of("sum", sql)


def _sum(group: Group) -> str:
    type_ = group.value.type
    if type_.is_integer:
        return low_bits(group.of("sum", group.value.sql), type_)
    if type_.name == "FLOAT":
        group.plain()
        values = group.of("list", group.value.sql, order=ARRIVAL, given=group.value.sql)
        return f"list_reduce({values}, lambda __a, __b: __a + __b)"
    if type_.name not in ("DECIMAL", "DOUBLE"):
        raise Unsupported(f"SUM of {type_.text}")
    return _summed(group, group.value.sql, type_)


def _avg(group: Group) -> str:
    type_, to = group.value.type, duckdb_type(group.call.type)
    count = group.of("count", group.value.sql)
    if type_.is_integer:
        return f"CAST({group.of('sum', group.value.sql)} // {count} AS {to})"
    if type_.name == "DECIMAL":
        total = Argument(_summed(group, group.value.sql, type_), _sum_type(type_), group.value.node)
        rows = Argument(f"nullif({count}, 0)", _BIGINT, group.call.node)
        return quotient(total, rows, group.call.type)
    if type_.name not in ("FLOAT", "DOUBLE"):
        raise Unsupported(f"AVG of {type_.text}")
    summed = _summed(group, cast(group.value.sql, type_, _DOUBLE), _DOUBLE)
    return f"CAST({summed} / nullif({count}, 0) AS {to})"


def _sum_type(type_: DataType) -> DataType:
    return DataType("DECIMAL", precision=38, scale=type_.scale)


def _variance(sample: bool, root: bool) -> Callable[[Group], str]:
    """Variances by the sums that Flink keeps: (Σx² - (Σx)²/n) / n, or n - 1. Of other types it rounds in between."""

    def spell(group: Group) -> str:
        group.plain()
        if group.value.type.name != "DOUBLE":
            raise Unsupported(f"{group.call.name} of {group.value.type.text}")
        value = group.value.sql
        squares, total = _summed(group, f"{value} * {value}", _DOUBLE), _summed(group, value, _DOUBLE)
        count = f"nullif({group.of('count', value)}, 0)"
        over = f"nullif({count} - 1, 0)" if sample else count
        found = f"(({squares} - {total} * {total} / {count}) / {over})"
        return f"pow({found}, 0.5)" if root else found

    return spell


def _extreme(function: str) -> Callable[[Group], str]:
    def spell(group: Group) -> str:
        if duckdb_type(group.value.type) == "" or group.value.type.name in (
            "ARRAY",
            "MAP",
            "ROW",
            "MULTISET",
        ):
            raise Unsupported(f"{group.call.name} of {group.value.type.text}")
        return group.of(function, group.value.sql)

    return spell


def _picked(function: str) -> Callable[[Group], str]:
    """FIRST_VALUE and LAST_VALUE: the first and last to come that are not null."""

    def spell(group: Group) -> str:
        if len(group.call) > 1:
            raise Unsupported(f"{group.call.name} with an order")
        group.plain()
        if group.over:
            return _picked_over(group)
        return group.of(function, group.value.sql, extra=f", {ARRIVAL}", given=group.value.sql)

    return spell


def _picked_over(group: Group) -> str:
    """The first or last value of a frame, whose order is the window's."""
    value = group.value.sql
    if group.condition:
        value = f"CASE WHEN {group.condition} THEN {value} END"
    return f"{group.call.name.lower()}({value} IGNORE NULLS) {group.over}"


def _listed(group: Group) -> str:
    separator = "','"
    if len(group.call) > 1:
        group.call.constant(1)
        separator = group.call[1]
    value = group.value.sql
    values = replace(group, distinct=False).of("list", value, order=ARRIVAL, given=value)
    if group.distinct:
        return f"array_to_string({first_places(values)}, {separator})"
    return group.of("string_agg", value, extra=f", {separator}", order=ARRIVAL)


def _collected(group: Group) -> str:
    to = duckdb_type(group.call.type)
    found = group.of("histogram", group.value.sql)
    return f"coalesce(CAST({found} AS {to}), CAST(MAP {{}} AS {to}))"


def _array(group: Group) -> str:
    values = replace(group, distinct=False).of("list", group.value.sql, order=ARRIVAL)
    return first_places(values) if group.distinct else values


def _json_array(group: Group) -> str:
    group.plain()
    value = as_json(group.value)
    if keeps_nulls(group.call, default=False):
        value = or_null(value)
    return f"('[' || coalesce({group.of('string_agg', value, extra=_COMMA, order=ARRIVAL)}, '') || ']')"


_COMMA = ", ','"


def _json_object(group: Group) -> str:
    group.plain()
    key, value = group.call.arguments[0].sql, as_json(group.call.arguments[1])
    if not group.value.type.is_text:
        raise Unsupported(f"{group.call.name} by a key that is no text")
    nulls = keeps_nulls(group.call, default=True)
    given = "" if nulls else group.call.arguments[1].sql
    pair = f"{quoted_json(key)} || ':' || {or_null(value) if nulls else value}"
    pairs = group.of("string_agg", pair, extra=_COMMA, order=key, given=given)
    # Flink fails on a key that is null; of one that comes twice it keeps the last.
    once = replace(group, distinct=True).of("count", key, given=given)
    odd = f"{group.of('count', '*', given=given)} <> {once}"
    failed = f"error('{group.call.name} by a key that is null or comes twice')"
    return f"CASE WHEN {odd} THEN {failed} ELSE '{{' || coalesce({pairs}, '') || '}}' END"


_AGGREGATES: Mapping[str, Callable[[Group], str]] = {
    "COUNT": _count,
    "SUM": _sum,
    "AVG": _avg,
    "MIN": _extreme("min"),
    "MAX": _extreme("max"),
    "FIRST_VALUE": _picked("arg_min"),
    "LAST_VALUE": _picked("arg_max"),
    "LISTAGG": _listed,
    "COLLECT": _collected,
    "ARRAY_AGG": _array,
    "JSON_ARRAYAGG": _json_array,
    "JSON_OBJECTAGG": _json_object,
    "VAR_POP": _variance(sample=False, root=False),
    "VAR_SAMP": _variance(sample=True, root=False),
    "VARIANCE": _variance(sample=True, root=False),
    "STDDEV_POP": _variance(sample=False, root=True),
    "STDDEV_SAMP": _variance(sample=True, root=True),
    "STDDEV": _variance(sample=True, root=True),
}
