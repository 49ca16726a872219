"""What Flink says of a job that it does not have yet: planned in a session of its own, of which nothing stays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from headgate.ports import PermanentFailure, Verdict
from headgate.providers.flink.fingerprint import fingerprint
from headgate.providers.flink.gateway import Session
from headgate.providers.flink.rest import Rejected
from headgate.providers.flink.script import Table, read_script
from headgate.providers.flink.starting import Flink
from headgate.resources import Resource

_VIEW = "headgate_query"
_OUR_FAULT = "this is a fault of headgate's, please report it"
_CHANGES = re.compile(r"^\+- .*\bchangelogMode=\[([A-Z,]*)\]", re.MULTILINE)
_ATTRIBUTE = re.compile(r"\s*\*(?:ROWTIME|PROCTIME)\*")
_POSITION = re.compile(
    r"\b(?:From|at) line \d+, column \d+(?: to line \d+, column \d+)?[:.]?\s*", re.IGNORECASE
)


def judge(flink: Flink, resource: Resource) -> Verdict:
    """Flink's verdict on a job: faults where it refuses it, notes where it understands it otherwise than we do.

    A view of the query gives its columns (DESCRIBE), a plan of the INSERT how its rows change (EXPLAIN CHANGELOG_MODE)
    and what its state depends on. A statement of ours that fails is a fault of its own words.
    """
    release, script = flink.gateway.flink, read_script(str(resource.fields["sql"]))
    settings = {str(k): str(v) for k, v in resource.fields.get("settings", {}).items()}
    try:
        filled = script.filled(flink.connections.fill)
    except PermanentFailure as missing:
        return Verdict(id=resource.id, faults=(str(missing),))
    sink = script.tables.get(script.sink)
    notes: list[str] = []
    with flink.gateway.session(settings) as session:
        try:
            for statement in filled.declarations:
                session.run(statement)
            columns = _described(session, filled.query)
            notes += _types(sink, columns) if sink is not None else ()
            plan = session.run(f"EXPLAIN CHANGELOG_MODE {filled.insert}").text
        except Rejected as rejected:
            return Verdict(id=resource.id, faults=(_fault(rejected, script.query),), notes=tuple(notes))
    notes += _updates(sink, plan) if sink is not None else ()
    facts: dict[str, Any] = {}
    if resource.fields.get("upgrade") != "stateless":
        facts["state"] = fingerprint(plan, script, release)
    return Verdict(id=resource.id, notes=tuple(notes), facts=facts)


def _described(session: Session, query: str) -> dict[str, str]:
    """The columns of a query with their types, as Flink has them."""
    session.run(f"CREATE TEMPORARY VIEW `{_VIEW}` AS {query}")
    rows = session.run(f"DESCRIBE `{_VIEW}`").rows
    return {str(name): _with_null(str(type_), bool(null)) for name, type_, null, *_ in rows}


def _with_null(type_: str, nullable: bool) -> str:
    plain = _ATTRIBUTE.sub("", type_).strip()
    return plain if nullable or plain.endswith(" NOT NULL") else f"{plain} NOT NULL"


def _types(sink: Table, columns: Mapping[str, str]) -> list[str]:
    """Columns that Flink types otherwise than the table does that they go into: its sink would take many of them."""
    notes = []
    for (name, ours), theirs in zip(sink.columns.items(), columns.values(), strict=False):
        plain = ours.removesuffix(" NOT NULL")
        if _spelled(plain) != _spelled(theirs.removesuffix(" NOT NULL")):
            notes.append(f"Flink says that `{name}` is {theirs}, headgate {ours}: {_OUR_FAULT}")
        elif ours != plain and not theirs.endswith(" NOT NULL") and not sink.upserts:
            notes.append(f"Flink says that `{name}` may be null, headgate that it is not: {_OUR_FAULT}")
    return notes


def _updates(sink: Table, plan: str) -> list[str]:
    """Whether rows change that Flink does not change: what it would change and we do not, it refuses."""
    found = _CHANGES.search(plan.partition("== Optimized Physical Plan ==")[2])
    if sink.upserts and found is not None and found[1] == "I":
        return [f"Flink says that the query only appends, headgate that it updates: {_OUR_FAULT}"]
    return []


def _spelled(type_: str) -> str:
    return re.sub(r"\s+", "", type_).upper().replace("VARCHAR(2147483647)", "STRING")


def _fault(rejected: Rejected, query: str) -> str:
    """Flink's reason on one line; a place in it is told as one in the model's own query, which ours stands around."""
    line, column = rejected.place
    around = query.partition("\nFROM (\n")[0].count("\n") + 2
    place = f" (line {line - around}, column {column} of its query)" if line > around else ""
    text = (
        _POSITION.sub("", str(rejected)).removeprefix("SQL validation failed.").partition("Was expecting")[0]
    )
    return re.sub(r"\s*\n\s*", " ", text.strip())[:1000] + place
