"""`headgate schema`: what editors are told holds what the loader accepts, kinds of tests, rules and connectors included."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from headgate.analysis.library_rules import library_rules
from headgate.assertions.discovery import assertion_kinds
from headgate.compile.connectors import connector_types
from headgate.project.testing import ALIASES
from running import headgate

WHOLE: dict[str, Any] = json.loads(headgate("schema").out)


def holds(definition: str, value: object) -> bool:
    schema = {"$ref": f"#/$defs/{definition}", "$defs": WHOLE["$defs"]}
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(WHOLE)


def test_every_kind_of_test_is_known_under_each_of_its_names() -> None:
    for name in (*assertion_kinds(), *ALIASES):
        assert name in json.dumps(WHOLE["$defs"]["Assertion"])
    assert holds("Assertion", {"range": {"column": "a", "min": 1}})
    assert holds("Assertion", {"accepted_values": {"column": "a", "values": ["x"]}})
    assert holds("Assertion", {"sql": "SELECT 1"})


@pytest.mark.parametrize(
    "said",
    [
        {"rnge": {}},
        {"range": {"column": "a", "mn": 1}},
        {"range": {}},
        {"range": {"column": "a"}, "sql": "x"},
    ],
)
def test_a_test_that_the_loader_refuses_is_refused(said: object) -> None:
    assert not holds("Assertion", said)


def test_every_rule_of_the_library_is_known_with_its_parameters() -> None:
    known = {
        c["properties"]["use"]["const"] for c in WHOLE["$defs"]["Rule"]["anyOf"] if "use" in c["properties"]
    }
    assert known == set(library_rules())
    assert holds("Rule", {"name": "r", "use": "name_pattern", "pattern": "^a"})
    assert not holds("Rule", {"name": "r", "use": "name_pattern"})
    assert not holds("Rule", {"name": "r", "use": "name_pattern", "pattern": "^a", "value": 1})
    assert holds("Rule", {"name": "r", "sql": "SELECT 1"})
    assert not holds("Rule", {"name": "r"})


def test_every_connector_type_is_known_with_its_settings() -> None:
    known = [c["if"]["properties"]["type"]["const"] for c in WHOLE["$defs"]["Sink"]["allOf"]]
    assert known == list(connector_types())
    snowflake = {
        "type": "snowflake_table",
        "config": {"snowflake_database": "X", "max_retries": 5, "a.raw": "y"},
    }
    assert holds("Sink", snowflake)
    assert not holds("Sink", {**snowflake, "config": {"snowflake_databse": "X"}})
    assert not holds("Sink", {**snowflake, "config": {"insert_mode": "MERGE"}})
    assert holds("Sink", {**snowflake, "config": {"max_retries": "{{ var('n') }}"}})
    assert holds("Sink", {"type": "mine", "config": {"connector.class": "x", "anything": 1}})


def test_every_key_says_what_it_means() -> None:
    for name in ("Model", "Source", "Exposure", "EnvironmentFile", "ClusterKeys"):
        assert all(said["description"] for said in WHOLE["$defs"][name]["properties"].values())


def test_as_an_answer_it_stands_in_one() -> None:
    answer = headgate("schema", "--output", "json").json
    assert (answer["command"], answer["ok"], answer["schema"]) == ("schema", True, WHOLE)
