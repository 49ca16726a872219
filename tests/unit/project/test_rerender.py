"""A query with other variables, for unit tests."""

from __future__ import annotations

from headgate.addresses import Address, Kind
from headgate.project.rerender import query_with
from loading import ORDERS, sound

QUERY = 'SELECT {{ up("id") }} AS id FROM {{ source("orders") }} WHERE amount > {{ var("min") }}'


def test_overrides_replace_variables_and_nothing_else() -> None:
    project = sound(
        {
            "headgate.yml": "name: shop\nvars: {min: 1}\n",
            "a.yml": ORDERS + f"models:\n  - {{name: m, sql: '{QUERY}'}}\n",
            "macros/up.sql": "{% macro up(x) %}UPPER({{ x }}){% endmacro %}",
        }
    )
    sql, found = query_with(project, Address(Kind.MODEL, "m"), {"min": 5})
    assert not found and sql is not None
    assert sql.rendered.text == "SELECT UPPER(id) AS id FROM orders WHERE amount > 5"
    assert query_with(project, Address(Kind.SOURCE, "orders"), {}) == (None, [])
