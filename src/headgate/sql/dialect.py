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
            **{k: v for k, v in PlainTokenizer.KEYWORDS.items() if k != "STR"},
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
