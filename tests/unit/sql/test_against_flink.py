"""Facts against what a real Flink's planner answered to the same queries (tests/conformance/recorded)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headgate.schema.types import parse_type
from headgate.sql import analyse
from headgate.sql.facts import Analysis, ColumnFacts, Mode, Relation

CONFORMANCE = Path(__file__).resolve().parents[2] / "conformance"
RECORDED = {
    p.stem: json.loads(p.read_text("utf-8")) for p in sorted((CONFORMANCE / "recorded").glob("*.json"))
}

NOT_REFUSED = {
    "lateral_top": "Flink fails inside its planner; nothing in the query says so",
    "hint_options": "the recorder's table is a view; over a table the hint is accepted",
}
OTHER_KEY = {
    "aggregates_of_floats": "one row of everything has the empty key, which the planner names elsewhere",
    "aggregates_statistical": "one row of everything has the empty key, which the planner names elsewhere",
    "group_order_limit": "the planner forgets the key of groups behind a LIMIT",
    "lateral_aggregate": "known to be one row of each only to the planner, which turns the query into a join",
    "top_n": "the planner's own name for the rank column",
    "top_n_of_groups": "the planner's own name for the rank column",
    "top_n_second": "the planner's own name for the rank column",
    "top_n_through_projection": "the planner's name for a column that the query renames",
    "top_n_of_aggregate": "the planner's own name for the rank column",
    "window_top_n": "the planner leaves a window's start out of the key",
    "window_top_n_ties": "the planner leaves a window's start out of the key",
}


def relations() -> dict[str, Relation]:
    found = {}
    for name, table in json.loads((CONFORMANCE / "inputs/tables.json").read_text("utf-8")).items():
        time, key = table.get("event_time", ""), tuple(table.get("primary_key", ()))
        columns = tuple(
            ColumnFacts(c, parse_type(t), (), "rowtime" if c == time else "")
            for c, t in table["columns"].items()
        )
        found[name] = Relation(name, columns, Mode.UPSERT if key else Mode.APPEND, key or None, time, 5000)
    return found


RELATIONS = relations()
ACCEPTED = [n for n, r in RECORDED.items() if "refused" not in r]
REFUSED = [n for n, r in RECORDED.items() if "refused" in r]


def analysed(name: str) -> tuple[dict[str, Any], Analysis]:
    recorded = RECORDED[name]
    return recorded, analyse(recorded["sql"], RELATIONS)


def spelled(text: str) -> str:
    return text.replace("`", "").replace(" *ROWTIME*", "").replace(" *PROCTIME*", "")


@pytest.mark.parametrize("name", ACCEPTED)
def test_columns_have_the_names_and_types_that_flink_gives(name: str) -> None:
    recorded, analysis = analysed(name)
    assert analysis.faults == ()
    assert analysis.facts is not None
    found = [(c.name, spelled(str(c.type))) for c in analysis.facts.columns]
    assert found == [(c, spelled(t)) for c, t in recorded["columns"]]


@pytest.mark.parametrize("name", ACCEPTED)
def test_rows_update_where_flink_says_so(name: str) -> None:
    recorded, analysis = analysed(name)
    assert analysis.facts is not None
    assert (analysis.facts.mode is not Mode.APPEND) == (recorded["changelog_mode"] != ["I"])


@pytest.mark.parametrize("name", [n for n in ACCEPTED if n not in OTHER_KEY])
def test_the_key_of_updating_rows_is_one_of_flinks(name: str) -> None:
    recorded, analysis = analysed(name)
    assert analysis.facts is not None
    if recorded["changelog_mode"] == ["I"]:
        return
    keys = [sorted(k) for k in recorded["upsert_keys"]]
    found = None if analysis.facts.key is None else sorted(analysis.facts.key)
    assert found in keys if keys else found is None


@pytest.mark.parametrize("name", [n for n in REFUSED if n not in NOT_REFUSED])
def test_what_flink_refuses_is_a_fault(name: str) -> None:
    _, analysis = analysed(name)
    assert analysis.faults != ()
