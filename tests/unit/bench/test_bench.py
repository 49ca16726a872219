"""The benchmark measures what it says: sound projects of the shape asked for, and a page of what was measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bench.dbt_project import write_dbt_project
from bench.generator import Shape, write_project
from bench.measuring import Failed, Measured, measure
from bench.page import Results, Row, page
from bench.unit_test_project import write_unit_test_project

from running import REPOSITORY, headgate, tree


def test_a_generated_project_is_sound_and_of_the_shape_asked_for(tmp_path: Path) -> None:
    write_project(tmp_path, Shape(60, 10))
    answer = headgate("check", "--strict", "--output", "json", project=tmp_path).json
    assert answer["ok"]
    assert answer["counts"] == {"streams": 65, "exposures": 6, "tests": 12}
    lineage = headgate("lineage", "model_59", "--up", "--output", "json", project=tmp_path).json
    assert len({e["from"] for e in lineage["edges"]}) >= 10


def test_a_shape_gives_the_same_bytes_always(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_project(tmp_path / name, Shape(30, 5))
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_a_model_has_a_query_a_contract_of_twelve_columns_and_one_of_four_kinds(tmp_path: Path) -> None:
    write_project(tmp_path, Shape(200, 10))
    text = "".join(p.read_text() for p in (tmp_path / "models").iterdir())
    assert text.count("config: {contract: {enforced: true}}") == 200
    assert text.count("      - {name: ") == 200 * 12
    assert all(
        f"description: The {kind} number" in text for kind in ("filter", "window", "interval", "union")
    )


@pytest.mark.slow
def test_the_unit_tests_that_are_timed_pass(tmp_path: Path) -> None:
    write_unit_test_project(tmp_path, 5)
    answer = headgate("test", "--output", "json", project=tmp_path).json
    assert [t["status"] for t in answer["unit_tests"]] == ["pass"] * 5


def test_the_graph_for_dbt_has_the_same_depth(tmp_path: Path) -> None:
    write_dbt_project(tmp_path, Shape(40, 4))
    assert len(list((tmp_path / "models").glob("*.sql"))) == 40
    assert 'ref("model_29")' in (tmp_path / "models" / "model_39.sql").read_text()
    assert "ref(" not in (tmp_path / "models" / "model_9.sql").read_text()


def test_the_quickest_run_counts_and_a_failure_is_none(tmp_path: Path) -> None:
    ran = measure([sys.executable, "-c", "print('here')"], folder=tmp_path, times=2)
    assert ran.out == "here\n"
    assert 0 < ran.seconds < 30
    assert ran.megabytes > 1
    with pytest.raises(Failed, match="ended with 3"):
        measure([sys.executable, "-c", "raise SystemExit(3)"], folder=tmp_path, times=1)


def test_the_page_has_a_line_a_shape_and_ratios() -> None:
    row = Row(Shape(1000, 40), dbt=Measured(4.0, 100))
    row.check = {"plain": Measured(2.0, 90), "fast": Measured(1.0, 95)}
    row.compile = {"plain": Measured(3.0, 99), "fast": Measured(2.5, 99.4)}
    row.warm = {"plain": Measured(0.5, 80)}
    results = Results(
        [row], start={"plain": (Measured(0.06, 20), Measured(0.02, 10))}, unit_tests=(500, 2.0, 1.0)
    )
    text = page(results)
    assert "| 1,000 | 40 | 2.00 | 1.00 | 3.00 | 2.50 | 0.50 | 99 | 4.00 | 2.0 |" in text
    assert "| 1,000 | 40 | 2.00 |" in text
    assert "| plain | 60 ms | 20 ms | 3.0 |" in text
    assert "2.00 ms a test, 500 tests a second" in text


def test_help_says_how_it_is_run() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--help"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert "--sizes" in ran.stdout
