"""Names and values as Flink SQL spells them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from headgate.project.queries import quoted
from headgate.schema.types import DataType
from headgate.schema.values import Misfit, read_value

__all__ = ["fits", "literal", "quoted", "selected", "text"]


def selected(names: Iterable[str]) -> str:
    """Columns as a list.

    >>> selected(["id", "order"])
    'id, `order`'
    """
    return ", ".join(quoted(name) for name in names)


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def fits(value: Any, type_: DataType) -> str:
    """Why a value as YAML gives it is none of the type; "" where it is one."""
    try:
        literal(value, type_)
    except Misfit as misfit:
        return str(misfit)
    return ""


def literal(value: Any, type_: DataType) -> str:
    """A value as YAML gives it, as a literal of the type; Misfit where it is none.

    >>> from headgate.schema.types import parse_type
    >>> literal("it's", parse_type("string")), literal(0.1, parse_type("double"))
    ("'it''s'", '0.1E0')
    """
    if type_.is_text and not isinstance(value, str):
        raise Misfit(f"{value} is no text; put it into quotes")
    if type_.is_numeric and isinstance(value, str):
        raise Misfit(f"`{value}` is text, and a number is wanted")
    match read_value(value, type_):
        case None:
            raise Misfit("null equals nothing; `not_null` asks for it")
        case bool() as said:
            return "TRUE" if said else "FALSE"
        case str() as said:
            return text(said)
        case int() | Decimal() as said:
            return format(said, "f") if isinstance(said, Decimal) else str(said)
        case float() as said:
            return repr(said) if "e" in repr(said) else f"{said!r}E0"
        case dt.datetime() as said:
            moment = f"TIMESTAMP '{said.isoformat(sep=' ')}'"
            return f"CAST({moment} AS {type_.text})" if type_.name == "TIMESTAMP_LTZ" else moment
        case dt.date() as said:
            return f"DATE '{said.isoformat()}'"
        case dt.time() as said:
            return f"TIME '{said.isoformat()}'"
    raise Misfit(f"values of type {type_} cannot be written here")
