"""The reason at the bottom of a stack trace, for people, without anything that may be of a record."""

from __future__ import annotations

import re

from headgate.providers._http import one_line

_CAUSE = re.compile(r"^(?:Caused by: )?((?:[\w$]+\.)+[\w$]+)(?:: *(.*))?$")
_WRAPPERS = frozenset({"ConnectException", "RetriableException", "ExecutionException", "RuntimeException"})
"""What Connect puts around a reason: `Exiting WorkerSinkTask due to unrecoverable exception.`"""
_COLUMN = re.compile(r"column `[^`]+` is (?:missing|null|not [A-Z])")
"""What our own converter says, which never quotes a record."""
_OF_RECORDS = re.compile(r"Json|Data|Serializ|Parse|Mapping|NumberFormat")
"""Exceptions about a record, whose messages quote it."""
_BATCH = re.compile(r"^Batch entry \d+ .* was aborted: ")
_OF_A_ROW = re.compile(r"\b(entry|key|values?(?: is)?)\b:? *(?:'.*'|\".*\"|\(.*\)|\{.*\})", re.IGNORECASE)
"""What databases quote of a row: `Duplicate entry 'x' for key 'y'`, `The duplicate key value is (x)`, `dup key: { _id: "x" }`."""
_MEANS = {
    "Unable to determine Dialect without JDBC metadata": "the database does not answer, or refuses the login",
}
"""What Debezium's JDBC sink says where the reason stands in the worker's log alone (Hibernate's, at the start of a task)."""
_VALUE = re.compile(r": *([\"'])(?:.*)\1$")
_QUOTING = re.compile(r"[\"':\[{(]")


def cause(trace: str) -> str:
    """The last cause of a trace that says something, in one line.

    >>> cause("org.apache.kafka.connect.errors.ConnectException: Exiting\\n\\tat a.B\\nCaused by: java.net.X: refused\\n\\tat c")
    'X: refused'
    >>> cause("a.b.DataException: not int64: 4111")
    'DataException: not int64'
    """
    matches = filter(None, map(_CAUSE.match, trace.splitlines()))
    found = [(match[1].rpartition(".")[2].rpartition("$")[2], match[2] or "") for match in matches]
    said = [one for one in found if one[1]] or found
    plain = [one for one in said if one[0] not in _WRAPPERS] or said
    if not plain:
        return ""
    kind, message = plain[-1]
    for text, meaning in _MEANS.items():
        if message.startswith(text):
            return f"{meaning} ({kind}: {text})"
    message = _without_records(kind, message)
    return one_line(f"{kind}: {message}") if message else kind


def _without_records(kind: str, message: str) -> str:
    message = _BATCH.sub("", message)
    if _COLUMN.match(message):
        return message
    if _OF_RECORDS.search(kind):
        return _QUOTING.split(message, maxsplit=1)[0].strip()
    return _VALUE.sub("", _OF_A_ROW.sub(r"\1 …", message)).strip()
