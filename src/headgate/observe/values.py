"""Values of every type as a reader of JSON or of a table gets them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from headgate.schema.types import DataType
from headgate.schema.values import print_value


def shown(value: Any, type_: DataType) -> Any:
    """A value as JSON has it: numbers as numbers (decimals as text, in full), times in SQL's spelling, bytes in base64.

    >>> import datetime as dt
    >>> from headgate.schema.types import parse_type
    >>> shown(dt.datetime(2026, 1, 1), parse_type("timestamp_ltz(3)"))
    '2026-01-01 00:00:00.000Z'
    """
    if value is None:
        return None
    match type_.name:
        case "ARRAY" if isinstance(value, (list, tuple)):
            return [shown(item, type_.element or DataType("UNKNOWN")) for item in value]
        case "ROW" if isinstance(value, Mapping):
            return {field.name: shown(value.get(field.name), field.type) for field in type_.fields}
        case "MAP" | "MULTISET" if isinstance(value, Mapping):
            return _entries(value, type_)
        case "TIMESTAMP" | "TIMESTAMP_LTZ" if isinstance(value, dt.datetime):
            zone = "Z" if type_.name == "TIMESTAMP_LTZ" else ""
            return f"{value:%Y-%m-%d %H:%M:%S}{_fraction(value.microsecond, type_.precision)}{zone}"
        case "TIME" if isinstance(value, dt.time):
            return f"{value:%H:%M:%S}{_fraction(value.microsecond, type_.precision)}"
    return print_value(value)


def _fraction(microsecond: int, precision: int) -> str:
    digits = f"{microsecond:06d}".ljust(9, "0")[:precision]
    return f".{digits}" if digits else ""


def _entries(value: Mapping[Any, Any], type_: DataType) -> Any:
    """The entries of a map: an object where its keys are plain, else a list of keys and values."""
    unknown = DataType("UNKNOWN")
    key = (type_.key if type_.name == "MAP" else type_.element) or unknown
    item = (type_.element if type_.name == "MAP" else DataType("INT")) or unknown
    if key.name in ("ROW", "ARRAY", "MAP", "MULTISET"):
        # Keys that cannot be hashed come as two lists.
        pairs = zip(value.get("key", ()), value.get("value", ()), strict=True)
        return [{"key": shown(k, key), "value": shown(v, item)} for k, v in pairs]
    return {str(shown(k, key)): shown(v, item) for k, v in value.items()}
