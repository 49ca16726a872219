"""Values of the logical types: what a JSON value, a CSV cell or a YAML value is as a value of a column.

Follows Flink's JSON format where that says something (flink-formats/json, `JsonToRowDataConverters`): numbers and
booleans may be written as text, text may be any scalar, a missing field is null, times are spelled in one declared way.
Stricter in two points, since a sample is there to show faults: a number that loses digits and a word that is no boolean
do not fit, where Flink would truncate or read `false`.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from headgate.schema.types import DataType


class Misfit(ValueError):
    """The value is none of the type; the message says why, for people."""


EPOCH = dt.datetime(1970, 1, 1)
_BITS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}
_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:(?P<sep>[T ])(?P<time>\d{2}:\d{2}(?::\d{2})?)(?:\.(?P<fraction>\d{1,9}))?)?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_TIME = re.compile(r"(\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?Z?")


def read_value(raw: Any, type_: DataType, timestamps: str = "any") -> Any:
    """`raw` as a value of `type_`; Misfit where it is none. Values that are of the type already stay.

    Answers are None, bool, int, float, Decimal, str, bytes, date, time, datetime (naive, UTC), list, dict.

    >>> from headgate.schema.types import parse_type
    >>> read_value("12", parse_type("int"))
    12
    >>> read_value("2026-01-01 00:00:01.5", parse_type("timestamp(3)"), "sql")
    datetime.datetime(2026, 1, 1, 0, 0, 1, 500000)
    """
    if raw is None:
        return None
    name = type_.name
    if name in _BITS:
        return _integer(raw, name)
    match name:
        case "STRING" | "CHAR" | "VARIANT" | "UNKNOWN":
            return _text(raw, type_)
        case "TIMESTAMP" | "TIMESTAMP_LTZ":
            return _moment(raw, type_, timestamps)
        case "BOOLEAN":
            return _boolean(raw)
        case "FLOAT" | "DOUBLE":
            return _floating(raw)
        case "DECIMAL":
            return _decimal(raw, type_)
        case "DATE":
            return _date(raw)
        case "TIME":
            return _time(raw, type_)
        case "BYTES" | "BINARY":
            return _binary(raw)
        case "ARRAY" | "MAP" | "MULTISET" | "ROW":
            return _composite(raw, type_, timestamps)
        case "NULL":
            raise Misfit("only null fits")
    raise Misfit(f"a value of type {type_} cannot be read from a sample")


def print_value(value: Any) -> Any:
    """A value as JSON has it: times as SQL spells them, decimals and bytes as text."""
    match value:
        case dt.datetime():
            return value.isoformat(
                sep=" ", timespec="milliseconds" if value.microsecond % 1000 == 0 else "auto"
            )
        case dt.date() | dt.time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(bytes(value)).decode()
        case dt.timedelta():
            return str(value)
        case dict():
            return {str(print_value(k)): print_value(v) for k, v in value.items()}
        case list() | tuple():
            return [print_value(v) for v in value]
        case float() if value != value or value in (float("inf"), float("-inf")):
            return str(value)
    return value


def _shown(raw: Any) -> str:
    text = json.dumps(raw, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "..."


def _integer(raw: Any, name: str) -> int:
    value = _whole(raw)
    if value is None:
        raise Misfit(f"{_shown(raw)} is no {name}")
    limit = 1 << (_BITS[name] - 1)
    if not -limit <= value < limit:
        raise Misfit(f"{_shown(raw)} is out of the range of {name}")
    return value


def _whole(raw: Any) -> int | None:
    match raw:
        case bool():
            return None
        case int():
            return raw
        case float():
            return int(raw) if raw.is_integer() else None
        case Decimal():
            return int(raw) if raw.is_finite() and raw == raw.to_integral_value() else None
        case str():
            return int(raw) if re.fullmatch(r"\s*[+-]?\d{1,40}\s*", raw) else None
    return None


def _text(raw: Any, type_: DataType) -> str:
    if isinstance(raw, str):
        text = raw
    elif isinstance(raw, bool):
        text = "true" if raw else "false"
    elif isinstance(raw, (dict, list)):
        text = json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    else:
        text = str(print_value(raw))
    if type_.length and len(text) > type_.length:
        raise Misfit(f"{_shown(raw)} is longer than {type_}")
    return text


def _boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word not in ("true", "false"):
        raise Misfit(f"{_shown(raw)} is no BOOLEAN")
    return word == "true"


def _floating(raw: Any) -> float:
    if isinstance(raw, bool):
        raise Misfit(f"{_shown(raw)} is no number")
    try:
        return float(raw)
    except (TypeError, ValueError, OverflowError):
        raise Misfit(f"{_shown(raw)} is no number") from None


def _decimal(raw: Any, type_: DataType) -> Decimal:
    if isinstance(raw, bool):
        raise Misfit(f"{_shown(raw)} is no number")
    try:
        value = Decimal(str(raw).strip())
        rounded = value.quantize(Decimal(1).scaleb(-type_.scale)) if value.is_finite() else None
    except (InvalidOperation, ValueError):
        rounded = None
    if rounded is None:
        raise Misfit(f"{_shown(raw)} is no {type_.text}")
    if rounded != value:
        raise Misfit(f"{_shown(raw)} has more digits after the point than {type_.text}")
    if len(rounded.as_tuple().digits) > type_.precision and rounded:
        raise Misfit(f"{_shown(raw)} is out of the range of {type_.text}")
    return rounded


def _date(raw: Any) -> dt.date:
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    try:
        return dt.date.fromisoformat(str(raw))
    except ValueError:
        raise Misfit(f"{_shown(raw)} is no DATE (year-month-day)") from None


def _time(raw: Any, type_: DataType) -> dt.time:
    if isinstance(raw, dt.time):
        return raw
    match = _TIME.fullmatch(str(raw))
    try:
        if match is None:
            raise ValueError(raw)
        base = dt.time.fromisoformat(match[1])
    except ValueError:
        raise Misfit(f"{_shown(raw)} is no TIME (hours:minutes:seconds)") from None
    return base.replace(microsecond=_micros(match[2], type_.precision or 6))


def _micros(fraction: str | None, precision: int) -> int:
    return int((fraction or "")[: min(precision, 6)].ljust(6, "0") or 0)


def _moment(raw: Any, type_: DataType, timestamps: str) -> dt.datetime:
    if isinstance(raw, dt.datetime):
        return _truncated(raw if raw.tzinfo is None else raw.astimezone(dt.UTC).replace(tzinfo=None), type_)
    if isinstance(raw, dt.date):
        return dt.datetime(raw.year, raw.month, raw.day)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        if timestamps not in ("epoch_millis", "any"):
            raise Misfit(f"{_shown(raw)} is a number; `timestamps: epoch_millis` reads those")
        try:
            return _truncated(EPOCH + dt.timedelta(milliseconds=raw), type_)
        except (OverflowError, ValueError):  # infinite, too far away, or not a number
            raise Misfit(f"{_shown(raw)} is out of the range of {type_.text}") from None
    if timestamps == "epoch_millis":
        raise Misfit(f"{_shown(raw)} is no number of milliseconds")
    match = _MOMENT.fullmatch(raw) if isinstance(raw, str) else None
    if match is None or (match["time"] is None and match["zone"]):
        raise Misfit(f"{_shown(raw)} is no {type_.text}")
    _check_spelling(raw, match, type_, timestamps)
    try:
        value = dt.datetime.fromisoformat(f"{match['date']} {match['time'] or '00:00'}")
        if match["zone"] and match["zone"] != "Z":
            zone = dt.datetime.strptime(match["zone"].replace(":", ""), "%z").tzinfo
            value = value.replace(tzinfo=zone).astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise Misfit(f"{_shown(raw)} is no {type_.text}") from None
    return value.replace(microsecond=_micros(match["fraction"], type_.precision))


def _check_spelling(raw: str, match: re.Match[str], type_: DataType, timestamps: str) -> None:
    if timestamps == "sql" and match["sep"] != " ":
        raise Misfit(f"{_shown(raw)} is not spelled as SQL does; `timestamps: iso` reads times with a T")
    if timestamps == "iso" and match["sep"] != "T":
        raise Misfit(
            f"{_shown(raw)} is not spelled as ISO-8601 does; `timestamps: sql` reads times with a space"
        )
    if timestamps != "any" and bool(match["zone"]) != (type_.name == "TIMESTAMP_LTZ"):
        raise Misfit(
            f"{_shown(raw)} has a zone, which {type_.text} has not"
            if match["zone"]
            else f"{_shown(raw)} lacks its zone (Z), which {type_.text} needs"
        )


def _truncated(value: dt.datetime, type_: DataType) -> dt.datetime:
    unit = 10 ** max(0, 6 - type_.precision)
    return value.replace(microsecond=value.microsecond // unit * unit)


def _binary(raw: Any) -> bytes:
    if isinstance(raw, (bytes, bytearray)):
        return bytes(raw)
    try:
        return base64.b64decode(str(raw), validate=True)
    except (binascii.Error, ValueError):
        raise Misfit(f"{_shown(raw)} is no base64 text") from None


def _composite(raw: Any, type_: DataType, timestamps: str) -> Any:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            raise Misfit(f"{_shown(raw)} is no {type_.name}") from None
    if type_.name == "ARRAY":
        if not isinstance(raw, list):
            raise Misfit(f"{_shown(raw)} is no ARRAY")
        element = type_.element
        return [v if element is None else read_value(v, element, timestamps) for v in raw]
    if not isinstance(raw, Mapping):
        raise Misfit(f"{_shown(raw)} is no {type_.name}")
    if type_.name == "ROW":
        return {f.name: read_value(raw.get(f.name), f.type, timestamps) for f in type_.fields}
    key_type = type_.key if type_.name == "MAP" else type_.element
    value_type = type_.element if type_.name == "MAP" else DataType("INT")
    if key_type is None or value_type is None:
        return dict(raw)
    return {
        read_value(k, key_type, timestamps): read_value(v, value_type, timestamps) for k, v in raw.items()
    }
