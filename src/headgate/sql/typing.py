"""Which type comes out where types meet: Flink's rules for arithmetic, comparison and common types.

Source: Flink docs, "Data Types" and `LogicalTypeMerging`; what differs there from the planner follows the planner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from headgate.schema.types import MAX_PRECISION, UNKNOWN, DataType, Field

_INTEGER_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 19}
_RANK = {"TINYINT": 1, "SMALLINT": 2, "INT": 3, "BIGINT": 4, "DECIMAL": 5, "FLOAT": 6, "DOUBLE": 7}
_APPROXIMATE = ("FLOAT", "DOUBLE")
_TEMPORAL = ("DATE", "TIMESTAMP", "TIMESTAMP_LTZ", "TIME")
_OPEN = ("UNKNOWN", "NULL")


def decimal(precision: int, scale: int, nullable: bool = True) -> DataType:
    """DECIMAL, cut to what Flink can hold as Flink cuts it: digits before the point stay, six after it if possible."""
    if precision > MAX_PRECISION:
        whole = precision - scale
        scale = max(MAX_PRECISION - whole, min(scale, 6))
        precision = MAX_PRECISION
    return DataType("DECIMAL", precision=precision, scale=scale, nullable=nullable)


def as_decimal(type_: DataType) -> tuple[int, int]:
    """Precision and scale of an exact number."""
    if type_.name == "DECIMAL":
        return type_.precision, type_.scale
    return _INTEGER_DIGITS[type_.name], 0


@lru_cache(maxsize=4096)
def arithmetic(operator: str, left: DataType, right: DataType) -> DataType | None:
    """The type of `left operator right` for + - * / %, or None where Flink has no such operation."""
    nullable = left.nullable or right.nullable
    if left.name in _OPEN or right.name in _OPEN:
        known = right if left.name in _OPEN else left
        if known.name in _OPEN or known.name == "INTERVAL":
            return UNKNOWN
        return known.as_nullable(True) if known.name in _RANK or known.name in _TEMPORAL else None
    if left.name in _RANK and right.name in _RANK:
        if operator == "%" and (left.name in _APPROXIMATE or right.name in _APPROXIMATE):
            return None
        return _numbers(operator, left, right).as_nullable(nullable)
    return _times(operator, left, right, nullable)


def _numbers(operator: str, left: DataType, right: DataType) -> DataType:
    if {left.name, right.name} == {"DECIMAL", "FLOAT"}:
        return DataType("DOUBLE")
    for side in (left, right):
        if side.name in _APPROXIMATE:
            return side
    if left.name != "DECIMAL" and right.name != "DECIMAL":
        if operator == "%":
            return right
        return left if _RANK[left.name] >= _RANK[right.name] else right
    (p1, s1), (p2, s2) = as_decimal(left), as_decimal(right)
    if operator in "+-":
        scale = max(s1, s2)
        return decimal(max(p1 - s1, p2 - s2) + scale + 1, scale)
    if operator == "*":
        return decimal(p1 + p2 + 1, s1 + s2)
    if operator == "/":
        scale = max(6, s1 + p2 + 1)
        return decimal(p1 - s1 + s2 + scale, scale)
    if s1 == 0 and s2 == 0:
        return decimal(min(p1, p2), 0)
    scale = max(s1, s2)
    return decimal(min(p1 - s1, p2 - s2) + scale, scale)


def _times(operator: str, left: DataType, right: DataType, nullable: bool) -> DataType | None:
    pair = (left.name, right.name)
    if left.name in _TEMPORAL and right.name == "INTERVAL" and operator in "+-":
        return left.as_nullable(nullable)
    if left.name == "INTERVAL" and right.name in _TEMPORAL and operator == "+":
        return right.as_nullable(nullable)
    if pair == ("INTERVAL", "INTERVAL") and operator in "+-":
        return left.as_nullable(nullable)
    if "INTERVAL" in pair and operator in "*/" and (left.name in _RANK or right.name in _RANK):
        return DataType("INTERVAL", nullable=nullable)
    if operator == "-" and left.name in _TEMPORAL and right.name in _TEMPORAL:
        return DataType("INTERVAL", nullable=nullable)
    return None


@lru_cache(maxsize=4096)
def comparable(left: DataType, right: DataType) -> bool:
    """Whether Flink compares the two without a cast. Where we are not sure that it refuses, it does."""
    a, b = left.name, right.name
    if a == b or a in _OPEN or b in _OPEN or "VARIANT" in (a, b):
        return True
    for group in (_RANK, ("STRING", "CHAR"), ("BYTES", "BINARY"), ("TIMESTAMP", "TIMESTAMP_LTZ")):
        if a in group and b in group:
            return True
    # Text against dates and times is cast by the planner, text against numbers refused by it.
    return (a in ("STRING", "CHAR") and b in _TEMPORAL) or (b in ("STRING", "CHAR") and a in _TEMPORAL)


@lru_cache(maxsize=4096)
def _common(left: DataType, right: DataType) -> DataType | None:
    nullable = left.nullable or right.nullable
    if left.name == "UNKNOWN" or right.name == "UNKNOWN":
        return UNKNOWN
    if left.name == "NULL":
        return right.as_nullable(True)
    if right.name == "NULL":
        return left.as_nullable(True)
    if left.name in _RANK and right.name in _RANK:
        return _common_number(left, right).as_nullable(nullable)
    if left.is_text and right.is_text:
        return _common_text(left, right).as_nullable(nullable)
    if left.is_binary and right.is_binary:
        return (left if left.same_as(right) else DataType("BYTES")).as_nullable(nullable)
    if left.name == right.name:
        return _common_nested(left, right, nullable)
    names = {left.name, right.name}
    if names <= {"DATE", "TIMESTAMP", "TIMESTAMP_LTZ"}:
        best = left if left.name != "DATE" else right
        if names == {"TIMESTAMP", "TIMESTAMP_LTZ"}:
            best = left if left.name == "TIMESTAMP_LTZ" else right
        return replace(best, precision=max(left.precision, right.precision), nullable=nullable)
    return None


def _common_number(left: DataType, right: DataType) -> DataType:
    if left.name in _APPROXIMATE or right.name in _APPROXIMATE:
        if left.name in _APPROXIMATE and right.name in _APPROXIMATE:
            return left if _RANK[left.name] >= _RANK[right.name] else right
        # Planner: an exact number of more than seven digits makes the pair a DOUBLE.
        approximate = left if left.name in _APPROXIMATE else right
        return DataType("DOUBLE") if "DECIMAL" in (left.name, right.name) else approximate
    if left.name != "DECIMAL" and right.name != "DECIMAL":
        return left if _RANK[left.name] >= _RANK[right.name] else right
    (p1, s1), (p2, s2) = as_decimal(left), as_decimal(right)
    scale = max(s1, s2)
    return decimal(max(p1 - s1, p2 - s2) + scale, scale)


def _common_text(left: DataType, right: DataType) -> DataType:
    if left.same_as(right):
        return left
    if not left.length or not right.length:
        return DataType("STRING")
    length = max(left.length, right.length)
    same = left.name == "CHAR" == right.name and left.length == right.length
    return DataType("CHAR" if same else "STRING", length=length)


def _common_nested(left: DataType, right: DataType, nullable: bool) -> DataType | None:
    if left.fields or right.fields:
        if len(left.fields) != len(right.fields):
            return None
        fields = []
        for a, b in zip(left.fields, right.fields, strict=True):
            both = _common(a.type, b.type)
            if both is None:
                return None
            fields.append(Field(a.name, both))
        return replace(left, fields=tuple(fields), nullable=nullable)
    element, key = left.element, left.key
    if left.element is not None and right.element is not None:
        element = _common(left.element, right.element)
        if element is None:
            return None
    if left.key is not None and right.key is not None:
        key = _common(left.key, right.key)
        if key is None:
            return None
    return replace(
        left, element=element, key=key, precision=max(left.precision, right.precision), nullable=nullable
    )


def common(types: Iterable[DataType]) -> DataType | None:
    """The type that holds all of `types`, or None where they have none in common."""
    result: DataType | None = None
    for type_ in types:
        if result is None:
            result = type_
            continue
        result = _common(result, type_)
        if result is None:
            return None
    return result if result is not None else UNKNOWN


_NOT_FROM_NUMBER = ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ", "ARRAY", "MAP", "MULTISET", "ROW")
_NESTED = ("ARRAY", "MAP", "MULTISET", "ROW")


@lru_cache(maxsize=4096)
def castable(source: DataType, target: DataType) -> bool:
    """Whether Flink has a cast from one to the other. Where we are not sure that it refuses, it has."""
    a, b = source.name, target.name
    if a == b or a in _OPEN or b in _OPEN or source.is_text or target.is_text or "VARIANT" in (a, b):
        return not (source.is_text and b == "INTERVAL")
    if a in _RANK:
        return b not in _NOT_FROM_NUMBER
    if a == "BOOLEAN":
        return b in _RANK
    if a in ("DATE", "TIME"):
        return b in _TEMPORAL and (a, b) not in (("DATE", "TIME"), ("TIME", "DATE"))
    if a in ("TIMESTAMP", "TIMESTAMP_LTZ"):
        return b in _TEMPORAL
    return not (a in _NESTED or b in _NESTED)
