"""Flink SQL queries to syntax trees, with every mistake at its place and nothing let through in silence.

The tree is the SQL library's own, in one form that the binder and the rewrite to DuckDB build on:

- Every call is an `exp.Anonymous` named `FL_<NAME>`, aggregates and clocks included; `tokens.py` lists what special
  grammar becomes. Use `nodes.function_name` and `nodes.arguments`. FILTER, OVER, WITHIN GROUP and IGNORE NULLS wrap the
  call in `exp.Filter`, `exp.Window`, `exp.WithinGroup` and `exp.IgnoreNulls`; DISTINCT is an `exp.Distinct` argument.
- CAST is `exp.Cast`, TRY_CAST `exp.TryCast` (which is a subclass of it), ARRAY[…] `exp.Array`, x[i] `exp.Bracket` with
  the index counted from 0 where it is a literal, `%` is `exp.Mod`, `||` is `exp.DPipe`, a.b of a row `exp.Dot` or an
  `exp.Column` whose table is no table.
- A window function in FROM is an `exp.Table` whose `this` is the call `FL_TUMBLE`, `FL_HOP`, `FL_CUMULATE` or
  `FL_SESSION`, without the TABLE( ) around it; its data argument is an `exp.Table` or an `exp.Subquery`.
  `nodes.windowing` reads it. Legacy group windows are calls of the same names in GROUP BY.
- Other table functions stay as `exp.Table(this=FL_X(…))`, with an `exp.Table` for each table they are given; after LATERAL
  they are `exp.Lateral(this=TABLE(FL_X(…)))`.
- UNNEST is `exp.Unnest`; WITH ORDINALITY takes the last name of the alias' columns into `offset`.
- NOT LIKE, NOT IN, NOT BETWEEN and IS NOT are an `exp.Not` around the positive form.
- FOR SYSTEM_TIME AS OF t is `version` of the `exp.Table`, with the expression t.
- Hints are dropped: Flink gets the user's text, not this tree.

Places are characters of the given text; `nodes.span` finds those of any node.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from headgate.sql.dialect import Flink
from headgate.sql.facts import Fault
from headgate.sql.nodes import WINDOWS, function_name, span
from headgate.sql.tokens import rewritten

T = TokenType

_DIALECT = Flink()
_STARTS = (T.SELECT, T.WITH, T.L_PAREN, T.VALUES)
_NOTHING_BEFORE = frozenset(
    {
        T.COMMA,
        T.L_PAREN,
        T.L_BRACKET,
        T.SELECT,
        T.DISTINCT,
        T.GROUP_BY,
        T.ORDER_BY,
        T.PARTITION_BY,
        T.FROM,
    }
)
_LIST_ENDS = frozenset(
    {
        T.COMMA,
        T.R_PAREN,
        T.R_BRACKET,
        T.FROM,
        T.WHERE,
        T.GROUP_BY,
        T.HAVING,
        T.ORDER_BY,
        T.LIMIT,
        T.UNION,
        T.EXCEPT,
    }
    | {T.INTERSECT, T.WINDOW, T.QUALIFY, T.SEMICOLON}
)
_TABLE_CALLS = (T.TABLE, T.LATERAL)
_CLAUSES = frozenset({T.GROUP_BY, T.ORDER_BY, T.PARTITION_BY})
_FOREIGN = frozenset(
    {"::", "<=>", "->", "->>", "@", "==", "?", "#", "~", "&&", ":=", "{", "}", '"', "!", "^", "&", "|"}
)
_OF_PATTERNS = frozenset({"?", "{", "}", "^", "|", "&"})
_NEEDS_MORE = frozenset(
    {T.COMMA, T.SELECT, T.ON, T.WHERE, T.FROM, T.HAVING, T.AND, T.OR, T.NOT, T.JOIN, *_CLAUSES}
)
_WINDOW = re.compile("|".join(WINDOWS), re.IGNORECASE)
_WATCHED = frozenset({T.L_PAREN, T.R_PAREN, T.L_BRACKET, T.R_BRACKET, T.SEMICOLON, T.SLASH})
_QUOTED = re.compile(
    r"--[^\n]*|//[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|`(?:[^`]|``)*`|(?P<open>'|`|/\*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query's text and, where it is one, its tree; `faults` say why not."""

    text: str
    ast: exp.Query | None
    faults: tuple[Fault, ...] = ()


class _Stop(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def parse(sql: str) -> Parsed:
    """The tree of one query, or the fault that keeps it from having one; never raises."""
    try:
        tokens = _DIALECT.raw_tokens(sql)
        tokens = _one_statement(tokens, sql)
        _check(tokens)
        ast = _tree(tokens, sql)
        kinds = {token.token_type for token in tokens}
        if not kinds.isdisjoint(_TABLE_CALLS) or _WINDOW.search(sql):
            _normalise(ast)
        if T.LIKE in kinds:
            _negations(ast)
    except _Stop as stop:
        return Parsed(sql, None, (stop.fault,))
    except TokenError:
        return Parsed(sql, None, (_unclosed(sql),))
    return Parsed(sql, ast)


def _stop(code: str, message: str, at: Token, advice: str = "", until: Token | None = None) -> _Stop:
    return _Stop(Fault(code, message, at.start, (until or at).end + 1, advice))


def _unclosed(sql: str) -> Fault:
    """The quote or comment that is never closed: what keeps a text from falling into tokens."""
    for match in _QUOTED.finditer(sql):
        if match["open"]:
            return Fault("HGQ001", f"`{match['open']}` is opened and not closed", match.start(), len(sql))
    return Fault("HGQ001", "this is no text of SQL", 0, len(sql))


def _one_statement(tokens: list[Token], sql: str) -> list[Token]:
    while tokens and tokens[-1].token_type is T.SEMICOLON:
        tokens = tokens[:-1]
    if not tokens:
        raise _Stop(Fault("HGQ003", "there is no query here", 0, len(sql), "write a SELECT"))
    first = tokens[0]
    if first.token_type not in _STARTS:
        raise _stop(
            "HGQ003",
            f"`{first.text.split()[0] if first.text.split() else first.text}` begins no query",
            first,
            "write the SELECT alone: tables, inserts and settings are made from the declaration",
        )
    return tokens


def _check(tokens: Sequence[Token]) -> None:
    """Stop at what the SQL library would accept and Flink refuses."""
    kinds = [token.token_type for token in tokens]
    foreign = _FOREIGN - _OF_PATTERNS if T.MATCH_RECOGNIZE in kinds else _FOREIGN
    suspect = not foreign.isdisjoint([token.text for token in tokens])
    opened: list[Token] = []
    last = kinds[0]
    for at, kind in enumerate(kinds):
        if kind in _LIST_ENDS and last in _NOTHING_BEFORE and at:
            _check_item(tokens[at - 1], tokens[at], tokens[max(at - 2, 0)])
        if kind in _WATCHED:
            _check_mark(tokens, at, opened)
        elif suspect and tokens[at].text in foreign and kind is not T.STRING and kind is not T.IDENTIFIER:
            text = tokens[at].text
            advice = "quote names with backticks, text with single quotes" if text == '"' else ""
            raise _stop("HGQ001", f"`{text}` is no part of Flink SQL", tokens[at], advice)
        last = kind
    before = tokens[-1]
    if opened:
        raise _stop("HGQ001", f"`{opened[-1].text}` is opened and not closed", opened[-1])
    if before.token_type in _NEEDS_MORE:
        raise _stop("HGQ002", f"nothing follows `{before.text}`", before)


def _check_mark(tokens: Sequence[Token], at: int, opened: list[Token]) -> None:
    """Parentheses close what they open, one statement is all, and `//` begins no comment here."""
    token = tokens[at]
    kind = token.token_type
    if kind is T.L_PAREN or kind is T.L_BRACKET:
        opened.append(token)
    elif kind is T.SEMICOLON:
        advice = "write one query; use WITH to name its parts"
        raise _stop("HGQ004", "a second statement begins after this", token, advice)
    elif kind is T.SLASH:
        before = tokens[at - 1]
        if at and before.token_type is T.SLASH and before.end + 1 == token.start:
            raise _stop("HGQ005", "`//` begins a comment in Flink SQL", before, "write `--`", until=token)
    else:
        wanted = T.L_PAREN if kind is T.R_PAREN else T.L_BRACKET
        if not opened or opened.pop().token_type is not wanted:
            raise _stop("HGQ001", f"`{token.text}` closes nothing", token)


def _check_item(before: Token, token: Token, earlier: Token) -> None:
    kind, last = token.token_type, before.token_type
    if last is T.DISTINCT and kind is T.FROM and earlier.token_type in (T.IS, T.NOT):
        return
    if last is T.L_PAREN and earlier.token_type is T.IN:
        raise _stop("HGQ002", "there is nothing in this list", before, until=token)
    if last is T.COMMA:
        raise _stop(
            "HGQ002", "nothing stands between this comma and what follows", before, "remove the comma"
        )
    if last in _CLAUSES or last is T.SELECT or last is T.DISTINCT or last is T.FROM:
        raise _stop("HGQ002", f"nothing follows `{before.text}`", before)
    if kind is T.COMMA:
        raise _stop("HGQ002", "nothing stands before this comma", token, "remove the comma")


def _tree(tokens: list[Token], sql: str) -> exp.Query:
    plain = rewritten(tokens, sql)
    try:
        found = _DIALECT.parser(error_level=ErrorLevel.IMMEDIATE).parse(plain, sql)
    except ParseError as error:
        raise _Stop(_parse_fault(error, plain, sql)) from None
    # Broken input can also surface as one of these from inside the library.
    except (SqlglotError, RecursionError, AttributeError, TypeError, ValueError, IndexError, KeyError):
        raise _Stop(Fault("HGQ001", "this does not parse as Flink SQL", 0, len(sql))) from None
    ast = found[0] if found else None
    if isinstance(ast, exp.Subquery) and not any(v for k, v in ast.args.items() if k != "this"):
        ast = ast.unnest()
    if isinstance(ast, exp.Values):
        ast = exp.Select(expressions=[exp.Star()], from_=exp.From(this=ast))
    if not isinstance(ast, exp.Query):
        raise _stop("HGQ003", "this is no query", tokens[0], "write a SELECT", until=tokens[-1])
    return ast


def _parse_fault(error: ParseError, tokens: Sequence[Token], sql: str) -> Fault:
    first = error.errors[0] if error.errors else {}
    line, column = first.get("line"), first.get("col")
    at = next((t for t in tokens if t.line == line and t.col == column), None)
    description = str(first.get("description") or "")
    missing = re.match(r"Expect(?:ing|ed) (\S+)$", description)
    if at is None:
        return Fault("HGQ001", "this does not parse as Flink SQL", 0, len(sql))
    word = sql[at.start : at.end + 1]
    end = at.end + 1
    if at is tokens[-1] and not missing:
        return Fault("HGQ001", f"the query ends too early, or `{word}` is not expected here", at.start, end)
    if missing:
        return Fault("HGQ001", f"expected `{missing[1]}` near `{word}`", at.start, end)
    return Fault("HGQ001", f"`{word}` is not expected here", at.start, end)


def _normalise(ast: exp.Query) -> None:
    for table in list(ast.find_all(exp.Table)):
        call = table.this
        if isinstance(call, exp.Anonymous) and call.name == "TABLE":
            call = _table_argument(table, call)
        if isinstance(call, exp.Anonymous) and function_name(call) in WINDOWS:
            _window_data(call)
        elif isinstance(call, exp.Anonymous):
            _table_arguments(call)
    for lateral in ast.find_all(exp.Lateral):
        if isinstance(lateral.this, exp.Subquery):
            continue
        call = lateral.this
        if isinstance(call, exp.Anonymous) and call.name == "TABLE" and len(call.expressions) != 1:
            raise _Stop(_fault_at(call, "HGQ001", "TABLE( ) takes one call of a function"))


def _negations(ast: exp.Query) -> None:
    """Make `negate` of a LIKE the NOT that every other negation is."""
    for like in list(ast.find_all(exp.Like)):
        if like.args.get("negate"):
            like.set("negate", False)
            outer = like.parent if isinstance(like.parent, exp.Escape) else like
            negated = exp.Not()
            outer.replace(negated)
            negated.set("this", outer)


def _fault_at(node: exp.Expr, code: str, message: str, advice: str = "") -> Fault:
    start, end = span(node)
    return Fault(code, message, start, end, advice)


def _table_argument(table: exp.Table, call: exp.Anonymous) -> exp.Expr:
    inner = call.expressions[0] if len(call.expressions) == 1 else None
    if not isinstance(inner, exp.Anonymous):
        raise _Stop(
            _fault_at(
                call, "HGQ001", "TABLE( ) takes one call of a function", "name a query with WITH instead"
            )
        )
    table.set("this", inner)
    return inner


def _table_arguments(call: exp.Anonymous) -> None:
    """Make tables of the names given to a table function; without LATERAL it can be given no columns."""
    for argument in list(call.expressions):
        inner = argument.expression if isinstance(argument, exp.Kwarg) else argument
        if isinstance(inner, exp.Column) and not isinstance(inner.this, exp.Star):
            inner.replace(exp.Table(this=inner.this, db=inner.args.get("table")))


def _window_data(call: exp.Anonymous) -> None:
    first = next((a for a in call.expressions if isinstance(a, exp.Kwarg) and a.name.upper() == "DATA"), None)
    data = first.expression if first is not None else (call.expressions[0] if call.expressions else None)
    if isinstance(data, exp.Paren):
        data = data.this
    if isinstance(data, exp.Column) and not isinstance(data.this, exp.Star):
        data.replace(exp.Table(this=data.this, db=data.args.get("table")))
    elif isinstance(data, exp.Subquery):
        if isinstance(data.unnest(), exp.SetOperation):
            raise _Stop(
                _fault_at(
                    data,
                    "HGQ006",
                    f"a set operation inside {function_name(call)} loses all but its first branch in Flink",
                    "name it with WITH, and give the name after TABLE",
                )
            )
    elif not isinstance(data, exp.Table):
        raise _Stop(_fault_at(call, "HGQ001", f"{function_name(call)} needs its data: TABLE and a name"))
