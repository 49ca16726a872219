"""Versions of a model are streams of their own."""

from __future__ import annotations

import pytest

from headgate.addresses import Address, Kind
from headgate.project.declarations import Materialization
from loading import ORDERS, lines, sound, stream

VERSIONS = """models:
  - name: m
    topic: shop.m
    owner: team-shop
    kafka: {partitions: 3, retention: 1 day}
    columns: [{name: id, data_type: string}, {name: cents, data_type: bigint, tests: [not_null]}]
    latest_version: 2
    versions:
      - {v: 1, deprecation_date: 2027-01-31, serve_from: {v: 2, sql: "SELECT id, CAST(amount AS BIGINT) AS cents FROM {{ this(v=2) }}"}}
      - v: 2
        kafka: {partitions: 6}
        columns: [{include: all, exclude: [cents]}, {name: amount, data_type: "decimal(18,2)"}]
        sql: SELECT id, CAST(amount AS DECIMAL(18, 2)) AS amount FROM {{ source("orders") }}
  - {name: latest, sql: 'SELECT id FROM {{ ref("m") }}'}
  - {name: pinned, sql: 'SELECT id FROM {{ ref("m", v=1) }}'}
"""


def test_each_version_says_what_it_does_not_share() -> None:
    project = sound({"a.yml": ORDERS, "b.yml": VERSIONS})
    one, two = stream(project, "m", 1), stream(project, "m", 2)
    assert [c.name for c in one.columns] == ["id", "cents"] and [c.name for c in two.columns] == [
        "id",
        "amount",
    ]
    assert (one.topic, two.topic) == ("shop.m", "shop.m.v2")
    assert (one.latest, two.latest) == (False, True) and one.deprecation_date == "2027-01-31"
    assert (one.kafka.partitions, two.kafka.partitions) == (3, 6) and two.kafka.retention_ms == 86_400_000
    assert one.owner == two.owner == "team-shop"
    assert (
        one.materialized is Materialization.VIRTUAL_TOPIC and two.materialized is Materialization.FLINK_STREAM
    )
    assert one.sql is not None and one.sql.rendered.text.endswith("FROM m_v2")
    assert [str(t) for t in project.tests] == ["test.not_null_m_v1_cents"]


def test_a_version_that_is_served_from_another_runs_no_job_whatever_the_model_is() -> None:
    text = VERSIONS.replace("    topic: shop.m\n", "    topic: shop.m\n    materialized: flink_stream\n")
    project = sound({"a.yml": ORDERS, "b.yml": text})
    assert stream(project, "m", 1).materialized is Materialization.VIRTUAL_TOPIC
    assert stream(project, "m", 2).materialized is Materialization.FLINK_STREAM


def test_a_reference_means_the_latest_or_the_pinned_one() -> None:
    project = sound({"a.yml": ORDERS, "b.yml": VERSIONS})
    for name, version in (("latest", 2), ("pinned", 1)):
        sql = stream(project, name).sql
        assert sql is not None and sql.rendered.text == f"SELECT id FROM m_v{version}"
        assert project.resolve(sql.references[0]) == Address(Kind.MODEL, "m", version)


def test_a_version_may_have_its_query_in_a_file() -> None:
    text = "models:\n  - {name: m, versions: [{v: 1}, {v: 2}]}\n"
    query = 'SELECT id FROM {{ source("orders") }}'
    project = sound(
        {"a.yml": ORDERS, "b.yml": text, "x/m_v1.sql": query, "x/m_v2.sql": query + " WHERE id > ''"}
    )
    sql = stream(project, "m", 2).sql
    assert sql is not None and sql.rendered.file == "x/m_v2.sql"


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("latest_version: 3, versions: [{v: 1}]", "HGP066"),
        ("latest_version: 1", "HGP066"),
        ("versions: [{v: 0}, {v: 1}]", "HGP066"),
        ("versions: [{v: 1}, {v: 1}]", "HGP057"),
        ("versions: [{v: 1, serve_from: {v: 1, sql: 'SELECT id FROM {{ source(\"orders\") }}'}}]", "HGP066"),
        ("versions: [{v: 1, columns: [{include: all, exclude: [nope]}]}]", "HGP066"),
        ("versions: [{v: 1, columns: [{data_type: int}]}]", "HGP053"),
    ],
)
def test_faults_of_versions_are_said_once(keys: str, code: str) -> None:
    text = f"models:\n  - {{name: m, sql: 'SELECT id FROM {{{{ source(\"orders\") }}}}', {keys}}}\n"
    assert [line.split()[0] for line in lines({"a.yml": ORDERS, "b.yml": text})] == [code]


@pytest.mark.parametrize("said", ["soon", "2027-02-30"])
def test_a_deprecation_date_is_a_date(said: str) -> None:
    found = lines({"a.yml": ORDERS, "b.yml": VERSIONS.replace("2027-01-31", said)})
    assert found == ["HGP054 b.yml:9"]
