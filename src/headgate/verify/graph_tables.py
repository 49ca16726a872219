"""The project's graph as tables that SQL may be asked of: for `headgate query` and for rules that are SQL.

DuckDB is locked down: it can read nothing but these tables, load nothing, and spend no more than so much memory and time.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import duckdb

from headgate.verify.graph_rows import TABLES, GraphRows

MEMORY = "512MB"
SECONDS = 20.0
ROWS = 10_000
_OF_DUCKDB = ("duckdb_", "pg_", "sqlite_", "pragma_")
"""Tables of its own, which nobody asks for here."""
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": MEMORY,
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
}


class WrongSql(Exception):
    """The SQL does not run. `position` is the offset of what is at fault, -1 where DuckDB does not tell."""

    def __init__(self, message: str, position: int = -1, help_: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.help = help_


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query answered: (name, DuckDB type) of its columns, its rows, and whether there are more."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[Mapping[str, Any], ...]
    truncated: bool = False


class GraphTables:
    """The tables of one graph. Each is filled when a query first names it: permissions and artifacts are dear."""

    def __init__(self, rows: GraphRows) -> None:
        self._rows = rows
        self._filled: set[str] = set()
        self._duckdb = duckdb.connect(config=_SETTINGS)
        for setting in ("TimeZone = 'UTC'", "errors_as_json = true", "lock_configuration = true"):
            self._duckdb.execute(f"SET {setting}")
        for name, columns in TABLES.items():
            typed = ", ".join(f'"{column}" {type_}' for column, type_ in columns.items())
            self._duckdb.execute(f"CREATE TABLE {name} ({typed})")

    def __enter__(self) -> GraphTables:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._duckdb.close()

    def ask(self, sql: str) -> Answer:
        """The answer to one SELECT, its first rows at most; WrongSql where it is none or does not run."""
        timer = threading.Timer(SECONDS, self._duckdb.interrupt)
        timer.daemon = True
        try:
            self._only_a_query(sql)
            self._fill(sql)
            timer.start()
            cursor = self._duckdb.execute(sql)
            said = cursor.description or ()
            columns = tuple(zip(_unique(c[0] for c in said), (str(c[1]) for c in said), strict=True))
            found = cursor.fetchmany(ROWS + 1)
        except duckdb.InterruptException:
            raise WrongSql(f"the query took longer than {SECONDS:g} seconds") from None
        except duckdb.Error as error:
            raise _wrong(error) from None
        finally:
            timer.cancel()
        names = [name for name, _ in columns]
        rows = tuple(dict(zip(names, row, strict=True)) for row in found[:ROWS])
        return Answer(columns, rows, truncated=len(found) > ROWS)

    def _only_a_query(self, sql: str) -> None:
        statements = self._duckdb.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise WrongSql("only one query can be asked, and nothing changed", 0, "write one SELECT")

    def _fill(self, sql: str) -> None:
        words = set(re.findall(r"\w+", sql.lower()))
        for name in TABLES:
            if name in words and name not in self._filled:
                self._filled.add(name)
                self._load(name, self._rows.of(name))

    def _load(self, name: str, rows: list[Mapping[str, Any]]) -> None:
        # One JSON text crosses into DuckDB a hundred times faster than parameters row by row.
        shape = json.dumps([{column: _shape(type_) for column, type_ in TABLES[name].items()}])
        self._duckdb.execute(
            f"INSERT INTO {name} SELECT unnest(r) FROM (SELECT unnest(from_json(?, ?)) AS r)",
            [json.dumps(rows), shape],
        ).fetchall()


def _unique(names: Iterable[str]) -> list[str]:
    """Names of which no two are equal: `name`, `name_1`, as DuckDB calls the columns of a subquery."""
    found: list[str] = []
    for name in names:
        number, wanted = 0, name
        while name in found:
            number += 1
            name = f"{wanted}_{number}"
        found.append(name)
    return found


def _shape(type_: str) -> Any:
    """A type as `from_json` wants it."""
    return [type_.removesuffix("[]")] if type_.endswith("[]") else type_


def _wrong(error: duckdb.Error) -> WrongSql:
    """DuckDB's own words, in one line, with its place and the names it thinks were meant."""
    try:
        said = json.loads(str(error).partition("{")[1] + str(error).partition("{")[2])
        first, _, rest = str(said["exception_message"]).partition("\n")
    except (ValueError, KeyError):
        return WrongSql(str(error).splitlines()[0])
    position = int(said.get("position", -1))
    candidates = [name.strip(' "') for name in str(said.get("candidates", "")).split(",") if name.strip()]
    meant = " or ".join(f"`{name}`" for name in candidates[:3] if not name.startswith(_OF_DUCKDB))
    message = first[:1].lower() + first[1:].rstrip("!.").replace('"', "`")
    said_more = "" if candidates else rest.partition("\n")[0]
    return WrongSql(message, position, f"did you mean {meant}?" if meant else said_more)
