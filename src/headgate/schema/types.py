"""Logical types of columns: Flink SQL's, parsed and printed.

Source: Flink 2.3 docs, "Data Types". Spelling is any case; `integer`, `varchar`, `text`, `timestamp` and `struct`
are read as what they stand for here (format.md §4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

MAX_PRECISION = 38
STRING_LENGTH = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a ROW."""

    name: str
    type: DataType


@dataclass(frozen=True, slots=True)
class DataType:
    """A type: its Flink root name, its parameters, and whether null is a value of it.

    `name` is one of BOOLEAN TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL CHAR STRING BINARY BYTES DATE TIME
    TIMESTAMP TIMESTAMP_LTZ INTERVAL ARRAY MULTISET MAP ROW VARIANT NULL UNKNOWN. A VARCHAR(n) is a STRING with
    `length` n. `precision` is also that of times; `element` is an array's or a map's value, `key` a map's key.
    UNKNOWN says that the analysis could not tell.
    """

    name: str
    precision: int = 0
    scale: int = 0
    length: int = 0
    element: DataType | None = None
    key: DataType | None = None
    fields: tuple[Field, ...] = ()
    nullable: bool = True

    def __str__(self) -> str:
        return self.text if self.nullable else f"{self.text} NOT NULL"

    @property
    def text(self) -> str:
        """The type without its nullability, as Flink prints it."""
        match self.name:
            case "DECIMAL":
                return f"DECIMAL({self.precision}, {self.scale})"
            case "TIMESTAMP" | "TIMESTAMP_LTZ" | "TIME":
                return f"{self.name}({self.precision})"
            case "STRING" | "BYTES" if self.length:
                return f"{'VARCHAR' if self.name == 'STRING' else 'VARBINARY'}({self.length})"
            case "CHAR" | "BINARY":
                return f"{self.name}({self.length or 1})"
            case "ARRAY" | "MULTISET":
                return f"{self.name}<{self.element}>"
            case "MAP":
                return f"MAP<{self.key}, {self.element}>"
            case "ROW":
                return "ROW<" + ", ".join(f"{_quoted(f.name)} {f.type}" for f in self.fields) + ">"
        return self.name

    def as_nullable(self, nullable: bool = True) -> DataType:
        """The same type with another nullability."""
        return self if self.nullable is nullable else replace(self, nullable=nullable)

    def same_as(self, other: DataType) -> bool:
        """Equal but for nullability at the top."""
        return self.as_nullable() == other.as_nullable()

    @property
    def is_numeric(self) -> bool:
        return self.name in NUMERIC

    @property
    def is_integer(self) -> bool:
        return self.name in INTEGERS

    @property
    def is_text(self) -> bool:
        return self.name in ("STRING", "CHAR")

    @property
    def is_binary(self) -> bool:
        return self.name in ("BYTES", "BINARY")

    @property
    def is_timestamp(self) -> bool:
        return self.name in ("TIMESTAMP", "TIMESTAMP_LTZ")


INTEGERS = ("TINYINT", "SMALLINT", "INT", "BIGINT")
NUMERIC = (*INTEGERS, "DECIMAL", "FLOAT", "DOUBLE")

_PLAIN = {
    "boolean": "BOOLEAN", "bool": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INT",
    "integer": "INT", "bigint": "BIGINT", "float": "FLOAT", "double": "DOUBLE", "double precision": "DOUBLE",
    "string": "STRING", "text": "STRING", "bytes": "BYTES", "date": "DATE", "variant": "VARIANT", "null": "NULL",
}  # fmt: skip

_TOKEN = re.compile(r"\s*(?:(`(?:[^`]|``)+`)|([A-Za-z_][A-Za-z0-9_]*)|(\d+)|([<>(),:])|('(?:[^']|'')*'))")


class TypeSyntaxError(ValueError):
    """Text that is no type; the message says what was met."""


@lru_cache(maxsize=4096)
def parse_type(text: str) -> DataType:
    """The type that `text` spells, nullable unless it says NOT NULL; TypeSyntaxError where it spells none.

    >>> str(parse_type("decimal(10,2) not null"))
    'DECIMAL(10, 2) NOT NULL'
    >>> str(parse_type("row<sku string, dims row<w double>>"))
    'ROW<sku STRING, dims ROW<w DOUBLE>>'
    """
    reader = _Reader(text)
    result = reader.type()
    reader.end()
    return result


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at = 0
        end = len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise TypeSyntaxError(f"`{text[at:].strip()[:20]}` is no part of a type")
            self.tokens.append(match[0].strip())
            at = match.end()
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.tokens[at].lower() if at < len(self.tokens) else ""

    def take(self) -> str:
        if self.at >= len(self.tokens):
            raise TypeSyntaxError("the type ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def eat(self, *words: str) -> bool:
        if all(self.peek(i) == w for i, w in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def need(self, word: str) -> None:
        if not self.eat(word):
            raise TypeSyntaxError(f"expected `{word}`, found `{self.peek() or 'the end'}`")

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise TypeSyntaxError(f"`{self.tokens[self.at]}` is left over")

    def number(self) -> int:
        word = self.take()
        if not word.isdigit() or len(word) > 10:
            raise TypeSyntaxError(f"expected a number, found `{word}`")
        return int(word)

    def parameters(self, *defaults: int) -> list[int]:
        values = list(defaults)
        if self.eat("("):
            values[0] = self.number()
            if len(defaults) > 1 and self.eat(","):
                values[1] = self.number()
            self.need(")")
        return values

    def type(self) -> DataType:
        result = self.root()
        while True:
            if self.eat("not", "null"):
                result = replace(result, nullable=False)
            elif self.eat("null"):
                result = replace(result, nullable=True)
            elif self.eat("array"):
                result = DataType("ARRAY", element=result)
            elif self.eat("multiset"):
                result = DataType("MULTISET", element=result)
            else:
                return result

    def root(self) -> DataType:
        word = self.take().lower()
        if word == "double":
            self.eat("precision")
            return DataType("DOUBLE")
        if word in _PLAIN:
            return DataType(_PLAIN[word])
        match word:
            case "decimal" | "dec" | "numeric":
                precision, scale = self.parameters(10, 0)
                if not 1 <= precision <= MAX_PRECISION or scale > precision:
                    raise TypeSyntaxError(
                        f"DECIMAL({precision}, {scale}): precision is 1 to {MAX_PRECISION}, scale at most that"
                    )
                return DataType("DECIMAL", precision=precision, scale=scale)
            case "char" | "binary":
                return DataType(word.upper(), length=self.parameters(1)[0])
            case "varchar" | "varbinary":
                length = self.parameters(STRING_LENGTH)[0]
                root = "STRING" if word == "varchar" else "BYTES"
                return DataType(root, length=0 if length == STRING_LENGTH else length)
            case "timestamp_ltz":
                return self.timestamp("TIMESTAMP_LTZ")
            case "timestamp":
                return self.timestamp("TIMESTAMP")
            case "time":
                precision = self.parameters(0)[0]
                if self.eat("without"):
                    self.need("time")
                    self.need("zone")
                return DataType("TIME", precision=precision)
            case "interval":
                while self.peek() in ("year", "month", "day", "hour", "minute", "second", "to", "("):
                    if self.take() == "(":
                        self.number()
                        self.need(")")
                return DataType("INTERVAL")
            case "array" | "multiset":
                self.need("<")
                element = self.type()
                self.need(">")
                return DataType(word.upper(), element=element)
            case "map":
                self.need("<")
                key = self.type()
                self.need(",")
                value = self.type()
                self.need(">")
                return DataType("MAP", key=key, element=value)
            case "row" | "struct":
                return self.row()
        raise TypeSyntaxError(f"`{word}` is no type of Flink SQL")

    def timestamp(self, name: str) -> DataType:
        precision = self.parameters(3)[0]
        if precision > 9:
            raise TypeSyntaxError(f"{name}({precision}): precision is 0 to 9")
        if self.eat("without"):
            self.need("time")
            self.need("zone")
        elif self.eat("with"):
            if not self.eat("local"):
                raise TypeSyntaxError(
                    "TIMESTAMP WITH TIME ZONE is not supported by Flink; WITH LOCAL TIME ZONE is"
                )
            self.need("time")
            self.need("zone")
            name = "TIMESTAMP_LTZ"
        return DataType(name, precision=precision)

    def row(self) -> DataType:
        close = ">" if self.eat("<") else ")"
        if close == ")":
            self.need("(")
        fields: list[Field] = []
        while True:
            name = self.take()
            self.eat(":")
            fields.append(Field(name.strip("`").replace("``", "`"), self.type()))
            if self.peek().startswith("'"):
                self.take()
            if not self.eat(","):
                break
        self.need(close)
        if len({f.name for f in fields}) < len(fields):
            raise TypeSyntaxError("a field name stands twice in one ROW")
        return DataType("ROW", fields=tuple(fields))


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else "`" + name.replace("`", "``") + "`"


BOOLEAN = DataType("BOOLEAN")
INT = DataType("INT")
BIGINT = DataType("BIGINT")
DOUBLE = DataType("DOUBLE")
STRING = DataType("STRING")
BYTES = DataType("BYTES")
DATE = DataType("DATE")
TIMESTAMP_3 = DataType("TIMESTAMP", precision=3)
NULL = DataType("NULL")
UNKNOWN = DataType("UNKNOWN")
