"""Flink SQL statements that are no queries, read from tokens: tables, views, inserts, functions, settings.

We make such statements; reading them serves what brings existing ones in, and the tests of what we make. Types and
expressions are kept as text. A statement that is of none of these kinds is `Other`, never skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from headgate.schema.types import DataType, TypeSyntaxError, parse_type
from headgate.sql.dialect import Flink

T = TokenType

Options = tuple[tuple[str, str], ...]


class DdlSyntaxError(ValueError):
    """Text that is no statement; the message says what was expected, `start` and `end` where."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of CREATE TABLE. `kind` is physical, computed or metadata; `expression` a computed one's text.

    `metadata` is the key that a metadata column reads, its own name where none is given.
    """

    name: str
    kind: str
    type: DataType | None = None
    expression: str = ""
    metadata: str = ""
    virtual: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Watermark:
    column: str
    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable:
    """CREATE TABLE, and CREATE MATERIALIZED TABLE where `materialized`; `query` is the text after AS."""

    name: str
    columns: tuple[TableColumn, ...] = ()
    watermark: Watermark | None = None
    primary_key: tuple[str, ...] = ()
    options: Options = ()
    partitioned_by: tuple[str, ...] = ()
    distributed_by: tuple[str, ...] = ()
    buckets: int = 0
    like: str = ""
    query: str = ""
    comment: str = ""
    freshness: str = ""
    refresh_mode: str = ""
    temporary: bool = False
    materialized: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateView:
    name: str
    query: str
    columns: tuple[str, ...] = ()
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class CreateFunction:
    name: str
    implementation: str
    language: str = ""
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class Insert:
    target: str
    query: str
    columns: tuple[str, ...] = ()
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class StatementSet:
    inserts: tuple[Insert, ...]


@dataclass(frozen=True, slots=True)
class Set:
    """SET 'key' = 'value'; RESET where `value` is None."""

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Query:
    text: str


@dataclass(frozen=True, slots=True)
class Other:
    """A statement that is known only by its first words: EXPLAIN, USE, ADD JAR, ALTER, DROP and the like."""

    verb: str
    text: str


Statement = CreateTable | CreateView | CreateFunction | Insert | StatementSet | Set | Query | Other


def statements(script: str) -> tuple[tuple[str, int], ...]:
    """The statements of a script with their offsets, split at semicolons that are in no text and in no statement set."""
    found: list[tuple[str, int]] = []
    start: int | None = None
    last = 0
    inside, cases = False, 0
    for token in _tokens(script):
        if token.token_type is T.SEMICOLON and not inside:
            if start is not None:
                found.append((script[start:last], start))
            start = None
            continue
        word = token.text.upper() if token.token_type is not T.STRING else ""
        if start is None:
            start = token.start
        if word == "BEGIN" or (
            word == "SET" and script[start : token.start].strip().upper() == "EXECUTE STATEMENT"
        ):
            inside = True
        elif word == "CASE":
            cases += 1
        elif word == "END" and cases:
            cases -= 1
        elif word == "END" and script[start : start + 5].upper() in ("EXECU", "BEGIN"):
            inside = False
        last = token.end + 1
    if start is not None:
        found.append((script[start:last], start))
    return tuple(found)


def _tokens(text: str) -> list[Token]:
    try:
        return Flink().raw_tokens(text)
    except TokenError:
        raise DdlSyntaxError("a quote or comment is opened and not closed", 0, len(text)) from None


def read_statement(text: str) -> Statement:
    """One statement; DdlSyntaxError where it is of a known kind and does not follow its grammar."""
    return _Reader(text).statement()


_OPEN = (T.L_PAREN, T.LT, T.L_BRACKET)
_CLOSE = (T.R_PAREN, T.GT, T.R_BRACKET)
_TYPE_ENDS = frozenset({"NOT", "NULL", "METADATA", "COMMENT", "PRIMARY", "PRIMARY KEY", "AS", "CONSTRAINT"})


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _words(_tokens(text))
        while self.tokens and self.tokens[-1].token_type is T.SEMICOLON:
            self.tokens.pop()
        self.at = 0

    def word(self, ahead: int = 0) -> str:
        at = self.at + ahead
        if at >= len(self.tokens) or self.tokens[at].token_type in (T.STRING, T.IDENTIFIER):
            return ""
        return self.tokens[at].text.upper()

    def eat(self, *words: str) -> bool:
        if all(self.word(i) == w for i, w in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def fail(self, wanted: str) -> DdlSyntaxError:
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            return DdlSyntaxError(f"expected {wanted}, found `{token.text}`", token.start, token.end + 1)
        return DdlSyntaxError(f"expected {wanted}, found the end", len(self.text), len(self.text))

    def need(self, *words: str) -> None:
        if not self.eat(*words):
            raise self.fail(f"`{' '.join(words)}`")

    def take(self, wanted: str) -> Token:
        if self.at >= len(self.tokens):
            raise self.fail(wanted)
        self.at += 1
        return self.tokens[self.at - 1]

    def string(self) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at].token_type is not T.STRING:
            raise self.fail("text in quotes")
        return self.take("text").text

    def name(self) -> str:
        token = self.take("a name")
        if token.token_type is T.STRING or not (
            token.text[:1].isalpha() or token.text[:1] in "_$" or token.token_type is T.IDENTIFIER
        ):
            self.at -= 1
            raise self.fail("a name")
        parts = [token.text]
        while self.eat("."):
            parts.append(self.take("a name").text)
        return ".".join(parts)

    def names(self) -> tuple[str, ...]:
        self.need("(")
        found = [self.name()]
        while self.eat(","):
            found.append(self.name())
        self.need(")")
        return tuple(found)

    def rest(self) -> str:
        if self.at >= len(self.tokens):
            raise self.fail("a query")
        start = self.tokens[self.at].start
        self.at = len(self.tokens)
        return self.text[start : self.tokens[-1].end + 1]

    def stretch(self, ends: frozenset[str] = frozenset()) -> str:
        """The text up to a comma, a closing bracket or a word of `ends` that is in no bracket."""
        first, depth = self.at, 0
        while self.at < len(self.tokens):
            kind = self.tokens[self.at].token_type
            if depth == 0 and (
                kind is T.COMMA or kind is T.R_PAREN or (self.at > first and self.word() in ends)
            ):
                break
            depth += (kind in _OPEN) - (kind in _CLOSE)
            self.at += 1
        if self.at == first:
            raise self.fail("an expression or a type")
        return self.text[self.tokens[first].start : self.tokens[self.at - 1].end + 1]

    def statement(self) -> Statement:
        if not self.tokens:
            raise self.fail("a statement")
        match self.word():
            case "CREATE":
                return self.create()
            case "INSERT":
                return self.insert()
            case "EXECUTE" if self.word(1) == "STATEMENT":
                self.at += 3
                self.need("BEGIN")
                return self.statement_set()
            case "BEGIN":
                self.at += 1
                self.need("STATEMENT")
                self.need("SET")
                self.eat(";")
                return self.statement_set()
            case "SET" | "RESET":
                return self.setting()
            case "SELECT" | "WITH" | "VALUES" | "(":
                return Query(self.rest())
        verb = self.word()
        return Other(verb, self.rest())

    def create(self) -> Statement:
        whole = self.at
        self.need("CREATE")
        self.eat("OR", "REPLACE")
        temporary = self.eat("TEMPORARY")
        self.eat("SYSTEM")
        if self.eat("TABLE"):
            return self.table(temporary=temporary, materialized=False)
        if self.eat("MATERIALIZED", "TABLE"):
            return self.table(temporary=temporary, materialized=True)
        if self.eat("VIEW"):
            self.eat("IF", "NOT", "EXISTS")
            name = self.name()
            columns = self.names() if self.word() == "(" else ()
            if self.eat("COMMENT"):
                self.string()
            self.need("AS")
            return CreateView(name, self.rest(), columns, temporary)
        if self.eat("FUNCTION"):
            self.eat("IF", "NOT", "EXISTS")
            name = self.name()
            self.need("AS")
            implementation = self.string()
            language = self.name() if self.eat("LANGUAGE") else ""
            return CreateFunction(name, implementation, language, temporary)
        self.at = whole
        return Other("CREATE", self.rest())

    def table(self, *, temporary: bool, materialized: bool) -> CreateTable:
        found: dict[str, object] = {"temporary": temporary, "materialized": materialized}
        found["if_not_exists"] = self.eat("IF", "NOT", "EXISTS")
        name = self.name()
        if self.eat("("):
            self.elements(found)
        while self.at < len(self.tokens):
            self.clause(found)
        return CreateTable(name=name, **found)  # type: ignore[arg-type] # each clause put in its own kind

    def elements(self, found: dict[str, object]) -> None:
        columns: list[TableColumn] = []
        while True:
            if self.eat("WATERMARK", "FOR"):
                column = self.name()
                self.need("AS")
                found["watermark"] = Watermark(column, self.stretch())
            elif self.word() == "CONSTRAINT" or self.word() == "PRIMARY":
                if self.eat("CONSTRAINT"):
                    self.name()
                self.need("PRIMARY", "KEY")
                found["primary_key"] = self.names()
                self.eat("NOT", "ENFORCED")
            else:
                columns.append(self.column(found))
            if not self.eat(","):
                break
        self.need(")")
        found["columns"] = tuple(columns)

    def column(self, found: dict[str, object]) -> TableColumn:
        name = self.name()
        if self.eat("AS"):
            expression = self.stretch(frozenset({"COMMENT"}))
            return TableColumn(name, "computed", expression=expression, comment=self.comment())
        if self.word() in (",", ")"):
            return TableColumn(name, "physical")
        first = self.at
        text = self.stretch(_TYPE_ENDS)
        try:
            type_ = parse_type(text)
        except TypeSyntaxError as error:
            token = self.tokens[first]
            raise DdlSyntaxError(str(error), token.start, token.end + 1) from None
        metadata, virtual = "", False
        while self.word() not in (",", ")", "COMMENT", ""):
            if self.eat("NOT", "NULL"):
                type_ = type_.as_nullable(False)
            elif self.eat("NULL"):
                type_ = type_.as_nullable()
            elif self.eat("METADATA"):
                metadata = self.string() if self.eat("FROM") else name
                virtual = self.eat("VIRTUAL")
            elif self.eat("PRIMARY", "KEY"):
                found["primary_key"] = (name,)
                self.eat("NOT", "ENFORCED")
            else:
                raise self.fail("the end of the column")
        kind = "metadata" if metadata else "physical"
        return TableColumn(name, kind, type_, "", metadata, virtual, self.comment())

    def comment(self) -> str:
        return self.string() if self.eat("COMMENT") else ""

    def clause(self, found: dict[str, object]) -> None:
        if self.eat("COMMENT"):
            found["comment"] = self.string()
        elif self.eat("PARTITIONED", "BY"):
            found["partitioned_by"] = self.names()
        elif self.eat("DISTRIBUTED"):
            self.distribution(found)
        elif self.eat("WITH"):
            found["options"] = self.options()
        elif self.eat("LIKE"):
            found["like"] = self.name()
            if self.word() == "(":
                self.at += 1
                self.stretch()
                self.need(")")
        elif self.eat("FRESHNESS"):
            self.need("=")
            found["freshness"] = self.stretch(frozenset({"REFRESH_MODE", "AS", "WITH"}))
        elif self.eat("REFRESH_MODE"):
            self.need("=")
            found["refresh_mode"] = self.name()
        elif self.eat("AS"):
            found["query"] = self.rest()
        else:
            raise self.fail("a clause of CREATE TABLE")

    def distribution(self, found: dict[str, object]) -> None:
        if self.eat("BY"):
            self.eat("HASH") or self.eat("RANGE")
            found["distributed_by"] = self.names()
        if self.eat("INTO"):
            count = self.take("a number").text
            if not count.isdigit():
                self.at -= 1
                raise self.fail("a number")
            found["buckets"] = int(count)
            self.need("BUCKETS")

    def options(self) -> Options:
        self.need("(")
        found: list[tuple[str, str]] = []
        while not self.eat(")"):
            key = self.string()
            self.need("=")
            found.append((key, self.string()))
            if not self.eat(",") and self.word() != ")":
                raise self.fail("`,` or `)`")
        return tuple(found)

    def insert(self) -> Insert:
        self.need("INSERT")
        overwrite = self.eat("OVERWRITE")
        if not overwrite:
            self.need("INTO")
        target = self.name()
        columns = self.names() if self.word() == "(" and self.word(1) not in ("SELECT", "WITH", "(") else ()
        return Insert(target, self.rest(), columns, overwrite)

    def statement_set(self) -> StatementSet:
        end = len(self.tokens) - 1
        if self.tokens[end].text.upper() != "END":
            self.at = end
            raise self.fail("`END`")
        if self.at >= end:
            raise self.fail("`INSERT`")
        body = self.text[self.tokens[self.at].start : self.tokens[end].start]
        inserts: list[Insert] = []
        for text, _ in statements(body):
            one = read_statement(text)
            if not isinstance(one, Insert):
                raise self.fail("`INSERT`")
            inserts.append(one)
        return StatementSet(tuple(inserts))

    def setting(self) -> Set:
        verb = self.take("SET").text.upper()
        if self.at >= len(self.tokens):
            return Set("", None)
        key = self.string()
        if verb == "RESET":
            return Set(key, None)
        self.need("=")
        return Set(key, self.string())


def _words(tokens: list[Token]) -> list[Token]:
    """Tokens of several words, as the tokenizer makes of PRIMARY KEY, one by one; hints left out."""
    return list(_split(tokens))


def _split(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.token_type is T.HINT:
            continue
        parts = token.text.split()
        if token.token_type in (T.STRING, T.IDENTIFIER) or len(parts) < 2:
            yield token
            continue
        for part in parts:
            yield Token(T.VAR, part, token.line, token.col, token.start, token.end)
