"""What a virtual topic may hold, and which jobs could be one."""

from __future__ import annotations

import re

import pytest

from checked import checked, places
from headgate.diagnostics import Severity
from running import REPOSITORY

ORDERS = """
sources:
  - name: orders
    key: id
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: status, data_type: string}
      - {name: amount, data_type: int}
      - {name: at, data_type: timestamp(3)}
    event_time: {column: at, max_out_of_orderness: 5 seconds}
"""


def files(query: str, materialized: str = "virtual_topic", more: str = "") -> dict[str, str]:
    model = f"models:\n  - name: m\n    materialized: {materialized}\n{more}    sql: |\n      {query}\n"
    return {"sources.yml": ORDERS, "models.yml": model}


def beyond(query: str) -> list[tuple[str, str]]:
    """What is said to be too much, with the text it stands at."""
    project = files(query)
    return [
        (d.message, project["models.yml"][d.span.start : d.span.end])
        for d in checked(project)
        if d.code.id == "HGC001"
    ]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM {{ source('orders') }}",
        "SELECT id, UPPER(status) AS s, amount * 2 + 1 AS a FROM {{ source('orders') }} WHERE NOT (amount > 1 OR status IS NULL)",
        "SELECT id, CAST(amount AS BIGINT) AS a FROM {{ source('orders') }} WHERE status LIKE 'A%' AND amount IN (1, 2)",
        "SELECT id, CASE WHEN amount BETWEEN 1 AND 9 THEN COALESCE(status, 'x') ELSE 'y' END AS s FROM {{ source('orders') }}",
    ],
)
def test_what_every_proxy_can_evaluate_is_fine(query: str) -> None:
    assert beyond(query) == []


@pytest.mark.parametrize(
    ("query", "message", "place"),
    [
        (
            "SELECT id, MD5(status) AS s FROM {{ source('orders') }}",
            "MD5 is nothing that all proxies can evaluate",
            "MD5(status)",
        ),
        (
            "SELECT id FROM {{ source('orders') }} WHERE amount > 0 AND CHAR_LENGTH(REPEAT(status, 2)) > 3",
            "REPEAT is nothing that all proxies can evaluate",
            "REPEAT(status, 2)",
        ),
        (
            "SELECT id, SUM(amount) AS a FROM {{ source('orders') }} GROUP BY id",
            "a virtual topic cannot hold a group aggregate",
            None,
        ),
    ],
)
def test_what_is_more_is_named_at_its_place(query: str, message: str, place: str | None) -> None:
    ((said, at),) = beyond(query)
    assert said == message and place in (None, at)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id, CURRENT_TIMESTAMP AS now FROM {{ source('orders') }}",
        "SELECT id, tags[1] AS tag FROM {{ source('orders') }}",
        "SELECT id, md5 (status) AS s FROM {{ source('orders') }}",
        "SELECT id, EXTRACT(DAY FROM `at`) AS d FROM {{ source('orders') }}",
    ],
)
def test_what_calls_nothing_by_name_is_more_all_the_same(query: str) -> None:
    project = files(query)
    project["sources.yml"] = ORDERS.replace(
        "- {name: amount", '- {name: tags, data_type: "array<string>"}\n      - {name: amount'
    )
    assert {d.code.id for d in checked(project)} & {"HGC001", "HGQ001"}


def test_a_query_with_faults_is_not_blamed_for_more() -> None:
    assert beyond("SELECT nothing_there FROM {{ source('orders') }}") == []


@pytest.mark.parametrize(
    ("query", "more", "could"),
    [
        ("SELECT id, amount FROM {{ source('orders') }} WHERE amount > 1", "", True),
        ("SELECT id, amount FROM {{ source('orders') }} WHERE amount > 1", "    key: id\n", True),
        ("SELECT id, amount FROM {{ source('orders') }} WHERE amount > 1", "    key: amount\n", False),
        ("SELECT id, MD5(status) AS s FROM {{ source('orders') }}", "", False),
        ("SELECT id, COUNT(*) AS n FROM {{ source('orders') }} GROUP BY id", "    key: id\n", False),
    ],
)
def test_a_job_that_the_proxy_could_spare_is_told(query: str, more: str, could: bool) -> None:
    project = files(query, "flink_stream", more)
    found = [d for d in checked(project) if d.code.id == "HGC004"]
    assert bool(found) is could and all(d.severity is Severity.INFO for d in found)
    if could:
        assert places(project, found, least=Severity.INFO) == [f"HGC004 models.yml:{5 + more.count(chr(10))}"]


@pytest.mark.parametrize("code", ["HGC001", "HGC004"])
def test_the_page_holds(code: str) -> None:
    text = (REPOSITORY / "docs" / "codes" / f"{code}.md").read_text("utf-8")

    def found(section: str) -> set[str]:
        blocks = re.findall(r"```\w+\n(.*?)```", section, re.DOTALL)
        project = {b.partition("\n")[0].lstrip("# ").strip(): b.partition("\n")[2] for b in blocks}
        return {d.code.id for d in checked(project)}

    example, mended = text.split("## Example")[1].split("## Mended")
    assert found(example) == {code} and found(mended) == set()
