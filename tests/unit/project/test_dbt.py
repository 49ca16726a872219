"""dbt's spellings are read as the same."""

from __future__ import annotations

import pytest

from headgate.addresses import Kind
from headgate.project.declarations import Access, Materialization
from loading import ORDERS, lines, sound, stream

QUERY = 'SELECT id FROM {{ source("orders") }}'


def test_sources_with_tables_are_sources_of_a_system() -> None:
    text = """version: 2
sources:
  - name: billing
    owner: team-billing
    freshness: {warn_after: {count: 1, period: minute}, error_after: {count: 2, period: hour}}
    tables:
      - {name: invoices, columns: [{name: id, data_type: int}]}
      - {name: payments, owner: me}
models:
  - {name: m, sql: 'SELECT id FROM {{ source("billing", "invoices") }}'}
"""
    project = sound({"a.yml": text})
    invoices = stream(project, "invoices", kind=Kind.SOURCE)
    assert invoices.system == "billing" and invoices.owner == "team-billing"
    assert invoices.freshness is not None
    assert (invoices.freshness.warn_after_ms, invoices.freshness.error_after_ms) == (60_000, 7_200_000)
    assert stream(project, "payments", kind=Kind.SOURCE).owner == "me"


def test_config_is_the_key_beside_it() -> None:
    config = "config: {materialized: virtual_topic, access: public, group: g, tags: x, enabled: false, meta: {a: 1}, event_time: at, contract: {enforced: true}}"
    text = (
        f"groups: [{{name: g}}]\nmodels:\n  - name: m\n    meta: {{b: 2}}\n    {config}\n    sql: {QUERY}\n"
    )
    m = stream(sound({"a.yml": ORDERS, "b.yml": text}), "m")
    assert m.materialized is Materialization.VIRTUAL_TOPIC and m.access is Access.PUBLIC and m.group == "g"
    assert m.tags == ("x",) and not m.enabled and m.contract and dict(m.meta) == {"a": 1, "b": 2}
    assert m.event_time is not None and m.event_time.column == "at"


def test_config_and_key_that_differ_are_an_error_at_both_places() -> None:
    text = f"models:\n  - name: m\n    access: public\n    config: {{access: private}}\n    sql: {QUERY}\n"
    assert lines({"a.yml": ORDERS, "b.yml": text}) == ["HGP058 b.yml:4"]
    assert lines({"a.yml": ORDERS, "b.yml": text.replace("private", "public")}) == []


def test_config_in_a_sql_file_is_read() -> None:
    files = {
        "a.yml": ORDERS,
        "b.yml": "models:\n  - {name: m}\n",
        "m.sql": "{{ config(materialized='virtual_topic', tags=['a', 'b'], contract={'enforced': true}) }}\n"
        + QUERY,
    }
    m = stream(sound(files), "m")
    assert m.materialized is Materialization.VIRTUAL_TOPIC and m.tags == ("a", "b") and m.contract
    assert m.sql is not None and m.sql.rendered.text == "\nSELECT id FROM orders"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("config(materialized='view')", "HGP054"),
        ("config(materialised='topic')", "HGP051"),
        ("config(access='private')", "HGP058"),
        ("config(materialized=x)", "HGP054"),
    ],
)
def test_faults_of_config_stand_in_the_sql_file(call: str, code: str) -> None:
    files = {
        "a.yml": ORDERS,
        "b.yml": "models:\n  - {name: m, access: public}\n",
        "m.sql": f"{{{{ {call} }}}}\n{QUERY}",
    }
    found = lines(files)
    assert found[0] == f"{code} m.sql:1"


def test_tests_at_columns_become_tests() -> None:
    text = f"""models:
  - name: m
    sql: {QUERY}
    data_tests:
      - unique_key: {{key: id, window: 1 hour}}
    columns:
      - name: id
        tests: [not_null, unique]
        data_tests:
          - accepted_values: {{arguments: {{values: [a]}}, config: {{severity: warn}}}}
          - accepted_values: {{values: [b], name: only_b}}
          - relationships: {{to: source("orders"), field: id}}
"""
    project = sound({"a.yml": ORDERS, "b.yml": text})
    made = {
        t.name: (t.assertions[0].kind, t.assertions[0].parameters, t.severity) for t in project.tests.values()
    }
    assert made == {
        "unique_key_m": ("unique_key", {"key": "id", "window": "1 hour"}, "error"),
        "not_null_m_id": ("not_null", {"column": "id"}, "error"),
        "unique_key_m_id": ("unique_key", {"key": "id"}, "error"),
        "allowed_values_m_id": ("allowed_values", {"values": ["a"], "column": "id"}, "warn"),
        "only_b": ("allowed_values", {"values": ["b"], "column": "id"}, "error"),
        "foreign_key_m_id": (
            "foreign_key",
            {"column": "id", "ref_source": "orders", "ref_key": "id"},
            "error",
        ),
    }


@pytest.mark.parametrize("name", ["snapshots", "seeds", "metrics", "semantic_models", "analyses", "macros"])
def test_what_streams_do_not_have_names_what_to_use(name: str) -> None:
    assert lines({"a.yml": f"{name}:\n  - {{name: x, columns: []}}\n"}) == ["HGP067 a.yml:1"]


def test_a_query_in_a_file_that_is_nobodys_is_said() -> None:
    files = {"a.yml": ORDERS + "models: [{name: m}]\n", "x/m.sql": QUERY, "x/n.sql": QUERY}
    assert lines(files) == ["HGP068 x/n.sql:1"]
    assert lines({**files, "y/m.sql": QUERY}) == ["HGP068 x/n.sql:1", "HGP069 y/m.sql:1"]
    inline = files | {"a.yml": ORDERS + f"models: [{{name: m, sql: '{QUERY}'}}]\n"}
    assert lines(inline) == ["HGP069 a.yml:8", "HGP068 x/n.sql:1"]
