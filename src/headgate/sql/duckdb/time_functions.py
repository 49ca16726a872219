"""Functions of dates and times (Flink docs, "System Functions", temporal functions). The session's zone is UTC."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.schema.types import DataType
from headgate.sql.duckdb._model import Call, Spelling, Unsupported
from headgate.sql.duckdb.casts import cast
from headgate.sql.duckdb.patterns import strftime, strptime
from headgate.sql.duckdb.spellings import refused_beyond
from headgate.sql.duckdb.types import text

_DEFAULT_PATTERN = "yyyy-MM-dd HH:mm:ss"
_TIMESTAMP_3 = DataType("TIMESTAMP", precision=3)
_DATE = DataType("DATE")

_OF_DATE = {
    "YEAR": "year({0})",
    "QUARTER": "quarter({0})",
    "MONTH": "month({0})",
    "WEEK": "week({0})",
    "DAY": "day({0})",
    "DOY": "dayofyear({0})",
    "DOW": "dayofweek({0}) + 1",
    "ISODOW": "isodow({0})",
    "ISOYEAR": "isoyear({0})",
}
_OF_CLOCK = {
    "HOUR": "({0} // 3600000) % 24",
    "MINUTE": "({0} // 60000) % 60",
    "SECOND": "({0} // 1000) % 60",
    "MILLISECOND": "{0} % 1000",
}
"""Parts in terms of a date, and of milliseconds since 1970: before that Flink cuts towards zero, dates included."""
_PART_FUNCTIONS = {
    "YEAR": "YEAR",
    "QUARTER": "QUARTER",
    "MONTH": "MONTH",
    "WEEK": "WEEK",
    "DAYOFYEAR": "DOY",
    "DAYOFMONTH": "DAY",
    "DAYOFWEEK": "DOW",
    "HOUR": "HOUR",
    "MINUTE": "MINUTE",
    "SECOND": "SECOND",
}
_MILLIS = {
    "SECOND": 1000,
    "MINUTE": 60_000,
    "HOUR": 3_600_000,
    "DAY": 86_400_000,
    "WEEK": 604_800_000,
}
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_DAYS_AND_MORE = ("DAY", "WEEK", *_MONTHS)


def _unit(call: Call, at: int = 0) -> str:
    unit = call.constant(at).upper()
    return unit.removeprefix("SQL_TSI_")


def _part(call: Call, unit: str, at: int) -> str:
    """The part of a date or time that a unit names, as a BIGINT."""
    value, type_ = call[at], call.arguments[at].type
    millis = f"epoch_ms({value})"
    if type_.name == "TIME" and unit in _OF_CLOCK:
        spelled = _OF_CLOCK[unit].format(f"epoch_ms(DATE '1970-01-01' + {value})")
    elif type_.name == "DATE" and unit in _OF_DATE:
        spelled = _OF_DATE[unit].format(value)
    elif type_.is_timestamp and unit in _OF_DATE:
        spelled = _OF_DATE[unit].format(
            f"(DATE '1970-01-01' + CAST({millis} // {_MILLIS['DAY']} AS INTEGER))"
        )
    elif type_.is_timestamp and unit in _OF_CLOCK:
        spelled = _OF_CLOCK[unit].format(millis)
    elif unit == "EPOCH" and type_.name != "TIME":
        spelled = f"{millis} // 1000"
    elif type_.name == "DATE" and unit in _OF_CLOCK:
        spelled = f"CASE WHEN {value} IS NOT NULL THEN 0 END"
    else:
        raise Unsupported(f"EXTRACT of {unit} from {type_.text}")
    return f"CAST({spelled} AS BIGINT)"


def _extract(call: Call) -> str:
    return _part(call, _unit(call), 1)


def _part_function(unit: str) -> Spelling:
    def spell(call: Call) -> str:
        return _part(call, unit, 0)

    return spell


def floor_to(call: Call) -> str:
    """FLOOR of a date or time to a unit; weeks begin on Sunday."""
    return _as(call, _start(call[0], _unit(call, 1), call))


def ceiling_to(call: Call) -> str:
    """CEIL of a date or time to a unit. From weeks on Flink looks at the date alone."""
    unit, value = _unit(call, 1), call[0]
    if unit == "DAY" and call.arguments[0].type.name == "DATE":
        # Flink goes on to the next day, though a date is one.
        return f"CAST({value} + 1 AS DATE)"
    if unit in _MONTHS or unit == "WEEK":
        value = f"CAST({value} AS DATE)"
    start = _start(value, unit, call)
    step = f"to_months({_MONTHS[unit]})" if unit in _MONTHS else f"to_milliseconds({_MILLIS[unit]})"
    return _as(call, f"CASE WHEN {start} = {value} THEN {value} ELSE {start} + {step} END")


def _start(value: str, unit: str, call: Call) -> str:
    type_ = call.arguments[0].type
    if unit not in (*_MILLIS, *_MONTHS) or not (type_.is_timestamp or type_.name == "DATE"):
        raise Unsupported(f"{call.name} of {type_.text} to {unit}")
    if type_.name == "DATE" and unit not in _DAYS_AND_MORE:
        raise Unsupported(f"{call.name} of {type_.text} to {unit}")
    if unit == "WEEK":
        return f"(date_trunc('week', {value} + to_days(1)) - to_days(1))"
    return f"date_trunc('{unit.lower()}', {value})"


def _as(call: Call, sql: str) -> str:
    return f"CAST({sql} AS {'DATE' if call.arguments[0].type.name == 'DATE' else 'TIMESTAMP'})"


def _stamp(call: Call, at: int) -> str:
    """An argument as a timestamp."""
    argument = call.arguments[at]
    if argument.type.is_timestamp:
        return argument.sql
    if argument.type.name == "DATE":
        return f"CAST({argument.sql} AS TIMESTAMP)"
    if argument.type.is_text:
        return cast(argument.sql, argument.type, _TIMESTAMP_3, lenient=True)
    raise Unsupported(f"{call.name} of {argument.type.text}")


def _difference(call: Call) -> str:
    """TIMESTAMPDIFF: whole units between two times, cut towards zero."""
    unit, start, end = _unit(call), _stamp(call, 1), _stamp(call, 2)
    if unit in _MILLIS:
        return f"CAST((epoch_ms({end}) - epoch_ms({start})) // {_MILLIS[unit]} AS INTEGER)"
    if unit not in _MONTHS:
        raise Unsupported(f"TIMESTAMPDIFF in {unit}")
    months = f"datesub('month', CAST({start} AS DATE), CAST({end} AS DATE))"
    # As Calcite counts: a month less where the day is reached but not the time of day.
    reached = f"CAST({start} AS DATE) + to_months(CAST({months} AS INTEGER)) = CAST({end} AS DATE)"
    early = f"{reached} AND CAST({end} AS TIME) < CAST({start} AS TIME)"
    whole = f"({months} - CASE WHEN {early} THEN 1 ELSE 0 END)"
    return f"CAST({whole} // {_MONTHS[unit]} AS INTEGER)"


def _added(call: Call) -> str:
    """TIMESTAMPADD."""
    unit, count, type_ = _unit(call), call[1], call.arguments[2].type
    if not call.arguments[1].type.is_integer:
        raise Unsupported(f"TIMESTAMPADD of {call.arguments[1].type.text}")
    if type_.name == "DATE" and unit not in _DAYS_AND_MORE:
        raise Unsupported(f"TIMESTAMPADD of {unit} to a date")
    if unit in _MONTHS:
        step = f"to_months(CAST({count} * {_MONTHS[unit]} AS INTEGER))"
    elif unit in _MILLIS:
        step = f"to_milliseconds(CAST({count} AS BIGINT) * {_MILLIS[unit]})"
    else:
        raise Unsupported(f"TIMESTAMPADD of {unit}")
    if type_.name == "DATE":
        return f"CAST({call[2]} + {step} AS DATE)"
    return f"({_stamp(call, 2)} + {step})"


def _date_format(call: Call) -> str:
    return f"strftime({_stamp(call, 0)}, {text(strftime(call.constant(1)))})"


def _from_unixtime(call: Call) -> str:
    pattern = call.constant(1) if len(call) > 1 else _DEFAULT_PATTERN
    return f"strftime(make_timestamp(CAST({call[0]} AS BIGINT) * 1000000), {text(strftime(_plain(call, pattern)))})"


def _plain(call: Call, pattern: str) -> str:
    """A pattern, if it is one that Java's older SimpleDateFormat means alike."""
    if set(pattern) & set("uSEaeYL"):
        raise Unsupported(f"{call.name} with the pattern `{pattern}`")
    return pattern


def _to_timestamp(call: Call) -> str:
    if len(call) == 1:
        return cast(call[0], call.arguments[0].type, _TIMESTAMP_3, lenient=True)
    value, reading = call[0], strptime(call.constant(1))
    read = f"try_strptime({value}, {text(reading.pattern)})"
    if reading.late_day:
        # Flink takes the last day of the month for a later one.
        moved = f"regexp_replace({value}, {text(reading.late_day)}, '\\1' || '28' || '\\3')"
        late = f"{moved} <> {value} AND try_strptime({moved}, {text(reading.pattern)}) IS NOT NULL"
        read = f"coalesce({read}, CASE WHEN {late} THEN error('a day that its month has not') END)"
    # What does not fit is read once more, as by no pattern.
    plain = cast(f"trim({value})", call.arguments[0].type, _TIMESTAMP_3, lenient=True)
    found = f"CASE WHEN regexp_full_match({value}, {text(reading.shape)}) THEN {read} ELSE {plain} END"
    return f"date_trunc('milliseconds', {found})"


def _read_simply(call: Call, pattern: str, otherwise: str) -> str:
    """A text read as Java's lenient SimpleDateFormat reads it; `otherwise` where it would not.

    What it would take though it is not written just so, such as a 30th of February, fails.
    """
    value, reading = call[0], strptime(_plain(call, pattern))
    failed = f"error('{call.name} of a text that its pattern does not quite fit: ' || {value})"
    read = f"coalesce(try_strptime({value}, {text(reading.pattern)}), {failed})"
    return (
        f"CASE WHEN regexp_full_match({value}, {text(reading.shape)}) THEN {read} "
        f"WHEN regexp_matches({value}, {text(reading.loose)}) THEN {failed} ELSE {otherwise} END"
    )


def _to_date(call: Call) -> str:
    if len(call) == 1:
        return cast(call[0], call.arguments[0].type, _DATE, lenient=True)
    # For what it cannot read, Flink gives a date in the year 5471.
    failed = (
        f"CASE WHEN {call[0]} IS NOT NULL THEN error('TO_DATE of a text that is no date: ' || {call[0]}) END"
    )
    return f"CAST({_read_simply(call, call.constant(1), failed)} AS DATE)"


_LEAST_MILLIS, _MOST_MILLIS = -62_167_219_200_000, 253_402_300_799_999
"""The years 0 to 9999, beyond which Flink has no timestamps."""


def _to_timestamp_ltz(call: Call) -> str:
    type_ = call.arguments[0].type
    if type_.is_text:
        if len(call) > 2 and call.constant(2) not in ("UTC", "Z"):
            raise Unsupported("TO_TIMESTAMP_LTZ in another zone than UTC")
        return _to_timestamp(call)
    digits = call.constant(1) if len(call) > 1 else "3"
    if digits not in ("0", "3") or not type_.is_integer:
        raise Unsupported(f"TO_TIMESTAMP_LTZ of {type_.text} with precision {digits}")
    scale = 1 if digits == "3" else 1000
    known = f"{call[0]} BETWEEN {_LEAST_MILLIS // scale} AND {_MOST_MILLIS // scale}"
    return f"CASE WHEN {known} THEN epoch_ms(CAST({call[0]} AS BIGINT) * {scale}) END"


def _unix_timestamp(call: Call) -> str:
    if not len(call):
        return f"CAST(epoch({_now(call)}) AS BIGINT)"
    pattern = call.constant(1) if len(call) > 1 else _DEFAULT_PATTERN
    read = f"CAST(epoch({_read_simply(call, pattern, 'NULL')}) AS BIGINT)"
    # What cannot be read is the least number.
    return f"CASE WHEN {call[0]} IS NOT NULL THEN coalesce({read}, -9223372036854775808) END"


def _convert_tz(call: Call) -> str:
    source, target = text(call.constant(1)), text(call.constant(2))
    value = _read_simply(call, _DEFAULT_PATTERN, "NULL")
    moved = f"timezone({target}, timezone({source}, {value}))"
    return f"strftime({moved}, {text(strftime(_DEFAULT_PATTERN))})"


def _now(call: Call) -> str:
    return f"TIMESTAMP {text(call.now)}"


def _today(call: Call) -> str:
    return f"CAST({_now(call)} AS DATE)"


def _time_of_day(call: Call) -> str:
    return f"CAST(date_trunc('second', {_now(call)}) AS TIME)"


SPELLINGS: Mapping[str, Spelling] = {
    "EXTRACT": _extract,
    **{name: _part_function(unit) for name, unit in _PART_FUNCTIONS.items()},
    "TIMESTAMPDIFF": _difference,
    "TIMESTAMPADD": _added,
    "DATE_FORMAT": _date_format,
    "FROM_UNIXTIME": _from_unixtime,
    "TO_TIMESTAMP": _to_timestamp,
    "TO_DATE": _to_date,
    "TO_TIMESTAMP_LTZ": refused_beyond(3, _to_timestamp_ltz),
    "UNIX_TIMESTAMP": _unix_timestamp,
    "CONVERT_TZ": _convert_tz,
    "CURRENT_TIMESTAMP": _now,
    "NOW": _now,
    "CURRENT_ROW_TIMESTAMP": _now,
    "LOCALTIMESTAMP": _now,
    "PROCTIME": _now,
    "CURRENT_DATE": _today,
    "CURRENT_TIME": _time_of_day,
    "LOCALTIME": _time_of_day,
}
