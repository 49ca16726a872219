"""Exposures, data products, rules, groups and roles as declared."""

from __future__ import annotations

import pytest

from headgate.addresses import Address, Kind
from headgate.project.declarations import Exposure, Project
from headgate.project.units import bytes_a_second, milliseconds, share
from loading import ORDERS, lines, sound

MODEL = "models:\n  - {name: m, sql: 'SELECT id FROM {{ source(\"orders\") }}'}\n"


def exposure(keys: str) -> Exposure:
    text = f"exposures:\n  - {{name: e, type: service, {keys}}}\n"
    project = sound({"a.yml": ORDERS, "m.yml": MODEL, "e.yml": text})
    return project.exposures[Address(Kind.EXPOSURE, "e")]


@pytest.mark.parametrize(
    ("keys", "role", "reads", "writes", "lineage"),
    [
        ("depends_on: ['ref(\"m\")']", "consumer", ["m"], [], []),
        ("consumes: ['ref(\"m\")'], depends_on: ['ref(\"m\")', 'source(\"orders\")']", "consumer", ["m", "orders"], [], []),
        ("produces: ['source(\"orders\")'], depends_on: ['ref(\"m\")']", "producer", [], ["orders"], ["m"]),
        ("produces: ['source(\"orders\")'], consumes: ['ref(\"m\")']", "both", ["m"], ["orders"], []),
        ("role: both, produces: ['source(\"orders\")'], depends_on: ['ref(\"m\")']", "both", ["m"], ["orders"], []),
    ],
)  # fmt: skip
def test_what_an_exposure_reads_and_writes(
    keys: str, role: str, reads: list[str], writes: list[str], lineage: list[str]
) -> None:
    e = exposure(keys)
    assert e.role == role
    assert [[r.name for r in of] for of in (e.reads, e.writes, e.lineage)] == [reads, writes, lineage]


def test_numbers_and_units_are_settled() -> None:
    e = exposure(
        "sla: {availability: '99.95%', max_error_rate: 0.001, freshness: 1 minute}, quota: {produce: 5 MB/s, consume: 2 MiB/s}, "
        "access: {allowed_roles: r, purpose: p, needs: {id: clear}}, producer_config: {idempotent: true}"
    )
    assert e.sla.availability == pytest.approx(0.9995) and e.sla.max_error_rate == 0.001
    assert e.sla.freshness_ms == 60_000
    assert (e.quota_produce, e.quota_consume) == (5_000_000, 2_097_152)
    assert e.allowed_roles == ("r",) and dict(e.needs) == {"id": "clear"} and e.idempotent is True


@pytest.mark.parametrize(
    "keys",
    [
        "sla: {availability: 99.9}",
        "sla: {max_error_rate: '200%'}",
        "quota: {consume: 5 MB}",
        "quota: {consume: fast}",
    ],
)
def test_what_is_no_share_or_rate_is_said(keys: str) -> None:
    assert lines({"e.yml": f"exposures:\n  - {{name: e, type: service, {keys}}}\n"}) == ["HGP054 e.yml:2"]


def test_the_group_of_an_exposure_is_the_one_that_lists_its_owner() -> None:
    groups = (
        "groups: [{name: g, members: [me]}, {name: h, members: [you, both]}, {name: i, members: [both]}]\n"
    )
    text = "exposures:\n" + "".join(
        f"  - {{name: {o}, type: api, owner: {o}}}\n" for o in ("me", "you", "both", "nobody")
    )
    project = sound({"a.yml": groups + text})
    assert [e.group for e in project.exposures.values()] == ["g", "h", "", ""]


def test_products_and_rules_are_kept_as_said() -> None:
    text = """data_products:
  - {name: p, owner: g, inputs: ['source("orders")'], outputs: ['ref("m")'], sla: {availability: "99%"}}
rules:
  - {name: r, use: name_pattern, on: models, pattern: "^[a-z]+$"}
  - {name: s, level: warn, message: "{name} is odd", sql: "SELECT name FROM models WHERE n > {{ var('n', 3) }}"}
"""
    project: Project = sound({"a.yml": ORDERS, "m.yml": MODEL, "p.yml": text})
    (product,) = project.data_products.values()
    assert product.status == "active" and [r.name for r in product.outputs] == ["m"]
    first, second = project.rules
    assert dict(first.parameters) == {"pattern": "^[a-z]+$"} and (first.use, first.on, first.level) == (
        "name_pattern",
        "models",
        "error",
    )
    assert second.sql == "SELECT name FROM models WHERE n > 3" and second.level == "warning"


def test_durations_shares_and_rates() -> None:
    assert [milliseconds(t) for t in ("5 ms", "1 second", "2weeks", " 3 days ", "1.5 hours", "5", "-1 day", "5 s")] == [
        5, 1000, 1_209_600_000, 259_200_000, None, None, None, None,
    ]  # fmt: skip
    assert [share(v) for v in (0, 1, 0.5, "50%", "100.1%", 1.1, True, "x")] == [
        0.0,
        1.0,
        0.5,
        0.5,
        None,
        None,
        None,
        None,
    ]
    assert [bytes_a_second(t) for t in ("1 B/s", "1.5 kB/s", "1 GiB/s", "1 MB")] == [1, 1500, 2**30, None]
