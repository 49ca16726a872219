"""Flink SQL as a dialect of the SQL library.

Only the dialect and its tokenizer are subclassed: a subclass of the library's parser, generator or expressions stops
working where the library's compiled build is installed.
"""

from __future__ import annotations

from typing import ClassVar

from sqlglot.dialects.dialect import Dialect, DialectType, NormalizationStrategy
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer as PlainTokenizer

from headgate.sql.tokens import rewritten

_TYPES_OF_OTHERS = frozenset({
    "BIGDECIMAL", "BIGNUM", "BIGNUMERIC", "BIT", "BLOB", "BOOL", "BPCHAR", "BYTE", "BYTEA", "CLOB",
    "DATEMULTIRANGE", "DATERANGE", "DATETIME", "DECFLOAT", "DECIMAL128", "DECIMAL256", "DECIMAL32",
    "DECIMAL64", "ENUM", "FIXED", "FLOAT4", "FLOAT8", "GEOGRAPHY", "GEOMETRY", "HUGEINT", "INET", "INT1",
    "INT128", "INT16", "INT2", "INT256", "INT32", "INT4", "INT4MULTIRANGE", "INT4RANGE", "INT64", "INT8",
    "INT8MULTIRANGE", "INT8RANGE", "JSONB", "LIST", "LONG", "LONGBLOB", "LONGTEXT", "LONGVARCHAR",
    "MEDIUMBLOB", "MEDIUMINT", "MEDIUMTEXT", "NCHAR", "NULLABLE", "NUMBER", "NUMMULTIRANGE", "NUMRANGE",
    "NVARCHAR", "NVARCHAR2", "REAL", "REF", "SHORT", "STR", "TEXT", "TIMESTAMPTZ", "TIMETZ", "TIME_NS",
    "TINYBLOB", "TINYTEXT", "TSMULTIRANGE", "TSRANGE", "TSTZMULTIRANGE", "TSTZRANGE", "UHUGEINT", "UINT",
    "UINT128", "UINT256", "UUID", "VARCHAR2", "VECTOR",
})  # fmt: skip
"""Names that are types elsewhere and plain names in Flink."""


class Flink(Dialect):
    """Flink SQL: backticks quote, names keep their case, and calls reach the parser in one plain form."""

    INDEX_OFFSET = 1
    TYPED_DIVISION = True
    NULL_ORDERING = "nulls_are_small"
    NORMALIZATION_STRATEGY = NormalizationStrategy.CASE_SENSITIVE
    NORMALIZE_FUNCTIONS = False

    class Tokenizer(PlainTokenizer):
        IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ["`"]
        NESTED_COMMENTS = False
        # A command's token would swallow the rest of its statement.
        COMMANDS: ClassVar[set[TokenType]] = set()
        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            **{k: v for k, v in PlainTokenizer.KEYWORDS.items() if k not in _TYPES_OF_OTHERS},
            "MATCH_RECOGNIZE": TokenType.MATCH_RECOGNIZE,
            "TIMESTAMP_LTZ": TokenType.TIMESTAMPLTZ,
            "BYTES": TokenType.VARBINARY,
            "STRING": TokenType.TEXT,
            "MAP": TokenType.MAP,
        }

    def raw_tokens(self, sql: str) -> list[Token]:
        """The tokens as written."""
        return super().tokenize(sql)

    def tokenize(self, sql: str, dialect: DialectType = None) -> list[Token]:
        """The tokens as the parser wants them."""
        return rewritten(super().tokenize(sql), sql)
