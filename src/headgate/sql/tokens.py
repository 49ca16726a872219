"""Flink's own grammar turned into plain calls, on tokens, before the SQL library's parser sees them.

Every call becomes one of a function named `FL_<NAME IN CAPITALS>`, which the library knows nothing of and so leaves alone:
its own table of functions would make `DATE_FORMAT` or `JSON_VALUE` something else. Left as they are: CAST, TRY_CAST,
EXISTS, IN, UNNEST, ARRAY[…]. Words inside the parentheses become arguments:

    EXTRACT(YEAR FROM t)                  FL_EXTRACT('YEAR', t)
    FLOOR(t TO DAY)                       FL_FLOOR(t, 'DAY')           CEIL alike
    TRIM(LEADING 'x' FROM s)              FL_TRIM_LEADING('x', s)      _BOTH and _TRAILING alike
    SUBSTRING(s FROM 2 FOR 3)             FL_SUBSTRING(s, 2, 3)
    POSITION('l' IN s)                    FL_POSITION('l', s)
    OVERLAY(s PLACING 'x' FROM 2 FOR 3)   FL_OVERLAY(s, 'x', 2, 3)
    TIMESTAMPDIFF(DAY, a, b)              FL_TIMESTAMPDIFF('DAY', a, b)
    JSON_VALUE(j, '$.a' RETURNING INT)    FL_JSON_VALUE(j, '$.a', 'RETURNING INT')
    JSON_OBJECT('k' VALUE v NULL ON NULL) FL_JSON_OBJECT('k', v, 'NULL ON NULL')
    MAP['k', 1]                           FL_MAP('k', 1)
    CURRENT_TIMESTAMP                     FL_CURRENT_TIMESTAMP()
    TABLE t PARTITION BY a, b             t, FL_PARTITION_BY(a, b)     as an argument
    MODEL m                               'm'                          as an argument
    (a - b) SECOND > c                    (a - b) > c

A token keeps the place it had, so that the tree's places are those of the user's text.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

T = TokenType
PREFIX = "FL_"
_WINDOWS = ("TUMBLE", "HOP", "CUMULATE", "SESSION")

_AS_WRITTEN = frozenset(
    {
        "CAST",
        "TRY_CAST",
        "PATTERN",
        "MEASURES",
        "DEFINE",
        "SUBSET",
        "SYMMETRIC",
        "ASYMMETRIC",
        "GROUP",
        "KEY",
        "VALUE",
    }
    | {"PLACING", "BOTH", "LEADING", "TRAILING", "PER", "SKIP", "WITHIN", "SETS", "EXCLUDE", "NULLS"}
)
_KEYWORD_CALLS = frozenset(
    {
        "LEFT",
        "RIGHT",
        "REPLACE",
        "INSERT",
        "FIRST",
        "ROW",
        "TRUNCATE",
        "FORMAT",
        "UUID",
        "SESSION",
        "IF",
        "COLLECT",
        "MOD",
    }
    | {
        "ELEMENT",
        "LAST",
        "INSTR",
        "HEX",
        "BIN",
        "SPLIT",
        "TRANSLATE",
        "HASH_CODE",
        "CHR",
        "JSON",
        "OVERLAY",
        "TRY",
    }
    | {"DATE_DIFF", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"}
)
_CLOCKS = {
    t
    for name in ("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP")
    if (t := getattr(T, name, None)) is not None
}
_NAMES = (T.VAR, T.IDENTIFIER)
_NO_CALL_AFTER = frozenset({T.ALIAS, T.VAR, T.IDENTIFIER, T.R_PAREN, T.R_BRACKET, T.WITH, T.STRING, T.NUMBER})
_VAR_BEFORE_CALL = frozenset(
    {"SYMMETRIC", "ASYMMETRIC", "MEASURES", "PLACING", "VALUE", "KEY", "DEFAULT", "TO", "DEFINE"}
)
_JSON_WORDS = frozenset(
    {
        "RETURNING",
        "DEFAULT",
        "NULL",
        "ERROR",
        "EMPTY",
        "ABSENT",
        "WITH",
        "WITHOUT",
        "TRUE",
        "FALSE",
        "UNKNOWN",
    }
)
_UNITS = frozenset({"SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR"})
_COMPARE = frozenset({T.GT, T.LT, T.GTE, T.LTE, T.EQ, T.NEQ, T.PLUS, T.DASH, T.BETWEEN, T.AND, T.OR})
_SEPARATORS = {
    "EXTRACT": {"FROM"},
    "TRIM": {"FROM"},
    "SUBSTRING": {"FROM", "FOR"},
    "POSITION": {"IN"},
    "OVERLAY": {"PLACING", "FROM", "FOR"},
    "FLOOR": {"TO"},
    "CEIL": {"TO"},
    "CEILING": {"TO"},
    "JSON_OBJECT": {"VALUE"},
    "JSON_OBJECTAGG": {"VALUE"},
}
_UNIT_FIRST = frozenset({"EXTRACT", "TIMESTAMPDIFF", "TIMESTAMPADD"})
_JSON_CALLS = frozenset(
    {
        "JSON_VALUE",
        "JSON_QUERY",
        "JSON_EXISTS",
        "JSON_OBJECT",
        "JSON_ARRAY",
        "JSON_OBJECTAGG",
        "JSON_ARRAYAGG",
    }
)
_OPEN = (T.L_PAREN, T.L_BRACKET)
_CLOSE = (T.R_PAREN, T.R_BRACKET)
_TABLE = "TABLE argument"
_MAP = "MAP"
_WORDED = frozenset({*_SEPARATORS, *_JSON_CALLS, *_WINDOWS, _TABLE})
"""Calls in which words are more than words; inside of others nothing is looked for."""
_AS_THEY_ARE = frozenset(TokenType) - {
    *_OPEN,
    *_CLOSE,
    *_CLOCKS,
    T.HINT,
    T.TABLE,
    T.MAP,
    T.ROW,
    T.WITH,
    T.VAR,
}
"""Tokens that mean themselves wherever they begin no call and stand in none with words of its own."""
_BEFORE_WORDS = (T.COMMA, T.R_PAREN)
"""What a word stands behind that may be more than a name: MODEL, or a unit."""


def _token(like: Token, kind: TokenType, text: str, end: int = -1) -> Token:
    return Token(kind, text, like.line, like.col, like.start, like.end if end < 0 else end)


def rewritten(tokens: Sequence[Token], sql: str) -> list[Token]:
    """The tokens with Flink's own grammar made plain calls."""
    return _Rewrite(tokens, sql).run()


class _Rewrite:
    """One pass. `open` has a mark for every parenthesis that is open: the call it belongs to, where that matters."""

    def __init__(self, tokens: Sequence[Token], sql: str) -> None:
        self.tokens = tokens
        self.sql = sql
        self.out: list[Token] = []
        self.open: list[str] = []
        self.at = 0

    def run(self) -> list[Token]:
        tokens, out, opened = self.tokens, self.out, self.open
        kinds = [token.token_type for token in tokens]
        last = len(tokens) - 1
        kinds.append(T.SEMICOLON)
        before = T.SEMICOLON
        while self.at <= last:
            at = self.at
            token, kind, following = tokens[at], kinds[at], kinds[at + 1]
            if (
                (kind in _AS_THEY_ARE or (kind is T.VAR and before not in _BEFORE_WORDS))
                and following is not T.L_PAREN
                and following is not T.INTERVAL
                and not (opened and opened[-1])
            ):
                out.append(token)
                self.at = at + 1
                before = kind
                continue
            if kind in _CLOSE:
                mark = opened.pop() if opened else ""
                out.append(_token(token, T.R_PAREN, ")") if mark == _MAP else token)
                self.at += 1
            elif kind in _OPEN:
                opened.append("")
                out.append(token)
                self.at += 1
            elif kind is T.COMMA or not (
                (following is T.L_PAREN and self._call(token, kind, before))
                or (opened and opened[-1] and self._inside(token, kind, opened[-1]))
                or self._elsewhere(token, kind, following, before)
            ):
                out.append(token)
                self.at += 1
            before = kinds[min(self.at, len(kinds)) - 1]
        return out

    def _call(self, token: Token, kind: TokenType, before: TokenType) -> bool:
        """Rename `token` if it is the name of a function that is called here."""
        name = token.text.upper()
        if kind not in _NAMES and name not in _KEYWORD_CALLS:
            return False
        if name in _AS_WRITTEN or (kind is T.ROW and before is T.ALIAS):
            return False
        # A word that separates arguments, as VALUE does, is a comma by now.
        separated = bool(self.out) and self.out[-1].token_type is T.COMMA
        if before in _NO_CALL_AFTER and not (
            before is T.VAR and self.out and (separated or self.out[-1].text.upper() in _VAR_BEFORE_CALL)
        ):
            return False
        if (before is T.COMMA or before is T.RECURSIVE) and self._names_columns():
            return False
        if name == "TRIM" and (side := self._word(2)) in ("BOTH", "LEADING", "TRAILING"):
            return self._open(token, f"TRIM_{side}", 4 if self._word(3) == "FROM" else 3)
        if name in _UNIT_FIRST:
            self._open(token, name, 2)
            unit = self.tokens[self.at] if self.at < len(self.tokens) else token
            if unit.token_type not in (*_CLOSE, T.STRING):
                self.out.append(_token(unit, T.STRING, unit.text.upper()))
                self.at += 1
            return True
        return self._open(token, name, 2)

    def _open(self, token: Token, name: str, taken: int) -> bool:
        self.out.append(_token(token, T.VAR, PREFIX + name))
        self.out.append(self.tokens[self.at + 1])
        call = "TRIM" if name.startswith("TRIM_") else name
        self.open.append(call if call in _WORDED else "")
        self.at += taken
        if name in _JSON_CALLS and self._word(0) == "KEY":
            self.at += 1
        return True

    def _names_columns(self) -> bool:
        """Whether the parenthesis after this name is followed by AS (: then it lists the columns of a CTE."""
        depth = 0
        for i in range(self.at + 1, len(self.tokens)):
            kind = self.tokens[i].token_type
            depth += (kind is T.L_PAREN) - (kind is T.R_PAREN)
            if depth == 0:
                return self._kind(i + 1) is T.ALIAS and self._kind(i + 2) is T.L_PAREN
            if kind is T.SELECT:
                return False
        return False

    def _kind(self, at: int) -> TokenType:
        return self.tokens[at].token_type if at < len(self.tokens) else T.SEMICOLON

    def _word(self, ahead: int) -> str:
        at = self.at + ahead
        if at >= len(self.tokens) or self.tokens[at].token_type in (T.STRING, T.IDENTIFIER):
            return ""
        return self.tokens[at].text.upper()

    def _inside(self, token: Token, kind: TokenType, call: str) -> bool:
        """A word that separates arguments, or the options of a JSON function."""
        if kind is T.STRING or kind is T.IDENTIFIER or kind is T.NUMBER:
            return False
        word = token.text.upper()
        complete = self.out[-1].token_type not in (*_OPEN, T.COMMA)
        if word in _SEPARATORS.get(call, ()) and complete:
            self.out.append(_token(token, T.COMMA, ","))
            self.at += 1
            if word == "TO":
                unit = self.tokens[min(self.at, len(self.tokens) - 1)]
                self.out.append(_token(unit, T.STRING, unit.text.upper()))
                self.at += 1
            return True
        # KEY 'k' VALUE v is 'k' VALUE v; a column may be called so too.
        if word == "KEY" and call == "JSON_OBJECT" and self._kind(self.at - 1) is T.COMMA:
            if self._word(1) == "VALUE":
                return False
            self.at += 1
            return True
        if call in _JSON_CALLS and word in _JSON_WORDS and complete:
            self._fold(token)
            return True
        if kind is T.PARTITION_BY and call in (_TABLE, *_WINDOWS) and complete:
            self._partition(token)
            return True
        return False

    def _fold(self, token: Token) -> None:
        depth = 0
        while self.at < len(self.tokens):
            kind = self.tokens[self.at].token_type
            if kind is T.R_PAREN and depth == 0:
                break
            depth += (kind is T.L_PAREN) - (kind is T.R_PAREN)
            self.at += 1
        end = self.tokens[self.at - 1].end
        self.out.append(_token(token, T.COMMA, ","))
        self.out.append(_token(token, T.STRING, self.sql[token.start : end + 1], end))

    def _partition(self, token: Token) -> None:
        self.out.append(_token(token, T.COMMA, ","))
        self.out.append(_token(token, T.VAR, PREFIX + "PARTITION_BY"))
        self.out.append(_token(token, T.L_PAREN, "("))
        self.at += 1
        wrapped = self._kind(self.at) is T.L_PAREN
        self.at += wrapped
        while self.at < len(self.tokens):
            kind = self._kind(self.at)
            if kind is T.R_PAREN or (
                kind is T.COMMA and (self._word(1) == "DESCRIPTOR" or self._kind(self.at + 2) is T.FARROW)
            ):
                break
            self.out.append(self.tokens[self.at])
            self.at += 1
        self.at += wrapped
        self.out.append(_token(token, T.R_PAREN, ")"))
        self.open[-1] = ""

    def _elsewhere(self, token: Token, kind: TokenType, following: TokenType, before: TokenType) -> bool:
        if kind is T.HINT:
            self.at += 1
            return True
        if kind is T.TABLE:
            if before in (T.L_PAREN, T.COMMA, T.FARROW) and following is not T.L_PAREN:
                if self.open:
                    self.open[-1] = _TABLE
                self.at += 1
                return True
            return False
        if kind in _CLOCKS:
            self.out += (
                _token(token, T.VAR, PREFIX + token.text.upper()),
                _token(token, T.L_PAREN, "("),
                _token(token, T.R_PAREN, ")"),
            )
            self.at += 1
            return True
        if following is T.L_BRACKET and kind is T.MAP:
            self.out += (
                _token(token, T.VAR, PREFIX + "MAP"),
                _token(self.tokens[self.at + 1], T.L_PAREN, "("),
            )
            self.open.append(_MAP)
            self.at += 2
            return True
        if following is T.LT and kind is T.ROW:
            self.out.append(_token(token, T.STRUCT, "STRUCT"))
            self.at += 1
            return True
        if kind is T.WITH and self._word(1) == "LOCAL":
            return self._local_time_zone(token)
        if kind is T.VAR:
            return self._word_elsewhere(token, following, before)
        return False

    def _word_elsewhere(self, token: Token, following: TokenType, before: TokenType) -> bool:
        word = token.text.upper()
        if word == "WITHIN" and following is T.INTERVAL:
            self.at += 4
            return True
        if word == "MODEL" and before is T.COMMA and following in _NAMES:
            model = self.tokens[self.at + 1]
            self.out.append(_token(model, T.STRING, model.text))
            self.at += 2
            return True
        if word in _UNITS and before is T.R_PAREN and following in _COMPARE:
            self.at += 1
            return True
        return False

    def _local_time_zone(self, token: Token) -> bool:
        at = len(self.out) - 1
        while at >= 0 and self.out[at].token_type is not T.TIMESTAMP:
            at -= 1
        if at < 0:
            return False
        self.out[at] = _token(self.out[at], T.TIMESTAMPLTZ, "TIMESTAMP_LTZ")
        self.at += 4 if self._word(2) == "TIME" else 3
        return True
