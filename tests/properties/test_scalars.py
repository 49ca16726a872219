"""What holds of the rewritten arithmetic whatever the values: it is Java's, worked out here in another way."""

from __future__ import annotations

import datetime as dt
import decimal
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.schema.types import parse_type
from headgate.sql.bind import TypesOut, bind
from headgate.sql.duckdb.expressions import Scalars
from headgate.sql.duckdb.types import duckdb_type
from headgate.sql.facts import ColumnFacts, Relation
from headgate.sql.parse import parse

ints = st.integers(-(2**31), 2**31 - 1)
longs = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
days = st.dates(dt.date(1970, 1, 1), dt.date(2100, 1, 1))
moments = st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@cache
def _query(expression: str, columns: tuple[tuple[str, str], ...]) -> str:
    types, declared = TypesOut(), {name: parse_type(text) for name, text in columns}
    relation = Relation("t", tuple(ColumnFacts(name, type_) for name, type_ in declared.items()))
    parsed = parse(f"SELECT {expression} AS x FROM t")
    assert bind(parsed, {"t": relation}, types=types).faults == ()
    assert parsed.ast is not None
    scalars = Scalars(types, lambda node: node.name, lambda node: None, "2026-01-01 00:00:00")
    given_as = ", ".join(f"CAST(? AS {duckdb_type(type_)}) AS {name}" for name, type_ in declared.items())
    return f"SELECT {scalars.sql(parsed.ast.expressions[0].this)} FROM (SELECT {given_as})"


def answer(expression: str, **columns: tuple[str, Any]) -> Any:
    query = _query(expression, tuple((name, text) for name, (text, _) in columns.items()))
    rows = _connection().execute(query, [one for _, one in columns.values()]).fetchall()
    return rows[0][0]


def low_bits(number: int, bits: int) -> int:
    half = 1 << (bits - 1)
    return (number + half) % (2 * half) - half


@given(ints, ints, longs)
def test_integers_keep_their_low_bits(a: int, b: int, c: int) -> None:
    assert answer("a + b", a=("INT", a), b=("INT", b)) == low_bits(a + b, 32)
    assert answer("a * b", a=("INT", a), b=("INT", b)) == low_bits(a * b, 32)
    assert answer("a * c", a=("INT", a), c=("BIGINT", c)) == low_bits(a * c, 64)
    assert answer("CAST(c AS SMALLINT)", c=("BIGINT", c)) == low_bits(c, 16)
    assert answer("-c", c=("BIGINT", c)) == low_bits(-c, 64)


@given(ints, ints.filter(bool))
def test_whole_numbers_are_divided_towards_zero(a: int, b: int) -> None:
    quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    if quotient != 2**31:
        assert answer("a / b", a=("INT", a), b=("INT", b)) == quotient
    assert answer("MOD(a, b)", a=("INT", a), b=("INT", b)) == a - quotient * b


@given(
    st.decimals(places=2, max_value=10**8 - 1, min_value=1 - 10**8), st.decimals("0.001", "99.999", places=3)
)
def test_decimals_are_divided_to_the_scale_of_the_planner_and_rounded_half_up(d: Decimal, e: Decimal) -> None:
    with decimal.localcontext(prec=60):
        expected = (d / e).quantize(Decimal("1e-8"), decimal.ROUND_HALF_UP)
    assert answer("d / e", d=("DECIMAL(10, 2)", d), e=("DECIMAL(5, 3)", e)) == expected


@given(floats)
def test_floats_are_written_as_java_writes_them(x: float) -> None:
    sign, digits, exponent = Decimal(repr(x)).as_tuple()
    assert isinstance(exponent, int)
    written = answer("CAST(x AS STRING)", x=("DOUBLE", x))
    assert float(written) == x
    power = len(digits) + exponent - 1
    if x == 0 or -3 <= power < 7:
        assert "E" not in written
        assert "." in written
        return
    mantissa, _, shown = written.partition("E")
    kept = "".join(map(str, digits)).rstrip("0")
    assert (mantissa, int(shown)) == (f"{'-' * sign}{kept[0]}.{kept[1:] or '0'}", power)


@given(floats.filter(lambda x: abs(x) < 10**15), st.integers(0, 6))
def test_floats_are_rounded_by_their_shortest_text(x: float, digits: int) -> None:
    expected = float(Decimal(repr(x)).quantize(Decimal(1).scaleb(-digits), decimal.ROUND_HALF_UP))
    assert answer(f"ROUND(x, {digits})", x=("DOUBLE", x)) == expected


def _added(day: dt.date, months: int) -> dt.date:
    """Calcite's addMonths."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (dt.date(year + month // 11, (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def _months(end: dt.date, start: dt.date) -> int:
    """Calcite's subtractMonths of days."""
    if end < start:
        return -_months(start, end)
    months = (end - start).days // 31
    while _added(start, months) < end and _added(start, months + 1) <= end:
        months += 1
    return months


@given(days, days)
def test_months_between_days_are_counted_as_calcite_counts_them(a: dt.date, b: dt.date) -> None:
    assert answer("TIMESTAMPDIFF(MONTH, a, b)", a=("DATE", a), b=("DATE", b)) == _months(b, a)


@given(moments, moments)
def test_months_between_moments_look_at_the_time_of_day(a: dt.datetime, b: dt.datetime) -> None:
    months = _months(b.date(), a.date())
    if _added(a.date(), months) == b.date() and b.time() < a.time():
        months -= 1
    counted = answer("TIMESTAMPDIFF(MONTH, a, b)", a=("TIMESTAMP(3)", a), b=("TIMESTAMP(3)", b))
    assert counted == months
    years = answer("TIMESTAMPDIFF(YEAR, a, b)", a=("TIMESTAMP(3)", a), b=("TIMESTAMP(3)", b))
    assert years == int(months / 12)


@given(texts, st.integers(-15, 15), st.integers(0, 15))
def test_parts_of_texts_are_counted_from_either_end(s: str, start: int, length: int) -> None:
    if start > 0:
        expected = s[start - 1 : start - 1 + length]
    elif start == 0:
        expected = s[:length]
    else:
        expected = s[start:][:length] if -start <= len(s) else ""
    found = answer("SUBSTRING(s, a, b)", s=("STRING", s), a=("INT", start), b=("INT", length))
    assert found == expected


@settings(max_examples=50)
@given(texts, texts.filter(bool), st.integers(-2, 6))
def test_a_text_is_split_at_whole_separators(s: str, by: str, at: int) -> None:
    parts = s.split(by) if s else []
    expected = parts[at] if 0 <= at < len(parts) else None
    assert answer("SPLIT_INDEX(s, y, a)", s=("STRING", s), y=("STRING", by), a=("INT", at)) == expected
