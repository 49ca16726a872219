"""A DuckDB connection that can only compute: no files, no network, no extensions, bounded, its settings locked.

DuckDB itself lets one process write a file, or several read it. A file beside it says who writes, for the message; it is
never the lock, so one that a killed process left behind does no harm.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from headgate.ports import EngineBusy, PermanentFailure, QueryFailure

MEMORY = "1GB"
QUERY_SECONDS = 120.0
WAIT_SECONDS = 5.0
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,  # the order of rows within equal sort keys, and of floating sums, must not depend on the machine
    "memory_limit": MEMORY,
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
}


class Connection:
    """Runs SQL. Failures of DuckDB come as QueryFailure, with its first line."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, holder_file: Path | None = None) -> None:
        self._duckdb = connection
        self._holder_file = holder_file

    def run(
        self, sql: str, parameters: list[Any] | None = None, *, seconds: float = QUERY_SECONDS
    ) -> list[tuple[Any, ...]]:
        """The rows that `sql` answers, all of them."""
        return self.table(sql, parameters, seconds=seconds)[1]

    def table(
        self, sql: str, parameters: list[Any] | None = None, *, seconds: float = QUERY_SECONDS
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The names of the columns that `sql` answers, and all its rows."""
        timer = threading.Timer(seconds, self._duckdb.interrupt)
        timer.daemon = True
        timer.start()
        try:
            # Both lines of DuckDB want an answer read to its end before the next statement.
            rows = self._duckdb.execute(sql, parameters).fetchall()
            return [column[0] for column in self._duckdb.description or ()], rows
        except duckdb.InterruptException:
            raise PermanentFailure(f"stopped after {seconds:g} seconds") from None
        except duckdb.Error as error:
            why = str(error).strip().splitlines()[0]
            raise QueryFailure(f"its query cannot be answered ({type(error).__name__})", why) from error
        except RuntimeError as error:
            # DuckDB's way to say that Ctrl-C was pressed while it ran.
            if "interrupted" in str(error).lower():
                raise KeyboardInterrupt from None
            raise
        finally:
            timer.cancel()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is run inside happens, or nothing of it."""
        self.run("BEGIN")
        try:
            yield
        except BaseException:
            with contextlib.suppress(PermanentFailure):
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def close(self) -> None:
        """Closes; the file is free for others then."""
        self._duckdb.close()
        if self._holder_file is not None:
            self._holder_file.unlink(missing_ok=True)


def in_memory() -> Connection:
    """A connection with no file behind it."""
    return Connection(_locked(duckdb.connect(config=_SETTINGS)))


def to_file(file: Path, *, read_only: bool, command: str, wait: float = WAIT_SECONDS) -> Connection:
    """A connection to `file`; EngineBusy after `wait` seconds in which another process kept it."""
    holder_file = file.with_suffix(".writer")
    deadline = time.monotonic() + wait
    while True:
        try:
            connection = duckdb.connect(str(file), read_only=read_only, config=_SETTINGS)
            break
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            if "lock" not in str(error) and "different configuration" not in str(error):
                raise PermanentFailure(str(error).strip().splitlines()[0]) from error
            if time.monotonic() >= deadline:
                raise EngineBusy(_holder(holder_file)) from error
            time.sleep(0.05)
        except duckdb.Error as error:
            raise PermanentFailure(str(error).strip().splitlines()[0]) from error
    if read_only:
        return Connection(_locked(connection))
    holder_file.write_text(
        json.dumps({"pid": os.getpid(), "host": platform.node(), "command": command}) + "\n", encoding="utf-8"
    )
    return Connection(_locked(connection), holder_file)


def _locked(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection


def _holder(file: Path) -> str:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return f"`{said['command']}`, process {said['pid']} on {said['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
