"""The script of a job taken apart: its statements, its tables, and where it begins to read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_PIECE = re.compile(
    r"(?P<comment>--[^\n]*|/\*(?!\+).*?\*/)|(?P<literal>'(?:[^']|'')*')|(?P<name>`(?:[^`]|``)*`)|(?P<other>.)",
    re.DOTALL,
)
_TABLE = re.compile(
    r"\s*CREATE\s+(?:TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?`((?:[^`]|``)+)`", re.IGNORECASE
)
_INSERT = re.compile(r"\s*INSERT\s+INTO\s+`((?:[^`]|``)+)`\s*", re.IGNORECASE)
_WITHIN = re.compile(r"\bWITHIN\s+INTERVAL\s*('[^']*'\s*\w+(?:\s*\(\d+\))?(?:\s+TO\s+\w+)?)", re.IGNORECASE)
_TIME = re.compile(r"WATERMARK\s+FOR\s+`((?:[^`]|``)+)`", re.IGNORECASE)
_STARTUP = re.compile(r"('scan\.startup\.mode'\s*=\s*)'[^']*'")
_QUOTED_PLACEHOLDER = re.compile(r'"(\$\{[^}"]+\})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a script: its columns with their types as written, its options, unfilled; the column of its event time."""

    name: str
    columns: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    time: str = ""

    @property
    def topic(self) -> str:
        return self.options.get("topic", self.name)

    @property
    def upserts(self) -> bool:
        return self.options.get("connector") == "upsert-kafka"


@dataclass(frozen=True, slots=True)
class Script:
    """What a job's script says: what is declared, in order, and the INSERT that is the job."""

    declarations: tuple[str, ...]
    insert: str

    @property
    def sink(self) -> str:
        """The table that the job writes."""
        found = _INSERT.match(self.insert)
        return found[1].replace("``", "`") if found else ""

    @property
    def query(self) -> str:
        """What is inserted, as a query."""
        return _INSERT.sub("", self.insert, count=1)

    @property
    def tables(self) -> dict[str, Table]:
        """The tables it declares, by their names."""
        found = (_table(one) for one in self.declarations)
        return {table.name: table for table in found if table is not None}

    @property
    def within(self) -> tuple[str, ...]:
        """How long patterns may take (MATCH_RECOGNIZE … WITHIN), in order: Flink's plans leave that out."""
        found = (m[1] for one in (*self.declarations, self.insert) for m in _WITHIN.finditer(one))
        return tuple(" ".join(one.upper().split()) for one in found)

    def filled(self, fill: Callable[[str], str]) -> Script:
        """The script with what its literals leave open filled in: nothing that is filled in can end a literal."""
        return Script(tuple(_filled(one, fill) for one in self.declarations), _filled(self.insert, fill))

    def starting(self, mode: str) -> Script:
        """The script reading from elsewhere: `earliest`, `latest`, or the time `timestamp:<epoch ms>`.

        Tables of compacted topics have no such choice: they are read from their beginning (Flink docs, "Upsert Kafka").
        """
        at = mode.removeprefix("timestamp:")
        said = f"'{mode}-offset'" if at == mode else f"'timestamp', 'scan.startup.timestamp-millis' = '{at}'"
        return Script(tuple(_STARTUP.sub(rf"\1{said}", one) for one in self.declarations), self.insert)


def read_script(sql: str) -> Script:
    """A job's script; its last statement is the INSERT."""
    *declarations, insert = statements(sql) or ("",)
    return Script(tuple(declarations), insert)


def statements(sql: str) -> tuple[str, ...]:
    """The statements of a script, without the semicolons and comments between them."""
    found, now = [], ""
    for kind, text in _pieces(sql):
        if kind == "other" and text == ";":
            found.append(now.strip())
            now = ""
        elif kind != "comment":
            now += text
        elif now.strip():
            now += text if text.startswith("/*") else text + "\n"
    return tuple(one for one in (*found, now.strip()) if one)


def _pieces(sql: str) -> Iterator[tuple[str, str]]:
    for match in _PIECE.finditer(sql):
        yield match.lastgroup or "other", match[0]


def _filled(statement: str, fill: Callable[[str], str]) -> str:
    return "".join(_filled_literal(t, fill) if kind == "literal" else t for kind, t in _pieces(statement))


def _filled_literal(text: str, fill: Callable[[str], str]) -> str:
    if "${" not in text:
        return text
    plain = text[1:-1].replace("''", "'")
    # A login's options stand in double quotes, where Kafka reads backslashes as escapes (JAAS configuration files).
    plain = _QUOTED_PLACEHOLDER.sub(
        lambda m: '"' + fill(m[1]).replace("\\", "\\\\").replace('"', '\\"') + '"', plain
    )
    return "'" + fill(plain).replace("'", "''") + "'"


def _table(statement: str) -> Table | None:
    begin = _TABLE.match(statement)
    if begin is None:
        return None
    columns, _, options = _parts(statement[begin.end() :])
    items = _listed(columns)
    time = next(filter(None, map(_TIME.match, items)), None)
    return Table(
        name=begin[1].replace("``", "`"),
        columns=dict(filter(None, map(_column, items))),
        options=dict(map(_option, _listed(options))),
        time=time[1].replace("``", "`") if time is not None else "",
    )


def _parts(text: str) -> tuple[str, str, str]:
    """What stands in the first pair of parentheses, between the two, and in the second."""
    depth, parts = 0, ["", "", ""]
    at = 0
    for kind, piece in _pieces(text):
        if kind == "other" and piece == ")":
            depth -= 1
            if depth == 0:
                at = 1
        if depth:
            parts[2 if at else 0] += piece
        elif piece not in "()":
            parts[1] += piece
        if kind == "other" and piece == "(":
            depth += 1
    return parts[0], parts[1], parts[2]


def _listed(text: str) -> list[str]:
    """What commas separate, but those in brackets."""
    found, depth = [""], 0
    for kind, piece in _pieces(text):
        depth += (piece in "(<") - (piece in ")>") if kind == "other" else 0
        if kind == "other" and piece == "," and depth == 0:
            found.append("")
        elif kind != "comment":
            found[-1] += piece
    return [one.strip() for one in found if one.strip()]


def _column(text: str) -> tuple[str, str] | None:
    found = re.match(r"`((?:[^`]|``)*)`\s+(.*)", text, re.DOTALL)
    if found is None:
        return None
    return found[1].replace("``", "`"), re.sub(
        r"\s+METADATA\b.*", "", found[2], flags=re.DOTALL | re.IGNORECASE
    )


def _option(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return _unquoted(key), _unquoted(value)


def _unquoted(text: str) -> str:
    return text.strip()[1:-1].replace("''", "'")
