"""The parameters of kinds as JSON Schema, for editors."""

from __future__ import annotations

from headgate.assertions import assertion_kinds, schemas
from headgate.project.json_schema import format_schema


def test_every_kind_can_be_written_with_its_parameters() -> None:
    one, components = schemas()
    kinds, *written = one["anyOf"]
    assert kinds == {"enum": list(assertion_kinds())}
    assert [next(iter(w["properties"])) for w in written] == list(assertion_kinds())
    assert components["UniqueKey"]["required"] == ["key"]
    assert set(components["MaxLatency"]["properties"]) == {"meta", "from", "to", "max"}


def test_no_struct_has_a_name_that_the_format_uses_for_another() -> None:
    _, components = schemas()
    assert not set(components) & set(format_schema()["$defs"])


def test_the_query_of_an_assertion_may_stand_without_a_key() -> None:
    one, _ = schemas()
    (sql,) = [w["properties"]["sql"] for w in one["anyOf"][1:] if "sql" in w["properties"]]
    assert {"type": "string"} in sql["anyOf"]
